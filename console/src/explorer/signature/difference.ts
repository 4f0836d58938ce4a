// Where two signed texts first differ, and what that mostly comes from.
export type Reason = 'method' | 'path' | 'once' | 'space' | 'star' | 'tilde' | 'case' | 'order' | 'extra' | 'absent' | 'value' | 'header' | 'headers' | 'body';

export interface Difference {
  at: number;
  reason: Reason;
  name: string;  // The parameter or header; empty: none.
}

// Undefined: there is none.
export function firstDifference(yours: string, server: string): Difference | undefined {
  const common = Math.min(yours.length, server.length);
  let at = 0;
  while (at < common && yours[at] === server[at]) ++at;
  if (at === common && yours.length === server.length) return undefined;
  return { at, ...(server.startsWith('GET\n') || server.startsWith('POST\n') ? inV3(yours, server, at) : inV1(yours, server, at)) };
}

const count = (text: string, part: string) => text.split(part).length - 1;

// Signs of V1's query are escaped once more: `%26` between parameters, `%3D` in them.
function inV1(yours: string, server: string, at: number): Omit<Difference, 'at'> {
  const start = server.indexOf('&', server.indexOf('&') + 1) + 1;
  if (at < server.indexOf('&')) return { reason: 'method', name: '' };
  if (at < start) return { reason: 'path', name: '' };
  if ((yours[at] === '=' || yours[at] === '&') && server[at] === '%') return { reason: 'once', name: '' };
  return inQuery(yours.slice(start), server.slice(start), at - start, '%26', '%3D');
}

function inQuery(yours: string, server: string, at: number, between: string, equals: string): Omit<Difference, 'at'> {
  const mine = yours.split(between);
  const its = server.split(between);
  const i = count(server.slice(0, at + between.length - 1), between);
  const nameOf = (part: string | undefined) => decodeURIComponent((part ?? '').split(equals)[0]?.replace(/%25/g, '%') ?? '');
  const name = nameOf(its[i]);
  const writing = inWriting(yours, server, at);
  if (writing) return { reason: writing, name };
  if (nameOf(mine[i]) === name) return { reason: 'value', name };
  if ([...mine].sort().join() === [...its].sort().join()) return { reason: 'order', name };
  return mine.some((part) => nameOf(part) === name) ? { reason: 'extra', name: nameOf(mine[i]) } : { reason: 'absent', name };
}

// The same character, written in another way. In V1, a sign that was not escaped at first is by then: `+` is `%2B`.
function inWriting(yours: string, server: string, at: number): Reason | undefined {
  const a = yours[at] ?? '';
  const b = server[at] ?? '';
  const before = server.slice(Math.max(0, at - 4), at);
  const once = b === '5' && before.endsWith('%2');
  if ((a === '+' && b === '%') || (a === 'B' && once)) return 'space';
  if ((a === '*' && b === '%') || (a === 'A' && once)) return 'star';
  if (a === '%' && b === '~') return 'tilde';
  return a !== b && a.toUpperCase() === b && /%(25)?[0-9A-F]?$/.test(before) ? 'case' : undefined;
}

function inV3(yours: string, server: string, at: number): Omit<Difference, 'at'> {
  const line = count(server.slice(0, at), '\n');
  const its = server.split('\n');
  if (line === 0) return { reason: 'method', name: '' };
  if (line === 1) return { reason: 'path', name: '' };
  if (line === 2) {
    const start = (its[0] ?? '').length + (its[1] ?? '').length + 2;
    return inQuery(yours.split('\n')[2] ?? '', its[2] ?? '', at - start, '&', '=');
  }
  if (line === its.length - 1) return { reason: 'body', name: '' };
  const name = its[line]?.split(':')[0] ?? '';
  return its[line]?.includes(':') ? { reason: 'header', name } : { reason: 'headers', name: '' };
}
