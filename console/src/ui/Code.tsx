// A program with a little colour: comments, texts, keywords and numbers, which is what eyes look for.
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

const keywords = 'import|from|export|const|let|var|new|await|return|if|else|throws|public|static|class|void|using|use|package|func|include|require|echo|int|auto|true|false|null|set';
const pattern = (comment: string) => new RegExp(`(${comment})|("(?:[^"\\\\\\n]|\\\\.)*"|'(?:[^'\\\\\\n]|\\\\.)*')|\\b(${keywords})\\b|\\b(\\d+)\\b`, 'gm');
const patterns: Record<string, RegExp> = {
  c: pattern('\\/\\/[^\\n]*|\\/\\*[^]*?\\*\\/'),
  hash: pattern('^\\s*#[^\\n]*'),
  json: pattern('$^'),
  plain: /$^/g,
};
// Programs keep their lines.
const wraps = new Set(['json', 'plain']);
const classes = ['tok-c', 'tok-s', 'tok-k', 'tok-n'];

export default function Code({ text, language = 'c', title }: { text: string; language?: string; title?: string }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState('');
  const parts: (string | { kind: string; text: string })[] = [];
  let at = 0;
  for (const match of text.matchAll(patterns[language] ?? patterns.c!)) {
    parts.push(text.slice(at, match.index));
    const kind = match.slice(1).findIndex((group) => group !== undefined);
    parts.push({ kind: classes[kind] ?? '', text: match[0] });
    at = match.index + match[0].length;
  }
  parts.push(text.slice(at));
  return (
    <div className="program">
      <div className="program-head">{title && <h2>{title}</h2>}<span className="grow" /><Button size="small" aria-label={[t('common.copy'), title].filter(Boolean).join(': ')} onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(text))}>{t(copied === text ? 'common.copied' : 'common.copy')}</Button></div>
      <pre className={`text ${wraps.has(language) ? '' : 'code'}`} tabIndex={0}>{parts.map((part, i) => typeof part === 'string' ? part : <span key={i} className={part.kind}>{part.text}</span>)}</pre>
    </div>
  );
}
