// The API Explorer and the Error Center in a real browser.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { accessible, open, picture, settled, signIn, start, visit } from './browser.mjs';

let site;
let productKey;
let operations;
let errors;
let shared;  // Who is signed in, for tests that change nothing.
before(async () => {
  site = await start();
  const catalogue = await (await fetch(`${site.herald.url}/console/catalogue.json`)).json();
  operations = new Map(catalogue.Operations.map((operation) => [operation.Name, operation]));
  errors = catalogue.Errors;
  shared = await open(site);
  await signIn(site, shared.page);
  await settled(shared.page);
  productKey = await site.herald.createProduct('street_lamps');
  await site.herald.registerDevices(productKey, 3);
  await site.herald.createTopic(productKey, 'command');
});
after(async () => {
  await site?.stop();
  assert.deepEqual(shared.problems, []);
});

async function at(path) {
  await visit(site, shared.page, path);
  return shared.page;
}

const tab = (page, name) => page.click(`.ant-tabs-tab:has-text("${name}")`);
const run = async (page) => {
  await page.click('form button[type=submit]');
  await page.waitForSelector('.verdict');
};

test('every operation is in the list, and a search finds it', async () => {
  const page = await at('/explorer');
  const listed = await page.locator('.catalogue a').allTextContents();
  assert.deepEqual(listed.sort(), [...operations.keys()].sort());
  await accessible(page, 'the Explorer');
  await picture(page, 'explorer-start');
  await page.fill('.catalogue input', 'receipts');
  await page.click('.catalogue a:has-text("QueryMessageReceipts")');
  await page.waitForSelector('.run-head h2:has-text("QueryMessageReceipts")');
});

// One for each kind of input.
for (const name of ['CreateProduct', 'SetDevicesProperty', 'BatchCheckDeviceNames', 'CreatePolicy', 'ChangePassword']) {
  test(`${name} has a field for each parameter, and says what it is`, async () => {
    const { Parameters } = operations.get(name);
    await visit(site, shared.page, `/explorer/${name}`);
    const more = shared.page.locator('.optional [aria-expanded=false]');
    if (await more.count()) await more.click();
    for (const parameter of Parameters) {
      await shared.page.waitForSelector(`.field:has([id="p-${parameter.Name}"]) >> text=${parameter.Type}`);
      assert.ok((await shared.page.textContent(`.field:has([id="p-${parameter.Name}"]) .help:last-child`)).includes(parameter.Doc));
      await shared.page.waitForSelector(`.reference dt:has-text("${parameter.Name}")`);
    }
    await accessible(shared.page, name);
  });
}

test('a form is filled in with what the platform knows, and the call is real', async () => {
  const page = await at('/explorer/BatchPub');
  await page.waitForSelector('text=Required and still empty: ProductKey, DeviceName, MessageContent');
  await page.click('#p-ProductKey');
  await page.click(`.ant-select-item-option:has-text("street_lamps · ${productKey}")`);
  await page.click('#p-DeviceName');
  await page.click('.ant-select-item-option:has-text("device0001")');
  await page.keyboard.press('Escape');
  await page.fill('#p-TopicShortName', 'comm');
  await page.click('.ant-select-item-option:has-text("command")');
  await page.fill('#p-MessageContent', 'hello, 灯');
  await page.waitForSelector('code:has-text("aGVsbG8sIOeBrw==")');
  await page.fill('#p-Qos', '7');
  await page.waitForSelector('text=The declaration says 0–1');
  await run(page);
  await page.waitForSelector('.verdict >> text=InvalidQos');
  await page.fill('#p-Qos', '1');
  await page.click('form button[type=submit]');
  await page.waitForSelector('.verdict >> text=OK');
  await page.waitForSelector('.result >> text=/^[0-9A-F]{8}-[0-9A-F-]{27}$/');
  await accessible(page, 'a result');
  await picture(page, 'explorer-result');
  await page.click('text=See what became of it');
  await page.waitForURL(/messages\/\d+/);
});

test('lists of objects have a row for each, and addresses fill forms in', async () => {
  const page = await at(`/explorer/BatchPub?ProductKey=${productKey}&DeviceName.1=device0000&DeviceName.2=device0002&UserProp.2.Key=b&UserProp.2.Value=2`);
  await page.click('[id="p-UserProp"]');
  await page.fill('[aria-label="UserProp.2.Key"]', 'a');
  await page.fill('[aria-label="UserProp.2.Value"]', '%&+');
  await tab(page, 'Code');
  await page.click('[aria-label="Language"]');
  await page.click('.ant-select-item-option:has-text("herald call")');
  const program = await page.textContent('pre.code');
  for (const line of ["--DeviceName.1 'device0000'", "--DeviceName.2 'device0002'", "--UserProp.1.Key 'b'", "--UserProp.2.Value '%&+'", `--endpoint '${site.herald.api}'`]) {
    assert.ok(program.includes(line), `${line} is not in ${program}`);
  }
  for (const language of ['Java', 'Python', 'Go', 'Node.js', 'PHP', 'C#', 'C++', 'curl']) {
    await page.click('[aria-label="Language"]');
    await page.click(`.ant-select-item-option:has-text("${language}") >> nth=0`);
    const written = await page.textContent('pre.code');
    assert.ok(written.includes(site.herald.api) && written.includes('device0002'), language);
  }
  await accessible(page, 'a program');
  await picture(page, 'explorer-code');
});

