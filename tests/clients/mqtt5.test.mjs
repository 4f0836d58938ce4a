// MQTT 5.0 as a device sees it, on MQTT.js.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { credentials, MqttDevice, topicOf, within } from './clients.mjs';
import { eventually, Herald } from './herald.mjs';

const herald = await Herald.start();
after(() => herald.stop());

const productKey = await herald.createProduct();
await herald.createTopic(productKey, 'both', 'ALL');
let named = 0;
const newDevice = () => herald.registerDevice(productKey, `device_${++named}`);

async function connect(t, device, { properties, ...options } = {}) {
  const made = await MqttDevice.connect(herald, device, { protocolVersion: 5, properties, ...options });
  t.after(() => made.end(true));
  return made;
}

// --- CONNACK.

test('CONNACK says what is offered', async (t) => {
  const { connack } = await connect(t, await newDevice());
  const { properties } = connack;
  assert.equal(properties.maximumQoS, 1);
  assert.equal(properties.subscriptionIdentifiersAvailable, false);
  assert.equal(properties.maximumPacketSize, 262_144);
  assert.equal(properties.topicAliasMaximum, 20);
  assert.equal(properties.receiveMaximum, 100);
  assert.notEqual(properties.retainAvailable, false);
  assert.notEqual(properties.sharedSubscriptionAvailable, false);
});

test('a keep-alive that is too long is replaced by the server', async (t) => {
  const { connack } = await connect(t, await newDevice(), { keepalive: 5_000 });
  assert.equal(connack.properties.serverKeepAlive, 1_200);
});

test('a wrong password is answered with 0x86 and why', async () => {
  const device = await newDevice();
  const wrong = { ...credentials(device), password: '00'.repeat(32), protocolVersion: 5 };
  await assert.rejects(MqttDevice.connect(herald, device, wrong), { code: 0x86 });
});

test('enhanced authentication is refused with 0x8C', async () => {
  const properties = { authenticationMethod: 'SCRAM-SHA-1', authenticationData: Buffer.from('x') };
  const options = { protocolVersion: 5, properties };
  await assert.rejects(MqttDevice.connect(herald, await newDevice(), options), { code: 0x8c });
});

// --- What applications send along.

test('BatchPub carries all MQTT 5.0 parameters', async (t) => {
  const device = await newDevice();
  const made = await (await connect(t, device)).listen();
  await herald.publish([device], 'with properties', {
    Qos: 1,
    'UserProp.1.Key': 'color', 'UserProp.1.Value': 'red',
    'UserProp.2.Key': 'shape', 'UserProp.2.Value': 'round',
    ResponseTopicTemplateName: `/${productKey}/\${deviceName}/user/update`,
    CorrelationData: Buffer.from('call 7').toString('base64'),
    ContentType: 'text/plain',
    PayloadFormatIndicator: 1,
    MessageExpiryInterval: 600,
  });
  const [{ properties }] = await made.inbox.first();
  assert.deepEqual({ ...properties.userProperties }, { color: 'red', shape: 'round' });
  assert.equal(properties.responseTopic, topicOf(device, 'update'));
  assert.equal(properties.correlationData.toString(), 'call 7');
  assert.equal(properties.contentType, 'text/plain');
  assert.equal(properties.payloadFormatIndicator, true);
  assert.ok(properties.messageExpiryInterval > 590 && properties.messageExpiryInterval <= 600);
});

test('a device on 3.1.1 receives the same message without them', async (t) => {
  const device = await newDevice();
  const made = await (await connect(t, device, { protocolVersion: 4 })).listen();
  await herald.publish([device], 'plain', { Qos: 1, 'UserProp.1.Key': 'a', 'UserProp.1.Value': 'b' });
  const [{ payload, properties }] = await made.inbox.first();
  assert.equal(payload.toString(), 'plain');
  assert.equal(properties, undefined);
});

test('a device that takes topic aliases is sent its topic once', async (t) => {
  const device = await newDevice();
  const made = await connect(t, device, { properties: { topicAliasMaximum: 5 } });
  const sent = [];
  made.client.on('packetreceive', (packet) => { if (packet.cmd === 'publish') sent.push(packet); });
  await made.listen();
  await herald.publish([device], 'first', { Qos: 1 });
  await herald.publish([device], 'second', { Qos: 1 });
  await made.inbox.first(2);
  assert.deepEqual(made.inbox.messages.map(({ payload }) => payload.toString()), ['first', 'second']);
  assert.equal(sent[1].properties.topicAlias, sent[0].properties.topicAlias);
  assert.ok(sent[1].length < sent[0].length);
});

