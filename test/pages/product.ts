import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { startWeb } from '../../src/app.ts';
import { projectDir } from '../../src/platform/config.ts';
import { startWorker } from '../../src/worker.ts';
import { freePort } from '../faults/startProduct.ts';
import { atEnd, openWorld, type Person, password, type World } from '../world.ts';
import { launchBrowser } from './browser.ts';

/** The cast's world served for real: web and worker over a port, and a browser in front of it. */
export interface ServedWorld {
  world: World;
  url: string;
  /** A window of its own, with its own cookies. */
  open(options?: { width?: number; height?: number; dark?: boolean; javaScript?: boolean }): Promise<Page>;
  signIn(page: Page, person: Person): Promise<void>;
  /** Keeps a picture for people to look at. */
  picture(page: Page, name: string): Promise<void>;
}

const pictures = join(projectDir, 'build/screenshots');

export async function serveWorld(): Promise<ServedWorld> {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const config = { port, host: '127.0.0.1', publicUrl: url };
  process.env.LOG_LEVEL = 'silent';
  const world = await openWorld({ config });
  const full = world.house.config;
  const web = await startWeb(full, world.databaseUrl);
  const worker = await startWorker(full, world.databaseUrl);
  const browser: Browser = await launchBrowser();
  const contexts: BrowserContext[] = [];
  atEnd(async () => {
    for (const context of contexts) await context.close();
    await browser.close();
    await worker.stop();
    await web.stop();
  });

  return {
    world,
    url,
    async open({ width = 1280, height = 900, dark = false, javaScript = true } = {}) {
      const context = await browser.newContext({
        viewport: { width, height },
        colorScheme: dark ? 'dark' : 'light',
        javaScriptEnabled: javaScript,
        baseURL: url,
        locale: 'en-US',
      });
      contexts.push(context);
      const page = await context.newPage();
      page.setDefaultTimeout(60_000);
      page.on('pageerror', (error) => {
        throw error;
      });
      return page;
    },
    async signIn(page, person) {
      await page.goto('/sign-in');
      await page.getByLabel('E-mail').fill(person.email);
      await page.getByLabel('Password').fill(password);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.waitForURL((address) => !address.pathname.startsWith('/sign-in'));
    },
    async picture(page, name) {
      mkdirSync(pictures, { recursive: true });
      await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
    },
  };
}
