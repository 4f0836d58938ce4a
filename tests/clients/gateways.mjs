// Gateways, and what they sign in and out.
import { createHmac } from 'node:crypto';

import { Inbox, MqttDevice, topicOf } from './clients.mjs';

export const namesOf = ({ productKey, deviceName }) => ({ productKey, deviceName });

// What a gateway says of a sub-device of which it has the secret.
export function signed({ productKey, deviceName, deviceSecret }, cleanSession = true) {
  const content = `clientIdxdeviceName${deviceName}productKey${productKey}timestamp1`;
  return {
    productKey, deviceName, clientId: 'x', timestamp: '1', signMethod: 'hmacSha256',
    sign: createHmac('sha256', deviceSecret).update(content).digest('hex'),
    cleanSession: String(cleanSession),
  };
}

// The key of a product whose devices are gateways.
export async function createGateways(herald) {
  const name = `gateways_${Math.random().toString(36).slice(2, 12)}`;
  return (await herald.must('CreateProduct', { ProductName: name, NodeType: 1 })).ProductKey;
}

// An application adds the devices, up to 10.
export async function belong(herald, gateway, devices) {
  const items = devices.map((each, i) => {
    const { productKey, deviceName, clientId, timestamp, signMethod, sign } = signed(each);
    return Object.entries({
      ProductKey: productKey, DeviceName: deviceName, ClientId: clientId, Timestamp: timestamp,
      SignMethod: signMethod, Sign: sign,
    }).map(([name, value]) => [`TopoAddItem.${i + 1}.${name}`, value]);
  });
  await herald.must('BatchAddThingTopo', {
    GwProductKey: gateway.productKey,
    GwDeviceName: gateway.deviceName,
    ...Object.fromEntries(items.flat()),
  });
}

let asked = 0;

// A gateway on MQTT.js, for what the SDKs do not say: { mqtt, inbox }.
export class Gateway {
  static async connect(herald, device, options = {}) {
    const made = new Gateway();
    made.device = device;
    made.mqtt = await MqttDevice.connect(herald, device, { inbox: new Inbox(), ...options });
    made.inbox = made.mqtt.inbox;
    return made;
  }

  // The code of the reply to a request under `/ext/session/…`.
  async ask(action, params) {
    const { productKey, deviceName } = this.device;
    return this.#request(`/ext/session/${productKey}/${deviceName}/combine/${action}`, params);
  }

  // The same under `/sys/…/thing/`.
  async askThing(what, params) {
    const { productKey, deviceName } = this.device;
    return this.#request(`/sys/${productKey}/${deviceName}/thing/${what}`, params);
  }

  async #request(topic, params) {
    const id = String(++asked);
    await this.mqtt.publish(topic, JSON.stringify({ id, version: '1.0', params }), 0);
    let answer;
    await this.inbox.until(`the reply to ${topic}`, (all) => all.some((message) => {
      if (message.topic !== `${topic}_reply`) return false;
      answer = JSON.parse(message.payload);
      return answer.id === id;
    }));
    return answer.code;
  }

  // Signs devices in, up to 50, and subscribes their custom topics.
  async bring(devices, { cleanSession = true, suffix = 'get' } = {}) {
    const deviceList = devices.map((each) => signed(each, cleanSession));
    const code = await this.ask('batch_login', { deviceList });
    if (code !== 200) throw new Error(`batch_login: ${code}`);
    for (let from = 0; from < devices.length; from += 8) {
      const some = devices.slice(from, from + 8);
      const codes = await this.mqtt.subscribe(some.map((each) => topicOf(each, suffix)));
      if (codes.some((each) => each > 1)) throw new Error(`SUBACK: ${codes}`);
    }
  }

  // Waits for an error about one of its devices.
  async error(code) {
    const topic = `/ext/error/${this.device.productKey}/${this.device.deviceName}`;
    await this.inbox.until(`the error ${code}`, (all) => all.some((message) =>
      message.topic === topic && JSON.parse(message.payload).code === code));
  }

  // Waits for a message under a topic of this device: `thing/<what>`.
  async hears({ productKey, deviceName }, what) {
    await this.inbox.until(what, (all) => all.some(({ topic }) =>
      topic === `/sys/${productKey}/${deviceName}/thing/${what}`));
  }

  // What came for the device under its custom topic.
  messagesOf(device, suffix = 'get') {
    return this.inbox.messages.filter(({ topic }) => topic === topicOf(device, suffix));
  }

  // From now on it hears and does not acknowledge.
  mute() {
    const { client } = this.mqtt;
    const send = client._sendPacket.bind(client);
    client._sendPacket = (packet, done, ...rest) =>
      (packet.cmd === 'puback' ? done?.() : send(packet, done, ...rest));
  }

  async end(abruptly = true) { await this.mqtt.end(abruptly); }
}
