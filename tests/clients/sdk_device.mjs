// A device on an official SDK, in a process of its own because the SDKs take the authorities they
// trust from the environment: says `subscribed`, then `received QOS TEXT` for each message.
import { createRequire } from 'node:module';

const [name, brokerUrl, productKey, deviceName, deviceSecret, topic] = process.argv.slice(2);
const sdk = createRequire(import.meta.url)(name);
const device = sdk.device({ productKey, deviceName, deviceSecret, brokerUrl });
device.on('error', (error) => { console.error(error); process.exit(1); });
device.on('message', (at, payload, { qos }) => {
  if (at === topic) console.log(`received ${qos} ${payload}`);
});
device.on('connect', () => {
  device.subscribe(topic, { qos: 1 }, (error) => {
    if (error) throw error;
    console.log('subscribed');
  });
});
