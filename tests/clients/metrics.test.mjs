// What the admin port tells: metrics that move with what is done, and health.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { call, get, MqttDevice, sdkCalls } from './clients.mjs';
import { eventually, freePort, Herald, run } from './herald.mjs';

const token = 'a token of this test';
const admin = `127.0.0.1:${await freePort()}`;
const herald = await Herald.start({ admin, admin_token: token });
after(() => herald.stop());

const ask = (path, headers = {}) => fetch(`http://${admin}${path}`, { headers });

// One scrape: `all` are the values by series as they stand there.
async function scrape() {
  const lines = await herald.metrics();
  const all = Object.fromEntries(lines);
  assert.equal(Object.keys(all).length, lines.length, 'a series stands there twice');
  const sum = (name) => Object.entries(all)
    .filter(([series]) => series === name || series.startsWith(`${name}{`))
    .reduce((total, [, value]) => total + value, 0);
  return { all, sum };
}

const ended = (outcome, reason) => `herald_deliveries_total{outcome="${outcome}"${
  reason ? `,reason="${reason}"` : ''}}`;
const waiting = (state) => `herald_deliveries_waiting{state="${state}"}`;

// Waits until the series have moved by so much since `before`, and the ledger adds up: what changes
// during a scrape may be seen in one series and not yet in another.
async function moved(before, by) {
  let now;
  await eventually(`moved by ${JSON.stringify(by)}`, async () => {
    now = await scrape();
    const addsUp = now.all.herald_recipients_total
      === now.sum('herald_deliveries_total') + now.sum('herald_deliveries_waiting');
    return addsUp && Object.entries(by)
      .every(([series, much]) => now.all[series] - (before.all[series] ?? 0) === much);
  }).catch((error) => {
    const is = Object.keys(by).map((series) => [series, now.all[series] - before.all[series]]);
    throw new Error(`${error.message}; moved by ${JSON.stringify(Object.fromEntries(is))}`);
  });
  return now;
}

const productKey = await herald.createProduct();
const [online, offline, stranger, deleted] = await herald.registerDevices(productKey, 4);

// Subscribed in a kept session, and away.
async function leave(device) {
  await (await (await MqttDevice.connect(herald, device)).listen()).end();
  await herald.reaches(device, 'OFFLINE');
}

// --- The ledger.

test('every recipient is in the ledger: online, offline, unsubscribed, deleted', async (t) => {
  const device = await (await MqttDevice.connect(herald, online)).listen();
  t.after(() => device.end());
  await leave(offline);
  await leave(deleted);
  const all = [online, offline, stranger, deleted];

  const start = await scrape();
  await herald.publish(all, 'QoS 0');
  const once = await moved(start, {
    herald_recipients_total: 4,
    [ended('sent')]: 1,
    [ended('dropped', 'offline')]: 2,
    [ended('dropped', 'not_subscribed')]: 1,
  });
  await herald.publish(all, 'QoS 1', { Qos: 1 });
  const atLeastOnce = await moved(once, {
    herald_recipients_total: 4,
    [ended('acked')]: 1,
    [ended('dropped', 'not_subscribed')]: 1,
    [waiting('queued')]: 2,
    [waiting('inflight')]: 0,
    herald_queue_bytes: 10,
  });
  await herald.must('DeleteDevice', { IotId: deleted.iotId });
  const without = await moved(atLeastOnce, {
    [ended('cancelled')]: 1,
    [waiting('queued')]: -1,
    herald_queue_bytes: -5,
  });
  const back = await MqttDevice.connect(herald, offline);
  t.after(() => back.end());
  await moved(without, { [ended('acked')]: 1, [waiting('queued')]: -1, herald_queue_bytes: -5 });
});

test('what waits over a restart is in the ledger of the next process', async () => {
  await leave(offline);
  await herald.publish([offline], 'QoS 1', { Qos: 1 });
  await herald.shutDown();
  await herald.serve();
  await moved({ all: {} }, {
    herald_recipients_total: 1,
    [waiting('queued')]: 1,
    herald_queue_bytes: 5,
  });
});

// --- The rest.

