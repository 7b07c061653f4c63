import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { editNumber } from '../../src/numbers/edit.ts';
import { newKey } from '../../src/platform/ids.ts';
import { must } from '../../src/rules/decision.ts';
import { formatPhone } from '../../src/web/format.ts';
import { giveVisits } from '../giveVisits.ts';
import { type ServedWorld, serveWorld } from './product.ts';

/* Setting number swapping up, in a real browser: sources, target numbers, the tracking code, a pool, and who visits. */

let served: ServedWorld;
let page: Page;
let shop: string;
let number: { trackingNumberId: number; phone: string };

before(async () => {
  served = await serveWorld();
  const { world } = served;
  shop = `/accounts/${world.shopId}`;
  const rented = await world.rent(world.shopId, world.cast.shopOwner.actor);
  number = { trackingNumberId: rented.trackingNumberId, phone: formatPhone(rented.phoneNumber) };
  page = await served.open();
  await served.signIn(page, world.cast.shopOwner);
});

/** A step that can't succeed after a failed one says so at once. */
let broken: string | null = null;
function step(name: string, walk: () => Promise<void>): void {
  test(name, async () => {
    assert.equal(broken, null, 'a step before this one failed');
    broken = name;
    await walk();
    broken = null;
  });
}

const press = (name: string | RegExp) => page.getByRole('button', { name }).click();
const follow = (name: string | RegExp) => page.getByRole('link', { name, exact: true }).first().click();
const row = (name: string | RegExp) => page.getByRole('row', { name });
const sourceNames = async () =>
  (await page.getByRole('rowheader').allTextContents()).map((each) => each.trim()).filter(Boolean);

step('Numbers → Tracking Sources is empty and says what to do; presets are added, several at once', async () => {
  await page.goto(shop);
  await follow('Tracking Sources');
  await page.getByText('No tracking sources yet').waitFor();
  await served.picture(page, 'swapping-01-no-sources');
  await follow('Add sources');
  for (const preset of ['Direct', 'Google organic', 'Google Ads', 'Other websites'])
    await page.getByLabel(preset, { exact: true }).check();
  await served.picture(page, 'swapping-02-presets');
  await press('Add the chosen');
  await page.getByText('4 sources are added').waitFor();
  assert.deepEqual(await sourceNames(), ['Google Ads', 'Google organic', 'Other websites', 'Direct']);
});

step('one by hand: a runaway pattern is refused with a sentence, a good one stands before the presets', async () => {
  await follow('Add sources');
  await follow('By hand');
  await page.getByLabel('Name', { exact: true }).fill('Partner');
  await page.getByLabel('Referrer matches').fill('(a+)+');
  await press('Add source');
  await page.getByText('This pattern could take a browser very long').waitFor();
  assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'Partner');
  await page.getByLabel('Referrer matches').fill('^https?://partner\\.example/');
  await page.getByLabel('utm_campaign').fill('spring*');
  await press('Add source');
  await page.getByText('Partner is added. Websites know within a minute.').waitFor();
  assert.equal((await sourceNames())[0], 'Partner');
  await row(/Partner/)
    .getByText('the referrer matches ^https?://partner\\.example/, and utm_campaign is spring*')
    .waitFor();
  await press('Move Partner down');
  await page.locator('tbody tr:nth-child(2)').getByText('Partner', { exact: true }).waitFor();
  await served.picture(page, 'swapping-03-sources');
});

