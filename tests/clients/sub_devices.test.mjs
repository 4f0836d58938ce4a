// Sub-devices on the connection of their gateway: there, away, slow, answering nonsense, and moved
// from one gateway to another. Gateways on the SDKs are in gateways.test.mjs.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { call, MqttDevice, topicOf } from './clients.mjs';
import { belong, createGateways, Gateway, namesOf, signed } from './gateways.mjs';
import { eventually, Herald } from './herald.mjs';
import { createLamps } from './things.mjs';

// As often as the tests like.
const herald = await Herald.start({
  'quota.BatchAddThingTopo': 'unlimited',
});
after(() => herald.stop());

const gateways = await createGateways(herald);
const lamps = await createLamps(herald);
let named = 0;
const newGateway = () => herald.registerDevice(gateways, `gateway_${++named}`);
const newLamps = (count) => Promise.all(Array.from({ length: count },
  () => herald.registerDevice(lamps, `lamp_${++named}`)));
async function connect(t, device, options) {
  const gateway = await Gateway.connect(herald, device, options);
  t.after(() => gateway.end());
  return gateway;
}
// A gateway with so many lamps that are signed in.
async function hall(t, count, options) {
  const device = await newGateway();
  const its = await newLamps(count);
  for (let from = 0; from < count; from += 10) {
    await belong(herald, device, its.slice(from, from + 10));
  }
  const gateway = await connect(t, device);
  for (let from = 0; from < count; from += 50) {
    await gateway.bring(its.slice(from, from + 50), options);
  }
  return { device, gateway, its };
}

const of = ({ productKey, deviceName }, more = {}) => ({
  IotInstanceId: herald.instance, ProductKey: productKey, DeviceName: deviceName, ...more });
const refusal = async (action, parameters) => {
  const { body } = await call(herald, action, parameters);
  assert.equal(body.Success, false, JSON.stringify(body));
  return body.Code;
};
const sys = ({ productKey, deviceName }, rest) => `/sys/${productKey}/${deviceName}/${rest}`;
const texts = (messages) => messages.map(({ payload }) => payload.toString());
const stateOf = async (message, { deviceName }) => {
  const { Receipts } = await herald.receipts(message);
  return Receipts.Receipt.find((each) => each.DeviceName === deviceName).State;
};
const numbers = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => String(from + i));

// --- Messages.

// More than the connection takes without acknowledgement.
test('a batch reaches all sub-devices of a gateway, each once', async (t) => {
  const { gateway, its } = await hall(t, 100);
  const quick = await herald.publish(its, 'quick', { Qos: 0 });
  const sure = await herald.publish(its, 'sure', { Qos: 1 });
  await eventually('all have it', async () => {
    const { Receipts } = await herald.receipts(sure);
    return Receipts.Receipt.every(({ State }) => State === 'acked');
  });
  for (const lamp of its) assert.deepEqual(texts(gateway.messagesOf(lamp)), ['quick', 'sure']);
  assert.equal(await stateOf(quick, its[0]), 'sent');
});

for (const [how, end] of Object.entries({
  'is lost': (first) => first.end(),
  'is taken over': () => {},
  'ends in order': (first) => first.end(false),
})) {
  test(`nothing is lost when the connection of a gateway ${how}`, async (t) => {
    const { device, gateway, its } = await hall(t, 3, { cleanSession: false });
    gateway.mute();
    const messages = [];
    for (const number of numbers(1, 12)) messages.push(await herald.publish(its, number, { Qos: 1 }));
    for (const lamp of its) {
      await gateway.inbox.until('the window is full', () => gateway.messagesOf(lamp).length >= 8);
      assert.deepEqual(texts(gateway.messagesOf(lamp)), numbers(1, 8));
    }
    assert.equal(await stateOf(messages[0], its[0]), 'inflight');
    assert.equal(await stateOf(messages[11], its[2]), 'queued');
    await end(gateway);

    const next = await connect(t, device);
    await gateway.mqtt.closed;
    for (const lamp of its) await herald.reaches(lamp, 'OFFLINE');
    messages.push(await herald.publish(its, '13', { Qos: 1 }));
    // What is subscribed is kept.
    const deviceList = its.map((lamp) => signed(lamp, false));
    assert.equal(await next.ask('batch_login', { deviceList }), 200);
    await eventually('all have all', async () => {
      const states = await Promise.all(messages.flatMap((message) =>
        its.map((lamp) => stateOf(message, lamp))));
      return states.every((state) => state === 'acked');
    });
    for (const lamp of its) {
      const all = next.messagesOf(lamp);
      assert.deepEqual(texts(all), numbers(1, 13));
      assert.deepEqual(all.map(({ dup }) => dup), all.map((_, i) => i < 8));
    }
  });
}

