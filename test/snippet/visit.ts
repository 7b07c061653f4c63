import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { buildAssets } from '../../src/web/buildAssets.ts';
import { launchBrowser } from '../pages/browser.ts';
import { type Server, type Site, startSites } from './site.ts';

/** Every name leads here; the product has another than the websites, so that nothing is of the same origin. */
export const product = 'numbers.example';
/** A machine that is busy takes its time; what is as it should be is seen at once. */
const patienceMs = 60_000;

let browser: Browser;
let server: Server;

before(async () => {
  await buildAssets();
  server = await startSites();
  browser = await launchBrowser('--host-resolver-rules=MAP * 127.0.0.1');
});

after(async () => {
  await browser?.close();
  await server?.close();
});

export const serverOf = (): Server => server;

export interface Opened {
  page: Page;
  context: BrowserContext;
  site: Site;
  id: number;
  /** What the page's console was told that is an error or a warning, but for what a browser itself says of a request. */
  complaints: string[];
  tag: string;
  addressOf(path?: string, host?: string): string;
}

export interface Wishes extends BrowserContextOptions {
  site?: Parameters<Server['makeSite']>[0];
  /** The body of every page that the site has not given. */
  body?: string;
  head?: string;
  html?: string;
  /** More attributes of the tag. */
  tag?: string;
  /** Before the page is opened. */
  prepare?(opened: Opened): Promise<void>;
  path?: string;
}

/** A site of its own, and a window of its own on its first page. */
export async function visit(
  { site: wished = {}, body = '', head = '', html = '', tag: more = '', prepare, path = '', ...options }: Wishes,
  look: (opened: Opened) => Promise<void>,
): Promise<void> {
  const { id, site } = server.makeSite(wished);
  const tag = `<script async ${more} src="http://${product}:${server.port}/${id}/t.js"></script>`;
  site.pages[''] ??=
    `<!doctype html><html ${html}><head><meta charset="utf-8">${head}${tag}</head><body>${body}</body></html>`;
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(patienceMs);
  const complaints: string[] = [];
  context.on('weberror', (error) => complaints.push(error.error().message));
  page.on('console', (message) => {
    if (!['error', 'warning'].includes(message.type())) return;
    if (!message.text().startsWith('Failed to load resource')) complaints.push(message.text());
  });
  await context.addInitScript({ path: join(import.meta.dirname, 'watch.js') });
  const opened: Opened = {
    page,
    context,
    site,
    id,
    complaints,
    tag,
    addressOf: (path = '', host = 'www.shop.example') => `http://${host}:${server.port}/site/${id}/${path}`,
  };
  try {
    await prepare?.(opened);
    await page.goto(opened.addressOf(path));
    await look(opened);
  } finally {
    await context.close();
  }
}

/** Until everything that is marked is as it has to be. */
export async function settled(page: Page): Promise<void> {
  let last = '';
  for (const deadline = performance.now() + patienceMs; performance.now() < deadline; await delay(50)) {
    const { wrong, count } = await page.evaluate<{ wrong: string[]; count: number }>('watched.findWrong()');
    last = wrong.join('\n');
    if (count > 0 && last === '') return;
  }
  assert.fail(last || 'Nothing is marked.');
}

export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = performance.now() + patienceMs; performance.now() < deadline; await delay(25))
    if (await holds()) return;
  assert.fail(`It did not come to pass: ${holds}`);
}

export const textOf = (page: Page, selector = '#n'): Promise<string | null> => page.textContent(selector);

export const shows = (page: Page, text: string, selector = '#n'): Promise<void> =>
  until(async () => (await textOf(page, selector)) === text);
