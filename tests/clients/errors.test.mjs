// What goes wrong is answered as documented: openapi-gateway.md, section 7, and errors.md.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';

import {
  call, callV3, connectAll, get, iotClient, popCore, sdkRequest, signedParameters, signedTarget,
  stringToSign, timestamp,
} from './clients.mjs';
import { Herald, throttles } from './herald.mjs';

const herald = await Herald.start();
after(() => herald.stop());

const productKey = await herald.createProduct();
const devices = await herald.registerDevices(productKey, 100);
const good = herald.batch(devices.slice(0, 1), 'hello');
const batchPub = (parameters) => call(herald, 'BatchPub', { ...good, ...parameters });

// --- The gateway.

const minutes = 60_000;
const gateway = {
  'no Action': [400, 'MissingAction', { Action: undefined }],
  'no Version': [400, 'MissingVersion', { Version: undefined }],
  'no AccessKeyId': [400, 'MissingAccessKeyId', { AccessKeyId: undefined }],
  'no SignatureMethod': [400, 'MissingSignatureMethod', { SignatureMethod: undefined }],
  'no SignatureVersion': [400, 'MissingSignatureVersion', { SignatureVersion: undefined }],
  'no SignatureNonce': [400, 'MissingSignatureNonce', { SignatureNonce: undefined }],
  'no Timestamp': [400, 'MissingTimestamp', { Timestamp: undefined }],
  'no Signature': [400, 'MissingSignature', { Signature: undefined }],
  'no ProductKey': [400, 'MissingProductKey', { ProductKey: undefined }],
  'no MessageContent': [400, 'MissingMessageContent', { MessageContent: undefined }],
  'no DeviceName': [400, 'MissingDeviceName', { 'DeviceName.1': undefined }],
  'a Format of neither kind': [400, 'InvalidParameter.Format', { Format: 'YAML' }],
  'an unknown AccessKeyId': [404, 'InvalidAccessKeyId.NotFound', { AccessKeyId: 'unknown' }],
  'a wrong Signature': [400, 'SignatureDoesNotMatch', { Signature: 'd3Jvbmc=' }],
  'an unknown SignatureMethod': [400, 'InvalidSignatureMethod', { SignatureMethod: 'HMAC-MD5' }],
  'an unknown SignatureVersion': [400, 'InvalidSignatureMethod', { SignatureVersion: '9.0' }],
  'a malformed Timestamp': [400, 'InvalidTimeStamp.Format', { Timestamp: 'today' }],
  'a Timestamp of 16 minutes ago':
    [400, 'InvalidTimeStamp.Expired', { Timestamp: timestamp(Date.now() - 16 * minutes) }],
  'a Timestamp in 16 minutes':
    [400, 'InvalidTimeStamp.Expired', { Timestamp: timestamp(Date.now() + 16 * minutes) }],
  'an unknown Version': [400, 'InvalidVersion', { Version: '2017-01-01' }],
  'an unknown Action': [404, 'InvalidAction.NotFound', { Action: 'NoSuchAction' }],
  'an Action in the wrong case': [404, 'InvalidAction.NotFound', { Action: 'batchpub' }],
  'a Qos of 2': [400, 'InvalidQos', { Qos: 2 }],
  'a Qos that is no number': [400, 'InvalidQos', { Qos: 'one' }],
  'a PayloadFormatIndicator of 2':
    [400, 'InvalidPayloadFormatIndicator', { PayloadFormatIndicator: 2 }],
  'Retained': [400, 'InvalidRetained', { Retained: true }],
};
for (const [what, [status, code, parameters]] of Object.entries(gateway)) {
  test(`${what}: HTTP ${status} ${code}`, async () => {
    const answer = await batchPub(parameters);
    assert.equal(answer.status, status);
    // Without a valid Format the answer is XML.
    assert.match(answer.text, new RegExp(`"Code":"${code}"|<Code>${code}</Code>`));
  });
}

test('an empty parameter of the gateway counts as missing', async () => {
  assert.equal((await batchPub({ Timestamp: '' })).body.Code, 'MissingTimestamp');
});

