import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { readCall } from '../../src/platform/carrier/simulated/placeCall.ts';
import { until } from '../faults/startProduct.ts';
import { type ServedWorld, serveWorld } from './product.ts';

/*
 * The main job, walked in a real browser over real HTTP with signed webhooks: rent a number, take a call, close the
 * account by the help article's steps ("Canceling a Standalone Account"), come back. Steps depend on each other.
 */

let served: ServedWorld;
let page: Page;
let number: string;

before(async () => {
  served = await serveWorld();
  page = await served.open();
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

const heading = (name: string | RegExp) => page.getByRole('heading', { name, level: 1 });
const menu = (name: string) => page.getByRole('navigation', { name: 'Menu' }).getByRole('link', { name, exact: true });
const placeCall = async (): Promise<void> => {
  await menu('Call Log').click();
  await heading('Call Log').waitFor();
  await page.getByRole('button', { name: 'Call now' }).click();
  await page.getByText('The call is on its way').waitFor();
};
const lastSimulatedCall = () =>
  until('the end of the simulated call', async () => {
    const { rows } = await served.world.house.simulation!.query<{ sid: string }>(
      'select sid from simulated_carrier.call order by placed_at desc limit 1',
    );
    const call = rows[0] ? await readCall(served.world.house.simulation!, rows[0].sid) : null;
    return call?.endStatus ? call : null;
  });
const firstRow = () => page.getByRole('table', { name: 'Calls' }).locator('tbody tr').first();

step('sign in, and stand in the account: its name is at the top right', async () => {
  await served.signIn(page, served.world.cast.shopOwner);
  await heading('Anchor Plumbing').waitFor();
  await page.getByRole('banner').getByText('Anchor Plumbing').waitFor();
  await served.picture(page, '01-overview');
});

step('Numbers → Buy Numbers: search an area code, buy one; it becomes active by itself', async () => {
  await menu('Buy Numbers').click();
  await page.getByLabel('Area code').fill('303');
  await page.getByRole('button', { name: 'Search' }).click();
  await page
    .getByRole('link', { name: /^Buy \(303\)/ })
    .first()
    .waitFor();
  await served.picture(page, '02-buy-numbers');
  const buy = page.getByRole('link', { name: /^Buy \(303\)/ }).first();
  number = (await buy.getAttribute('aria-label'))!.replace('Buy ', '');
  await buy.click();
  await page.getByLabel('Receiving number').fill('(720) 555-0171');
  await page.locator('[name=name]').fill('The van');
  await page.getByLabel('Tracking source').fill('Van lettering');
  await served.picture(page, '03-buy-one');
  await page.getByRole('button', { name: /^Buy for/ }).click();
  await heading('Tracking Numbers').waitFor();
  // No reload: the page hears of the carrier's answer.
  await page.getByRole('row', { name: number }).getByText('Yes').waitFor();
  await served.picture(page, '04-tracking-numbers');
});

step('a call arrives: the log shows it while it rings, and how it ended', async () => {
  await placeCall();
  await firstRow()
    .getByText(/Ringing|In progress/)
    .waitFor();
  await served.picture(page, '05-ringing');
  await firstRow().getByText('Answered').waitFor();
  await firstRow().getByText('$0.0').waitFor();
  const call = await lastSimulatedCall();
  assert.equal(call.connectedTo, '+17205550171');
  await served.picture(page, '06-call-log');
  await firstRow().getByRole('link').first().click();
  await page.getByRole('list', { name: 'What happened' }).waitFor();
  await served.picture(page, '07-call');
});

step('Settings → Account Settings → Status → Close account → Proceed to Cancel Account', async () => {
  await menu('Account Settings').click();
  await heading('Account Settings').waitFor();
  await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Status' }).click();
  const close = page.getByRole('link', { name: 'Close account', exact: true });
  // A page that was just drawn anew has no box and no color for a moment.
  const { box, color } = await until('the closing button', async () => {
    const seen = await close.boundingBox();
    const background = await close.evaluate((element) => getComputedStyle(element).backgroundColor);
    return seen && background ? { box: seen, color: background } : null;
  });
  assert.ok(box.x > 640, 'the button stands on the right side of the page');
  assert.equal(color, 'rgb(249, 115, 22)', 'and it is orange');
  await served.picture(page, '08-settings');
  await close.click();
  await page.getByRole('button', { name: 'Proceed to Cancel Account' }).waitFor();
  assert.match(page.url(), /\/closure\/new$/, 'a screen of its own');
  await page.getByText(number).first().waitFor();
  await served.picture(page, '09-confirmation');
  await page.getByRole('button', { name: 'Proceed to Cancel Account' }).click();
  await page.getByText('This account is canceled').waitFor();
  await page.getByRole('banner').getByText('(canceled)').waitFor();
  await served.picture(page, '10-canceled');
});

step('the next call is refused, with the words of the setting', async () => {
  await placeCall();
  await firstRow().getByText('Refused').waitFor();
  const call = await lastSimulatedCall();
  assert.equal(call.connectedTo, null);
  assert.match(call.heard.join(' '), /not in service/);
  await served.picture(page, '11-refused');
});

step('the back button and a second tab can’t close it twice', async () => {
  const second = await page.context().newPage();
  await second.goto(`${served.url}/accounts/${served.world.shopId}/closure/new`);
  await second
    .getByText(/already closed|is canceled/)
    .first()
    .waitFor();
  assert.equal(await second.getByRole('button', { name: 'Proceed to Cancel Account' }).count(), 0);
  await second.close();
});

step('Reactivate Account in Status; then Tracking Numbers → Released Numbers → Restore', async () => {
  await menu('Account Settings').click();
  await page.getByRole('button', { name: 'Reactivate Account' }).click();
  await heading('Released Numbers').waitFor();
  await served.picture(page, '12-released-numbers');
  await menu('Tracking Numbers').click();
  await page.getByRole('link', { name: 'Released Numbers' }).click();
  await page.getByRole('button', { name: `Restore ${number}` }).click();
  await heading('Tracking Numbers').waitFor();
  const row = page.getByRole('row', { name: number });
  for (const kept of ['The van', 'Van lettering', '(720) 555-0171', 'Yes']) await row.getByText(kept).waitFor();
  await served.picture(page, '13-restored');
});

step('the next call connects again', async () => {
  await placeCall();
  await firstRow().getByText('Answered').waitFor();
  assert.equal((await lastSimulatedCall()).connectedTo, '+17205550171');
});

step('after the hold, the number goes back: no button, but what can be done', async () => {
  await page.goto(`${served.url}/accounts/${served.world.shopId}/numbers`);
  await page.getByRole('link', { name: `Edit ${number}` }).click();
  await page.getByRole('link', { name: 'Release Tracking Number' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Release Tracking Number' }).click();
  await heading('Released Numbers').waitFor();
  await served.world.travel(14);
  await served.world.work();
  await page.reload();
  await page.getByText('Ask support').first().waitFor();
  assert.equal(await page.getByRole('button', { name: `Restore ${number}` }).count(), 0);
  await page.getByText('Development clock').waitFor();
  await served.picture(page, '14-returned');
});
