import { AutoComplete, Input } from 'antd';
import { useSuggestions } from './suggestions';

// One line of text; names of what the platform has can be chosen.
export default function Text({ id, label, name, productKey, value, onChange, placeholder, wrong = false }: {
  id?: string;
  label?: string;
  name: string;
  productKey: string;
  value: string;
  onChange: (value: string) => void;
  placeholder: string | undefined;
  wrong?: boolean;
}) {
  const suggestions = useSuggestions(name, productKey);
  const named = { ...(id ? { id } : {}), ...(label ? { 'aria-label': label } : {}), ...(wrong ? { status: 'warning' as const } : {}) };
  if (!suggestions) {
    return <Input {...named} value={value} placeholder={placeholder} autoComplete="off" spellCheck={false} onChange={(event) => onChange(event.target.value)} />;
  }
  return (
    <AutoComplete {...named} value={value} placeholder={placeholder} options={suggestions} style={{ width: '100%' }} onChange={(next: string) => onChange(next)}
      showSearch={{ filterOption: (typed, option) => `${option?.value} ${option?.label ?? ''}`.toLowerCase().includes(typed.toLowerCase()) }} />
  );
}
