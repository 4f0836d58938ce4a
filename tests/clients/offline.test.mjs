// Sessions: who may connect and subscribe, what waits for a device, and what its status says.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { credentials, MqttDevice, sdkDevice, topicOf, within } from './clients.mjs';
import { eventually, Herald } from './herald.mjs';

const herald = await Herald.start();
after(() => herald.stop());

const productKey = await herald.createProduct();
const otherProductKey = await herald.createProduct();
let named = 0;
const newDevice = (product = productKey) => herald.registerDevice(product, `device_${++named}`);

// A connection that ends with its test.
async function connect(t, device, options) {
  const made = await MqttDevice.connect(herald, device, options);
  t.after(() => made.end());
  return made;
}

// A device that has subscribed in a kept session and is away now.
async function offlineDevice(options) {
  const device = await newDevice();
  const before = await (await MqttDevice.connect(herald, device, options)).listen();
  await before.end();
  await herald.reaches(device, 'OFFLINE');
  return device;
}

// Waits until the receipt of the only recipient says this.
async function receiptIs(id, state, reason) {
  await eventually(`the receipt says ${state} ${reason ?? ''}`, async () => {
    const [{ State, Reason }] = (await herald.receipts(id)).Receipts.Receipt;
    return State === state && Reason === reason;
  });
}

// --- What waits.

test('QoS 1 waits for a kept session and arrives when it comes back', async (t) => {
  const device = await offlineDevice();
  await herald.publish([device], 'kept', { Qos: 1 });
  const { inbox, connack } = await connect(t, device);
  assert.equal(connack.sessionPresent, true);
  await inbox.has('kept');
});

test('what waited arrives in order, before what came later', async (t) => {
  const device = await offlineDevice();
  const texts = Array.from({ length: 150 }, (_, i) => `message ${i}`);
  for (const text of texts) await herald.publish([device], text, { Qos: 1 });
  const { inbox } = await connect(t, device);
  await herald.publish([device], 'later', { Qos: 1 });
  await inbox.has('later');
  assert.deepEqual(inbox.texts, [...texts, 'later']);
});

test('QoS 0 does not wait', async (t) => {
  const device = await offlineDevice();
  await herald.publish([device], 'lost', { Qos: 0 });
  await herald.publish([device], 'kept', { Qos: 1 });
  const { inbox } = await connect(t, device);
  await inbox.has('kept');
  assert.deepEqual(inbox.texts, ['kept']);
});

test('the receipt of QoS 0 for an offline device says so', async () => {
  await receiptIs(await herald.publish([await offlineDevice()], 'lost'), 'dropped', 'offline');
});

test('the receipt of QoS 1 for an offline device is queued, then acked', async (t) => {
  const device = await offlineDevice();
  const id = await herald.publish([device], 'kept', { Qos: 1 });
  await receiptIs(id, 'queued');
  await connect(t, device);
  await receiptIs(id, 'acked');
});

test('a device that never subscribed is no error', async () => {
  const id = await herald.publish([await newDevice()], 'hello', { Qos: 1 });
  await receiptIs(id, 'dropped', 'not_subscribed');
});

test('a clean session ends with its connection', async (t) => {
  const device = await offlineDevice({ clean: true });
  await herald.publish([device], 'lost', { Qos: 1 });
  const { connack } = await connect(t, device);
  assert.equal(connack.sessionPresent, false);
});

test('a clean session ends the kept one and what waited in it', async (t) => {
  const device = await offlineDevice();
  await herald.publish([device], 'lost', { Qos: 1 });
  const { inbox } = await connect(t, device, { clean: true });
  await (await connect(t, device, { inbox })).listen();
  await herald.publish([device], 'the end', { Qos: 1 });
  await inbox.has('the end');
  assert.deepEqual(inbox.texts, ['the end']);
});

test('what was not acknowledged comes again with DUP', async (t) => {
  const device = await newDevice();
  const silent = await (await MqttDevice.connect(herald, device)).listen();
  silent.client.handleMessage = () => {};  // Never done: no PUBACK is sent.
  const seen = new Promise((resolve) => { silent.client.on('packetreceive', resolve); });
  await herald.publish([device], 'again', { Qos: 1 });
  await within('it was sent', seen);
  await silent.end(true);
  const { inbox } = await connect(t, device);
  assert.equal((await inbox.first())[0].dup, true);
});

test('UNSUBSCRIBE ends what is received', async (t) => {
  const device = await newDevice();
  await herald.createTopic(productKey, 'second');
  const { client, inbox } = await (await (await connect(t, device)).listen()).listen('second');
  await client.unsubscribeAsync(topicOf(device, 'get'));
  await herald.publish([device], 'unheard', { Qos: 1 });
  await herald.publish([device], 'heard', { Qos: 1, TopicShortName: 'second' });
  await inbox.has('heard');
  assert.deepEqual(inbox.texts, ['heard']);
});

// --- Takeover.

test('a second connection of a device ends the first', async (t) => {
  const device = await newDevice();
  const first = await connect(t, device);
  await connect(t, device);
  await within('the first is closed', first.closed);
});

