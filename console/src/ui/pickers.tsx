import { useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { products } from '../api/platform';

export function ProductPicker({ value, onChange }: { value: string | undefined; onChange: (key: string) => void }) {
  const { t } = useTranslation();
  const query = useQuery({ queryKey: ['productChoice'], queryFn: () => products(1, 200) });
  return (
    <Select
      aria-label={t('devices.chooseProduct')}
      placeholder={t('devices.chooseProduct')}
      value={value ?? null}
      onChange={(key) => key && onChange(key)}
      showSearch={{ optionFilterProp: 'label' }}
      loading={query.isPending}
      className="pick"
      options={(query.data?.rows ?? []).map(({ ProductKey, ProductName }) => ({
        value: ProductKey,
        label: `${ProductName} · ${ProductKey}`,
      }))}
    />
  );
}
