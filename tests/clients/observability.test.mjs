// What a server tells about itself to those who run it and those who call it.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, test } from 'node:test';

import { call, sdkCalls } from './clients.mjs';
import { Herald } from './herald.mjs';

const herald = await Herald.start();
after(() => herald.stop());

// A plain request with headers of its own: { status, body }.
const ask = (path, headers) => new Promise((resolve, reject) => {
  request(`${herald.url}${path}`, { headers }, async (answer) => {
    let body = '';
    for await (const part of answer) body += part;
    resolve({ status: answer.statusCode, body });
  }).on('error', reject).end();
});

test('Recommend of an error that an SDK gets leads to a page about its code', async () => {
  const error = await sdkCalls['pop-core'](herald, 'QueryProduct', {});
  assert.equal(error.Code, 'MissingProductKey');
  assert.equal(error.Recommend, `${herald.url}/errors/MissingProductKey`);
  const page = await fetch(error.Recommend);
  assert.equal(page.status, 200);
  assert.equal(page.headers.get('content-type'), 'text/html;charset=utf-8');
  assert.match(page.headers.get('content-security-policy'), /^default-src 'none'; /);
  assert.match(await page.text(), /<h1><code>MissingProductKey<\/code><\/h1>/);
});

test('a failure of an operation has its page, too', async () => {
  const { body } = await call(herald, 'QueryProduct', { ProductKey: 'a1unknown00' });
  assert.match(body.Code, /^iot\./);
  const page = await fetch(`${herald.url}/errors/${body.Code}`);
  assert.equal(page.status, 200);
  assert.match(await page.text(), /<li><code>QueryProduct<\/code><\/li>/);
});

test('the index of all errors, and nothing for a code that is none', async () => {
  assert.match(await (await fetch(`${herald.url}/errors`)).text(), /SignatureDoesNotMatch/);
  assert.equal((await fetch(`${herald.url}/errors/style.css`)).status, 200);
  assert.equal((await fetch(`${herald.url}/errors/Nothing`)).status, 404);
});

test('a Host header that is no host is not repeated', async () => {
  const { body } = await ask('/?Format=JSON', { Host: 'evil.example/"><script>' });
  assert.match(JSON.parse(body).Recommend, /^\/errors\/[A-Za-z.]+$/);
});
