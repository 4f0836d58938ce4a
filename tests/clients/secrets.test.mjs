// No secret that was used is in anything that the server wrote: files, logs, in whatever notation.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { cp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { connect } from 'mqtt';

import { call, callV3, MqttDevice, within } from './clients.mjs';
import { Herald, program, run, temporaryDirectory } from './herald.mjs';

const herald = await Herald.start({ 'log.level': 'debug' });
after(() => herald.stop());

const secrets = new Map();  // What it is, by its name.
const secret = (name, value) => {
  assert.ok(value?.length >= 8, `${name} is missing`);
  secrets.set(name, value);
  return value;
};
const nickname = 'a name that is no secret';
let output = '';

secret('AccessKey of the account', herald.account.AccessKeySecret);
secret('console password', herald.account.ConsolePassword);
secret('master key', (await readFile(join(herald.data, 'master.key'), 'utf8')).trim());

const ram = (action, fields, as = herald) => call(as, action, { Version: '2015-05-01', ...fields });
const as = (keys) => ({ url: herald.url, api: herald.api, account: keys });
const keysOf = ({ AccessKeyId, AccessKeySecret }) => ({ AccessKeyId, AccessKeySecret });

// Everything below a folder, by its path.
async function filesOf(folder) {
  const entries = await readdir(folder, { recursive: true });
  const files = new Map();
  for (const name of entries) {
    const path = join(folder, name);
    if ((await stat(path)).isFile()) files.set(name, await readFile(path));
  }
  return files;
}

