// The ways in for devices: one port takes MQTT, TLS and WebSocket, told apart by the first bytes.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

import { credentials, MqttDevice, mosquittoDevice, topicOf, within } from './clients.mjs';
import { freePort, Herald } from './herald.mjs';

const secondPort = await freePort();
const herald = await Herald.start({ mqtt2: `127.0.0.1:${secondPort}` });
after(() => herald.stop());

const productKey = await herald.createProduct();
const caFile = join(herald.data, 'tls', 'ca.pem');
let named = 0;
const newDevice = () => herald.registerDevice(productKey, `device_${++named}`);

for (const protocolVersion of [4, 5]) {
  for (const scheme of ['mqtt', 'mqtts', 'ws', 'wss']) {
    for (const port of [undefined, secondPort]) {
      const name = `MQTT.js ${protocolVersion === 5 ? '5.0' : '3.1.1'} over ${scheme}`;
      test(`${name}${port ? ' on the second port' : ''}`, async (t) => {
        const device = await newDevice();
        const made = await MqttDevice.connect(herald, device, { scheme, protocolVersion, port });
        t.after(() => made.end());
        await made.listen();
        for (const Qos of [0, 1]) await herald.publish([device], `QoS ${Qos}`, { Qos });
        await made.inbox.has('QoS 0');
        await made.inbox.has('QoS 1');
      });
    }
  }
}

test('a payload of 256 KiB arrives whole on every way in', async (t) => {
  const payload = 'x'.repeat(262_144);
  for (const scheme of ['mqtt', 'mqtts', 'ws', 'wss']) {
    const device = await newDevice();
    const made = await MqttDevice.connect(herald, device, { scheme });
    t.after(() => made.end());
    await made.listen();
    await herald.publish([device], payload, { Qos: 1 });
    const [{ payload: received }] = await made.inbox.first();
    assert.equal(received.toString(), payload, scheme);
  }
});

for (const [name, maximum] of [['TLS 1.2', 'TLSv1.2'], ['TLS 1.3', 'TLSv1.3']]) {
  test(`${name} is spoken`, async (t) => {
    const device = await newDevice();
    const options = { scheme: 'mqtts', minVersion: maximum, maxVersion: maximum };
    const made = await MqttDevice.connect(herald, device, options);
    t.after(() => made.end());
    assert.equal(made.client.stream.getProtocol(), maximum);
  });
}

test('TLS 1.1 is refused', async () => {
  const options = { scheme: 'mqtts', minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0' };
  await assert.rejects(MqttDevice.connect(herald, await newDevice(), options));
});

// Lines of a device that is a process of its own.
function spawnDevice(t, command, args, env = {}) {
  const child = spawn(command, args, { env: { ...process.env, ...env } });
  let said = '';
  child.stderr.on('data', (bytes) => { said += bytes; });
  const exited = once(child, 'close');
  t.after(async () => { child.kill(); await exited; });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return async (line) => {
    const { value } = await within(`${line}; it said: ${said}`, lines.next());
    assert.equal(value, line, said);
  };
}

for (const name of ['alibabacloud-iot-device-sdk', 'aliyun-iot-device-sdk']) {
  for (const scheme of ['mqtts', 'ws', 'wss']) {
    test(`${name} over ${scheme}`, async (t) => {
      const device = await newDevice();
      const script = fileURLToPath(new URL('sdk_device.mjs', import.meta.url));
      const says = spawnDevice(t, process.execPath, [script, name, `${scheme}://${herald.mqtt}`,
        device.productKey, device.deviceName, device.deviceSecret, topicOf(device, 'get')],
      { NODE_EXTRA_CA_CERTS: caFile });
      await says('subscribed');
      await herald.publish([device], 'to the SDK', { Qos: 1 });
      await says('received 1 to the SDK');
    });
  }
}

for (const version of ['311', '5']) {
  test(`mosquitto_sub over TLS, -V ${version}`, async (t) => {
    const device = await newDevice();
    const more = ['--cafile', caFile, '-V', version];
    if (version === '5') more.push('-x', '3600');
    const made = await mosquittoDevice(herald, device, { more });
    t.after(() => made.end());
    await herald.publish([device], 'to mosquitto', { Qos: 1 });
    await made.inbox.has('to mosquitto');
  });
}

// Debian's Paho, in Python.
for (const version of ['3.1.1', '5.0']) {
  for (const transport of ['tcp', 'tls', 'websockets']) {
    test(`Paho ${version} over ${transport}`, async (t) => {
      const device = await newDevice();
      const { clientId, username, password } = credentials(device);
      const script = fileURLToPath(new URL('paho_device.py', import.meta.url));
      const says = spawnDevice(t, '/usr/bin/python3', [script, herald.mqttPort, version, transport,
        caFile, clientId, username, password, topicOf(device, 'get')]);
      await says('subscribed');
      await herald.publish([device], 'to Paho', { Qos: 1 });
      await says('received 1 to Paho');
    });
  }
}
