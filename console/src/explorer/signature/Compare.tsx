// For a request of one's own that fails: where it first differs from what the server signs.
import { Alert, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { firstDifference } from './difference';
import { readAnswer, readRequest } from './pasted';
import './signature.css';

const shown = 60;

// An escape is marked from its percent sign on.
const escapeAt = (text: string, at: number) => at - (/%(25)?[0-9A-F]?$/i.exec(text.slice(Math.max(0, at - 4), at))?.[0].length ?? 0);

function Marked({ title, text, at }: { title: string; text: string; at: number }) {
  const from = Math.max(0, at - shown);
  const first = escapeAt(text, at);
  return (
    <>
      <h3>{title}</h3>
      <pre className="text diff" tabIndex={0} aria-label={title}>
        {from > 0 && '…'}{text.slice(from, first)}<mark>{text.slice(first, at + 4) || '∅'}</mark>{text.slice(at + 4, at + 2 * shown)}{text.length > at + 2 * shown && '…'}
      </pre>
    </>
  );
}

function Verdict({ yours, server }: { yours: string; server: string }) {
  const { t } = useTranslation();
  const difference = firstDifference(yours, server);
  if (!difference) return <Alert type="success" showIcon title={t('signature.same')} description={t('signature.sameHint')} />;
  const { at, reason, name } = difference;
  return (
    <>
      <Alert type="warning" showIcon title={t('signature.differs', { at: at + 1 })} description={t(`signature.because.${reason}`, { name })} />
      <Marked title={t('signature.yours')} text={yours} at={at} />
      <Marked title={t('signature.ours')} text={server} at={at} />
    </>
  );
}

export default function Compare() {
  const { t } = useTranslation();
  const [request, setRequest] = useState('');
  const [answer, setAnswer] = useState('');
  const read = readRequest(request);
  const said = readAnswer(answer);
  const box = (label: string, help: string, value: string, set: (value: string) => void) => (
    <label className="field">
      <strong>{label}</strong>
      <Input.TextArea className="mono" rows={3} spellCheck={false} placeholder={help} value={value} onChange={(event) => set(event.target.value)} />
    </label>
  );
  return (
    <section className="compare">
      <h2>{t('signature.compare')}</h2>
      <p className="quiet">{t('signature.compareHelp')}</p>
      {box(t('signature.paste'), t('signature.pasteHelp'), request, setRequest)}
      {box(t('signature.answer'), t('signature.answerHelp'), answer, setAnswer)}
      <div role="status">
        {request.trim() && !read && <Alert type="info" showIcon title={t('signature.unreadable')} />}
        {answer.trim() && !said && <Alert type="info" showIcon title={t('signature.unreadableAnswer')} />}
        {read && <Verdict yours={read.yours} server={said ?? read.server} />}
      </div>
    </section>
  );
}
