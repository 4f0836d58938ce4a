// Properties that owners set and services that they call: with the device there, away, slow, and
// answering nonsense.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { sdkCalls, sdkDevice } from './clients.mjs';
import { eventually, Herald } from './herald.mjs';
import { createLamps, Lamp } from './things.mjs';

const herald = await Herald.start({
  'quota.SetDevicesProperty': 'unlimited',
  'quota.InvokeThingsService': 'unlimited',
  'quota.QueryDeviceServiceData': 'unlimited' });
after(() => herald.stop());

const productKey = await createLamps(herald);
let named = 0;
const newDevice = () => herald.registerDevice(productKey, `lamp_${++named}`);
async function connect(t, device, options) {
  const lamp = await Lamp.connect(herald, device, options);
  t.after(() => lamp.end());
  return lamp;
}

const of = (device, more = {}) =>
  ({ IotInstanceId: herald.instance, IotId: device.iotId, ...more });
const refusal = async (action, parameters) => {
  const body = await sdkCalls['pop-core'](herald, action, parameters);
  assert.equal(body.Success, false, JSON.stringify(body));
  return body.Code;
};
const services = async (device) => {
  const { Data } = await herald.must('QueryDeviceServiceData', of(device, {
    StartTime: Date.now() - 3_600_000, EndTime: Date.now() + 60_000, Asc: 1 }));
  return Data.List.ServiceInfo.map(({ Identifier, InputData, OutputData }) =>
    [Identifier, InputData, OutputData]);
};

// --- The official SDKs on both sides.

for (const [name, callBy] of Object.entries(sdkCalls)) {
  for (const older of [false, true]) {
    const device = await newDevice();
    test(`${name} sets a property of the ${older ? 'older' : 'newer'} SDK`, async (t) => {
      const made = await sdkDevice(herald, device, { older });
      t.after(() => made.end());
      const heard = new Promise((resolve) => {
        if (older) made.sdk.onService('set', resolve);
        else made.sdk.onProps(resolve);
      });
      const body = await callBy(herald, 'SetDeviceProperty',
        of(device, { Items: '{"Power":1,"Warmth":20}' }));
      assert.equal(body.Success, true, JSON.stringify(body));
      assert.match(body.Data.MessageId, /^\d+$/);
      const request = await heard;
      assert.deepEqual(request.params, { Power: 1, Warmth: 20 });
      assert.equal(request.method, 'thing.service.property.set');
      assert.equal(request.version, '1.0');
      assert.match(request.id, /^\d+$/);
      assert.ok(Number(request.id) < 2 ** 31);
      const { payload } = made.inbox.messages.find(({ topic }) => topic.endsWith('/property/set'));
      assert.match(payload.toString(), /"Warmth":20\.0/);
    });

    test(`${name} calls services of the ${older ? 'older' : 'newer'} SDK`, async (t) => {
      const made = await sdkDevice(herald, device, { older });
      t.after(() => made.end());
      const base = `/sys/${productKey}/${device.deviceName}`;
      made.sdk.onService('Blink', ({ id }, reply) => {
        const answer = { id, code: 200, data: { Left: 0 } };
        if (reply) reply(answer);
        else made.sdk.publish(`${base}/thing/service/Blink_reply`, JSON.stringify(answer));
      });
      const async_ = await callBy(herald, 'InvokeThingService',
        of(device, { Identifier: 'Blink', Args: '{"Times":3}' }));
      assert.equal(async_.Success, true, JSON.stringify(async_));
      assert.match(async_.Data.MessageId, /^\d+$/);
      assert.equal(async_.Data.Result, undefined);
      await eventually('the answer is kept',
        async () => (await services(device)).some(([, , output]) => output === '{"Left":0}'));

      made.sdk.on('message', (topic, payload) => {
        const [, id] = topic.match(/\/rrpc\/request\/(\d+)$/) ?? [];
        if (!id) return;
        const request = JSON.parse(payload);
        assert.equal(request.method, 'thing.service.Dim');
        made.sdk.publish(`${base}/rrpc/response/${id}`,
          JSON.stringify({ id: request.id, code: 200, data: { From: 9 } }));
      });
      const sync = await callBy(herald, 'InvokeThingService',
        of(device, { Identifier: 'Dim', Args: '{"To":30}' }));
      assert.equal(sync.Success, true, JSON.stringify(sync));
      assert.deepEqual(JSON.parse(sync.Data.Result).data, { From: 9 });
    });
  }
}

// --- Many at once.

test('one command is for many, and receipts tell of each', async (t) => {
  const devices = await Promise.all([1, 2, 3].map(newDevice));
  const lamps = await Promise.all(devices.slice(0, 2).map((device) => connect(t, device)));
  const names = Object.fromEntries(devices.map(({ deviceName }, i) => [`DeviceName.${i + 1}`, deviceName]));
  const { MessageId } = await herald.must('SetDevicesProperty',
    { ProductKey: productKey, ...names, Items: '{"Power":1}' });
  for (const lamp of lamps) await lamp.inbox.first();
  await eventually('it was sent to those who are there', async () =>
    (await herald.receipts(MessageId)).Totals.sent === 2);
  const { Receipts } = await herald.receipts(MessageId);
  assert.deepEqual(
    Receipts.Receipt.map(({ DeviceName, State }) => [DeviceName, State]),
    devices.map(({ deviceName }, i) => [deviceName, i < 2 ? 'sent' : 'dropped']));
  await herald.must('InvokeThingsService',
    { ProductKey: productKey, ...names, Identifier: 'Blink', Args: '{"Times":1}' });
  for (const lamp of lamps) await lamp.inbox.first(2);
  assert.equal(await refusal('SetDevicesProperty', {
    IotInstanceId: herald.instance, ProductKey: productKey, Items: '{"Power":1}',
    'DeviceName.1': devices[0].deviceName, 'DeviceName.2': 'nobody' }), 'iot.device.NotExistedDevice');
});

