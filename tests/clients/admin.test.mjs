// Administration on the command line: of a running server and of a stopped one.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { call, MqttDevice, sdkCalls } from './clients.mjs';
import { Herald, run, temporaryDirectory, throttles } from './herald.mjs';
import { identities } from './identities.mjs';

const herald = await Herald.start();
const folder = await mkdtemp(join(tmpdir(), 'herald-admin-'));
after(async () => {
  await herald.stop();
  await rm(folder, { recursive: true, force: true });
});

const admin = (...args) => run([...args, '--data', herald.data]);
// What a command answers; a failure fails the test.
async function answer(...args) {
  const { status, stdout, stderr } = await admin(...args, '--json');
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}
async function refused(what, ...args) {
  const { status, stderr } = await admin(...args);
  assert.equal(status, 1, `${args.join(' ')} succeeds`);
  assert.match(stderr, what);
}
// The same server for the callers of another account.
const as = (account) => Object.assign(Object.create(Object.getPrototypeOf(herald)), herald, { account });
const first = ['--account', herald.account.AccountId];

// Runs it with the server stopped.
async function stopped(work) {
  await herald.shutDown();
  try {
    return await work();
  } finally {
    await herald.serve();
  }
}

let accounts = 0;
const newAccount = (...args) => answer('account', 'create', `account-${++accounts}`, ...args);

const header = 'ProductKey,ProductSecret,DeviceName,DeviceSecret,Nickname';
async function fileOf(name, lines) {
  const path = join(folder, name);
  await writeFile(path, `${lines.join('\r\n')}\r\n`);
  return path;
}
const linesOf = async (path) => (await readFile(path, 'utf8')).split('\n').filter(Boolean);

test('an account sees nothing of another one', async () => {
  const productKey = await herald.createProduct();
  const device = await herald.registerDevice(productKey, 'lamp1');
  for (const made of [await newAccount(), await stopped(() => newAccount())]) {
    const other = as(made);
    const own = await other.createProduct();
    await other.registerDevice(own, 'lamp1');
    for (const [sdk, through] of Object.entries(sdkCalls)) {
      const of = { IotInstanceId: made.IotInstanceId };
      const list = await through(other, 'QueryProductList', { ...of, CurrentPage: 1, PageSize: 10 });
      assert.equal(list.Data.Total, 1, sdk);
      for (const parameters of [{ IotId: device.iotId }, { ProductKey: productKey, DeviceName: 'lamp1' }]) {
        const body = await through(other, 'QueryDeviceDetail', { ...of, ...parameters });
        assert.equal(body.Success, false, sdk);
      }
      const elsewhere = await through(other, 'QueryProductList',
        { IotInstanceId: herald.instance, CurrentPage: 1, PageSize: 10 });
      assert.equal(elsewhere.Success, false, sdk);
    }
  }
  const list = await answer('account', 'list');
  assert.equal(list.length, 3);
  assert.ok(!JSON.stringify(list).includes(herald.account.AccessKeySecret));
});

test('an imported AccessKey signs calls', async () => {
  const made = await newAccount('--access-key-id', 'LTAIburnedIn', '--access-key-secret', 'burned-in-secret');
  assert.equal(made.AccessKeyId, 'LTAIburnedIn');
  await as(made).createProduct();
});

test('an AccessKey that cannot be is refused', async () => {
  const create = (id, secret) => ['account', 'create', 'refused', '--access-key-id', id,
    ...(secret ? ['--access-key-secret', secret] : [])];
  await refused(/begin with STS\./, ...create('STS.some', 'secret-enough'));
  await refused(/somebody has the AccessKey/, ...create(herald.account.AccessKeyId, 'secret-enough'));
  await refused(/letters, digits/, ...create('a b', 'secret-enough'));
  await refused(/8 to 128/, ...create('LTAIshort', 'short'));
  await refused(/an id and a secret/, ...create('LTAIalone'));
  await refused(/already/, 'account', 'create', 'default');
});

test('the public instance needs no id', async () => {
  const made = await newAccount('--public-instance');
  assert.equal(made.IotInstanceId, '');
  const { body } = await call(as(made), 'CreateProduct', { ProductName: 'public_1', NodeType: 0 });
  assert.equal(body.Success, true);
  const data = await temporaryDirectory();
  const { stdout } = await run(['init', '--data', join(data, 'new'), '--public-instance', '--json']);
  assert.equal(JSON.parse(stdout).IotInstanceId, '');
  assert.match(JSON.parse(stdout).ConsolePassword, /^\w{20}$/);
  await rm(data, { recursive: true });
});

