import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { assetPath } from '../../src/web/assets.ts';
import { until } from '../faults/startProduct.ts';
import { launchBrowser } from './browser.ts';
import { gallery, galleryPaths } from './gallery.tsx';

interface AxeResults {
  violations: { id: string; help: string; nodes: { html: string }[] }[];
}

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const desktop = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };

let site: FastifyInstance;
let browser: Browser;
let origin: string;

before(async () => {
  site = await gallery();
  origin = await site.listen({ port: 0, host: '127.0.0.1' });
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await site?.close();
});

/** A page of its own, and every sentence the browser had against it. */
async function visit(
  path: string,
  options: BrowserContextOptions,
  look: (page: Page, complaints: string[]) => Promise<void>,
) {
  const context = await browser.newContext({ viewport: desktop, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    const expected = message.text().startsWith('Failed to load resource') && addressOf(page).startsWith('/error/');
    if (message.type() === 'error' && !expected) complaints.push(message.text());
  });
  try {
    await page.goto(origin + path);
    await look(page, complaints);
  } finally {
    await context.close();
  }
}

async function assertAccessible(page: Page, where: string): Promise<void> {
  await page.evaluate(axe);
  const { violations } = (await page.evaluate('axe.run()')) as AxeResults;
  const told = violations.map(
    ({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map((node) => node.html).join('\n  ')}`,
  );
  assert.deepEqual(told, [], where);
}

const addressOf = (page: Page) => new URL(page.url()).pathname;

describe('every page of the gallery', () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [name, viewport] of Object.entries({ desktop, phone })) {
      test(`is accessible, fits and obeys the content security policy: ${colorScheme}, ${name}`, async () => {
        await visit('/', { viewport, colorScheme, reducedMotion: 'reduce' }, async (page, complaints) => {
          for (const path of galleryPaths) {
            await page.goto(origin + path);
            const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
            assert.ok(tooWide <= 0, `${path} scrolls sideways by ${tooWide} pixels`);
            assert.deepEqual(complaints, [], path);
            await assertAccessible(page, path);
          }
        });
      });
    }
  }
});

describe('the menu', () => {
  test('is reached by keyboard, after the way around it', async () => {
    await visit('/numbers', {}, async (page) => {
      await page.keyboard.press('Tab');
      assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Skip to the content');
      const reached: (string | null | undefined)[] = [];
      for (let step = 0; step < 6; step += 1) {
        await page.keyboard.press('Tab');
        reached.push(await page.evaluate(() => document.activeElement?.textContent));
      }
      assert.deepEqual(reached, [
        'Switchhook',
        'Overview',
        'Buy Numbers',
        'Tracking Numbers',
        'Receiving Numbers',
        'Call Log',
      ]);
    });
  });

  for (const javaScriptEnabled of [true, false]) {
    test(`opens and closes on a phone, ${javaScriptEnabled ? 'with' : 'without'} JavaScript`, async () => {
      await visit('/numbers', { viewport: phone, javaScriptEnabled }, async (page) => {
        const link = page.getByRole('link', { name: 'Call Log' });
        assert.equal(await link.isVisible(), false);
        await page.getByRole('button', { name: 'Open the menu' }).press('Enter');
        await link.waitFor({ state: 'visible' });
        await page.keyboard.press('Escape');
        await link.waitFor({ state: 'hidden' });
        await page.getByRole('button', { name: 'Open the menu' }).click();
        await link.click();
        await page.waitForURL(`${origin}/calls`);
        await link.waitFor({ state: 'hidden' });
      });
    });
  }

  test('the switcher and the filter open without JavaScript', async () => {
    await visit('/numbers', { javaScriptEnabled: false }, async (page) => {
      await page.getByText('Fernhill Dental').first().click();
      await page.getByRole('link', { name: 'Cobb & Daughters Plumbing (canceled)' }).waitFor();
      await page.getByText('Filter', { exact: true }).click();
      await page.getByLabel('Show', { exact: true }).selectOption('Paused numbers');
      await page.getByRole('button', { name: 'Apply' }).click();
      await page.waitForURL(/show=paused/);
    });
  });

  test('Escape and a click elsewhere close an open panel', async () => {
    await visit('/numbers', {}, async (page) => {
      const apply = page.getByRole('button', { name: 'Apply' });
      await page.getByText('Filter', { exact: true }).click();
      await apply.waitFor();
      await page.keyboard.press('Escape');
      await apply.waitFor({ state: 'hidden' });
      await page.getByText('Filter', { exact: true }).click();
      await apply.waitFor();
      await page.getByRole('heading', { level: 1 }).click();
      await apply.waitFor({ state: 'hidden' });
    });
  });
});

describe('a confirmation', () => {
  const open = async (page: Page) => {
    await page.getByRole('link', { name: 'Close Sub-account' }).click();
    const dialog = page.getByRole('dialog', { name: 'Close Sub-account' });
    await dialog.waitFor();
    return dialog;
  };

  test('opens as a pop-up; Escape, Back and Never mind close it', async () => {
    await visit('/settings', {}, async (page, complaints) => {
      const leave = [
        () => page.keyboard.press('Escape'),
        () => page.goBack(),
        () => page.getByRole('link', { name: 'Never mind' }).click(),
      ];
      for (const way of leave) {
        const dialog = await open(page);
        assert.equal(addressOf(page), '/closure/new');
        await way();
        await dialog.waitFor({ state: 'hidden' });
        await page.waitForURL(`${origin}/settings`);
        assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'Account Settings(paused)');
      }
      assert.deepEqual(complaints, []);
    });
  });

  for (const [name, viewport] of Object.entries({ desktop, phone })) {
    test(`is accessible as a pop-up: ${name}`, async () => {
      await visit('/settings', { viewport, reducedMotion: 'reduce' }, async (page) => {
        await open(page);
        await assertAccessible(page, name);
      });
    });
  }

  test('Forward opens it again, and a reload shows the full page', async () => {
    await visit('/settings', {}, async (page) => {
      const dialog = await open(page);
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'hidden' });
      // The pop-up goes at once; the way back in the history takes a moment longer, and Forward starts from there.
      await page.waitForURL((address) => address.pathname === '/settings');
      await until('the pop-up again', async () => {
        if (new URL(page.url()).pathname === '/settings') await page.goForward();
        return dialog.isVisible();
      });
      await page.reload();
      await page.getByRole('main').getByRole('heading', { name: 'Close Sub-account' }).waitFor();
      assert.equal(await dialog.isVisible(), false);
    });
  });

  test('a refusal is shown in the same pop-up', async () => {
    await visit('/settings', {}, async (page) => {
      const dialog = await open(page);
      await page.evaluate(() => {
        for (const field of document.querySelectorAll<HTMLInputElement>('[name="planHash"]')) field.value = 'stale';
      });
      await dialog.getByRole('button', { name: 'Close Sub-account' }).click();
      await dialog.getByRole('alert').getByText('has changed since you looked').waitFor();
    });
  });

  test('done: the page beneath is the one that follows, and Back does not ask again', async () => {
    await visit('/numbers', {}, async (page) => {
      await page.getByRole('link', { name: 'Account Settings' }).first().click();
      const dialog = await open(page);
      await dialog.getByRole('button', { name: 'Close Sub-account' }).click();
      await page.getByText('This sub-account is canceled').waitFor();
      assert.equal(addressOf(page), '/settings');
      assert.equal(await dialog.isVisible(), false);
      await page.goBack();
      await page.goBack();
      await page.waitForURL(`${origin}/numbers`);
      assert.equal(await dialog.isVisible(), false);
      await page.request.post(`${origin}/reopen`);
    });
  });

  test('is a full page without JavaScript', async () => {
    await visit('/settings', { javaScriptEnabled: false }, async (page) => {
      await page.getByRole('link', { name: 'Close Sub-account' }).click();
      await page.waitForURL(`${origin}/closure/new`);
      await page.getByRole('button', { name: 'Close Sub-account' }).click();
      await page.getByText('This sub-account is canceled').waitFor();
      await page.request.post(`${origin}/reopen`);
    });
  });
});

test('a page that refreshes itself keeps what was said, half-filled fields and open menus', async () => {
  await visit('/numbers?restored=yes', {}, async (page, complaints) => {
    await page.getByText('(410) 555-0112 is restored.').waitFor();
    await page.getByLabel('Search numbers').fill('mailer');
    await page.getByText('Filter', { exact: true }).click();
    await page.evaluate(() => document.querySelector('h1')?.replaceChildren('Changed meanwhile'));
    const stream = page.waitForResponse(`${origin}/numbers?restored=yes`);
    let pages = 0;
    while (pages === 0) ({ pages } = await (await page.request.post(`${origin}/refresh`)).json());
    await stream;
    await page.getByRole('heading', { name: 'Tracking Numbers', level: 1 }).waitFor();
    assert.equal(await page.getByLabel('Search numbers').inputValue(), 'mailer');
    assert.equal(await page.getByRole('button', { name: 'Apply' }).isVisible(), true);
    assert.equal(await page.getByText('(410) 555-0112 is restored.').isVisible(), true);
    await page.getByRole('link', { name: 'Tracking Numbers' }).first().click();
    await page.getByText('(410) 555-0112 is restored.').waitFor({ state: 'detached' });
    assert.deepEqual(complaints, []);
  });
});

test('the left-hand navigation jumps to a section and marks it', async () => {
  await visit('/settings', {}, async (page) => {
    const links = page.getByRole('navigation', { name: 'Sections' });
    await links.getByRole('link', { name: 'Status' }).click();
    await links.locator('[aria-current]', { hasText: 'Status' }).waitFor();
    assert.equal(new URL(page.url()).hash, '#status');
    await page.evaluate(() => window.scrollTo(0, 0));
    await links.locator('[aria-current]', { hasText: 'General' }).waitFor();
  });
});

test('assets are compressed and kept for good', async () => {
  const { headers } = await fetch(origin + assetPath('app.css'), { headers: { 'accept-encoding': 'br' } });
  assert.equal(headers.get('content-encoding'), 'br');
  assert.equal(headers.get('cache-control'), 'public, max-age=31536000, immutable');
  assert.match(headers.get('content-type') ?? '', /^text\/css/);
});
