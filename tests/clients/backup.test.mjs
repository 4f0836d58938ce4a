// herald backup of a running server, herald restore and herald verify.
import assert from 'node:assert/strict';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { MqttDevice } from './clients.mjs';
import { Herald, run, temporaryDirectory } from './herald.mjs';

const herald = await Herald.start();
const folder = await temporaryDirectory();
after(async () => {
  await herald.stop();
  await rm(folder, { recursive: true, force: true });
});

const productKey = await herald.createProduct();
const devices = await herald.registerDevices(productKey, 5);
for (const device of devices) await (await (await MqttDevice.connect(herald, device)).listen()).end();

const backup = join(folder, 'backup');
const verify = (data) => run(['verify', '--data', data]);

test('a backup under load is restored with all that was answered before', async (t) => {
  const before = [];
  for (let i = 0; i < 20; ++i) {
    await herald.publish(devices, `before ${i}`, { Qos: 1 });
    before.push(`before ${i}`);
  }
  let stop = false;
  const load = (async () => {
    for (let i = 0; !stop; ++i) await herald.publish(devices, `meanwhile ${i}`, { Qos: 1 });
  })();
  const made = await run(['backup', backup, '--data', herald.data]);
  stop = true;
  await load;
  assert.equal(made.status, 0, made.stderr);
  await herald.publish(devices, 'after', { Qos: 1 });

  await t.test('only its owner reads it, and it is sound', async () => {
    assert.equal((await stat(backup)).mode & 0o777, 0o700);
    const { status, stdout } = await verify(backup);
    assert.equal(status, 0, stdout);
    assert.match(stdout, /All of it is sound/);
  });

  await t.test('the restored server delivers', async () => {
    const data = join(folder, 'restored');
    await mkdir(data, { mode: 0o755 });
    const restored = await run(['restore', backup, '--data', data]);
    assert.equal(restored.status, 0, restored.stderr + restored.stdout);
    assert.equal((await stat(join(data, 'store'))).mode & 0o777, 0o700);
    await herald.shutDown();
    const own = herald.data;
    herald.data = data;
    try {
      await herald.serve();
      for (const device of devices) {
        const { inbox, client } = await MqttDevice.connect(herald, device);
        await inbox.has(before.at(-1));
        assert.deepEqual(inbox.texts.slice(0, before.length), before);
        assert.ok(!inbox.texts.includes('after'));
        await client.endAsync();
      }
      await herald.shutDown();
    } finally {
      herald.data = own;
    }
    await herald.serve();
  });
});

test('a backup takes the place of nothing, and neither does a restore', async () => {
  const again = await run(['backup', backup, '--data', herald.data]);
  assert.equal(again.status, 1);
  assert.match(again.stderr, /there already/);
  const taken = join(folder, 'taken');
  await mkdir(taken);
  await writeFile(join(taken, 'file'), '');
  const { status, stderr } = await run(['restore', backup, '--data', taken]);
  assert.equal(status, 1);
  assert.match(stderr, /not empty/);
  assert.deepEqual(await readdir(taken), ['file']);
});

test('what is no whole backup is not restored', async () => {
  const { status, stderr } = await run(['restore', herald.data, '--data', join(folder, 'none')]);
  assert.equal(status, 1);
  assert.match(stderr, /no backup/);
});

test('a running server is not verified', async () => {
  const { status, stderr } = await verify(herald.data);
  assert.equal(status, 1);
  assert.match(stderr, /stop it first/);
});

test('a stopped server is verified', async () => {
  await herald.publish(devices, 'waits', { Qos: 1 });
  await herald.shutDown();
  const sound = await verify(herald.data);
  assert.equal(sound.status, 0, sound.stdout);
  assert.match(sound.stdout, /unfinished/);
  await herald.serve();
});