test('instances have products of their own', async () => {
  const made = await newAccount();
  const owner = as(made);
  const account = ['--account', made.AccountId];
  const second = await answer('instance', 'create', 'second', ...account);
  const other = Object.create(owner, { instance: { value: second.IotInstanceId } });
  await owner.createProduct('same_name');
  const productKey = await other.createProduct('same_name');
  for (const [sdk, through] of Object.entries(sdkCalls)) {
    const query = (instance) => through(owner, 'QueryProduct', { IotInstanceId: instance, ProductKey: productKey });
    assert.equal((await query(second.IotInstanceId)).Success, true, sdk);
    assert.equal((await query(made.IotInstanceId)).Success, false, sdk);
  }
  await refused(/products/, 'instance', 'delete', second.IotInstanceId, ...account);
  await other.must('DeleteProduct', { ProductKey: productKey });
  const { GroupId } = (await other.must('CreateDeviceGroup', { GroupName: 'group_1' })).Data;
  await refused(/device groups/, 'instance', 'delete', second.IotInstanceId, ...account);
  await other.must('DeleteDeviceGroup', { GroupId });
  await answer('instance', 'rename', second.IotInstanceId, 'renamed', ...account);
  const names = async () => (await answer('instance', 'list', ...account)).map(({ Name }) => Name).sort();
  assert.deepEqual(await names(), ['default', 'renamed']);
  await refused(/No such instance/, 'instance', 'delete', second.IotInstanceId, ...first);
  await answer('instance', 'delete', second.IotInstanceId, ...account);
  assert.deepEqual(await names(), ['default']);
});

test('an account is reset', async () => {
  const made = await newAccount();
  const fresh = await answer('account', 'reset', made.AccountId);
  await as({ ...made, ...fresh }).createProduct();
  await as(made).createProduct();
  const last = await answer('account', 'reset', made.AccountId, '--revoke');
  assert.equal(last.RevokedAccessKeys, 2);
  await as({ ...made, ...last }).createProduct();
  for (const old of [made, fresh]) {
    const { body } = await call(as({ ...made, ...old }), 'QueryProductList', { CurrentPage: 1, PageSize: 1 });
    assert.equal(body.Code, 'InvalidAccessKeyId.NotFound');
  }
});

test('RAM users come with keys and policies', async () => {
  await answer('ram', 'user', 'create', 'alice', ...first);
  const key = await answer('ram', 'key', 'create', 'alice', ...first);
  const { iot } = identities(herald);
  const list = () => iot(key, 'QueryProductList', { currentPage: 1, pageSize: 1 });
  assert.notEqual(await list(), '');
  await answer('ram', 'policy', 'attach', 'alice', 'AliyunIOTReadOnlyAccess', ...first);
  assert.equal(await list(), '');
  await answer('ram', 'key', 'disable', 'alice', key.AccessKeyId, ...first);
  await assert.rejects(list());
  assert.equal((await answer('ram', 'key', 'list', 'alice', ...first))[0].Status, 'Inactive');
  const [policy] = await answer('ram', 'policy', 'list', 'alice', ...first);
  assert.equal(policy.Policy, 'System/AliyunIOTReadOnlyAccess');
  await refused(/still used/, 'ram', 'user', 'delete', 'alice', ...first);
  await answer('ram', 'policy', 'detach', 'alice', policy.Policy, ...first);
  await answer('ram', 'key', 'delete', 'alice', key.AccessKeyId, ...first);
  await answer('ram', 'user', 'delete', 'alice', ...first);
  assert.deepEqual(await answer('ram', 'user', 'list', ...first), []);
});

test('a quota of one account counts at once', async () => {
  const owner = as(await newAccount());
  const { AccountId } = owner.account;
  await answer('quota', 'set', AccountId, 'QueryProductList', '1');
  const query = { IotInstanceId: owner.instance, CurrentPage: 1, PageSize: 1 };
  const list = async () => (await call(owner, 'QueryProductList', query)).body.Code ?? '';
  await throttles(1, [list, list, list]);
  await answer('quota', 'set', AccountId, 'QueryProductList', 'unlimited');
  assert.deepEqual(await Promise.all([list(), list(), list()]), ['', '', '']);
  const shown = (await answer('quota', 'list', AccountId)).find(({ Operation }) => Operation === 'QueryProductList');
  assert.equal(shown.CallsPerSecond, 'unlimited');
  await answer('quota', 'set', AccountId, 'QueryProductList', 'default');
  await refused(/no operation/, 'quota', 'set', AccountId, 'Nothing', '1');
  await refused(/from 1 to/, 'quota', 'set', AccountId, 'BatchPub', '0');
});

