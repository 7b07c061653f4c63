import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import { serverOf, shows, until, visit, type Wishes } from './visit.ts';

/* React compares what it finds with what it would have written. What we write must never be found before that. */

const folder = import.meta.dirname;
const appPath = join(folder, 'hydrated.jsx');

/** The application for a browser, hydrating by its own script; what React complains of stands in `complaints`. */
async function bundle(mode: 'development' | 'production', container: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { startTransition } from 'react';
        import { hydrateRoot } from 'react-dom/client';
        import { App } from ${JSON.stringify(appPath)};
        window.complaints = [];
        const say = (error) => complaints.push(error.message);
        startTransition(() => {
          hydrateRoot(${container}, <App />, { onRecoverableError: say, onUncaughtError: say, onCaughtError: say });
        });`,
      loader: 'jsx',
      resolveDir: folder,
    },
    bundle: true,
    write: false,
    jsx: 'automatic',
    jsxImportSource: 'react',
    define: { 'process.env.NODE_ENV': JSON.stringify(mode) },
    tsconfigRaw: {},
  });
  return outputFiles[0]!.text;
}

/** What a server writes. */
async function render(): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { renderToString } from 'react-dom/server';
        import { App } from ${JSON.stringify(appPath)};
        export const html = renderToString(<App />);`,
      loader: 'jsx',
      resolveDir: folder,
    },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    jsx: 'automatic',
    jsxImportSource: 'react',
    tsconfigRaw: {},
  });
  const text = outputFiles[0]!.text.replaceAll(
    /from "(react[^"]*)"/g,
    (_, name) => `from ${JSON.stringify(import.meta.resolve(name))}`,
  );
  const { html } = await import(`data:text/javascript,${encodeURIComponent(text)}`);
  return html;
}

const html = await render();
const container = `document.querySelector('[data-app]')`;
const scripts = {
  development: await bundle('development', container),
  production: await bundle('production', container),
};

const swapped = {
  p: 'Call 720-555-0111',
  a: '(720) 555-0111',
  address: '(720) 555-0111',
};

async function isWhole(page: Page): Promise<void> {
  for (const [selector, text] of Object.entries(swapped)) await shows(page, text, selector);
  assert.equal(await page.getAttribute('a', 'href'), 'tel:+17205550111');
  assert.equal(await page.getAttribute('p', 'title'), '720-555-0111');
  // It lives, and what it writes from now on is swapped as well.
  await page.click('button');
  await page.click('button');
  await shows(page, 'Pressed 2', 'button');
  await shows(page, '720 555 0111, 2', 'output');
  await shows(page, '720.555.0111', 'em');
}

describe('an application that is hydrated', () => {
  const ways: [name: string, script: string, container: string, afterMs: number][] = [
    ['by a module', 'type="module"', '<div data-app id="root">', 0],
    ['by a deferred script', 'defer', '<div data-app>', 0],
    ['by a script that comes late, as frameworks load theirs', 'async', '<div data-app id="__next">', 800],
    ['by an asynchronous module that comes late', 'async type="module"', '<div data-app>', 800],
  ];
  for (const mode of ['development', 'production'] as const)
    for (const [name, attributes, container, afterMs] of ways)
      test(`${name}, ${mode}`, async () => {
        const path = `/${mode}-${afterMs}.js`;
        serverOf().files[path] = { text: scripts[mode], afterMs };
        const body = `${container}${html}</div><script ${attributes} src="${path}"></script>`;
        await visit({ body }, async ({ page, complaints }) => {
          await until(async () => (await page.evaluate('typeof complaints')) === 'object');
          await isWhole(page);
          assert.deepEqual(await page.evaluate('complaints'), []);
          assert.deepEqual(complaints, []);
        });
      });
});

test('the fixture would complain of a page that was changed before', async () => {
  const body = `<div data-app>${html.replace('(212) 555-0199</a>', '(720) 555-0111</a>')}</div><script defer src="/production.js"></script>`;
  serverOf().files['/production.js'] = { text: scripts.production, afterMs: 0 };
  await visit({ body, site: { config: null } }, async ({ page }) => {
    await until(async () => (await page.evaluate<number>('window.complaints ? complaints.length : 0')) > 0);
  });
});

test('a form whose fields have such names, as those of ASP.NET, does not wait for what the page still loads', async () => {
  const form = '<form><input type="hidden" id="__VIEWSTATE"></form><img src="late.gif"><p id="n">212-555-0199</p>';
  const prepare: Wishes['prepare'] = ({ page, context }) =>
    context
      .route('**/late.gif', async (route) => {
        await shows(page, '720-555-0111');
        await route.abort();
      })
      .then(() => {});
  await visit({ body: form, prepare }, async ({ complaints }) => assert.deepEqual(complaints, []));
});
