// A real browser at the console of a real server.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { chromium } from 'playwright-core';

import { Herald } from '../../tests/clients/herald.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// Pages are looked at faster than anybody does.
const lifted = ['BatchRegisterDevice', 'ChangePassword', 'CreateDeviceGroup', 'CreateLoginProfile', 'CreateUser', 'GetCallerIdentity',
  'AttachPolicyToUser', 'ListAccessKeys', 'ListPolicies', 'ListRoles', 'ListUsers', 'QueryBatchRegisterDeviceStatus', 'QueryDevice',
  'QueryDeviceByStatus', 'QueryDeviceDetail', 'QueryDeviceGroupInfo', 'QueryDeviceGroupList', 'QueryDeviceListByDeviceGroup',
  'QueryDeviceProp', 'QueryDeviceStatistics', 'QueryDeviceSubTopic', 'QueryMessageInfo', 'QueryMessageList', 'QueryMessageStatistics',
  'QueryProduct', 'QueryProductList', 'QueryQuotas'];

export async function start() {
  const herald = await Herald.start(Object.fromEntries(lifted.map((name) => [`quota.${name}`, 'unlimited'])));
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
  return {
    herald,
    browser,
    url: (path = '/') => `${herald.url}/console${path}`,
    stop: async () => {
      await browser.close();
      await herald.stop();
    },
  };
}

// What goes wrong in the page fails the test that opened it: `problems` has to stay empty.
export async function open(site, { language = 'en', theme = 'light', width = 1280, height = 860 } = {}) {
  const context = await site.browser.newContext({ viewport: { width, height }, locale: 'en-GB', reducedMotion: 'reduce' });
  await context.addInitScript(([chosenLanguage, chosenTheme]) => {
    localStorage.setItem('herald.language', chosenLanguage);
    localStorage.setItem('herald.theme', chosenTheme);
  }, [language, theme]);
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const problems = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    // A refused call is what some tests are about.
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) problems.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(site.herald.url) && !request.url().startsWith('data:')) problems.push(`asks elsewhere: ${request.url()}`);
  });
  return { page, problems, close: () => context.close() };
}

export async function signIn(site, page, { login = site.herald.account.AccountId, password = site.herald.account.ConsolePassword, path = '/' } = {}) {
  await page.goto(site.url(path));
  await page.fill('#login', login);
  await page.fill('#password', password);
  await page.click('button.submit');
}

// Goes to another page of the application, without loading it anew, and waits until all of it is there.
export async function visit(site, page, path) {
  if (page.url().startsWith(site.url())) await page.evaluate((to) => history.pushState(null, '', to), `/console${path}`);
  else await page.goto(site.url(path));
  await settled(page);
}

// The page has come, and with it all that it shows.
export async function settled(page) {
  await page.waitForFunction(() => document.querySelector('.frame h1') && !document.querySelector('.ant-skeleton-active, .ant-spin-spinning'));
}

// No serious or critical violations.
export async function accessible(page, what) {
  if (!await page.evaluate(() => 'axe' in globalThis)) await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  const bad = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html, any }) => `${html.slice(0, 200)} ${any[0]?.message ?? ''}`).join(' | ')}`);
  assert.deepEqual(bad, [], what);
}

// Pictures of what was tested, where HERALD_PICTURES names a folder.
export async function picture(page, name) {
  const folder = process.env.HERALD_PICTURES;
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png` });
}
