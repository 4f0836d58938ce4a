// The call as a program, in the language that the reader chose last.
import { Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Operation } from '../api/catalogue';
import type { Pairs } from '../api/signature';
import { callOf } from '../samples/call';
import { languages } from '../samples/languages';
import Code from '../ui/Code';

const kept = 'herald.sample';

export default function Samples({ operation, params }: { operation: Operation; params: Pairs }) {
  const { t } = useTranslation();
  const [id, setId] = useState(localStorage.getItem(kept) ?? 'node');
  const language = languages.find((each) => each.id === id) ?? languages[0]!;
  const secure = location.protocol === 'https:';
  const choose = (next: string) => {
    setId(next);
    localStorage.setItem(kept, next);
  };
  return (
    <>
      <Select aria-label={t('code.language')} value={language.id} onChange={choose} style={{ width: 220 }}
        options={languages.map(({ id: value, label }) => ({ value, label }))} />
      <p className="quiet help">{t('code.hint')}{secure && ` ${t('code.secureHint')}`}</p>
      <Code text={language.write(callOf(operation, params, location.host, secure))} language={language.highlight} />
    </>
  );
}
