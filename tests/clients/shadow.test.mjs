// Device shadows, between applications and devices on the official SDKs.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { call, Inbox, MqttDevice, sdkCalls, sdkDevice } from './clients.mjs';
import { Herald } from './herald.mjs';

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

const of = (device) => ({
  IotInstanceId: herald.instance, ProductKey: productKey, DeviceName: device.deviceName,
});
const wish = (device, desired, version = 0, more = {}) => ({
  ...of(device),
  ShadowMessage: JSON.stringify({ method: 'update', state: { desired }, version }),
  ...more,
});
const shadowOf = async (device) =>
  JSON.parse((await herald.must('GetDeviceShadow', of(device))).ShadowMessage);

// A device on an SDK, with what its onShadow hears.
async function shadowDevice(t, device, older) {
  const made = await sdkDevice(herald, device, { older });
  t.after(() => made.end());
  const heard = new Inbox();
  made.sdk.onShadow((message) => heard.add(message));
  const next = async () => {
    const [message] = await heard.first(1);
    heard.messages.length = 0;
    return message;
  };
  return { sdk: made.sdk, next };
}

for (const older of [false, true]) {
  const which = older ? 'the older SDK' : 'the newer SDK';

  test(`a device on ${which} reports, asks and deletes`, async (t) => {
    const device = await newDevice();
    const { sdk, next } = await shadowDevice(t, device, older);
    sdk.getShadow();
    const empty = await next();
    assert.deepEqual(empty.payload, { status: 'success', state: {}, metadata: {} });
    assert.equal(empty.version, 0);

    sdk.postShadow({ color: 'red', list: [1, 2] });
    const { method, payload } = await next();
    assert.equal(method, 'reply');
    assert.equal(payload.status, 'success');
    assert.ok(Math.abs(payload.version - Date.now()) < 60_000);
    const document = await shadowOf(device);
    assert.deepEqual(document.state, { reported: { color: 'red', list: [1, 2] } });
    assert.equal(document.version, payload.version);
    assert.ok(Math.abs(document.metadata.reported.color.timestamp - Date.now() / 1_000) < 60);

    sdk.deleteShadow('color');
    assert.equal((await next()).payload.status, 'success');
    assert.deepEqual((await shadowOf(device)).state, { reported: { list: [1, 2] } });
    sdk.deleteShadow();
    assert.equal((await next()).payload.status, 'success');
    assert.deepEqual((await shadowOf(device)).state, {});
  });

  for (const [name, callBy] of Object.entries(sdkCalls)) {
    test(`${name} tells a device on ${which} what is wanted`, async (t) => {
      const device = await newDevice();
      const { sdk, next } = await shadowDevice(t, device, older);
      const update = async (parameters) => {
        const body = await callBy(herald, 'UpdateDeviceShadow', parameters);
        assert.equal(body.Success, true, JSON.stringify(body));
      };
      await update(wish(device, { on: 1 }, 1));
      const control = await next();
      assert.equal(control.method, 'control');
      assert.equal(control.version, 1);
      assert.deepEqual(control.payload.state, { desired: { on: 1 } });
      await update(wish(device, { color: 'red' }, 2, { DeltaUpdate: true }));
      assert.deepEqual((await next()).payload.state.desired, { on: 1, color: 'red' });
      sdk.postShadow({ on: 1 });
      await next();
      const { ShadowMessage } = await callBy(herald, 'GetDeviceShadow', of(device));
      assert.deepEqual(JSON.parse(ShadowMessage).state,
        { reported: { on: 1 }, desired: { on: 1, color: 'red' } });
    });
  }
}

test('a device that was away asks when it is back', async (t) => {
  const device = await newDevice();
  await (await (await MqttDevice.connect(herald, device)).listen()).end();
  await herald.reaches(device, 'OFFLINE');
  await herald.must('UpdateDeviceShadow', wish(device, { on: 1 }));
  const made = await connect(t, device);
  const get = `/shadow/update/${productKey}/${device.deviceName}`;
  await made.publish(get, '{"method":"get"}');
  const [first] = await made.inbox.first();
  assert.equal(first.topic, `/shadow/get/${productKey}/${device.deviceName}`);
  assert.deepEqual(JSON.parse(first.payload).payload.state, { desired: { on: 1 } });
});