for (const [sdk, send] of Object.entries(sdkCalls)) {
  test(`calls through ${sdk} are counted by operation and code, with their time`, async () => {
    const before = await scrape();
    const parameters = { IotInstanceId: herald.instance, ProductKey: productKey };
    assert.equal((await send(herald, 'QueryProduct', parameters)).Success, true);
    const unknown = { ...parameters, ProductKey: 'a1unknown00' };
    await send(herald, 'QueryProduct', unknown);
    const calls = 'herald_api_calls_total{operation="QueryProduct"';
    const seconds = 'herald_api_call_seconds';
    await moved(before, {
      [`${calls},code="OK"}`]: 1,
      [`${calls},code="iot.prod.NotExistedProduct"}`]: 1,
      [`${seconds}_count{operation="QueryProduct"}`]: 2,
      [`${seconds}_bucket{operation="QueryProduct",le="+Inf"}`]: 2,
    });
  });
}

test('strangers cannot make series', async () => {
  const before = await scrape();
  for (const action of ['Invented1', 'Invented2']) {
    await call(herald, action, { Signature: 'wrong' });
    await call(herald, action);
  }
  const now = await moved(before, {
    'herald_api_calls_total{operation="none",code="SignatureDoesNotMatch"}': 2,
    'herald_api_calls_total{operation="none",code="InvalidAction.NotFound"}': 2,
  });
  assert.ok(!Object.keys(now.all).some((series) => series.includes('Invented')));
});

test('connections and refused ones are counted', async (t) => {
  const before = await scrape();
  const device = await MqttDevice.connect(herald, online);
  t.after(() => device.end());
  await assert.rejects(
    MqttDevice.connect(herald, { ...online, deviceSecret: 'wrong' }));
  await moved(before, {
    'herald_device_connects_total{result="accepted"}': 1,
    'herald_device_connects_total{result="wrong"}': 1,
    herald_devices_connected: 1,
    herald_device_connections: 1,
  });
});

test('commits of the store are counted, and it accepts more', async () => {
  const before = await scrape();
  await herald.publish([online], 'QoS 1', { Qos: 1 });
  const now = await scrape();
  assert.ok(now.all.herald_store_commit_seconds_count > before.all.herald_store_commit_seconds_count);
  assert.ok(now.all.herald_store_commit_seconds_sum > before.all.herald_store_commit_seconds_sum);
  assert.ok(now.all.herald_store_commit_size_sum > before.all.herald_store_commit_size_sum);
  assert.equal(now.all.herald_store_accepts, 1);
  assert.equal(now.sum('herald_store_write_failures_total'), 0);
});

test('the process tells of itself', async () => {
  const { all } = await scrape();
  assert.ok(all.process_resident_memory_bytes > 1e6);
  assert.ok(all.process_open_fds > 10 && all.process_open_fds < all.process_max_fds);
  assert.ok(Math.abs(all.process_start_time_seconds - Date.now() / 1000) < 600);
  const { stdout } = await run(['version']);
  const [series] = Object.keys(all).filter((name) => name.startsWith('herald_build_info{'));
  assert.ok(stdout.includes(series.match(/version="([^"]+)"/)[1]));
});

test('a product that was deleted has no devices left in the end', async () => {
  const product = await herald.createProduct();
  await herald.registerDevices(product, 5);
  await herald.must('DeleteProduct', { ProductKey: product });
  await eventually('all are gone',
    async () => (await scrape()).all.herald_devices_to_delete === 0);
});

// --- Who may ask, and where.

test('metrics are for those who have the token', async () => {
  const answer = await ask('/metrics', { Authorization: `Bearer ${token}` });
  assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  assert.equal((await ask('/metrics')).status, 401);
  assert.equal((await ask('/metrics', { Authorization: 'Bearer wrong' })).status, 401);
  assert.equal((await get(herald, '/metrics')).status, 404);
});

test('both ports tell whether the server is well, and nothing else', async () => {
  for (const path of ['/healthz', '/readyz']) {
    for (const base of [`http://${admin}`, herald.url]) {
      const answer = await fetch(base + path);
      assert.equal(answer.status, 200);
      assert.equal(await answer.text(), 'ok\n');
    }
  }
});

test('an address that is taken, or open without a token, ends a server that was told it', async () => {
  const other = await Herald.start();
  after(() => other.stop());
  await other.shutDown();
  const serve = (...set) => run(['serve', '--data', other.data, '--api', '127.0.0.1:0',
    '--mqtt', '127.0.0.1:0', ...set.flatMap((each) => ['--set', each])]);
  const taken = await serve(`admin=${admin}`);
  assert.equal(taken.status, 1);
  assert.match(taken.stderr, /setting `admin`: cannot listen on 127\.0\.0\.1:\d+/);
  const open = await serve('admin=0.0.0.0:0');
  assert.equal(open.status, 1);
  assert.match(open.stderr, /`admin_token`/);
});
