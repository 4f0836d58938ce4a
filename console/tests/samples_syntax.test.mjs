// The programs that the Explorer writes in languages whose SDKs are not here: a tool of each language reads them, where
// it is installed, and where it can tell, the texts in them mean what the form says.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { calls } from './sample_calls.mjs';
import { source } from './source.mjs';

const { languages } = await source('samples/languages.ts');
const at = (path) => fileURLToPath(new URL(path, import.meta.url));

const made = calls({ instance: 'iot-1', productKey: 'a1BwAGVxxxx', deviceNames: ['lamp@home:1', 'lamp2'] });
const programs = made.map(({ action, parameters }) => {
  const pairs = Object.entries(parameters('syntax'));
  const isForm = ([name]) => action === 'Pub' && name === 'MessageContent';
  const query = pairs.filter((pair) => !isForm(pair));
  return { action, version: '2018-01-20', query, body: pairs.filter(isForm), host: '127.0.0.1:8080', secure: false };
});

let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'herald-syntax-'));
  await symlink(at('../../tests/clients/node_modules'), join(folder, 'node_modules'));
});
after(() => rm(folder, { recursive: true, force: true }));

// The first word is the tool. `texts`: it prints the texts that the program has.
const readers = {
  python: { ending: 'py', command: ['python3', at('parsers/literals.py')], texts: true },
  php: { ending: 'php', command: ['php', at('parsers/literals.php')], texts: true },
  java: { ending: 'java', command: ['java', at('parsers/Literals.java')], needs: 'javac', texts: true },
  go: { ending: 'go', command: ['gofmt', '-e', '-l'] },
  csharp: { ending: 'cs', command: ['mcs', '--parse'] },
  cpp: { ending: 'cc', command: ['g++', '-std=c++11', '-Wall', '-Wextra', '-Werror', '-fsyntax-only', `-I${at('parsers')}`] },
  // The same program is for both: its types are those of the SDK.
  node: {
    ending: 'mts',
    command: [process.execPath, at('../node_modules/typescript/bin/tsc'), '--noEmit', '--strict', '--skipLibCheck',
      '--target', 'es2022', '--module', 'nodenext', '--types', 'node', '--typeRoots', at('../../tests/clients/node_modules/@types')],
  },
};

const isHere = (tool) => promisify(execFile)('which', [tool]).then(() => true, () => false);

// In one run where starting the tool is most of it.
const together = new Set(['node']);

for (const [id, { ending, command, needs = command[0], texts }] of Object.entries(readers)) {
  test(`${id} is read by ${needs.split('/').at(-1)}`, async (t) => {
    if (!await isHere(needs)) return t.skip(`${needs} is not installed`);
    const [tool, ...args] = command;
    const { write } = languages.find((language) => language.id === id);
    const files = programs.map(({ action }) => join(folder, `${action}.${ending}`));
    for (const [i, program] of programs.entries()) await writeFile(files[i], write(program));
    for (const some of together.has(id) ? [files] : files.map((file) => [file])) {
      const { stdout } = await promisify(execFile)(tool, [...args, ...some], { timeout: 120_000 })
        .catch(({ stdout: said, stderr }) => assert.fail(`${some}: ${said}${stderr}`));
      if (!texts) continue;
      const read = new Set(stdout.split('\n').map((line) => Buffer.from(line, 'base64').toString()));
      const { query, body } = programs[files.indexOf(some[0])];
      for (const text of [...query, ...body].flat()) assert.ok(read.has(text), `${some} does not say ${text}`);
    }
  });
}
