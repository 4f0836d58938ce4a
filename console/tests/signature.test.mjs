// The signatures that the browser makes, by vectors that official SDKs made; and what a first difference is said to be.
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { test } from 'node:test';

import { source } from './source.mjs';

globalThis.crypto ??= webcrypto;  // Node.js 18 does not have it of itself.
const { canonicalQuery, signV1, signV3 } = await source('api/signature.ts');
const { readAnswer, readRequest } = await source('explorer/signature/pasted.ts');
const { firstDifference } = await source('explorer/signature/difference.ts');

const secret = 'testsecret';
const common = {
  AccessKeyId: 'testid', Format: 'JSON', RegionId: 'cn-shanghai', SignatureMethod: 'HMAC-SHA1', SignatureVersion: '1.0',
  Timestamp: '2024-05-20T12:00:00Z', Version: '2018-01-20',
};
const names = (...all) => Object.fromEntries(all.map((name, i) => [`DeviceName.${i + 1}`, name]));

const v1 = {
  'pop-core, GET': ['GET', 'okIP9uXEW32S6ObCdcd2odbrdEk=', {
    ...common, Action: 'BatchPub', ...names('newdevice1', 'newdevice2'), MessageContent: 'aGVsbG8gd29ybGQ=', ProductKey: 'a1BwAGVxxxx',
    Qos: '0', SignatureNonce: 'nonce-0001', TopicShortName: 'get',
  }],
  'pop-core, POST, with all that has to be escaped': ['POST', '7qzCsv7/QaOAPaj93CiVpA/zSbo=', {
    ...common, Action: 'BatchPub', ...names('dev@1', 'dev:2', 'dev.3', 'd4', 'd5', 'd6', 'd7', 'd8', 'd9', 'dev_10~*'), MessageContent: '+//+ACA=',
    ProductKey: 'a1BwAGVxxxx', Qos: '1', IotInstanceId: 'iot-cn-0pp1n8t0001', SignatureNonce: 'nonce-0002',
    TopicTemplateName: '/a1BwAGVxxxx/${deviceName}/user/get', 'UserProp.1.Key': 'k 1', 'UserProp.1.Value': "v+/=&%!'()*~中",
  }],
  'pop-core, temporary key': ['GET', 'lSxt/F+7SO3ymX/+WLvzL0eTrRQ=', {
    ...common, AccessKeyId: 'STS.testid', SecurityToken: 'tok/en+==', Action: 'QueryProductTopic', ProductKey: 'a1BwAGVxxxx', SignatureNonce: 'nonce-0003',
  }],
  'openapi-client, query and form': ['POST', 'd5NSnphdan0rw24J91dClo5PH2g=', {
    ...common, RegionId: undefined, Format: 'json', Action: 'Pub', MessageContent: '+/8=', ProductKey: 'a1BwAGVxxxx', Qos: '1', SignatureNonce: 'nonce-0003',
    TopicFullName: '/a1BwAGVxxxx/device1/user/get',
  }],
  'the example of the documentation': ['GET', 'OLeaidS1JvxuMvnyHOwuJ+uX5qY=', {
    ...common, RegionId: undefined, Format: 'XML', Action: 'DescribeRegions', Version: '2014-05-26', Timestamp: '2016-02-23T12:46:24Z',
    SignatureNonce: '3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf',
  }],
};
const pairs = (parameters) => Object.entries(parameters).filter(([, value]) => value !== undefined);

for (const [name, [method, signature, parameters]] of Object.entries(v1)) {
  test(`V1: ${name}`, async () => {
    const steps = await signV1(method, pairs(parameters), secret);
    assert.equal(steps.signature, signature);
    // What is signed and sent already is not signed again.
    assert.deepEqual(await signV1(method, [...pairs(parameters), ['Signature', signature]], secret), steps);
  });
}

