import type { Parameter } from '../../api/catalogue';

const isNumber = ({ Type }: Parameter) => Type === 'Integer' || Type === 'Long';

// What a parameter's bounds are of, and how they read: `explorer.length`, '1–64'.
export function bounds(parameter: Parameter, language: string): { of: 'range' | 'items' | 'length'; text: string } | undefined {
  const { Min, Max, Type } = parameter;
  const of = Type.startsWith('List') ? 'items' : isNumber(parameter) ? 'range' : 'length';
  const number = (value: number) => value.toLocaleString(language);
  // That a length is at least 0 goes without saying.
  const low = of === 'range' || Min ? Min : undefined;
  if (low !== undefined && Max !== undefined) return { of, text: low === Max ? number(low) : `${number(low)}–${number(Max)}` };
  if (Max !== undefined) return { of, text: `≤ ${number(Max)}` };
  return low === undefined ? undefined : { of, text: `≥ ${number(low)}` };
}

// The server's word counts: what looks wrong is marked and can be sent all the same.
export function looksWrong(parameter: Parameter, value: string): boolean {
  if (value === '' || !isNumber(parameter)) return false;
  const { Min, Max } = parameter;
  const number = Number(value);
  return !/^-?\d+$/.test(value) || (Min !== undefined && number < Min) || (Max !== undefined && number > Max);
}
