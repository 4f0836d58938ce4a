// Gateways on the official SDKs, and their sub-devices. What the SDKs do not say is in
// sub_devices.test.mjs.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { after, test } from 'node:test';

import { call, Inbox, topicOf, within } from './clients.mjs';
import { createGateways, namesOf } from './gateways.mjs';
import { eventually, Herald } from './herald.mjs';
import { createLamps } from './things.mjs';

const require = createRequire(import.meta.url);
const sdks = {
  'the newer SDK': require('alibabacloud-iot-device-sdk'),
  'the older SDK': require('aliyun-iot-device-sdk'),
};

const herald = await Herald.start();
after(() => herald.stop());

const gateways = await createGateways(herald);
const lamps = await createLamps(herald);

let named = 0;
const newGateway = () => herald.registerDevice(gateways, `gateway_${++named}`);
const newLamp = () => herald.registerDevice(lamps, `lamp_${++named}`);
const of = ({ productKey, deviceName }) => ({
  IotInstanceId: herald.instance, ProductKey: productKey, DeviceName: deviceName,
});

// A gateway on an SDK: { sdk, inbox, ask }. `ask` answers the reply, which has to be a success.
async function sdkGateway(t, name) {
  const device = await newGateway();
  const { productKey, deviceName, deviceSecret } = device;
  const sdk = sdks[name].gateway({
    productKey, deviceName, deviceSecret, brokerUrl: `mqtt://${herald.mqtt}`,
  });
  t.after(() => new Promise((resolve) => { sdk.end(true, resolve); }));
  const inbox = new Inbox();
  sdk._mqttClient.on('message', (topic, payload, { qos }) => inbox.add({ topic, payload, qos }));
  await within('CONNACK', once(sdk, 'connect'));
  const reply = (method, params) => within(method, new Promise((resolve) => {
    // A sub-device of the older SDK tries for ever to connect by itself, to the original.
    const sub = sdk[method](params, resolve);
    if (sub?._mqttClient && sub._mqttClient !== sdk._mqttClient) t.after(() => sub.end(true));
  }));
  const ask = async (method, params) => {
    const answer = await reply(method, params);
    assert.equal(answer.code, 200, `${method}: ${JSON.stringify(answer)}`);
    return answer;
  };
  return { device, sdk, inbox, reply, ask };
}

for (const name of Object.keys(sdks)) {
  test(`a gateway on ${name} has its topology`, async (t) => {
    const gateway = await sdkGateway(t, name);
    const lamp = await newLamp();
    await gateway.ask('addTopo', [lamp]);
    assert.deepEqual((await within('getTopo', new Promise((resolve) => {
      gateway.sdk.getTopo(resolve);
    }))).data, [namesOf(lamp)]);
    const { Data } = await herald.must('GetThingTopo',
      { ...of(gateway.device), PageSize: 10, PageNo: 1 });
    assert.deepEqual(Data.List.deviceInfo.map(({ DeviceName }) => DeviceName), [lamp.deviceName]);
    const found = await herald.must('GetGatewayBySubDevice', of(lamp));
    assert.equal(found.Data.DeviceName, gateway.device.deviceName);
    assert.equal(found.Data.Status, 'online');
    await gateway.ask('removeTopo', [namesOf(lamp)]);
    assert.equal((await gateway.reply('login', lamp)).code, 6401);
  });

  test(`sub-devices of a gateway on ${name} get what is published to them`, async (t) => {
    const gateway = await sdkGateway(t, name);
    const [first, second] = [await newLamp(), await newLamp()];
    await gateway.ask('addTopo', [first, second]);
    await gateway.ask('login', first);
    await herald.reaches(first, 'ONLINE');
    const granted = await within('SUBACK', new Promise((resolve, reject) => {
      gateway.sdk.subscribe(topicOf(first, 'get'), { qos: 1 },
        (error, grants) => (error ? reject(error) : resolve(grants)));
    }));
    assert.ok(granted[0].qos <= 1);
    await herald.publish([first, second], 'quick', { Qos: 0 });
    const message = await herald.publish([first, second], 'sure', { Qos: 1 });
    await gateway.inbox.has('sure');
    const got = gateway.inbox.messages.filter(({ topic }) => topic === topicOf(first, 'get'));
    assert.deepEqual(got.map(({ qos, payload }) => [qos, String(payload)]),
      [[0, 'quick'], [1, 'sure']]);
    await eventually('the receipt', async () => {
      const { Receipts } = await herald.receipts(message);
      return Receipts.Receipt.some((each) =>
        each.DeviceName === first.deviceName && each.State === 'acked');
    });
    await gateway.ask('logout', namesOf(first));
    await herald.reaches(first, 'OFFLINE');
  });
}

