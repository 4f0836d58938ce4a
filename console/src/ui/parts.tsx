// Small things that every page is made of.
import { Alert, App, Button, Empty, Typography } from 'antd';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { ApiError } from '../api/call';

// `up` leads to the list that this is of; `sub` stands beside the title, what can be done at the end.
export function PageHead({
  title,
  up,
  sub,
  children,
}: {
  title: ReactNode;
  up?: [path: string, words: string];
  sub?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <div className="page-head">
      <div className="titles">
        {up && (
          <Link className="up" href={up[0]}>
            ← {up[1]}
          </Link>
        )}
        <h1>{title}</h1>
        {sub && <span className="sub">{sub}</span>}
      </div>
      {children && <div className="actions">{children}</div>}
    </div>
  );
}

// Every error: its code, its meaning, its RequestId, and the way to its page.
export function ErrorNotice({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useTranslation();
  if (!(error instanceof ApiError)) return <Alert type="error" title={String(error)} />;
  return (
    <Alert
      type={error.denied ? 'warning' : 'error'}
      showIcon
      role="alert"
      title={error.denied ? t('error.denied') : <span className="notice-words">{error.message}</span>}
      description={
        <>
          {error.denied && <p>{t('error.deniedHint')}</p>}
          <div>
            <code className="notice-code">{error.code}</code> ·{' '}
            <Link href={`/errors/${error.code}`}>{t('error.explain')}</Link>
          </div>
          {error.requestId && (
            <div className="quiet">
              {t('error.requestId')} <code>{error.requestId}</code>
            </div>
          )}
        </>
      }
      action={
        retry &&
        !error.denied && (
          <Button size="small" onClick={retry}>
            {t('error.retry')}
          </Button>
        )
      }
    />
  );
}

export function Copyable({ text, code = true }: { text: string; code?: boolean }) {
  const { t } = useTranslation();
  return (
    <Typography.Text
      className={code ? 'mono' : ''}
      copyable={{ text, tooltips: [t('common.copy'), t('common.copied')] }}
    >
      {text}
    </Typography.Text>
  );
}

export function Secret({ text, label }: { text: string; label: string }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  return (
    <span>
      {shown ? <Copyable text={text} /> : <span className="mono">••••••••••••</span>}{' '}
      <Button
        size="small"
        type="link"
        aria-label={`${t(shown ? 'common.hide' : 'common.show')} ${label}`}
        onClick={() => setShown(!shown)}
      >
        {t(shown ? 'common.hide' : 'common.show')}
      </Button>
    </span>
  );
}

export function Facts({ facts }: { facts: [name: string, value: ReactNode][] }) {
  return (
    <dl className="facts">
      {facts.map(([name, value]) => [
        <dt key={`${name}.`}>{name}</dt>,
        <dd key={name}>{value || value === 0 ? value : '–'}</dd>,
      ])}
    </dl>
  );
}

export function EmptyState({ words, children }: { words: string; children?: ReactNode }) {
  return (
    <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={words}>
      {children}
    </Empty>
  );
}

// Local time in the form that nobody reads for another: 2026-11-30 18:05:09.
export function When({ at }: { at: string | number | undefined }) {
  if (!at) return <>–</>;
  const date = new Date(at);
  return <time dateTime={date.toISOString()}>{date.toLocaleString('sv-SE')}</time>;
}

export type Kind = 'good' | 'warn' | 'bad' | 'plain';
// A word on a shade of its own, in colours that everybody can read.
export function Mark({
  kind = 'plain',
  children,
  ...rest
}: {
  kind?: Kind | undefined;
  children: ReactNode;
  role?: string;
}) {
  return (
    <span className={`mark ${kind}`} {...rest}>
      {children}
    </span>
  );
}

const kinds: Record<string, Kind> = { ONLINE: 'good', OFFLINE: 'plain', UNACTIVE: 'warn', DISABLE: 'bad' };
export function Status({ status }: { status: string }) {
  const { t } = useTranslation();
  const word = status.toUpperCase();
  return <Mark kind={kinds[word]}>{word in kinds ? t(`status.${word}`) : status}</Mark>;
}

// One thing that changes something: tells how it went and has what depends on it read again.
export function useChange<In>(change: (input: In) => Promise<unknown>, done?: () => void) {
  const client = useQueryClient();
  const { notification } = App.useApp();
  return useMutation({
    mutationFn: change,
    onSuccess: () => {
      void client.invalidateQueries();
      done?.();
    },
    onError: (error) =>
      notification.error({
        title: error instanceof ApiError ? error.code : 'Error',
        description: <ErrorNotice error={error} />,
        duration: 10,
      }),
  });
}

export function DangerButton({
  ask,
  words,
  onConfirm,
  size,
}: {
  ask: string;
  words: string;
  onConfirm: () => Promise<unknown>;
  size?: 'small';
}) {
  const { modal } = App.useApp();
  const { t } = useTranslation();
  return (
    <Button
      danger
      type={size ? 'link' : 'default'}
      {...(size ? { size } : {})}
      onClick={() =>
        modal.confirm({
          title: ask,
          okText: words,
          cancelText: t('common.back'),
          okButtonProps: { danger: true },
          onOk: () => onConfirm().catch(() => undefined),
        })
      }
    >
      {words}
    </Button>
  );
}
