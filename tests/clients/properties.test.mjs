// What devices report of their properties and events, and how owners see it.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { sdkCalls, sdkDevice, within } from './clients.mjs';
import { eventually, Herald } from './herald.mjs';
import { createLamps, Lamp } from './things.mjs';

const herald = await Herald.start();
after(() => herald.stop());

const productKey = await createLamps(herald);
let named = 0;
const newDevice = (key = productKey) => herald.registerDevice(key, `lamp_${++named}`);

async function connect(t, device, options) {
  const lamp = await Lamp.connect(herald, device, options);
  t.after(() => lamp.end());
  return lamp;
}

const of = (device) => ({ IotInstanceId: herald.instance, IotId: device.iotId });
const range = (more = {}) =>
  ({ StartTime: Date.now() - 3_600_000, EndTime: Date.now() + 60_000, PageSize: 10, Asc: 1, ...more });
const status = async (device) => {
  const { Data } = await herald.must('QueryDevicePropertyStatus', of(device));
  return Object.fromEntries(Data.List.PropertyStatusInfo
    .filter(({ Value }) => Value !== undefined).map(({ Identifier, Value }) => [Identifier, Value]));
};
const history = async (device, Identifier, more) => {
  const parameters = { ...of(device), Identifier, ...range(more) };
  return (await herald.must('QueryDevicePropertyData', parameters)).Data;
};
const values = (data) => data.List.PropertyInfo.map(({ Value }) => Value);
const original = async (device, Identifier) => {
  const parameters = { ...of(device), Identifier, ...range() };
  return (await herald.must('QueryDeviceOriginalPropertyData', parameters)).Data;
};

// --- The official device SDKs.

for (const older of [false, true]) {
  test(`the ${older ? 'older' : 'newer'} SDK reports properties, events and tags`, async (t) => {
    const device = await newDevice();
    const made = await sdkDevice(herald, device, { older });
    t.after(() => made.end());
    const reply = (call) => within('the reply', new Promise(call));
    const posted = await reply((done) => made.sdk.postProps({ Power: 1, Warmth: 36.6 }, done));
    assert.equal(posted.code, 200);
    assert.deepEqual(posted.data, {});
    assert.equal(posted.message, 'success');
    const event = await reply((done) => made.sdk.postEvent('Broken', { Part: 'bulb' }, done));
    assert.equal(event.code, 200);
    const tags = [{ attrKey: 'room', attrValue: 'hall' }, { attrKey: 'floor', attrValue: '3' }];
    assert.equal((await reply((done) => made.sdk.postTags(tags, done))).code, 200);
    assert.equal((await reply((done) => made.sdk.deleteTags(['floor'], done))).code, 200);

    await eventually('the report is kept', async () => (await status(device)).Power === '1');
    assert.deepEqual(await status(device), { Power: '1', Warmth: '36.6' });
    const { Data } = await herald.must('QueryDeviceEventData', { ...of(device), ...range() });
    const [info] = Data.List.EventInfo;
    assert.equal(info.Identifier, 'Broken');
    assert.equal(info.EventType, 'error');
    assert.deepEqual(JSON.parse(info.OutputData), { Part: 'bulb' });
    const { Props } = await herald.must('QueryDeviceProp', of(device));
    assert.deepEqual(JSON.parse(Props), { room: 'hall' });
  });
}

// --- The official cloud SDKs.

for (const [name, callBy] of Object.entries(sdkCalls)) {
  test(`${name} pages through what a property was`, async (t) => {
    const device = await newDevice();
    const lamp = await connect(t, device);
    const now = Date.now();
    const series = [1, 2, 3, 4, 5].map((value, i) => ({ value, time: now - 5_000 + i * 1_000 }));
    assert.equal((await lamp.post('event/property/batch/post',
      { properties: { Level: series } })).code, 200);
    const ask = (more) => callBy(herald, 'QueryDevicePropertyData', {
      ...of(device), Identifier: 'Level', ...range({ PageSize: 2, ...more }) });
    const first = await ask({});
    assert.deepEqual(values(first.Data), ['1', '2']);
    assert.equal(first.Data.NextValid, true);
    const second = await ask({ StartTime: first.Data.NextTime });
    assert.deepEqual(values(second.Data), ['3', '4']);
    const last = await ask({ StartTime: second.Data.NextTime });
    assert.deepEqual(values(last.Data), ['5']);
    assert.equal(last.Data.NextValid, false);
    assert.deepEqual(values((await ask({ Asc: 0 })).Data), ['5', '4']);

    const several = await callBy(herald, 'QueryDevicePropertiesData', {
      ...of(device), Identifier: ['Level', 'Power'],
      PageSize: 10, Asc: 0, StartTime: Date.now() + 60_000, EndTime: now - 60_000 });
    assert.equal(several.Success, true, JSON.stringify(several));
    const [level, power] = several.PropertyDataInfos.PropertyDataInfo;
    assert.equal(level.List.PropertyInfo.length, 5);
    assert.equal(level.List.PropertyInfo[0].Time, series[4].time);
    assert.equal(power.Identifier, 'Power');
  });
}

