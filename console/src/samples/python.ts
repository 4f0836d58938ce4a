import { lines, protocolOf, type Call, type Pair } from './call';
import { quoted } from './quote';

const entries = (pairs: Pair[]) => lines(pairs, (name, value) => `        ${quoted(name)}: ${quoted(value)},`);
const argument = (name: string, pairs: Pair[]) =>
  pairs.length > 0 ? `    ${name}={\n${entries(pairs)}    },\n` : '';

export const python = (call: Call): string => `# pip install 'alibabacloud_tea_openapi~=0.3.12'
import json
import os

from alibabacloud_tea_openapi import models as open_api
from alibabacloud_tea_openapi.client import Client
from alibabacloud_tea_util import models as util

client = Client(open_api.Config(
    access_key_id=os.environ['ALIBABA_CLOUD_ACCESS_KEY_ID'],
    access_key_secret=os.environ['ALIBABA_CLOUD_ACCESS_KEY_SECRET'],
    endpoint=${quoted(call.host)},
    protocol='${protocolOf(call)}',
))
params = open_api.Params(
    action='${call.action}',
    version='${call.version}',
    protocol='${protocolOf(call)}',
    pathname='/',
    method='POST',
    auth_type='AK',
    style='RPC',
    req_body_type='formData',
    body_type='json',
)
request = open_api.OpenApiRequest(
${argument('query', call.query)}${argument('body', call.body)})
answer = client.call_api(params, request, util.RuntimeOptions())
print(json.dumps(answer['body'], indent=2, ensure_ascii=False))
`;
