import assert from 'node:assert/strict';
import { test } from 'node:test';

import { accessible, open, picture, settled, signIn } from '../browser.mjs';

export default function newcomer(site) {
  test('the newcomer reaches a device with BatchPub without a line of code', async () => {
    const { page, problems, close } = await open(site);
    const save = () => page.click('.ant-modal button:has-text("Save")');
    await signIn(site, page);
    await settled(page);
    await page.click('nav >> text=Products');
    await page.click('button:has-text("Create product")');
    await page.fill('#ProductName', 'street_lamps');
    await save();
    await page.waitForURL(/products\/\w+\?tab=topics/);
    site.product = /products\/(\w+)/.exec(page.url())[1];
    await page.click('button:has-text("Define topic category")');
    await page.fill('#TopicShortName', 'command');
    await save();
    await page.waitForSelector('.mono:has-text("/user/command")');
    await page.click('.ant-tabs-tab:has-text("Devices")');
    await page.click('button:has-text("Add device")');
    await page.fill('#DeviceName', 'lamp0001');
    await save();
    await page.waitForURL(/devices\/lamp0001/);
    site.device = 'lamp0001';
    await page.click('button:has-text("Simulate this device")');
    await page.waitForURL(/simulator/);
    await page.click('button:has-text("Connect")');
    await page.waitForSelector('[role=status]:has-text("Connected")');
    await page.fill('[aria-label="Subscribe: Topic"]', 'command');
    await page.click('button:has-text("Subscribe")');
    await page.waitForSelector('.log >> text=Subscribed');

    const caller = await open(site);
    const form = caller.page;
    await signIn(site, form, { path: '/explorer/BatchPub' });
    await settled(form);
    await form.fill('#p-ProductKey', site.product);
    await form.fill('#p-MessageContent', 'hello, lamp');
    await form.fill('#p-DeviceName', site.device);
    await form.keyboard.press('Enter');
    await form.keyboard.press('Escape');
    await form.fill('#p-TopicShortName', 'command');
    await form.fill('#p-Qos', '1');
    await form.click('form button[type=submit]');
    await form.waitForSelector('[role=status]:has-text("OK")');
    await picture(form, 'explorer-run');
    await page.waitForSelector('.log >> text=hello, lamp');
    await picture(page, 'simulator');
    await form.click('text=See what became of it');
    await form.waitForURL(/messages\/\d+/);
    await form.waitForSelector('.legend >> text=Acknowledged');
    await form.waitForSelector('.story >> text=lamp0001');
    site.message = /messages\/(\d+)/.exec(form.url())[1];
    await picture(form, 'message');
    await accessible(form, 'message');
    assert.deepEqual(caller.problems, []);
    assert.deepEqual(problems, []);
    await caller.close();
    await close();
  });
}