test('a missing parameter is named in the message', async () => {
  const { body } = await batchPub({ ProductKey: undefined });
  assert.equal(body.Message, 'ProductKey is mandatory for this action.');
});

test('an invalid parameter is named in the message', async () => {
  const { body } = await batchPub({ Qos: 2 });
  assert.equal(body.Message, 'Specified parameter Qos is not valid.');
});

test('a wrong signature is answered with the string to sign of the server', async () => {
  const parameters = signedParameters(herald, 'BatchPub', { ...good, Signature: 'd3Jvbmc=' });
  const { Signature, ...signed } = parameters;
  const { body } = await call(herald, 'BatchPub', parameters);
  assert.equal(body.Message, 'Specified signature is not matched with our calculation. ' +
    `server string to sign is:${stringToSign('GET', signed)}`);
});

test('a wrong V3 signature is answered with the canonical request of the server', async () => {
  const { status, body, canonical } = await callV3(herald, 'BatchPub', good, { secret: 'wrong' });
  assert.deepEqual([status, body.Code], [400, 'SignatureDoesNotMatch']);
  assert.ok(body.Message.endsWith(`server CanonicalRequest is [${canonical}]`), body.Message);
});

const v3 = {
  'an old date':
    ['InvalidTimeStamp.Expired', { 'x-acs-date': timestamp(Date.now() - 16 * minutes) }],
  'a hash that is not that of the body':
    ['SignatureDoesNotMatch', { 'x-acs-content-sha256': '00'.repeat(32) }],
  'no date': ['MissingTimestamp', { 'x-acs-date': undefined }],
  'no action': ['MissingAction', { 'x-acs-action': undefined }],
};
for (const [what, [code, headers]] of Object.entries(v3)) {
  test(`V3 with ${what}: ${code}`, async () => {
    const { status, body } = await callV3(herald, 'BatchPub', good, { headers });
    assert.deepEqual([status, body.Code], [400, code]);
  });
}

test('a request that is sent again: SignatureNonceUsed', async () => {
  const target = signedTarget(herald, 'BatchPub', good);
  assert.equal((await get(herald, target)).body.Success, true);
  const { status, body } = await get(herald, target);
  assert.deepEqual([status, body.Code], [400, 'SignatureNonceUsed']);
});

test('a nonce counts for V1 and V3 together', async () => {
  const nonce = randomUUID();
  assert.equal((await batchPub({ SignatureNonce: nonce })).body.Success, true);
  const options = { headers: { 'x-acs-signature-nonce': nonce } };
  const { body } = await callV3(herald, 'BatchPub', good, options);
  assert.equal(body.Code, 'SignatureNonceUsed');
});

test('a wrong signature does not use up its nonce', async () => {
  const nonce = randomUUID();
  await batchPub({ SignatureNonce: nonce, Signature: 'd3Jvbmc=' });
  assert.equal((await batchPub({ SignatureNonce: nonce })).body.Success, true);
});

test('another HTTP method: UnsupportedHTTPMethod', async () => {
  const target = signedTarget(herald, 'BatchPub', good);
  const { status, text } = await get(herald, target, { method: 'PUT' });
  assert.equal(status, 400);
  assert.match(text, /UnsupportedHTTPMethod/);
});

test('another path: InvalidAction.NotFound', async () => {
  const { status, text } = await get(herald, `/Iot${signedTarget(herald, 'BatchPub', good)}`);
  assert.equal(status, 404);
  assert.match(text, /InvalidAction\.NotFound/);
});

test('the 51st BatchPub in a second: Throttling.User', async (t) => {
  const limited = await Herald.start({ 'quota.BatchPub': undefined });
  t.after(() => limited.stop());
  const product = await limited.createProduct();
  const [device] = await limited.registerDevices(product, 1);
  const publish = async () => {
    const { status, body } = await call(limited, 'BatchPub', limited.batch([device], 'hello'));
    if (body.Success === true) return '';
    assert.deepEqual([status, body.Message], [400, 'Request was denied due to user flow control.']);
    return body.Code;
  };
  await throttles(50, Array.from({ length: 51 }, () => publish));
});