test('an error leads to its page', async () => {
  const page = await at('/explorer/QueryProduct?ProductKey=a1AAAAAAAAA');
  await run(page);
  await page.click('.result .ant-alert a');
  await page.waitForURL(/errors\/iot\.prod\.NotExistedProduct$/);
  await page.waitForSelector('h2:has-text("What to do")');
  await accessible(page, 'an error');
  await page.click('.tags a:has-text("QueryProduct") >> nth=0');
  await page.waitForURL(/explorer\/QueryProduct/);
});

test('another address of the operation that is shown fills its form anew', async () => {
  const page = await at('/explorer/QueryProduct');
  await page.waitForSelector('.run-head h2:has-text("QueryProduct")');
  for (const key of ['a1AAAAAAAAA', productKey]) {
    await at(`/explorer/QueryProduct?ProductKey=${key}`);
    await page.waitForFunction((value) => document.querySelector('[id="p-ProductKey"]')?.value === value, key);
  }
});

test('each step of both signatures is there, and a call that is signed like that is taken', async () => {
  const page = await at(`/explorer/QueryProduct?ProductKey=${productKey}`);
  await tab(page, 'Signature');
  await page.waitForSelector('.signing li');
  assert.deepEqual(await page.locator('.signing h3').allTextContents(),
    ['SHA-256 of the body', 'Canonical request', 'String to sign', 'Signature', 'Authorization header']);
  await accessible(page, 'V3');
  await page.click('text=V1 · HMAC-SHA1');
  await page.waitForFunction((key) => document.querySelectorAll('.signing li').length === 4
    && document.querySelector('.signing li:last-child pre').textContent.includes(key), productKey);
  const body = await page.textContent('.signing li:last-child pre');
  const answer = await (await fetch(site.herald.url, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body })).json();
  assert.equal(answer.Data?.ProductKey, productKey, JSON.stringify(answer));
  await accessible(page, 'V1');
  await picture(page, 'explorer-signature');
});

test('the first difference of a request that fails is shown, with what the server answers', async (t) => {
  const { page, problems, close } = await open(site);
  t.after(close);
  // Without signing in: the Error Center is open to everybody.
  await page.goto(site.url('/errors/SignatureDoesNotMatch'));
  const [mine, its] = [page.locator('.compare textarea').nth(0), page.locator('.compare textarea').nth(1)];
  const { account, url } = site.herald;
  const query = `AccessKeyId=${account.AccessKeyId}&Action=Pub&Format=JSON&SignatureMethod=HMAC-SHA1&SignatureNonce=${Date.now()}&SignatureVersion=1.0`
    + `&Timestamp=${encodeURIComponent(new Date().toISOString().replace(/\.\d+Z/, 'Z'))}&Title=a%20b&Version=2018-01-20`;
  const refused = await (await fetch(`${url}/?${query}&Signature=x`)).text();
  assert.match(refused, /SignatureDoesNotMatch/);
  await its.fill(refused);
  await mine.fill(`GET&%2F&${encodeURIComponent(query.replace('a%20b', 'a+b'))}`);
  await page.waitForSelector('.compare [role=status] >> text=In Title: a space is %20, never +.');
  assert.equal(await page.locator('.diff mark').count(), 2);
  await accessible(page, 'a difference');
  await picture(page, 'error-difference');
  await mine.fill(`GET&%2F&${encodeURIComponent(query)}`);
  await page.waitForSelector('text=No difference');
  assert.deepEqual(problems, []);
});

test('the Error Center has every code, also by the names that stand in it', async () => {
  const page = await at('/errors');
  assert.equal(await page.locator('.codes > div').count(), errors.length);
  await accessible(page, 'all errors');
  await page.fill('input[aria-label^="Search codes"]', 'MissingQos');
  await page.click('.codes a:has-text("Missing…")');
  await page.waitForSelector('h1:has-text("Missing…")');
  await visit(site, page, '/errors/MissingQos');
  await page.waitForSelector('text=Qos is mandatory for this action.');
  await visit(site, page, '/errors/No.Such.Code');
  await page.waitForSelector('text=This server has no error of that name.');
});

test('on a phone, in Chinese and dark, it is as usable', async (t) => {
  const { page, problems, close } = await open(site, { width: 390, height: 844, language: 'zh', theme: 'dark' });
  t.after(close);
  await signIn(site, page, { path: '/explorer/BatchAddDeviceGroupRelations' });
  await settled(page);
  const fits = async (what) => assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${what} is too wide`);
  await page.click('[id="p-Device"]');
  await fits('the form');
  for (const name of ['文档', '结果', '签名', '代码']) {
    await tab(page, name);
    await fits(name);
    await accessible(page, name);
  }
  await picture(page, 'explorer-phone-zh-dark');
  await page.click('.choice');
  await page.keyboard.type('GetCallerIdentity');
  await page.keyboard.press('Enter');
  await page.waitForURL(/explorer\/GetCallerIdentity/);
  await page.waitForSelector('text=该操作没有参数。');
  await run(page);
  await page.waitForSelector('.verdict >> text=OK');
  assert.deepEqual(problems, []);
});

test('by keyboard alone: search, choose, fill in, run', async () => {
  const page = await at('/explorer');
  await page.focus('.catalogue input');
  await page.keyboard.type('GetCallerIdentity');
  // Past the button that empties the search, to the operation, then to Run.
  const tabTo = async (selector) => {
    for (let i = 0; i < 3 && !await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector); ++i) await page.keyboard.press('Tab');
  };
  await tabTo('.catalogue a');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.run-head h2:focus');
  await tabTo('form button[type=submit]');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.verdict >> text=OK');
});
