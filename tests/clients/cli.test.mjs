// The program's own commands.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';

import { Inbox, within } from './clients.mjs';
import { freePort, Herald, program, run, temporaryDirectory } from './herald.mjs';

const herald = await Herald.start();
after(() => herald.stop());

const productKey = await herald.createProduct();
const devices = await herald.registerDevices(productKey, 3);

const environment = {
  ...process.env,
  ALIBABA_CLOUD_ACCESS_KEY_ID: herald.account.AccessKeyId,
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: herald.account.AccessKeySecret,
  HERALD_ENDPOINT: herald.api,
  HERALD_INSTANCE_ID: herald.instance,
};
const call = (...args) => run(['call', ...args], { env: environment });

// `herald device` as a child: its lines come to an inbox.
async function beDevice(t, ...args) {
  const child = spawn(program, ['device', '--mqtt', herald.mqtt, ...args]);
  const lines = new Inbox();
  createInterface({ input: child.stdout })
    .on('line', (line) => lines.add({ payload: Buffer.from(line) }));
  const exited = once(child, 'close');
  t.after(() => child.kill('SIGKILL'));
  const says = (what) => lines.until(`it says ${what}`, () =>
    lines.texts.some((line) => line.includes(what)));
  await says('connected and subscribed');
  return { child, exited, says };
}

const selfAs = ({ productKey: product, deviceName, deviceSecret }) => ['--product-key', product,
  '--device-name', deviceName, '--device-secret', deviceSecret];

test('herald call speaks to RAM and STS as well', async () => {
  const made = await call('CreateUser', '--UserName', 'carol');
  assert.equal(made.status, 0, made.stderr);
  assert.equal(JSON.parse(made.stdout).User.UserName, 'carol');
  const who = await call('GetCallerIdentity');
  assert.equal(JSON.parse(who.stdout).IdentityType, 'Account');
  const again = await call('CreateUser', '--UserName', 'carol');
  assert.equal(again.status, 1);
  assert.equal(JSON.parse(again.stdout).Code, 'EntityAlreadyExists.User');
});

test('version prints the version', async () => {
  const { status, stdout } = await run(['version']);
  assert.equal(status, 0);
  assert.match(stdout, /^herald \d+\.\d+\.\d+\S*\n$/);
});

test('without a command it says what there is and fails', async () => {
  const { status, stderr, stdout } = await run([]);
  assert.notEqual(status, 0);
  assert.match(stderr + stdout, /subcommand/i);
});

test('init refuses a directory that is one already', async () => {
  const { status, stderr } = await run(['init', '--data', herald.data]);
  assert.notEqual(status, 0);
  assert.notEqual(stderr, '');
});

test('init does not let others read the data directory', async (t) => {
  const data = await temporaryDirectory();
  t.after(() => rm(data, { recursive: true }));
  assert.equal((await run(['init', '--data', join(data, 'herald')])).status, 0);
  assert.equal((await stat(join(data, 'herald'))).mode & 0o777, 0o700);
});

test('keys and the store are private in a directory that others may read', async (t) => {
  const data = await temporaryDirectory();
  t.after(() => rm(data, { recursive: true }));
  await chmod(data, 0o755);
  assert.equal((await run(['init', '--data', data])).status, 0);
  const mode = async (...path) => (await stat(join(data, ...path))).mode & 0o777;
  assert.equal(await mode(), 0o755);
  for (const secret of ['nonce.key', 'tls/ca-key.pem', 'tls/server-key.pem', 'store']) {
    assert.equal(await mode(secret) & 0o077, 0, secret);
  }
});

test('a directory of something else is refused and stays as it is', async (t) => {
  const data = await temporaryDirectory();
  t.after(() => rm(data, { recursive: true }));
  await chmod(data, 0o755);
  await mkdir(join(data, 'photos'));
  const { status, stderr } = await run(['init', '--data', data]);
  assert.notEqual(status, 0);
  assert.match(stderr, /not a data directory/);
  assert.deepEqual(await readdir(data), ['photos']);
  assert.equal((await stat(data)).mode & 0o777, 0o755);
});

test('serve refuses a setting that does not exist', async () => {
  const { status, stderr } = await run(['serve', '--data', herald.data, '--set', 'no.such=1']);
  assert.notEqual(status, 0);
  assert.match(stderr, /no\.such/);
});

for (const setting of ['log.level=loud', 'quota.BatchPup=1']) {
  test(`serve refuses ${setting}`, async () => {
    const { status, stderr } = await run(['serve', '--data', herald.data, '--set', setting]);
    assert.notEqual(status, 0);
    assert.ok(stderr.includes(setting.split('=')[0]), stderr);
  });
}

