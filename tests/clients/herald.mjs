// A real server in a directory of its own, and the calls that fill it.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { call } from './clients.mjs';

export const program =
  process.env.HERALD ?? fileURLToPath(new URL('../../build/asan/herald', import.meta.url));

// What the documented quotas would make slow.
const lifted = ['BatchPub', 'CreateProduct', 'CreateProductTopic', 'QueryProductTopic',
  'RegisterDevice', 'QueryMessageReceipts', 'GetDeviceStatus'];

// Runs the program to its end: { status, stdout, stderr }.
export async function run(args, options = {}) {
  try {
    const done = await promisify(execFile)(program, args, { timeout: 30_000, ...options });
    return { status: 0, ...done };
  } catch (error) {
    if (typeof error.code !== 'number') throw error;
    return { status: error.code, stdout: error.stdout, stderr: error.stderr };
  }
}

export async function temporaryDirectory() {
  return mkdtemp(join(tmpdir(), 'herald-'));
}

// Below the range from which the system takes the ports of outgoing connections, so that none of
// them can be in the way when a server comes back on its port. None is given twice.
const given = new Set();
export async function freePort() {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    if (given.has(port)) continue;
    given.add(port);
    const probe = createServer();
    const free = await new Promise((resolve) => {
      probe.once('error', () => resolve(false));
      probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
    });
    if (free) return port;
  }
}

