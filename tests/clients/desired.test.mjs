// What owners want properties to be, until the device has made it so.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { call, genericCall, sdkCalls } from './clients.mjs';
import { Herald } from './herald.mjs';
import { createLamps, Lamp } from './things.mjs';

const herald = await Herald.start();
after(() => herald.stop());

const productKey = await createLamps(herald);
let named = 0;
const newDevice = () => herald.registerDevice(productKey, `lamp_${++named}`);
async function connect(t, device) {
  const lamp = await Lamp.connect(herald, device);
  t.after(() => lamp.end());
  return lamp;
}
const of = (device, more = {}) =>
  ({ IotInstanceId: herald.instance, IotId: device.iotId, ...more });
const wanted = async (device) => {
  const { Data } = await herald.must('QueryDeviceDesiredProperty', of(device));
  return Object.fromEntries(Data.List.DesiredPropertyInfo
    .map(({ Identifier, Value, Version }) => [Identifier, [Value, Version]]));
};

for (const [name, callBy] of Object.entries(sdkCalls)) {
  test(`${name} wants, sees and a device fulfils`, async (t) => {
    const device = await newDevice();
    const set = (Items, Versions) =>
      callBy(herald, 'SetDeviceDesiredProperty', of(device, { Items, Versions }));
    const first = await set('{"Power":1,"Label":"hall"}', '{}');
    assert.equal(first.Success, true, JSON.stringify(first));
    assert.deepEqual(JSON.parse(first.Data.Versions), { Power: 1, Label: 1 });
    assert.equal((await set('{"Power":0}', '{"Power":7}')).Success, false);
    assert.deepEqual(await wanted(device), { Power: ['1', 1], Label: ['hall', 1] });

    const lamp = await connect(t, device);  // It was away, so it asks.
    const { data } = await lamp.post('property/desired/get', ['Power', 'Label', 'Level']);
    assert.deepEqual(data, { Power: { value: 1, version: 1 }, Label: { value: 'hall', version: 1 } });

    const second = await set('{"Power":0}', '{"Power":1}');
    assert.deepEqual(JSON.parse(second.Data.Versions), { Power: 2 });
    assert.match(second.Data.MessageId, /^\d+$/);
    await lamp.inbox.until('the push', (all) =>
      all.some(({ topic }) => topic === lamp.topic('service/property/set')));

    const done = await lamp.post('property/desired/delete', { Power: { version: 1 }, Label: {} });
    assert.equal(done.code, 200);
    assert.deepEqual(await wanted(device), { Power: ['0', 2], Label: [undefined, 1] });
    await lamp.post('property/desired/delete', { Power: { version: 2 } });
    assert.deepEqual((await lamp.post('property/desired/get', ['Power', 'Label'])).data, {});
  });
}

test('values are cleared by null and by ClearDeviceDesiredProperty', async () => {
  const device = await newDevice();
  await herald.must('SetDeviceDesiredProperty',
    of(device, { Items: '{"Power":1,"Level":5}', Versions: '{}' }));
  await herald.must('SetDeviceDesiredProperty', of(device, { Items: '{"Power":null}', Versions: '{}' }));
  const { Data } = await genericCall(herald, 'ClearDeviceDesiredProperty',
    of(device, { 'Identifies.1': 'Level' }));
  assert.deepEqual(JSON.parse(Data.Versions), { Level: 2 });
  assert.deepEqual(await wanted(device), { Power: [undefined, 2], Level: [undefined, 2] });
});

test('only writable properties that fit can be wanted', async () => {
  const device = await newDevice();
  for (const [Items, Versions, code] of [
    ['{"Temperature":1.5}', '{}', 'iot.device.CanNotSetReadOnlyProperty'],
    ['{"None":1}', '{}', 'iot.prod.QueryPropertyNotFound'],
    ['{"Power":"on"}', '{}', 'iot.device.SetDevicePropertyFailed'],
    ['x', '{}', 'iot.check.InvalidFormattedParameter'],
    ['{"Power":1}', 'x', 'iot.check.InvalidFormattedParameter'],
    ['{"Power":1}', '{"Power":3}', 'iot.device.SetDevicePropertyFailed'],
  ]) {
    const { body } = await call(herald, 'SetDeviceDesiredProperty', of(device, { Items, Versions }));
    assert.equal(body.Code, code, Items);
  }
  assert.deepEqual(await wanted(device), {});
});

test('what is wanted survives the end of the process', async () => {
  const device = await newDevice();
  await herald.must('SetDeviceDesiredProperty', of(device, { Items: '{"Power":1}', Versions: '{}' }));
  await herald.kill();
  await herald.serve();
  assert.deepEqual(await wanted(device), { Power: ['1', 1] });
});
