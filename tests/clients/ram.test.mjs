// RAM users, their keys and their policies, through the official SDKs of RAM and STS.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, test } from 'node:test';

import { iotClient, popCore, sdkRequest } from './clients.mjs';
import { Herald } from './herald.mjs';

const require = createRequire(import.meta.url);
const Ram = require('@alicloud/ram20150501');
const Sts = require('@alicloud/sts20150401');
const { Config } = require('@alicloud/openapi-client');

const herald = await Herald.start();
after(() => herald.stop());
const productKey = await herald.createProduct();
await herald.registerDevice(productKey, 'lamp_1');

const config = (keys) => new Config({
  endpoint: herald.api, protocol: 'HTTP', readTimeout: 20_000,
  accessKeyId: keys.AccessKeyId, accessKeySecret: keys.AccessKeySecret,
});
// ram('CreateUser', { userName }) as the account, or as whoever has the keys; answers the body.
const ram = async (action, fields = {}, keys = herald.account) => {
  const method = action[0].toLowerCase() + action.slice(1);
  const { body } = await new Ram.default(config(keys))[method](new Ram[`${action}Request`](fields));
  return body;
};
const whoAmI = async (keys) =>
  (await new Sts.default(config(keys)).getCallerIdentity()).body;
// A call of the platform with a user's keys: its Code, empty when it succeeded.
async function iot(keys, action, fields) {
  const client = iotClient(herald, { accessKeyId: keys.AccessKeyId, accessKeySecret: keys.AccessKeySecret });
  const { body } = await client[action[0].toLowerCase() + action.slice(1)](
    sdkRequest(action, { iotInstanceId: herald.instance, productKey, ...fields }));
  return body.success ? '' : body.code;
}
const query = (keys) => iot(keys, 'QueryProduct', {});
const publish = (keys) => iot(keys, 'BatchPub',
  { deviceName: ['lamp_1'], topicShortName: 'get', messageContent: 'aGVsbG8=' });

let made = 0;
async function newUser() {
  const userName = `user${++made}`;
  await ram('CreateUser', { userName });
  const { accessKey } = await ram('CreateAccessKey', { userName });
  return { userName,
    AccessKeyId: accessKey.accessKeyId, AccessKeySecret: accessKey.accessKeySecret };
}
async function newPolicy(...Statement) {
  const policyName = `policy-${++made}`;
  await ram('CreatePolicy',
    { policyName, policyDocument: JSON.stringify({ Version: '1', Statement }) });
  return { policyType: 'Custom', policyName };
}
const allow = (Action) => ({ Effect: 'Allow', Action, Resource: '*' });
const deny = (Action) => ({ Effect: 'Deny', Action, Resource: '*' });
const attach = ({ userName }, policy) => ram('AttachPolicyToUser', { userName, ...policy });
const denied = 'iot.common.RamActionPermissionDeny';

test('a user is created, read, listed and deleted', async () => {
  const { user } = await ram('CreateUser',
    { userName: 'alice', displayName: 'Alice', email: 'a@example.com' });
  assert.equal(user.userName, 'alice');
  assert.match(user.userId, /^\d{18}$/);
  assert.equal((await ram('GetUser', { userName: 'alice' })).user.displayName, 'Alice');
  const { users } = await ram('ListUsers', {});
  assert.ok(users.user.some(({ userName }) => userName === 'alice'));
  await assert.rejects(ram('CreateUser', { userName: 'alice' }), /EntityAlreadyExists.User/);
  await ram('DeleteUser', { userName: 'alice' });
  await assert.rejects(ram('GetUser', { userName: 'alice' }), /EntityNotExist.User/);
});

test('users are listed page by page', async () => {
  for (const userName of ['page-a', 'page-b', 'page-c']) await ram('CreateUser', { userName });
  const seen = [];
  for (let marker; ;) {
    const page = await ram('ListUsers', { maxItems: 2, marker });
    seen.push(...page.users.user.map(({ userName }) => userName));
    if (!page.isTruncated) break;
    ({ marker } = page);
  }
  assert.deepEqual(seen.filter((name) => name.startsWith('page-')), ['page-a', 'page-b', 'page-c']);
});

test('a user without policies may do nothing but ask who it is', async () => {
  const user = await newUser();
  assert.equal(await query(user), denied);
  assert.equal(await publish(user), denied);
  await assert.rejects(ram('ListUsers', {}, user), /NoPermission/);
  const { identityType, accountId, arn } = await whoAmI(user);
  assert.equal(identityType, 'RAMUser');
  assert.equal(accountId, herald.account.AccountId);
  assert.equal(arn, `acs:ram::${accountId}:user/${user.userName}`);
});

test('a policy allows what it names, from the next call on', async () => {
  const user = await newUser();
  const policy = await newPolicy(allow(['iot:BatchPub']));
  await attach(user, policy);
  assert.equal(await publish(user), '');
  assert.equal(await query(user), denied);
  await ram('DetachPolicyFromUser', { userName: user.userName, ...policy });
  assert.equal(await publish(user), denied);
});

test('Deny beats Allow, across policies', async () => {
  const user = await newUser();
  await attach(user, { policyType: 'System', policyName: 'AliyunIOTFullAccess' });
  assert.equal(await publish(user), '');
  await attach(user, await newPolicy(deny('iot:*Pub')));
  assert.equal(await publish(user), denied);
  assert.equal(await query(user), '');
});

