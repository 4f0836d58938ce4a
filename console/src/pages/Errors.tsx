import { Input, Skeleton, Table, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'wouter';
import { useCatalogue, type Catalogue, type ErrorRow } from '../api/catalogue';
import { useSession } from '../session';
import { EmptyState, ErrorNotice, PageHead } from '../ui/parts';

// `MissingQos` is a code of the row `Missing{}`.
function rowsOf(code: string, errors: ErrorRow[]): ErrorRow[] {
  const exact = errors.filter(({ Code }) => Code === code);
  if (exact.length > 0) return exact;
  return errors.filter(({ Code }) => {
    const [before = '', after] = Code.split('{}');
    return after !== undefined && code.length > before.length + after.length && code.startsWith(before) && code.endsWith(after);
  });
}

function One({ code, catalogue }: { code: string; catalogue: Catalogue }) {
  const { t } = useTranslation();
  const session = useSession();
  const rows = rowsOf(code, catalogue.errors);
  if (rows.length === 0) return <EmptyState words={t('errors.unknown')}><Link href="/errors">{t('errors.all')}</Link></EmptyState>;
  const names = new Set(rows.map(({ Code }) => Code));
  const operations = catalogue.operations.filter(({ Errors }) => Errors.some((each) => names.has(each)));
  const status = rows[0]?.Status ?? 0;
  return (
    <>
      <PageHead title={<code style={{ fontSize: 20 }}>{code}</code>} sub={<Link href="/errors">{t('errors.all')}</Link>}>
        <Tag color={status >= 500 ? 'red' : 'orange'}>{status === 200 ? t('errors.inResponse') : `HTTP ${status}`}</Tag>
      </PageHead>
      {rows.map(({ Message, Advice }) => (
        <section className="card" key={Message}>
          <h2>{t('errors.message')}</h2><p className="mono">{Message.replace('{}', '…')}</p>
          <h2>{t('errors.mend')}</h2><p>{Advice}</p>
        </section>
      ))}
      <section className="card">
        <h2>{t('errors.operations')}</h2>
        {operations.length === 0 ? <p>{t('errors.any')}</p> : operations.map(({ Name }) => (
          <Tag key={Name} style={{ marginBottom: 8 }}>{session ? <Link href={`/explorer/${Name}`}>{Name}</Link> : Name}</Tag>
        ))}
      </section>
    </>
  );
}

export default function Errors() {
  const { t } = useTranslation();
  const { code } = useParams();
  const [search, setSearch] = useState('');
  const catalogue = useCatalogue();
  if (catalogue.error) return <ErrorNotice error={catalogue.error} />;
  if (!catalogue.data) return <Skeleton active />;
  if (code) return <One code={decodeURIComponent(code)} catalogue={catalogue.data} />;
  const wanted = search.toLowerCase();
  const rows = catalogue.data.errors.filter(({ Code, Message, Advice }) => `${Code} ${Message} ${Advice}`.toLowerCase().includes(wanted));
  return (
    <>
      <PageHead title={t('errors.title')}>
        <Input.Search allowClear placeholder={t('errors.search')} aria-label={t('errors.search')} onChange={(e) => setSearch(e.target.value)} style={{ width: 300, maxWidth: '100%' }} />
      </PageHead>
      <div className="card">
        <Table<ErrorRow> dataSource={rows} rowKey={({ Code, Message }) => Code + Message} size="middle" pagination={{ pageSize: 50, hideOnSinglePage: true, showSizeChanger: false }} scroll={{ x: 600 }}
          columns={[
            { title: t('errors.code'), render: (_, { Code }) => Code.includes('{}') ? <code>{Code.replace('{}', '…')}</code> : <Link href={`/errors/${Code}`}><code>{Code}</code></Link> },
            { title: t('errors.http'), dataIndex: 'Status' },
            { title: t('errors.mend'), dataIndex: 'Advice' },
          ]} />
      </div>
    </>
  );
}
