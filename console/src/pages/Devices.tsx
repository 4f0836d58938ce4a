import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useSearchParams } from 'wouter';
import { products } from '../api/platform';
import { EmptyState, ErrorNotice, PageHead } from '../ui/parts';
import { ProductPicker } from '../ui/pickers';
import DeviceList from './DeviceList';

export default function Devices() {
  const { t } = useTranslation();
  const [params] = useSearchParams();
  const [, go] = useLocation();
  const first = useQuery({ queryKey: ['firstProduct'], queryFn: () => products(1, 1) });
  const key = params.get('product') ?? first.data?.rows[0]?.ProductKey;
  return (
    <>
      <PageHead title={t('devices.title')}>
        <ProductPicker value={key} onChange={(next) => go(`/devices?product=${next}`)} />
      </PageHead>
      {first.error && !key && <ErrorNotice error={first.error} />}
      {first.data?.total === 0 && (
        <div className="card">
          <EmptyState words={t('devices.noProducts')}>
            <Link href="/products">{t('overview.step1')}</Link>
          </EmptyState>
        </div>
      )}
      {key && (
        <div className="card">
          <DeviceList productKey={key} key={key} />
        </div>
      )}
    </>
  );
}