function notations(value) {
  const raw = Buffer.from(value);
  const all = [raw, raw.toString('hex'), raw.toString('hex').toUpperCase(), raw.toString('base64url'),
    raw.toString('base64').replace(/=+$/, ''), encodeURIComponent(value),
    [...raw].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')];
  if (/^([0-9a-f]{2})+$/.test(value)) {
    const bytes = Buffer.from(value, 'hex');
    all.push(bytes, bytes.toString('base64').replace(/=+$/, ''));
  }
  return all;
}

test('every kind of secret is used, rightly and wrongly', async (t) => {
  const product = await herald.must('CreateProduct',
    { ProductName: 'secretive', NodeType: 0, EnableDynamicRegistration: true });
  const productKey = product.ProductKey;
  const productSecret = secret('ProductSecret', product.Data.ProductSecret);
  const { Data } = await herald.must('RegisterDevice',
    { ProductKey: productKey, DeviceName: 'lamp_1', Nickname: nickname });
  const device = { productKey, deviceName: 'lamp_1',
    deviceSecret: secret('DeviceSecret', Data.DeviceSecret) };

  await t.test('by devices', async () => {
    await (await MqttDevice.connect(herald, device)).end();
    const wrong = { ...device, deviceSecret: secret('wrong DeviceSecret', `wrong${device.deviceSecret}`) };
    await assert.rejects(MqttDevice.connect(herald, wrong), { code: 4 });
    await assert.rejects(MqttDevice.connect(herald, device,
      { password: secret('password of a CONNECT', 'a password of nobody') }), { code: 4 });
  });

  await t.test('by a device that nobody registered', async () => {
    const username = `stranger_1&${productKey}`;
    const sign = createHmac('sha256', productSecret)
      .update(`deviceNamestranger_1productKey${productKey}random1234`).digest('hex');
    const client = connect(`mqtts://${herald.mqtt}`, { ca: herald.ca, username, password: sign,
      clientId: 'some|securemode=-2,authType=regnwl,random=1234,signmethod=hmacsha256|',
      reconnectPeriod: 0 });
    const [, payload] = await within('the push', once(client, 'message'));
    await client.endAsync(true);
    const { clientId, deviceToken } = JSON.parse(payload);
    const signIn = { username, clientId: `${clientId}|securemode=-2,authType=connwl|` };
    const stranger = { productKey, deviceName: 'stranger_1', deviceSecret: '' };
    await (await MqttDevice.connect(herald, stranger,
      { ...signIn, password: secret('token of a device', deviceToken) })).end();
  });

  await t.test('by callers', async () => {
    const of = { IotInstanceId: herald.instance, ProductKey: productKey };
    assert.equal((await callV3(herald, 'QueryProduct', of)).body.Success, true);
    const wrong = secret('wrong AccessKeySecret', 'WrongSecretOfTheAccount0123456');
    const stranger = as({ ...herald.account, AccessKeySecret: wrong });
    assert.equal((await call(stranger, 'QueryProduct', of)).body.Code, 'SignatureDoesNotMatch');
    assert.equal((await callV3(herald, 'QueryProduct', of, { secret: wrong })).body.Success, undefined);
  });

  await t.test('by RAM users and roles', async () => {
    const UserName = 'alice';
    await ram('CreateUser', { UserName });
    const Password = secret('password of a user', 'Tr0ub4dor&3-plain-text!');
    const made = await ram('CreateLoginProfile', { UserName, Password });
    assert.equal(made.status, 200, made.text);
    const { body } = await ram('CreateAccessKey', { UserName });
    const user = as(keysOf(body.AccessKey));
    secret('AccessKey of a user', user.account.AccessKeySecret);
    await ram('CreatePolicy', { PolicyName: 'all', PolicyDocument: JSON.stringify({ Version: '1',
      Statement: [{ Effect: 'Allow', Action: ['ram:*', 'sts:*'], Resource: '*' }] }) });
    await ram('AttachPolicyToUser', { UserName, PolicyType: 'Custom', PolicyName: 'all' });
    const NewPassword = secret('new password', 'C0rrect-horse-battery-staple!');
    const OldPassword = secret('wrong old password', 'N0t-the-right-one!');
    assert.notEqual((await ram('ChangePassword', { OldPassword, NewPassword }, user)).status, 200);
    const changed = await ram('ChangePassword', { OldPassword: Password, NewPassword }, user);
    assert.equal(changed.status, 200, changed.text);

    const trust = JSON.stringify({ Version: '1', Statement: [{ Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Principal: { RAM: [`acs:ram::${herald.account.AccountId}:root`] } }] });
    const role = await ram('CreateRole', { RoleName: 'reader', AssumeRolePolicyDocument: trust });
    assert.equal(role.status, 200, role.text);
    const assumed = await call(user, 'AssumeRole',
      { Version: '2015-04-01', RoleArn: role.body.Role.Arn, RoleSessionName: 'session' });
    assert.equal(assumed.status, 200, assumed.text);
    const { Credentials } = assumed.body;
    secret('AccessKey of a session', Credentials.AccessKeySecret);
    const SecurityToken = secret('SecurityToken', Credentials.SecurityToken);
    const identity = { Version: '2015-04-01', SecurityToken };
    const session = as(keysOf(Credentials));
    assert.equal((await call(session, 'GetCallerIdentity', identity)).status, 200);
    const broken = secret('broken SecurityToken', `x${SecurityToken.slice(1)}`);
    assert.notEqual(
      (await call(session, 'GetCallerIdentity', { ...identity, SecurityToken: broken })).status, 200);
  });

  // Killed, its log holds the records; stopped, its tables do.
  await herald.kill();
  output += herald.output;
});

for (const round of ['killed', 'opened and stopped']) {
  test(`nothing has a secret when it is ${round}`, async () => {
    if (round !== 'killed') {
      await herald.serve();
      await herald.shutDown();
      output += herald.output;
    }
    const files = await filesOf(herald.data);
    files.delete('master.key');
    files.set('output', Buffer.from(output));
    assert.ok(secrets.size >= 15);
    assert.ok([...files.values()].some((bytes) => bytes.includes(nickname)), 'a text is found');
    assert.ok(output.length > 0);
    for (const [name, value] of secrets) {
      for (const notation of notations(value)) {
        for (const [file, bytes] of files) {
          assert.ok(!bytes.includes(notation), `${file} has the ${name}`);
        }
      }
    }
  });
}

test('only its owner may read the master key', async () => {
  assert.equal((await stat(join(herald.data, 'master.key'))).mode & 0o777, 0o600);
});

test('with another key, or none, it does not start', async () => {
  const serve = (env) => run(['serve', '--data', herald.data, '--api', '127.0.0.1:0', '--mqtt',
    '127.0.0.1:0'], { env: { ...process.env, ...env } });
  const other = await serve({ HERALD_MASTER_KEY: '7'.repeat(64) });
  assert.equal(other.status, 1);
  assert.match(other.stderr, /another master key/);
  assert.match((await serve({ HERALD_MASTER_KEY: 'short' })).stderr, /64 hexadecimal digits/);
  const file = join(herald.data, 'master.key');
  const key = await readFile(file);
  await rm(file);
  assert.match((await serve({})).stderr, /master key cannot be read/);
  await writeFile(file, key, { mode: 0o600 });
});

test('a rotation ends the old key', async () => {
  const file = join(herald.data, 'master.key');
  const old = (await readFile(file, 'utf8')).trim();
  const { status, stderr } = await run(['key', 'rotate', '--data', herald.data]);
  assert.equal(status, 0, stderr);
  assert.notEqual((await readFile(file, 'utf8')).trim(), old);
  const refused = await run(['serve', '--data', herald.data],
    { env: { ...process.env, HERALD_MASTER_KEY: old } });
  assert.match(refused.stderr, /another master key/);
  await herald.serve();
  await herald.must('QueryProductList', { CurrentPage: 1, PageSize: 10 });
  await herald.shutDown();
});

test('a rotation that was killed anywhere is finished by the next start', async () => {
  const copy = await temporaryDirectory();
  try {
    for (let delay = 0; delay < 400; delay += 40) {
      await rm(copy, { recursive: true, force: true });
      await cp(herald.data, copy, { recursive: true });
      const child = spawn(program, ['key', 'rotate', '--data', copy], { stdio: 'ignore' });
      const ended = once(child, 'close');
      // Wherever it is by then.
      await Promise.race([ended, new Promise((resolve) => { setTimeout(resolve, delay); })]);
      child.kill('SIGKILL');
      await ended;
      const mine = Object.assign(Object.create(Object.getPrototypeOf(herald)), herald, { data: copy });
      await mine.serve();
      await mine.must('QueryProductList', { CurrentPage: 1, PageSize: 10 });
      await mine.shutDown();
    }
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
});
