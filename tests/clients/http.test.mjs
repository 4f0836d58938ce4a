// The API port as HTTP: what real clients do on it, and what strangers may not.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { after, test } from 'node:test';

import { get, signedForm, signedTarget, within } from './clients.mjs';
import { eventually, Herald } from './herald.mjs';

const MiB = 1024 * 1024;

const herald = await Herald.start({ 'limits.unauthenticated_bytes': 8 * MiB });
after(() => herald.stop());

const productKey = await herald.createProduct();
const [device] = await herald.registerDevices(productKey, 1);
const query = { IotInstanceId: herald.instance, ProductKey: productKey };

// A plain connection: `end` resolves with all that was received when the server has closed it.
async function open(t) {
  const socket = connect(herald.apiPort, '127.0.0.1');
  socket.on('error', () => {});
  t?.after(() => socket.destroy());
  await once(socket, 'connect');
  let received = '';
  socket.on('data', (bytes) => { received += bytes.toString('latin1'); });
  const closed = new Promise((resolve) => { socket.once('close', () => resolve(received)); });
  return { socket, received: () => received, closed };
}

// Sends, and answers all that comes until the server closes. Nothing may come of a refusal when the
// server closes while much is still on its way to it.
async function converse(t, bytes) {
  const { socket, closed } = await open(t);
  socket.write(bytes);
  return within('the server closes', closed);
}

const head = (line, ...headers) =>
  `${[line, `Host: ${herald.api}`, ...headers].join('\r\n')}\r\n\r\n`;

// One request through an agent: { status, body, port }, the last its own.
async function send(agent, options, parts = []) {
  const sent = request({ host: '127.0.0.1', port: herald.apiPort, agent, ...options });
  for (const part of parts) sent.write(part);
  sent.end();
  const [response] = await within('the answer', once(sent, 'response'));
  let body = '';
  for await (const bytes of response) body += bytes;
  return { status: response.statusCode, body, port: sent.socket.localPort };
}

// Connections that never finish a request take long to end, so they begin here.
const silent = open();
const slow = open().then((connection) => {
  connection.socket.write('GET /readyz HTTP/1.1\r\nHost: ');
  return connection;
});
const openedAt = Date.now();
after(async () => { for (const each of [silent, slow]) (await each).socket.destroy(); });

test('/readyz answers 200 without a signature', async () => {
  assert.equal((await get(herald, '/readyz')).status, 200);
});

test('two requests use one connection', async (t) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const first = await send(agent, { path: signedTarget(herald, 'QueryProduct', query) });
  const second = await send(agent, { path: signedTarget(herald, 'QueryProduct', query) });
  assert.deepEqual([first.status, second.status], [200, 200]);
  assert.equal(first.port, second.port);
});

test('Connection: close ends the connection after the answer', async (t) => {
  const received = await converse(t, head('GET /readyz HTTP/1.1', 'Connection: close'));
  assert.match(received, /^HTTP\/1\.1 200 /);
});

test('pipelined requests are answered in order', async (t) => {
  // The first waits for the disk, the others do not.
  const publish = signedTarget(herald, 'BatchPub', herald.batch([device], 'hello', { Qos: 1 }));
  const received = await converse(t, [
    head(`GET ${publish} HTTP/1.1`),
    head(`GET ${signedTarget(herald, 'QueryProduct', query)} HTTP/1.1`),
    head('GET /readyz HTTP/1.1', 'Connection: close'),
  ].join(''));
  assert.match(received, /^HTTP\/1\.1 200 .*"MessageId".*HTTP\/1\.1 200 .*"ProductName".*\nok\n$/s);
});

test('a chunked body is read to its end', async (t) => {
  const agent = new Agent();
  t.after(() => agent.destroy());
  const form = signedForm(herald, 'QueryProduct', query);
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const parts = [form.slice(0, 10), form.slice(10, 11), form.slice(11)];
  const { body } = await send(agent, { method: 'POST', path: '/', headers }, parts);
  assert.equal(JSON.parse(body).Success, true, body);
});

