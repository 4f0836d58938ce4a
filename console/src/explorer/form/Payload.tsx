import { Input, Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fromBase64, isBase64, toBase64 } from './base64';

type Mode = 'text' | 'base64';

// A payload, which is written as text or as the Base64 that is sent.
export default function Payload({ id, value, onChange }: { id: string; value: string; onChange: (encoded: string) => void }) {
  const { t } = useTranslation();
  const text = fromBase64(value);
  // Bytes that are no text cannot be shown as such.
  const [mode, setMode] = useState<Mode>(text === undefined ? 'base64' : 'text');
  const asText = mode === 'text' && text !== undefined;
  const wrong = !isBase64(value);
  return (
    <>
      <Segmented<Mode> size="small" value={asText ? 'text' : 'base64'} onChange={setMode} style={{ marginBottom: 6 }}
        options={[{ value: 'text', label: t('explorer.text'), disabled: text === undefined }, { value: 'base64', label: t('explorer.base64') }]} />
      <Input.TextArea id={id} rows={2} spellCheck={false} {...(asText ? {} : { className: 'mono' })}
        value={asText ? text : value} onChange={(event) => onChange(asText ? toBase64(event.target.value) : event.target.value.trim())}
        {...(wrong ? { status: 'error' } : {})} />
      {wrong && <div className="bad" role="alert">{t('explorer.notBase64')}</div>}
      {asText && value && <div className="quiet help">{t('explorer.sentAs')} <code>{value.length > 80 ? `${value.slice(0, 80)}…` : value}</code></div>}
    </>
  );
}
