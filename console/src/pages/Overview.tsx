import { useQuery } from '@tanstack/react-query';
import { Skeleton } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { call } from '../api/call';
import { deviceStatistics, messages, products, server, topics } from '../api/platform';
import { useSession } from '../session';
import Outcomes, { type Totals } from '../ui/Outcomes';
import { Copyable, EmptyState, ErrorNotice, Facts, PageHead } from '../ui/parts';
import Traffic, { type Point } from './Traffic';

const refetchInterval = 5_000;

async function statistics(): Promise<Point[]> {
  return (await call<{ Data: { Points: { Point: Point[] } } }>('QueryMessageStatistics')).Data.Points.Point;
}

// What applications and devices have to be told.
function Addresses() {
  const { t } = useTranslation();
  const session = useSession();
  const about = useQuery({ queryKey: ['server'], queryFn: server, staleTime: Infinity });
  const scheme = location.protocol === 'https:' ? 'mqtts' : 'mqtt';
  return (
    <div className="card">
      <Facts
        facts={[
          [
            t('overview.instanceId'),
            session?.instance ? <Copyable text={session.instance} /> : t('shell.publicInstance'),
          ],
          [t('overview.endpoint'), <Copyable text={location.origin} />],
          [
            t('overview.mqtt'),
            about.data ? <Copyable text={`${scheme}://${location.hostname}:${about.data.MqttPort}`} /> : '…',
          ],
          [t('overview.account'), <Copyable text={session?.account ?? ''} />],
        ]}
      />
    </div>
  );
}

// A number that could not be had is no zero.
function Figure({
  label,
  number,
  failed,
  children,
}: {
  label: string;
  number: number | undefined;
  failed: boolean;
  children?: ReactNode;
}) {
  return (
    <div className="card figure">
      <div className="label">{label}</div>
      <div className="number">
        {number?.toLocaleString() ?? (failed ? '–' : <Skeleton.Button active size="small" />)}
      </div>
      {children && <div className="quiet">{children}</div>}
    </div>
  );
}

function FirstSteps({ done }: { done: boolean[] }) {
  const { t } = useTranslation();
  const steps = [
    ['overview.step1', '/products'],
    ['overview.step2', '/products'],
    ['overview.step3', '/devices'],
    ['overview.step4', '/simulator'],
    ['overview.step5', '/explorer/BatchPub'],
  ] as const;
  return (
    <section className="card">
      <h2>{t('overview.start')}</h2>
      <ol className="steps">
        {steps.map(([words, path], i) => (
          <li key={words} className={done[i] ? 'done' : ''}>
            <Link href={path}>{t(words)}</Link>
          </li>
        ))}
      </ol>
    </section>
  );
}

function sumOf(all: { Totals?: Totals }[]): Totals {
  const sum: Totals = {};
  for (const { Totals: each = {} } of all) {
    for (const [state, count] of Object.entries(each) as [keyof Totals, number][])
      sum[state] = (sum[state] ?? 0) + count;
  }
  return sum;
}

export default function Overview() {
  const { t } = useTranslation();
  const devices = useQuery({ queryKey: ['deviceStatistics'], queryFn: () => deviceStatistics(), refetchInterval });
  const points = useQuery({ queryKey: ['messageStatistics'], queryFn: statistics, refetchInterval });
  const latest = useQuery({ queryKey: ['latestMessages'], queryFn: () => messages({}, 1, 50), refetchInterval });
  const ofProducts = useQuery({ queryKey: ['productCount'], queryFn: () => products(1, 1) });
  const problem = devices.error ?? points.error ?? latest.error ?? ofProducts.error;
  const published = points.data?.reduce((sum, { Messages }) => sum + Messages, 0);
  const recipients = points.data?.reduce((sum, { Recipients }) => sum + Recipients, 0);
  const total = devices.data?.deviceCount ?? 0;
  const newest = ofProducts.data?.rows[0]?.ProductKey;
  const ofTopics = useQuery({
    queryKey: ['topics', newest],
    queryFn: () => topics(newest ?? ''),
    enabled: newest !== undefined,
  });
  const done = [
    Boolean(newest),
    Boolean(ofTopics.data?.some(({ Operation }) => Operation !== 'PUB')),
    total > 0,
    Boolean(devices.data?.activeCount),
    Boolean(published),
  ];
  const begun = done.every(Boolean);
  const known = [devices, points, ofProducts].every(({ isSuccess }) => isSuccess);
  return (
    <>
      <PageHead title={t('overview.title')} />
      {problem && (
        <div className="card">
          <ErrorNotice error={problem} />
        </div>
      )}
      <Addresses />
      <div className="cards figures">
        <Figure label={t('overview.online')} number={devices.data?.onlineCount} failed={devices.isError}>
          {devices.data && `${t('overview.devices')}: ${total.toLocaleString()}`}
        </Figure>
        <Figure label={t('overview.products')} number={ofProducts.data?.total} failed={ofProducts.isError} />
        <Figure label={t('overview.published')} number={published} failed={points.isError} />
        <Figure label={t('overview.recipients')} number={recipients} failed={points.isError} />
      </div>
      {known && !begun && <FirstSteps done={done} />}
      <div className="cards two">
        <section className="card">
          <h2>{t('overview.overTime')}</h2>
          {points.data ? <Traffic points={points.data} /> : points.isError ? '–' : <Skeleton active />}
        </section>
        <section className="card">
          <h2>{t('overview.outcomes')}</h2>
          {latest.data &&
            (latest.data.total > 0 ? (
              <Outcomes totals={sumOf(latest.data.rows)} legend />
            ) : (
              <EmptyState words={t('overview.nothing')}>
                <Link href="/explorer/BatchPub">{t('messages.publish')}</Link>
              </EmptyState>
            ))}
        </section>
      </div>
    </>
  );
}
