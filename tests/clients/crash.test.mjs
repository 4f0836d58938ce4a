// What was answered with Success: true survives the end of the process: design.md, section 7.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { call, connectAll, get, Inbox, MqttDevice, signedTarget, within } from './clients.mjs';
import { Herald } from './herald.mjs';

const callers = 6;
const callsBeforeTheEnd = 120;

const herald = await Herald.start();
after(() => herald.stop());

const productKey = await herald.createProduct();
const devices = await herald.registerDevices(productKey, 20);
const inboxes = devices.map(() => new Inbox());

// All sessions are kept: what follows depends on none of the devices subscribing again.
for (const device of await connectAll(herald, devices)) await device.end();

const connectSome = (some) => Promise.all(some.map(async (device) =>
  MqttDevice.connect(herald, device, { inbox: inboxes[devices.indexOf(device)] })));

// Publishes until the server is gone; what was promised comes to `promised`.
async function publishUntilTheEnd(name, promised, reached) {
  for (let i = 0; ; ++i) {
    const text = `${name}, message ${i}`;
    const target = signedTarget(herald, 'BatchPub', herald.batch(devices, text, { Qos: 1 }));
    const answer = await get(herald, target).catch(() => undefined);
    if (!answer) return;
    assert.equal(answer.body.Success, true, answer.text);
    promised.push({ text, target });
    if (promised.length >= callsBeforeTheEnd) reached();
  }
}

// One crash in the middle of the load; answers what had been promised by then.
async function crash(round, online) {
  const connected = await connectSome(online);
  const promised = [];
  let reached;
  const enough = new Promise((resolve) => { reached = resolve; });
  const load = Array.from({ length: callers }, (_, i) =>
    publishUntilTheEnd(`round ${round}, caller ${i}`, promised, reached));
  await within('the load', Promise.race([enough, Promise.all(load)]));
  await herald.kill();
  await Promise.all(load);
  await Promise.all(connected.map((device) => device.end(true)));
  return promised;
}

for (const round of [1, 2, 3]) {
  test(`round ${round}: killed under load`, async (t) => {
    // Other devices are away each time.
    const promised = await crash(round, devices.filter((_, i) => i % 3 !== round % 3));
    await herald.serve();
    const connected = await connectSome(devices);
    t.after(() => Promise.all(connected.map((device) => device.end())));

    await t.test('all kept sessions are there', () => {
      for (const { connack } of connected) assert.equal(connack.sessionPresent, true);
    });

    await t.test('every device receives all that was promised', async () => {
      for (const { inbox, device } of connected) {
        await inbox.until(`${device.deviceName} has all of ${promised.length}`, () => {
          const received = new Set(inbox.texts);
          return promised.every(({ text }) => received.has(text));
        });
      }
    });

    await t.test('a request of before is not taken again', async () => {
      const { body } = await get(herald, promised.at(-1).target);
      assert.equal(body.Code, 'SignatureNonceUsed');
    });
  });
}

test('what came twice came with DUP', () => {
  for (const { messages } of inboxes) {
    const seen = new Set();
    for (const { payload, dup } of messages) {
      const text = payload.toString();
      assert.ok(dup || !seen.has(text), `"${text}" came again without DUP`);
      seen.add(text);
    }
  }
});

test('messages of one caller came in order', () => {
  for (const { messages } of inboxes) {
    const last = new Map();
    for (const { payload, dup } of messages) {
      const [, caller, number] = /^(.*), message (\d+)$/.exec(payload.toString());
      if (!dup) assert.ok(Number(number) > (last.get(caller) ?? -1), payload.toString());
      last.set(caller, Math.max(Number(number), last.get(caller) ?? -1));
    }
  }
});

test('acknowledged messages do not come again after an orderly restart', async () => {
  const [device] = await connectSome(devices.slice(0, 1));
  await herald.publish([device.device], 'once', { Qos: 1 });
  await device.inbox.has('once');
  await device.end();
  await herald.shutDown();
  await herald.serve();
  const [again] = await connectSome(devices.slice(0, 1));
  await herald.publish([again.device], 'the end', { Qos: 1 });
  await again.inbox.has('the end');
  await again.end();
  assert.equal(again.inbox.texts.filter((text) => text === 'once').length, 1);
});

test('what waits for an offline device survives an orderly restart', async () => {
  await herald.publish(devices.slice(1, 2), 'kept', { Qos: 1 });
  await herald.shutDown();
  await herald.serve();
  const [device] = await connectSome(devices.slice(1, 2));
  await device.inbox.has('kept');
  await device.end();
});

test('a device that was deleted stays deleted after a crash', async () => {
  const [device] = devices.slice(-1);
  await herald.must('DeleteDevice', { IotId: device.iotId });
  await herald.kill();
  await herald.serve();
  const { body } = await call(herald, 'GetDeviceStatus',
    { IotInstanceId: herald.instance, IotId: device.iotId });
  assert.equal(body.Code, 'iot.device.NotExistedDevice');
});