test('what a sub-device has not acknowledged comes again at its next login', async (t) => {
  const { gateway, its: [lamp, other] } = await hall(t, 2, { cleanSession: false });
  gateway.mute();
  const message = await herald.publish([lamp, other], 'again', { Qos: 1 });
  await gateway.inbox.until('both',
    () => [lamp, other].every((each) => gateway.messagesOf(each).length === 1));
  assert.equal(await gateway.ask('logout', namesOf(lamp)), 200);
  await herald.reaches(lamp, 'OFFLINE');
  assert.equal(await stateOf(message, lamp), 'queued');
  assert.equal(await gateway.ask('login', signed(lamp, false)), 200);
  await gateway.inbox.until('again', () => gateway.messagesOf(lamp).length === 2);
  const [first, second] = gateway.messagesOf(lamp);
  assert.deepEqual([first.dup, second.dup], [false, true]);
  assert.equal(gateway.messagesOf(other).length, 1);
});

test('with a clean session nothing waits', async (t) => {
  const { gateway, its: [lamp] } = await hall(t, 1);
  assert.equal(await gateway.ask('logout', namesOf(lamp)), 200);
  await herald.reaches(lamp, 'OFFLINE');
  const message = await herald.publish([lamp], 'nobody', { Qos: 1 });
  await eventually('it is dropped', async () => (await stateOf(message, lamp)) === 'dropped');
});

// --- Whose it is.

test('a sub-device that is moved is the new gateway\'s alone', async (t) => {
  const { device, gateway, its: [lamp, stays] } = await hall(t, 2, { cleanSession: false });
  const roof = await newGateway();
  await belong(herald, roof, [lamp]);
  await gateway.error(6401);
  await gateway.hears(device, 'topo/change');
  await herald.reaches(lamp, 'OFFLINE');
  assert.equal(await gateway.ask('login', signed(lamp, false)), 6401);
  await herald.publish([lamp, stays], 'moved', { Qos: 1 });
  await gateway.inbox.until('the other', () => gateway.messagesOf(stays).length === 1);

  const next = await connect(t, roof);
  assert.equal(await next.ask('login', signed(lamp, false)), 200);
  await next.inbox.until('moved', () => next.messagesOf(lamp).length === 1);
  assert.deepEqual(texts(gateway.messagesOf(lamp)), []);
  // Neither may the first speak for it any more.
  await gateway.mqtt.publish(sys(lamp, 'thing/event/property/post'),
    '{"id":"1","params":{"Level":7}}', 0);
  await gateway.inbox.until('two refusals', (all) => all.filter(({ topic, payload }) =>
    topic.startsWith('/ext/error/') && JSON.parse(payload).code === 6401).length >= 2);
  assert.deepEqual(await gateway.mqtt.subscribe(topicOf(lamp, 'get')), [128]);
});

test('another gateway cannot have it', async (t) => {
  const { gateway, its: [lamp] } = await hall(t, 1);
  const roof = await connect(t, await newGateway());
  assert.equal(await roof.ask('login', signed(lamp)), 6401);
  assert.equal(await roof.ask('login', { ...signed(lamp), sign: '00' }), 6287);
  assert.equal(await roof.askThing('topo/delete', [namesOf(lamp)]), 6401);
  assert.equal(await roof.askThing('topo/add', [{ ...signed(lamp), sign: '00' }]), 401);
  assert.equal(await roof.askThing('topo/add', [{ ...signed(lamp), deviceName: 'no' }]), 6100);
  assert.equal(await roof.ask('logout', namesOf(lamp)), 520);
  await herald.publish([lamp], 'still here', { Qos: 0 });
  await gateway.inbox.has('still here');
});

