// Who devices are: disabled and enabled, registered by themselves, known by their certificate; and
// what they publish: routes, NTP, the system topics of the SDKs.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, createHmac, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { connect } from 'mqtt';

import { credentials, MqttDevice, sdkCalls, topicOf, within } from './clients.mjs';
import { eventually, Herald, run, temporaryDirectory } from './herald.mjs';

// An authority of the operator's own, and a device's certificate from it.
const folder = await temporaryDirectory();
const openssl = (...args) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30',
  '-subj', '/CN=devices', '-keyout', 'ca-key.pem', '-out', 'ca.pem');
openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=lamp',
  '-keyout', 'key.pem', '-out', 'request.pem');
openssl('x509', '-req', '-in', 'request.pem', '-CA', 'ca.pem', '-CAkey', 'ca-key.pem',
  '-CAcreateserial', '-days', '30', '-out', 'certificate.pem');
const certificate = readFileSync(join(folder, 'certificate.pem'), 'utf8');
const key = readFileSync(join(folder, 'key.pem'), 'utf8');
const fingerprint = createHash('sha256').update(new X509Certificate(certificate).raw).digest('hex');

const herald = await Herald.start({ 'tls.device_ca': join(folder, 'ca.pem') });
after(() => herald.stop());

const product = await herald.must('CreateProduct', {
  ProductName: 'registering', NodeType: 0, EnableDynamicRegistration: true });
const { ProductKey: productKey, Data: { ProductSecret: productSecret } } = product;
let named = 0;
const newDevice = (key_ = productKey) => herald.registerDevice(key_, `device_${++named}`);

async function connected(t, device, options) {
  const made = await MqttDevice.connect(herald, device, options);
  t.after(() => made.end(true));
  return made;
}

// --- Disabled, enabled, reset.

for (const [sdk, call] of Object.entries(sdkCalls)) {
  test(`a device that ${sdk} disables is cut off, and let in when it is enabled`, async (t) => {
    const device = await newDevice();
    const parameters = { IotInstanceId: herald.instance, IotId: device.iotId };
    const before = await (await connected(t, device)).listen();
    assert.equal((await call(herald, 'DisableThing', parameters)).Success, true);
    await within('the connection ends', before.closed);
    assert.equal(await herald.status(device), 'DISABLE');
    await assert.rejects(MqttDevice.connect(herald, device), { code: 5 });
    await herald.publish([device], 'meanwhile', { Qos: 1 });
    assert.equal((await call(herald, 'EnableThing', parameters)).Success, true);
    const { connack, inbox } = await connected(t, device);
    assert.equal(connack.sessionPresent, true);
    await inbox.has('meanwhile');
    assert.equal(await herald.status(device), 'ONLINE');
  });
}

test('a device that is deleted is cut off and unknown from then on', async (t) => {
  const device = await newDevice();
  const before = await connected(t, device);
  await herald.must('DeleteDevice', { IotId: device.iotId });
  await within('the connection ends', before.closed);
  await assert.rejects(MqttDevice.connect(herald, device), { code: 4 });
});

// --- Dynamic registration.

const random = '567345';
const registration = (name, secret = productSecret) => createHmac('sha256', secret)
  .update(`deviceName${name}productKey${productKey}random${random}`).digest('hex');

async function registerOverHttp(name, fields = {}) {
  const body = new URLSearchParams({
    productKey, deviceName: name, random, sign: registration(name), signMethod: 'HmacSHA256', ...fields });
  const answer = await fetch(`${herald.url}/auth/register/device`, { method: 'POST', body });
  return answer.json();
}

// What the server pushes after a CONNECT that asks for registration.
async function registerOverMqtt(name, how, { scheme = 'mqtts', password = registration(name) } = {}) {
  const client = connect(`${scheme}://${herald.mqtt}`, {
    ca: herald.ca,
    clientId: `some|${how},random=${random},signmethod=hmacsha256|`,
    username: `${name}&${productKey}`,
    password,
    keepalive: 10,
    reconnectPeriod: 0,
  });
  try {
    return await within('the push', new Promise((resolve, reject) => {
      client.on('message', (topic, payload) => resolve({ topic, ...JSON.parse(payload) }));
      client.on('error', reject);
      client.on('close', () => reject(new Error('closed')));
    }));
  } finally {
    await client.endAsync(true);
  }
}

test('a device fetches its secret over HTTP, once until it is reset', async (t) => {
  const device = await newDevice();
  const answer = await registerOverHttp(device.deviceName);
  assert.deepEqual(answer, { code: 200, message: 'success',
    data: { productKey, deviceName: device.deviceName, deviceSecret: device.deviceSecret } });
  await (await connected(t, device)).end();
  assert.equal((await registerOverHttp(device.deviceName)).code, 6289);
  await herald.must('ResetThing', { IotId: device.iotId });
  assert.equal((await registerOverHttp(device.deviceName)).data.deviceSecret, device.deviceSecret);
});

