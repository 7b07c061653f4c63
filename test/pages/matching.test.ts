import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import type { TrackingNumber } from '../../src/numbers/store.ts';
import { plantPool, plantVisit } from '../plantVisit.ts';
import { type ServedWorld, serveWorld } from './product.ts';

/* In a browser: a call rings and finds its visit by itself; the reports count it; its caller is erased. */

let served: ServedWorld;
let number: TrackingNumber;
let page: Page;
let shop: string;

before(async () => {
  served = await serveWorld();
  const { world } = served;
  const { pool } = world.house;
  shop = `/accounts/${world.shopId}`;
  number = await world.rent(world.shopId, world.cast.shopOwner.actor);
  const sourceId = await plantPool(pool, world.shopId, 'Google Ads', [number.trackingNumberId]);
  const now = await world.now();
  const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
  const planted = { trackingNumberId: number.trackingNumberId, sourceId };
  const first = await plantVisit(pool, world.shopId, {
    ...planted,
    begunAt: ago(3000),
    landing: 'https://anchor-plumbing.example/blog/why-pipes-freeze?utm_source=newsletter',
    utm: { source: 'newsletter', medium: 'email', campaign: 'winter' },
  });
  await plantVisit(pool, world.shopId, {
    ...planted,
    visitorId: first.visitorId,
    begunAt: ago(4),
    lastShownAt: ago(0),
    landing:
      'https://anchor-plumbing.example/emergency?utm_source=google&gclid=Cj0KCQiA-a-long-click-id-of-an-advertisement',
    pages: ['https://anchor-plumbing.example/prices', 'https://anchor-plumbing.example/contact'],
    referrer: 'https://www.google.com/',
    utm: { source: 'google', medium: 'cpc', campaign: 'emergency', term: 'plumber near me' },
    clickId: ['gclid', 'Cj0KCQiA-a-long-click-id-of-an-advertisement'],
  });
  await plantVisit(pool, world.shopId, {
    ...planted,
    begunAt: ago(8),
    landing: 'https://anchor-plumbing.example/',
    utm: { medium: 'organic' },
  });
  page = await served.open();
  await served.signIn(page, world.cast.shopOwner);
});

describe('a call and its visit', () => {
  test('the log names the visit within seconds, without being asked', async () => {
    await page.goto(`${shop}/calls`);
    await page.getByRole('button', { name: 'Call now' }).click();
    await page.getByText('The call is on its way').waitFor();
    // A machine that is busy takes its time.
    await page.getByRole('cell', { name: /% likely/ }).waitFor();
    assert.match(
      (await page.getByRole('cell', { name: /% likely/ }).textContent()) ?? '',
      /anchor-plumbing\.example\/emergency, gclid/,
    );
    await page.getByText('cpc, emergency, “plumber near me”').waitFor();
    await served.picture(page, 'call-log-visits');
  });

  test('its page says how the caller came, from the first touch to the pages seen', async () => {
    await page.goto(`${shop}/calls`);
    await page.getByRole('table').getByRole('link').first().click();
    await page.getByRole('heading', { name: /^Visit: \d+ % likely$/ }).waitFor();
    for (const said of ['They had the page open.', 'Google Ads: email, winter', 'plumber near me', 'gclid Cj0KCQiA'])
      await page.getByText(said).first().waitFor();
    const pages = page.getByRole('list', { name: 'Pages seen before the call' });
    assert.equal(await pages.getByRole('listitem').count(), 3);
    await page
      .getByText(/other visit/)
      .first()
      .click();
    await page.getByRole('table', { name: 'Other visits' }).waitFor();
    await served.picture(page, 'call-visit');
    const phone = await served.open({ width: 390 });
    await served.signIn(phone, served.world.cast.shopOwner);
    await phone.goto(page.url());
    await served.picture(phone, 'call-visit-phone');
  });

  test('the reports count it, by source, campaign and landing page', async () => {
    await page.goto(shop);
    await page.getByRole('link', { name: 'Calls by Source' }).click();
    const row = (name: string) => page.getByRole('row').filter({ has: page.getByRole('rowheader', { name }) });
    await row('Google Ads').waitFor();
    await page.getByRole('link', { name: 'Today' }).click();
    await page.waitForURL(/range=today/);
    await served.picture(page, 'report-by-source');
    await page.getByRole('link', { name: 'By campaign', exact: true }).click();
    await page.waitForURL(/by-campaign\?range=today/);
    assert.match((await row('emergency').textContent()) ?? '', /^emergency1\+1/);
    await page.getByRole('link', { name: 'By landing page', exact: true }).click();
    await page.waitForURL(/by-landing-page/);
    await row('anchor-plumbing.example/emergency').waitFor();
    await page.getByRole('link', { name: '30 days' }).click();
    await page.waitForURL(/range=30/);
    await page.getByText('The same values, by day').click();
    await page.getByRole('table', { name: 'Calls by day' }).waitFor();
    await served.picture(page, 'report-by-landing-page');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'CSV', exact: true }).click(),
    ]);
    assert.match(download.suggestedFilename(), /^calls-.*-by-landing-page\.csv$/);
    const phone = await served.open({ width: 390, dark: true });
    await served.signIn(phone, served.world.cast.shopOwner);
    await phone.goto(`${shop}/reports/by-landing-page?range=7`);
    await served.picture(phone, 'report-phone');
  });

  test('days that stand the wrong way round are said under the form, which keeps its shape', async () => {
    const boxes = async (query: string) => {
      await page.goto(`${shop}/reports/by-source${query}`);
      return Promise.all(
        ['From', 'To'].map(async (label) => (await page.getByLabel(label, { exact: true }).boundingBox())!),
      );
    };
    const usual = await boxes('?from=2026-03-01&to=2026-03-09');
    const wrong = await boxes('?from=2026-03-09&to=2026-03-01');
    assert.deepEqual(wrong, usual);
    const message = (await page.getByText('Say two days').boundingBox())!;
    assert.ok(message.y >= wrong[0]!.y + wrong[0]!.height);
  });

  test('the caller is erased after a look at what goes and what stays', async () => {
    await page.goto(`${shop}/calls`);
    await page.getByRole('table').getByRole('link').first().click();
    await page.getByRole('link', { name: 'Erase caller' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Nobody can undo it.').waitFor();
    await served.picture(page, 'erase-caller');
    await dialog.getByRole('button', { name: 'Erase caller' }).click();
    await page.getByText('The caller was erased from one call.').waitFor();
    await page.getByRole('heading', { level: 1, name: 'Erased caller' }).waitFor();
    await page.getByText('no visit is named any more').waitFor();
  });
});
