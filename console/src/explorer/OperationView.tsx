// One operation: its form, and beside it what it says, answers, signs and looks like as a program.
import { Button, Tabs } from 'antd';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'wouter';
import { exchange, type Exchange } from '../api/call';
import type { Catalogue, Operation } from '../api/catalogue';
import { useSession } from '../session';
import { Mark } from '../ui/parts';
import Docs from './Docs';
import OperationForm from './form/OperationForm';
import OperationName from './OperationName';
import Result from './Result';
import Samples from './Samples';
import Signature from './signature/Signature';
import { missing, pairsOf, valuesFrom, type FormValues } from './values';

export default function OperationView({ operation, catalogue }: { operation: Operation; catalogue: Catalogue }) {
  const { t } = useTranslation();
  const session = useSession();
  const [given] = useSearchParams();
  const [values, setValues] = useState<FormValues>(() => valuesFrom(operation, given, session?.instance ?? ''));
  const [made, setMade] = useState<Exchange>();
  const [problem, setProblem] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const [tab, setTab] = useState('docs');
  // From here on, not through all other operations, goes who uses the keyboard.
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  const params = useMemo(() => pairsOf(operation, values), [operation, values]);
  const absent = missing(operation, values);

  async function run() {
    setBusy(true);
    setTab('run');
    setProblem(undefined);
    try {
      setMade(await exchange(operation.Name, params));
    } catch (error) {
      setProblem(error);
    }
    setBusy(false);
  }

  return (
    <>
      <form onSubmit={(event) => { event.preventDefault(); void run(); }}>
        <header className="card run-head">
          <div>
            <h2 ref={heading} tabIndex={-1}><OperationName name={operation.Name} /></h2>
            {operation.Writes && <Mark kind="warn">{t('explorer.writes')}</Mark>}{operation.Own && <Mark kind="good">{t('explorer.own')}</Mark>}
            <p className="quiet">{operation.Summary}</p>
          </div>
          <Button type="primary" size="large" htmlType="submit" loading={busy}>{t(made ? 'explorer.runAgain' : 'explorer.run')}</Button>
        </header>
        <section className="card" aria-label={t('explorer.params')}>
          <OperationForm operation={operation} values={values} onChange={setValues} />
          {absent.length > 0 && <p className="quiet help">{t('explorer.absent')} {absent.map(({ Name }) => Name).join(', ')}</p>}
        </section>
      </form>
      <section className="card result" aria-label={t('explorer.beside')}>
        <Tabs activeKey={tab} onChange={setTab} tabBarGutter={24} destroyOnHidden items={[
          { key: 'docs', label: t('explorer.docs'), children: <Docs operation={operation} catalogue={catalogue} /> },
          { key: 'run', label: t('explorer.result'), children: <Result made={made} problem={problem} busy={busy} /> },
          { key: 'signature', label: t('explorer.signature'), children: <Signature operation={operation} params={params} /> },
          { key: 'code', label: t('explorer.code'), children: <Samples operation={operation} params={params} /> },
        ]} />
      </section>
    </>
  );
}
