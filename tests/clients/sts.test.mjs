// Roles and temporary credentials: AssumeRole of the official SDK of STS, and calls of the platform
// by the typed SDK (signature V3) and by pop-core (V1) with what it answers.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { popCore } from './clients.mjs';
import { Herald } from './herald.mjs';
import { allow, denied, documentOf, identities, system } from './identities.mjs';

const herald = await Herald.start();
after(() => herald.stop());
const productKey = await herald.createProduct();
await herald.registerDevice(productKey, 'lamp_1');

const { ram, sts, whoAmI, iot, newUser, newPolicy, newRole, attach, arn, assume } =
  identities(herald);
const fullAccess = system('AliyunIOTFullAccess');
const publishing = { deviceName: ['lamp_1'], topicShortName: 'get', messageContent: 'aGVsbG8=' };

// The same calls by both SDKs: their Codes, empty when they succeeded.
const sdks = {
  iot20180120: {
    query: (keys) => iot(keys, 'QueryProduct', { productKey }).catch(({ code }) => code),
    publish: (keys) => iot(keys, 'BatchPub', { productKey, ...publishing })
      .catch(({ code }) => code),
  },
  'pop-core': {
    query: (keys) => pop(keys, 'QueryProduct', {}),
    publish: (keys) => pop(keys, 'BatchPub', {
      'DeviceName.1': 'lamp_1', TopicShortName: 'get', MessageContent: 'aGVsbG8=',
    }),
  },
};
const pop = (keys, action, parameters) => popCore({ api: herald.api, account: keys })
  .request(action,
    { IotInstanceId: herald.instance, ProductKey: productKey, ...parameters }, { method: 'POST' })
  .then(() => '', ({ code }) => code);
const { query, publish } = sdks.iot20180120;

const dispatcher = await newUser();
await attach(dispatcher, system('AliyunSTSAssumeRoleAccess'));

for (const [name, calls] of Object.entries(sdks)) {
  test(`${name}: a session may do what its role may`, async () => {
    const session = await assume(dispatcher,
      await newRole('root', await newPolicy(allow('iot:BatchPub'))));
    assert.match(session.AccessKeyId, /^STS\./);
    assert.equal(await calls.publish(session), '');
    assert.equal(await calls.query(session), denied);
  });

  test(`${name}: the session's policy narrows it and never widens`, async () => {
    const role = await newRole('root', system('AliyunIOTReadOnlyAccess'));
    const policy = documentOf(allow(['iot:BatchPub', 'iot:List*']));
    const session = await assume(dispatcher, role, { policy });
    assert.equal(await calls.query(session), denied);
    assert.equal(await calls.publish(session), denied);
    const reading = await assume(dispatcher, role, { policy: documentOf(allow('*')) });
    assert.equal(await calls.query(reading), '');
    assert.equal(await calls.publish(reading), denied);
  });

  test(`${name}: tokens are those of their keys`, async () => {
    const role = await newRole('root', fullAccess);
    const [one, other] = [await assume(dispatcher, role), await assume(dispatcher, role)];
    const code = (changed) => calls.query({ ...one, ...changed });
    assert.equal(await code({}), '');
    assert.equal(await code({ SecurityToken: other.SecurityToken }),
      'InvalidSecurityToken.MismatchWithAccessKey');
    assert.equal(await code({ SecurityToken: `${one.SecurityToken.slice(0, -8)}AAAAAAA=` }),
      'InvalidSecurityToken.Malformed');
    assert.equal(await code({ SecurityToken: undefined }), 'MissingSecurityToken');
    assert.equal(await code({ AccessKeySecret: other.AccessKeySecret }), 'SignatureDoesNotMatch');
    assert.equal(
      await calls.query({ ...dispatcher, SecurityToken: one.SecurityToken }),
      'InvalidSecurityToken.MismatchWithAccessKey');
  });
}

test('the longest session policy fits into the headers of a call', async () => {
  let actions = ['iot:QueryProduct'];
  const document = (list) => documentOf(allow(list));
  for (let i = 0; document([...actions, `iot:X${i}`]).length <= 2048; ++i) {
    actions = [...actions, `iot:X${i}`];
  }
  const role = await newRole('root', fullAccess);
  const session = await assume(dispatcher, role, { policy: document(actions) });
  for (const calls of Object.values(sdks)) assert.equal(await calls.query(session), '');
});

test('a session says who it is, and until when', async () => {
  const role = await newRole('root', fullAccess);
  const session = await assume(dispatcher, role, { durationSeconds: 900 });
  const left = Date.parse(session.expiration) - Date.now();
  assert.ok(left > 890_000 && left <= 900_000, `${left} ms`);
  const who = await whoAmI(session);
  assert.equal(who.identityType, 'AssumedRoleUser');
  assert.equal(who.accountId, herald.account.AccountId);
  assert.equal(who.arn, arn(`assumed-role/${role.roleName}/dispatcher`));
  await assert.rejects(assume(dispatcher, role, { durationSeconds: 899 }), /InvalidDurationSeconds/);
  await assert.rejects(assume(dispatcher, role, { durationSeconds: 3601 }),
    /InvalidDurationSeconds/);
});

