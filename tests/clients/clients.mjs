// The clients of a server: applications that call it and devices that connect to it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

import { connect } from 'mqtt';

const require = createRequire(import.meta.url);
const PopCore = require('@alicloud/pop-core');
const Iot = require('@alicloud/iot20180120');
const { default: OpenApi, Config, OpenApiRequest, Params } = require('@alicloud/openapi-client');
const deviceSdk = require('alibabacloud-iot-device-sdk');
const olderDeviceSdk = require('aliyun-iot-device-sdk');

export const version = '2018-01-20';

// --- Applications.

export function popCore(herald, { scheme = 'http', ...options } = {}) {
  return new PopCore.RPCClient({
    endpoint: `${scheme}://${herald.api}`,
    apiVersion: version,
    accessKeyId: herald.account.AccessKeyId,
    accessKeySecret: herald.account.AccessKeySecret,
    ...(herald.account.SecurityToken && { securityToken: herald.account.SecurityToken }),
    opts: { timeout: 20_000, ...options },
  });
}

export function iotClient(herald, config = {}) {
  return new Iot.default(new Config({
    endpoint: herald.api,
    protocol: 'HTTP',
    accessKeyId: herald.account.AccessKeyId,
    accessKeySecret: herald.account.AccessKeySecret,
    readTimeout: 20_000,
    ...config,
  }));
}

// Any operation through what the typed SDKs are built on; answers the body.
export async function genericCall(herald, action, parameters) {
  const client = new OpenApi(new Config({
    endpoint: herald.api,
    protocol: 'HTTP',
    accessKeyId: herald.account.AccessKeyId,
    accessKeySecret: herald.account.AccessKeySecret,
  }));
  const params = new Params({
    action, version, protocol: 'HTTP', pathname: '/', method: 'POST', authType: 'AK', style: 'RPC',
    reqBodyType: 'formData', bodyType: 'json',
  });
  const { body } = await client.callApi(params, new OpenApiRequest({ query: parameters }),
    { readTimeout: 20_000 });
  return body;
}

// The models of the typed SDK.
export const sdkModels = Iot;
// One of its requests: sdkRequest('BatchPub', { productKey: … }).
export const sdkRequest = (operation, fields) => new Iot[`${operation}Request`](fields);

// A model of the typed SDK, and those inside it, from the names of the API.
function modelOf(Model, named) {
  const types = Model.types();
  const valueOf = (value, type) => {
    if (type?.type === 'array') return value?.map((item) => valueOf(item, type.itemType));
    return typeof type?.names === 'function' ? modelOf(type, value) : value;
  };
  const fields = Object.entries(Model.names())
    .map(([field, name]) => [field, valueOf(named[name], types[field])]);
  return new Model(Object.fromEntries(fields));
}

// A call by the names of the API through either SDK. Both answer the body; lists are arrays.
// `options` are those of popCore() and iotClient().
export const sdkCalls = {
  'pop-core': async (herald, action, parameters, options) => {
    const answer = popCore(herald, options).request(action, parameters);
    return answer.catch((error) => error.data ?? assert.fail(error));
  },
  iot20180120: async (herald, action, parameters, options) => {
    const request = modelOf(Iot[`${action}Request`], parameters);
    const method = action[0].toLowerCase() + action.slice(1);
    const { body } = await iotClient(herald, options)[method](request);
    return JSON.parse(JSON.stringify(body.toMap()));  // Without what is undefined.
  },
};

const encode = (text) => encodeURIComponent(text)
  .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

const joined = (parameters) => Object.keys(parameters)
  .sort()
  .map((name) => `${encode(name)}=${encode(parameters[name])}`)
  .join('&');

export const timestamp = (time = Date.now()) => new Date(time).toISOString().replace(/\.\d+Z/, 'Z');

export function stringToSign(method, parameters) {
  return `${method}&%2F&${encode(joined(parameters))}`;
}

// All parameters of a V1 call, signed. `parameters` win over the common ones; undefined leaves out.
export function signedParameters(herald, action, parameters = {}, method = 'GET') {
  const all = {
    Action: action,
    Version: version,
    Format: 'JSON',
    AccessKeyId: herald.account.AccessKeyId,
    SignatureMethod: 'HMAC-SHA1',
    SignatureVersion: '1.0',
    SignatureNonce: randomUUID(),
    Timestamp: timestamp(),
    ...parameters,
  };
  for (const name of Object.keys(all)) if (all[name] === undefined) delete all[name];
  if ('Signature' in parameters) return all;
  const key = `${herald.account.AccessKeySecret}&`;
  const signature = createHmac('sha1', key).update(stringToSign(method, all)).digest('base64');
  return { ...all, Signature: signature };
}

export const signedTarget = (herald, action, parameters) =>
  `/?${joined(signedParameters(herald, action, parameters))}`;
