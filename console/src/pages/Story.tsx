import { useTranslation } from 'react-i18next';
import type { Receipt, Receipts } from '../api/platform';
import { When } from '../ui/parts';

const shown = 12; // Ends of devices; the table beside has all.

// To the millisecond, for what follows a call follows it within a few.
function Moment({ at, since }: { at: string; since: string }) {
  const { t } = useTranslation();
  const after = Date.parse(at) - Date.parse(since);
  const clock = `${new Date(at).toLocaleTimeString('sv-SE')}.${at.slice(-4, -1)}`;
  return (
    <div className="quiet">
      <time dateTime={at}>{clock}</time>
      {after < 60_000 && ` · ${t('messages.after', { ms: after.toLocaleString() })}`}
    </div>
  );
}

// From the call through storing and sending to what became of it at each device.
export default function Story({ message, receipts }: { message: Receipts; receipts: Receipt[] }) {
  const { t } = useTranslation();
  const ended = receipts
    .flatMap(({ Time, ...rest }) => (Time ? [{ Time, ...rest }] : []))
    .sort((a, b) => a.Time.localeCompare(b.Time));
  const rest = (message.Totals.wanted ?? 0) - Math.min(ended.length, shown);
  const stored = message.Qos === 1;
  return (
    <ol className="story">
      <li className="step">
        {t('messages.called')}
        <div className="quiet">
          <When at={message.UtcCreate} />
        </div>
        <div className="quiet mono">{message.PublishRequestId}</div>
      </li>
      <li className={stored ? 'step' : ''}>{t(stored ? 'messages.stored' : 'messages.notStored')}</li>
      {ended.slice(0, shown).map(({ DeviceName, State, Reason, Time }, i) => (
        <li key={DeviceName ?? i} className={State}>
          <span className="mono">{DeviceName ?? '–'}</span> · {t(`state.${State}`)}
          {Reason && ` (${t(`reason.${Reason}`)})`}
          <Moment at={Time} since={message.UtcCreate} />
        </li>
      ))}
      {rest > 0 && <li className="quiet">{t('messages.more', { count: rest })}</li>}
      <li className="quiet">
        {t('messages.deadline')}
        <div>
          <When at={message.UtcDeadline} />
        </div>
      </li>
    </ol>
  );
}