test('the caller\'s policies and the role\'s trust have to agree', async () => {
  const other = await newUser();
  const hers = await newRole(`user/${dispatcher.userName}`, fullAccess);
  assert.equal(await query(await assume(dispatcher, hers)), '');
  await assert.rejects(assume(other, hers), /NoPermission/);
  await attach(other, system('AliyunSTSAssumeRoleAccess'));
  await assert.rejects(assume(other, hers), /NoPermission/);
  await assert.rejects(assume(herald.account, hers), /NoPermission/);
  await assert.rejects(assume(dispatcher, { arn: arn('role/nothing') }), /EntityNotExist.Role/);
  await assert.rejects(sts('AssumeRole', { roleArn: hers.arn, roleSessionName: 'x' }, dispatcher),
    /RoleSessionName/);
});

test('a role is read, listed, changed and deleted', async () => {
  const { roleName } = await newRole('root', fullAccess);
  const { role } = await ram('GetRole', { roleName });
  assert.equal(JSON.parse(role.assumeRolePolicyDocument).Statement[0].Principal.RAM[0],
    arn('root'));
  assert.ok((await ram('ListRoles', {})).roles.role.some((each) => each.roleName === roleName));
  const of = await ram('ListPoliciesForRole', { roleName });
  assert.deepEqual(of.policies.policy.map(({ policyName }) => policyName), ['AliyunIOTFullAccess']);
  const changed = await ram('UpdateRole', { roleName,
    newDescription: 'new', newMaxSessionDuration: 7200,
    newAssumeRolePolicyDocument: documentOf({ Effect: 'Allow', Action: 'sts:AssumeRole',
      Principal: { RAM: [arn('user/nobody')] } }) });
  assert.equal(changed.role.maxSessionDuration, 7200);
  await assert.rejects(assume(dispatcher, { arn: role.arn }), /NoPermission/);
  await assert.rejects(ram('UpdateRole', { roleName, newAssumeRolePolicyDocument: '{}' }),
    /InvalidParameter.PolicyDocument/);
  await assert.rejects(ram('AttachPolicyToRole', { roleName, ...fullAccess }),
    /EntityAlreadyExists.Role.Policy/);
  await assert.rejects(ram('DeleteRole', { roleName }), /DeleteConflict/);
  await ram('DetachPolicyFromRole', { roleName, ...fullAccess });
  await ram('DeleteRole', { roleName });
  await assert.rejects(ram('GetRole', { roleName }), /EntityNotExist.Role/);
});

test('a role that is deleted ends its sessions at once, also when it is made anew', async () => {
  const { roleName, arn: roleArn } = await newRole('root', fullAccess);
  const session = await assume(dispatcher, { arn: roleArn });
  assert.equal(await query(session), '');
  await ram('DetachPolicyFromRole', { roleName, ...fullAccess });
  assert.equal(await query(session), denied);
  const { role } = await ram('GetRole', { roleName });
  await ram('DeleteRole', { roleName });
  assert.equal(await query(session), denied);
  await ram('CreateRole', { roleName, assumeRolePolicyDocument: role.assumeRolePolicyDocument });
  await ram('AttachPolicyToRole', { roleName, ...fullAccess });
  assert.equal(await query(session), denied);
  await assert.rejects(whoAmI(session), /EntityNotExist.Role/);
  assert.equal(await query(await assume(dispatcher, { arn: roleArn })), '');
});

test('a disabled key assumes nothing; the sessions it began go on', async () => {
  const user = await newUser();
  await attach(user, system('AliyunSTSAssumeRoleAccess'));
  const role = await newRole('root', fullAccess);
  const session = await assume(user, role);
  await ram('UpdateAccessKey',
    { userName: user.userName, userAccessKeyId: user.AccessKeyId, status: 'Inactive' });
  await assert.rejects(assume(user, role), /InvalidAccessKeyId.Inactive/);
  assert.equal(await query(session), '');
});

test('tokens and roles hold over a restart and kill -9', async () => {
  const role = await newRole('root', await newPolicy(allow('iot:BatchPub')));
  const session = await assume(dispatcher, role);
  await herald.shutDown();
  await herald.serve();
  assert.equal(await publish(session), '');
  await herald.kill();
  await herald.serve();
  for (const calls of Object.values(sdks)) {
    assert.equal(await calls.publish(session), '');
    assert.equal(await calls.query(session), denied);
  }
  assert.equal(await publish(await assume(dispatcher, role)), '');
});

test('the server writes no token and no secret to its log', async () => {
  const session = await assume(dispatcher, await newRole('root', fullAccess));
  await query(session);
  await query({ ...session, SecurityToken: session.SecurityToken.slice(4) });
  for (const secret of [session.SecurityToken, session.AccessKeySecret]) {
    assert.ok(!herald.output.includes(secret));
  }
});
