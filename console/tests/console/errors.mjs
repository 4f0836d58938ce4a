import assert from 'node:assert/strict';
import { test } from 'node:test';

import { open, settled, signIn } from '../browser.mjs';

export default function errors(site) {
  test('the Error Center is open to everybody, and Recommend leads there', async () => {
    const { page, problems, close } = await open(site);
    await page.goto(`${site.herald.url}/errors/MissingQos`);
    await page.waitForURL(/console\/errors\/MissingQos/);
    await page.waitForSelector('text=Send the parameter');
    assert.deepEqual(problems, []);
    await close();
  });

  test('an error shows its code, its meaning and its RequestId, and leads to its page', async () => {
    const { page, problems, close } = await open(site);
    await signIn(site, page, { path: '/products/nosuch' });
    await settled(page);
    const words = await page.textContent('[role=alert]');
    assert.match(words, /No such product: nosuch/);
    assert.match(words, /iot\.prod\.NotExistedProduct/);
    assert.match(words, /RequestId [0-9A-F-]{36}/);
    await page.click('[role=alert] a');
    await page.waitForURL(/errors\/iot\.prod\.NotExistedProduct/);
    assert.deepEqual(problems, []);
    await close();
  });
}
