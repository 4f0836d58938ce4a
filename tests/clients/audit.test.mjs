// The audit log: who did what, through the official SDKs; and the program's own log as JSON.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { call, popCore } from './clients.mjs';
import { eventually, Herald } from './herald.mjs';
import { allow, denied, identities, system } from './identities.mjs';

const herald = await Herald.start({
  'log.level': 'debug', 'log.format': 'json', 'quota.DeleteProduct': '1', 'audit.files': '3',
});
after(() => herald.stop());
const file = join(herald.data, 'audit.log');
const { ram, sts, iot, newUser, newRole, newPolicy, attach, arn, assume } = identities(herald);
const productKey = await herald.createProduct();
await herald.registerDevices(productKey, 5);

const parsed = (text) => text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
const entries = async () => parsed(await readFile(file, 'utf8'));

// The last entry that fits.
async function entry(fits) {
  let found;
  await eventually('an entry', async () => {
    found = (await entries()).findLast((each) =>
      Object.entries(fits).every(([key, value]) => each[key] === value));
    return found !== undefined;
  });
  return found;
}

test('a call that was allowed', async () => {
  const { RequestId } = await herald.must('RegisterDevice',
    { ProductKey: productKey, DeviceName: 'lamp_1' });
  const { time, peer, ...rest } = await entry({ RequestId });
  assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000, time);
  assert.match(peer, /^127\.0\.0\.1/);
  assert.deepEqual(rest, {
    account: herald.account.AccountId,
    identity: arn('root'),
    AccessKeyId: herald.account.AccessKeyId,
    operation: 'RegisterDevice',
    resources: { IotInstanceId: herald.instance, ProductKey: productKey, DeviceName: 'lamp_1' },
    code: 'OK',
    RequestId,
  });
});

test('a BatchPub of pop-core has its message and a few of its devices', async () => {
  const names = [0, 1, 2, 3, 4].map((i) => [`DeviceName.${i + 1}`, `device000${i}`]);
  const { RequestId, MessageId } = await popCore(herald).request('BatchPub', {
    IotInstanceId: herald.instance, ProductKey: productKey, TopicShortName: 'get',
    MessageContent: Buffer.from('payload of nobody else').toString('base64'),
    ...Object.fromEntries(names),
  }, { method: 'POST' });
  const found = await entry({ RequestId });
  assert.equal(found.MessageId, MessageId);
  assert.deepEqual(found.resources.DeviceName,
    { count: 5, first: ['device0000', 'device0001', 'device0002'] });
});

test('a RAM user: what is denied, and what is allowed', async () => {
  const user = await newUser();
  const publishing = { productKey, deviceName: ['lamp_1'], topicShortName: 'get',
    messageContent: 'aGVsbG8=' };
  const by = { identity: arn(`user/${user.userName}`), AccessKeyId: user.AccessKeyId };
  assert.equal(await iot(user, 'BatchPub', publishing), denied);
  const refused = await entry({ ...by, code: denied });
  assert.equal(refused.operation, 'BatchPub');
  assert.equal(refused.resources.ProductKey, productKey);
  await attach(user, system('AliyunIOTFullAccess'));
  assert.equal(await iot(user, 'BatchPub', publishing), '');
  assert.match((await entry({ ...by, code: 'OK' })).MessageId, /^\d+$/);
  const attached = await entry({ operation: 'AttachPolicyToUser' });
  assert.deepEqual(attached.resources,
    { PolicyName: 'AliyunIOTFullAccess', UserName: user.userName });
});

test('AssumeRole, and what its session does', async () => {
  const user = await newUser();
  await attach(user, system('AliyunSTSAssumeRoleAccess'));
  const role = await newRole('root', await newPolicy(allow('iot:*')));
  const session = await assume(user, role);
  const assumed = await entry({ operation: 'AssumeRole' });
  assert.equal(assumed.identity, arn(`user/${user.userName}`));
  assert.deepEqual(assumed.resources, { RoleArn: role.arn, RoleSessionName: 'dispatcher' });
  assert.equal(await iot(session, 'DisableThing', { productKey, deviceName: 'lamp_1' }), '');
  const disabled = await entry({ operation: 'DisableThing' });
  assert.equal(disabled.identity, arn(`assumed-role/${role.roleName}/dispatcher`));
  assert.equal(disabled.AccessKeyId, session.AccessKeyId);
  await assert.rejects(sts('AssumeRole', { roleArn: arn('role/nobody'), roleSessionName: 'x1' }, user));
  assert.notEqual((await entry({ operation: 'AssumeRole' })).code, undefined);
});

test('a call that the quota refused', async () => {
  const codes = new Set();
  while (!codes.has('Throttling.User')) {
    codes.add((await call(herald, 'DeleteProduct', { ProductKey: 'unknown' })).body.Code);
  }
  assert.equal((await entry({ code: 'Throttling.User' })).operation, 'DeleteProduct');
});

