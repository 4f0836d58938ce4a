// What stands in the form of an operation, and what it becomes on the wire.
import { isList, type Operation, type Parameter } from '../api/catalogue';
import type { Pairs } from '../api/signature';

export type Row = Record<string, string>;
export type FormValue = string | string[] | Row[];
export type FormValues = Record<string, FormValue>;

export function pairsOf(operation: Operation, values: FormValues): Pairs {
  return operation.Parameters.flatMap(({ Name }): Pairs => {
    const value = values[Name];
    if (value === undefined || value === '') return [];
    if (typeof value === 'string') return [[Name, value]];
    return value.flatMap((item, i): Pairs => typeof item === 'string'
      ? [[`${Name}.${i + 1}`, item]]
      : Object.entries(item).filter(([, text]) => text !== '').map(([member, text]) => [`${Name}.${i + 1}.${member}`, text]));
  });
}

// Of `Tag.2.Key=a`, `a` at Key of the second row.
function rowsFrom({ Name }: Parameter, given: URLSearchParams): Row[] {
  const rows: Row[] = [];
  for (const [name, value] of given) {
    const [list, at, member] = name.split('.');
    if (list !== Name || !member || !Number(at)) continue;
    (rows[Number(at) - 1] ??= {})[member] = value;
  }
  return rows.filter(Boolean);
}

function listFrom({ Name }: Parameter, given: URLSearchParams): string[] {
  return [...given].filter(([name]) => name.startsWith(`${Name}.`)).map(([, value]) => value);
}

// From an address: `DeviceName.1=lamp` is the first of a list.
export function valuesFrom(operation: Operation, given: URLSearchParams, instance: string): FormValues {
  const values: FormValues = {};
  for (const parameter of operation.Parameters) {
    const { Name } = parameter;
    if (isList(parameter)) {
      const items = parameter.Members ? rowsFrom(parameter, given) : listFrom(parameter, given);
      if (items.length > 0) values[Name] = items;
    } else if (given.has(Name)) {
      values[Name] = given.get(Name) ?? '';
    } else if (Name === 'IotInstanceId') {
      values[Name] = instance;
    }
  }
  return values;
}

export function missing(operation: Operation, values: FormValues): Parameter[] {
  return operation.Parameters.filter(({ Name, Required }) => Required && (values[Name] === undefined || values[Name]?.length === 0));
}
