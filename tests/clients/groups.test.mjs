// Device groups through both SDKs: groups in groups, members, tags, before and after a restart.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { MqttDevice, sdkCalls } from './clients.mjs';
import { Herald } from './herald.mjs';

const herald = await Herald.start(Object.fromEntries(
  ['QuerySuperDeviceGroup', 'QueryDeviceListByDeviceGroup', 'QueryDeviceGroupByTags',
    'QueryDeviceGroupInfo'].map((name) => [`quota.${name}`, 'unlimited'])));
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

  let made = 0;
  const newGroup = async (more = {}) => {
    made += 1;
    const GroupName = `${sdk.slice(0, 3)}_group_${made}`;
    return (await succeeds('CreateDeviceGroup', { GroupName, ...more })).Data;
  };
  const listed = async (GroupId) =>
    (await succeeds('QueryDeviceListByDeviceGroup', { GroupId })).Data.SimpleDeviceInfo
      .map(({ DeviceName }) => DeviceName);
  const groupsOf = async ({ productKey, deviceName }) =>
    (await succeeds('QueryDeviceGroupByDevice', { ProductKey: productKey, DeviceName: deviceName }))
      .GroupInfos.GroupInfo.map(({ GroupId }) => GroupId);
  const named = (devices) => devices.map(({ productKey, deviceName }) =>
    ({ ProductKey: productKey, DeviceName: deviceName }));
  const add = (GroupId, devices) =>
    succeeds('BatchAddDeviceGroupRelations', { GroupId, Device: named(devices) });
  const tag = (GroupId, tags) => succeeds('SetDeviceGroupTags', { GroupId,
    TagString: JSON.stringify(Object.entries(tags)
      .map(([tagKey, tagValue]) => ({ tagKey, tagValue }))) });
  const tagsOf = async (GroupId) =>
    Object.fromEntries((await succeeds('QueryDeviceGroupTagList', { GroupId })).Data.GroupTagInfo
      .map(({ TagKey, TagValue }) => [TagKey, TagValue]));
  const check = (name, run) => test(`${sdk}: ${name}`, run);

  const ProductKey = await herald.createProduct();
  const [one, two, three] = await herald.registerDevices(ProductKey, 3);

  check('a group is created, described and listed', async () => {
    const group = await newGroup({ GroupDesc: '灯 & <more>' });
    assert.match(group.UtcCreate, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    await succeeds('UpdateDeviceGroup', { GroupId: group.GroupId, GroupDesc: 'new' });
    const { Data } = await succeeds('QueryDeviceGroupInfo', { GroupId: group.GroupId });
    assert.deepEqual([Data.GroupName, Data.GroupDesc, Data.UtcCreate],
      [group.GroupName, 'new', group.UtcCreate]);
    assert.deepEqual([Data.DeviceCount, Data.DeviceActive, Data.DeviceOnline], [0, 0, 0]);
    const list = await succeeds('QueryDeviceGroupList', { GroupName: group.GroupName });
    assert.deepEqual([list.Total, list.CurrentPage, list.PageSize, list.PageCount], [1, 1, 10, 1]);
    assert.deepEqual(list.Data.GroupInfo.map(({ GroupId }) => GroupId), [group.GroupId]);
    await fails('CreateDeviceGroup', { GroupName: group.GroupName }, 'iot.group.GroupNameExisted');
  });

  check('groups are in groups, and one with groups in it stays', async () => {
    const { GroupId: house } = await newGroup();
    const { GroupId: floor } = await newGroup({ SuperGroupId: house });
    const { Data } = await succeeds('QuerySuperDeviceGroup', { GroupId: floor });
    assert.deepEqual(Data.GroupInfo.map(({ GroupId }) => GroupId), [house]);
    const inside = await succeeds('QueryDeviceGroupList', { SuperGroupId: house });
    assert.deepEqual(inside.Data.GroupInfo.map(({ GroupId }) => GroupId), [floor]);
    await fails('DeleteDeviceGroup', { GroupId: house }, 'iot.group.DeleteGroupFailed');
    await succeeds('DeleteDeviceGroup', { GroupId: floor });
    await succeeds('DeleteDeviceGroup', { GroupId: house });
    await fails('QueryDeviceGroupInfo', { GroupId: house }, 'iot.group.NotExistedGroup');
  });

  check('devices join and leave, and are counted', async (t) => {
    const { GroupId } = await newGroup();
    const unknown = { productKey: ProductKey, deviceName: 'unknown' };
    const added = await add(GroupId, [one, two, unknown]);
    assert.deepEqual([added.ValidDeviceCount, added.SuccessAddedDeviceCount,
      added.AlreadyRelatedGroupDeviceCount, added.ExceedTenGroupDeviceCount], [2, 2, 0, 0]);
    assert.ok(added.ErrorMessage);
    assert.equal((await add(GroupId, [two, three])).AlreadyRelatedGroupDeviceCount, 1);
    assert.deepEqual((await listed(GroupId)).sort(),
      [one, two, three].map(({ deviceName }) => deviceName));
    assert.ok((await groupsOf(one)).includes(GroupId));

    const device = await MqttDevice.connect(herald, one);
    t.after(() => device.end(true));
    await herald.reaches(one, 'ONLINE');
    const { Data } = await succeeds('QueryDeviceGroupInfo', { GroupId });
    assert.deepEqual([Data.DeviceCount, Data.DeviceActive, Data.DeviceOnline], [3, 1, 1]);
    const counts = (await succeeds('QueryDeviceStatistics', { GroupId, ProductKey })).Data;
    assert.deepEqual([counts.deviceCount, counts.activeCount, counts.onlineCount], [3, 1, 1]);

    const removed = await succeeds('BatchDeleteDeviceGroupRelations',
      { GroupId, Device: named([one, unknown]) });
    assert.deepEqual([removed.ValidDeviceCount, removed.SuccessDeviceCount,
      removed.AlreadyRelatedGroupDeviceCount], [1, 1, 1]);
    assert.ok(!(await groupsOf(one)).includes(GroupId));
  });

  check('devices of a group are listed page by page', async () => {
    const { GroupId } = await newGroup();
    await add(GroupId, [one, two, three]);
    const pages = await Promise.all([1, 2].map((CurrentPage) =>
      succeeds('QueryDeviceListByDeviceGroup', { GroupId, CurrentPage, PageSize: 2 })));
    assert.deepEqual(pages.map(({ Page, Total, PageCount }) => [Page, Total, PageCount]),
      [[1, 3, 2], [2, 3, 2]]);
    const rows = pages.flatMap(({ Data }) => Data.SimpleDeviceInfo);
    assert.deepEqual(new Set(rows.map(({ IotId }) => IotId)),
      new Set([one, two, three].map(({ iotId }) => iotId)));
    assert.deepEqual(rows.map((row) => row.ProductKey), Array(3).fill(ProductKey));
  });

  check('tags are replaced, and groups are found by all of them', async () => {
    const { GroupId, GroupName } = await newGroup();
    await tag(GroupId, { room: GroupName, floor: '2' });
    const found = async (tags) => (await succeeds('QueryDeviceGroupByTags',
      { Tag: Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue })) }))
      .Data.DeviceGroup.map((group) => group.GroupId);
    assert.deepEqual(await found({ room: GroupName, floor: '2' }), [GroupId]);
    assert.deepEqual(await found({ room: GroupName, floor: '3' }), []);
    await tag(GroupId, { room: GroupName });
    assert.deepEqual(await tagsOf(GroupId), { room: GroupName });
    await fails('SetDeviceGroupTags', { GroupId, TagString: '{}' },
      'iot.check.InvalidFormattedParameter');
  });

  check('what was made is there after the server was killed', async () => {
    const { GroupId: house } = await newGroup({ GroupDesc: 'kept' });
    const { GroupId: floor } = await newGroup({ SuperGroupId: house });
    await tag(floor, { room: 'hall' });
    await add(floor, [one, two, three]);
    await succeeds('BatchDeleteDeviceGroupRelations', { GroupId: floor, Device: named([two]) });
    await herald.kill();
    await herald.serve();
    assert.equal((await succeeds('QueryDeviceGroupInfo', { GroupId: house })).Data.GroupDesc, 'kept');
    const { Data } = await succeeds('QuerySuperDeviceGroup', { GroupId: floor });
    assert.deepEqual(Data.GroupInfo.map(({ GroupId }) => GroupId), [house]);
    assert.deepEqual(await tagsOf(floor), { room: 'hall' });
    assert.deepEqual((await listed(floor)).sort(), [one.deviceName, three.deviceName]);
  });

  check('a deleted device is in no group, also after a restart and under its old name', async () => {
    const { GroupId } = await newGroup();
    const doomed = await herald.registerDevice(ProductKey, 'doomed1');
    await add(GroupId, [one, doomed]);
    await succeeds('DeleteDevice', { IotId: doomed.iotId });
    assert.deepEqual(await listed(GroupId), [one.deviceName]);
    await herald.kill();
    await herald.serve();
    const again = await herald.registerDevice(ProductKey, 'doomed1');
    assert.deepEqual(await listed(GroupId), [one.deviceName]);
    assert.deepEqual(await groupsOf(again), []);
  });

  check('a deleted product takes its devices out of the groups', async () => {
    const { GroupId } = await newGroup();
    const key = await herald.createProduct();
    await add(GroupId, [one, ...await herald.registerDevices(key, 2)]);
    await succeeds('DeleteProduct', { ProductKey: key });
    assert.deepEqual(await listed(GroupId), [one.deviceName]);
    assert.equal((await succeeds('QueryDeviceGroupInfo', { GroupId })).Data.DeviceCount, 1);
  });

  check('a deleted group is in no list of its devices', async () => {
    const { GroupId } = await newGroup();
    await add(GroupId, [three]);
    await succeeds('DeleteDeviceGroup', { GroupId });
    assert.ok(!(await groupsOf(three)).includes(GroupId));
    await fails('BatchAddDeviceGroupRelations', { GroupId, Device: named([three]) },
      'iot.group.NotExistedGroup');
  });
}
