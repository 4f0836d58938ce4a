// RAM users, roles and their sessions, through the official SDKs of RAM and STS.
import { createRequire } from 'node:module';

import { iotClient, sdkRequest } from './clients.mjs';

const require = createRequire(import.meta.url);
const Ram = require('@alicloud/ram20150501');
const Sts = require('@alicloud/sts20150401');
const { Config } = require('@alicloud/openapi-client');

export const denied = 'iot.common.RamActionPermissionDeny';
export const allow = (Action) => ({ Effect: 'Allow', Action, Resource: '*' });
export const deny = (Action) => ({ Effect: 'Deny', Action, Resource: '*' });
export const documentOf = (...Statement) => JSON.stringify({ Version: '1', Statement });
export const system = (policyName) => ({ policyType: 'System', policyName });

const methodOf = (action) => action[0].toLowerCase() + action.slice(1);

// `keys` are everywhere { AccessKeyId, AccessKeySecret, SecurityToken? }, of the account if unset.
export function identities(herald) {
  const given = (keys) => ({
    accessKeyId: keys.AccessKeyId,
    accessKeySecret: keys.AccessKeySecret,
    securityToken: keys.SecurityToken,
  });
  const config = (keys) => new Config({
    endpoint: herald.api, protocol: 'HTTP', readTimeout: 20_000, ...given(keys),
  });
  const caller = (Sdk) => async (action, fields = {}, keys = herald.account) => {
    const request = Sdk[`${action}Request`];
    const client = new Sdk.default(config(keys));
    const { body } = await client[methodOf(action)](...(request ? [new request(fields)] : []));
    return body;
  };
  // ram('CreateUser', { userName }, keys) answers the body.
  const ram = caller(Ram);
  const sts = caller(Sts);
  const whoAmI = (keys) => sts('GetCallerIdentity', {}, keys);

  // A call of the platform: its Code, empty when it succeeded.
  async function iot(keys, action, fields) {
    const { body } = await iotClient(herald, given(keys))[methodOf(action)](
      sdkRequest(action, { iotInstanceId: herald.instance, ...fields }));
    return body.success ? '' : body.code;
  }

  let made = 0;
  async function newUser() {
    const userName = `user${++made}`;
    await ram('CreateUser', { userName });
    const { accessKey } = await ram('CreateAccessKey', { userName });
    return { userName,
      AccessKeyId: accessKey.accessKeyId, AccessKeySecret: accessKey.accessKeySecret };
  }
  async function newPolicy(...statements) {
    const policyName = `policy-${++made}`;
    await ram('CreatePolicy', { policyName, policyDocument: documentOf(...statements) });
    return { policyType: 'Custom', policyName };
  }
  // One that `trusted` (names as of `arn`) may assume.
  async function newRole(trusted, ...policies) {
    const roleName = `role${++made}`;
    const { role } = await ram('CreateRole', { roleName, assumeRolePolicyDocument: documentOf(
      { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { RAM: [arn(trusted)] } }) });
    for (const policy of policies) await ram('AttachPolicyToRole', { roleName, ...policy });
    return { roleName, arn: role.arn };
  }
  const attach = ({ userName }, policy) => ram('AttachPolicyToUser', { userName, ...policy });

  const arn = (name) => `acs:ram::${herald.account.AccountId}:${name}`;
  // The keys of a session.
  async function assume(keys, role, fields = {}) {
    const { credentials } = await sts('AssumeRole',
      { roleArn: role.arn, roleSessionName: 'dispatcher', ...fields }, keys);
    return {
      AccessKeyId: credentials.accessKeyId,
      AccessKeySecret: credentials.accessKeySecret,
      SecurityToken: credentials.securityToken,
      expiration: credentials.expiration,
    };
  }
  return { ram, sts, whoAmI, iot, newUser, newPolicy, newRole, attach, arn, assume };
}
