// What somebody pastes of a request of their own that fails, and what the server makes of the same request.
import { canonicalQuery, escape, type Pairs } from '../../api/signature';

export interface Signed {
  scheme: 'V1' | 'V3';
  yours: string;   // What was signed, or would be if it were signed as it stands.
  server: string;  // What the server signs.
}

function unescape(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// As forms are read: `+` is a space.
function pairsOf(query: string): Pairs {
  return query.split('&').filter(Boolean).map((part) => {
    const [name = '', ...value] = part.split('=');
    const read = (text: string) => unescape(text.replace(/\+/g, ' '));
    return [read(name), read(value.join('='))];
  });
}

const toSign = (method: string, query: string) => `${method}&%2F&${escape(query)}`;
const withoutSignature = (pairs: Pairs) => pairs.filter(([name]) => name !== 'Signature');

// `GET&%2F&AccessKeyId%3D…`
function fromStringToSign(text: string): Signed {
  const [method = '', , ...rest] = text.split('&');
  const escaped = rest.join('&');
  // A query that was not escaped as a whole still has its `=`.
  const query = escaped.includes('=') ? escaped : unescape(escaped);
  return { scheme: 'V1', yours: text, server: toSign(method.toUpperCase(), canonicalQuery(withoutSignature(pairsOf(query)))) };
}

// A URL, a query or a form. The order on the way is free: only how names and values are written counts.
function fromQuery(text: string): Signed {
  const method = /^(GET|POST)\s/i.exec(text)?.[1]?.toUpperCase() ?? 'GET';
  const query = text.replace(/^(GET|POST)\s+/i, '').replace(/\s+HTTP\/[\d.]+$/i, '').replace(/^[^?\s]*\?/, '').replace(/#.*$/, '');
  const sent = query.split('&').filter((part) => part && !part.startsWith('Signature='));
  const key = (part: string) => canonicalQuery(pairsOf(part));
  const yours = sent.sort((a, b) => (key(a) < key(b) ? -1 : 1)).join('&');
  return { scheme: 'V1', yours: toSign(method, yours), server: toSign(method, canonicalQuery(withoutSignature(pairsOf(query)))) };
}

// Method, path, query, headers, an empty line, their names, the hash of the body.
function fromCanonicalRequest(text: string): Signed {
  const [method = '', , query = '', ...rest] = text.split('\n');
  const tail = rest.splice(-2);
  const headers = rest.filter(Boolean).map((line): [string, string] => {
    const [name = '', ...value] = line.split(':');
    return [name.toLowerCase().trim(), value.join(':').trim()];
  }).sort(([a], [b]) => (a < b ? -1 : 1));
  const server = [
    method.toUpperCase(), '/', canonicalQuery(pairsOf(query)), ...headers.map(([name, value]) => `${name}:${value}`), '',
    headers.map(([name]) => name).join(';'), (tail[1] ?? '').toLowerCase(),
  ].join('\n');
  return { scheme: 'V3', yours: text, server };
}

// Undefined: it is none of what can be read.
export function readRequest(pasted: string): Signed | undefined {
  const text = pasted.replace(/\r\n/g, '\n').trim();
  if (/^[A-Z]+&[^&\s]*&/i.test(text) && !text.includes('?')) return fromStringToSign(text);
  if (/^[A-Z]+\n[^\n]*\n/i.test(text) && text.split('\n').length >= 6) return fromCanonicalRequest(text);
  return text.includes('=') && !text.includes('\n') ? fromQuery(text) : undefined;
}

// The text of an answer: JSON, XML, or the message by itself.
function messageOf(answer: string): string {
  try {
    const { Message } = JSON.parse(answer) as { Message?: unknown };
    if (typeof Message === 'string') return Message;
  } catch {
    // No JSON, then.
  }
  const message = /<Message>([^]*)<\/Message>/.exec(answer)?.[1];
  if (message === undefined) return answer;
  return message.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&apos;/g, "'").replace(/&amp;/g, '&');
}

// What the server says it has signed, of its answer `SignatureDoesNotMatch`. Of V3 that is the canonical request: the
// string to sign has only its hash.
export function readAnswer(pasted: string): string | undefined {
  const message = messageOf(pasted.trim());
  // Copied out of JSON, its lines are still escaped.
  const text = message.includes('\n') ? message : message.replace(/\\n/g, '\n');
  const said = /server CanonicalRequest is \[([^]*)\]/.exec(text) ?? /string to sign is:\s*(\S+)/.exec(text);
  return said?.[1];
}
