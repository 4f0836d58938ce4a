// Before an operation is chosen.
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Catalogue } from '../api/catalogue';
import Compare from './signature/Compare';

const popular = ['BatchPub', 'Pub', 'RRpc', 'QueryMessageReceipts', 'CreateProduct', 'BatchRegisterDevice', 'QueryDevice', 'GetDeviceStatus'];

export default function Welcome({ catalogue }: { catalogue: Catalogue }) {
  const { t } = useTranslation();
  return (
    <div className="welcome">
      <section className="card">
        <h2>{t('explorer.choose')}</h2>
        <p className="quiet">{t('explorer.chooseHint', { count: catalogue.operations.length })}</p>
        <ul className="popular">
          {popular.flatMap((name) => catalogue.byName.get(name) ?? []).map(({ Name, Summary }) => (
            <li key={Name}><Link href={`/explorer/${Name}`}><strong>{Name}</strong><span className="quiet">{Summary}</span></Link></li>
          ))}
        </ul>
      </section>
      <div className="card"><Compare /></div>
    </div>
  );
}
