// What is set comes from a file, the environment and options, and much of it changes while serving.
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { signedParameters } from './clients.mjs';
import { eventually, Herald, run, temporaryDirectory } from './herald.mjs';

const folder = await temporaryDirectory();
after(() => rm(folder, { recursive: true }));

async function fileOf(name, text) {
  const file = join(folder, `${name}.toml`);
  await writeFile(file, text);
  return file;
}

test('config check tells all that is wrong, with lines, in one go', async () => {
  const file = await fileOf('wrong',
    'shard = 2\n\n[log]\nlevel = "loud"\n\n[limits]\nwindow = 0\n\n[quota]\nBatchPup = 1\n');
  const { status, stderr } = await run(['config', 'check', file]);
  assert.equal(status, 1);
  assert.deepEqual(stderr.trim().split('\n'), [
    `${file}:1: there is no setting 'shard'; did you mean 'shards'?`,
    `${file}:4: log.level takes debug, info, warning or error, not 'loud'`,
    `${file}:7: limits.window takes a whole number from 1 to 1024, not '0'`,
    `${file}:10: quota.BatchPup: there is no operation 'BatchPup'; did you mean 'BatchPub'?`,
  ]);
  const asJson = await run(['config', 'check', file, '--json']);
  assert.equal(asJson.status, 1);
  assert.equal(JSON.parse(asJson.stdout).Problems.length, 4);
});

test('config check tells where a file is no TOML', async () => {
  const file = await fileOf('no_toml', 'shards = 2\napi =\n');
  const { status, stderr } = await run(['config', 'check', file]);
  assert.equal(status, 1);
  assert.ok(stderr.startsWith(`${file}:2: `), stderr);
});

test('config print writes a file that is fine and says the same', async () => {
  const first = await run(['config', 'print', '--profile', 'cloud', '--set', 'mqtt2=[::1]:8883']);
  assert.equal(first.status, 0, first.stderr);
  assert.match(first.stdout, /^# HOST:PORT of the OpenAPI.*\napi = "127\.0\.0\.1:8080"$/m);
  const file = await fileOf('printed', first.stdout);
  assert.equal((await run(['config', 'check', file])).status, 0);
  assert.equal((await run(['config', 'print', '--config', file])).stdout, first.stdout);
});

test('options win over the environment, and that over the file', async () => {
  const file = await fileOf('order', 'shards = 3\n[limits]\nwindow = 3\nqueue_messages = 3\n');
  const env = { ...process.env, HERALD_LIMITS_WINDOW: '4', HERALD_LIMITS_QUEUE_MESSAGES: '4',
    HERALD_API: '127.0.0.1:4', HERALD_QUOTA_BATCHPUB: 'unlimited' };
  const { stdout } = await run(
    ['config', 'print', '--json', '--config', file, '--set', 'limits.queue_messages=5'], { env });
  const all = JSON.parse(stdout);
  assert.deepEqual(
    [all.shards, all['limits.window'], all['limits.queue_messages'], all.api, all['quota.BatchPub']],
    [3, 4, 5, '127.0.0.1:4', 'unlimited']);
});

test('a variable that does not fit is named', async () => {
  const env = { ...process.env, HERALD_SHARDS: 'many' };
  const { status, stderr } = await run(['config', 'print'], { env });
  assert.notEqual(status, 0);
  assert.match(stderr, /HERALD_SHARDS: shards takes a whole number/);
});

test('the master key is no setting and is not printed', async () => {
  const key = 'a5'.repeat(32);
  const { status, stdout } =
    await run(['config', 'print'], { env: { ...process.env, HERALD_MASTER_KEY: key } });
  assert.equal(status, 0);
  assert.ok(!stdout.includes(key));
});

// --- SIGHUP.

// Starts with this file; the harness's own settings would win over some of it.
async function serving(t, name, text) {
  const file = await fileOf(name, text);
  const herald = await Herald.start({ 'log.level': undefined }, ['--config', file]);
  t.after(() => herald.stop());
  // Writes the file anew and waits until the server has said each of these.
  const reread = async (now, ...said) => {
    await writeFile(file, now);
    herald.output = '';
    herald.child.kill('SIGHUP');
    await eventually(`the server says ${said}`,
      () => said.every((line) => herald.output.includes(line)));
  };
  return { herald, reread };
}

// How many more calls the server would take now.
async function remaining(herald) {
  const parameters = signedParameters(herald, 'QueryDeviceStatistics',
    { IotInstanceId: herald.instance });
  const { headers } = await fetch(`${herald.url}/?${new URLSearchParams(parameters)}`);
  return Number(headers.get('X-RateLimit-User-API').match(/^Remain:(\d+),/)[1]);
}

test('SIGHUP changes quotas and the log level, and says what needs a restart', async (t) => {
  const { herald, reread } = await serving(t, 'good', '[quota]\nQueryDeviceStatistics = 500\n');
  assert.ok(await remaining(herald) > 400);
  await eventually('it says so', () => herald.output.includes('serving the API'));

  await reread('[quota]\nQueryDeviceStatistics = 900\n[limits]\nwindow = 2\nqueue_messages = 7\n',
    'quota.QueryDeviceStatistics is 900 now', 'limits.window needs a restart',
    'limits.queue_messages is 7 now');
  assert.ok(await remaining(herald) > 800);

  // A level of warnings leaves out what is told of the quota, and not of the restart.
  await reread('[log]\nlevel = "warning"\n[quota]\nQueryDeviceStatistics = 700\n' +
    '[limits]\nwindow = 2\n', 'limits.window needs a restart');
  const left = await remaining(herald);
  assert.ok(left > 600 && left < 700, left);
  assert.ok(!herald.output.includes('QueryDeviceStatistics'), herald.output);

  await reread('', 'log.level is "info" now', 'quota.QueryDeviceStatistics is 50 now');
  assert.ok(await remaining(herald) < 50);
});

test('a broken file is logged and changes nothing', async (t) => {
  const { herald, reread } = await serving(t, 'broken', '[quota]\nQueryDeviceStatistics = 500\n');
  await reread('[quota]\nQueryDeviceStatistics = 5\n[limits]\nwindows = 2\n',
    "limits.windows'; did you mean 'limits.window'?", 'the configuration stays as it was');
  assert.ok(await remaining(herald) > 400);
  await reread('[quota\n', 'broken.toml:1: ', 'the configuration stays as it was');
  assert.ok(await remaining(herald) > 400);
});

test('SIGHUP with certificate files that are not there keeps the old ones', async (t) => {
  const { herald, reread } = await serving(t, 'certificate', '');
  await reread('[tls]\ncertificate = "/nowhere/chain.pem"\n[quota]\nQueryDeviceStatistics = 500\n',
    'the certificate stays as it was: /nowhere/chain.pem',
    'quota.QueryDeviceStatistics is 500 now');
  assert.ok(!herald.output.includes('tls.certificate is'), herald.output);
});
