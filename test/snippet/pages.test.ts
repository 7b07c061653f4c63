import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { buildAssets } from '../../src/web/buildAssets.ts';
import { launchBrowser } from '../pages/browser.ts';
import { type Fixture, fixtures } from './pages.ts';
import { type Server, type Site, startSites } from './site.ts';

let browser: Browser;
let server: Server;

before(async () => {
  await buildAssets();
  server = await startSites();
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await server?.close();
});

const whole = ({ html = '', head = '', body }: Fixture, id: number) =>
  `<!doctype html><html ${html}><head><meta charset="utf-8">${head}<script async src="/${id}/t.js"></script></head><body>${body}</body></html>`;

interface Watched {
  own: string;
  shifts: number[];
}

/** In a page: `watched` is of watch.js. */
const findWrong = 'watched.findWrong()';

async function visit(
  site: Parameters<Server['makeSite']>[0],
  body: (id: number) => string,
  look: (page: Page, site: Site, complaints: string[], id: number) => Promise<void>,
  options: BrowserContextOptions = {},
): Promise<void> {
  const made = server.makeSite(site);
  made.site.pages[''] ??= body(made.id);
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  await page.addInitScript({ path: join(import.meta.dirname, 'watch.js') });
  try {
    await page.goto(`http://127.0.0.1:${server.port}/site/${made.id}/`);
    await look(page, made.site, complaints, made.id);
  } finally {
    await context.close();
  }
}

async function settled(page: Page): Promise<void> {
  let last = '';
  for (let round = 0; round < 100; round += 1) {
    const { wrong, count } = await page.evaluate<{ wrong: string[]; count: number }>(findWrong);
    last = wrong.join('\n');
    if (count > 0 && last === '') return;
    await delay(50);
  }
  assert.fail(last || 'nothing is marked');
}

async function until(holds: () => boolean): Promise<void> {
  for (let round = 0; round < 200; round += 1) {
    if (holds()) return;
    await delay(25);
  }
  assert.fail('It did not come to pass.');
}

describe('pages as they are met in the wild', () => {
  for (const fixture of fixtures)
    test(fixture.name, async () => {
      await visit(
        {},
        (id) => whole(fixture, id),
        async (page, site, complaints, id) => {
          if (fixture.name.startsWith('frames'))
            await page.evaluate(`document.querySelector('#framed').src = '/site/${id}/'`);
          await settled(page);
          // Nothing more happens to it, and looking again changes nothing.
          await page.evaluate('switchhook.swap()');
          await settled(page);
          for (const frame of page.frames().slice(1))
            assert.equal(await frame.evaluate(`/720/.test(document.body.textContent)`), false);
          const { own, shifts } = await page.evaluate<Watched>('watched');
          if (!fixture.changes) assert.deepEqual(shifts, []);
          await until(() => site.beacons.length > 0);
          assert.ok(site.beacons.every(({ source }) => source === 'TSOeverybody'));
          await page.evaluate('switchhook.restore()');
          if (!fixture.changes) assert.equal(await page.evaluate('document.documentElement.outerHTML'), own);
          assert.equal(await page.evaluate('watched.isShown()'), false, 'all is put back');
          assert.deepEqual(complaints, []);
        },
      );
    });
});
