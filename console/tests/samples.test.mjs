// The programs that the Explorer writes, run as their readers would run them.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { MqttDevice } from '../../tests/clients/clients.mjs';
import { Herald, program } from '../../tests/clients/herald.mjs';
import { calls } from './sample_calls.mjs';
import { source } from './source.mjs';

const { languages } = await source('samples/languages.ts');
const { callOf } = await source('samples/call.ts');

let herald;
let folder;
let operations;
let given;

before(async () => {
  herald = await Herald.start({ 'quota.BatchGetDeviceState': 'unlimited', 'quota.QueryMessageInfo': 'unlimited' });
  folder = await mkdtemp(join(tmpdir(), 'herald-samples-'));
  await symlink(fileURLToPath(new URL('../../tests/clients/node_modules', import.meta.url)), join(folder, 'node_modules'));
  // The command is called by its name.
  await symlink(program, join(folder, 'herald'));
  const catalogue = await (await fetch(`${herald.url}/console/catalogue.json`)).json();
  operations = new Map(catalogue.Operations.map((operation) => [operation.Name, operation]));
  const productKey = await herald.createProduct();
  // More than nine: by their names, the tenth of a list stands before its second.
  const devices = await herald.registerDevices(productKey, 10);
  const lamp = await herald.registerDevice(productKey, 'lamp@home:1');
  await (await (await MqttDevice.connect(herald, lamp)).listen()).end();
  given = { instance: herald.instance, productKey, deviceNames: ['lamp@home:1', ...devices.map(({ deviceName }) => deviceName)] };
});
after(async () => {
  await herald?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const environment = () => ({
  ...process.env,
  PATH: `${folder}:${process.env.PATH}`,
  ALIBABA_CLOUD_ACCESS_KEY_ID: herald.account.AccessKeyId,
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: herald.account.AccessKeySecret,
});

// Runs programs of one language and answers what each of them has printed.
async function run(command, args) {
  const { stdout } = await promisify(execFile)(command, args, { env: environment(), cwd: folder, timeout: 60_000 });
  return stdout;
}

const shell = async (files) => Promise.all(files.map((file) => run('bash', [file])));

const tools = {
  // In one process, as most of a run is loading the SDK.
  node: {
    ending: 'mjs',
    run: async (files) => {
      const imports = files.map((file) => `await import('./${file}'); console.log('\u0000');`).join('\n');
      await writeFile(join(folder, 'all.mjs'), imports);
      return (await run(process.execPath, ['all.mjs'])).split('\0\n').slice(0, -1);
    },
  },
  curl: { ending: 'sh', run: shell },
  herald: { ending: 'sh', run: shell },
};

for (const [id, tool] of Object.entries(tools)) {
  test(`${id}: what it writes does what the form says`, async () => {
    const made = calls(given);
    const files = made.map(({ action }) => `${id}-${action}.${tool.ending}`);
    for (const [i, { action, parameters }] of made.entries()) {
      const call = callOf(operations.get(action), Object.entries(parameters(id)), herald.api, false);
      await writeFile(join(folder, files[i]), languages.find((language) => language.id === id).write(call));
    }
    const printed = await tool.run(files);
    for (const [i, { action, check }] of made.entries()) {
      const answer = JSON.parse(printed[i]);
      assert.equal(answer.Code, undefined, `${action}: ${printed[i]}`);
      await check(assert, answer, (name, more) => herald.must(name, more));
    }
  });
}

test('a sample has no secret of its own', () => {
  for (const { write } of languages) {
    const text = write(callOf(operations.get('GetCallerIdentity'), [], herald.api, true));
    assert.match(text, /ALIBABA_CLOUD_ACCESS_KEY_ID/);
    assert.match(text, /ALIBABA_CLOUD_ACCESS_KEY_SECRET/);
  }
});
