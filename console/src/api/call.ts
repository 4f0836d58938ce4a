// The one place from which the console calls Herald: like any application, with a signed request.
import { keep, session } from '../session';
import { canonicalQuery, signV3, timestamp, type Pairs } from './signature';

export type Value = string | number | boolean | undefined;
export type Params = Record<string, Value | Value[]>;
// Answers are described by the catalogue; pages name the fields that they read.
export type Body = Record<string, unknown>;

export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly requestId: string,
    readonly status: number,
  ) {
    super(message);
  }
  get denied(): boolean {
    return this.code === 'iot.common.RamActionPermissionDeny' || this.code === 'NoPermission';
  }
  // The credentials are no longer good.
  get signedOut(): boolean {
    return /^(Invalid|Missing)SecurityToken|^InvalidAccessKeyId/.test(this.code);
  }
}

const versions: Record<string, string> = {};

// Operations of RAM and STS have versions of their own: the catalogue tells.
export function useVersions(operations: { Name: string; Version: string }[]): void {
  for (const { Name, Version } of operations) versions[Name] = Version;
}

// Lists become `Name.1`, `Name.2`, …; what is not set is left out.
export function pairs(params: Params): Pairs {
  return Object.entries(params).flatMap(([name, value]): Pairs => {
    if (Array.isArray(value)) return value.map((each, i) => [`${name}.${i + 1}`, String(each)]);
    return value === undefined || value === '' ? [] : [[name, String(value)]];
  });
}

export interface Exchange {
  status: number;
  milliseconds: number;
  headers: [string, string][];
  body: Body;
  text: string;
  request: { headers: Record<string, string>; body: string };
}

// Sends one request and tells everything about it, whether it succeeded or not.
export async function exchange(action: string, params: Pairs): Promise<Exchange> {
  const who = session();
  const body = canonicalQuery(params);
  const headers: Record<string, string> = {
    host: location.host,
    'x-acs-action': action,
    'x-acs-version': versions[action] ?? versionOf(action),
    'x-acs-date': timestamp(),
    'x-acs-signature-nonce': crypto.randomUUID(),
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
  };
  if (who) headers['x-acs-security-token'] = who.token;
  const steps = await signV3({ method: 'POST', query: [], headers, body }, who?.keyId ?? '', who?.secret ?? '');
  const sent: Record<string, string> = {
    ...headers,
    'x-acs-content-sha256': steps.hashedBody,
    authorization: steps.authorization,
  };
  const { host: _, ...settable } = sent; // The browser's own.
  return send(settable, body, sent);
}

async function send(headers: Record<string, string>, body: string, shown: Record<string, string>): Promise<Exchange> {
  const start = performance.now();
  let response: Response;
  try {
    response = await fetch('/', { method: 'POST', headers, body });
  } catch {
    throw new ApiError('NetworkError', 'The server does not answer.', '', 0);
  }
  const text = await response.text();
  const milliseconds = performance.now() - start;
  let parsed: Body;
  try {
    parsed = JSON.parse(text) as Body;
  } catch {
    throw new ApiError('NetworkError', `The answer is no JSON: ${text.slice(0, 200)}`, '', response.status);
  }
  return {
    status: response.status,
    milliseconds,
    headers: [...response.headers],
    body: parsed,
    text,
    request: { headers: shown, body },
  };
}

export function errorOf({ body, status }: Exchange): ApiError | null {
  if (status < 400 && body.Success !== false) return null;
  const message = String(body.ErrorMessage ?? body.Message ?? '');
  return new ApiError(String(body.Code ?? status), message, String(body.RequestId ?? ''), status);
}

// Calls an operation in the instance that is looked at. Throws ApiError.
export async function call<T = Body>(action: string, params: Params = {}): Promise<T> {
  const instance = session()?.instance;
  const all =
    instance && !params.IotInstanceId && versionOf(action) === iot ? { IotInstanceId: instance, ...params } : params;
  const answer = await exchange(action, pairs(all));
  const error = errorOf(answer);
  if (error?.signedOut) keep(null);
  if (error) throw error;
  return answer.body as T;
}

const iot = '2018-01-20';
const ram = new Set([
  'AttachPolicyToRole',
  'AttachPolicyToUser',
  'ChangePassword',
  'CreateAccessKey',
  'CreateLoginProfile',
  'CreatePolicy',
  'CreateRole',
  'CreateUser',
  'DeleteAccessKey',
  'DeleteLoginProfile',
  'DeletePolicy',
  'DeleteRole',
  'DeleteUser',
  'DetachPolicyFromRole',
  'DetachPolicyFromUser',
  'GetLoginProfile',
  'GetPolicy',
  'GetRole',
  'GetUser',
  'ListAccessKeys',
  'ListPolicies',
  'ListPoliciesForRole',
  'ListPoliciesForUser',
  'ListRoles',
  'ListUsers',
  'UpdateAccessKey',
  'UpdateLoginProfile',
  'UpdateRole',
  'UpdateUser',
]);

// Before the catalogue is there.
function versionOf(action: string): string {
  if (versions[action]) return versions[action];
  if (action === 'GetCallerIdentity' || action === 'AssumeRole') return '2015-04-01';
  return ram.has(action) ? '2015-05-01' : iot;
}

interface SignInAnswer {
  Credentials?: { AccessKeyId: string; AccessKeySecret: string; SecurityToken: string; Expiration: string };
  AccountId: string;
  AccountName: string;
  UserName: string;
  Instances: { Instance: { IotInstanceId: string; InstanceName: string }[] };
}

// The one call that nobody signs. False: a new password has to be chosen first.
export async function signIn(login: string, password: string, newPassword?: string): Promise<boolean> {
  const body = canonicalQuery([
    ['Action', 'SignIn'],
    ['Version', '2015-04-01'],
    ['Format', 'JSON'],
    ['LoginName', login],
    ['Password', password],
    ...(newPassword ? [['NewPassword', newPassword] as [string, string]] : []),
  ]);
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await send(headers, body, headers);
  const error = errorOf(answer);
  if (error) throw error;
  const made = answer.body as unknown as SignInAnswer;
  if (!made.Credentials) return false;
  const instances = made.Instances.Instance;
  const named = instances.find(({ IotInstanceId }) => IotInstanceId !== '');
  keep({
    keyId: made.Credentials.AccessKeyId,
    secret: made.Credentials.AccessKeySecret,
    token: made.Credentials.SecurityToken,
    expires: made.Credentials.Expiration,
    account: made.AccountId,
    accountName: made.AccountName,
    user: made.UserName,
    instances,
    instance: named?.IotInstanceId ?? '',
  });
  return true;
}