test('after a takeover only the new connection receives', async (t) => {
  const device = await newDevice();
  const first = await (await connect(t, device)).listen();
  const second = await connect(t, device);
  await herald.publish([device], 'hello', { Qos: 1 });
  await second.inbox.has('hello');
  await within('the first is closed', first.closed);
  assert.deepEqual(first.inbox.texts, []);
});

// --- Status.

const statuses = {
  GetDeviceStatus: (device) => herald.status(device),
  BatchGetDeviceState: async (device) => {
    const parameters = { ProductKey: productKey, 'DeviceName.1': device.deviceName };
    const { DeviceStatusList } = await herald.must('BatchGetDeviceState', parameters);
    return DeviceStatusList.DeviceStatus[0].Status;
  },
  QueryDeviceDetail: async (device) => {
    const { Data } = await herald.must('QueryDeviceDetail', { IotId: device.iotId });
    return Data.Status;
  },
};
for (const [operation, status] of Object.entries(statuses)) {
  test(`${operation} sees UNACTIVE, ONLINE and OFFLINE`, async () => {
    const device = await newDevice();
    assert.equal(await status(device), 'UNACTIVE');
    const connection = await MqttDevice.connect(herald, device);
    assert.equal(await status(device), 'ONLINE');
    await connection.end();
    await herald.reaches(device, 'OFFLINE');
    assert.equal(await status(device), 'OFFLINE');
  });
}

test('a connection that breaks off makes the device OFFLINE', async () => {
  const device = await newDevice();
  const connection = await MqttDevice.connect(herald, device);
  await connection.end(true);
  await herald.reaches(device, 'OFFLINE');
});

// --- What a device may do.

const refused = {
  'the topic of another device': (device) => topicOf({ ...device, deviceName: 'other' }, 'get'),
  'the topic of another product': (device) =>
    topicOf({ ...device, productKey: otherProductKey }, 'get'),
  'an unknown category': (device) => topicOf(device, 'unknown'),
  'a category for publishing only': (device) => topicOf(device, 'update'),
  'all topics': () => '#',
  'all of its custom topics': (device) => topicOf(device, '#'),
  'the topics of all devices': (device) => topicOf({ ...device, deviceName: '+' }, 'get'),
};
for (const [what, filter] of Object.entries(refused)) {
  test(`to subscribe to ${what} is refused with 0x80`, async (t) => {
    const device = await newDevice();
    const connection = await connect(t, device);
    assert.deepEqual(await connection.subscribe(filter(device)), [0x80]);
  });
}

test('a refused subscription leaves the connection as it is', async (t) => {
  const device = await newDevice();
  const connection = await connect(t, device);
  const codes = await connection.subscribe([topicOf(device, 'unknown'), topicOf(device, 'get')]);
  assert.deepEqual(codes, [0x80, 1]);
  await herald.publish([device], 'hello');
  await connection.inbox.has('hello');
});

test('to publish within the permissions is acknowledged', async (t) => {
  const device = await newDevice();
  await (await connect(t, device)).publish(topicOf(device, 'update'), 'hello');
});

test('to publish to a foreign topic leaves the connection as it is', async (t) => {
  const device = await newDevice();
  const connection = await connect(t, device);
  await connection.publish(topicOf({ ...device, deviceName: 'other' }, 'update'), 'hello');
  await connection.listen();
});

test('the subscriptions that the device SDK makes by itself are granted', async (t) => {
  const device = await sdkDevice(herald, await newDevice());
  t.after(() => device.end());
  const codes = await device.subacks.first(16);
  assert.deepEqual(codes, Array(16).fill(1));
});

// --- Who may connect.

for (const method of ['hmacmd5', 'hmacsha1', 'hmacsha256']) {
  test(`MQTT.js connects with ${method}`, async (t) => {
    const device = await newDevice();
    await connect(t, device, credentials(device, { method }));
  });

  test(`aliyun-iot-device-sdk connects with ${method}`, async () => {
    const options = { older: true, signAlgorithm: method.replace('hmac', '') };
    const device = await sdkDevice(herald, await newDevice(), options);
    await device.end();
  });
}

test('a password in upper case connects', async (t) => {
  const device = await newDevice();
  const { password } = credentials(device);
  await connect(t, device, { password: password.toUpperCase() });
});

const connacks = {
  'a wrong signature': [4, () => ({ password: '00'.repeat(32) })],
  'a password that is not hexadecimal': [4, () => ({ password: 'secret' })],
  'an unknown device': [4, (device) => credentials({ ...device, deviceName: 'unknown' })],
  'an unknown product': [4, (device) => credentials({ ...device, productKey: 'a1unknown00' })],
  'a username without &': [4, (device) => ({ username: device.deviceName })],
  'a client id without |…|': [2, (device) => ({ clientId: device.deviceName })],
  'an unknown signmethod': [2, () => ({ clientId: 'id|securemode=3,signmethod=hmacsha3|' })],
  'a keep-alive below 30 seconds': [2, () => ({ keepalive: 29 })],
};
for (const [what, [code, options]] of Object.entries(connacks)) {
  test(`${what} is refused with CONNACK ${code}`, async (t) => {
    const device = await newDevice();
    await assert.rejects(connect(t, device, options(device)), { code });
  });
}
