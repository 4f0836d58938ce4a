import assert from 'node:assert/strict';
import { test } from 'node:test';

import { identities, system } from '../../../tests/clients/identities.mjs';
import { accessible, open, picture, settled, signIn, visit } from '../browser.mjs';

const denial = '[role=alert]:has-text("You are not allowed")';

// A RAM user with a console password.
async function invite(site, userName, { policy, passwordResetRequired = false } = {}) {
  const { ram } = identities(site.herald);
  await ram('CreateUser', { userName });
  await ram('CreateLoginProfile', { userName, password: 'Guest-1234', passwordResetRequired });
  if (policy) await ram('AttachPolicyToUser', { userName, ...system(policy) });
  return { login: `${userName}@${site.herald.account.AccountId}`, password: 'Guest-1234' };
}

export default function permissions(site) {
  test('who may do nothing chooses a password, and is told so on every page', async () => {
    const guest = await invite(site, 'guest', { passwordResetRequired: true });
    const { page, problems, close } = await open(site);
    await signIn(site, page, guest);
    await page.fill('#next', 'Guest-5678');
    await page.click('button.submit');
    await settled(page);
    const places = ['/', '/products', `/products/${site.product}`, '/devices', `/products/${site.product}/devices/${site.device}`,
      '/groups', '/messages', `/messages/${site.message}`, '/access', '/settings'];
    for (const path of places) {
      await visit(site, page, path);
      await page.waitForSelector(denial);
      assert.ok(await page.locator('.content h1').count() > 0, `${path} has a title`);
      assert.equal(await page.locator('.ant-alert-error').count(), 0, `${path} shows an error`);
    }
    await visit(site, page, '/products');
    await accessible(page, 'denied');
    await picture(page, 'denied');
    assert.deepEqual(problems, []);
    await close();
  });

  test('who may only read sees everything, and is told when that is not enough', async () => {
    const reader = await invite(site, 'reader', { policy: 'AliyunIOTReadOnlyAccess' });
    const { page, problems, close } = await open(site);
    await signIn(site, page, reader);
    await settled(page);
    for (const path of ['/', '/products', `/devices?product=${site.product}`, '/groups', '/messages', `/messages/${site.message}`]) {
      await visit(site, page, path);
      assert.equal(await page.locator('[role=alert]').count(), 0, `${path} is shown`);
    }
    await visit(site, page, '/products');
    await page.click('button:has-text("Create product")');
    await page.fill('#ProductName', 'not_mine');
    await page.keyboard.press('Enter');
    await page.waitForSelector(`.ant-modal ${denial}`);
    assert.match(await page.textContent('.ant-modal [role=alert]'), /iot\.common\.RamActionPermissionDeny.*RequestId/s);
    assert.deepEqual(problems, []);
    await close();
  });
}
