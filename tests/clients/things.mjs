// A product with a thing model, and what devices of it say and hear.
import { MqttDevice } from './clients.mjs';

const whole = (max) => ({ type: 'int', specs: { min: '0', max: String(max), step: '1' } });
const property = (identifier, dataType, accessMode = 'rw') =>
  ({ identifier, name: identifier, accessMode, required: false, dataType });
const parameter = (identifier, dataType) => ({ identifier, name: identifier, dataType });

export const lampTsl = {
  properties: [
    property('Power', { type: 'bool', specs: { 0: 'off', 1: 'on' } }),
    property('Level', whole(100)),
    property('Warmth', { type: 'float', specs: { min: '0', max: '100', step: '0.1' } }),
    property('Label', { type: 'text', specs: { length: '64' } }),
    property('Temperature', { type: 'double', specs: { min: '-50', max: '150', step: '0.01' } }, 'r'),
  ],
  events: [{ identifier: 'Broken', name: 'Broken', type: 'error', required: false,
    outputData: [parameter('Part', { type: 'text', specs: { length: '64' } })] }],
  services: [
    { identifier: 'Blink', name: 'Blink', callType: 'async', required: false,
      inputData: [parameter('Times', whole(10))], outputData: [parameter('Left', whole(10))] },
    { identifier: 'Dim', name: 'Dim', callType: 'sync', required: false,
      inputData: [parameter('To', whole(100))], outputData: [parameter('From', whole(100))] },
  ],
};

// The key of a product whose devices are such lamps. `more` are parameters of CreateProduct.
export async function createLamps(herald, more = {}) {
  const name = `lamps_${Math.random().toString(36).slice(2, 12)}`;
  const { ProductKey } = await herald.must('CreateProduct', {
    ProductName: name, NodeType: 0, AliyunCommodityCode: 'iothub_senior', DataFormat: 1, ...more });
  await herald.must('ImportThingModelTsl', { ProductKey, TslStr: JSON.stringify(lampTsl) });
  await herald.must('PublishThingModel', { ProductKey });
  return ProductKey;
}

// A device on MQTT.js that speaks Alink: { post, inbox, … }.
export class Lamp {
  static async connect(herald, device, options = {}) {
    const lamp = new Lamp();
    lamp.device = device;
    lamp.mqtt = await MqttDevice.connect(herald, device, options);
    lamp.inbox = lamp.mqtt.inbox;
    return lamp;
  }

  topic(rest) { return `/sys/${this.device.productKey}/${this.device.deviceName}/thing/${rest}`; }

  // Publishes a text, and answers what comes back.
  async say(rest, text, qos = 1) {
    const topic = this.topic(`${rest}_reply`);
    const replies = (all) => all.filter((message) => message.topic === topic);
    const before = replies(this.inbox.messages).length;
    await this.mqtt.publish(this.topic(rest), text, qos);
    await this.inbox.until(`a reply on ${topic}`, (all) => replies(all).length > before);
    return JSON.parse(replies(this.inbox.messages)[before].payload);
  }

  // The same of a request with these parameters.
  async post(rest, params, { id = '1', qos = 1 } = {}) {
    return this.say(rest, JSON.stringify({ id, version: '1.0', params }), qos);
  }

  // Answers requests under this topic with what `answer(request)` gives.
  onRequest(rest, answer) {
    this.mqtt.client.on('message', (topic, payload) => {
      if (topic !== this.topic(rest)) return;
      const request = JSON.parse(payload);
      const reply = answer(request);
      if (reply !== undefined) this.mqtt.publish(this.topic(`${rest}_reply`), JSON.stringify(reply));
    });
  }

  async end(abruptly = true) { await this.mqtt.end(abruptly); }
}