// --- What does not fit.

test('what does not fit the model is answered with success and original data alone', async (t) => {
  const device = await newDevice();
  const lamp = await connect(t, device);
  const reply = await lamp.post('event/property/post', { Power: 'on', Level: 7, Nonsense: [1] });
  assert.equal(reply.code, 200);
  assert.deepEqual(await status(device), { Level: '7' });
  assert.deepEqual(values(await original(device, 'Power')), ['on']);
  assert.deepEqual(values(await original(device, 'Nonsense')), ['[1]']);
  const { Data } = await herald.must('QueryDeviceOriginalPropertyStatus',
    { ...of(device), PageSize: 50, Asc: 1 });
  assert.deepEqual(Data.List.PropertyStatusDataInfo.map(({ Identifier }) => Identifier).sort(),
    ['Level', 'Nonsense', 'Power']);
});

test('a product that does not check has original data alone', async (t) => {
  const unchecked = await createLamps(herald, { ValidateType: 2 });
  const device = await newDevice(unchecked);
  const lamp = await connect(t, device);
  assert.equal((await lamp.post('event/property/post', { Power: 'whatever' })).code, 200);
  assert.deepEqual(await status(device), {});
  assert.deepEqual(values(await original(device, 'Power')), ['whatever']);
});

// --- Anything that devices can send.

const many = Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`P${i}`, i]));
const garbage = [
  ['', 6207], ['{', 6207], ['{"id":"1"', 6207], ['\u0000', 6207], ['[]', 460], ['"text"', 460],
  ['null', 460], ['{}', 460], ['{"params":null}', 460], ['{"params":[]}', 460],
  ['{"params":{}}', 460], ['{"params":7}', 460],
  [JSON.stringify({ params: many }), 6106],
  ['{"params":{"Power":{"value":1,"time":"soon"}}}', 6326],
  [`{"params":{"Power":{"value":1,"time":${Date.now() + 90_000_000}}}}`, 6326],
  ['['.repeat(10_000), 6207],
];
test('malformed reports have their codes and harm nothing', async (t) => {
  const device = await newDevice();
  const lamp = await connect(t, device);
  for (const [text, code] of garbage) {
    const reply = await lamp.say('event/property/post', text);
    assert.equal(reply.code, code, text.slice(0, 100));
    assert.equal(typeof reply.id, 'string');
    assert.deepEqual(reply.data, {});
  }
  assert.deepEqual(await status(device), {});
  for (const [rest, params, code] of [
    ['event/property/history/post', {}, 460],
    ['event/property/history/post', [{ identity: { productKey, deviceName: 'other' } }], 6401],
    ['event/property/pack/post', { subDevices: [{}] }, 6401],
    ['event/Broken/post', 'text', 460],
    ['deviceinfo/update', [{ attrKey: '1', attrValue: 'x' }], 460],
    ['deviceinfo/delete', {}, 460],
    ['property/desired/get', {}, 460],
    ['property/desired/delete', [], 460],
  ]) {
    assert.equal((await lamp.post(rest, params)).code, code, rest);
  }
  assert.equal((await lamp.post('event/property/post', { Power: 1 }, { id: 42 })).id, '42');
  assert.deepEqual(await status(device), { Power: '1' });
});

test('a device that asks for no reply hears none', async (t) => {
  const device = await newDevice();
  const lamp = await connect(t, device);
  const before = { value: 1, time: Date.now() - 1_000 };  // One value is kept of a millisecond.
  await lamp.mqtt.publish(lamp.topic('event/property/post'),
    JSON.stringify({ id: '1', sys: { ack: 0 }, params: { Level: before } }));
  assert.equal((await lamp.post('event/property/post', { Level: 2 }, { id: 'second' })).id, 'second');
  assert.equal(lamp.inbox.messages.length, 1);
  assert.deepEqual(values(await history(device, 'Level')), ['1', '2']);
});

// --- Restarts and deletions.

test('what QoS 1 had acknowledged survives the end of the process', async (t) => {
  const device = await newDevice();
  const lamp = await connect(t, device);
  await lamp.post('event/property/post', { Label: 'before' });
  await herald.kill();
  await herald.serve();
  assert.deepEqual(await status(device), { Label: 'before' });
});

test('a device of the same name inherits nothing', async (t) => {
  const device = await newDevice();
  const lamp = await connect(t, device);
  await lamp.post('event/property/post', { Label: 'mine' });
  await herald.must('DeleteDevice', { IotId: device.iotId });
  const again = await herald.registerDevice(productKey, device.deviceName);
  assert.deepEqual(await status(again), {});
  assert.deepEqual(values(await history(again, 'Label')), []);
});

test('a device fetches its thing model', async (t) => {
  const lamp = await connect(t, await newDevice());
  const { code, data } = await lamp.post('dsltemplate/get', {});
  assert.equal(code, 200);
  assert.equal(data.profile.productKey, productKey);
  assert.ok(data.services.some(({ identifier }) => identifier === 'set'));
});