step('a pattern that everything fits is allowed, and those after it are said to be out of reach', async () => {
  await page.getByRole('link', { name: 'Edit Google Ads' }).click();
  const url = page.url();
  await page.goto(`${shop}/sources/new?by=hand`);
  await page.getByLabel('Name', { exact: true }).fill('All of them');
  await page.getByLabel('Landing page matches').fill('a|');
  await press('Add source');
  await page.getByText('Every visitor fits All of them').waitFor();
  await row(/Google organic/)
    .getByText('never reached')
    .waitFor();
  await served.picture(page, 'swapping-03b-never-reached');
  await page.getByRole('link', { name: 'Edit All of them' }).click();
  await page.getByText('Every visitor fits All of them').waitFor();
  await page.getByRole('link', { name: 'Remove source' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove source' }).click();
  await page.getByText('All of them is removed.').waitFor();
  assert.equal(await page.getByText('never reached').count(), 0);
  await page.goto(url);
  assert.equal(await page.getByText('Every visitor fits').count(), 0);
  await page.goto(`${shop}/sources`);
});

step('Try it: which source wins, and why', async () => {
  await follow('Try it');
  await page.getByLabel('Referrer', { exact: false }).fill('google.com');
  await page.getByLabel('Landing page').fill('anchor-plumbing.example/?utm_source=x');
  await press('Try it');
  await page.getByText('Counts for Google organic').waitFor();
  await page.getByText('the first that fits').waitFor();
  await page.getByLabel('Landing page').fill('anchor-plumbing.example/?gclid=1');
  await page.getByLabel('Came before by').selectOption('Direct');
  await press('Try it');
  await page.getByText('Counts for Direct').waitFor();
  await page.getByText('Google Ads fits, but does not take over').waitFor();
  await served.picture(page, 'swapping-04-try');
});

step('a tracking number gets its source: one that is there, or a new one that is asked for', async () => {
  await page.goto(`${shop}/numbers/${number.trackingNumberId}`);
  assert.equal(await page.getByLabel('Name of the new source').isVisible(), false);
  await page.getByLabel('Tracking source').selectOption('New source…');
  await page.getByLabel('Name of the new source').fill('Goggle Ads');
  await served.picture(page, 'swapping-05-new-source');
  await press('Save number');
  await page.getByText('The source “Goggle Ads” is new.').waitFor();
  await page.getByLabel('Tracking source').selectOption('Google Ads');
  await press('Save number');
  await page.getByText('The number was saved. The next call goes by it.', { exact: true }).waitFor();
  await page.goto(`${shop}/sources`);
  await row(/Google Ads/)
    .getByRole('cell', { name: '1', exact: true })
    .nth(1)
    .waitFor();
});

step('Numbers → Target Numbers: any format; what each tracking number stands in for', async () => {
  await follow('Target Numbers');
  await page.getByLabel('Number on the website').fill('303.555.01.99');
  await press('Add');
  await page.getByText('The target number was added.').waitFor();
  await page.getByLabel('Number on the website').fill('12');
  await press('Add');
  await page.getByText('This is no complete phone number.').waitFor();
  await page.getByLabel('Number on the website').fill('+1 (800) 555-0123');
  await page.getByLabel('Name', { exact: false }).first().fill('Toll-free');
  await press('Add');
  await page.getByText('The target number was added.').waitFor();
  await page.getByLabel('Number on the website').fill('(800) 555-0123');
  await press('Add');
  await page.getByText('(800) 555-0123 is there already, as Toll-free. Nothing has changed.').waitFor();
  await row(/^\(303\) 555-0199/)
    .getByText('1 tracking number', { exact: true })
    .waitFor();
  const { world } = served;
  const van = await world.rent(world.shopId, world.cast.shopOwner.actor);
  const choice = { name: null, source: { name: 'The van' }, receivingNumber: null };
  const { actor } = world.cast.shopOwner;
  must(await editNumber(world.house, actor, world.shopId, van.trackingNumberId, choice, newKey()));
  await page.reload();
  await row(formatPhone(van.phoneNumber)).getByText('Nothing: its source is offsite').waitFor();
  await row(/^\(303\) 555-0199/)
    .getByText('1 tracking number', { exact: true })
    .waitFor();
  await row(number.phone).getByText('Every target number').waitFor();
  await page.getByRole('link', { name: `Choose what ${number.phone} stands in for` }).click();
  await page.getByLabel('Only these').check();
  await press('Save');
  await page.getByText('Choose at least one target number').first().waitFor();
  await page.getByLabel(/\(303\) 555-0199/).check();
  await served.picture(page, 'swapping-05b-stands-in-for');
  await press('Save');
  await page.getByText(`What ${number.phone} stands in for was saved.`).waitFor();
  await row(number.phone).getByText('(303) 555-0199').waitFor();
  await served.picture(page, 'swapping-06-targets');
});

step('Settings → Tracking Code: the line, and that it was not seen yet', async () => {
  await follow('Tracking Code');
  await page.getByText(`<script async src="${served.url}/${served.world.shopId}/t.js"></script>`).waitFor();
  await page.getByText('Not seen yet').waitFor();
  await page.getByRole('button', { name: 'Copy the line' }).waitFor();
  await page.getByLabel('Remembers them for').fill('731');
  await press('Save');
  await page.locator('#field-cookieDays-error, :invalid').first().waitFor();
  await page.getByLabel('Remembers them for').fill('90');
  await page.getByLabel(/Once the visitor agrees/).check();
  await press('Save');
  await page.getByText('What the tracking code keeps was saved.').waitFor();
  assert.equal(await page.getByLabel('Remembers them for').inputValue(), '90');
  await served.picture(page, 'swapping-07-code');
});

step('one Save erases nothing that was kept without a word on how much it is, also where scripts are off', async () => {
  const { world } = served;
  await world.house.pool.query(
    `with known as (
       insert into visitor (account_id, sid, first_seen_at, last_seen_at)
       values ($1, 'old', now() - interval '3 days', now() - interval '3 days') returning account_id, visitor_id)
     insert into visit (account_id, sid, visitor_id, begun_at, last_seen_at, landing_url, page_url)
     select account_id, 'old', visitor_id, now() - interval '3 days', now() - interval '3 days', $2, $2 from known`,
    [world.shopId, 'https://www.anchor-plumbing.example/'],
  );
  const plain = await served.open({ width: 390, javaScript: false });
  await served.signIn(plain, world.cast.shopOwner);
  for (const [name, window] of [
    ['phone', plain],
    ['window', page],
  ] as const) {
    await window.goto(`${shop}/tracking-code`);
    await window.getByLabel('Visits are kept for').fill('1');
    await window.getByRole('button', { name: 'Save' }).click();
    await window
      .getByText(/1 visit older than .* will be erased, and their campaign, keyword and landing page/)
      .waitFor();
    await served.picture(window, `swapping-07-erasure-${name}`);
  }
  await page.getByRole('link', { name: 'Never mind' }).click();
  assert.equal(await page.getByLabel('Visits are kept for').inputValue(), '365');
  await plain.getByRole('button', { name: 'Save and erase' }).click();
  await plain.getByText('What the tracking code keeps was saved.').waitFor();
  assert.equal(await plain.getByLabel('Visits are kept for').inputValue(), '1');
  await plain.getByLabel('Visits are kept for').fill('365');
  await plain.getByRole('button', { name: 'Save' }).click();
  await plain.getByText('What the tracking code keeps was saved.').waitFor();
  await plain.context().close();
  await world.work();
});

step('while swapping is paused the page says so', async () => {
  await page.goto(`${shop}/settings#status`);
  await press('Pause Tracking Code');
  await page.getByRole('banner').getByText('(paused)').waitFor();
  await page.goto(`${shop}/tracking-code`);
  await page.getByText('Nothing is swapped now').waitFor();
  await page.goto(`${shop}/settings#status`);
  await press('Resume Tracking Code');
  await page.getByText('Number swapping is on again.').waitFor();
});

step('Numbers → Number Pools: a pool is made of a source', async () => {
  await follow('Number Pools');
  await page.getByText('No number pools yet').waitFor();
  await page.getByLabel('Source').selectOption({ label: 'Google Ads: has 1, by the rule of thumb 1' });
  await press('Make a pool');
  await page.getByText('shared out visitor by visitor').first().waitFor();
  await page.getByText('too early to tell').waitFor();
  await row(number.phone).getByText('never shown').waitFor();
});

step('visitors: who is there now, what they were shown, where the code was seen', async () => {
  const { world } = served;
  const { rows } = await world.house.pool.query<{ id: string }>(
    `select tracking_source_id as id from tracking_source where account_id = $1 and name = 'Google Ads'`,
    [world.shopId],
  );
  const given = { trackingSourceId: Number(rows[0]!.id), trackingNumberId: number.trackingNumberId };
  await giveVisits(world, world.shopId, given);
  await page.reload();
  await row(number.phone).getByText('in use by').waitFor();
  await page.getByText('Not enough visits yet to tell: 1 of 50 in the last 7 days.').waitFor();
  await served.picture(page, 'swapping-08-pool');
  await world.house.pool.query(`update pool_assignment set last_shown_at = now() - interval '1 hour'`);
  await page.reload();
  await row(number.phone).getByText('free; last visitor').waitFor();
  const now = page.locator('td[data-label="Now"]').first();
  assert.equal(await now.evaluate((cell) => cell.childNodes.length), 1, 'one piece, which a phone does not pull apart');
  await follow('Tracking Code');
  await page.getByText(/Seen on www\.anchor-plumbing\.example\/contact, 3 minutes ago/).waitFor();
  await served.picture(page, 'swapping-09-seen');
  const list = page.getByRole('table', { name: 'Websites where it was seen' }).locator('..');
  assert.ok(await list.evaluate((frame) => frame.scrollWidth <= frame.clientWidth), 'no column is cut off');
  await page.getByText('A pool’s number stays theirs only until somebody else needs it.').waitFor();
  await page.getByText('Where the source has a pool, they see the website’s own number.').waitFor();
  await press('Take off www.anchor-plumbing.example');
  await page.getByText('www.anchor-plumbing.example is off the list.').waitFor();
  await page.getByText('Not seen yet').waitFor();
  await page.goto(`${shop}/numbers`);
  await row(number.phone).getByText('last seen on www.anchor-plumbing.example/contact, just now').waitFor();
  await served.picture(page, 'swapping-10-numbers');
  await follow('Visitors');
  const live = page.getByRole('region', { name: 'On the website now' });
  await live.getByText('Google Ads').waitFor();
  await served.picture(page, 'swapping-11-visitors');
  await live.getByRole('link', { name: 'www.anchor-plumbing.example/contact' }).click();
  await page.getByText('one of 2 visits').waitFor();
  await page.getByText('burst pipe').first().waitFor();
  await served.picture(page, 'swapping-12-visit');
});

step('one visitor is erased, after a word on what that means', async () => {
  await page.getByRole('link', { name: 'Erase this visitor' }).click();
  const popUp = page.getByRole('dialog');
  await popUp.getByText('erased for good').waitFor();
  await served.picture(page, 'swapping-13-erase');
  await popUp.getByRole('button', { name: 'Erase this visitor' }).click();
  await page.getByText('The visitor is erased').waitFor();
  await page.getByText('Nobody just now').waitFor();
});

step('a pool ends, a source is removed: both say before what becomes of the number', async () => {
  await page.goto(`${shop}/pools`);
  await follow('Google Ads');
  await page.getByRole('link', { name: 'End pool' }).click();
  await page.getByRole('dialog').getByText(`sees ${number.phone}`).waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'End pool' }).click();
  await page.getByText('The pool of Google Ads has ended.').waitFor();
  await page.goto(`${shop}/sources`);
  await page.getByRole('link', { name: 'Edit Google Ads' }).click();
  await page.getByRole('link', { name: 'Remove source' }).click();
  await page.getByRole('dialog').getByText('1 number has no source any more').waitFor();
  await page.getByRole('dialog').getByText(number.phone).waitFor();
  await served.picture(page, 'swapping-14-remove-source');
  await page.getByRole('dialog').getByRole('button', { name: 'Remove source' }).click();
  await page.getByText('Google Ads is removed.').waitFor();
  assert.ok(!(await sourceNames()).includes('Google Ads'));
});

test('a report manager sees all of it and changes none; a call agent sees none', async () => {
  const window = await served.open({ width: 390, dark: true });
  await served.signIn(window, served.world.shopPeople['report-manager']);
  await window.goto(`${shop}/sources`);
  await window.getByText('Google organic').first().waitFor();
  assert.equal(await window.getByRole('link', { name: 'Add sources' }).count(), 0);
  assert.equal(await window.getByRole('button', { name: /Move/ }).count(), 0);
  for (const path of ['sources', 'target-numbers', 'pools', 'tracking-code', 'visitors']) {
    await window.goto(`${shop}/${path}`);
    await served.picture(window, `swapping-phone-${path}`);
  }
  await window.goto(`${shop}/visitors`);
  await window.getByRole('heading', { name: 'Visitors', level: 1 }).waitFor();
  const other = await served.open();
  await served.signIn(other, served.world.cast.callAgent);
  assert.equal((await other.goto(`${shop}/sources`))?.status(), 403);
  assert.equal(await other.getByRole('link', { name: 'Tracking Sources' }).count(), 0);
});
