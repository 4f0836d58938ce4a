// A disk that fills up, and has space again: what callers are told, and what is there afterwards.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { call, MqttDevice } from './clients.mjs';
import { eventually, Herald, temporaryDirectory } from './herald.mjs';

const MiB = 1024 * 1024;

// A disk of its own, in memory; nothing where that is not allowed.
async function smallDisk(size) {
  const path = await temporaryDirectory();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}m,mode=700`, 'tmpfs', path],
      { stdio: 'ignore' });
  } catch {
    rmSync(path, { recursive: true });
    return undefined;
  }
  process.once('exit', () => {
    execFileSync('umount', ['--lazy', path]);
    rmSync(path, { recursive: true });
  });
  return path;
}

// A server on a small disk of which a part is taken away, with one device in a kept session.
async function serverOnASmallDisk(t, { size, taken, settings }) {
  const disk = await smallDisk(size);
  if (disk === undefined) return undefined;
  const filler = join(disk, 'filler');
  await writeFile(filler, Buffer.alloc(taken * MiB, 1));
  const herald = await Herald.start(settings, [], join(disk, 'data'));
  t.after(() => herald.stop());
  const productKey = await herald.createProduct();
  const device = await herald.registerDevice(productKey, 'device');
  const connection = await (await MqttDevice.connect(herald, device)).listen();
  await connection.end();
  await herald.reaches(device, 'OFFLINE');
  return { herald, device, filler, disk };
}

// { status, code } of one message of this many bytes; only 200 without a code was taken.
async function publish(herald, device, text, bytes = 100_000) {
  const parameters = herald.batch([device], text.padEnd(bytes, '.'), { Qos: 1 });
  const { status, body } = await call(herald, 'BatchPub', parameters);
  return { status, code: body.Success === true ? undefined : body.Code };
}

const isReady = async (herald) => (await fetch(`${herald.url}/readyz`)).status === 200;
const skipped = 'a tmpfs cannot be mounted here';

test('a full disk', async (t) => {
  const server =
    await serverOnASmallDisk(t, { size: 112, taken: 56, settings: { 'store.free_bytes_min': 0 } });
  if (server === undefined) return t.skip(skipped);
  const { herald, device, filler } = server;
  const taken = [];
  let number = 0;
  const next = async () => {
    const text = `message ${number++}.`;
    const answer = await publish(herald, device, text);
    if (answer.code === undefined) taken.push(text);
    return answer;
  };

  await t.test('fails the message that it has no space for, and refuses all others', async () => {
    let answer;
    do answer = await next(); while (answer.code === undefined && number < 2000);
    assert.ok(taken.length > 50, `${taken.length} messages were taken`);
    const seen = new Set([`${answer.status} ${answer.code}`]);
    for (let i = 0; i < 20; ++i) {
      answer = await next();
      seen.add(`${answer.status} ${answer.code}`);
    }
    for (const each of seen) {
      assert.ok(['500 InternalError', '503 ServiceUnavailable'].includes(each), each);
    }
    assert.ok(seen.has('503 ServiceUnavailable'));
    assert.equal(await isReady(herald), false);
    const { status, body } = await call(herald, 'UpdateProduct', {
      IotInstanceId: herald.instance, ProductKey: device.productKey, ProductName: 'renamed',
    });
    assert.equal(`${status} ${body.Code}`, '503 ServiceUnavailable');
  });

  await t.test('still tells what it knows', async () => {
    assert.equal(await herald.status(device), 'OFFLINE');
  });

  await t.test('takes messages again when it has space, without a restart', async () => {
    await rm(filler);
    await eventually('the server is ready', () => isReady(herald), 20_000);
    const { code } = await next();
    assert.equal(code, undefined);
  });

  await t.test('has lost nothing that it took and kept nothing that it did not', async () => {
    await herald.kill();
    await herald.serve();
    const { inbox, end } = await MqttDevice.connect(herald, device).then((connected) => ({
      inbox: connected.inbox, end: () => connected.end(),
    }));
    await inbox.first(taken.length);
    assert.equal((await publish(herald, device, 'the end', 0)).code, undefined);
    await inbox.has('the end');
    assert.deepEqual(inbox.texts.map((text) => text.replace(/\.*$/, '.')),
      [...taken, 'the end.']);
    await end();
  });
});

test('a nearly full disk', async (t) => {
  const server = await serverOnASmallDisk(t,
    { size: 96, taken: 1, settings: { 'store.free_bytes_min': 16 * MiB } });
  if (server === undefined) return t.skip(skipped);
  const { herald, device, disk } = server;
  const filler = join(disk, 'more');
  assert.equal((await publish(herald, device, 'before', 0)).code, undefined);
  const free = () => Number(execFileSync('stat', ['-f', '-c', '%a %S', disk]).toString()
    .split(' ').reduce((blocks, bytes) => blocks * bytes));

  await t.test('refuses messages', async () => {
    await writeFile(filler, Buffer.alloc(free() - 12 * MiB, 1));
    await eventually('the server is not ready', async () => !(await isReady(herald)));
    const { status, code } = await publish(herald, device, 'no', 0);
    assert.equal(`${status} ${code}`, '503 ServiceUnavailable');
  });

  await t.test('still lets devices connect, receive and acknowledge', async () => {
    const connected = await MqttDevice.connect(herald, device);
    assert.equal(connected.connack.sessionPresent, true);
    await connected.inbox.has('before');
    await connected.end();
  });

  await t.test('takes messages again when it has space', async () => {
    await rm(filler);
    await eventually('the server is ready', () => isReady(herald));
    assert.equal((await publish(herald, device, 'after', 0)).code, undefined);
    const connected = await MqttDevice.connect(herald, device);
    await connected.inbox.has('after');
    assert.deepEqual(connected.inbox.texts, ['after']);
    await connected.end();
  });
});
