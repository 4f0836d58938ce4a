import { useQuery } from '@tanstack/react-query';
import { App, Skeleton, Timeline } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'wouter';
import { call, type Params } from '../api/call';
import { receipts as readReceipts, type Receipt, type Receipts } from '../api/platform';
import DataTable from '../ui/DataTable';
import { Copyable, DangerButton, EmptyState, ErrorNotice, Facts, Outcomes, PageHead, useChange, When } from '../ui/parts';

const colours: Record<string, string> = { acked: 'green', sent: 'green', dropped: 'red', expired: 'orange', cancelled: 'gray' };
const shown = 12;  // Ends on the timeline; the table has all.

function Story({ message, first }: { message: Receipts; first: Receipt[] }) {
  const { t } = useTranslation();
  const ended = first.filter(({ Time }) => Time).sort((a, b) => (a.Time ?? '').localeCompare(b.Time ?? ''));
  const rest = (message.Totals.wanted ?? 0) - Math.min(ended.length, shown);
  return (
    <Timeline items={[
      { color: 'blue', content: <>{t('messages.called')} · <When at={message.UtcCreate} /><div className="quiet mono">{message.PublishRequestId}</div></> },
      { color: message.Qos === 1 ? 'blue' : 'gray', content: t(message.Qos === 1 ? 'messages.stored' : 'messages.notStored') },
      ...ended.slice(0, shown).map(({ DeviceName, State, Reason, Time }) => ({
        color: colours[State] ?? 'blue',
        content: <><span className="mono">{DeviceName ?? '–'}</span> · {t(`state.${State}`)}{Reason && ` (${t(`reason.${Reason}`)})`} · <When at={Time} /></>,
      })),
      ...(rest > 0 ? [{ color: 'gray', content: t('messages.more', { count: rest }) }] : []),
      { color: 'gray', content: <span className="quiet">{t('messages.deadline')} · <When at={message.UtcDeadline} /></span> },
    ]} />
  );
}

function Payload({ id }: { id: string }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['payload', id],
    queryFn: async () => (await call<{ Message: { MessageContent?: string } }>('QueryMessageInfo', { UniMsgId: id })).Message.MessageContent ?? '',
  });
  if (query.error) return <ErrorNotice error={query.error} />;
  if (query.isPending) return <Skeleton active />;
  if (!query.data) return <p className="quiet">{t('messages.payloadGone')}</p>;
  const bytes = Uint8Array.from(atob(query.data), (c) => c.charCodeAt(0));
  const text = new TextDecoder().decode(bytes.slice(0, 20_000));
  return <pre className="text" tabIndex={0}>{text}</pre>;
}

export default function Message() {
  const { t } = useTranslation();
  const { message: toast } = App.useApp();
  const { id = '' } = useParams();
  const of: Params = /^\d+$/.test(id) ? { MessageId: id } : { RequestId: id };
  const query = useQuery({ queryKey: ['receipts', of, 'first'], queryFn: () => readReceipts(of, 1, 100), refetchInterval: 2_000 });
  const cancel = useChange(async () => {
    const { Data } = await call<{ Data: { Cancelled: number; InFlight: number } }>('CancelMessage', of);
    void toast.info(t('messages.cancelled', { cancelled: Data.Cancelled, inFlight: Data.InFlight }));
  });
  if (query.error) return <><PageHead title={id} sub={<Link href="/messages">{t('messages.title')}</Link>} /><ErrorNotice error={query.error} /></>;
  if (!query.data) return <Skeleton active />;
  const message = query.data;
  const waits = (message.Totals.queued ?? 0) > 0;
  return (
    <>
      <PageHead title={message.MessageId} sub={<Link href="/messages">{t('messages.title')}</Link>}>
        {waits && <DangerButton ask={t('messages.cancelAsk')} words={t('messages.cancel')} onConfirm={() => cancel.mutateAsync(undefined)} />}
      </PageHead>
      <div className="card">
        <Facts facts={[
          [t('messages.topic'), <Copyable text={message.Topic} />],
          [t('products.key'), <Link className="mono" href={`/products/${message.ProductKey}`}>{message.ProductKey}</Link>],
          [t('messages.qos'), String(message.Qos)],
          [t('state.wanted'), message.Totals.wanted],
        ]} />
        <div style={{ marginTop: 16 }}><Outcomes totals={message.Totals} legend /></div>
      </div>
      <div className="cards two" style={{ marginTop: 16 }}>
        <section className="card">
          <h2>{t('messages.receipts')}</h2>
          <DataTable<Receipt> name={['receipts', of]} rowKey={(receipt) => receipt.DeviceName ?? JSON.stringify(receipt)} refresh={2_000}
            load={async (page, size) => {
              const { Receipts: { Receipt: rows }, total } = await readReceipts(of, page, size);
              return { rows: rows ?? [], total };
            }}
            empty={<EmptyState words={t('common.none')} />}
            columns={[
              { title: t('devices.name'), render: (_, { DeviceName }) => DeviceName ? <Link className="mono" href={`/products/${message.ProductKey}/devices/${encodeURIComponent(DeviceName)}`}>{DeviceName}</Link> : '–' },
              { title: t('messages.outcome'), render: (_, { State }) => <span style={{ color: `var(--${State})` }}>● <span style={{ color: 'var(--ink)' }}>{t(`state.${State}`)}</span></span> },
              { title: t('messages.reason'), render: (_, { Reason }) => Reason ? t(`reason.${Reason}`) : '' },
              { title: t('messages.time'), render: (_, { Time }) => <When at={Time} /> },
            ]} />
        </section>
        <section className="card">
          <h2>{t('messages.timeline')}</h2>
          <Story message={message} first={message.Receipts.Receipt ?? []} />
        </section>
      </div>
      <section className="card" style={{ marginTop: 16 }}><h2>{t('messages.payload')}</h2><Payload id={message.MessageId} /></section>
    </>
  );
}
