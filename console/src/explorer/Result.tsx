// What became of a call.
import { Skeleton } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { errorOf, type Exchange } from '../api/call';
import Code from '../ui/Code';
import { Copyable, EmptyState, ErrorNotice, Mark } from '../ui/parts';

// As it was sent, but for the most of the token.
function requestText({ request: { headers, body } }: Exchange): string {
  const shown = Object.entries(headers).map(([name, value]) => `${name}: ${name === 'x-acs-security-token' ? `${value.slice(0, 16)}…` : value}`);
  return `POST / HTTP/1.1\n${shown.join('\n')}\n\n${body}`;
}

export default function Result({ made, problem, busy }: { made: Exchange | undefined; problem: unknown; busy: boolean }) {
  const { t } = useTranslation();
  if (busy && !made) return <Skeleton active />;
  if (problem !== undefined) return <ErrorNotice error={problem} />;
  if (!made) return <EmptyState words={t('explorer.notRun')} />;
  const error = errorOf(made);
  const { MessageId, RequestId } = made.body;
  return (
    <>
      <div role="status" className="tags verdict">
        <Mark kind={error ? 'bad' : 'good'}>{error ? error.code : 'OK'}</Mark>
        <Mark>HTTP {made.status}</Mark>
        <Mark>{t('explorer.took', { ms: made.milliseconds.toFixed(1) })}</Mark>
        {typeof MessageId === 'string' && !error && <Link href={`/messages/${MessageId}`}>{t('explorer.toMessage')}</Link>}
      </div>
      {error ? <ErrorNotice error={error} /> : typeof RequestId === 'string' && <p className="quiet">RequestId <Copyable text={RequestId} /></p>}
      <Code title={t('explorer.response')} language="json" text={JSON.stringify(made.body, null, 2)} />
      <Code title={t('explorer.request')} language="plain" text={requestText(made)} />
    </>
  );
}