test('AliyunIOTReadOnlyAccess reads and changes nothing', async () => {
  const user = await newUser();
  await attach(user, { policyType: 'System', policyName: 'AliyunIOTReadOnlyAccess' });
  assert.equal(await query(user), '');
  assert.equal(await publish(user), denied);
  assert.equal(await iot(user, 'DeleteDevice', { deviceName: 'lamp_1' }), denied);
});

test('policies of another service open nothing here', async () => {
  const user = await newUser();
  await attach(user, { policyType: 'System', policyName: 'AliyunRAMFullAccess' });
  assert.equal(await query(user), denied);
  assert.ok((await ram('ListUsers', {}, user)).users.user.length > 0);
});

test('a key is disabled, enabled and deleted', async () => {
  const user = await newUser();
  await attach(user, { policyType: 'System', policyName: 'AliyunIOTFullAccess' });
  const of = { userName: user.userName, userAccessKeyId: user.AccessKeyId };
  await ram('UpdateAccessKey', { ...of, status: 'Inactive' });
  await assert.rejects(query(user), /InvalidAccessKeyId.Inactive/);
  await ram('UpdateAccessKey', { ...of, status: 'Active' });
  assert.equal(await query(user), '');
  await ram('DeleteAccessKey', of);
  await assert.rejects(query(user), /InvalidAccessKeyId.NotFound/);
});

test('a user has two keys at most, and their secrets are shown once', async () => {
  const user = await newUser();
  await ram('CreateAccessKey', { userName: user.userName });
  await assert.rejects(ram('CreateAccessKey', { userName: user.userName }), /LimitExceeded/);
  const body = await ram('ListAccessKeys', { userName: user.userName });
  assert.equal(body.accessKeys.accessKey.length, 2);
  assert.ok(!JSON.stringify(body).includes(user.AccessKeySecret));
});

test('the account\'s own key is no user\'s to touch', async () => {
  const user = await newUser();
  await assert.rejects(ram('DeleteAccessKey',
    { userName: user.userName, userAccessKeyId: herald.account.AccessKeyId }), /EntityNotExist/);
  await assert.rejects(ram('CreateAccessKey', {}), /MissingUserName/);
  assert.equal((await whoAmI(herald.account)).identityType, 'Account');
});

test('a policy is read, listed, counted and deleted', async () => {
  const user = await newUser();
  const policy = await newPolicy(allow('iot:*'));
  await attach(user, policy);
  const got = await ram('GetPolicy', policy);
  assert.equal(got.policy.attachmentCount, 1);
  assert.equal(JSON.parse(got.defaultPolicyVersion.policyDocument).Version, '1');
  const of = await ram('ListPoliciesForUser', { userName: user.userName });
  assert.deepEqual(of.policies.policy.map(({ policyName }) => policyName), [policy.policyName]);
  const system = await ram('ListPolicies', { policyType: 'System' });
  assert.ok(system.policies.policy.some(({ policyName }) => policyName === 'AliyunIOTFullAccess'));
  await assert.rejects(ram('DeletePolicy', { policyName: policy.policyName }), /DeleteConflict/);
  await assert.rejects(ram('DeleteUser', { userName: user.userName }), /DeleteConflict/);
  await ram('DetachPolicyFromUser', { userName: user.userName, ...policy });
  await ram('DeletePolicy', { policyName: policy.policyName });
  await assert.rejects(ram('GetPolicy', policy), /EntityNotExist.Policy/);
});

test('a policy that cannot be read is refused', async () => {
  await assert.rejects(ram('CreatePolicy', { policyName: 'broken', policyDocument: '{}' }),
    /InvalidParameter.PolicyDocument/);
});

test('users share their account\'s quota', async (t) => {
  const mine = await Herald.start({ 'quota.QueryProduct': 1 });
  t.after(() => mine.stop());
  const call = (keys) => popCore({ api: mine.api, account: keys })
    .request('QueryProduct', { IotInstanceId: mine.instance, ProductKey: key })
    .then(() => '', (error) => error.code);
  const key = await mine.createProduct();
  const client = new Ram.default(new Config({ endpoint: mine.api, protocol: 'HTTP',
    accessKeyId: mine.account.AccessKeyId, accessKeySecret: mine.account.AccessKeySecret }));
  await client.createUser(new Ram.CreateUserRequest({ userName: 'bob' }));
  await client.attachPolicyToUser(new Ram.AttachPolicyToUserRequest(
    { userName: 'bob', policyType: 'System', policyName: 'AliyunIOTFullAccess' }));
  const { accessKey } = (await client.createAccessKey(
    new Ram.CreateAccessKeyRequest({ userName: 'bob' }))).body;
  const bob = { AccessKeyId: accessKey.accessKeyId, AccessKeySecret: accessKey.accessKeySecret };
  // One of several calls at once gets through, whoever makes them.
  const codes = await Promise.all([bob, mine.account, bob, mine.account, bob, mine.account].map(call));
  assert.ok(codes.filter((code) => code === 'Throttling.User').length >= 4, codes.join());
});

test('users, keys and policies are there after kill -9', async () => {
  const user = await newUser();
  await attach(user, await newPolicy(allow('iot:Query*')));
  await herald.kill();
  await herald.serve();
  assert.equal(await query(user), '');
  assert.equal(await publish(user), denied);
});
