import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { SiteSource } from '../../src/rules/swapping.ts';
import { makeConfig, type Site } from './site.ts';
import { product, shows, textOf, until, visit, type Wishes } from './visit.ts';

/* While we are away, paused, slow or broken, and where the page is forbidden much: the page stands as it is. */

const own = '(212) 555-0199';
const ours = '(720) 555-0111';
const body = `<p id="n">${own}</p>`;

/** The next sign of life is due. */
const aLittleLater = 45_100;
const withClock = { prepare: ({ page }: { page: { clock: { install(): Promise<void> } } }) => page.clock.install() };

test('paused, stopped, unknown: a comment, and the page is the page', async () => {
  await visit({ body, site: { config: null } }, async ({ page, site, complaints }) => {
    await until(() => site.scripts > 0);
    await page.waitForLoadState('load');
    assert.equal(await textOf(page), own);
    assert.equal(await page.evaluate('typeof window.switchhook'), 'undefined');
    assert.deepEqual(complaints, []);
  });
});

test('paused while the page is open: its own numbers come back, and ours again when it goes on', async () => {
  await visit({ body, ...withClock }, async ({ page, site, complaints }) => {
    await shows(page, ours);
    await until(() => site.beacons.length === 1);
    site.answer = () => ({ isOn: false });
    await page.clock.runFor(aLittleLater);
    await shows(page, own);
    assert.equal(await page.evaluate('document.documentElement.outerHTML'), await page.evaluate('watched.own'));
    await page.evaluate(`document.body.insertAdjacentHTML('beforeend', '<p id="m">${own}</p>')`);
    await page.clock.runFor(1_000);
    assert.equal(await textOf(page, '#m'), own);
    site.answer = () => ({ isOn: true });
    await page.clock.runFor(aLittleLater);
    await shows(page, ours);
    await shows(page, ours, '#m');
    assert.deepEqual(complaints, []);
  });
});

test('another configuration reaches an open page', async () => {
  await visit({ body, ...withClock }, async ({ page, site, id, complaints }) => {
    await shows(page, ours);
    const config = makeConfig(id, {
      version: 'v2',
      sources: [{ id: 'TSOb', rules: [], swaps: [['+1 2125550199', '+1 7205550122']] }],
    });
    site.answer = ({ version }) => (version === 'v2' ? { isOn: true } : { isOn: true, config });
    await page.clock.runFor(aLittleLater);
    await shows(page, '(720) 555-0122');
    await page.clock.runFor(aLittleLater);
    await until(() => site.beacons.some(({ version, source }) => version === 'v2' && source === 'TSOb'));
    assert.deepEqual(site.beacons.at(-1)!.shown, ['+1 7205550122']);
    assert.deepEqual(complaints, []);
  });
});

test('the last number of a pool is taken away: an open page puts its own back', async () => {
  const pool: SiteSource = { id: 'TSOpool', rules: [], isPool: true, swaps: [] };
  const swaps = [['+1 2125550199', '+1 7205550166']] as const;
  const answer: Site['answer'] = () => ({ isOn: true, swaps });
  const wishes = { body, ...withClock, site: { answer, config: { sources: [pool] } } };
  await visit(wishes, async ({ page, site, id, complaints }) => {
    await shows(page, '(720) 555-0166');
    const another = makeConfig(id, { version: 'v2', sources: [pool], cookieDays: 7 });
    site.answer = () => ({ isOn: true, config: another, swaps });
    await page.clock.runFor(aLittleLater);
    await shows(page, '(720) 555-0166');
    const config = makeConfig(id, { version: 'v3', sources: [{ id: 'TSOpool', rules: [], swaps: [] }] });
    site.answer = () => ({ isOn: true, config });
    await page.clock.runFor(aLittleLater);
    await shows(page, own);
    assert.deepEqual(complaints, []);
  });
});

describe('garbage leaves the page as it is', () => {
  const answers: ReturnType<Site['answer']>[] = [
    'not json',
    '<html>Sign in to the hotel</html>',
    '',
    'null',
    '[]',
    '{}',
    '{"isOn":"no"}',
    '{"isOn":true,"swaps":7}',
    '{"isOn":true,"swaps":"+12125550199"}',
    '{"isOn":true,"swaps":[["x","y"],null,["+12125550199","<b>"]]}',
    '{"isOn":true,"config":7}',
    '{"isOn":true,"config":{}}',
    '{"isOn":true,"config":{"sources":[{"id":"a","rules":[["referrer",true,"("]],"swaps":[]}]}}',
    { status: 500 },
    { status: 404 },
  ];
  for (const answer of answers)
    test(JSON.stringify(answer), async () => {
      await visit({ body, site: { answer: () => answer }, ...withClock }, async ({ page, site, complaints }) => {
        await shows(page, ours);
        await until(() => site.beacons.length > 0);
        await page.evaluate(`document.body.insertAdjacentHTML('beforeend', '<p id="m">${own}</p>')`);
        await page.clock.runFor(aLittleLater);
        await shows(page, ours);
        await shows(page, ours, '#m');
        site.answer = () => ({ isOn: false });
        await page.clock.runFor(aLittleLater);
        await shows(page, own);
        assert.deepEqual(complaints, []);
      });
    });
});