// --- BatchPub.

const many = Object.fromEntries(Array.from({ length: 101 }, (_, i) =>
  [`DeviceName.${i + 1}`, `device_${i}`]));
const illegal = 'iot.system.IllegalRequest';
const operation = {
  'an unknown instance': ['iot.system.InstanceNotFound', { IotInstanceId: 'iot-unknown' }],
  'no instance though it has an id': ['iot.prod.NotExistedProduct', { IotInstanceId: undefined }],
  'an empty ProductKey': ['iot.prod.NullProductKey', { ProductKey: '' }],
  'a malformed ProductKey': ['iot.prod.InvalidFormattedProductkey', { ProductKey: 'a/b' }],
  'an unknown ProductKey': ['iot.prod.NotExistedProduct', { ProductKey: 'a1unknown00' }],
  'an empty name': ['iot.device.NullDeviceName', { 'DeviceName.2': '' }],
  'a malformed name':
    ['iot.device.InvalidFormattedDeviceNameInNameArray', { 'DeviceName.2': 'a/device' }],
  '101 names': ['iot.device.TooManyDeviceNamesPerRequest', many],
  'a name that occurs twice': [illegal, { 'DeviceName.2': devices[0].deviceName }],
  'an unknown device': ['iot.device.NotExistedDevice', { 'DeviceName.2': 'unknown' }],
  'neither topic': ['iot.messagebroker.NullTopicName', { TopicShortName: undefined }],
  'content that is not Base64':
    ['iot.messagebroker.MessageContentIsNotBase64Encode', { MessageContent: 'hello!' }],
  'empty content': ['iot.messagebroker.NullMessageContent', { MessageContent: '' }],
  '262,145 bytes': [illegal, { MessageContent: Buffer.alloc(262_145).toString('base64') }],
  'a topic with a wildcard':
    ['iot.messagebroker.InvalidFormattedTopicName', { TopicShortName: '+' }],
  'a topic with an empty level':
    ['iot.messagebroker.InvalidFormattedTopicName', { TopicShortName: 'get//now' }],
  'a template of another product': ['iot.messagebroker.InvalidFormattedTopicName',
    { TopicTemplateName: '/a1unknown00/${deviceName}/user/get' }],
  'a template outside of /user/': ['iot.messagebroker.InvalidFormattedTopicName',
    { TopicTemplateName: `/sys/${productKey}/\${deviceName}/thing/service/property/set` }],
  'an unknown category':
    ['iot.messagebroker.TopicTemplateIsNotFound', { TopicShortName: 'unknown' }],
  'a category for publishing only':
    ['iot.messagebroker.PublishMessageFailed', { TopicShortName: 'update' }],
};
for (const [what, [code, parameters]] of Object.entries(operation)) {
  test(`${what}: ${code}`, async () => {
    const { status, body } = await batchPub(parameters);
    assert.deepEqual([status, body.Success, body.Code], [200, false, code]);
  });
}

test('the message for a name that occurs twice says which', async () => {
  const { deviceName } = devices[0];
  const { body } = await batchPub({ 'DeviceName.2': deviceName });
  assert.ok(body.ErrorMessage.includes(deviceName), body.ErrorMessage);
});

test('a wrong name among 100 publishes nothing', async (t) => {
  const connected = await connectAll(herald, devices);
  t.after(() => Promise.all(connected.map((device) => device.end())));
  const { body } = await batchPub({
    ...herald.batch(devices, 'unheard', { Qos: 1 }), 'DeviceName.57': 'unknown',
  });
  assert.equal(body.Code, 'iot.device.NotExistedDevice');
  await herald.publish(devices, 'the end', { Qos: 1 });
  await Promise.all(connected.map(({ inbox }) => inbox.has('the end')));
  for (const { inbox } of connected) assert.deepEqual(inbox.texts, ['the end']);
});

// --- The envelopes.

const uuid = /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/;

