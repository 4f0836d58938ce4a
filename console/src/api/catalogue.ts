// The declarations of all operations and errors, as the server makes them.
import { useQuery } from '@tanstack/react-query';
import { useVersions } from './call';

export interface Parameter {
  Name: string;
  Type: string;
  Required: boolean;
  Min?: number;
  Max?: number;
  Allowed?: string[];
  Default?: string;
  Members?: string[];
  Example?: string;
  Distinct?: boolean;
  Own?: boolean;
  In: 'form' | 'query';
  Doc: string;
}
export interface Field {
  Name: string;
  Type: string;
  Members?: Field[];
  Own?: boolean;
  Doc?: string;
}
export interface Operation {
  Name: string;
  Family: string;
  Summary: string;
  Product: string;
  Version: string;
  Action: string;
  CallsPerSecond: number;
  Writes: boolean;
  Own: boolean;
  Open: boolean;
  TakesInstance: boolean;
  Parameters: Parameter[];
  Answer: Field[];
  Errors: string[];
}
export interface ErrorRow {
  Code: string;
  Status: number;
  Message: string;
  Advice: string;
}
export interface Catalogue {
  operations: Operation[];
  errors: ErrorRow[];
  byName: Map<string, Operation>;
}

async function read(): Promise<Catalogue> {
  const made = (await (await fetch('/console/catalogue.json')).json()) as {
    Operations: Operation[];
    Errors: ErrorRow[];
  };
  useVersions(made.Operations);
  return {
    operations: made.Operations,
    errors: made.Errors,
    byName: new Map(made.Operations.map((each) => [each.Name, each])),
  };
}

export function useCatalogue() {
  return useQuery({ queryKey: ['catalogue'], queryFn: read, staleTime: Infinity });
}

export function isList(parameter: Parameter): boolean {
  return parameter.Type.startsWith('List');
}
