import { useQuery } from '@tanstack/react-query';
import { Progress, Skeleton, Table } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../api/call';
import { server } from '../api/platform';
import { ErrorNotice, Facts, PageHead } from '../ui/parts';

interface Limit {
  Name: string;
  Used: number;
  Limit: number;
}
interface Rate {
  Operation: string;
  CallsPerSecond?: number;
}

export default function Settings() {
  const { t } = useTranslation();
  const about = useQuery({ queryKey: ['server'], queryFn: server, staleTime: Infinity });
  const query = useQuery({
    queryKey: ['quotas'],
    queryFn: async () =>
      (await call<{ Data: { Limits: { LimitInfo: Limit[] }; Rates: { RateInfo: Rate[] } } }>('QueryQuotas')).Data,
  });
  return (
    <>
      <PageHead title={t('settings.title')} />
      <div className="card">
        <Facts
          facts={[
            [t('settings.version'), about.data?.Version],
            [t('overview.endpoint'), location.origin],
          ]}
        />
      </div>
      {query.error && (
        <div className="card">
          <ErrorNotice error={query.error} retry={() => void query.refetch()} />
        </div>
      )}
      {query.isPending && <Skeleton active />}
      {query.data && (
        <div className="cards halves">
          <section className="card">
            <h2>{t('settings.limits')}</h2>
            <Table<Limit>
              dataSource={query.data.Limits.LimitInfo}
              rowKey="Name"
              pagination={false}
              size="middle"
              columns={[
                { title: t('settings.what'), render: (_, { Name }) => t(`settings.${Name}`) },
                {
                  title: t('settings.used'),
                  className: 'whole',
                  render: (_, { Used, Limit }) => `${Used.toLocaleString()} / ${Limit.toLocaleString()}`,
                },
                {
                  title: '',
                  width: 140,
                  responsive: ['sm'],
                  render: (_, { Name, Used, Limit }) => (
                    <Progress
                      aria-label={t(`settings.${Name}`)}
                      percent={Math.round((Used / Math.max(1, Limit)) * 100)}
                      size="small"
                      status={Used >= Limit ? 'exception' : 'normal'}
                    />
                  ),
                },
              ]}
            />
          </section>
          <section className="card">
            <h2>{t('settings.rates')}</h2>
            <Table<Rate>
              dataSource={query.data.Rates.RateInfo}
              rowKey="Operation"
              pagination={{ pageSize: 15, showSizeChanger: false }}
              size="small"
              columns={[
                {
                  title: t('settings.operation'),
                  render: (_, { Operation }) => <span className="mono">{Operation}</span>,
                },
                {
                  title: t('settings.perSecond'),
                  align: 'right',
                  render: (_, { CallsPerSecond }) => CallsPerSecond?.toLocaleString() ?? t('settings.unlimited'),
                },
              ]}
            />
          </section>
        </div>
      )}
    </>
  );
}