// Asks until the answer is true.
export async function eventually(what, check, milliseconds = 10_000) {
  const deadline = Date.now() + milliseconds;
  while (!(await check())) {
    assert.ok(Date.now() < deadline, `not within ${milliseconds} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

// Makes calls at once, each of which answers its Code: of those within a second `most` get through.
// A slow machine may need longer than that for all of them.
export async function throttles(most, calls) {
  const begun = Date.now();
  const codes = await Promise.all(calls.map((each) => each()));
  const seconds = Math.floor((Date.now() - begun) / 1000) + 1;
  const admitted = codes.filter((code) => code === '').length;
  assert.ok(admitted >= most && admitted <= most * seconds, codes.join());
  assert.ok(codes.every((code) => code === '' || code === 'Throttling.User'), codes.join());
}

export class Herald {
  // `settings` are those of `herald serve --set`; undefined leaves one at the program's default.
  // `options` are more of its options; `data` is its directory, else one of its own.
  static async start(settings = {}, options = [], data = undefined) {
    const herald = new Herald();
    herald.options = options;
    herald.data = data ?? await temporaryDirectory();
    // A test file that fails before its hooks are in place leaves nothing behind.
    process.once('exit', () => {
      herald.child?.kill('SIGKILL');
      rmSync(herald.data, { recursive: true, force: true });
    });
    herald.settings = {
      shards: 2,
      'log.level': 'warning',
      // A disk that pauses for longer than a second makes a test slow, and fails no call of it.
      'store.waiting_ms': 60_000,
      admin: `127.0.0.1:${await freePort()}`,
      ...Object.fromEntries(lifted.map((name) => [`quota.${name}`, 'unlimited'])),
      ...settings,
    };
    const made = await run(['init', '--data', herald.data, '--json']);
    assert.equal(made.status, 0, made.stderr);
    herald.account = JSON.parse(made.stdout);
    herald.apiPort = await freePort();
    herald.mqttPort = await freePort();
    herald.ca = await readFile(join(herald.data, 'tls', 'ca.pem'), 'utf8');
    await herald.serve();
    return herald;
  }

  get api() { return `127.0.0.1:${this.apiPort}`; }
  get mqtt() { return `127.0.0.1:${this.mqttPort}`; }
  get url() { return `http://${this.api}`; }
  get instance() { return this.account.IotInstanceId; }

  async serve() {
    const set = Object.entries(this.settings)
      .filter(([, value]) => value !== undefined)
      .flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    const args = ['serve', '--data', this.data, '--api', this.api, '--mqtt', this.mqtt,
      ...this.options, ...set];
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    this.ended = false;  // By us.
    this.output = '';
    const note = (bytes) => { this.output = (this.output + bytes).slice(-4_194_304); };
    child.stdout.on('data', note);
    child.stderr.on('data', note);
    this.exited = once(child, 'close');
    await eventually('the server serves', async () => {
      assert.equal(child.exitCode, null, `the server ended:\n${this.output}`);
      const answer = await fetch(`${this.url}/readyz`).catch(() => undefined);
      return answer?.status === 200;
    }, 20_000);
  }

  // The series of /metrics by their names and labels; undefined: the admin port is off.
  async metrics() {
    if (this.settings.admin === 'off') return undefined;
    const token = this.settings.admin_token;
    const headers = token ? { Authorization: `Bearer ${token}` } : {};
    const answer = await fetch(`http://${this.settings.admin}/metrics`, { headers });
    assert.equal(answer.status, 200);
    const lines = (await answer.text()).split('\n').filter((line) => line && !line.startsWith('#'));
    return lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    });
  }

  // The ledger: of all recipients it is known what became of their messages. What is on its way
  // from one shard to another is seen at one of them first.
  async balances() {
    await eventually('every recipient is in one state', async () => {
      const series = await this.metrics();
      if (series === undefined) return true;
      const sum = (name) => series.filter(([each]) => each.split('{')[0] === name)
        .reduce((total, [, value]) => total + value, 0);
      return sum('herald_recipients_total')
        === sum('herald_deliveries_total') + sum('herald_deliveries_waiting');
    });
  }

  // Ends it as a power cut would.
  async kill() {
    this.ended = true;
    this.child.kill('SIGKILL');
    const [status, signal] = await this.exited;
    assert.equal(signal, 'SIGKILL', `the server had ended with ${status}:\n${this.output}`);
  }

  // Ends it in order; sanitizers report what they found by its status.
  async shutDown() {
    this.ended = true;
    const early = !this.child.kill('SIGTERM');
    const [status, signal] = await this.exited;
    assert.ok(!early, `the server had ended by itself, with ${signal ?? status}:\n${this.output}`);
    assert.equal(signal ?? status, 0, `the server ended badly:\n${this.output}`);
  }

  async stop() {
    try {
      if (!this.ended) {
        await this.balances();
        await this.shutDown();
      }
    } finally {
      await rm(this.data, { recursive: true, force: true });
    }
  }

  // Calls an operation in the account's instance; a refusal fails the test.
  async must(action, parameters = {}) {
    const all = { IotInstanceId: this.instance, ...parameters };
    const { text, body } = await call(this, action, all);
    assert.equal(body.Success, true, `${action}: ${text}`);
    return body;
  }

  async createProduct(name = `product_${Math.random().toString(36).slice(2, 12)}`) {
    return (await this.must('CreateProduct', { ProductName: name, NodeType: 0 })).ProductKey;
  }

  // Its id is text, as the operations that take it want it.
  async createTopic(productKey, suffix, operation = 'SUB') {
    const topic = { ProductKey: productKey, TopicShortName: suffix, Operation: operation };
    await this.must('CreateProductTopic', topic);
    const { Data } = await this.must('QueryProductTopic', { ProductKey: productKey });
    const whole = `/${productKey}/\${deviceName}/user/${suffix}`;
    return Data.ProductTopicInfo.find(({ TopicShortName }) => TopicShortName === whole).Id;
  }

  // One device: { productKey, deviceName, deviceSecret, iotId }.
  async registerDevice(productKey, name) {
    const wanted = { ProductKey: productKey, DeviceName: name };
    const { Data } = await this.must('RegisterDevice', wanted);
    return {
      productKey: Data.ProductKey,
      deviceName: Data.DeviceName,
      deviceSecret: Data.DeviceSecret,
      iotId: Data.IotId,
    };
  }

  async registerDevices(productKey, count) {
    const names = Array.from({ length: count }, (_, i) => `device${String(i).padStart(4, '0')}`);
    return Promise.all(names.map((name) => this.registerDevice(productKey, name)));
  }

  // The parameters of a BatchPub of these bytes to these devices of one product.
  batch(devices, payload, more = {}) {
    const names = devices.map((device, i) => [`DeviceName.${i + 1}`, device.deviceName]);
    return {
      IotInstanceId: this.instance,
      ProductKey: devices[0].productKey,
      TopicShortName: 'get',
      MessageContent: Buffer.from(payload).toString('base64'),
      ...Object.fromEntries(names),
      ...more,
    };
  }

  // Publishes and answers the MessageId.
  async publish(devices, payload, more = {}) {
    const body = await this.must('BatchPub', this.batch(devices, payload, more));
    return body.MessageId;
  }

  async receipts(messageId) {
    return (await this.must('QueryMessageReceipts', { MessageId: messageId, PageSize: 1000 })).Data;
  }

  async status(device) {
    const { Data } = await this.must('GetDeviceStatus', { IotId: device.iotId });
    return Data.Status;
  }

  // Waits until the device is seen as this.
  async reaches(device, status) {
    await eventually(`${device.deviceName} is ${status}`,
      async () => (await this.status(device)) === status);
  }
}