test('a script that takes long holds up nothing', async () => {
  // It comes only once the page is there: a page that waited for it would wait for good.
  const prepare: Wishes['prepare'] = async ({ page, context }) => {
    const isThere = page.waitForEvent('domcontentloaded');
    isThere.catch(() => {});
    await context.route('**/t.js', async (route) => {
      await isThere;
      await route.continue();
    });
  };
  await visit({ body, prepare, site: { answerAfterMs: 60_000 } }, async ({ page, complaints }) => {
    await shows(page, ours);
    assert.deepEqual(complaints, []);
  });
});

test('where nobody answers at all the page keeps its own, and only the browser says so', async () => {
  const prepare = ({
    context,
  }: {
    context: { route(url: string, route: (route: { abort(): Promise<void> }) => Promise<void>): Promise<unknown> };
  }) => context.route('**/t.js', (route) => route.abort()).then(() => {});
  await visit({ body, prepare }, async ({ page, complaints }) => {
    await page.waitForLoadState('load');
    assert.equal(await textOf(page), own);
    assert.deepEqual(complaints, []);
  });
});

test('we go away while the page is open: it stays as it is', async () => {
  await visit({ body, ...withClock }, async ({ page, context, site, complaints }) => {
    await shows(page, ours);
    await until(() => site.beacons.length > 0);
    await context.route('**/visit', (route) => route.abort());
    for (let time = 0; time < 3; time += 1) await page.clock.runFor(aLittleLater);
    await shows(page, ours);
    assert.deepEqual(complaints, []);
  });
});

test('cookies that throw, by a script of the page', async () => {
  const prepare = async ({ page }: { page: { addInitScript(script: string): Promise<unknown> } }) => {
    await page.addInitScript(
      `Object.defineProperty(document, 'cookie', { get() { throw new Error('no'); }, set() { throw new Error('no'); } })`,
    );
  };
  await visit({ body, prepare }, async ({ page, site, complaints }) => {
    await shows(page, ours);
    await until(() => site.beacons.length > 0);
    assert.match(site.beacons[0]!.visitor, /^[\da-f]{24}$/);
    assert.deepEqual(complaints, []);
  });
});

test('a page in a sandbox, which has no origin and no cookies', async () => {
  const headers = { 'content-security-policy': 'sandbox allow-scripts' };
  await visit({ body, site: { headers } }, async ({ page, site, complaints }) => {
    await shows(page, ours);
    await until(() => site.beacons.length > 0);
    assert.deepEqual(complaints, []);
  });
});

test('a content security policy with a nonce', async () => {
  const headers = {
    'content-security-policy': `default-src 'none'; script-src 'nonce-abc'; connect-src http://${product}:*; require-trusted-types-for 'script'; trusted-types 'none'`,
  };
  await visit({ body, site: { headers }, tag: 'nonce="abc"', bypassCSP: false }, async ({ page, site, complaints }) => {
    await until(() => site.beacons.length > 0);
    assert.deepEqual(site.beacons[0]!.shown, ['+1 7205550111']);
    assert.equal(await page.textContent('#n'), ours);
    assert.deepEqual(complaints, []);
  });
});

test('a policy that forbids the beacon: swapped all the same', async () => {
  const headers = { 'content-security-policy': `script-src 'nonce-abc'; connect-src 'none'` };
  await visit({ body, site: { headers }, tag: 'nonce="abc"' }, async ({ page, complaints }) => {
    await until(async () => (await page.textContent('#n')) === ours);
    // That line is the browser's own.
    assert.ok(complaints.every((each) => each.includes('Content Security Policy')));
  });
});

test('a text with a character that no parser lets in', async () => {
  const script = `<script>document.body.append('a\\0b 212-555-0199', document.createElement('hr'), 'c');</script>`;
  await visit({ body: `${body}<div>${script}</div>` }, async ({ page, site, complaints }) => {
    await until(() => site.beacons.length > 0);
    assert.equal(await page.evaluate('document.documentElement.outerHTML'), await page.evaluate('watched.own'));
    assert.deepEqual(complaints, []);
  });
});

test('a plain file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'switchhook-page-'));
  try {
    await visit({ body: '' }, async ({ page, site, tag, complaints }) => {
      const file = join(folder, 'page.html');
      writeFileSync(file, `<!doctype html><meta charset="utf-8">${tag}${body}`);
      await page.goto(pathToFileURL(file).href);
      await shows(page, ours);
      await until(() => site.beacons.some((beacon) => beacon.page.startsWith('file:')));
      assert.deepEqual(complaints, []);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
