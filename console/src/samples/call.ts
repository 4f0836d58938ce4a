// One call, as the templates of all languages see it.
import type { Operation } from '../api/catalogue';

export type Pair = [name: string, value: string];

export interface Call {
  action: string;
  version: string;
  query: Pair[];
  body: Pair[];  // What the operation declares to be form data.
  host: string;  // With its port.
  secure: boolean;
}

export function callOf({ Name, Version, Parameters }: Operation, pairs: Pair[], host: string, secure: boolean): Call {
  const forms = new Set(Parameters.filter(({ In }) => In === 'form').map((parameter) => parameter.Name));
  // `DeviceName.1` belongs to the list DeviceName.
  const isForm = ([name]: Pair) => forms.has(name.split('.')[0] ?? '');
  return {
    action: Name, version: Version, host, secure,
    query: pairs.filter((pair) => !isForm(pair)),
    body: pairs.filter(isForm),
  };
}

export const protocolOf = ({ secure }: Call): 'HTTPS' | 'HTTP' => (secure ? 'HTTPS' : 'HTTP');

export const allPairs = ({ query, body }: Call): Pair[] => [...query, ...body];

// One line of a program for each pair.
export const lines = (pairs: Pair[], line: (name: string, value: string) => string): string =>
  pairs.map(([name, value]) => `${line(name, value)}\n`).join('');
