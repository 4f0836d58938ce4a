// The console in a real browser, against a real server: no page reads anything but the API. One server and one browser
// serve all parts, which follow one another: what one has made the next finds.
import { after, before } from 'node:test';

import { start } from './browser.mjs';
import access from './console/access.mjs';
import cancelling from './console/cancelling.mjs';
import emptyPlatform from './console/empty.mjs';
import errors from './console/errors.mjs';
import keyboard from './console/keyboard.mjs';
import lists from './console/lists.mjs';
import newcomer from './console/newcomer.mjs';
import pages from './console/pages.mjs';
import permissions from './console/permissions.mjs';
import signingIn from './console/sign_in.mjs';

const site = {};
before(async () => Object.assign(site, await start()));
after(() => site.stop?.());

for (const part of [signingIn, emptyPlatform, newcomer, pages, keyboard, access, permissions, errors, lists, cancelling]) part(site);
