// Small things that every page is made of.
import { Alert, App, Button, Empty, Form, Input, Modal, Tag, Typography, type FormInstance } from 'antd';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { ApiError } from '../api/call';

export function PageHead({ title, sub, children }: { title: ReactNode; sub?: ReactNode; children?: ReactNode }) {
  return (
    <div className="page-head">
      <h1>{title}</h1>{sub && <span className="sub">{sub}</span>}<span className="grow" />{children}
    </div>
  );
}

// Every error: its code, its meaning, its RequestId, and the way to its page.
export function ErrorNotice({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useTranslation();
  if (!(error instanceof ApiError)) return <Alert type="error" title={String(error)} />;
  return (
    <Alert type={error.denied ? 'warning' : 'error'} showIcon role="alert"
      title={error.denied ? t('error.denied') : error.message}
      description={(
        <>
          {error.denied && <p>{t('error.deniedHint')}</p>}
          <div><code className="notice-code">{error.code}</code> · <Link href={`/errors/${error.code}`}>{t('error.explain')}</Link></div>
          {error.requestId && <div className="quiet">{t('error.requestId')} <code>{error.requestId}</code></div>}
        </>
      )}
      action={retry && !error.denied && <Button size="small" onClick={retry}>{t('error.retry')}</Button>} />
  );
}

export function Copyable({ text, code = true }: { text: string; code?: boolean }) {
  const { t } = useTranslation();
  return <Typography.Text className={code ? 'mono' : ''} copyable={{ text, tooltips: [t('common.copy'), t('common.copied')] }}>{text}</Typography.Text>;
}

export function Secret({ text, label }: { text: string; label: string }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  return (
    <span>
      {shown ? <Copyable text={text} /> : <span className="mono">••••••••••••</span>}{' '}
      <Button size="small" type="link" aria-label={`${t(shown ? 'common.hide' : 'common.show')} ${label}`} onClick={() => setShown(!shown)}>{t(shown ? 'common.hide' : 'common.show')}</Button>
    </span>
  );
}

export function Facts({ facts }: { facts: [name: string, value: ReactNode][] }) {
  return <dl className="facts">{facts.map(([name, value]) => [<dt key={`${name}.`}>{name}</dt>, <dd key={name}>{value || value === 0 ? value : '–'}</dd>])}</dl>;
}

export function EmptyState({ words, children }: { words: string; children?: ReactNode }) {
  return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={words}>{children}</Empty>;
}

export function When({ at }: { at: string | number | undefined }) {
  const { i18n } = useTranslation();
  if (!at) return <>–</>;
  const date = new Date(at);
  return <time dateTime={date.toISOString()}>{date.toLocaleString(i18n.language === 'zh' ? 'zh-CN' : 'en-GB', { hour12: false })}</time>;
}

const colours: Record<string, string> = { ONLINE: 'green', OFFLINE: 'default', UNACTIVE: 'gold', DISABLE: 'red' };
export function Status({ status }: { status: string }) {
  const { t } = useTranslation();
  const word = status.toUpperCase();
  return <Tag color={colours[word] ?? 'default'}>{word in colours ? t(`status.${word}`) : status}</Tag>;
}

// One thing that changes something: tells how it went and has what depends on it read again.
export function useChange<In>(change: (input: In) => Promise<unknown>, done?: () => void) {
  const client = useQueryClient();
  const { notification } = App.useApp();
  return useMutation({
    mutationFn: change,
    onSuccess: () => { void client.invalidateQueries(); done?.(); },
    onError: (error) => notification.error({ title: error instanceof ApiError ? error.code : 'Error', description: <ErrorNotice error={error} />, duration: 10 }),
  });
}

export function DangerButton({ ask, words, onConfirm, size }: { ask: string; words: string; onConfirm: () => Promise<unknown>; size?: 'small' }) {
  const { modal } = App.useApp();
  const { t } = useTranslation();
  return (
    <Button danger type={size ? 'link' : 'default'} {...(size ? { size } : {})}
      onClick={() => modal.confirm({ title: ask, okText: words, cancelText: t('common.cancel'), okButtonProps: { danger: true }, onOk: () => onConfirm().catch(() => undefined) })}>
      {words}
    </Button>
  );
}

export interface FormField { name: string; label: string; help?: string; required?: boolean; input?: ReactNode; initial?: unknown; checkbox?: boolean }

// A button that opens a short form in a dialog, and does what it asks for.
export function FormButton({ title, fields, submit, primary = true, size, children, result }: {
  title: string; fields: FormField[]; submit: (values: Record<string, never>) => Promise<unknown>; primary?: boolean; size?: 'small'; children?: ReactNode;
  result?: (made: unknown) => ReactNode;
}) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const [made, setMade] = useState<unknown>();
  const [form] = Form.useForm() as [FormInstance];
  const client = useQueryClient();
  const close = () => { setOpen(false); setProblem(undefined); setMade(undefined); form.resetFields(); };
  const finish = async (values: Record<string, never>) => {
    setBusy(true);
    setProblem(undefined);
    try {
      const answer = await submit(values);
      await client.invalidateQueries();
      if (result) setMade(answer); else close();
    } catch (error) {
      setProblem(error);
    }
    setBusy(false);
  };
  return (
    <>
      <Button type={size ? 'link' : primary ? 'primary' : 'default'} {...(size ? { size } : {})} onClick={() => setOpen(true)}>{children ?? title}</Button>
      <Modal open={open} title={title} onCancel={close} okText={made ? t('common.copied') : t('common.save')} cancelText={t('common.cancel')} confirmLoading={busy}
        onOk={() => form.submit()} destroyOnHidden footer={made ? <Button onClick={close}>OK</Button> : undefined}>
        {made && result ? result(made) : (
          <Form form={form} layout="vertical" onFinish={finish} requiredMark preserve={false}>
            {fields.map(({ name, label, help, required, input, initial, checkbox }) => (
              <Form.Item key={name} name={name} label={label} extra={help} rules={[{ required: required ?? false }]} {...(initial === undefined ? {} : { initialValue: initial })} valuePropName={checkbox ? 'checked' : 'value'}>
                {input ?? <Input autoComplete="off" />}
              </Form.Item>
            ))}
            {problem !== undefined && <ErrorNotice error={problem} />}
          </Form>
        )}
      </Modal>
    </>
  );
}

const states = ['acked', 'sent', 'inflight', 'queued', 'expired', 'cancelled', 'dropped'] as const;
export type Totals = Partial<Record<(typeof states)[number] | 'wanted', number>>;

export function Outcomes({ totals, legend = false }: { totals: Totals; legend?: boolean }) {
  const { t } = useTranslation();
  const wanted = totals.wanted ?? 0;
  const shown = states.filter((state) => (totals[state] ?? 0) > 0);
  const words = shown.map((state) => `${t(`state.${state}`)} ${totals[state]}`).join(', ');
  return (
    <>
      <div className="outcomes" role="img" aria-label={words || t('common.none')} title={words}>
        {shown.map((state) => <i key={state} style={{ width: `${((totals[state] ?? 0) / Math.max(1, wanted)) * 100}%`, background: `var(--${state})` }} />)}
      </div>
      {legend && (
        <ul className="legend">
          {shown.map((state) => <li key={state}><i style={{ background: `var(--${state})` }} />{t(`state.${state}`)} <b>{totals[state]}</b></li>)}
        </ul>
      )}
    </>
  );
}