test('a message above the Maximum Packet Size of the device is dropped and its receipt says so', async (t) => {
  const device = await newDevice();
  const made = await connect(t, device, { properties: { maximumPacketSize: 1_000 } });
  await made.listen();
  const id = await herald.publish([device], 'x'.repeat(2_000), { Qos: 1 });
  await herald.publish([device], 'small', { Qos: 1 });
  await made.inbox.has('small');
  await eventually('the receipt says too_large', async () => {
    const [{ State, Reason }] = (await herald.receipts(id)).Receipts.Receipt;
    return State === 'dropped' && Reason === 'too_large';
  });
});

test('Receive Maximum bounds what is in flight', async (t) => {
  const device = await newDevice();
  const made = await connect(t, device, { properties: { receiveMaximum: 2 } });
  const held = [];
  made.client.handleMessage = (packet, done) => { held.push(done); };  // No PUBACK until then.
  await made.listen();
  const ids = [];
  for (let i = 0; i < 5; ++i) ids.push(await herald.publish([device], `message ${i}`, { Qos: 1 }));
  const states = async () => Promise.all(ids.map(
    async (id) => (await herald.receipts(id)).Receipts.Receipt[0].State));
  await eventually('two are in flight', async () => held.length > 0 &&
    (await states()).filter((state) => state === 'inflight').length === 2);
  assert.deepEqual(await states(), ['inflight', 'inflight', 'queued', 'queued', 'queued']);
  made.client.handleMessage = (packet, done) => done();
  while (held.length > 0) held.shift()();
  await eventually('all are acknowledged',
    async () => (await states()).every((state) => state === 'acked'));
});

// --- Sessions.

test('a session outlives its connection for its Session Expiry Interval', async (t) => {
  const device = await newDevice();
  const properties = { sessionExpiryInterval: 3_600 };
  const before = await connect(t, device, { clean: true, properties });
  await before.listen();
  await before.end();
  await herald.reaches(device, 'OFFLINE');
  await herald.publish([device], 'kept', { Qos: 1 });
  const { connack, inbox } = await connect(t, device, { clean: false, properties });
  assert.equal(connack.sessionPresent, true);
  await inbox.has('kept');
});

test('without an interval the session ends with its connection', async (t) => {
  const device = await newDevice();
  const before = await connect(t, device, { clean: false });
  await before.listen();
  await before.end();
  await herald.reaches(device, 'OFFLINE');
  const { connack } = await connect(t, device, { clean: false });
  assert.equal(connack.sessionPresent, false);
});

test('a session ends when its interval is over', async (t) => {
  const device = await newDevice();
  const before = await connect(t, device, { properties: { sessionExpiryInterval: 1 } });
  await before.listen();
  await before.end();
  await herald.reaches(device, 'OFFLINE');
  const id = await herald.publish([device], 'too late', { Qos: 1 });
  await eventually('the message is dropped', async () => {
    const [{ Reason }] = (await herald.receipts(id)).Receipts.Receipt;
    return Reason === 'session_ended' || Reason === 'not_subscribed';
  });
  const { connack } = await connect(t, device, { clean: false });
  assert.equal(connack.sessionPresent, false);
});

test('DISCONNECT can end a session that was to be kept', async (t) => {
  const device = await newDevice();
  const before = await connect(t, device, { properties: { sessionExpiryInterval: 3_600 } });
  await before.listen();
  await before.client.endAsync(false, { properties: { sessionExpiryInterval: 0 } });
  await herald.reaches(device, 'OFFLINE');
  const { connack } = await connect(t, device, { clean: false });
  assert.equal(connack.sessionPresent, false);
});

test('a session with an interval survives kill -9 of the server', async (t) => {
  const device = await newDevice();
  const properties = { sessionExpiryInterval: 3_600 };
  const before = await connect(t, device, { properties });
  await before.listen();
  await herald.kill();
  await herald.serve();
  herald.ended = false;
  await herald.publish([device], 'after the crash', { Qos: 1 });
  const { connack, inbox } = await connect(t, device, { clean: false, properties });
  assert.equal(connack.sessionPresent, true);
  await inbox.has('after the crash');
});

