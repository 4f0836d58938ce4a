// The ways in which the SDKs call: signatures V1 and V3, GET and POST, HTTP and HTTPS.
import assert from 'node:assert/strict';
import { Agent } from 'node:https';
import { after, test } from 'node:test';

import { call, connectAll, sdkCalls, signedParameters } from './clients.mjs';
import { Herald } from './herald.mjs';

const herald = await Herald.start();
after(() => herald.stop());

const productKey = await herald.createProduct();
// More than nine: their names are signed in the order of texts, .1 before .10 before .2.
const devices = await herald.registerDevices(productKey, 12);
const connected = await connectAll(herald, devices);
after(() => Promise.all(connected.map((device) => device.end())));

const secure = { scheme: 'https', agent: new Agent({ ca: herald.ca, keepAlive: true }) };
after(() => secure.agent.destroy());
const secureConfig = { protocol: 'HTTPS', ca: herald.ca };
const ways = {
  'pop-core, V1, GET over HTTP': ['pop-core', { method: 'GET' }],
  'pop-core, V1, POST over HTTP': ['pop-core', { method: 'POST' }],
  'pop-core, V1, GET over HTTPS': ['pop-core', { method: 'GET', ...secure }],
  'pop-core, V1, POST over HTTPS': ['pop-core', { method: 'POST', ...secure }],
  'iot20180120, V3 over HTTP': ['iot20180120', {}],
  'iot20180120, V3 over HTTPS': ['iot20180120', secureConfig],
  'iot20180120, V1 over HTTP': ['iot20180120', { signatureAlgorithm: 'v2' }],
  'iot20180120, V1 over HTTPS': ['iot20180120', { signatureAlgorithm: 'v2', ...secureConfig }],
};

let calls = 0;
for (const [way, [sdk, options]] of Object.entries(ways)) {
  const answer = (action, parameters) =>
    sdkCalls[sdk](herald, action, { IotInstanceId: herald.instance, ...parameters }, options);

  test(`${way}: BatchPub reaches its devices`, async () => {
    const text = `message ${++calls}`;
    const body = await answer('BatchPub', {
      ProductKey: productKey,
      DeviceName: devices.map(({ deviceName }) => deviceName),
      TopicShortName: 'get',
      MessageContent: Buffer.from(text).toString('base64'),
      Qos: 1,
    });
    assert.equal(body.Success, true, body.Code);
    await Promise.all(connected.map(({ inbox }) => inbox.has(text)));
  });

  test(`${way}: Pub, which has its content in the form, reaches its device`, async () => {
    const text = `message ${++calls}~~??>>`;  // Base64 with + and /.
    const body = await answer('Pub', {
      ProductKey: productKey,
      TopicFullName: `/${productKey}/${devices[0].deviceName}/user/get`,
      MessageContent: Buffer.from(text).toString('base64'),
    });
    assert.equal(body.Success, true, body.Code);
    await connected[0].inbox.has(text);
  });

  test(`${way}: all characters arrive as they are`, async () => {
    const Description = "v+/=&%!'()*~ 中\u{1F4A1}\"<>?#;:@$,[]\\";
    const created = await answer('CreateProduct',
      { ProductName: `characters_${++calls}`, NodeType: 0, Description });
    assert.equal(created.Success, true, created.Code);
    assert.equal(created.Data.Description, Description);
  });
}

test('HTTPS is refused by callers who do not know the authority', async () => {
  await assert.rejects(fetch(`https://${herald.api}/readyz`),
    ({ cause }) => /CERT|SIGNATURE|SELF_SIGNED/.test(cause.code));
});

test('a RegionId in the call has no effect', async () => {
  const { body } = await call(herald, 'QueryProduct',
    { IotInstanceId: herald.instance, ProductKey: productKey, RegionId: 'cn-shanghai' });
  assert.equal(body.Success, true);
});

test('an answer tells what is left of the quota', async () => {
  const parameters = signedParameters(herald, 'QueryDeviceStatistics',
    { IotInstanceId: herald.instance });
  const response = await fetch(`http://${herald.api}/?${new URLSearchParams(parameters)}`);
  assert.equal(response.status, 200);
  assert.match(response.headers.get('X-RateLimit-User-API'), /^Remain:49,TimeLeft:\d+$/);
});
