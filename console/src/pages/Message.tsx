import { useQuery } from '@tanstack/react-query';
import { App, Skeleton } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'wouter';
import { call, type Params } from '../api/call';
import { receipts as readReceipts, type Receipt } from '../api/platform';
import DataTable from '../ui/DataTable';
import Outcomes from '../ui/Outcomes';
import { Copyable, DangerButton, EmptyState, ErrorNotice, Facts, PageHead, useChange, When } from '../ui/parts';
import Story from './Story';

function Payload({ id }: { id: string }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['payload', id],
    queryFn: async () =>
      (await call<{ Message: { MessageContent?: string } }>('QueryMessageInfo', { UniMsgId: id })).Message
        .MessageContent ?? '',
  });
  if (query.error) return <ErrorNotice error={query.error} />;
  if (query.isPending) return <Skeleton active />;
  if (!query.data) return <p className="quiet">{t('messages.payloadGone')}</p>;
  const bytes = Uint8Array.from(atob(query.data), (c) => c.charCodeAt(0));
  const text = new TextDecoder().decode(bytes.slice(0, 20_000));
  return (
    <pre className="text" tabIndex={0}>
      {text}
    </pre>
  );
}

export default function Message() {
  const { t } = useTranslation();
  const { message: toast } = App.useApp();
  const { id = '' } = useParams();
  const of: Params = /^\d+$/.test(id) ? { MessageId: id } : { RequestId: id };
  const query = useQuery({
    queryKey: ['receipts', of, 'first'],
    queryFn: () => readReceipts(of, 1, 100),
    refetchInterval: 2_000,
  });
  const cancel = useChange(async () => {
    const { Data } = await call<{ Data: { Cancelled: number; InFlight: number } }>('CancelMessage', of);
    void toast.info(t('messages.cancelled', { cancelled: Data.Cancelled, inFlight: Data.InFlight }));
  });
  const up: [string, string] = ['/messages', t('messages.title')];
  if (query.error)
    return (
      <>
        <PageHead title={id} up={up} />
        <ErrorNotice error={query.error} />
      </>
    );
  if (!query.data) return <Skeleton active />;
  const message = query.data;
  const waits = (message.Totals.queued ?? 0) > 0;
  return (
    <>
      <PageHead title={<Copyable text={message.MessageId} code={false} />} up={up}>
        {waits && (
          <DangerButton
            ask={t('messages.cancelAsk')}
            words={t('messages.cancel')}
            onConfirm={() => cancel.mutateAsync(undefined)}
          />
        )}
      </PageHead>
      <div className="card">
        <Facts
          facts={[
            [t('messages.topic'), <Copyable text={message.Topic} />],
            [
              t('products.key'),
              <Link className="mono" href={`/products/${message.ProductKey}`}>
                {message.ProductKey}
              </Link>,
            ],
            [t('messages.qos'), String(message.Qos)],
            [t('state.wanted'), message.Totals.wanted],
          ]}
        />
        <Outcomes totals={message.Totals} legend />
      </div>
      <div className="cards halves">
        <section className="card">
          <h2>{t('messages.receipts')}</h2>
          <DataTable<Receipt>
            name={['receipts', of]}
            rowKey={(receipt) => receipt.DeviceName ?? JSON.stringify(receipt)}
            refresh={2_000}
            load={async (page, size) => {
              const {
                Receipts: { Receipt: rows },
                total,
              } = await readReceipts(of, page, size);
              return { rows: rows ?? [], total };
            }}
            empty={<EmptyState words={t('common.none')} />}
            columns={[
              {
                title: t('devices.name'),
                render: (_, { DeviceName }) =>
                  DeviceName ? (
                    <Link
                      className="mono"
                      href={`/products/${message.ProductKey}/devices/${encodeURIComponent(DeviceName)}`}
                    >
                      {DeviceName}
                    </Link>
                  ) : (
                    '–'
                  ),
              },
              {
                title: t('messages.outcome'),
                render: (_, { State }) => <span className={`dot ${State}`}>{t(`state.${State}`)}</span>,
              },
              {
                title: t('messages.reason'),
                responsive: ['sm'],
                render: (_, { Reason }) => (Reason ? t(`reason.${Reason}`) : ''),
              },
              { title: t('messages.time'), responsive: ['xxl'], render: (_, { Time }) => <When at={Time} /> },
            ]}
          />
        </section>
        <section className="card">
          <h2>{t('messages.timeline')}</h2>
          <Story message={message} receipts={message.Receipts.Receipt ?? []} />
        </section>
      </div>
      <section className="card">
        <h2>{t('messages.payload')}</h2>
        <Payload id={message.MessageId} />
      </section>
    </>
  );
}