test('the connection that is taken over is told 0x8E', async (t) => {
  const device = await newDevice();
  const first = await connect(t, device);
  await connect(t, device);
  await within('the first connection ends', first.closed);
  assert.equal(first.disconnect.reasonCode, 0x8e);
});

test('a device that is deleted is told 0x98', async (t) => {
  const device = await newDevice();
  const made = await connect(t, device);
  await herald.must('DeleteDevice', { IotId: device.iotId });
  await within('the connection ends', made.closed);
  assert.equal(made.disconnect.reasonCode, 0x98);
});

// --- Topics.

test('a filter of another device is refused with 0x87', async (t) => {
  const made = await connect(t, await newDevice());
  const other = await newDevice();
  assert.deepEqual(await made.subscribe(topicOf(other, 'get')), [0x87]);
});

test('a PUBLISH that is not permitted is answered with 0x87', async (t) => {
  const device = await newDevice();
  const made = await connect(t, device);
  await assert.rejects(made.publish(topicOf(device, 'get'), 'not mine to publish'), { code: 0x87 });
});

test('an ALL category returns to the device what it publishes, with its properties', async (t) => {
  const device = await newDevice();
  const made = await (await connect(t, device)).listen('both');
  const properties = { userProperties: { a: 'b' }, contentType: 'text/plain' };
  await made.publish(topicOf(device, 'both'), 'echo', 1, { properties });
  const [{ payload, properties: received }] = await made.inbox.first();
  assert.equal(payload.toString(), 'echo');
  assert.deepEqual({ ...received.userProperties }, { a: 'b' });
  assert.equal(received.contentType, 'text/plain');
});

test('No Local keeps what a device publishes from itself', async (t) => {
  const device = await newDevice();
  const made = await connect(t, device);
  await made.subscribe(topicOf(device, 'both'), 1, { nl: true });
  await made.publish(topicOf(device, 'both'), 'mine');
  await herald.publish([device], 'theirs', { TopicShortName: 'both', Qos: 1 });
  await made.inbox.has('theirs');
  assert.deepEqual(made.inbox.texts, ['theirs']);
});

test('a retained message is sent to whoever subscribes later, marked as such', async (t) => {
  const device = await newDevice();
  const made = await connect(t, device);
  await made.publish(topicOf(device, 'both'), 'state', 1, { retain: true });
  await made.listen('both');
  const [{ payload, retain }] = await made.inbox.first();
  assert.equal(payload.toString(), 'state');
  assert.equal(retain, true);
});

test('a will is published when the connection ends without DISCONNECT', async (t) => {
  const device = await newDevice();
  const watcher = await connect(t, await newDevice());
  const topic = `/broadcast/${productKey}/wills`;
  assert.ok((await watcher.subscribe(topic))[0] <= 1);
  const will = { topic, payload: Buffer.from('gone'), qos: 0, retain: false };
  const made = await connect(t, device, { will });
  await made.end(true);
  await watcher.inbox.has('gone');
});

test('a broadcast topic reaches each device of the product once, a share group once', async (t) => {
  const topic = `/broadcast/${productKey}/news`;
  const plain = await connect(t, await newDevice());
  const members = [await connect(t, await newDevice()), await connect(t, await newDevice())];
  assert.ok((await plain.subscribe(topic))[0] <= 1);
  for (const member of members) assert.ok((await member.subscribe(`$share/group/${topic}`))[0] <= 1);
  const publisher = await connect(t, await newDevice());
  await publisher.publish(topic, 'hello', 1);
  await plain.inbox.has('hello');
  await eventually('one of the group has it',
    () => members.reduce((sum, { inbox }) => sum + inbox.messages.length, 0) === 1);
});

test('a client id without its extension is answered with 0x85', async () => {
  const wrong = { protocolVersion: 5, clientId: 'lamp' };
  await assert.rejects(MqttDevice.connect(herald, await newDevice(), wrong), { code: 0x85 });
});

test('a subscription of QoS 2 is granted QoS 1', async (t) => {
  const device = await newDevice();
  const made = await connect(t, device);
  assert.deepEqual(await made.subscribe(topicOf(device, 'get'), 2), [1]);
});

test('QoS 2 is answered with 0x9B', async (t) => {
  const device = await newDevice();
  const made = await connect(t, device);
  made.client.publish(topicOf(device, 'update'), 'twice', { qos: 2 }, () => {});
  await within('the connection ends', made.closed);
  assert.equal(made.disconnect.reasonCode, 0x9b);
});
