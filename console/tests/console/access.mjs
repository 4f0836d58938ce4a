import assert from 'node:assert/strict';
import { test } from 'node:test';

import { accessible, open, picture, settled, signIn, visit } from '../browser.mjs';

export default function access(site) {
  test('a user is made, may sign in, has a policy and a key whose secret is shown once', async () => {
    const { page, problems, close } = await open(site);
    await signIn(site, page);
    await settled(page);
    await visit(site, page, '/access');
    await page.click('button:has-text("Create user")');
    await page.fill('#UserName', 'operator');
    await page.keyboard.press('Enter');
    await page.click('tbody button:has-text("operator")');

    await page.click('button:has-text("Allow console sign-in")');
    await page.fill('#Password', 'Operator-1234');
    await page.uncheck('#PasswordResetRequired');
    await page.click('.ant-modal button:has-text("Save")');
    await page.waitForSelector('.ant-modal', { state: 'detached' });

    await page.click('button:has-text("Attach policy")');
    await page.fill('#policy', 'AliyunIOTReadOnly');
    await page.waitForSelector('.ant-select-item-option-active:has-text("AliyunIOTReadOnlyAccess")');
    await page.keyboard.press('Enter');
    await page.click('.ant-modal button:has-text("Save")');
    await page.waitForSelector('.ant-modal', { state: 'detached' });
    await page.waitForSelector('.ant-drawer td:has-text("AliyunIOTReadOnlyAccess")');

    await page.click('button:has-text("Create AccessKey")');
    await page.click('.ant-modal button:has-text("Save")');
    await page.waitForSelector('.ant-modal >> text=The secret is shown this once');
    await page.click('.ant-modal button:has-text("Close") >> nth=-1');
    await page.waitForSelector('.ant-modal', { state: 'detached' });
    await page.waitForSelector('.ant-drawer td .mark.good:has-text("Active")');
    await accessible(page, 'a user');
    await picture(page, 'user');
    await close();

    const own = await open(site);
    await signIn(site, own.page, { login: `operator@${site.herald.account.AccountId}`, password: 'Operator-1234' });
    await settled(own.page);
    await own.page.waitForSelector('.who:has-text("operator@")');
    assert.deepEqual([...problems, ...own.problems], []);
    await own.close();
  });
}