test('serve refuses a data directory that is in use', async () => {
  const { status } = await run(['serve', '--data', herald.data,
    '--api', `127.0.0.1:${await freePort()}`, '--mqtt', `127.0.0.1:${await freePort()}`]);
  assert.notEqual(status, 0);
});

test('operations lists them', async () => {
  const { status, stdout } = await run(['operations']);
  assert.equal(status, 0);
  assert.match(stdout, /BatchPub/);
});

test('call prints the answer', async () => {
  const { status, stdout } = await call('QueryProduct', '--ProductKey', productKey);
  assert.equal(status, 0);
  assert.equal(JSON.parse(stdout).Data.ProductKey, productKey);
});

test('call fails when the operation does, and prints why', async () => {
  const { status, stdout } = await call('QueryProduct', '--ProductKey', 'a1unknown00');
  assert.notEqual(status, 0);
  assert.equal(JSON.parse(stdout).Code, 'iot.prod.NotExistedProduct');
});

test('call without an AccessKey says which variables to set', async () => {
  const { status, stderr } = await run(['call', 'QueryProduct', '--ProductKey', productKey],
    { env: { PATH: process.env.PATH } });
  assert.notEqual(status, 0);
  assert.match(stderr, /ALIBABA_CLOUD_ACCESS_KEY_ID/);
});

test('call --help shows the parameters of an operation', async () => {
  const { status, stdout } = await call('BatchPub', '--help');
  assert.equal(status, 0);
  assert.match(stdout, /--TopicShortName/);
});

test('device shows what it receives', async (t) => {
  const device = await beDevice(t, ...selfAs(devices[0]));
  const { status } = await call('BatchPub', '--ProductKey', productKey, '--TopicShortName', 'get',
    '--DeviceName.1', devices[0].deviceName, '--MessageContent', 'aGVsbG8=', '--Qos', '1');
  assert.equal(status, 0);
  await device.says('hello');
});

test('device takes many from a file', async (t) => {
  const file = join(herald.data, 'devices.csv');
  const lines = devices.map(({ deviceName, deviceSecret }) =>
    [productKey, deviceName, deviceSecret].join());
  await writeFile(file, `ProductKey,DeviceName,DeviceSecret\n${lines.join('\n')}\n`);
  const device = await beDevice(t, '--csv', file);
  await device.says('3 connected');
});

test('device ends in order on an interrupt', async (t) => {
  const { child, exited } = await beDevice(t, ...selfAs(devices[1]));
  child.kill('SIGINT');
  assert.equal((await within('it ends', exited))[0], 0);
});

test('device with a wrong secret fails', async () => {
  const wrong = { ...devices[2], deviceSecret: '0'.repeat(32) };
  const { status } = await run(['device', '--mqtt', herald.mqtt, ...selfAs(wrong)]);
  assert.notEqual(status, 0);
});

test('demo --once reaches its 100 devices and ends with 0', async (t) => {
  const data = await temporaryDirectory();
  t.after(() => rm(data, { recursive: true }));
  const { status, stdout, stderr } = await run(['demo', '--once', '--data', join(data, 'demo'),
    '--api', `127.0.0.1:${await freePort()}`, '--mqtt', `127.0.0.1:${await freePort()}`]);
  assert.equal(status, 0, stdout + stderr);
});

// `herald demo` as a child that has said this.
async function startDemo(t, said) {
  const data = await temporaryDirectory();
  const child = spawn(program, ['demo', '--data', data,
    '--api', `127.0.0.1:${await freePort()}`, '--mqtt', `127.0.0.1:${await freePort()}`]);
  const exited = once(child, 'close');
  t.after(async () => {
    child.kill('SIGKILL');
    await exited;
    await rm(data, { recursive: true });
  });
  let output = '';
  await within(`it says ${said}`, new Promise((resolve) => {
    child.stdout.on('data', (bytes) => {
      output += bytes;
      if (output.includes(said)) resolve();
    });
  }));
  return { child, exited };
}

test('demo ends on an interrupt while it demonstrates', async (t) => {
  const { child, exited } = await startDemo(t, 'one call, a hundred devices');
  child.kill('SIGINT');
  assert.equal((await within('it ends', exited))[0], 130);
});

test('demo ends in order on an interrupt afterwards', async (t) => {
  const { child, exited } = await startDemo(t, 'in a third');
  child.kill('SIGINT');
  assert.equal((await within('it ends', exited))[0], 0);
});
