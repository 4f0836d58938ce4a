// One parameter, made from its declaration.
import { Input, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { isList, type Parameter } from '../../api/catalogue';
import type { FormValue, Row } from '../values';
import { bounds, looksWrong } from './bounds';
import List from './List';
import Payload from './Payload';
import Rows from './Rows';
import Text from './Text';

interface Props {
  parameter: Parameter;
  value: FormValue | undefined;
  onChange: (value: FormValue | undefined) => void;
  productKey: string;  // Whose devices and topics can be chosen.
}

const payloads = new Set(['MessageContent', 'RequestBase64Byte', 'CorrelationData']);
const isJson = ({ Example }: Parameter) => /^[{[]/.test(Example ?? '');

function Control({ parameter, value, onChange, productKey }: Props) {
  const { Name, Type, Allowed, Default, Example, Members } = parameter;
  const id = `p-${Name}`;
  if (Members) return <Rows id={id} name={Name} members={Members} rows={(value as Row[] | undefined) ?? []} productKey={productKey} onChange={onChange} />;
  if (isList(parameter)) return <List id={id} name={Name} productKey={productKey} value={(value as string[] | undefined) ?? []} onChange={onChange} example={Example} />;
  const text = (value as string | undefined) ?? '';
  if (payloads.has(Name)) return <Payload id={id} value={text} onChange={onChange} />;
  const choices = Type === 'Boolean' ? ['true', 'false'] : Allowed;
  if (choices) {
    return (
      <Select id={id} allowClear value={text || null} placeholder={Default} style={{ width: '100%' }}
        onChange={(next: string | null) => onChange(next ?? undefined)} options={choices.map((each) => ({ value: each }))} />
    );
  }
  if (isJson(parameter)) {
    return <Input.TextArea id={id} className="mono" rows={2} spellCheck={false} value={text} placeholder={Example} onChange={(event) => onChange(event.target.value)} />;
  }
  if (Name.endsWith('Password')) return <Input.Password id={id} autoComplete="off" value={text} onChange={(event) => onChange(event.target.value)} />;
  return <Text id={id} name={Name} productKey={productKey} value={text} onChange={onChange} placeholder={Default ?? Example} wrong={looksWrong(parameter, text)} />;
}

export default function Field(props: Props) {
  const { t, i18n } = useTranslation();
  const { parameter, value } = props;
  const { Name, Type, Required, Doc } = parameter;
  const limits = bounds(parameter, i18n.language);
  const wrong = typeof value === 'string' && looksWrong(parameter, value);
  return (
    <div className="field">
      <label htmlFor={`p-${Name}`}>
        <strong>{Name}{Required && <span className="required" title={t('explorer.required')}>*<span className="for-readers">{t('explorer.required')}</span></span>}</strong>
        <span className="quiet type">{Type}{limits && ` · ${t(`explorer.${limits.of}`, { text: limits.text })}`}</span>
      </label>
      <Control {...props} />
      {wrong && <div className="warn" role="status">{t('explorer.outside', { text: limits?.text ?? Type })}</div>}
      <div className="quiet help">{Doc}</div>
    </div>
  );
}
