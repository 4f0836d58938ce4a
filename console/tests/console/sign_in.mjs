import assert from 'node:assert/strict';
import { test } from 'node:test';

import { accessible, open, picture, settled, signIn } from '../browser.mjs';

// What has come over the wire for this page, in KiB: it is compressed.
const size = (page) => page.evaluate(() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
  .filter(({ name }) => name.includes('/console')).reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0) / 1024);

const refusal = '[role=alert]';

export default function signingIn(site) {
  test('signing in: who is refused is told so, and what is loaded is small', async (t) => {
    const { page, problems, close } = await open(site);
    await signIn(site, page, { password: 'wrong' });
    await page.waitForSelector(refusal);
    assert.match(await page.textContent(refusal), /is wrong/);
    await accessible(page, 'sign-in');
    await picture(page, 'sign-in');
    const ofSignIn = await size(page);
    await page.fill('#password', site.herald.account.ConsolePassword);
    await page.click('button.submit');
    await settled(page);
    await page.waitForSelector(`text=${site.herald.instance}`);
    const ofOverview = await size(page);
    t.diagnostic(`sign-in ${ofSignIn.toFixed(0)} KiB, Overview ${ofOverview.toFixed(0)} KiB`);
    assert.ok(ofSignIn > 50 && ofSignIn <= 150, `sign-in takes ${ofSignIn} KiB`);
    assert.ok(ofOverview > ofSignIn && ofOverview <= 400, `the overview takes ${ofOverview} KiB`);
    const kept = await page.evaluate(() => [Object.keys(localStorage).sort().join(), document.cookie]);
    assert.deepEqual(kept, ['herald.language,herald.theme', '']);
    await page.click('[aria-label="Sign out"]');
    await page.waitForSelector('#login');
    assert.equal(await page.evaluate(() => sessionStorage.getItem('herald.session')), null);
    assert.deepEqual(problems, []);
    await close();
  });

  test('an account that is none, and a user of nobody, are refused alike', async () => {
    const { page, problems, close } = await open(site, { language: 'zh', theme: 'dark' });
    for (const login of ['1000000000000000', 'nobody@nowhere', `nobody@${site.herald.account.AccountId}`]) {
      await signIn(site, page, { login });
      await page.waitForSelector(refusal);
      assert.match(await page.textContent(refusal), /不正确/);
    }
    await accessible(page, 'sign-in in Chinese, dark');
    assert.deepEqual(problems, []);
    await close();
  });
}
