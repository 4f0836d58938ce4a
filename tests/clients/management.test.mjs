// Products, topic categories and devices, through both SDKs in the documented shapes.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { connectAll, MqttDevice, sdkCalls, topicOf, within } from './clients.mjs';
import { Herald } from './herald.mjs';

const herald = await Herald.start();
after(() => herald.stop());

let made = 0;
const newName = (what) => `${what}_${++made}`;
const localTime = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;
const utcTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

// What is there and is not of this type: { Name: 'string' }.
function assertTypes(object, types) {
  const found = Object.fromEntries(Object.keys(types).map((name) => [name, typeof object[name]]));
  assert.deepEqual(found, types);
}

for (const [sdk, sdkCall] of Object.entries(sdkCalls)) {
  const answer = (action, parameters) =>
    sdkCall(herald, action, { IotInstanceId: herald.instance, ...parameters });
  const succeeds = async (action, parameters) => {
    const body = await answer(action, parameters);
    assert.equal(body.Success, true, `${body.Code} ${body.ErrorMessage}`);
    return body;
  };
  const fails = async (action, parameters, code) =>
    assert.equal((await answer(action, parameters)).Code, code);
  const topics = async (ProductKey) =>
    (await succeeds('QueryProductTopic', { ProductKey })).Data.ProductTopicInfo;
  const check = (name, run) => test(`${sdk}: ${name}`, run);

  const productKey = await herald.createProduct();

  // --- Products.

  check('CreateProduct answers the product', async () => {
    const ProductName = newName('lamps');
    const { ProductKey, Data } = await succeeds('CreateProduct',
      { ProductName, NodeType: 1, DataFormat: 0, Description: '灯 & <more>' });
    assert.deepEqual(
      [Data.ProductKey, Data.ProductName, Data.NodeType, Data.DataFormat, Data.Description],
      [ProductKey, ProductName, 1, 0, '灯 & <more>']);
    assertTypes(Data, { ProductSecret: 'string', AuthType: 'string', Id2: 'boolean' });
  });

  check('QueryProduct answers what was created', async () => {
    const before = Date.now();
    const created = (await succeeds('CreateProduct',
      { ProductName: newName('lamps'), NodeType: 0, NetType: 'CELLULAR' })).Data;
    const { Data } = await succeeds('QueryProduct', { ProductKey: created.ProductKey });
    assert.equal(Data.ProductName, created.ProductName);
    assert.equal(Data.ProductSecret, created.ProductSecret);
    assert.equal(Data.ProductStatus, 'DEVELOPMENT_STATUS');
    assert.deepEqual([Data.NodeType, Data.NetType, Data.DeviceCount, Data.Owner], [0, 6, 0, true]);
    assert.ok(Data.GmtCreate >= before && Data.GmtCreate <= Date.now(), `${Data.GmtCreate}`);
  });

  const productRefusals = {
    'a name that is taken': ['iot.prod.AlreadyExistedProductName', async () => {
      const ProductName = newName('lamps');
      await herald.createProduct(ProductName);
      return { ProductName };
    }],
    'a name that is too short': ['iot.prod.InvalidFormattedProductName', { ProductName: 'abc' }],
    'a name with a space':
      ['iot.prod.InvalidFormattedProductName', { ProductName: 'hall lamps' }],
    'a NodeType of 2': ['iot.prod.InvalidNodeType', { NodeType: 2 }],
    'a description of 101 characters':
      ['iot.prod.LongProductDesc', { Description: 'x'.repeat(101) }],
  };
  for (const [what, [code, parameters]] of Object.entries(productRefusals)) {
    check(`CreateProduct with ${what}: ${code}`, async () => {
      const more = typeof parameters === 'function' ? await parameters() : parameters;
      await fails('CreateProduct', { ProductName: newName('lamps'), NodeType: 0, ...more }, code);
    });
  }

  check('CreateProduct without the instance that has an id: iot.system.InstanceNotFound', () =>
    fails('CreateProduct', { ProductName: newName('lamps'), NodeType: 0, IotInstanceId: '' },
      'iot.system.InstanceNotFound'));

  check('QueryProduct of an unknown product: iot.prod.NotExistedProduct', () =>
    fails('QueryProduct', { ProductKey: 'a1unknown00' }, 'iot.prod.NotExistedProduct'));

  // --- Topic categories.

  check('a new product has the categories update, update/error and get', async () => {
    const ProductKey = await herald.createProduct();
    const found = (await topics(ProductKey))
      .map(({ TopicShortName, Operation }) => [TopicShortName, Operation]);
    const custom = `/${ProductKey}/\${deviceName}/user/`;
    assert.deepEqual(found.sort(),
      [[`${custom}get`, '1'], [`${custom}update`, '0'], [`${custom}update/error`, '0']]);
  });

  check('CreateProductTopic makes what QueryProductTopic answers', async () => {
    const TopicShortName = newName('topic');
    await succeeds('CreateProductTopic',
      { ProductKey: productKey, TopicShortName, Operation: 'ALL', Desc: 'both ways' });
    const whole = `/${productKey}/\${deviceName}/user/${TopicShortName}`;
    const info = (await topics(productKey)).find((topic) => topic.TopicShortName === whole);
    assert.deepEqual([info.ProductKey, info.Operation, info.Desc], [productKey, '2', 'both ways']);
  });

  check('CreateProductTopic answers the id that the other operations take', async () => {
    const { TopicId } = await succeeds('CreateProductTopic',
      { ProductKey: productKey, TopicShortName: newName('topic'), Operation: 'SUB' });
    await succeeds('DeleteProductTopic', { TopicId: String(TopicId) });
  });

  const topicRefusals = {
    'a category that is there': ['iot.messagebroker.TopicAlreadyFound', { TopicShortName: 'get' }],
    'an empty level':
      ['iot.messagebroker.InvalidFormattedTopicName', { TopicShortName: 'a//b' }],
    'a wildcard for publishing':
      ['iot.messagebroker.InvalidFormattedTopicName', { TopicShortName: '+', Operation: 'PUB' }],
    'an unknown Operation':
      ['iot.messagebroker.InvalidTopicTemplateOperationValue', { Operation: 'READ' }],
  };
  for (const [what, [code, parameters]] of Object.entries(topicRefusals)) {
    check(`CreateProductTopic with ${what}: ${code}`, () => fails('CreateProductTopic',
      { ProductKey: productKey, TopicShortName: 'new', Operation: 'SUB', ...parameters }, code));
  }

  check('the 51st category: iot.messagebroker.TopicTemplateCountExceedMax', async () => {
    const ProductKey = await herald.createProduct();
    for (let i = 3; i < 50; ++i) await herald.createTopic(ProductKey, `topic${i}`);
    await fails('CreateProductTopic', { ProductKey, TopicShortName: 'more', Operation: 'SUB' },
      'iot.messagebroker.TopicTemplateCountExceedMax');
  });

  check('UpdateProductTopic changes suffix, permission and description', async () => {
    const TopicId = await herald.createTopic(productKey, newName('topic'));
    const TopicShortName = newName('topic');
    await succeeds('UpdateProductTopic',
      { TopicId, TopicShortName, Operation: 'PUB', Desc: 'new' });
    const info = (await topics(productKey)).find(({ Id }) => Id === TopicId);
    assert.deepEqual([info.TopicShortName, info.Operation, info.Desc],
      [`/${productKey}/\${deviceName}/user/${TopicShortName}`, '0', 'new']);
  });

  check('UpdateProductTopic lets BatchPub use the new suffix', async (t) => {
    const TopicId = await herald.createTopic(productKey, newName('topic'));
    const TopicShortName = newName('topic');
    await succeeds('UpdateProductTopic', { TopicId, TopicShortName, Operation: 'SUB' });
    const device = await MqttDevice.connect(herald,
      await herald.registerDevice(productKey, newName('device')));
    t.after(() => device.end());
    await device.listen(TopicShortName);
    await herald.publish([device.device], 'hello', { TopicShortName });
    await device.inbox.has('hello');
  });

  check('DeleteProductTopic ends the category', async () => {
    const TopicShortName = newName('topic');
    const TopicId = await herald.createTopic(productKey, TopicShortName);
    const device = await herald.registerDevice(productKey, newName('device'));
    await succeeds('DeleteProductTopic', { TopicId });
    await fails('BatchPub', {
      ProductKey: productKey, DeviceName: [device.deviceName], MessageContent: 'aGVsbG8=',
      TopicShortName,
    }, 'iot.messagebroker.TopicTemplateIsNotFound');
  });

  check('DeleteProductTopic a second time: iot.messagebroker.TopicTemplateIsNotFound', async () => {
    const TopicId = await herald.createTopic(productKey, newName('topic'));
    await succeeds('DeleteProductTopic', { TopicId });
    await fails('DeleteProductTopic', { TopicId }, 'iot.messagebroker.TopicTemplateIsNotFound');
  });

  // --- Devices.

  check('RegisterDevice answers the device', async () => {
    const DeviceName = newName('device');
    const { Data } = await succeeds('RegisterDevice',
      { ProductKey: productKey, DeviceName, Nickname: 'hall_灯' });
    assert.deepEqual([Data.ProductKey, Data.DeviceName, Data.Nickname],
      [productKey, DeviceName, 'hall_灯']);
    assert.match(Data.DeviceSecret, /^[0-9a-z]{32}$/);
    assert.match(Data.IotId, /^[0-9A-Za-z]{28,32}$/);
  });

  check('RegisterDevice without a name makes one up', async () => {
    const { Data } = await succeeds('RegisterDevice', { ProductKey: productKey });
    assert.match(Data.DeviceName, /^[0-9A-Za-z]{4,32}$/);
  });

  const deviceNameTaken = 'iot.device.AlreadyExistedDeviceName';
  check(`RegisterDevice with a name that is taken: ${deviceNameTaken}`, async () => {
    const { deviceName } = await herald.registerDevice(productKey, newName('device'));
    await fails('RegisterDevice', { ProductKey: productKey, DeviceName: deviceName },
      deviceNameTaken);
  });

  check('RegisterDevice with a malformed name: iot.device.InvalidFormattedDeviceName', () =>
    fails('RegisterDevice', { ProductKey: productKey, DeviceName: 'a/b/c' },
      'iot.device.InvalidFormattedDeviceName'));

  check('BatchRegisterDevice makes as many as it is told', async () => {
    const ProductKey = await herald.createProduct();
    const { Data } = await succeeds('BatchRegisterDevice', { ProductKey, Count: 500 });
    assert.ok(Number.isSafeInteger(Number(Data.ApplyId)), `ApplyId ${Data.ApplyId}`);
    assert.equal((await succeeds('QueryProduct', { ProductKey })).Data.DeviceCount, 500);
  });

  check('BatchRegisterDevice of 10,001: iot.device.DeviceCountExceeded', () =>
    fails('BatchRegisterDevice', { ProductKey: productKey, Count: 10_001 },
      'iot.device.DeviceCountExceeded'));

  check('QueryDeviceDetail of a device that never connected', async () => {
    const device = await herald.registerDevice(productKey, newName('device'));
    const { Data } = await succeeds('QueryDeviceDetail',
      { ProductKey: productKey, DeviceName: device.deviceName });
    assert.deepEqual([Data.IotId, Data.DeviceSecret, Data.Status, Data.NodeType, Data.Owner],
      [device.iotId, device.deviceSecret, 'UNACTIVE', 0, true]);
    assert.match(Data.GmtCreate, localTime);
    assert.match(Data.UtcCreate, utcTime);
    assert.ok(!Data.GmtActive && !Data.GmtOnline, 'no times of connections');
  });

  check('QueryDeviceDetail of a device that is connected', async (t) => {
    const device = await herald.registerDevice(productKey, newName('device'));
    const connection = await MqttDevice.connect(herald, device);
    t.after(() => connection.end());
    const { Data } = await succeeds('QueryDeviceDetail', { IotId: device.iotId });
    assert.deepEqual([Data.Status, Data.IpAddress], ['ONLINE', '127.0.0.1']);
    for (const name of ['GmtActive', 'GmtOnline']) assert.match(Data[name], localTime, name);
    for (const name of ['UtcActive', 'UtcOnline']) assert.match(Data[name], utcTime, name);
  });

  check('IotId wins over the names', async () => {
    const [one, other] = [await herald.registerDevice(productKey, newName('device')),
      await herald.registerDevice(productKey, newName('device'))];
    const { Data } = await succeeds('QueryDeviceDetail',
      { ProductKey: productKey, DeviceName: one.deviceName, IotId: other.iotId });
    assert.equal(Data.DeviceName, other.deviceName);
  });

  check('GetDeviceStatus answers since when', async (t) => {
    const before = Date.now();
    const device = await herald.registerDevice(productKey, newName('device'));
    const connection = await MqttDevice.connect(herald, device);
    t.after(() => connection.end());
    const { Data } = await succeeds('GetDeviceStatus',
      { ProductKey: productKey, DeviceName: device.deviceName });
    assert.equal(Data.Status, 'ONLINE');
    assert.ok(Data.Timestamp >= before && Data.Timestamp <= Date.now(), `${Data.Timestamp}`);
  });

  check('GetDeviceStatus of an unknown device: iot.device.NotExistedDevice', () =>
    fails('GetDeviceStatus', { ProductKey: productKey, DeviceName: 'unknown' },
      'iot.device.NotExistedDevice'));

  check('BatchGetDeviceState answers 50 devices, by name or by id', async (t) => {
    const ProductKey = await herald.createProduct();
    const devices = await herald.registerDevices(ProductKey, 50);
    const connected = await connectAll(herald, devices.slice(0, 5));
    t.after(() => Promise.all(connected.map((device) => device.end())));
    const byName = { ProductKey, DeviceName: devices.map(({ deviceName }) => deviceName) };
    const byId = { IotId: devices.map(({ iotId }) => iotId) };
    for (const parameters of [byName, byId]) {
      const { DeviceStatusList } = await succeeds('BatchGetDeviceState', parameters);
      const list = DeviceStatusList.DeviceStatus;
      assert.deepEqual(list.map(({ IotId, Status }) => [IotId, Status]),
        devices.map(({ iotId }, i) => [iotId, i < 5 ? 'ONLINE' : 'UNACTIVE']));
      assert.match(list[0].LastOnlineTime, localTime);
      assert.equal(list[0].AsAddress, '127.0.0.1');
    }
  });

  check('BatchGetDeviceState of 51: iot.device.TooManyDeviceNamesPerRequest', () =>
    fails('BatchGetDeviceState', {
      ProductKey: productKey, DeviceName: Array.from({ length: 51 }, (_, i) => `device_${i}`),
    }, 'iot.device.TooManyDeviceNamesPerRequest'));

  check('DeleteDevice cuts the device off', async () => {
    const device = await herald.registerDevice(productKey, newName('device'));
    const connection = await MqttDevice.connect(herald, device);
    await succeeds('DeleteDevice', { ProductKey: productKey, DeviceName: device.deviceName });
    await within('the connection ends', connection.closed);
  });

  check('a deleted device cannot come back', async () => {
    const device = await herald.registerDevice(productKey, newName('device'));
    await succeeds('DeleteDevice', { IotId: device.iotId });
    await assert.rejects(MqttDevice.connect(herald, device), { code: 4 });
  });

  check('a deleted device is unknown', async () => {
    const device = await herald.registerDevice(productKey, newName('device'));
    await succeeds('DeleteDevice', { IotId: device.iotId });
    await fails('QueryDeviceDetail', { IotId: device.iotId }, 'iot.device.NotExistedDevice');
  });

  check('a new device of the name of a deleted one has none of its session', async (t) => {
    const deviceName = newName('device');
    const old = await herald.registerDevice(productKey, deviceName);
    await (await (await MqttDevice.connect(herald, old)).listen()).end();
    await herald.publish([old], 'for the old one', { Qos: 1 });
    await succeeds('DeleteDevice', { IotId: old.iotId });
    const device = await herald.registerDevice(productKey, deviceName);
    const connection = await MqttDevice.connect(herald, device);
    t.after(() => connection.end());
    assert.equal(connection.connack.sessionPresent, false);
    await connection.listen();
    await herald.publish([device], 'for the new one', { Qos: 1 });
    const [{ topic, payload }] = await connection.inbox.first();
    assert.deepEqual([topic, `${payload}`], [topicOf(device, 'get'), 'for the new one']);
  });
}