test('what a device says wrong is answered by number, and changes nothing', async (t) => {
  const device = await newDevice();
  const made = await connect(t, device);
  const said = [];
  const say = async (message) => {
    said.push(message);
    const text = typeof message === 'string' ? message : JSON.stringify(message);
    await made.publish(`/shadow/update/${productKey}/${device.deviceName}`, text);
    const all = await made.inbox.first(said.length);
    const { payload } = JSON.parse(all.at(-1).payload);
    return payload.content?.errorcode;
  };
  const state = { reported: { on: 1 } };
  assert.equal(await say({ method: 'update', state, version: 5 }), undefined);
  assert.equal(await say('\0garbage'), '400');
  assert.equal(await say({ state }), '401');
  assert.equal(await say({ method: 'update', version: 6 }), '402');
  assert.equal(await say({ method: 'update', state, version: 'six' }), '403');
  assert.equal(await say({ method: 'update', state: {}, version: 6 }), '404');
  assert.equal(await say({ method: 'update', state: { reported: {} }, version: 6 }), '405');
  assert.equal(await say({ method: 'erase' }), '406');
  assert.equal(await say(''), '407');
  const many = Object.fromEntries(Array.from({ length: 129 }, (_, i) => [`a${i}`, i]));
  assert.equal(await say({ method: 'update', state: { reported: many }, version: 6 }), '408');
  assert.equal(await say({ method: 'update', state, version: 5 }), '409');
  const document = await shadowOf(device);
  assert.deepEqual([document.state, document.version], [state, 5]);
});

test('the shadow of another device is not touched', async (t) => {
  const [device, stranger] = [await newDevice(), await newDevice()];
  await herald.must('UpdateDeviceShadow', wish(device, { on: 1 }));
  const made = await connect(t, stranger);
  await made.publish(`/shadow/update/${productKey}/${device.deviceName}`,
    JSON.stringify({ method: 'update', state: { desired: 'null' }, version: 9 }));
  assert.deepEqual((await shadowOf(device)).state, { desired: { on: 1 } });
});

test('after kill -9 it is there, and not after its device was deleted', async (t) => {
  const device = await newDevice();
  const made = await connect(t, device);
  await made.publish(`/shadow/update/${productKey}/${device.deviceName}`,
    JSON.stringify({ method: 'update', state: { reported: { on: 1 } }, version: 7 }));
  await herald.must('UpdateDeviceShadow', wish(device, { on: 2 }, 8));
  const before = await shadowOf(device);
  await herald.kill();
  await herald.serve();
  assert.deepEqual(await shadowOf(device), before);
  await herald.must('DeleteDevice', { IotId: device.iotId });
  const again = await herald.registerDevice(productKey, device.deviceName);
  assert.deepEqual((await shadowOf(again)).state, {});
  await herald.kill();
  await herald.serve();
  assert.deepEqual((await shadowOf(again)).state, {});
});

test('what is refused', async () => {
  const device = await newDevice();
  await herald.must('UpdateDeviceShadow', wish(device, { on: 1 }, 5));
  const code = async (ShadowMessage) =>
    (await call(herald, 'UpdateDeviceShadow', { ...of(device), ShadowMessage })).body.Code;
  assert.equal(await code(''), 'iot.messagebroker.NullShadowMessage');
  assert.equal(await code('on'), 'iot.messagebroker.ShadowMessageIsNotJson');
  assert.equal(await code(wish(device, { on: 2 }, 5).ShadowMessage),
    'iot.messagebroker.InvalidVersionValueInShadowMessage');
  assert.equal(await code(wish(device, {}, 6).ShadowMessage), 'iot.messagebroker.NoneElementInDesire');
  const { body } = await call(herald, 'GetDeviceShadow', { ...of(device), DeviceName: 'nobody' });
  assert.equal(body.Code, 'iot.device.NotExistedDevice');
});
