// CancelMessage, and messages that end by themselves.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import {
  call, genericCall, iotClient, MqttDevice, popCore, sdkRequest, topicOf, within,
} from './clients.mjs';
import { eventually, Herald } from './herald.mjs';

const herald = await Herald.start({ 'quota.CancelMessage': 'unlimited' });
after(() => herald.stop());

const productKey = await herald.createProduct();
let named = 0;
const newDevice = () => herald.registerDevice(productKey, `device_${++named}`);

// A device that has subscribed in a kept session and is away now.
async function awayDevice() {
  const device = await newDevice();
  await (await (await MqttDevice.connect(herald, device)).listen()).end();
  await herald.reaches(device, 'OFFLINE');
  return device;
}

async function connect(t, device, options) {
  const made = await MqttDevice.connect(herald, device, options);
  t.after(() => made.end(true));
  return made;
}

const cancel = async (parameters) => (await herald.must('CancelMessage', parameters)).Data;
const states = async (id) => (await herald.receipts(id)).Receipts.Receipt.map(({ State }) => State);

test('by pop-core and MessageId', async () => {
  const device = await awayDevice();
  const { MessageId } = await popCore(herald)
    .request('BatchPub', herald.batch([device], 'unwanted', { Qos: 1 }));
  const { Data } = await popCore(herald).request('CancelMessage', { MessageId });
  assert.deepEqual({ ...Data }, { MessageId, Cancelled: 1, InFlight: 0, Ended: 0 });
  assert.deepEqual(await states(MessageId), ['cancelled']);
});

test('by the typed SDK and the RequestId that it shows', async () => {
  const device = await awayDevice();
  const { body } = await iotClient(herald).batchPub(sdkRequest('BatchPub', {
    iotInstanceId: herald.instance,
    productKey,
    deviceName: [device.deviceName],
    topicShortName: 'get',
    messageContent: Buffer.from('unwanted').toString('base64'),
    qos: 1,
  }));
  const { Data } = await genericCall(herald, 'CancelMessage', { RequestId: body.requestId });
  assert.equal(Data.Cancelled, 1);
  assert.deepEqual(await states(Data.MessageId), ['cancelled']);
});

test('what is cancelled never arrives, what was published after it does', async (t) => {
  const device = await awayDevice();
  const id = await herald.publish([device], 'unwanted', { Qos: 1 });
  await herald.publish([device], 'wanted', { Qos: 1 });
  await cancel({ MessageId: id });
  const { inbox } = await connect(t, device);
  await inbox.has('wanted');
  assert.deepEqual(inbox.texts, ['wanted']);
});

test('some of the recipients', async () => {
  const devices = [await awayDevice(), await awayDevice(), await awayDevice()];
  const id = await herald.publish(devices, 'unwanted', { Qos: 1 });
  const named = { 'DeviceName.1': devices[2].deviceName, 'DeviceName.2': devices[0].deviceName };
  assert.equal((await cancel({ MessageId: id, ...named })).Cancelled, 2);
  assert.deepEqual(await states(id), ['cancelled', 'queued', 'cancelled']);
});

test('what is with the device is not called back', async (t) => {
  const device = await newDevice();
  const silent = await (await connect(t, device)).listen();
  silent.client.handleMessage = () => {};  // Never done: no PUBACK is sent.
  const seen = new Promise((resolve) => { silent.client.on('packetreceive', resolve); });
  const [away, stranger] = [await awayDevice(), await newDevice()];
  const id = await herald.publish([device, away, stranger], 'on its way', { Qos: 1 });
  await within('it was sent', seen);
  assert.deepEqual(await cancel({ MessageId: id }),
    { MessageId: id, Cancelled: 1, InFlight: 1, Ended: 1 });
  assert.deepEqual(await states(id), ['inflight', 'cancelled', 'dropped']);
});

test('after kill -9 what was cancelled does not come back', async (t) => {
  const devices = [await awayDevice(), await awayDevice()];
  const id = await herald.publish(devices, 'unwanted', { Qos: 1 });
  await cancel({ MessageId: id, 'DeviceName.1': devices[0].deviceName });
  await herald.kill();
  await herald.serve();
  assert.deepEqual(await states(id), ['cancelled', 'queued']);
  await herald.publish(devices, 'wanted', { Qos: 1 });
  const inboxes = [];
  for (const device of devices) inboxes.push((await connect(t, device)).inbox);
  for (const inbox of inboxes) await inbox.has('wanted');
  assert.deepEqual(inboxes.map(({ texts }) => texts), [['wanted'], ['unwanted', 'wanted']]);
});

test('an unknown message is refused', async () => {
  const { body } = await call(herald, 'CancelMessage', { MessageId: '1' });
  assert.equal(body.Code, 'iot.messagebroker.NotExistedMessage');
});

// --- Messages that end by themselves.

const publishes = {
  BatchPub: async (device, more) => herald.publish([device], 'short-lived', { Qos: 1, ...more }),
  Pub: async (device, more) => (await herald.must('Pub', {
    ProductKey: productKey,
    TopicFullName: topicOf(device, 'get'),
    MessageContent: Buffer.from('short-lived').toString('base64'),
    Qos: 1,
    ...more,
  })).MessageId,
};

for (const [operation, publish] of Object.entries(publishes)) {
  test(`${operation}: past its MessageExpiryInterval a message has expired`, async (t) => {
    const device = await awayDevice();
    const id = await publish(device, { MessageExpiryInterval: 1 });
    const early = await herald.receipts(id);
    // Unless a slow machine asks too late for that.
    if (Date.now() < Date.parse(early.UtcDeadline)) {
      assert.equal(early.Receipts.Receipt[0].State, 'queued');
    }
    await eventually('it expires', async () => (await states(id))[0] === 'expired');
    const { UtcDeadline, Receipts } = await herald.receipts(id);
    assert.equal(Receipts.Receipt[0].Time, UtcDeadline);
    await herald.publish([device], 'wanted', { Qos: 1 });
    const { inbox } = await connect(t, device);
    await inbox.has('wanted');
    assert.deepEqual(inbox.texts, ['wanted']);
    await eventually('it is final', async () => (await herald.receipts(id)).Totals.expired === 1);
  });

  test(`${operation}: MQTT 5 devices are told what is left`, async (t) => {
    const device = await newDevice();
    const before = await connect(t, device,
      { protocolVersion: 5, properties: { sessionExpiryInterval: 3_600 } });
    await before.listen();
    await before.end();
    await herald.reaches(device, 'OFFLINE');
    const id = await publish(device, { MessageExpiryInterval: 600 });
    const { UtcDeadline } = await herald.receipts(id);
    await eventually('a second has passed', async () =>
      Date.parse(UtcDeadline) - Date.now() < 599_000);
    const { inbox } = await connect(t, device,
      { protocolVersion: 5, properties: { sessionExpiryInterval: 3_600 } });
    const [{ properties }] = await inbox.first();
    assert.ok(properties.messageExpiryInterval <= 599, properties.messageExpiryInterval);
    assert.ok(properties.messageExpiryInterval > 500, properties.messageExpiryInterval);
  });

  test(`${operation}: seven days are the longest`, async () => {
    const id = await publish(await newDevice(), { MessageExpiryInterval: 4_294_967_295 });
    const { UtcCreate, UtcDeadline } = await herald.receipts(id);
    assert.equal(Date.parse(UtcDeadline) - Date.parse(UtcCreate), 7 * 24 * 3_600_000);
  });
}
