// Both signatures of the API, with every step, by WebCrypto: docs of the gateway, V1 is HMAC-SHA1
// over all parameters, V3 HMAC-SHA256 over query, headers and body.
export type Pairs = [name: string, value: string][];

const text = new TextEncoder();

// Everything but A-Z a-z 0-9 - _ . ~ is escaped.
export function escape(value: string): string {
  return encodeURIComponent(value).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function hex(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (b) => b.toString(16).padStart(2, '0')).join('');
}

function base64(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}

async function hmac(hash: 'SHA-1' | 'SHA-256', secret: string, message: string) {
  const key = await crypto.subtle.importKey('raw', text.encode(secret), { name: 'HMAC', hash }, false, ['sign']);
  return crypto.subtle.sign('HMAC', key, text.encode(message));
}

async function sha256(message: string): Promise<string> {
  return hex(await crypto.subtle.digest('SHA-256', text.encode(message)));
}

// By the bytes of the names, as the server sorts.
function compare(a: string, b: string): number {
  const x = text.encode(a);
  const y = text.encode(b);
  const common = Math.min(x.length, y.length);
  for (let i = 0; i < common; ++i) if (x[i] !== y[i]) return (x[i] ?? 0) - (y[i] ?? 0);
  return x.length - y.length;
}

export function canonicalQuery(params: Pairs): string {
  return [...params]
    .sort(([a], [b]) => compare(a, b))
    .map(([name, value]) => `${escape(name)}=${escape(value)}`)
    .join('&');
}

// The time as signatures have it: whole seconds, UTC.
export function timestamp(date = new Date()): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

export interface V1Steps {
  canonicalQuery: string;
  stringToSign: string;
  signature: string;
}

export async function signV1(method: string, params: Pairs, secret: string): Promise<V1Steps> {
  const query = canonicalQuery(params.filter(([name]) => name !== 'Signature'));
  const stringToSign = `${method}&%2F&${escape(query)}`;
  const signature = base64(await hmac('SHA-1', `${secret}&`, stringToSign));
  return { canonicalQuery: query, stringToSign, signature };
}

export interface V3Request {
  method: string;
  query: Pairs;
  headers: Record<string, string>; // Lower case; all of them are signed.
  body: string;
}

export interface V3Steps {
  hashedBody: string;
  canonicalRequest: string;
  stringToSign: string;
  signature: string;
  authorization: string;
}

export async function signV3(request: V3Request, keyId: string, secret: string): Promise<V3Steps> {
  const hashedBody = await sha256(request.body);
  const headers: Record<string, string> = { ...request.headers, 'x-acs-content-sha256': hashedBody };
  const names = Object.keys(headers).sort(compare);
  const signed = names.join(';');
  const canonicalRequest = [
    request.method,
    '/',
    canonicalQuery(request.query),
    ...names.map((name) => `${name}:${(headers[name] ?? '').trim()}`),
    '',
    signed,
    hashedBody,
  ].join('\n');
  const stringToSign = `ACS3-HMAC-SHA256\n${await sha256(canonicalRequest)}`;
  const signature = hex(await hmac('SHA-256', secret, stringToSign));
  const authorization = `ACS3-HMAC-SHA256 Credential=${keyId},SignedHeaders=${signed},Signature=${signature}`;
  return { hashedBody, canonicalRequest, stringToSign, signature, authorization };
}
