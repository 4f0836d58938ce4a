// RRpc and AsyncRRpc: applications ask one device and wait for its answer, or do not.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { call, credentials, MqttDevice, sdkCalls, sdkDevice, topicOf, within } from './clients.mjs';
import { eventually, Herald } from './herald.mjs';

const herald = await Herald.start();
after(() => herald.stop());

const productKey = await herald.createProduct();
let named = 0;
const newDevice = () => herald.registerDevice(productKey, `device_${++named}`);

async function connect(t, device, options) {
  const made = await MqttDevice.connect(herald, device, options);
  t.after(() => made.end(true));
  return made;
}
const withExt = (device) =>
  ({ clientId: credentials(device).clientId.replace(/\|$/, ',ext=1|') });

const base64 = (text) => Buffer.from(text).toString('base64');
const request = (device, text, more = {}) => ({
  IotInstanceId: herald.instance,
  ProductKey: productKey,
  DeviceName: device.deviceName,
  RequestBase64Byte: base64(text),
  Timeout: 5_000,
  ...more,
});
const ask = (device, text, more) => herald.must('RRpc', request(device, text, more));
const answerOf = ({ PayloadBase64Byte }) => Buffer.from(PayloadBase64Byte, 'base64').toString();

const requestTopic = (device) =>
  new RegExp(`^/sys/${productKey}/${device.deviceName}/rrpc/request/(\\d+)$`);
const responseTopic = (device, id) =>
  `/sys/${productKey}/${device.deviceName}/rrpc/response/${id}`;

// Has a device on MQTT.js do something with each request: act(id, text).
function onRequest({ client, device }, act) {
  client.on('message', (topic, payload) => {
    const [, id] = topic.match(requestTopic(device)) ?? [];
    if (id) act(id, payload.toString());
  });
}

// --- Who answers.

for (const [name, callBy] of Object.entries(sdkCalls)) {
  for (const older of [false, true]) {
    test(`${name} asks a device on the ${older ? 'older' : 'newer'} SDK`, async (t) => {
      const device = await newDevice();
      const made = await sdkDevice(herald, device, { older });
      t.after(() => made.end());
      made.sdk.on('message', (topic, payload) => {
        const [, id] = topic.match(requestTopic(device)) ?? [];
        if (id) made.sdk.publish(responseTopic(device, id), `answer to ${payload}`);
      });
      const body = await callBy(herald, 'RRpc', request(device, 'question'));
      assert.equal(body.RrpcCode, 'SUCCESS');
      assert.equal(body.Success, true);
      assert.equal(answerOf(body), 'answer to question');
      assert.ok(body.MessageId > 1e15, body.MessageId);
    });
  }
}

test('a synchronous service of the SDK is a request, too', async (t) => {
  const device = await newDevice();
  const made = await sdkDevice(herald, device);
  t.after(() => made.end());
  made.sdk.onService('switch', ({ params }, reply) => {
    reply({ code: 200, data: { was: params.on } }, 'sync');
  });
  const body = await ask(device, JSON.stringify(
    { id: '1', version: '1.0', method: 'thing.service.switch', params: { on: 1 } }));
  assert.deepEqual(JSON.parse(answerOf(body)).data, { was: 1 });
});

test('many at once are told apart', async (t) => {
  const device = await newDevice();
  const made = await connect(t, device);
  const asked = [];
  onRequest(made, (id, text) => {
    asked.unshift([id, text]);
    if (asked.length < 20) return;
    for (const [each, said] of asked) made.publish(responseTopic(device, each), said, 0);
  });
  const texts = Array.from({ length: 20 }, (_, i) => `question ${i}`);
  const bodies = await Promise.all(texts.map((text) => ask(device, text)));
  assert.deepEqual(bodies.map(answerOf), texts);
});

test('any bytes are an answer', async (t) => {
  const device = await newDevice();
  const made = await connect(t, device);
  const garbage = Buffer.from([0, 255, 254, 10, 0, 123]);
  onRequest(made, (id) => made.publish(responseTopic(device, id), garbage, 1));
  const body = await ask(device, 'question');
  assert.equal(body.PayloadBase64Byte, garbage.toString('base64'));
});

// --- Who does not.

test('a device that never connected, or went away, is OFFLINE', async () => {
  const device = await newDevice();
  const { RrpcCode, PayloadBase64Byte } = await ask(device, 'question');
  assert.equal(RrpcCode, 'OFFLINE');
  assert.equal(PayloadBase64Byte, undefined);
  await (await MqttDevice.connect(herald, device)).end();
  await herald.reaches(device, 'OFFLINE');
  assert.equal((await ask(device, 'question')).RrpcCode, 'OFFLINE');
  const later = await MqttDevice.connect(herald, device);
  await later.listen();
  assert.deepEqual(later.inbox.messages, [], 'nobody waits for it any more');
  await later.end();
});

test('a device that does not answer is a TIMEOUT, and late answers are of no effect', async (t) => {
  const device = await newDevice();
  const made = await connect(t, device);
  const began = Date.now();
  const { RrpcCode } = await ask(device, 'question', { Timeout: 1_000 });
  assert.equal(RrpcCode, 'TIMEOUT');
  assert.ok(Date.now() - began >= 1_000);
  const [{ topic }] = await made.inbox.first();
  const [, id] = topic.match(requestTopic(device));
  await made.publish(responseTopic(device, id), 'late', 1);
  await eventually('it is counted', async () =>
    new Map(await herald.metrics()).get('herald_rrpc_unmatched_total') >= 1);
});

