import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Params } from '../api/call';
import { messages, type MessageSummary } from '../api/platform';
import DataTable from '../ui/DataTable';
import Outcomes from '../ui/Outcomes';
import { EmptyState, When } from '../ui/parts';

export default function MessageTable({ of, empty }: { of: Params; empty?: string }) {
  const { t } = useTranslation();
  return (
    <DataTable<MessageSummary>
      name={['messages', of]}
      load={(page, size) => messages(of, page, size)}
      rowKey={({ MessageId }) => MessageId}
      refresh={5_000}
      empty={
        <EmptyState words={empty ?? t('messages.empty')}>
          <Link href="/explorer/BatchPub">{t('messages.publish')}</Link>
        </EmptyState>
      }
      columns={[
        {
          title: t('messages.id'),
          render: (_, { MessageId }) => (
            <Link className="mono" href={`/messages/${MessageId}`}>
              {MessageId}
            </Link>
          ),
        },
        {
          title: t('messages.topic'),
          responsive: ['md'],
          render: (_, { Topic, FromDevice }) => (
            <>
              <span className="mono">{Topic}</span>
              {FromDevice && <span className="quiet"> · {t('messages.fromDevice')}</span>}
            </>
          ),
        },
        { title: t('messages.qos'), dataIndex: 'Qos', align: 'center', responsive: ['md'] },
        {
          title: t('state.wanted'),
          align: 'right',
          className: 'number',
          responsive: ['md'],
          render: (_, { Totals }) => Totals?.wanted ?? '–',
        },
        { title: t('messages.outcome'), width: 150, render: (_, { Totals }) => Totals && <Outcomes totals={Totals} /> },
        { title: t('messages.time'), responsive: ['sm'], render: (_, { UtcCreate }) => <When at={UtcCreate} /> },
      ]}
    />
  );
}
