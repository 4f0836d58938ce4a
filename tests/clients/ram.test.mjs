// RAM users, their keys, passwords and policies, through the official SDKs of RAM and STS.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { popCore } from './clients.mjs';
import { Herald, throttles } from './herald.mjs';
import { allow, denied, deny, identities, system } from './identities.mjs';

const herald = await Herald.start();
after(() => herald.stop());
const productKey = await herald.createProduct();
await herald.registerDevice(productKey, 'lamp_1');

const { ram, whoAmI, iot, newUser, newPolicy, attach } = identities(herald);
const query = (keys) => iot(keys, 'QueryProduct', { productKey });
const publish = (keys) => iot(keys, 'BatchPub',
  { productKey, deviceName: ['lamp_1'], topicShortName: 'get', messageContent: 'aGVsbG8=' });

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
  await attach(user, system('AliyunIOTFullAccess'));
  assert.equal(await publish(user), '');
  await attach(user, await newPolicy(deny('iot:*Pub')));
  assert.equal(await publish(user), denied);
  assert.equal(await query(user), '');
});

test('AliyunIOTReadOnlyAccess reads and changes nothing', async () => {
  const user = await newUser();
  await attach(user, system('AliyunIOTReadOnlyAccess'));
  assert.equal(await query(user), '');
  assert.equal(await publish(user), denied);
  assert.equal(await iot(user, 'DeleteDevice', { productKey, deviceName: 'lamp_1' }), denied);
});

test('policies of another service open nothing here', async () => {
  const user = await newUser();
  await attach(user, system('AliyunRAMFullAccess'));
  assert.equal(await query(user), denied);
  assert.ok((await ram('ListUsers', {}, user)).users.user.length > 0);
});

test('a key is disabled, enabled and deleted', async () => {
  const user = await newUser();
  await attach(user, system('AliyunIOTFullAccess'));
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
  const ofSystem = await ram('ListPolicies', { policyType: 'System' });
  assert.ok(ofSystem.policies.policy.some(({ policyName }) => policyName === 'AliyunIOTFullAccess'));
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

test('what is said about a user is changed', async () => {
  const { userName } = await newUser();
  const { user } = await ram('UpdateUser', { userName, newDisplayName: 'Bob', newComments: 'new' });
  assert.equal(user.displayName, 'Bob');
  await ram('UpdateUser', { userName, newEmail: 'b@example.com' });
  const read = (await ram('GetUser', { userName })).user;
  assert.deepEqual([read.displayName, read.comments, read.email], ['Bob', 'new', 'b@example.com']);
  await assert.rejects(ram('UpdateUser', { userName, newUserName: 'other' }), /InvalidNewUserName/);
});

test('a user signs in with a password, which it may change', async () => {
  const user = await newUser();
  const { userName } = user;
  await assert.rejects(ram('GetLoginProfile', { userName }), /EntityNotExist.User.LoginProfile/);
  await assert.rejects(ram('CreateLoginProfile', { userName, password: 'weak' }), /TooWeak/);
  await ram('CreateLoginProfile', { userName, password: 'Secret-1', passwordResetRequired: true });
  const { loginProfile } = await ram('GetLoginProfile', { userName });
  assert.equal(loginProfile.passwordResetRequired, true);
  const change = (oldPassword, newPassword) =>
    ram('ChangePassword', { oldPassword, newPassword }, user);
  await assert.rejects(change('Secret-1', 'Secret-2'), /NoPermission/);
  await attach(user, await newPolicy(allow('ram:ChangePassword')));
  await assert.rejects(change('Secret-9', 'Secret-2'), /OldPassword.Mismatch/);
  await change('Secret-1', 'Secret-2');
  assert.equal((await ram('GetLoginProfile', { userName })).loginProfile.passwordResetRequired,
    false);
  await ram('DeleteLoginProfile', { userName });
  await assert.rejects(ram('UpdateLoginProfile', { userName, password: 'Secret-3' }),
    /EntityNotExist.User.LoginProfile/);
});

test('users and sessions share their account\'s quota', async (t) => {
  const mine = await Herald.start({ 'quota.QueryProduct': 3 });
  t.after(() => mine.stop());
  const key = await mine.createProduct();
  const of = identities(mine);
  const bob = await of.newUser();
  await of.attach(bob, system('AdministratorAccess'));
  const session = await of.assume(bob, await of.newRole('root', system('AliyunIOTFullAccess')));
  const call = (keys) => popCore({ api: mine.api, account: keys })
    .request('QueryProduct', { IotInstanceId: mine.instance, ProductKey: key })
    .then(() => '', (error) => error.code);
  const callers = Array.from({ length: 4 }, () => [bob, mine.account, session]).flat();
  await throttles(3, callers.map((keys) => () => call(keys)));
});

test('users, keys and policies are there after kill -9', async () => {
  const user = await newUser();
  await attach(user, await newPolicy(allow('iot:Query*')));
  await herald.kill();
  await herald.serve();
  assert.equal(await query(user), '');
  assert.equal(await publish(user), denied);
});
