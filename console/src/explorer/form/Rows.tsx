import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Row } from '../values';
import Text from './Text';

// A list of objects: one row for each.
export default function Rows({ id, name, members, rows, productKey, onChange }: {
  id: string;
  name: string;
  members: string[];
  rows: Row[];
  productKey: string;
  onChange: (rows: Row[]) => void;
}) {
  const { t } = useTranslation();
  const set = (i: number, member: string, text: string) => onChange(rows.map((row, at) => at === i ? { ...row, [member]: text } : row));
  return (
    <>
      {rows.map((row, i) => (
        <div key={i} className="row" role="group" aria-label={`${name}.${i + 1}`}>
          <div className="members">
            {members.map((member) => (
              <Text key={member} label={`${name}.${i + 1}.${member}`} name={member} productKey={row.ProductKey ?? productKey} placeholder={member}
                value={row[member] ?? ''} onChange={(text) => set(i, member, text)} />
            ))}
          </div>
          <Button type="text" aria-label={`${t('common.delete')} ${name}.${i + 1}`} onClick={() => onChange(rows.filter((_, at) => at !== i))}>×</Button>
        </div>
      ))}
      <Button id={id} size="small" onClick={() => onChange([...rows, {}])}>{t('explorer.addRow', { name: `${name}.${rows.length + 1}` })}</Button>
    </>
  );
}
