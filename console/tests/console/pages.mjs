import assert from 'node:assert/strict';
import { test } from 'node:test';

import { accessible, open, picture, settled, signIn, visit } from '../browser.mjs';

// The newcomer has made one of each.
const pages = ({ product, device, message }) => {
  const ofDevice = `/products/${product}/devices/${device}`;
  return Object.entries({
    overview: '/',
    products: '/products', product: `/products/${product}`, topics: `/products/${product}?tab=topics`,
    model: `/products/${product}?tab=model`, 'product-devices': `/products/${product}?tab=devices`,
    devices: `/devices?product=${product}`, device: ofDevice, 'topic-list': `${ofDevice}?tab=topics`,
    properties: `${ofDevice}?tab=properties`, 'device-messages': `${ofDevice}?tab=messages`, shadow: `${ofDevice}?tab=shadow`,
    messages: '/messages', message: `/messages/${message}`, groups: '/groups',
    access: '/access', policies: '/access?tab=policies', roles: '/access?tab=roles', settings: '/settings',
    simulator: `/simulator?product=${product}&device=${device}`,
    explorer: '/explorer', operation: '/explorer/BatchPub', errors: '/errors', error: '/errors/iot.prod.NotExistedProduct',
  });
};

// A word of the dictionary that is missing is shown as its name.
const unspoken = (page) => page.evaluate(() => [...document.querySelectorAll('body *')]
  .flatMap((element) => [...element.childNodes]).filter(({ nodeType }) => nodeType === Node.TEXT_NODE)
  .map(({ data }) => data.trim()).filter((words) => /^(nav|shell|common|error|overview|state|reason|products|topics|devices|status|messages|groups|access|settings|simulator|explorer|signature|code|errors)\.\w+$/.test(words)));

export default function everyPage(site) {
  for (const [language, theme] of [['en', 'light'], ['zh', 'dark']]) {
    test(`every page in ${language}, ${theme}: no error, accessible, and no wider than a phone`, async () => {
      const { page, problems, close } = await open(site, { language, theme });
      await signIn(site, page);
      await settled(page);
      for (const [name, path] of pages(site)) {
        await visit(site, page, path);
        assert.equal(await page.locator('.ant-alert-error').count(), 0, `${name} shows an error`);
        assert.deepEqual(await unspoken(page), [], name);
        await accessible(page, `${name} in ${language}, ${theme}`);
        await picture(page, `${name}-${language}-${theme}`);
        await page.setViewportSize({ width: 390, height: 844 });
        await page.waitForSelector('[aria-label="Open menu"], [aria-label="打开菜单"]');
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(over <= 0, `${name} is ${over} px wider than a phone`);
        await picture(page, `${name}-${language}-${theme}-phone`);
        await page.setViewportSize({ width: 1280, height: 860 });
      }
      assert.deepEqual(problems, []);
      await close();
    });
  }

  test('language and theme change where one stands, and stay', async () => {
    const { page, close } = await open(site);
    await signIn(site, page);
    await settled(page);
    await page.click('header >> text=中文');
    await page.waitForSelector('h1:has-text("概览")');
    assert.equal(await page.getAttribute('html', 'lang'), 'zh-CN');
    await page.click('[aria-label="浅色或深色"]');
    assert.equal(await page.getAttribute('html', 'data-theme'), 'dark');
    assert.deepEqual(await page.evaluate(() => [localStorage.getItem('herald.language'), localStorage.getItem('herald.theme')]), ['zh', 'dark']);
    await close();
  });
}
