// Complete programs that make one call: with the official SDK of the language where there is one,
// through its generic call, which knows every operation.
import type { Call } from './call';
import { cpp } from './cpp';
import { csharp } from './csharp';
import { curl } from './curl';
import { go } from './go';
import { herald } from './herald';
import { java } from './java';
import { node } from './node';
import { php } from './php';
import { python } from './python';

export interface Language {
  id: string;
  label: string;
  highlight: 'c' | 'hash';  // How its comments look.
  write: (call: Call) => string;
}

export const languages: Language[] = [
  { id: 'java', label: 'Java', highlight: 'c', write: java },
  { id: 'python', label: 'Python', highlight: 'hash', write: python },
  { id: 'go', label: 'Go', highlight: 'c', write: go },
  { id: 'node', label: 'Node.js / TypeScript', highlight: 'c', write: node },
  { id: 'php', label: 'PHP', highlight: 'c', write: php },
  { id: 'csharp', label: 'C#', highlight: 'c', write: csharp },
  { id: 'cpp', label: 'C++', highlight: 'c', write: cpp },
  { id: 'curl', label: 'curl', highlight: 'hash', write: curl },
  { id: 'herald', label: 'herald call', highlight: 'hash', write: herald },
];