const headers = (action, more = {}) => ({
  host: '127.0.0.1:18080', 'x-acs-action': action, 'x-acs-credentials-provider': 'static_ak', 'x-acs-date': '2024-05-20T12:00:00Z',
  'x-acs-signature-nonce': 'nonce-0003', 'x-acs-version': '2018-01-20', ...more,
});

const v3 = {
  'all in the query': ['4e145ba663ee8a53d7796198b114ed6507869157e218fe37184fb8703b385861', secret, {
    method: 'POST', body: '', headers: headers('BatchPub'),
    query: pairs({
      ...names('newdevice1', 'newdevice2'), IotInstanceId: 'iot-cn-0pp1n8t0001', MessageContent: 'aGVsbG8gd29ybGQ=', ProductKey: 'a1BwAGVxxxx', Qos: '0', TopicShortName: 'get',
    }),
  }],
  'query and form': ['c517aa928ab19385442b97ba6ad94f57e10407ec34a01c69a998c67b9cc679b0', secret, {
    method: 'POST', body: 'MessageContent=%2B%2F8%3D', headers: headers('Pub', { 'content-type': 'application/x-www-form-urlencoded' }),
    query: pairs({ ProductKey: 'a1BwAGVxxxx', Qos: '1', TopicFullName: '/a1BwAGVxxxx/device1/user/get', 'UserProp.1.Key': 'k 1', 'UserProp.1.Value': 'v*~' }),
  }],
  'temporary key': ['62105427816a55b9dd1a3bcb83cccc96658f4b7df0e68de9d46d6982fdec1799', secret, {
    method: 'POST', body: '', query: [['ProductKey', 'a1BwAGVxxxx']],
    headers: headers('QueryProductTopic', { 'x-acs-accesskey-id': 'testid', 'x-acs-credentials-provider': 'static_sts', 'x-acs-security-token': 'tok/en+==' }),
  }],
  'the example of the documentation': ['06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0', 'YourAccessKeySecret', {
    method: 'POST', body: '', query: [['RegionId', 'cn-shanghai'], ['ImageId', 'win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd']],
    headers: {
      host: 'ecs.cn-shanghai.aliyuncs.com', 'x-acs-action': 'RunInstances', 'x-acs-date': '2023-10-26T10:22:32Z',
      'x-acs-signature-nonce': '3156853299f313e23d1673dc12e1703d', 'x-acs-version': '2014-05-26',
    },
  }],
};

for (const [name, [signature, key, request]] of Object.entries(v3)) {
  test(`V3: ${name}`, async () => {
    const steps = await signV3(request, 'testid', key);
    assert.equal(steps.signature, signature);
    assert.match(steps.authorization, new RegExp(`^ACS3-HMAC-SHA256 Credential=testid,SignedHeaders=host;.*,Signature=${signature}$|SignedHeaders=content-type;host;`));
    const read = readRequest(steps.canonicalRequest);
    assert.equal(read.server, steps.canonicalRequest, 'what is right is read as it is');
  });
}

// --- What is pasted.

const reason = (yours, answer) => {
  const read = readRequest(yours);
  const difference = firstDifference(read.yours, answer === undefined ? read.server : readAnswer(answer));
  return difference && [difference.reason, difference.name];
};
const right = async () => (await signV1('GET', pairs(v1['pop-core, POST, with all that has to be escaped'][2]), secret)).stringToSign;

test('a string to sign that is right has no difference', async () => {
  assert.equal(reason(await right()), undefined);
  assert.equal(reason(await right(), `{"Code":"SignatureDoesNotMatch","Message":"Specified signature is not matched with our calculation. server string to sign is:${await right()}"}`), undefined);
});

