import { lines, protocolOf, type Call, type Pair } from './call';
import { quoted } from './quote';

const field = (name: string, pairs: Pair[]) => pairs.length === 0 ? '' : `  ${name}: {
${lines(pairs, (key, value) => `    ${quoted(key)}: ${quoted(value)},`)}  },\n`;

// One text for both: what `import` gives of a CommonJS package is the same for Node.js and for
// TypeScript's `nodenext`.
export const node = (call: Call): string => `// npm install @alicloud/openapi-client @alicloud/tea-util
// An ES module: save it as sample.mjs, or as sample.mts for TypeScript with module nodenext.
import OpenApi from '@alicloud/openapi-client';
import TeaUtil from '@alicloud/tea-util';

const client = new OpenApi.default(new OpenApi.Config({
  accessKeyId: process.env.ALIBABA_CLOUD_ACCESS_KEY_ID,
  accessKeySecret: process.env.ALIBABA_CLOUD_ACCESS_KEY_SECRET,
  endpoint: ${quoted(call.host)},
  protocol: '${protocolOf(call)}',
}));
const params = new OpenApi.Params({
  action: '${call.action}',
  version: '${call.version}',
  protocol: '${protocolOf(call)}',
  pathname: '/',
  method: 'POST',
  authType: 'AK',
  style: 'RPC',
  reqBodyType: 'formData',
  bodyType: 'json',
});
const request = new OpenApi.OpenApiRequest({
${field('query', call.query)}${field('body', call.body)}});
const answer = await client.callApi(params, request, new TeaUtil.RuntimeOptions({}));
console.log(JSON.stringify(answer.body, null, 2));
`;
