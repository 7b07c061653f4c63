import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { newKey } from '../../src/platform/ids.ts';
import { must } from '../../src/rules/decision.ts';
import { makePool } from '../../src/swapping/pools/makePool.ts';
import { addPresets } from '../../src/swapping/sources/addPresets.ts';
import { giveNumber } from '../../src/swapping/sources/giveNumber.ts';
import { findSources } from '../../src/swapping/sources/store.ts';
import { addTarget } from '../../src/swapping/targets/addTarget.ts';
import { formatPhone } from '../../src/web/format.ts';
import { until } from '../faults/startProduct.ts';
import { atEnd } from '../world.ts';
import { openStory, step } from './story.ts';

/*
 * "Pausing your account": the numbers on the website are swapped no more, calls still connect. Here on a website of its own, on
 * another origin than the product, with visitors who come from advertisements and call.
 */

const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36';
const story = await openStory();
const { world, served, page, section, menu } = story;
const { house, shopId, cast } = world;
const ownNumber = '(303) 555-0199';
const shop = `/accounts/${shopId}`;

const ads = await world.rent(shopId, cast.shopOwner.actor);
const pooled = [await world.rent(shopId, cast.shopOwner.actor), await world.rent(shopId, cast.shopOwner.actor)];
await setUp();
const website = await openWebsite();

async function setUp() {
  const { actor } = cast.shopOwner;
  must(await addTarget(house, actor, shopId, { phoneNumber: ownNumber, name: 'The shop' }, newKey()));
  must(await addPresets(house, actor, shopId, ['google-ads', 'google-organic'], newKey()));
  const sources = await findSources(house.db, shopId);
  const idOf = (name: string) => sources.find((each) => each.name === name)!.trackingSourceId;
  must(await giveNumber(house, actor, shopId, idOf('Google Ads'), ads.trackingNumberId, newKey()));
  for (const number of pooled)
    must(await giveNumber(house, actor, shopId, idOf('Google organic'), number.trackingNumberId, newKey()));
  must(await makePool(house, actor, shopId, idOf('Google organic'), newKey()));
}

/** The shop's website, with the line that the Tracking Code page gives. */
async function openWebsite(): Promise<string> {
  await story.signIn('shopOwner');
  await menu('Tracking Code').click();
  const line = await page.locator('pre, code, textarea').filter({ hasText: '<script' }).first().textContent();
  assert.match(line!, new RegExp(`<script async src="${served.url}/${shopId}/t\\.js"></script>`));
  const body = `<!doctype html><title>Anchor Plumbing</title><h1>Leaks stopped</h1>
    <p>Call <a href="tel:+13035550199">${ownNumber}</a>, day and night.</p><a href="/contact">Contact</a>${line}`;
  const server = createServer((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(async () => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const link = (window: Page) => window.locator('a[href^="tel:"]');
const shows = (window: Page, number: string) =>
  until(number, async () => (await link(window).textContent()) === number);

/** Somebody new, who comes from somewhere; their console has to stay silent. */
async function visitor(path: string, from?: string): Promise<Page> {
  const window = await served.open();
  window.on('console', (message) => {
    // Chromium asks for an icon by itself.
    if (message.type() === 'error' && !message.text().includes('favicon')) throw new Error(message.text());
  });
  // Whoever says to be a headless browser is a robot.
  await window.setExtraHTTPHeaders({ 'user-agent': chrome });
  await window.clock.install();
  await window.goto(website + path, from ? { referer: from } : {});
  return window;
}

let byAds: Page;
let bySearch: Page;
let rung = '';

step('a visitor from an advertisement is shown its number, in the words of the page', async () => {
  byAds = await visitor('/?gclid=abc123&utm_campaign=storm');
  await shows(byAds, formatPhone(ads.phoneNumber));
  assert.equal(await link(byAds).getAttribute('href'), `tel:${ads.phoneNumber}`);
  await story.served.picture(byAds, '60-website-swapped');
});

step('two visitors from the search engine have a pool’s number each', async () => {
  bySearch = await visitor('/emergency', 'https://www.google.com/');
  const other = await visitor('/', 'https://www.google.com/');
  const numbers = pooled.map((each) => formatPhone(each.phoneNumber));
  for (const window of [bySearch, other])
    await until('a number of the pool', async () => numbers.includes((await link(window).textContent())!));
  rung = (await link(bySearch).textContent())!;
  assert.notEqual(rung, await link(other).textContent());
});

step('somebody who types the address sees the shop’s own number', async () => {
  const direct = await visitor('/');
  await direct.waitForLoadState();
  await until('the script', async () => Boolean(await direct.evaluate('window.switchhook')));
  assert.equal(await link(direct).textContent(), ownNumber);
});

step('the product has seen the website, and who is on it', async () => {
  await page.goto(`${shop}/tracking-code`);
  await page.getByText(new URL(website).host).first().waitFor();
  await menu('Visitors').click();
  await page.getByText('Google Ads').first().waitFor();
  await page.getByText('Google organic').first().waitFor();
  await story.picture('61-visitors');
});

step('a call on the pool’s number finds the visit that it came from', async () => {
  const { phoneNumber } = pooled.find((each) => formatPhone(each.phoneNumber) === rung)!;
  await story.ring(phoneNumber);
  await menu('Call Log').click();
  await story.heading('Call Log').waitFor();
  await page.locator('tbody').getByRole('link').first().click();
  // A worker finds it afterwards.
  await page.getByText(`${website}/emergency`).first().waitFor();
  await page.getByText('Google organic').first().waitFor();
  await page.getByText(/\d+ %/).first().waitFor();
  await story.picture('62-call-with-visit');
});

step('paused: open pages put their own number back within a minute, and so do pages that open', async () => {
  await menu('Account Settings').click();
  await section('Status').click();
  await page.getByRole('button', { name: 'Pause Tracking Code' }).click();
  await story.topRight('(paused)').waitFor();
  for (const window of [byAds, bySearch]) {
    await window.clock.fastForward(46_000);
    await shows(window, ownNumber);
    assert.equal(await link(window).getAttribute('href'), 'tel:+13035550199');
  }
  const later = await visitor('/?gclid=later');
  await later.waitForLoadState();
  assert.equal(await link(later).textContent(), ownNumber);
});

step('meanwhile calls still connect', async () => {
  assert.equal((await story.ring(ads.phoneNumber)).connectedTo, ads.receivingNumber);
});

step('resumed: the numbers are back, each visitor’s own', async () => {
  await page.getByRole('button', { name: 'Resume Tracking Code' }).click();
  await page.getByRole('button', { name: 'Pause Tracking Code' }).waitFor();
  for (const [window, number] of [
    [byAds, formatPhone(ads.phoneNumber)],
    [bySearch, rung],
  ] as const) {
    await window.clock.fastForward(46_000);
    await shows(window, number);
  }
});
