// Every code that the server answers: its cause, what to do, and which operations answer it.
import { Input, Skeleton } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'wouter';
import { useCatalogue, type Catalogue, type ErrorRow } from '../api/catalogue';
import { useSession } from '../session';
import { EmptyState, ErrorNotice, Mark, PageHead } from '../ui/parts';

const Compare = lazy(() => import('../explorer/signature/Compare'));

const address = (code: string) => `/errors/${encodeURIComponent(code)}`;
const shown = (code: string) => code.replace('{}', '…');

// `MissingQos` is a code of the row `Missing{}`.
function nameIn(code: string, row: string): string | undefined {
  const [before = '', after] = row.split('{}');
  const fits = after !== undefined && code.length > before.length + after.length && code.startsWith(before) && code.endsWith(after);
  return fits ? code.slice(before.length, code.length - after.length) : undefined;
}

function rowsOf(code: string, errors: ErrorRow[]): ErrorRow[] {
  const exact = errors.filter(({ Code }) => Code === code);
  return exact.length > 0 ? exact : errors.filter(({ Code }) => nameIn(code, Code) !== undefined);
}

function Cause({ message, name = '…' }: { message: string; name?: string | undefined }) {
  const { t } = useTranslation();
  return <>{message === '{}' ? t('errors.inWords') : message.replace('{}', name)}</>;
}

function HttpStatus({ status }: { status: number }) {
  const { t } = useTranslation();
  return <Mark kind={status >= 500 ? 'bad' : 'warn'}>{status === 200 ? t('errors.inResponse') : `HTTP ${status}`}</Mark>;
}

function Operations({ rows, catalogue }: { rows: ErrorRow[]; catalogue: Catalogue }) {
  const { t } = useTranslation();
  const session = useSession();
  const codes = new Set(rows.map(({ Code }) => Code));
  const operations = catalogue.operations.filter(({ Errors }) => Errors.some((each) => codes.has(each)));
  return (
    <section className="card">
      <h2>{t('errors.operations')}</h2>
      {operations.length === 0
        ? <p>{t('errors.any')}</p>
        : <div className="tags">{operations.map(({ Name }) => <Mark key={Name}>{session ? <Link href={`/explorer/${Name}`}>{Name}</Link> : Name}</Mark>)}</div>}
    </section>
  );
}

function One({ code, catalogue }: { code: string; catalogue: Catalogue }) {
  const { t } = useTranslation();
  const rows = rowsOf(code, catalogue.errors);
  const [first] = rows;
  if (!first) {
    return (
      <>
        <PageHead title={<code className="error-code">{code}</code>} />
        <div className="card"><EmptyState words={t('errors.unknown')}><Link href="/errors">{t('errors.all')}</Link></EmptyState></div>
      </>
    );
  }
  return (
    <>
      <PageHead title={<code className="error-code">{shown(code)}</code>}>
        <HttpStatus status={first.Status} />
        <Link href="/errors">{t('errors.all')}</Link>
      </PageHead>
      {rows.map(({ Code, Message, Advice }) => (
        <section className="card" key={Message}>
          <h2>{t('errors.cause')}</h2><p><Cause message={Message} name={nameIn(code, Code)} /></p>
          <h2>{t('errors.mend')}</h2><p>{Advice}</p>
          {code.includes('{}') && <p className="quiet">{t('errors.placeholder')}</p>}
        </section>
      ))}
      {code === 'SignatureDoesNotMatch' && <div className="card"><Suspense fallback={<Skeleton active />}><Compare /></Suspense></div>}
      <Operations rows={rows} catalogue={catalogue} />
    </>
  );
}

function All({ errors }: { errors: ErrorRow[] }) {
  const { t } = useTranslation();
  const [search, setSearch] = useState('');
  const wanted = search.toLowerCase();
  const rows = errors.filter(({ Code, Message, Advice }) => `${Code} ${Message} ${Advice}`.toLowerCase().includes(wanted)
    || nameIn(search, Code) !== undefined);
  return (
    <>
      <PageHead title={t('errors.title')}>
        <Input allowClear placeholder={t('errors.search')} aria-label={t('errors.search')} onChange={(event) => setSearch(event.target.value)} style={{ width: 320, maxWidth: '100%' }} />
      </PageHead>
      <div className="card">
        {rows.length === 0 && <EmptyState words={t('errors.none')} />}
        <dl className="codes">
          {rows.map(({ Code, Status, Message, Advice }) => (
            <div key={Code + Message}>
              <dt><Link href={address(Code)}><code>{shown(Code)}</code></Link> {Status !== 200 && <span className="quiet">HTTP {Status}</span>}</dt>
              <dd><Cause message={Message} /><div className="quiet">{Advice}</div></dd>
            </div>
          ))}
        </dl>
      </div>
    </>
  );
}

export default function Errors() {
  const { code } = useParams();
  const catalogue = useCatalogue();
  if (catalogue.error) return <ErrorNotice error={catalogue.error} />;
  if (!catalogue.data) return <Skeleton active />;
  return code ? <One code={code} catalogue={catalogue.data} /> : <All errors={catalogue.data.errors} />;
}