test('registration over HTTP refuses with the documented codes', async () => {
  const { deviceName } = await newDevice();
  const code = async (fields) => (await registerOverHttp(deviceName, fields)).code;
  assert.equal(await code({ sign: '' }), 460);
  assert.equal(await code({ productKey: 'a1unknown00' }), 6250);
  assert.equal(await code({ productKey: await herald.createProduct() }), 6288);
  assert.equal(await code({ signMethod: 'md4' }), 6292);
  assert.equal(await code({ sign: '00'.repeat(32) }), 6600);
});

test('a device fetches its secret over MQTT', async (t) => {
  const device = await newDevice();
  const pushed = await registerOverMqtt(device.deviceName, 'securemode=2,authType=register');
  assert.deepEqual(pushed, { topic: '/ext/register', productKey, deviceName: device.deviceName,
    deviceSecret: device.deviceSecret });
  await connected(t, device);
});

test('a device that nobody registered gets a client id and a token', async (t) => {
  const name = `unregistered_${++named}`;
  const { topic, clientId, deviceToken } =
    await registerOverMqtt(name, 'securemode=-2,authType=regnwl');
  assert.equal(topic, '/ext/regnwl');
  const device = { productKey, deviceName: name, deviceSecret: '' };
  const signIn = { clientId: `${clientId}|securemode=-2,authType=connwl|`, password: deviceToken };
  await connected(t, device, { username: `${name}&${productKey}`, ...signIn });
  const wrong = { ...signIn, password: '0'.repeat(deviceToken.length) };
  await assert.rejects(
    MqttDevice.connect(herald, device, { username: `${name}&${productKey}`, ...wrong }), { code: 4 });
});

test('registration over MQTT takes TLS and the right signature', async () => {
  const { deviceName } = await newDevice();
  const how = 'securemode=2,authType=register';
  await assert.rejects(registerOverMqtt(deviceName, how, { scheme: 'mqtt' }), { code: 2 });
  await assert.rejects(registerOverMqtt(deviceName, how, { password: '00'.repeat(32) }), { code: 4 });
});

// --- Certificates.

test('a device with a certificate is told who it is, and signs in without a secret', async (t) => {
  const { Data } = await herald.must('RegisterDevice', {
    ProductKey: productKey, DeviceName: 'certified', X509CertificateSha256: fingerprint });
  const device = { productKey, deviceName: 'certified', deviceSecret: Data.DeviceSecret };
  const tls = { scheme: 'mqtts', cert: certificate, key, clean: true };
  const first = await connected(t, device,
    { ...tls, clientId: '', username: undefined, password: undefined });
  const [{ topic, payload }] = await first.inbox.first();
  assert.equal(topic, '/ext/auth/identity/response');
  assert.deepEqual(JSON.parse(payload), { productKey, deviceName: 'certified' });
  await first.end();
  const signIn = { ...tls, clientId: 'lamp|securemode=2|', password: '' };
  await (await connected(t, device, signIn)).listen();
  const other = await newDevice();
  await assert.rejects(MqttDevice.connect(herald, other,
    { ...signIn, username: `${other.deviceName}&${productKey}` }), { code: 4 });
});

test('a device of 5.0 that leaves its client id empty is told one', async (t) => {
  const { Data } = await herald.must('QueryDeviceDetail', { ProductKey: productKey, DeviceName: 'certified' });
  const device = { productKey, deviceName: Data.DeviceName, deviceSecret: Data.DeviceSecret };
  const { connack } = await connected(t, device, { scheme: 'mqtts', cert: certificate, key, clean: true,
    protocolVersion: 5, clientId: '', username: undefined, password: undefined });
  assert.equal(connack.properties.assignedClientIdentifier, `${productKey}.certified`);
});

test('held to the rates of the original, who is too fast is told so or not heard', async (t) => {
  const slow = await Herald.start({ 'rates.device_connects': 5, 'rates.device_down': 3,
    'rates.device_up_qos1': 2 });
  t.after(() => slow.stop());
  const product_ = await slow.createProduct();
  const device = await slow.registerDevice(product_, 'hasty1');
  const v5 = { protocolVersion: 5 };
  // A minute may begin in between: ten in a row are never all within the rate.
  const attempts = [];
  for (let i = 0; i < 10; i += 1) {
    attempts.push(await MqttDevice.connect(slow, device, v5).then(
      async (made) => { await made.end(); return 0; }, (error) => error.code));
  }
  assert.equal(attempts[0], 0);
  assert.ok(attempts.includes(0x9f), attempts.join());
});