test('a connection that ends meanwhile is HALFCONN', async (t) => {
  const device = await newDevice();
  const made = await connect(t, device);
  onRequest(made, () => made.client.stream.destroy());
  assert.equal((await ask(device, 'question', { Timeout: 1_000 })).RrpcCode, 'HALFCONN');
});

test('a device that comes back may answer', async (t) => {
  const device = await newDevice();
  const made = await connect(t, device);
  onRequest(made, async (id) => {
    await made.end(true);
    const again = await connect(t, device);
    await again.publish(responseTopic(device, id), 'here again', 1);
  });
  assert.equal(answerOf(await ask(device, 'question')), 'here again');
});

test('the answer of another device is none', async (t) => {
  const [device, stranger] = [await newDevice(), await newDevice()];
  const [made, other] = [await connect(t, device), await connect(t, stranger)];
  onRequest(made, async (id) => {
    await other.publish(responseTopic(stranger, id), 'mine', 1);
    await other.publish(responseTopic(device, id), 'yours', 1);
    await other.publish(`/ext/rrpc/${id}/any`, 'ours', 1);
    await made.publish(responseTopic(device, `${id}0`), 'wrong', 1);
    await made.publish(responseTopic(device, id), 'right', 1);
  });
  assert.equal(answerOf(await ask(device, 'question')), 'right');
});

test('a device that is deleted meanwhile does not answer', async (t) => {
  const device = await newDevice();
  const made = await connect(t, device);
  let deleted;
  onRequest(made, () => { deleted = herald.must('DeleteDevice', { IotId: device.iotId }); });
  assert.equal((await ask(device, 'question', { Timeout: 1_000 })).RrpcCode, 'HALFCONN');
  await deleted;
});

// --- Topics of the caller's own.

test('a device with ext=1 is asked under the topic of the call', async (t) => {
  const device = await newDevice();
  const made = await connect(t, device, withExt(device));
  const Topic = topicOf(device, 'get');
  made.client.on('message', (topic, payload) => made.publish(topic, `${payload} ${topic}`, 0));
  const body = await ask(device, 'asked under', { Topic });
  assert.match(answerOf(body), new RegExp(`^asked under /ext/rrpc/\\d+${Topic}$`));
});

test('one without is not asked, unless it has subscribed', async (t) => {
  const device = await newDevice();
  const made = await connect(t, device);
  const Topic = topicOf(device, 'get');
  made.client.on('message', (topic, payload) => made.publish(topic, payload, 0));
  assert.equal((await ask(device, 'question', { Topic })).RrpcCode, 'UNKNOWN');
  assert.ok((await made.subscribe(`/ext/rrpc/+${Topic}`))[0] <= 1);
  assert.equal(answerOf(await ask(device, 'question', { Topic })), 'question');
});

// --- Without waiting.

test('AsyncRRpc, which the typed SDK does not have', async (t) => {
  const device = await newDevice();
  const { RequestBase64Byte: MessageContent, Timeout, ...to } = request(device, 'news');
  const send = (more) => sdkCalls['pop-core'](herald, 'AsyncRRpc', { ...to, MessageContent, ...more });
  assert.equal((await send()).Code, 'iot.device.InactiveDevice');
  const made = await (await connect(t, device)).listen();
  assert.equal((await send()).Success, true);
  assert.equal((await send({ TopicFullName: topicOf(device, 'get') })).Success, true);
  const [first, second] = await made.inbox.first(2);
  assert.match(first.topic, requestTopic(device));
  assert.equal(second.topic, topicOf(device, 'get'));
  assert.deepEqual(made.inbox.texts, ['news', 'news']);
  await made.end();
  await herald.reaches(device, 'OFFLINE');
  assert.equal((await send()).Code, 'iot.device.OfflineDevice');
});

// --- Refusals, and the end.

test('what is refused', async () => {
  const device = await newDevice();
  const code = async (more) => (await call(herald, 'RRpc', request(device, 'x', more))).body.Code;
  assert.equal(await code({ Timeout: 999 }), 'iot.messagebroker.InvalidTimeoutValue');
  assert.equal(await code({ Timeout: 8_001 }), 'iot.messagebroker.InvalidTimeoutValue');
  assert.equal(await code({ Timeout: undefined }), 'MissingTimeout');
  assert.equal(await code({ DeviceName: 'nobody' }), 'iot.device.NotExistedDevice');
  assert.equal(await code({ RequestBase64Byte: '?' }),
    'iot.messagebroker.MessageContentIsNotBase64Encode');
  assert.equal(await code({ Topic: 'get' }), 'iot.messagebroker.InvalidFormattedTopicName');
});

test('a server that ends answers who waits', async () => {
  const other = await Herald.start();
  try {
    const key = await other.createProduct();
    const device = await other.registerDevice(key, 'device_1');
    const made = await MqttDevice.connect(other, device);
    const waiting = call(other, 'RRpc',
      { ...request(device, 'question', { Timeout: 8_000 }), IotInstanceId: other.instance, ProductKey: key });
    await made.inbox.first();
    const ended = other.shutDown();
    const { body } = await within('an answer', waiting);
    assert.equal(body.RrpcCode, 'UNKNOWN');
    await ended;
    made.client.end(true);
  } finally {
    await other.stop();
  }
});
