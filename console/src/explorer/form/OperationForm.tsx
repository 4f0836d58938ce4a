// The fields of an operation: those that every call needs, and the others when they are asked for.
import { Collapse } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Operation, Parameter } from '../../api/catalogue';
import type { FormValue, FormValues } from '../values';
import Field from './Field';

// Optional by declaration, and yet what most calls have.
const usual = new Set(['IotInstanceId', 'ProductKey', 'TopicShortName', 'DeviceName', 'Qos']);
const few = 6;

export default function OperationForm({ operation, values, onChange }: {
  operation: Operation;
  values: FormValues;
  onChange: (values: FormValues) => void;
}) {
  const { t } = useTranslation();
  const set = (name: string) => (value: FormValue | undefined) => {
    const { [name]: _, ...rest } = values;
    onChange(value === undefined ? rest : { ...rest, [name]: value });
  };
  const productKey = typeof values.ProductKey === 'string' ? values.ProductKey : '';
  const field = (parameter: Parameter) => (
    <Field key={parameter.Name} parameter={parameter} value={values[parameter.Name]} onChange={set(parameter.Name)} productKey={productKey} />
  );
  const all = operation.Parameters;
  if (all.length === 0) return <p className="quiet">{t('explorer.noParams')}</p>;
  const first = all.length <= few ? all : all.filter(({ Name, Required }) => Required || usual.has(Name));
  const rest = all.filter((parameter) => !first.includes(parameter));
  // What an address has filled in is in sight.
  const filled = rest.some(({ Name }) => values[Name] !== undefined);
  return (
    <>
      {first.map(field)}
      {rest.length > 0 && (
        <Collapse ghost className="optional" defaultActiveKey={filled || first.length === 0 ? ['more'] : []}
          items={[{ key: 'more', label: t('explorer.more', { count: rest.length }), children: rest.map(field) }]} />
      )}
    </>
  );
}