test('parameters may stand in the query and in the form', async () => {
  const all = new URLSearchParams(signedForm(herald, 'QueryProduct', query));
  const target = new URLSearchParams({ ProductKey: all.get('ProductKey') });
  all.delete('ProductKey');
  const { body } = await get(herald, `/?${target}`, { method: 'POST', body: all });
  assert.equal(body.Success, true, body.Code);
});

test('Expect: 100-continue is answered before the body is sent', async (t) => {
  const agent = new Agent();
  t.after(() => agent.destroy());
  const form = signedForm(herald, 'QueryProduct', query);
  const headers = { Expect: '100-continue', 'Content-Length': form.length };
  const sent = request(
    { host: '127.0.0.1', port: herald.apiPort, agent, method: 'POST', path: '/', headers });
  sent.flushHeaders();
  await within('100 Continue', once(sent, 'continue'));
  sent.end(form);
  const [response] = await within('the answer', once(sent, 'response'));
  response.resume();
  assert.equal(response.statusCode, 200);
});

test('a request line of almost 2 MiB works', async () => {
  const padding = 'x'.repeat(2 * MiB - 1024);
  const target = signedTarget(herald, 'QueryProduct', { ...query, Padding: padding });
  assert.equal((await get(herald, target)).body?.Success, true);
});

test('a request line of 3 MiB is refused', async (t) => {
  const received = await converse(t, head(`GET /?${'x'.repeat(3 * MiB)} HTTP/1.1`));
  assert.match(received, /^(HTTP\/1\.1 4(13|14|31) |$)/);
});

test('a body that says to be larger than 4 MiB is refused', async (t) => {
  const received = await converse(t, head('POST / HTTP/1.1', `Content-Length: ${5 * MiB}`));
  assert.match(received, /^HTTP\/1\.1 413 /);
});

const garbage = {
  'words': 'hello there\r\n\r\n',
  'binary bytes': Buffer.from([0, 1, 2, 0xff, 0xfe, 13, 10, 13, 10]),
  'a broken header': 'GET / HTTP/1.1\r\nno colon\r\n\r\n',
  'two lengths': head('POST / HTTP/1.1', 'Content-Length: 1', 'Content-Length: 2'),
  'a length and chunks': head('POST / HTTP/1.1', 'Content-Length: 1', 'Transfer-Encoding: chunked'),
  'a chunk without a length': `${head('POST / HTTP/1.1', 'Transfer-Encoding: chunked')}zz\r\n`,
};
for (const [what, bytes] of Object.entries(garbage)) {
  test(`${what} close the connection`, async (t) => {
    assert.match(await converse(t, bytes), /^(HTTP\/1\.1 400 |$)/);
  });
}

test('what strangers make the server hold is bounded', async (t) => {
  const connections = await Promise.all(Array.from({ length: 8 }, () => open(t)));
  for (const { socket } of connections) socket.write(`GET /?${'x'.repeat(1.9 * MiB)}`);
  const ends = connections.map(({ closed }) => closed);
  const refused = await within('some are refused', Promise.any(ends));
  assert.match(refused, /^(HTTP\/1\.1 503 |$)/);
});

test('what strangers held is free again when they are gone', async (t) => {
  const connections = await Promise.all(Array.from({ length: 8 }, () => open(t)));
  for (const { socket } of connections) socket.write(`GET /?${'x'.repeat(1.9 * MiB)}`);
  await within('some are refused', Promise.any(connections.map((one) => one.closed)));
  for (const { socket } of connections) socket.destroy();
  const target = () => signedTarget(herald, 'QueryProduct',
    { ...query, Padding: 'x'.repeat(1.9 * MiB) });
  await eventually('a large request is taken',
    async () => (await get(herald, target()).catch(() => undefined))?.status === 200);
});

test('a connection that says nothing is closed within 15 seconds', async () => {
  const { closed } = await silent;
  await within('the server closes', closed, 15_000 - (Date.now() - openedAt));
});

test('a request that does not end is given up within 40 seconds', async () => {
  const { closed } = await slow;
  await within('the server closes', closed, 40_000 - (Date.now() - openedAt));
});