export const signedForm = (herald, action, parameters) =>
  joined(signedParameters(herald, action, parameters, 'POST'));

// { status, type, text, body }; the body of JSON is parsed.
async function answerOf(response) {
  const text = await response.text();
  const type = response.headers.get('content-type');
  const body = type?.startsWith('application/json') ? JSON.parse(text) : undefined;
  return { status: response.status, type, text, body };
}

export async function get(herald, target, options = {}) {
  return answerOf(await fetch(herald.url + target, options));
}

// A plain V1 call, without an SDK.
export async function call(herald, action, parameters = {}) {
  return get(herald, signedTarget(herald, action, parameters));
}

// A plain V3 call; `headers` win over those that are signed.
export async function callV3(herald, action, parameters = {}, { headers = {}, secret } = {}) {
  const empty = createHash('sha256').update('').digest('hex');
  const signed = {
    host: herald.api,
    'x-acs-action': action,
    'x-acs-content-sha256': empty,
    'x-acs-date': timestamp(),
    'x-acs-signature-nonce': randomUUID(),
    'x-acs-version': version,
    ...headers,
  };
  const names = Object.keys(signed).filter((name) => signed[name] !== undefined).sort();
  const lines = names.map((name) => `${name}:${signed[name]}\n`).join('');
  const query = joined(parameters);
  const canonical = ['POST', '/', query, lines, names.join(';'), empty].join('\n');
  const toSign = `ACS3-HMAC-SHA256\n${createHash('sha256').update(canonical).digest('hex')}`;
  const signature = createHmac('sha256', secret ?? herald.account.AccessKeySecret)
    .update(toSign).digest('hex');
  const { host, ...sent } = Object.fromEntries(names.map((name) => [name, signed[name]]));
  sent.authorization = `ACS3-HMAC-SHA256 Credential=${herald.account.AccessKeyId},` +
    `SignedHeaders=${names.join(';')},Signature=${signature}`;
  const target = query ? `/?${query}` : '/';
  return { canonical, ...(await get(herald, target, { method: 'POST', headers: sent })) };
}

// --- Devices.

