import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { run } from '../../../tests/clients/herald.mjs';
import { open, settled, signIn, visit } from '../browser.mjs';

const rows = 'tbody tr.ant-table-row';
const manyKey = 'a1Hundred01';

// The quickest way to have so many is that of somebody who moves in.
async function importMany({ data }) {
  const file = join(data, 'devices.csv');
  const lines = Array.from({ length: 100_000 }, (_, i) => {
    const number = String(i).padStart(6, '0');
    return `${manyKey},0123456789abcdef,meter${number},${number.padStart(32, '0')},`;
  });
  await writeFile(file, ['ProductKey,ProductSecret,DeviceName,DeviceSecret,Nickname', ...lines, ''].join('\n'));
  const { status, stderr } = await run(['import', file, '--data', data], { timeout: 300_000 });
  assert.equal(status, 0, stderr);
}

export default function lists(site) {
  test('lists of one, of some pages and of 100,000', async () => {
    const { herald } = site;
    const { page, problems, close } = await open(site);
    await signIn(site, page);
    await settled(page);
    const empty = await herald.createProduct();
    await visit(site, page, `/devices?product=${empty}`);
    await page.waitForSelector('.ant-empty');
    for (const path of [`/devices?product=${site.product}`, '/messages', `/messages/${site.message}`]) {
      await visit(site, page, path);
      assert.equal(await page.locator(rows).count(), 1, `${path} has one row`);
    }

    const devices = await herald.registerDevices(empty, 45);
    for (let i = 0; i < 44; ++i) await herald.publish(devices, `to all, ${i}`);
    await visit(site, page, '/messages');
    await page.waitForSelector('text=45 in all');
    await page.click('.ant-pagination-item >> text="3"');
    await page.waitForFunction((of) => document.querySelectorAll(of).length === 5, rows);
    await visit(site, page, `/devices?product=${empty}`);
    await page.waitForSelector('text=45 in all');
    await page.fill('[aria-label="DeviceName, in full"]', 'device0007');
    await page.keyboard.press('Enter');
    await page.waitForFunction((of) => document.querySelectorAll(of).length === 1, rows);

    await importMany(herald);
    await visit(site, page, `/devices?product=${manyKey}`);
    await page.waitForSelector('text=100,000 in all');
    assert.equal(await page.locator(rows).count(), 20);
    await page.click('.ant-pagination-item >> text="5000"');
    await page.waitForFunction(() => document.querySelector('.ant-pagination-item-active')?.textContent === '5000');
    await page.waitForFunction((of) => document.querySelectorAll(of).length === 20, rows);
    assert.deepEqual(problems, []);
    await close();
  });
}
