import { useTranslation } from 'react-i18next';

const states = ['acked', 'sent', 'inflight', 'queued', 'expired', 'cancelled', 'dropped'] as const;
export type Totals = Partial<Record<(typeof states)[number] | 'wanted', number>>;

// How many recipients are in each state: a bar and, where there is room, its legend.
export default function Outcomes({ totals, legend = false }: { totals: Totals; legend?: boolean }) {
  const { t } = useTranslation();
  const of = (state: (typeof states)[number]) => totals[state] ?? 0;
  const shown = states.filter((state) => of(state) > 0);
  const words = shown.map((state) => `${t(`state.${state}`)} ${of(state)}`).join(', ');
  const width = (state: (typeof states)[number]) => `${(of(state) / Math.max(1, totals.wanted ?? 0)) * 100}%`;
  return (
    <>
      <div className="outcomes" role="img" aria-label={words || t('common.none')} title={words}>
        {shown.map((state) => (
          <i key={state} style={{ width: width(state), background: `var(--${state})` }} />
        ))}
      </div>
      {legend && (
        <ul className="legend">
          {shown.map((state) => (
            <li key={state}>
              <i style={{ background: `var(--${state})` }} />
              {t(`state.${state}`)} <b>{of(state).toLocaleString()}</b>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