test('a device that connects by itself leaves its gateway\'s connection', async (t) => {
  const { gateway, its: [lamp] } = await hall(t, 1, { cleanSession: false });
  const direct = await MqttDevice.connect(herald, lamp);
  t.after(() => direct.end(true));
  await gateway.error(427);
  await herald.publish([lamp], 'direct', { Qos: 1 });  // What it subscribed there it has here.
  await direct.inbox.has('direct');
  assert.equal(await gateway.ask('login', signed(lamp, false)), 200);
  await direct.closed;
  await herald.publish([lamp], 'by way of the gateway', { Qos: 1 });
  await gateway.inbox.has('by way of the gateway');
  assert.ok(!texts(gateway.inbox.messages).includes('direct'));
});

test('disabled, enabled and deleted devices are told of', async (t) => {
  const { device, gateway, its: [lamp, other] } = await hall(t, 2);
  await herald.must('DisableThing', of(lamp));
  await gateway.error(522);
  await gateway.hears(lamp, 'disable');
  assert.equal(await gateway.ask('login', signed(lamp)), 522);
  await herald.must('EnableThing', of(lamp));
  await gateway.hears(lamp, 'enable');
  assert.equal(await gateway.ask('login', signed(lamp)), 200);
  await herald.must('ResetThing', of(lamp));
  await gateway.error(6401);
  assert.equal(await gateway.ask('login', signed(lamp)), 6401);
  await herald.must('DeleteDevice', of(other));
  await gateway.error(521);
  await gateway.hears(other, 'delete');
  assert.equal(await gateway.ask('login', signed(other)), 6100);
  const changes = () => gateway.inbox.messages
    .filter(({ topic }) => topic === sys(device, 'thing/topo/change'))
    .map(({ payload }) => JSON.parse(payload).params.status);
  await gateway.inbox.until('all changes', () => changes().length >= 4);
  assert.deepEqual(changes(), [8, 2, 1, 1]);
});

test('with its gateway disabled a sub-device is away', async (t) => {
  const { device, gateway, its: [lamp] } = await hall(t, 1);
  await herald.must('DisableThing', of(device));
  await gateway.mqtt.closed;
  await herald.reaches(lamp, 'OFFLINE');
});

// --- Things.

// Answers what sub-devices are asked by RRPC with what `answer(request)` gives, if anything.
function onRequest({ mqtt }, lamp, answer) {
  const topic = new RegExp(`^${sys(lamp, 'rrpc/request/(\\d+)$')}`);
  mqtt.client.on('message', (at, payload) => {
    const [, id] = at.match(topic) ?? [];
    const text = id && answer(JSON.parse(payload));
    if (text !== undefined) mqtt.publish(sys(lamp, `rrpc/response/${id}`), text, 0);
  });
}

test('properties of a sub-device that is away wait, and what is wanted is there', async (t) => {
  const { gateway, its: [lamp] } = await hall(t, 1, { cleanSession: false });
  await gateway.mqtt.subscribe(sys(lamp, 'thing/service/property/set'));
  assert.equal(await gateway.ask('logout', namesOf(lamp)), 200);
  await herald.reaches(lamp, 'OFFLINE');
  const set = of(lamp, { Items: '{"Level":5}' });
  assert.equal(await refusal('SetDeviceProperty', set), 'iot.device.OfflineDevice');
  await herald.must('SetDeviceProperty', { ...set, Qos: 1 });
  await herald.must('SetDeviceDesiredProperty', of(lamp, { Items: '{"Power":1}', Versions: '{}' }));
  assert.equal(await gateway.ask('login', signed(lamp, false)), 200);
  await gateway.hears(lamp, 'service/property/set');
  await gateway.mqtt.publish(sys(lamp, 'thing/property/desired/get'),
    '{"id":"7","params":["Power","Level"]}');
  await gateway.hears(lamp, 'property/desired/get_reply');
  const { payload } = gateway.inbox.messages.find(({ topic }) => topic.endsWith('desired/get_reply'));
  assert.deepEqual(JSON.parse(payload).data, { Power: { value: 1, version: 1 } });
});

