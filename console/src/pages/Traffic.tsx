import { useTranslation } from 'react-i18next';
import Bars from '../ui/Bars';

export interface Point {
  Time: number;
  Messages: number;
  Recipients: number;
}

// Half hours: as many bars as one can tell apart.
function halfHours(points: Point[]): Point[] {
  return Array.from({ length: Math.ceil(points.length / 6) }, (_, i) => points.slice(i * 6, i * 6 + 6)).map((part) => ({
    Time: part[0]?.Time ?? 0,
    Messages: part.reduce((sum, { Messages }) => sum + Messages, 0),
    Recipients: part.reduce((sum, { Recipients }) => sum + Recipients, 0),
  }));
}

const clock = (at: number) => new Date(at).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });

// Messages and their recipients over the last day.
export default function Traffic({ points }: { points: Point[] }) {
  const { t } = useTranslation();
  const parts = halfHours(points);
  const words = ({ Time, Messages, Recipients }: Point) =>
    t('overview.chart', { messages: Messages, recipients: Recipients, time: clock(Time) });
  const marks = [0, 0.25, 0.5, 0.75, 1].map((part) => points[Math.round(part * (points.length - 1))]?.Time ?? 0);
  return (
    <>
      <Bars
        title={t('nav.messages')}
        bars={parts.map((part) => ({ at: part.Time, value: part.Messages, words: words(part) }))}
      />
      <Bars
        title={t('state.wanted')}
        bars={parts.map((part) => ({ at: part.Time, value: part.Recipients, words: words(part) }))}
      />
      <div className="times" aria-hidden>
        {marks.map((at) => (
          <span key={at}>{clock(at)}</span>
        ))}
      </div>
    </>
  );
}
