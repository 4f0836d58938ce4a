// Who is signed in, in this tab alone: temporary credentials in session storage.
import { useSyncExternalStore } from 'react';

export interface Instance {
  IotInstanceId: string;
  InstanceName: string;
}

export interface Session {
  keyId: string;
  secret: string;
  token: string;
  expires: string;
  account: string;
  accountName: string;
  user: string; // Empty: the account itself.
  instances: Instance[];
  instance: string; // The one that is looked at; empty: the public one.
}

const name = 'herald.session';
const listeners = new Set<() => void>();

function read(): Session | null {
  try {
    const session = JSON.parse(sessionStorage.getItem(name) ?? 'null') as Session | null;
    return session && new Date(session.expires) > new Date() ? session : null;
  } catch {
    return null;
  }
}

let current = read();

export function session(): Session | null {
  return current;
}

export function keep(next: Session | null): void {
  current = next;
  if (next) sessionStorage.setItem(name, JSON.stringify(next));
  else sessionStorage.removeItem(name);
  listeners.forEach((listener) => listener());
}

export function useSession(): Session | null {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, session);
}
