// All operations by their families, and those that a search finds.
import { Grid, Input, Select } from 'antd';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import type { Catalogue, Operation } from '../api/catalogue';
import OperationName from './OperationName';

// The platform first, then who may use it.
const rank = ({ Family, Product }: Operation) => Product !== 'Iot' ? 2 : Family === 'Messaging' ? 0 : 1;

function byFamily(operations: Operation[]): [family: string, Operation[]][] {
  const families = new Map<string, Operation[]>();
  for (const each of [...operations].sort((a, b) => rank(a) - rank(b))) {
    families.set(each.Family, [...(families.get(each.Family) ?? []), each]);
  }
  return [...families];
}

const finds = (wanted: string) => ({ Name, Summary }: Operation) => `${Name} ${Summary}`.toLowerCase().includes(wanted.toLowerCase());

// On a small screen.
function Choice({ operations, chosen }: { operations: Operation[]; chosen: string | undefined }) {
  const { t } = useTranslation();
  const [, go] = useLocation();
  return (
    <Select className="choice" aria-label={t('explorer.choose')} placeholder={t('explorer.choose')} value={chosen ?? null} onChange={(name) => name && go(`/explorer/${name}`)}
      showSearch={{ optionFilterProp: 'value' }}
      options={byFamily(operations).map(([label, each]) => ({ label, options: each.map(({ Name }) => ({ value: Name })) }))} />
  );
}

function List({ operations, chosen }: { operations: Operation[]; chosen: string | undefined }) {
  const { t } = useTranslation();
  const [search, setSearch] = useState('');
  const current = useRef<HTMLAnchorElement>(null);
  const families = useMemo(() => byFamily(operations.filter(finds(search))), [operations, search]);
  useEffect(() => {
    current.current?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);
  return (
    <nav className="card catalogue" aria-label={t('explorer.operations')}>
      <Input allowClear placeholder={t('explorer.search')} aria-label={t('explorer.search')} value={search} onChange={(event) => setSearch(event.target.value)} />
      <div className="list">
        {families.length === 0 && <p className="quiet">{t('explorer.noneFound')}</p>}
        {families.map(([family, each]) => (
          <section key={family} aria-label={family}>
            <h2>{family}<span className="count">{each.length}</span></h2>
            {each.map(({ Name, Summary }) => (
              <Link key={Name} href={`/explorer/${Name}`} title={Summary} {...(Name === chosen ? { ref: current, 'aria-current': 'page' as const } : {})}>
                <OperationName name={Name} />
              </Link>
            ))}
          </section>
        ))}
      </div>
    </nav>
  );
}

export default function OperationMenu({ catalogue, chosen }: { catalogue: Catalogue; chosen: string | undefined }) {
  const wide = Grid.useBreakpoint().md !== false;
  return wide ? <List operations={catalogue.operations} chosen={chosen} /> : <Choice operations={catalogue.operations} chosen={chosen} />;
}