test('what mostly goes wrong has a name', async () => {
  const text = await right();
  const change = (from, to) => {
    assert.ok(text.includes(from), from);
    return reason(text.replace(from, to));
  };
  assert.deepEqual(change('k%25201', 'k+1'), ['space', 'UserProp.1.Key']);
  assert.deepEqual(change('dev_10~%252A', 'dev_10~*'), ['star', 'DeviceName.10']);
  assert.deepEqual(change('dev_10~', 'dev_10%257E'), ['tilde', 'DeviceName.10']);
  assert.deepEqual(change('dev%253A2', 'dev%253a2'), ['case', 'DeviceName.2']);
  assert.deepEqual(change('GET&%2F&', 'GET&/&'), ['path', '']);
  assert.deepEqual(reason(text.replace('GET', 'get')), ['method', '']);
  // The tenth after the second.
  const parts = text.split('%26');
  const tenth = parts.findIndex((part) => part.startsWith('DeviceName.10'));
  assert.deepEqual(reason([...parts.slice(0, tenth), parts[tenth + 1], parts[tenth], ...parts.slice(tenth + 2)].join('%26')), ['order', 'DeviceName.10']);
  // Not escaped as a whole.
  const [method, path, query] = text.split('&');
  assert.deepEqual(reason([method, path, decodeURIComponent(query)].join('&')), ['once', '']);
});

test('beside the server’s answer, what the two do not share is named', async () => {
  const text = await right();
  const answer = (changed) => `Specified signature is not matched with our calculation. server string to sign is:${changed}`;
  assert.deepEqual(reason(text, answer(text.replace('GET&', 'POST&'))), ['method', '']);
  assert.deepEqual(reason(text, answer(text.replace('Qos%3D1%26', ''))), ['extra', 'Qos']);
  assert.deepEqual(reason(text.replace('Qos%3D1%26', ''), answer(text)), ['absent', 'Qos']);
  assert.deepEqual(reason(text, answer(text.replace('Qos%3D1', 'Qos%3D0'))), ['value', 'Qos']);
});

test('a URL is held against how it is to be written', () => {
  assert.equal(reason('http://127.0.0.1:8080/?Version=2018-01-20&Action=Pub&Note=a%20b&Signature=x%3D'), undefined);
  assert.deepEqual(reason('GET /?Action=Pub&Note=a+b HTTP/1.1'), ['space', 'Note']);
  assert.deepEqual(reason('POST Action=Pub&Note=a*b'), ['star', 'Note']);
  assert.equal(readRequest('hello'), undefined);
  assert.equal(readRequest(''), undefined);
});

test('a canonical request is held against the server’s, as JSON, as XML or as a log shows it', async () => {
  const { canonicalRequest, stringToSign } = await signV3(v3['query and form'][2], 'testid', secret);
  const message = `Specified signature does not match our calculation. server StringToSign is [${stringToSign}] server CanonicalRequest is [${canonicalRequest}]`;
  const xml = message.replace(/&/g, '&amp;');
  for (const answer of [message, JSON.stringify({ Code: 'SignatureDoesNotMatch', Message: message }), JSON.stringify(message).slice(1, -1), `<Error><Message>${xml}</Message></Error>`]) {
    assert.equal(readAnswer(answer), canonicalRequest);
  }
  const against = (from, to) => reason(canonicalRequest.replace(from, to), message);
  assert.deepEqual(against('POST', 'GET'), ['method', '']);
  assert.deepEqual(against('v%2A~', 'v*~'), ['star', 'UserProp.1.Value']);
  assert.deepEqual(against('host:127.0.0.1:18080', 'host:127.0.0.1'), ['header', 'host']);
  assert.deepEqual(against('content-type;host', 'host;content-type'), ['headers', '']);
  assert.deepEqual(against(/.$/, 'x'), ['body', '']);
  assert.equal(readAnswer('something else'), undefined);
});

test('names are sorted by their bytes', () => {
  assert.equal(canonicalQuery([['b', ''], ['a.10', ''], ['a.2', ''], ['\u{1f600}', ''], ['\uff5e', ''], ['B', '']]), 'B=&a.10=&a.2=&b=&%EF%BD%9E=&%F0%9F%98%80=');
});