test('success in JSON', async () => {
  const { type, body } = await batchPub({});
  assert.equal(type, 'application/json;charset=utf-8');
  assert.match(body.RequestId, uuid);
  assert.deepEqual({ ...body, RequestId: '', MessageId: '' },
    { RequestId: '', Success: true, MessageId: '' });
});

test('an error of the gateway in JSON', async () => {
  const { type, body } = await batchPub({ Qos: 2 });
  assert.equal(type, 'application/json;charset=utf-8');
  assert.deepEqual(Object.keys(body), ['RequestId', 'HostId', 'Code', 'Message', 'Recommend']);
});

test('an error of the operation in JSON', async () => {
  const { type, body } = await batchPub({ ProductKey: '' });
  assert.equal(type, 'application/json;charset=utf-8');
  assert.deepEqual(Object.keys(body), ['RequestId', 'Success', 'Code', 'ErrorMessage']);
});

const declaration = '<?xml version="1.0" encoding="UTF-8"?>';
const xmlEnvelopes = {
  success: ['<BatchPubResponse><RequestId>[0-9A-F-]{36}</RequestId><Success>true</Success>' +
    '<MessageId>\\d+</MessageId></BatchPubResponse>', {}],
  'an error of the gateway': ['<Error><RequestId>[0-9A-F-]{36}</RequestId><HostId>.+</HostId>' +
    '<Code>InvalidQos</Code><Message>.+</Message><Recommend>.+</Recommend></Error>', { Qos: 2 }],
  'an error of the operation': ['<BatchPubResponse><RequestId>[0-9A-F-]{36}</RequestId>' +
    '<Success>false</Success><Code>iot.prod.NullProductKey</Code>' +
    '<ErrorMessage>.+</ErrorMessage></BatchPubResponse>', { ProductKey: '' }],
};
for (const [what, [pattern, parameters]] of Object.entries(xmlEnvelopes)) {
  test(`${what} in XML`, async () => {
    const { type, text } = await batchPub({ ...parameters, Format: 'XML' });
    assert.equal(type, 'text/xml;charset=utf-8');
    assert.match(text, new RegExp(`^${declaration.replace(/[?.]/g, '\\$&')}\\s*${pattern}\\s*$`));
  });
}

test('without Format the answer to V1 is XML', async () => {
  assert.equal((await batchPub({ Format: undefined })).type, 'text/xml;charset=utf-8');
});

test('a Format in lower case is JSON', async () => {
  assert.equal((await batchPub({ Format: 'json' })).body.Success, true);
});

test('the answer to V3 is JSON', async () => {
  assert.equal((await callV3(herald, 'BatchPub', good)).body.Success, true);
});

test('the RequestId is also in the header x-acs-request-id', async () => {
  const response = await fetch(herald.url + signedTarget(herald, 'BatchPub', good));
  const { RequestId } = await response.json();
  assert.equal(response.headers.get('x-acs-request-id'), RequestId);
});

// --- What the SDKs make of it.

test('pop-core throws the code of an operation that fails', async () => {
  await assert.rejects(popCore(herald).request('BatchPub', { ...good, ProductKey: 'a1unknown00' }),
    { code: 'iot.prod.NotExistedProduct' });
});

test('pop-core throws the code of the gateway', async () => {
  await assert.rejects(popCore(herald).request('BatchPub', { ...good, Qos: 2 }),
    { code: 'InvalidQos' });
});

const typed = (fields) => iotClient(herald).batchPub(sdkRequest('BatchPub', {
  iotInstanceId: herald.instance,
  productKey,
  deviceName: [devices[0].deviceName],
  topicShortName: 'get',
  messageContent: good.MessageContent,
  ...fields,
}));

test('iot20180120 answers the code of an operation that fails', async () => {
  const { body } = await typed({ productKey: 'a1unknown00' });
  assert.deepEqual([body.success, body.code], [false, 'iot.prod.NotExistedProduct']);
});

test('iot20180120 throws the code of the gateway', async () => {
  await assert.rejects(typed({ qos: 2 }), { code: 'InvalidQos' });
});