for (const [how, within] of [['running', (work) => work()], ['stopped', stopped]]) {
  test(`devices are imported, and exported the same: ${how}`, async (t) => {
    const made = await newAccount();
    const account = ['--account', made.AccountId];
    const productKey = `a1burned${how}`;
    const good = Array.from({ length: 1990 }, (_, i) =>
      `${productKey},product-secret,device${i},${String(i).padStart(32, '0')},"lamp, ""${i}"""`);
    const bad = ['a1;,s,device_a,,', `${productKey},product-secret,abc,,`, `${productKey},product-secret`,
      `${productKey},other,device_b,,`, `${productKey},,device1,${'f'.repeat(32)},`,
      `${productKey},,device_c,a secret,`, 'a"quote', `${productKey},,device_d,,${'x'.repeat(65)}`];
    const file = await fileOf(`${how}.csv`,
      [`\ufeff${header}`, ...good.slice(0, 1000), ...bad, ...good.slice(1000),
        `${productKey},,device0,${'0'.repeat(32)},`, `${productKey},,device_new,,`]);
    const rejects = join(folder, `${how}-rejects.csv`);

    const counts = (stdout) => JSON.parse(stdout);
    await within(async () => {
      const imported = await admin('import', file, '--rejects', rejects, '--json', ...account);
      assert.equal(imported.status, 1, imported.stderr);
      assert.deepEqual(counts(imported.stdout),
        { Rows: 2000, Created: 1991, Present: 1, Rejected: 8, NewProducts: 1 });
      assert.match(imported.stderr, /line 1002: the ProductKey is malformed/);
      const again = await admin('import', file, '--json', ...account);
      assert.deepEqual(counts(again.stdout),
        { Rows: 2000, Created: 0, Present: 1992, Rejected: 8, NewProducts: 0 });
    });
    assert.equal((await stat(rejects)).mode & 0o777, 0o600);
    const reported = await linesOf(rejects);
    assert.equal(reported.length, 9);
    assert.ok(reported.some((line) => line.includes('device_b') && line.includes('another ProductSecret')));

    const exported = join(folder, `${how}-export.csv`);
    await within(async () => {
      assert.equal((await answer('export', exported, ...account)).Rows, 1991);
      await refused(/exists/, 'export', exported, ...account);
      const { stdout } = await admin('export', ...account);
      assert.equal(stdout, await readFile(exported, 'utf8'));
    });
    assert.equal((await stat(exported)).mode & 0o777, 0o600);
    const lines = await linesOf(exported);
    assert.equal(lines[0], header);
    assert.deepEqual(lines.slice(1).filter((line) => !line.includes('device_new')).sort(), [...good].sort());

    await t.test('a device connects with the secret that it has', async () => {
      const device = { productKey, deviceName: 'device7', deviceSecret: '7'.padStart(32, '0') };
      await (await MqttDevice.connect(herald, device)).end();
    });
    await t.test('nobody else takes the ProductKey', async () => {
      const other = ['--account', (await newAccount()).AccountId];
      const { status, stdout } = await admin('import', exported, '--json', ...other);
      assert.equal(status, 1);
      assert.equal(counts(stdout).Rejected, 1991);
    });
  });
}

test('a file that is none is refused', async () => {
  await refused(/no column 'Name'/, 'import', await fileOf('columns.csv', ['ProductKey,Name']), ...first);
  await refused(/first line/, 'import', await fileOf('none.csv', ['ProductKey']), ...first);
  await refused(/empty/, 'import', await fileOf('empty.csv', []), ...first);
  await refused(/No such file/, 'import', join(folder, 'nowhere.csv'), ...first);
});

test('commands say what is missing', async () => {
  await refused(/several accounts/, 'instance', 'list');
  await refused(/no account 'nobody'/, 'instance', 'list', '--account', 'nobody');
  const { status, stderr } = await run(['account', 'list', '--data', join(folder, 'nowhere')]);
  assert.equal(status, 1);
  assert.match(stderr, /no data directory/);
});

test('the socket is its owner\'s alone, and gone with the server', async () => {
  const socket = join(herald.data, 'admin.sock');
  assert.equal((await stat(socket)).mode & 0o777, 0o600);
  await stopped(() => assert.rejects(stat(socket)));
  // After a crash it is in nobody's way.
  await herald.kill();
  await answer('account', 'list');
  await herald.serve();
  await answer('account', 'list');
});

test('what administrators do is in the audit log, without secrets', async () => {
  const secret = 'ASecretOfMyOwnWith30Characters';
  const id = 'LTAIownkey12345678';
  const wanted = ['--access-key-id', id, '--access-key-secret', secret];
  const made = await answer('account', 'create', 'audited', ...wanted);
  await refused(/./, 'account', 'create', 'audited', ...wanted);
  await stopped(() => answer('instance', 'create', 'second', '--account', made.AccountId));
  const log = await readFile(join(herald.data, 'audit.log'), 'utf8');
  const entries = log.split('\n').filter(Boolean).map(JSON.parse)
    .filter(({ identity }) => identity === 'administrator');
  const [created, again, instance] = entries.slice(-3);
  assert.deepEqual([created.operation, created.code], ['account create', 'OK']);
  assert.equal(created.resources['access-key-id'], id);
  assert.equal(again.operation, 'account create');
  assert.notEqual(again.code, 'OK');
  assert.deepEqual([instance.operation, instance.account, instance.code],
    ['instance create', made.AccountId, 'OK']);
  assert.ok(!log.includes(secret));
});
