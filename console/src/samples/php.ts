import { lines, protocolOf, type Call, type Pair } from './call';
import { quotedForPhp as quoted } from './quote';

const field = (name: string, pairs: Pair[]) => pairs.length === 0 ? '' : `    '${name}' => [
${lines(pairs, (key, value) => `        ${quoted(key)} => ${quoted(value)},`)}    ],\n`;

export const php = (call: Call): string => `<?php
// composer require alibabacloud/darabonba-openapi
require __DIR__ . '/vendor/autoload.php';

use AlibabaCloud\\Dara\\Models\\RuntimeOptions;
use Darabonba\\OpenApi\\Models\\Config;
use Darabonba\\OpenApi\\Models\\OpenApiRequest;
use Darabonba\\OpenApi\\Models\\Params;
use Darabonba\\OpenApi\\OpenApiClient;

$client = new OpenApiClient(new Config([
    'accessKeyId' => getenv('ALIBABA_CLOUD_ACCESS_KEY_ID'),
    'accessKeySecret' => getenv('ALIBABA_CLOUD_ACCESS_KEY_SECRET'),
    'endpoint' => ${quoted(call.host)},
    'protocol' => '${protocolOf(call)}',
]));
$params = new Params([
    'action' => '${call.action}',
    'version' => '${call.version}',
    'protocol' => '${protocolOf(call)}',
    'pathname' => '/',
    'method' => 'POST',
    'authType' => 'AK',
    'style' => 'RPC',
    'reqBodyType' => 'formData',
    'bodyType' => 'json',
]);
$request = new OpenApiRequest([
${field('query', call.query)}${field('body', call.body)}]);
$answer = $client->callApi($params, $request, new RuntimeOptions([]));
echo json_encode($answer['body'], JSON_PRETTY_PRINT | JSON_UNESCAPED_UNICODE), PHP_EOL;
`;
