// BatchPub, seen from the application that calls it and from the devices that receive.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';

import {
  connectAll, iotClient, MqttDevice, mosquittoDevice, popCore, sdkDevice, sdkRequest, topicOf,
} from './clients.mjs';
import { eventually, Herald } from './herald.mjs';

const herald = await Herald.start();
after(() => herald.stop());

const productKey = await herald.createProduct();
const devices = await herald.registerDevices(productKey, 100);
await herald.createTopic(productKey, 'both', 'ALL');
await herald.createTopic(productKey, 'any/+', 'SUB');

const kinds = {
  'MQTT.js': async (device) => (await MqttDevice.connect(herald, device)).listen(),
  'alibabacloud-iot-device-sdk': async (device) => (await sdkDevice(herald, device)).listen(),
  'aliyun-iot-device-sdk': async (device) =>
    (await sdkDevice(herald, device, { older: true })).listen(),
  mosquitto_sub: (device) => mosquittoDevice(herald, device),
};
const payloads = {
  text: Buffer.from('{"power":"on","name":"灯"}'),
  'bytes with NUL': Buffer.from([0, 1, 0, 255, 0]),
  '262,144 bytes': randomBytes(262_144),
};

for (const [i, [kind, connect]] of Object.entries(kinds).entries()) {
  for (const [what, payload] of Object.entries(payloads)) {
    for (const qos of [0, 1]) {
      test(`${kind} receives ${what} at QoS ${qos}`, async (t) => {
        const device = await connect(devices[i]);
        t.after(() => device.end());
        await herald.publish([devices[i]], payload, { Qos: qos });
        const [message] = await device.inbox.first();
        assert.equal(message.topic, topicOf(devices[i], 'get'));
        assert.equal(message.qos, qos, 'QoS');
        assert.ok(message.payload.equals(payload), 'payload');
      });
    }
  }
}

// The largest payload in the costliest spelling: each byte of Base64 is a slash, three in a URL.
const largest = Buffer.alloc(262_144, 0xff);
const callers = {
  'pop-core, GET': (parameters) => popCore(herald).request('BatchPub', parameters),
  'pop-core, POST': (parameters) =>
    popCore(herald, { method: 'POST' }).request('BatchPub', parameters),
  'iot20180120': async (parameters) => {
    const request = sdkRequest('BatchPub', {
      iotInstanceId: parameters.IotInstanceId,
      productKey: parameters.ProductKey,
      topicShortName: parameters.TopicShortName,
      messageContent: parameters.MessageContent,
      deviceName: [parameters['DeviceName.1']],
    });
    const { body } = await iotClient(herald).batchPub(request);
    return { Success: body.success, Code: body.code };
  },
};
for (const [caller, publish] of Object.entries(callers)) {
  test(`${caller} publishes 262,144 bytes`, async (t) => {
    const [device] = await connectAll(herald, devices.slice(10, 11));
    t.after(() => device.end());
    const body = await publish(herald.batch([device.device], largest));
    assert.equal(body.Success, true, body.Code);
    const [message] = await device.inbox.first();
    assert.ok(message.payload.equals(largest));
  });
}

for (const qos of [0, 1]) {
  test(`100 devices receive one message at QoS ${qos}, each once`, async (t) => {
    const all = await connectAll(herald, devices);
    t.after(() => Promise.all(all.map((device) => device.end())));
    await herald.publish(devices, 'to all', { Qos: qos });
    await herald.publish(devices, 'the end', { Qos: qos });
    await Promise.all(all.map((device) => device.inbox.has('the end')));
    for (const { inbox } of all) assert.deepEqual(inbox.texts, ['to all', 'the end']);
  });
}

test('each device receives under its own topic', async (t) => {
  const all = await connectAll(herald, devices.slice(20, 23));
  t.after(() => Promise.all(all.map((device) => device.end())));
  await herald.publish(all.map(({ device }) => device), 'hello');
  for (const { inbox, device } of all) {
    assert.equal((await inbox.first())[0].topic, topicOf(device, 'get'));
  }
});

test('TopicTemplateName wins over TopicShortName', async (t) => {
  const device = await MqttDevice.connect(herald, devices[30]);
  t.after(() => device.end());
  await device.listen('get');
  await device.listen('both');
  await herald.publish([devices[30]], 'hello',
    { TopicShortName: 'get', TopicTemplateName: `/${productKey}/\${deviceName}/user/both` });
  assert.equal((await device.inbox.first())[0].topic, topicOf(devices[30], 'both'));
});

test('a category with a wildcard covers the topics below it', async (t) => {
  const device = await MqttDevice.connect(herald, devices[31]);
  t.after(() => device.end());
  await device.listen('any/+');
  await herald.publish([devices[31]], 'hello', { TopicShortName: 'any/lamp' });
  assert.equal((await device.inbox.first())[0].topic, topicOf(devices[31], 'any/lamp'));
});

for (const [publisher, subscriber] of [[0, 1], [1, 0]]) {
  test(`QoS ${publisher} arrives as such under a subscription of QoS ${subscriber}`, async (t) => {
    const device = await MqttDevice.connect(herald, devices[32]);
    t.after(() => device.end());
    await device.subscribe(topicOf(devices[32], 'get'), subscriber);
    await herald.publish([devices[32]], 'hello', { Qos: publisher });
    assert.equal((await device.inbox.first())[0].qos, publisher);
  });
}

test('without Qos a message is sent at QoS 0', async (t) => {
  const [device] = await connectAll(herald, devices.slice(33, 34));
  t.after(() => device.end());
  await herald.publish([devices[33]], 'hello');
  assert.equal((await device.inbox.first())[0].qos, 0);
});

test('messages of one caller arrive in order', async (t) => {
  const [device] = await connectAll(herald, devices.slice(34, 35));
  t.after(() => device.end());
  const texts = Array.from({ length: 20 }, (_, i) => `message ${i}`);
  for (const text of texts) await herald.publish([devices[34]], text, { Qos: 1 });
  await device.inbox.first(texts.length);
  assert.deepEqual(device.inbox.texts, texts);
});

test('the answer has a MessageId of decimal digits', async () => {
  assert.match(await herald.publish([devices[40]], 'hello', { Qos: 1 }), /^[0-9]{10,19}$/);
});

test('the receipts of QoS 1 become acked for all devices', async (t) => {
  const all = await connectAll(herald, devices);
  t.after(() => Promise.all(all.map((device) => device.end())));
  const id = await herald.publish(devices, 'hello', { Qos: 1 });
  await eventually('all 100 are acked',
    async () => (await herald.receipts(id)).Totals.acked === devices.length);
});

test('receipts come in the order of the call', async () => {
  const { Receipts } = await herald.receipts(await herald.publish(devices, 'hello'));
  assert.deepEqual(Receipts.Receipt.map(({ DeviceName }) => DeviceName),
    devices.map(({ deviceName }) => deviceName));
});

test('the receipt of QoS 0 is sent', async (t) => {
  const [device] = await connectAll(herald, devices.slice(41, 42));
  t.after(() => device.end());
  const id = await herald.publish([devices[41]], 'hello');
  await device.inbox.first();
  assert.equal((await herald.receipts(id)).Totals.sent, 1);
});

test('receipts are found by the RequestId of the call', async () => {
  const published = await herald.must('BatchPub', herald.batch([devices[42]], 'hello', { Qos: 1 }));
  const found = await herald.must('QueryMessageReceipts', { RequestId: published.RequestId });
  assert.equal(found.Data.MessageId, published.MessageId);
});
