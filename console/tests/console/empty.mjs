import assert from 'node:assert/strict';
import { test } from 'node:test';

import { open, settled, signIn, visit } from '../browser.mjs';

// Where there is nothing yet, and what is offered there.
const places = [
  ['/', 'Create a product'], ['/products', 'Create product'], ['/devices', 'Create a product'], ['/groups', 'Create group'],
  ['/messages', 'Call BatchPub'], ['/access', 'Create user'], ['/access?tab=roles', 'Create role'], ['/simulator', 'Connect'],
];

export default function emptyPlatform(site) {
  test('lists of nothing say what to do next', async () => {
    const { page, problems, close } = await open(site);
    await signIn(site, page);
    await settled(page);
    for (const [path, next] of places) {
      await visit(site, page, path);
      await page.waitForSelector('.content .ant-empty');
      assert.ok(await page.locator('.content').getByText(next).count() > 0, `${path} offers ${next}`);
    }
    assert.deepEqual(problems, []);
    await close();
  });
}
