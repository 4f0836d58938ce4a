// The end in order: what was taken is finished, and what was not comes after the next start.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { MqttDevice, within } from './clients.mjs';
import { Herald } from './herald.mjs';

const herald = await Herald.start();
after(() => herald.stop());

const productKey = await herald.createProduct();

// A device that does not acknowledge before it is told to.
async function reluctant(device, options = {}) {
  const connected = await (await MqttDevice.connect(herald, device, options)).listen();
  const held = [];
  let taken;
  connected.seen = new Promise((resolve) => { taken = resolve; });
  connected.client.handleMessage = (packet, done) => {
    held.push(done);
    taken();
  };
  connected.acknowledge = () => { for (const done of held.splice(0)) done(); };
  return connected;
}

test('SIGTERM waits for acknowledgements, and only what was in flight comes again', async (t) => {
  const [late, silent, away] = await herald.registerDevices(productKey, 3);
  await (await (await MqttDevice.connect(herald, away)).listen()).end();
  await herald.reaches(away, 'OFFLINE');
  const lateOne = await reluctant(late, { protocolVersion: 5, properties: { sessionExpiryInterval: 3600 } });
  const silentOne = await reluctant(silent);
  await herald.publish([late, silent, away], 'before the end', { Qos: 1 });
  await within('both have it', Promise.all([lateOne.seen, silentOne.seen]));

  const down = herald.shutDown();
  // The port is closed, the devices are still there.
  await within('no more callers', (async () => {
    while (await fetch(`${herald.url}/healthz`).then(() => true, () => false)) ;  // Until refused.
  })());
  lateOne.acknowledge();
  await within('the end', down, 20_000);
  await within('the device hears why', lateOne.closed);
  assert.equal(lateOne.disconnect?.reasonCode, 0x8b);

  await herald.serve();
  const again = async (device, options) => {
    const connected = await MqttDevice.connect(herald, device, options);
    t.after(() => connected.end());
    assert.equal(connected.connack.sessionPresent, true);
    return connected.inbox;
  };
  const [lateInbox, silentInbox, awayInbox] = [
    await again(late, { protocolVersion: 5, properties: { sessionExpiryInterval: 3600 } }),
    await again(silent), await again(away)];
  await herald.publish([late, silent, away], 'after the start', { Qos: 1 });
  for (const inbox of [lateInbox, silentInbox, awayInbox]) await inbox.has('after the start');
  const seen = (inbox) => inbox.messages.map(({ payload, dup }) => [payload.toString(), dup]);
  assert.deepEqual(seen(lateInbox), [['after the start', false]]);
  assert.deepEqual(seen(silentInbox), [['before the end', true], ['after the start', false]]);
  assert.deepEqual(seen(awayInbox), [['before the end', false], ['after the start', false]]);
});
