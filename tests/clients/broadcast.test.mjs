// PubBroadcast, and Pub to a topic that all devices of a product share.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { call, MqttDevice, sdkCalls, sdkDevice } from './clients.mjs';
import { Herald, throttles } from './herald.mjs';

const herald = await Herald.start({ 'quota.PubBroadcast': 'unlimited' });
after(() => herald.stop());

const productKey = await herald.createProduct();
let named = 0;
const newDevice = (product = productKey) => herald.registerDevice(product, `device_${++named}`);

async function connect(t, device, options) {
  const made = await MqttDevice.connect(herald, device, options);
  t.after(() => made.end(true));
  return made;
}

const topic = `/broadcast/${productKey}/news`;
const broadcast = (text, more = {}) => ({
  IotInstanceId: herald.instance,
  ProductKey: productKey,
  MessageContent: Buffer.from(text).toString('base64'),
  ...more,
});

test('all who are connected receive it without a subscription, once a minute', async (t) => {
  const device = await newDevice();
  const sdk = await sdkDevice(herald, device);
  const older = await sdkDevice(herald, await newDevice(), { older: true });
  t.after(() => Promise.all([sdk.end(), older.end()]));
  const plain = await connect(t, await newDevice());
  const stranger = await connect(t, await newDevice(await herald.createProduct()));
  const away = await newDevice();
  await (await (await MqttDevice.connect(herald, away)).listen()).end();
  await herald.reaches(away, 'OFFLINE');

  const body = await sdkCalls['pop-core'](herald, 'PubBroadcast', broadcast('to all'));
  assert.equal(body.Success, true);
  for (const { inbox, device: { deviceName } } of [sdk, older, plain]) {
    await inbox.has('to all');
    const [message] = inbox.messages;
    const id = message.topic.match(
      new RegExp(`^/sys/${productKey}/${deviceName}/broadcast/request/(\\d+)$`))?.[1];
    assert.equal(id, String(body.MessageId));
    assert.equal(message.qos, 0);
  }
  const again = await call(herald, 'PubBroadcast', broadcast('again'));
  assert.equal(again.status, 400);
  assert.equal(again.body.Code, 'Throttling.User');

  const later = await connect(t, away);
  await herald.must('PubBroadcast', broadcast('to none', { TopicFullName: topic }));
  await later.listen();
  assert.deepEqual([later.inbox.texts, stranger.inbox.texts], [[], []]);
  assert.deepEqual(plain.inbox.texts, ['to all']);
});

for (const [name, callBy] of Object.entries(sdkCalls)) {
  test(`subscribers of a topic, by ${name}`, async (t) => {
    const sdk = await sdkDevice(herald, await newDevice());
    t.after(() => sdk.end());
    const [listening, other] = [await connect(t, await newDevice()), await connect(t, await newDevice())];
    assert.ok((await listening.subscribe(topic))[0] <= 1);
    const granted = new Promise((resolve) => { sdk.sdk.subscribe(topic, resolve); });
    assert.equal(await granted ?? null, null);
    const body = await callBy(herald, 'PubBroadcast', broadcast('news', { TopicFullName: topic }));
    assert.equal(body.Success, true);
    await sdk.inbox.has('news');
    const [message] = await listening.inbox.first();
    assert.equal(message.topic, topic);
    await herald.must('PubBroadcast',
      broadcast('others', { TopicFullName: `/broadcast/${productKey}/others` }));
    await herald.must('Pub', broadcast('by Pub', { TopicFullName: topic, Qos: 1 }));
    await listening.inbox.has('by Pub');
    assert.deepEqual(listening.inbox.texts, ['news', 'by Pub']);
    assert.deepEqual(listening.inbox.messages.map(({ qos }) => qos), [0, 0]);
    assert.deepEqual(other.inbox.texts, []);
  });
}

test('what is refused', async () => {
  const code = async (more) =>
    (await call(herald, 'PubBroadcast', broadcast('x', more))).body.Code;
  const malformed = 'iot.messagebroker.InvalidFormattedTopicName';
  assert.equal(await code({ TopicFullName: '/broadcast/other/news' }), malformed);
  assert.equal(await code({ TopicFullName: `/broadcast/${productKey}/#` }), malformed);
  assert.equal(await code({ TopicFullName: `/${productKey}/device_1/user/get` }), malformed);
  const over = Buffer.alloc(65_537).toString('base64');
  assert.equal(await code({ MessageContent: over }), 'iot.system.IllegalRequest');
  assert.equal(await code({ MessageContent: '' }), 'iot.messagebroker.NullMessageContent');
  assert.equal(await code({ ProductKey: 'a1nobody000' }), 'iot.prod.NotExistedProduct');
});

test('one a second with a topic', async () => {
  const slow = await Herald.start();
  try {
    const key = await slow.createProduct();
    const publish = async () => (await call(slow, 'PubBroadcast', broadcast('x',
      { IotInstanceId: slow.instance, ProductKey: key, TopicFullName: `/broadcast/${key}/x` })))
      .body.Code ?? '';
    await throttles(1, [publish, publish, publish]);
  } finally {
    await slow.stop();
  }
});