// A promise that is kept in time.
export async function within(what, promise, milliseconds = 15_000) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${milliseconds} ms: ${what}`)),
      milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export const topicOf = (device, suffix) =>
  `/${device.productKey}/${device.deviceName}/user/${suffix}`;

// What a device says in CONNECT.
export function credentials(device, { method = 'hmacsha256', time = '1700000000000' } = {}) {
  const { productKey, deviceName, deviceSecret } = device;
  const clientId = `${productKey}.${deviceName}`;
  const content =
    `clientId${clientId}deviceName${deviceName}productKey${productKey}timestamp${time}`;
  return {
    clientId: `${clientId}|securemode=3,signmethod=${method},timestamp=${time}|`,
    username: `${deviceName}&${productKey}`,
    password: createHmac(method.replace('hmac', ''), deviceSecret).update(content).digest('hex'),
  };
}

// What a device received, in order: { topic, payload, qos, dup, retain, properties }.
export class Inbox {
  messages = [];
  #waiting = new Set();

  add(message) {
    this.messages.push(message);
    for (const check of [...this.#waiting]) check();
  }

  get texts() { return this.messages.map((message) => message.payload.toString()); }

  // Resolves when `fits(messages)`.
  async until(what, fits) {
    let check;
    const fitting = new Promise((resolve) => {
      check = () => { if (fits(this.messages)) resolve(); };
      this.#waiting.add(check);
      check();
    });
    await within(what, fitting).finally(() => this.#waiting.delete(check));
  }

  // The first `count` messages.
  async first(count = 1) {
    await this.until(`${count} messages`, (all) => all.length >= count);
    return this.messages.slice(0, count);
  }

  // Waits for this text.
  async has(text) {
    await this.until(`the message "${text}"`,
      (all) => all.some(({ payload }) => payload.toString() === text));
  }
}

// A device on MQTT.js. A new connection of the same device may go on with its inbox.
export class MqttDevice {
  #said = [];

  // Rejects with what CONNACK said: error.code. `scheme` is one of mqtt, mqtts, ws and wss.
  static async connect(herald, device,
    { inbox = new Inbox(), scheme = 'mqtt', port = herald.mqttPort, ...options } = {}) {
    const client = connect(`${scheme}://127.0.0.1:${port}`, {
      ca: herald.ca,
      ...credentials(device),
      clean: false,
      reconnectPeriod: 0,
      connectTimeout: 15_000,
      keepalive: 60,
      resubscribe: false,
      ...options,
    });
    const made = new MqttDevice();
    Object.assign(made, { device, client, inbox });
    client.on('message', (topic, payload, { qos, dup, retain, properties }) =>
      inbox.add({ topic, payload, qos, dup, retain, properties }));
    client.on('disconnect', (packet) => { made.disconnect = packet; });  // The server's, MQTT 5.0.
    client.on('error', () => {});
    made.closed = new Promise((resolve) => { client.once('close', resolve); });
    made.connack = await within('CONNACK', new Promise((resolve, reject) => {
      client.once('connect', resolve);
      client.once('error', reject);
      client.once('close', () => reject(new Error('closed before CONNACK')));
    }));
    return made;
  }

  // The codes of SUBACK.
  async subscribe(filters, qos = 1, options = {}) {
    const suback = new Promise((resolve, reject) => {
      const listen = (packet) => {
        if (packet.cmd !== 'suback') return;
        this.client.off('packetreceive', listen);
        resolve([...packet.granted]);
      };
      this.client.on('packetreceive', listen);
      this.closed.then(() => reject(new Error('closed before SUBACK')));
    });
    this.client.subscribe(filters, { qos, ...options }, () => {});
    return within('SUBACK', suback);
  }

  // Subscribes its own custom topic, which has to be granted.
  async listen(suffix = 'get') {
    assert.ok((await this.subscribe(topicOf(this.device, suffix)))[0] <= 1, 'SUBACK');
    return this;
  }

  async publish(topic, payload, qos = 1, options = {}) {
    const heard = within('PUBACK', this.client.publishAsync(topic, payload, { qos, ...options }));
    this.#said.push(heard);
    return heard;
  }

  // DISCONNECT, or with `abruptly` just the end of the connection; what handlers of messages have
  // said without waiting is heard before.
  async end(abruptly = false) {
    await Promise.race([this.closed, Promise.allSettled(this.#said)]);
    if (abruptly) this.client.stream.destroy();
    await this.client.endAsync(abruptly);
  }
}

// Many of one product at once, connected and listening.
export async function connectAll(herald, devices, options = {}) {
  return Promise.all(devices.map(async (device) => {
    const made = await MqttDevice.connect(herald, device, options);
    return made.listen();
  }));
}

// A device on the official SDK: { sdk, inbox, subacks, listen, end }. The codes of all SUBACKs,
// also of the subscriptions that the SDK makes by itself, come to `subacks`.
export async function sdkDevice(herald, device, { older = false, ...options } = {}) {
  const { productKey, deviceName, deviceSecret } = device;
  const sdk = (older ? olderDeviceSdk : deviceSdk).device({
    productKey, deviceName, deviceSecret, brokerUrl: `mqtt://${herald.mqtt}`, ...options,
  });
  const inbox = new Inbox();
  const subacks = new Inbox();
  sdk.on('message', (topic, payload, { qos, dup }) => {
    // The older one tells its version by itself when it connects, and is answered.
    if (topic.endsWith('/thing/deviceinfo/update_reply')) return;
    inbox.add({ topic, payload, qos, dup });
  });
  sdk._mqttClient.on('packetreceive', ({ cmd, granted }) => {
    if (cmd === 'suback') granted.forEach((code) => subacks.add(code));
  });
  await within('CONNACK', once(sdk, 'connect'));
  return {
    sdk,
    inbox,
    subacks,
    device,
    async listen(suffix = 'get') {
      const granted = promisify(sdk.subscribe.bind(sdk))(topicOf(device, suffix), { qos: 1 });
      assert.ok((await within('SUBACK', granted))[0].qos <= 1, 'SUBACK');
      return this;
    },
    end: () => new Promise((resolve) => { sdk.end(true, resolve); }),
  };
}

// A device on mosquitto_sub: { inbox, end }; it has subscribed when this resolves. `more` are
// options of the program.
export async function mosquittoDevice(herald, device, { suffix = 'get', more = [] } = {}) {
  const { clientId, username, password } = credentials(device);
  // Line by line: what it says about itself tells when it has subscribed.
  const child = spawn('stdbuf', ['-oL', 'mosquitto_sub', '-h', '127.0.0.1', '-p', herald.mqttPort,
    '-i', clientId, '-u', username, '-P', password, '-q', '1', '-c', '-d',
    '-t', topicOf(device, suffix), '-F', 'received %q %t %x', ...more]);
  const inbox = new Inbox();
  let said = '';
  child.stderr.on('data', (bytes) => { said += bytes; });
  const exited = once(child, 'close');
  const subscribed = new Promise((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (/^Subscribed \(mid: \d+\): [01]$/.test(line)) resolve();
      const [word, qos, topic, hex] = line.split(' ');
      if (word !== 'received') return;
      inbox.add({ topic, payload: Buffer.from(hex, 'hex'), qos: Number(qos) });
    });
  });
  const ended = exited.then(() => assert.fail(`mosquitto_sub: ${said}`));
  ended.catch(() => {});
  await within('mosquitto_sub subscribes', Promise.race([subscribed, ended]));
  return { inbox, device, end: async () => { child.kill(); await exited; } };
}