test('a sub-device reports properties and is told them', async (t) => {
  const gateway = await sdkGateway(t, 'the newer SDK');
  const lamp = await newLamp();
  await gateway.ask('addTopo', [lamp]);
  let sub;
  await within('login', new Promise((resolve) => {
    sub = gateway.sdk.login(lamp, resolve);
  }));
  const posted = await within('post_reply', new Promise((resolve) => {
    sub.postProps({ Power: 1 }, resolve);
  }));
  assert.equal(posted.code, 200);
  await eventually('the report is kept', async () => {
    const { Data } = await herald.must('QueryDevicePropertyStatus', of(lamp));
    const all = Data.List.PropertyStatusInfo;
    return all.find(({ Identifier }) => Identifier === 'Power').Value === '1';
  });
  const told = within('property set', new Promise((resolve) => { sub.onProps(resolve); }));
  await herald.must('SetDeviceProperty', { ...of(lamp), Items: '{"Power":0}' });
  assert.deepEqual((await told).params, { Power: 0 });
});

test('a sub-device answers services', async (t) => {
  const gateway = await sdkGateway(t, 'the newer SDK');
  const [lamp, other] = [await newLamp(), await newLamp()];
  await gateway.ask('addTopo', [lamp, other]);
  let sub;
  await within('login', new Promise((resolve) => { sub = gateway.sdk.login(lamp, resolve); }));
  sub.onService('Dim', ({ params }, reply) => {
    reply({ code: 200, data: { From: params.To - 1 } }, 'sync');
  });
  const dim = { ...of(lamp), Identifier: 'Dim', Args: '{"To":30}' };
  const { Data } = await herald.must('InvokeThingService', dim);
  assert.deepEqual(JSON.parse(Data.Result).data, { From: 29 });
  const heard = within('Blink', new Promise((resolve) => { sub.onService('Blink', resolve); }));
  await herald.must('InvokeThingService', { ...dim, Identifier: 'Blink', Args: '{"Times":2}' });
  assert.deepEqual((await heard).params, { Times: 2 });
  await gateway.ask('logout', namesOf(lamp));
  await herald.reaches(lamp, 'OFFLINE');
  const { body } = await call(herald, 'InvokeThingService', dim);
  assert.equal(body.Code, 'iot.device.OfflineDevice');
});

test('a gateway on the SDK registers its sub-devices', async (t) => {
  const gateway = await sdkGateway(t, 'the newer SDK');
  assert.equal((await gateway.reply('regiestSubDevice', namesOf(await newLamp()))).code, 6288);
  const { ProductKey } = await herald.must('CreateProduct',
    { ProductName: 'registering_lamps', NodeType: 0, EnableDynamicRegistration: true });
  const lamp = await herald.registerDevice(ProductKey, 'lamp');
  const { data } = await gateway.ask('regiestSubDevice', [namesOf(lamp)]);
  assert.deepEqual(data, [{ iotId: lamp.iotId, ...namesOf(lamp), deviceSecret: lamp.deviceSecret }]);
  await gateway.ask('addTopo', data);
  await gateway.ask('login', data[0]);
  await herald.reaches(lamp, 'ONLINE');
});