test('a new certificate serves new connections and leaves the old ones open', async (t) => {
  const mine = await Herald.start();
  t.after(() => mine.stop());
  const product_ = await mine.createProduct();
  const [first, second] = [await mine.registerDevice(product_, 'first1'),
    await mine.registerDevice(product_, 'second1')];
  const before = await MqttDevice.connect(mine, first, { scheme: 'mqtts' });
  t.after(() => before.end(true));
  const [other] = [await temporaryDirectory()];
  const made = await run(['init', '--data', other, '--json']);
  assert.equal(made.status, 0);
  for (const file of ['server-key.pem', 'server.pem', 'ca.pem']) {
    writeFileSync(join(mine.data, 'tls', file), readFileSync(join(other, 'tls', file)));
  }
  mine.child.kill('SIGHUP');
  const ca = readFileSync(join(other, 'tls', 'ca.pem'), 'utf8');
  await eventually('the new certificate is shown', async () => {
    const after_ = await MqttDevice.connect(mine, second, { scheme: 'mqtts', ca }).catch(() => null);
    await after_?.end(true);
    return after_ !== null;
  });
  await before.listen();
  assert.equal(before.client.connected, true);
});

// --- What devices publish.

for (const [sdk, call] of Object.entries(sdkCalls)) {
  test(`a topic route that ${sdk} makes leads to other devices, until it is deleted`, async (t) => {
    const [source, first, second] = [await newDevice(), await newDevice(), await newDevice()];
    const [SrcTopic, ...DstTopic] =
      [topicOf(source, 'update'), topicOf(first, 'get'), topicOf(second, 'get')];
    const table = sdk === 'pop-core'
      ? { SrcTopic, 'DstTopic.1': DstTopic[0], 'DstTopic.2': DstTopic[1] } : { SrcTopic, DstTopic };
    const common = { IotInstanceId: herald.instance };
    const created = await call(herald, 'CreateTopicRouteTable', { ...common, ...table });
    assert.equal(created.IsAllSucceed, true, JSON.stringify(created));
    const asked = await call(herald, 'QueryTopicRouteTable', { ...common, Topic: SrcTopic });
    assert.deepEqual(asked.DstTopics.Topic, DstTopic);
    const reverse = await call(herald, 'QueryTopicReverseRouteTable', { ...common, Topic: DstTopic[1] });
    assert.deepEqual(reverse.SrcTopics.Topic, [SrcTopic]);

    const publisher = await connected(t, source);
    const receivers = [await (await connected(t, first)).listen(), await (await connected(t, second)).listen()];
    await publisher.publish(SrcTopic, 'routed', 1);
    for (const { inbox } of receivers) await inbox.has('routed');
    await call(herald, 'DeleteTopicRouteTable', { ...common, ...table });
    await publisher.publish(SrcTopic, 'no more', 1);
    await herald.publish([first, second], 'the end', { Qos: 1 });
    for (const { inbox } of receivers) await inbox.has('the end');
    for (const { inbox } of receivers) assert.deepEqual(inbox.texts, ['routed', 'the end']);
  });
}

test('NTP is answered in the types of the request, without a subscription', async (t) => {
  const device = await newDevice();
  const made = await connected(t, device);
  const topic = `/ext/ntp/${productKey}/${device.deviceName}`;
  await made.publish(`${topic}/request`, JSON.stringify({ deviceSendTime: '100' }), 0);
  const [answer] = await made.inbox.first();
  assert.equal(answer.topic, `${topic}/response`);
  const times = JSON.parse(answer.payload);
  assert.equal(times.deviceSendTime, '100');
  assert.ok(Math.abs(Number(times.serverRecvTime) - Date.now()) < 60_000);
  assert.equal(typeof times.serverSendTime, 'string');
});

test('a device of 3.1.1 with a will is let in, and the will has no effect', async (t) => {
  const device = await newDevice();
  const watcher = await connected(t, await newDevice());
  await watcher.subscribe(`/broadcast/${productKey}/#`);
  const will = { topic: `/broadcast/${productKey}/x`, payload: Buffer.from('gone'), qos: 0, retain: false };
  const made = await connected(t, device, { will });
  await made.end(true);
  await herald.reaches(device, 'OFFLINE');
  const publisher = await connected(t, await newDevice());
  await publisher.publish(`/broadcast/${productKey}/y`, 'the end', 1);
  await watcher.inbox.has('the end');
  assert.deepEqual(watcher.inbox.texts, ['the end']);
});

test('credentials of one device do not open another', async () => {
  const [one, other] = [await newDevice(), await newDevice()];
  const mixed = { ...credentials(one), username: `${other.deviceName}&${productKey}` };
  await assert.rejects(MqttDevice.connect(herald, other, mixed), { code: 4 });
});
