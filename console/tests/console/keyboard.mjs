import assert from 'node:assert/strict';
import { test } from 'node:test';

import { accessible, open, settled, signIn, visit } from '../browser.mjs';

const focused = (page) => page.evaluate(() => {
  const { id, textContent, ariaLabel } = document.activeElement;
  return ariaLabel || id || textContent.trim();
});

// What has the focus shows it: a ring, or the shadow and border of a field.
const visible = (page) => page.evaluate(() => {
  const shows = (element) => {
    const style = getComputedStyle(element);
    return (style.outlineStyle !== 'none' && style.outlineWidth !== '0px') || style.boxShadow !== 'none';
  };
  for (let element = document.activeElement; element && element !== document.body; element = element.parentElement) {
    if (shows(element)) return true;
  }
  return false;
});

export default function keyboard(site) {
  test('without a mouse: sign in, create a product, change one’s mind', async () => {
    const { page, problems, close } = await open(site);
    await page.goto(site.url('/products'));
    await page.waitForSelector('#login:focus');
    await page.keyboard.type(site.herald.account.AccountId);
    await page.keyboard.press('Tab');
    assert.equal(await focused(page), 'password');
    assert.ok(await visible(page), 'the password shows that it has the focus');
    await page.keyboard.type(site.herald.account.ConsolePassword);
    await page.keyboard.press('Enter');
    await settled(page);

    await page.keyboard.press('Tab');
    assert.equal(await focused(page), 'Skip to the content');
    await page.keyboard.press('Enter');
    assert.equal(await focused(page), 'content');
    await page.keyboard.press('Tab');
    assert.equal(await focused(page), 'Create product');
    assert.ok(await visible(page), 'the button shows that it has the focus');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#ProductName:focus');
    await accessible(page, 'a dialog');
    await page.keyboard.press('Escape');
    await page.waitForSelector('.ant-modal', { state: 'detached' });
    assert.equal(await focused(page), 'Create product');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#ProductName:focus');
    await page.keyboard.type('by_keyboard');
    await page.keyboard.press('Enter');
    await page.waitForURL(/products\/\w+\?tab=topics/);
    assert.deepEqual(problems, []);
    await close();
  });

  test('everything in the frame can be reached with Tab, and shows it', async () => {
    const { page, close } = await open(site);
    await signIn(site, page);
    await settled(page);
    await visit(site, page, '/messages');
    const reached = new Set();
    await page.focus('.skip');
    for (let i = 0; i < 40 && !reached.has(site.message); ++i) {
      await page.keyboard.press('Tab');
      reached.add(await focused(page));
      assert.ok(await visible(page), `${await focused(page)} shows that it has the focus`);
    }
    for (const each of ['Overview', 'Products', 'Settings', 'Instance', 'Light or dark', 'Sign out', site.message]) {
      assert.ok([...reached].some((name) => name.includes(each)), `${each} among ${[...reached].join(', ')}`);
    }
    await page.keyboard.press('Enter');
    await page.waitForURL(/messages\/\d+/);
    await close();
  });
}