test('a sub-device answers RRPC, is too slow, answers nonsense', async (t) => {
  const { gateway, its: [quick, slow, odd] } = await hall(t, 3);
  onRequest(gateway, quick, ({ id, params }) =>
    JSON.stringify({ id, code: 200, data: { From: params.To } }));
  onRequest(gateway, slow, () => undefined);
  onRequest(gateway, odd, () => 'nonsense');
  const dim = (lamp) => of(lamp, { Identifier: 'Dim', Args: '{"To":1}' });
  const { Data } = await herald.must('InvokeThingService', dim(quick));
  assert.deepEqual(JSON.parse(Data.Result).data, { From: 1 });
  assert.equal((await herald.must('InvokeThingService', dim(odd))).Data.Result, 'nonsense');
  assert.equal(await refusal('InvokeThingService', dim(slow)), 'iot.messagebroker.TIMEOUT');
  const ask = async (lamp) => (await herald.must('RRpc', of(lamp,
    { RequestBase64Byte: Buffer.from('{"params":{"To":2}}').toString('base64'), Timeout: 1000 })))
    .RrpcCode;
  assert.equal(await ask(quick), 'SUCCESS');
  assert.equal(await ask(slow), 'TIMEOUT');
  assert.equal(await gateway.ask('logout', namesOf(quick)), 200);
  await herald.reaches(quick, 'OFFLINE');
  assert.equal(await ask(quick), 'OFFLINE');
});

test('reports, clock and shadow are the sub-device\'s own', async (t) => {
  const { gateway, its: [lamp] } = await hall(t, 1);
  await gateway.mqtt.publish(sys(lamp, 'thing/event/property/post'),
    '{"id":"1","params":{"Level":7}}');
  await gateway.hears(lamp, 'event/property/post_reply');
  await eventually('the report is kept', async () => {
    const { Data } = await herald.must('QueryDevicePropertyStatus', of(lamp));
    const all = Data.List.PropertyStatusInfo;
    return all.find(({ Identifier }) => Identifier === 'Level').Value === '7';
  });
  const path = `${lamp.productKey}/${lamp.deviceName}`;
  await gateway.mqtt.publish(`/ext/ntp/${path}/request`, '{"deviceSendTime":"100"}', 0);
  await gateway.inbox.until('the time', (all) => all.some(({ topic }) => topic === `/ext/ntp/${path}/response`));
  await gateway.mqtt.publish(`/shadow/update/${path}`,
    '{"method":"update","state":{"reported":{"on":1}},"version":1}');
  await gateway.inbox.until('the shadow', (all) => all.some(({ topic }) => topic === `/shadow/get/${path}`));
});

test('nonsense from a gateway has its code and harms nothing', async (t) => {
  const { device, gateway, its: [lamp] } = await hall(t, 1);
  const path = `${device.productKey}/${device.deviceName}`;
  for (const action of ['login', 'logout', 'batch_login', 'batch_logout', 'neither']) {
    for (const text of ['', '{', '[]', '{"id":{}}', '\u0000', '{"id":"1","params":[[[[]]]]}']) {
      await gateway.mqtt.publish(`/ext/session/${path}/combine/${action}`, text, 0);
    }
  }
  const many = Array.from({ length: 51 }, () => signed(lamp));
  for (const [action, params, code] of [
    ['login', [], 460], ['login', { productKey: {} }, 460], ['login', { productKey: 'a' }, 460],
    ['login', { ...signed(lamp), signMethod: 'rot13' }, 460],
    ['login', { ...signed(lamp), sign: 'no hex' }, 6287],
    ['batch_login', { deviceList: many }, 460], ['batch_login', { deviceList: {} }, 460],
    ['batch_logout', [namesOf(lamp), { productKey: lamps, deviceName: 'no' }], 520],
    ['logout', null, 460],
  ]) {
    assert.equal(await gateway.ask(action, params), code, `${action} ${JSON.stringify(params)}`);
  }
  for (const params of [null, {}, [], [1], [{}], 'x', Array(31).fill(signed(lamp))]) {
    assert.equal(await gateway.askThing('topo/add', params), 460, JSON.stringify(params));
  }
  await herald.publish([lamp], 'unharmed', { Qos: 1 });
  await gateway.inbox.has('unharmed');
});
