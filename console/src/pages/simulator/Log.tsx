import { useTranslation } from 'react-i18next';
import { EmptyState } from '../../ui/parts';
import type { Entry } from './useSimulated';

export default function Log({ entries }: { entries: Entry[] }) {
  const { t } = useTranslation();
  if (entries.length === 0) return <EmptyState words={t('simulator.quiet')} />;
  return (
    <ol className="log" aria-live="polite" tabIndex={0}>
      {entries.map(({ id, at, what, topic, text, bad }) => (
        <li key={id}>
          <time>{at.toLocaleTimeString('sv-SE')}</time>
          <strong className={bad ? 'bad' : ''}>{what}</strong>
          <span>
            {topic && <code>{topic}</code>}
            {text && <div className="mono">{text}</div>}
          </span>
        </li>
      ))}
    </ol>
  );
}
