import { useState, type ReactNode } from 'react';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

export default function Step({ title, help, text }: { title: string; help?: ReactNode; text: string }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState('');
  return (
    <li>
      <div className="step-head">
        <h3>{title}</h3>
        <Button size="small" aria-label={`${t('common.copy')}: ${title}`} onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(text))}>{t(copied === text ? 'common.copied' : 'common.copy')}</Button>
      </div>
      {help && <p className="quiet help">{help}</p>}
      <pre className="text" tabIndex={0} aria-label={title}>{text || ' '}</pre>
    </li>
  );
}