// --- Away, slow, nonsense.

test('commands to a device that is not there say so, and QoS 1 waits', async (t) => {
  const device = await newDevice();
  const set = of(device, { Items: '{"Level":5}' });
  assert.equal(await refusal('SetDeviceProperty', set), 'iot.device.InactiveDevice');
  const before = await Lamp.connect(herald, device);
  await before.mqtt.subscribe(before.topic('service/property/set'));
  await before.end(false);
  await herald.reaches(device, 'OFFLINE');
  assert.equal(await refusal('SetDeviceProperty', set), 'iot.device.OfflineDevice');
  assert.equal(await refusal('InvokeThingService',
    of(device, { Identifier: 'Dim', Args: '{"To":1}' })), 'iot.device.OfflineDevice');
  await herald.must('SetDeviceProperty', { ...set, Qos: 1 });
  const lamp = await connect(t, device);
  const [{ payload, topic }] = await lamp.inbox.first();
  assert.equal(topic, lamp.topic('service/property/set'));
  assert.deepEqual(JSON.parse(payload).params, { Level: 5 });
  await herald.must('DisableThing', { IotId: device.iotId });
  assert.equal(await refusal('SetDeviceProperty', set), 'iot.device.DeviceIsDisable');
});

test('a device that does not answer in time has timed out', async (t) => {
  const device = await newDevice();
  await connect(t, device);
  const asked = Date.now();
  assert.equal(await refusal('InvokeThingService',
    of(device, { Identifier: 'Dim', Args: '{"To":1}' })), 'iot.messagebroker.TIMEOUT');
  assert.ok(Date.now() - asked >= 4_900);
  assert.deepEqual(await services(device), [['Dim', '{"To":1}', '']]);
});

test('nonsense from a device harms nothing', async (t) => {
  const device = await newDevice();
  const lamp = await connect(t, device);
  lamp.mqtt.client.on('message', (topic) => {
    const [, id] = topic.match(/\/rrpc\/request\/(\d+)$/) ?? [];
    if (id) lamp.mqtt.publish(`/sys/${productKey}/${device.deviceName}/rrpc/response/${id}`, 'nonsense', 0);
  });
  const { Data } = await herald.must('InvokeThingService',
    of(device, { Identifier: 'Dim', Args: '{"To":1}' }));
  assert.equal(Data.Result, 'nonsense');
  await herald.must('InvokeThingService', of(device, { Identifier: 'Blink', Args: '{"Times":1}' }));
  await lamp.inbox.until('the request', (all) => all.some(({ topic }) => topic.endsWith('/Blink')));
  for (const text of ['', '{', '[]', '{"id":"1"}', '{"id":{},"code":[]}', '{"id":"9","code":200}']) {
    await lamp.mqtt.publish(lamp.topic('service/Blink_reply'), text);
    await lamp.mqtt.publish(lamp.topic('service/property/set_reply'), text);
  }
  await eventually('the call is kept', async () => (await services(device)).length === 2);
  const blink = (await services(device)).find(([service]) => service === 'Blink');
  assert.deepEqual(blink, ['Blink', '{"Times":1}', '']);
});

test('a refusal of a device is seen with its code', async (t) => {
  const device = await newDevice();
  const lamp = await connect(t, device);
  lamp.onRequest('service/Blink', ({ id }) => ({ id, code: 460, data: {} }));
  await herald.must('InvokeThingService', of(device, { Identifier: 'Blink', Args: '{"Times":2}' }));
  await eventually('the answer is kept', async () => (await services(device))
    .some(([, , output]) => output === '{"code":460,"data":{}}'));
});

// --- What never reaches a device.

test('commands that do not fit the model are refused', async (t) => {
  const device = await newDevice();
  const lamp = await connect(t, device);
  for (const [Items, code] of [
    ['{', 'iot.check.InvalidFormattedParameter'], ['[]', 'iot.check.InvalidFormattedParameter'],
    ['{}', 'iot.device.SetDevicePropertyFailed'], ['{"Temperature":1.5}', 'iot.device.CanNotSetReadOnlyProperty'],
    ['{"None":1}', 'iot.prod.QueryPropertyNotFound'], ['{"Power":"on"}', 'iot.device.SetDevicePropertyFailed'],
  ]) {
    assert.equal(await refusal('SetDeviceProperty', of(device, { Items })), code, Items);
  }
  for (const [Identifier, Args, code] of [
    ['None', '{}', 'iot.prod.QueryProductAbilitiesNotFound'],
    ['Blink', '{}', 'iot.device.InvokeThingServiceFailed'],
    ['Blink', '{"Times":"x"}', 'iot.device.InvokeThingServiceFailed'],
    ['Blink', 'x', 'iot.check.InvalidFormattedParameter'],
  ]) {
    assert.equal(await refusal('InvokeThingService', of(device, { Identifier, Args })), code, Args);
  }
  assert.equal(lamp.inbox.messages.length, 0);
});
