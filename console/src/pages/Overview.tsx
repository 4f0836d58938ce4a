import { useQuery } from '@tanstack/react-query';
import { Skeleton } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { call } from '../api/call';
import { deviceStatistics, messages, products, server } from '../api/platform';
import { useSession } from '../session';
import { Copyable, EmptyState, ErrorNotice, Facts, Outcomes, PageHead, type Totals } from '../ui/parts';

interface Point { Time: number; Messages: number; Recipients: number }

async function statistics(): Promise<Point[]> {
  return (await call<{ Data: { Points: { Point: Point[] } } }>('QueryMessageStatistics')).Data.Points.Point;
}

function Chart({ points }: { points: Point[] }) {
  const { t, i18n } = useTranslation();
  // Half hours: as many bars as one can tell apart.
  const bars = Array.from({ length: Math.ceil(points.length / 6) }, (_, i) => points.slice(i * 6, i * 6 + 6));
  const sums = bars.map((bar) => ({
    at: bar[0]?.Time ?? 0, messages: bar.reduce((sum, { Messages }) => sum + Messages, 0), recipients: bar.reduce((sum, { Recipients }) => sum + Recipients, 0),
  }));
  const most = Math.max(1, ...sums.map(({ messages: count }) => count));
  const clock = (at: number) => new Date(at).toLocaleTimeString(i18n.language === 'zh' ? 'zh-CN' : 'en-GB', { hour: '2-digit', minute: '2-digit' });
  return (
    <svg className="chart" viewBox="0 0 960 190" preserveAspectRatio="none" role="img" aria-label={t('overview.overTime')}>
      {[0, 1, 2].map((line) => <line key={line} className="grid" x1="0" x2="960" y1={20 + line * 70} y2={20 + line * 70} vectorEffect="non-scaling-stroke" />)}
      {sums.map(({ at, messages: count, recipients }, i) => {
        const height = count === 0 ? 0 : Math.max(3, (count / most) * 140);
        return (
          <rect key={at} className="bar" x={i * 20 + 3} width="14" y={160 - height} height={height} rx="2">
            <title>{t('overview.chart', { messages: count, recipients, time: clock(at) })}</title>
          </rect>
        );
      })}
    </svg>
  );
}

function Times({ points }: { points: Point[] }) {
  const { i18n } = useTranslation();
  const shown = [0, 0.25, 0.5, 0.75, 1].map((part) => points[Math.round(part * (points.length - 1))]?.Time ?? 0);
  return (
    <div className="quiet" style={{ display: 'flex', justifyContent: 'space-between', fontSize: 12 }} aria-hidden>
      {shown.map((at) => <span key={at}>{new Date(at).toLocaleTimeString(i18n.language === 'zh' ? 'zh-CN' : 'en-GB', { hour: '2-digit', minute: '2-digit' })}</span>)}
    </div>
  );
}

function Figure({ label, number, of }: { label: string; number: number | undefined; of?: string | undefined }) {
  return (
    <div className="card figure">
      <div className="label">{label}</div>
      <div className="number">{number === undefined ? <Skeleton.Button active size="small" /> : number.toLocaleString()}</div>
      {of && <div className="quiet">{of}</div>}
    </div>
  );
}

export default function Overview() {
  const { t } = useTranslation();
  const session = useSession();
  const refetchInterval = 5_000;
  const about = useQuery({ queryKey: ['server'], queryFn: server, staleTime: Infinity });
  const stats = useQuery({ queryKey: ['deviceStatistics'], queryFn: () => deviceStatistics(), refetchInterval });
  const points = useQuery({ queryKey: ['messageStatistics'], queryFn: statistics, refetchInterval });
  const latest = useQuery({ queryKey: ['latestMessages'], queryFn: () => messages({}, 1, 50), refetchInterval });
  const ofProducts = useQuery({ queryKey: ['productCount'], queryFn: () => products(1, 1) });
  const problem = stats.error ?? points.error ?? latest.error ?? ofProducts.error;
  const sum = (field: 'Messages' | 'Recipients') => points.data?.reduce((total, point) => total + point[field], 0);
  const totals = (latest.data?.rows ?? []).reduce<Totals>((all, { Totals: each = {} }) => {
    for (const [state, count] of Object.entries(each) as [keyof Totals, number][]) all[state] = (all[state] ?? 0) + count;
    return all;
  }, {});
  const secure = location.protocol === 'https:';
  const begun = [Boolean(ofProducts.data?.total), false, Boolean(stats.data?.deviceCount), Boolean(stats.data?.activeCount), Boolean(sum('Messages'))];
  const steps: [string, string][] = [['overview.step1', '/products'], ['overview.step2', '/products'], ['overview.step3', '/devices'], ['overview.step4', '/simulator'], ['overview.step5', '/explorer/BatchPub']];
  return (
    <>
      <PageHead title={t('overview.title')} />
      {problem && <div style={{ marginBottom: 16 }}><ErrorNotice error={problem} /></div>}
      <div className="card">
        <Facts facts={[
          [t('overview.instanceId'), session?.instance ? <Copyable text={session.instance} /> : t('shell.publicInstance')],
          [t('overview.endpoint'), <Copyable text={location.origin} />],
          [t('overview.mqtt'), about.data ? <Copyable text={`mqtt${secure ? 's' : ''}://${location.hostname}:${about.data.MqttPort}`} /> : '…'],
          [t('overview.account'), <Copyable text={session?.account ?? ''} />],
        ]} />
      </div>
      <div className="cards" style={{ marginTop: 16 }}>
        <Figure label={t('overview.online')} number={stats.data?.onlineCount ?? (stats.error ? 0 : undefined)} of={stats.data && `${stats.data.deviceCount.toLocaleString()} ${t('overview.devices')}`} />
        <Figure label={t('overview.products')} number={ofProducts.data?.total ?? (ofProducts.error ? 0 : undefined)} />
        <Figure label={t('overview.published')} number={sum('Messages') ?? (points.error ? 0 : undefined)} />
        <Figure label={t('overview.recipients')} number={sum('Recipients') ?? (points.error ? 0 : undefined)} />
      </div>
      <div className="cards two" style={{ marginTop: 16 }}>
        <section className="card">
          <h2>{t('overview.overTime')}</h2>
          {points.data ? <><Chart points={points.data} /><Times points={points.data} /></> : points.error ? null : <Skeleton active />}
        </section>
        <section className="card">
          <h2>{t('overview.outcomes')}</h2>
          {latest.data && (latest.data.total > 0 ? <Outcomes totals={totals} legend /> : <EmptyState words={t('overview.nothing')} />)}
        </section>
      </div>
      {!begun.every((done, i) => done || i === 1) && (
        <section className="card">
          <h2>{t('overview.start')}</h2>
          <ol className="steps">{steps.map(([words, path], i) => <li key={words} className={begun[i] ? 'done' : ''}><Link href={path}>{t(words)}</Link></li>)}</ol>
        </section>
      )}
    </>
  );
}
