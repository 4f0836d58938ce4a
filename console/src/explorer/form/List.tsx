import { Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { useSuggestions } from './suggestions';

// A list of names: chosen, typed or pasted, many at once.
export default function List({ id, name, productKey, value, onChange, example }: {
  id: string;
  name: string;
  productKey: string;
  value: string[];
  onChange: (value: string[] | undefined) => void;
  example: string | undefined;
}) {
  const { t } = useTranslation();
  const suggestions = useSuggestions(name, productKey);
  return (
    <Select<string[]> id={id} mode="tags" tokenSeparators={[',', ' ', '\n']} value={value} placeholder={suggestions?.length ? t('explorer.pick') : example} style={{ width: '100%' }}
      onChange={(items) => onChange(items.length > 0 ? items : undefined)} options={suggestions ?? []} />
  );
}
