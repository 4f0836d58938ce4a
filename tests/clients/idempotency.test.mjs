// ClientToken: a call that is sent again publishes once, and says what it said before.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';

import { call, genericCall, MqttDevice, popCore, topicOf } from './clients.mjs';
import { eventually, Herald } from './herald.mjs';

const herald = await Herald.start({ 'quota.Pub': 'unlimited' });
after(() => herald.stop());

const productKey = await herald.createProduct();
let named = 0;
const newDevice = () => herald.registerDevice(productKey, `device_${++named}`);

// A device with an inbox that stays when it connects again.
async function listen(t, device) {
  const made = await (await MqttDevice.connect(herald, device)).listen();
  t.after(() => made.end(true));
  return made;
}

// What a device has received once a message that was published later has come.
async function textsOf({ device, inbox }) {
  await herald.publish([device], 'the end', { Qos: 1 });
  await inbox.has('the end');
  return inbox.texts.slice(0, -1);
}

const callers = {
  'pop-core': (action, parameters) => popCore(herald).request(action, parameters),
  'openapi-client': (action, parameters) => genericCall(herald, action, parameters),
};
const operations = {
  BatchPub: (device, payload, more) => herald.batch([device], payload, more),
  Pub: (device, payload, more) => ({
    IotInstanceId: herald.instance,
    ProductKey: productKey,
    TopicFullName: topicOf(device, 'get'),
    MessageContent: Buffer.from(payload).toString('base64'),
    ...more,
  }),
};

for (const [kind, request] of Object.entries(callers)) {
  for (const [operation, parameters] of Object.entries(operations)) {
    for (const Qos of [0, 1]) {
      test(`${operation} at QoS ${Qos}, called again by ${kind}, publishes once`, async (t) => {
        const connection = await listen(t, await newDevice());
        const same = parameters(connection.device, 'once', { Qos, ClientToken: randomUUID() });
        const first = await request(operation, same);
        const again = await request(operation, same);
        assert.equal(again.Success, true);
        assert.equal(again.MessageId, first.MessageId);
        assert.notEqual(again.RequestId, first.RequestId);
        assert.deepEqual(await textsOf(connection), ['once']);
      });
    }
  }
}

test('fifty calls at once are one message', async (t) => {
  const connection = await listen(t, await newDevice());
  const same = herald.batch([connection.device], 'once', { Qos: 1, ClientToken: randomUUID() });
  const answers = await Promise.all(Array.from({ length: 50 }, () => herald.must('BatchPub', same)));
  assert.equal(new Set(answers.map(({ MessageId }) => MessageId)).size, 1);
  assert.equal(new Set(answers.map(({ RequestId }) => RequestId)).size, 50);
  assert.deepEqual(await textsOf(connection), ['once']);
});

test('the RequestId of each call finds the message', async () => {
  const same = herald.batch([await newDevice()], 'once', { Qos: 1, ClientToken: randomUUID() });
  const first = await herald.must('BatchPub', same);
  const again = await herald.must('BatchPub', same);
  const found = await herald.must('QueryMessageReceipts', { RequestId: again.RequestId });
  assert.equal(found.Data.MessageId, first.MessageId);
  assert.equal(found.Data.PublishRequestId, first.RequestId);
});

test('other parameters with the same token are refused', async (t) => {
  const connection = await listen(t, await newDevice());
  const token = { Qos: 1, ClientToken: randomUUID() };
  await herald.must('BatchPub', herald.batch([connection.device], 'once', token));
  const other = { ...token, MessageExpiryInterval: 60 };
  for (const parameters of [
    herald.batch([connection.device], 'other', token),
    herald.batch([connection.device], 'once', other),
    herald.batch([connection.device, await newDevice()], 'once', token),
  ]) {
    const { status, body } = await call(herald, 'BatchPub', parameters);
    assert.equal(status, 400);
    assert.equal(body.Code, 'IdempotentParameterMismatch');
  }
  const byPub = operations.Pub(connection.device, 'by Pub', token);
  await herald.must('Pub', byPub);  // A token is that of one operation.
  assert.deepEqual(await textsOf(connection), ['once', 'by Pub']);
});

test('a call that was refused keeps no token', async () => {
  const device = await newDevice();
  const token = { Qos: 1, ClientToken: randomUUID() };
  const refused = await call(herald, 'BatchPub',
    herald.batch([device], 'once', { ...token, TopicShortName: 'unknown' }));
  assert.equal(refused.body.Success, false);
  await herald.must('BatchPub', herald.batch([device], 'once', token));
});

test('a token is known after kill -9', async (t) => {
  const device = await newDevice();
  await (await (await MqttDevice.connect(herald, device)).listen()).end();
  await herald.reaches(device, 'OFFLINE');
  const tokens = [0, 1].map((Qos) => ({ Qos, ClientToken: randomUUID() }));
  const parameters = tokens.map((token) => herald.batch([device], `QoS ${token.Qos}`, token));
  const before = [];
  for (const each of parameters) before.push(await herald.must('BatchPub', each));
  await herald.kill();
  await herald.serve();

  for (const [i, each] of parameters.entries()) {
    const again = await herald.must('BatchPub', each);
    assert.equal(again.MessageId, before[i].MessageId);
  }
  const { body } = await call(herald, 'BatchPub', herald.batch([device], 'other', tokens[1]));
  assert.equal(body.Code, 'IdempotentParameterMismatch');
  const connection = await listen(t, device);
  assert.deepEqual(await textsOf(connection), ['QoS 1']);
  await eventually('it is acknowledged', async () =>
    (await herald.receipts(before[1].MessageId)).Totals.acked === 1);
});

test('a call that got no answer because of kill -9 is sent again and arrives once', async (t) => {
  const device = await newDevice();
  await (await (await MqttDevice.connect(herald, device)).listen()).end();
  await herald.reaches(device, 'OFFLINE');
  const calls = Array.from({ length: 40 }, (_, i) =>
    herald.batch([device], `call ${i}`, { Qos: 1, ClientToken: randomUUID() }));
  const answers = new Map();
  const load = calls.map(async (parameters) => {
    const answer = await call(herald, 'BatchPub', parameters).catch(() => undefined);
    if (answer?.body?.Success) answers.set(parameters, answer.body.MessageId);
  });
  await Promise.race(load);
  await herald.kill();
  await Promise.all(load);
  await herald.serve();

  for (const parameters of calls) {
    const { MessageId } = await herald.must('BatchPub', parameters);
    assert.equal(MessageId, answers.get(parameters) ?? MessageId);
  }
  const texts = await textsOf(await listen(t, device));
  assert.deepEqual(texts.toSorted(), calls.map((_, i) => `call ${i}`).toSorted());
});
