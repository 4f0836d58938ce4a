// Products and devices in numbers: lists, counts, tags, nicknames, applications, subscriptions,
// through both SDKs.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { MqttDevice, sdkCalls, topicOf } from './clients.mjs';
import { eventually, Herald } from './herald.mjs';

const herald = await Herald.start({
  'quota.UpdateProduct': 'unlimited', 'quota.BatchQueryDeviceDetail': 'unlimited',
  'quota.QueryDeviceByTags': 'unlimited', 'quota.SubscribeTopic': 'unlimited',
  'quota.BatchCheckDeviceNames': 'unlimited', 'quota.BatchUpdateDeviceNickname': 'unlimited',
});
after(() => herald.stop());

for (const [sdk, sdkCall] of Object.entries(sdkCalls)) {
  const answer = (action, parameters) =>
    sdkCall(herald, action, { IotInstanceId: herald.instance, ...parameters });
  const succeeds = async (action, parameters) => {
    const body = await answer(action, parameters);
    assert.equal(body.Success, true, `${action}: ${body.Code} ${body.ErrorMessage}`);
    return body;
  };
  const fails = async (action, parameters, code) =>
    assert.equal((await answer(action, parameters)).Code, code);
  const names = (list) => list.map(({ DeviceName }) => DeviceName);

  // Five devices, of which the third connects.
  const ProductKey = await herald.createProduct();
  const devices = [];
  for (let i = 1; i <= 5; i += 1) devices.push(await herald.registerDevice(ProductKey, `lamp_${i}`));

  test(`${sdk}: QueryProductList has the newest first, page by page`, async () => {
    const newest = await herald.createProduct();
    const all = await succeeds('QueryProductList', { CurrentPage: 1, PageSize: 200 });
    // Others are being made meanwhile.
    const ours = all.Data.List.ProductInfo.map((each) => each.ProductKey)
      .filter((key) => key === newest || key === ProductKey);
    assert.deepEqual(ours, [newest, ProductKey]);
    const { Data } = await succeeds('QueryProductList', { CurrentPage: 1, PageSize: 1 });
    assert.equal(Data.List.ProductInfo.length, 1);
    assert.ok(Data.Total >= 2);
    assert.equal(Data.PageCount, Data.Total);
    await fails('QueryProductList', { CurrentPage: 0, PageSize: 1 }, 'iot.common.InvalidPageParams');
    await fails('QueryProductList', { CurrentPage: 1, PageSize: 201 }, 'iot.common.InvalidPageParams');
  });

  test(`${sdk}: UpdateProduct renames, and the old name is free again`, async () => {
    const key = await herald.createProduct(`before_${sdk.length}`);
    await succeeds('UpdateProduct',
      { ProductKey: key, ProductName: `after_${sdk.length}`, Description: 'new' });
    const { Data } = await succeeds('QueryProduct', { ProductKey: key });
    assert.deepEqual([Data.ProductName, Data.Description], [`after_${sdk.length}`, 'new']);
    await herald.createProduct(`before_${sdk.length}`);
    await fails('UpdateProduct', { ProductKey: key, ProductName: `before_${sdk.length}` },
      'iot.prod.AlreadyExistedProductName');
    await succeeds('DeleteProduct', { ProductKey: key });
  });

  test(`${sdk}: ReleaseProduct and CancelReleaseProduct set the status`, async () => {
    const status = async () =>
      (await succeeds('QueryProduct', { ProductKey })).Data.ProductStatus;
    await succeeds('ReleaseProduct', { ProductKey });
    assert.equal(await status(), 'RELEASE_STATUS');
    await succeeds('CancelReleaseProduct', { ProductKey });
    assert.equal(await status(), 'DEVELOPMENT_STATUS');
  });

  test(`${sdk}: DeleteProduct takes its devices along and ends their connections`, async (t) => {
    const key = await herald.createProduct();
    const device = await herald.registerDevice(key, 'doomed1');
    const made = await MqttDevice.connect(herald, device);
    t.after(() => made.end(true));
    await succeeds('DeleteProduct', { ProductKey: key });
    await made.closed;
    await fails('QueryProduct', { ProductKey: key }, 'iot.prod.NotExistedProduct');
    await assert.rejects(MqttDevice.connect(herald, device));
  });

  test(`${sdk}: tags of products are set, changed, found and deleted`, async () => {
    const set = (action, tags) => answer(action, { ProductKey,
      ProductTag: Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue })) });
    assert.equal((await set('CreateProductTags', { room: 'hall', floor: '2' })).Success, true);
    assert.equal((await set('UpdateProductTags', { floor: '3' })).Success, true);
    assert.equal((await set('UpdateProductTags', { none: '3' })).Success, false);
    assert.equal((await set('CreateProductTags', { 'bad key': 'x' })).Success, false);
    const list = async () => (await succeeds('ListProductTags', { ProductKey })).Data.ProductTag;
    assert.deepEqual((await list()).map(({ TagKey, TagValue }) => [TagKey, TagValue]),
      [['room', 'hall'], ['floor', '3']]);
    const found = await succeeds('ListProductByTags',
      { ProductTag: [{ TagKey: 'floor', TagValue: '3' }] });
    assert.ok(found.ProductInfos.ProductInfo.some((each) => each.ProductKey === ProductKey));
    await succeeds('DeleteProductTags', { ProductKey, ProductTagKey: ['room', 'floor'] });
    assert.deepEqual(await list(), []);
  });

  test(`${sdk}: QueryDevice goes through all devices by page and by token`, async () => {
    const first = await succeeds('QueryDevice', { ProductKey, PageSize: 2 });
    assert.deepEqual(names(first.Data.DeviceInfo), ['lamp_5', 'lamp_4']);
    assert.deepEqual([first.Total, first.PageCount, first.Page], [5, 3, 1]);
    const second = await succeeds('QueryDevice', { ProductKey, PageSize: 2, CurrentPage: 2 });
    assert.deepEqual(names(second.Data.DeviceInfo), ['lamp_3', 'lamp_2']);
    const [device] = second.Data.DeviceInfo;
    assert.equal(device.DeviceSecret, devices[2].deviceSecret);
    assert.match(device.GmtCreate, /^\w{3}, \d\d-\w{3}-\d{4} \d\d:\d\d:\d\d GMT$/);
    const seen = [];
    for (let NextToken; NextToken !== '';) {
      const page = await succeeds('QueryDevice',
        { ProductKey, PageSize: 2, ...(NextToken && { NextToken }) });
      seen.push(...names(page.Data.DeviceInfo));
      ({ NextToken } = page);
    }
    assert.deepEqual(seen, ['lamp_5', 'lamp_4', 'lamp_3', 'lamp_2', 'lamp_1']);
    await fails('QueryDevice', { ProductKey, PageSize: 51 }, 'iot.common.InvalidPageParams');
  });

  test(`${sdk}: QueryDeviceInfo and BatchQueryDeviceDetail answer devices`, async () => {
    const { Data } = await succeeds('QueryDeviceInfo', { IotId: devices[0].iotId });
    assert.deepEqual([Data.DeviceName, Data.DeviceSecret], ['lamp_1', devices[0].deviceSecret]);
    const details = await succeeds('BatchQueryDeviceDetail',
      { ProductKey, DeviceName: ['lamp_2', 'nobody1', 'lamp_1'] });
    assert.deepEqual(names(details.Data.Data), ['lamp_2', 'lamp_1']);
  });

  test(`${sdk}: states are counted and listed`, async (t) => {
    const made = await MqttDevice.connect(herald, devices[2]);
    t.after(() => made.end(true));
    const counts = async () =>
      ({ ...(await succeeds('QueryDeviceStatistics', { ProductKey })).Data });
    assert.deepEqual(await counts(), { deviceCount: 5, activeCount: 1, onlineCount: 1 });
    const online = await succeeds('QueryDeviceByStatus', { ProductKey, Status: 1 });
    assert.deepEqual(names(online.Data.SimpleDeviceInfo), ['lamp_3']);
    const fresh = await succeeds('QueryDeviceByStatus', { ProductKey, Status: 0, PageSize: 3 });
    assert.deepEqual([fresh.Total, fresh.Data.SimpleDeviceInfo.length], [4, 3]);
    await made.end();
    await eventually('it is counted as gone', async () => (await counts()).onlineCount === 0);
  });

  test(`${sdk}: tags of devices are saved, found and deleted`, async () => {
    const device = { ProductKey, DeviceName: 'lamp_1' };
    await succeeds('SaveDeviceProp', { ...device, Props: '{"room":"hall","floor":2.5}' });
    await succeeds('SaveDeviceProp', { IotId: devices[1].iotId, Props: '{"room":"hall"}' });
    const { Props } = await succeeds('QueryDeviceProp', device);
    assert.deepEqual(JSON.parse(Props), { room: 'hall', floor: '2.5' });
    const find = async (tags) => names((await succeeds('QueryDeviceByTags', {
      Tag: Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
    })).Data.SimpleDeviceInfo).sort();
    assert.deepEqual(await find({ room: 'hall', floor: '2.5' }), ['lamp_1']);
    await succeeds('DeleteDeviceProp', { ...device, PropKey: 'room' });
    assert.deepEqual(await find({ room: 'hall' }), ['lamp_2']);
    await succeeds('DeleteDeviceProp', { IotId: devices[1].iotId, PropKey: 'room' });
    await succeeds('DeleteDeviceProp', { ...device, PropKey: 'floor' });
    await fails('SaveDeviceProp', { ...device, Props: '[]' },
      'iot.device.InvalidFormattedDevicePropertiesString');
    await fails('SaveDeviceProp', { ...device, Props: '{}' }, 'iot.device.NoneDeviceProperties');
    await fails('SaveDeviceProp', { ...device, Props: '{"abc":"x"}' },
      'iot.device.InvalidFormattedDevicePropertiesString');
    await fails('SaveDeviceProp', { ...device, Props: JSON.stringify({ a: 'x'.repeat(5120) }) },
      'iot.device.LongDevicePropertiesString');
  });

  test(`${sdk}: BatchUpdateDeviceNickname sets and clears`, async () => {
    const nickname = async () =>
      (await succeeds('QueryDeviceInfo', { ProductKey, DeviceName: 'lamp_4' })).Data.Nickname;
    await succeeds('BatchUpdateDeviceNickname', { DeviceNicknameInfo: [
      { ProductKey, DeviceName: 'lamp_4', Nickname: 'hall lamp' },
      { IotId: devices[4].iotId, Nickname: 'another' }] });
    assert.equal(await nickname(), 'hall lamp');
    await succeeds('BatchUpdateDeviceNickname',
      { DeviceNicknameInfo: [{ ProductKey, DeviceName: 'lamp_4' }] });
    assert.equal(await nickname(), '');
    await fails('BatchUpdateDeviceNickname',
      { DeviceNicknameInfo: [{ ProductKey, DeviceName: 'nobody1', Nickname: 'name' }] },
      'iot.device.NotExistedDevice');
  });

  test(`${sdk}: names are checked, then made, then listed with secrets`, async () => {
    const checked = await succeeds('BatchCheckDeviceNames',
      { ProductKey, DeviceName: [`many_1${sdk.length}`, `many_2${sdk.length}`] });
    const { ApplyId } = checked.Data;
    const status = async (id) =>
      (await succeeds('QueryBatchRegisterDeviceStatus', { ProductKey, ApplyId: id })).Data;
    assert.equal((await status(ApplyId)).Status, 'CHECK_SUCCESS');
    await succeeds('BatchRegisterDeviceWithApplyId', { ProductKey, ApplyId });
    assert.equal((await status(ApplyId)).Status, 'CREATE_SUCCESS');
    const page = await succeeds('QueryPageByApplyId', { ApplyId, PageSize: 10, CurrentPage: 1 });
    assert.equal(page.Total, 2);
    const made = page.ApplyDeviceList.ApplyDeviceInfo;
    assert.deepEqual(names(made), [`many_1${sdk.length}`, `many_2${sdk.length}`]);
    assert.equal(made[0].DeviceSecret.length, 32);

    const refused = await answer('BatchCheckDeviceNames',
      { ProductKey, DeviceName: ['lamp_1', 'no good', 'fine_name'] });
    assert.deepEqual(refused.Data.InvalidDeviceNameList.InvalidDeviceName, ['no good']);
    // The typed SDK drops this one.
    assert.deepEqual(refused.Data.RepeatedDeviceNameList?.RepeatDevieNameList ?? ['lamp_1'],
      ['lamp_1']);
    const failed = await status(refused.Data.ApplyId);
    assert.equal(failed.Status, 'CHECK_FAILED');
    assert.deepEqual(failed.ValidList.Name, ['fine_name']);
    assert.equal((await answer('BatchRegisterDeviceWithApplyId',
      { ProductKey, ApplyId: refused.Data.ApplyId })).Success, false);
    for (const DeviceName of names(made)) await succeeds('DeleteDevice', { ProductKey, DeviceName });
  });

  test(`${sdk}: what BatchRegisterDevice made is listed by its ApplyId`, async () => {
    const key = await herald.createProduct();
    const { Data: { ApplyId } } = await succeeds('BatchRegisterDevice', { ProductKey: key, Count: 12 });
    const page = await succeeds('QueryPageByApplyId', { ApplyId, PageSize: 5, CurrentPage: 3 });
    assert.deepEqual([page.Total, page.ApplyDeviceList.ApplyDeviceInfo.length], [12, 2]);
    await fails('QueryPageByApplyId', { ApplyId: 7 }, 'iot.device.DeviceApplyIsNotFound');
  });

  test(`${sdk}: applications see and change what a device subscribes to`, async (t) => {
    const device = devices[3];
    const Topic = [topicOf(device, 'get')];
    const of = { ProductKey, DeviceName: device.deviceName };
    await fails('SubscribeTopic', { ...of, Topic }, 'iot.device.OfflineDevice');
    const made = await MqttDevice.connect(herald, device, { clean: true });
    t.after(() => made.end(true));
    await succeeds('SubscribeTopic', { ...of, Topic });
    const topics = async () => (await succeeds('QueryDeviceSubTopic', of)).TopicList;
    const [{ TopicName, Timestamp }] = await topics();
    assert.equal(TopicName, Topic[0]);
    assert.ok(Math.abs(Timestamp - Date.now()) < 60_000);
    await herald.publish([device], 'subscribed for it', { Qos: 1 });
    await made.inbox.has('subscribed for it');
    await fails('SubscribeTopic', { ...of, Topic: [topicOf(device, 'nothing')] },
      'iot.messagebroker.TopicTemplateIsNotFound');
    if (sdk.includes('pop')) await succeeds('UnsubscribeTopic', { ...of, Topic });
    if (sdk.includes('pop')) assert.deepEqual(await topics(), []);
  });

  test(`${sdk}: what is another instance's or account's does not exist`, async () => {
    const wrong = { IotInstanceId: 'iot-none0000' };
    for (const [action, parameters] of [
      ['QueryDevice', { ProductKey }], ['QueryProductList', { CurrentPage: 1, PageSize: 1 }],
      ['DeleteProduct', { ProductKey }], ['SaveDeviceProp', { IotId: devices[0].iotId, Props: '{}' }],
    ]) await fails(action, { ...parameters, ...wrong }, 'iot.system.InstanceNotFound');
  });
}
