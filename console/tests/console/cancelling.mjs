import assert from 'node:assert/strict';
import { test } from 'node:test';

import { open, settled, signIn } from '../browser.mjs';

export default function cancelling(site) {
  test('a message that waits for a device is cancelled', async () => {
    const { herald, product: productKey, device: deviceName } = site;
    // The newcomer's device has gone, and its session waits.
    await herald.must('BatchPub', herald.batch([{ productKey, deviceName }], 'too late', { TopicShortName: 'command', Qos: 1 }));
    const { page, problems, close } = await open(site);
    await signIn(site, page, { path: '/messages' });
    await settled(page);
    await page.click('tbody tr.ant-table-row a');
    await page.waitForSelector('.legend >> text=Waiting');
    await page.waitForSelector('pre:has-text("too late")');
    await page.click('button:has-text("Cancel delivery")');
    await page.click('.ant-modal-confirm button.ant-btn-dangerous');
    await page.waitForSelector('.legend >> text=Cancelled');
    await page.waitForSelector('button:has-text("Cancel delivery")', { state: 'detached' });
    assert.deepEqual(problems, []);
    await close();
  });
}