test('reads and callers whose signature is wrong are not in it', async () => {
  const wrong = { ...herald.account, AccessKeySecret: 'wrong' };
  const stranger = { url: herald.url, api: herald.api, account: wrong };
  const refused = await call(stranger, 'DeleteProduct', { ProductKey: productKey });
  assert.equal(refused.body.Code, 'SignatureDoesNotMatch');
  const read = await herald.must('GetDeviceStatus', { ProductKey: productKey, DeviceName: 'lamp_1' });
  const { RequestId } = await herald.must('SaveDeviceProp',
    { ProductKey: productKey, DeviceName: 'lamp_1', Props: '{"room":"secret-room"}' });
  await entry({ RequestId });  // Written after the others would have been.
  const ids = (await entries()).map((each) => each.RequestId);
  assert.ok(!ids.includes(refused.body.RequestId));
  assert.ok(!ids.includes(read.RequestId));
});

// A request whose bytes are as they stand: fetch would encode them.
const raw = (path) => new Promise((resolve, reject) => {
  const sent = request({ host: '127.0.0.1', port: herald.apiPort, path, method: 'GET',
    headers: { 'x-forwarded-for': '\xff' } }, (answer) => answer.resume().once('end', resolve));
  sent.once('error', reject);
  sent.end();
});

test('log lines are JSON whatever strangers send, and have the RequestId', async () => {
  for (const path of ['/?Action=%FF%00%22&Version=%0A', '/?%zz', '/"\\x', '/?AccessKeyId=%C3%28%22']) {
    await raw(path);
  }
  const bad = await call(herald, 'DeleteDevice', { ProductKey: productKey, DeviceName: '\u0001"\\' });
  assert.equal(bad.body.Success, false);
  // DEL and a newline in a name, percent-encoded bytes that are no UTF-8.
  await call(herald, 'DeleteDevice', { ProductKey: '\u007f\n', DeviceName: 'lamp_1' });
  const lines = () => herald.output.split('\n').filter((line) => line.startsWith('{"time"'));
  await eventually('the line', async () => herald.output.includes(`"RequestId":"${bad.body.RequestId}"`));
  const logged = lines().slice(0, -1).map((line) => JSON.parse(line));
  const line = logged.concat(JSON.parse(lines().at(-1)))
    .find((each) => each.RequestId === bad.body.RequestId);
  assert.equal(line.level, 'debug');
  assert.match(line.message, /DeleteDevice failed/);
  assert.match(line.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const stray = herald.output.split('\n').filter((each) => each && !each.startsWith('{'));
  assert.deepEqual(stray, []);
});

test('it holds no secret, no payload and no document, and only its owner may read it', async () => {
  const UserName = 'alice';
  const Password = 'Tr0ub4dor&3-plain-text!';
  const made = await call(herald, 'CreateUser', { Version: '2015-05-01', UserName });
  assert.equal(made.status, 200, made.text);
  await call(herald, 'CreateLoginProfile', { Version: '2015-05-01', UserName, Password });
  const found = await entry({ operation: 'CreateLoginProfile' });
  assert.deepEqual(found.resources, { UserName });
  const text = await readFile(file, 'utf8');
  for (const hidden of [Password, herald.account.AccessKeySecret, 'Statement', 'secret-room',
    Buffer.from('payload of nobody else').toString('base64')]) {
    assert.ok(!text.includes(hidden), hidden);
  }
  assert.equal((await stat(file)).mode & 0o777, 0o600);
});

test('it goes on after a restart, and is rotated by size', async () => {
  const before = (await entries()).length;
  const { RequestId } = await herald.must('DeleteDevice',
    { ProductKey: productKey, DeviceName: 'lamp_1' });
  await herald.shutDown();  // At once: what waited is written.
  assert.equal((await entries()).at(-1).RequestId, RequestId);
  assert.equal((await entries()).length, before + 1);
  herald.settings['audit.bytes'] = '2048';
  await herald.serve();
  for (let i = 0; i < 30; ++i) await herald.must('RegisterDevice', { ProductKey: productKey });
  await herald.shutDown();
  const files = (await readdir(herald.data)).filter((name) => name.startsWith('audit.log')).sort();
  assert.deepEqual(files, ['audit.log', 'audit.log.1', 'audit.log.2']);
  for (const name of files) {
    const text = await readFile(join(herald.data, name), 'utf8');
    assert.ok(text.length <= 2048 && parsed(text).length > 0, name);
  }
});

test('it may be off', async () => {
  const quiet = await Herald.start({ 'audit.file': 'off' });
  try {
    await quiet.createProduct();
    assert.ok(!(await readdir(quiet.data)).includes('audit.log'));
  } finally {
    await quiet.stop();
  }
});
