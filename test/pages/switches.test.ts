import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { readCall } from '../../src/platform/carrier/simulated/placeCall.ts';
import { formatPhone } from '../../src/web/format.ts';
import { until } from '../faults/startProduct.ts';
import { type ServedWorld, serveWorld } from './product.ts';

/*
 * Pausing and stopping one number, then everything of an agency, in a real browser. Steps depend on each other; the
 * number belongs to a sub-account, whose balance is its agency's.
 */

let served: ServedWorld;
let page: Page;
let number: string;
let numberAddress: string;

before(async () => {
  served = await serveWorld();
  const { world } = served;
  const rented = await world.rent(world.clientId, world.cast.clientAdmin.actor);
  number = formatPhone(rented.phoneNumber);
  numberAddress = `/accounts/${world.clientId}/numbers/${rented.trackingNumberId}`;
  page = await served.open();
  await served.signIn(page, world.cast.agencyOwner);
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

const openList = () => page.goto(`/accounts/${served.world.clientId}/numbers`);
const openStatus = () => page.goto(`/accounts/${served.world.clientId}/settings#status`);
const openParentStatus = () => page.goto(`/agencies/${served.world.agencyId}/settings#status`);
const row = () => page.getByRole('row', { name: number });
const press = (name: string | RegExp) => page.getByRole('button', { name }).click();
const isGrey = async () => (await row().getAttribute('class'))?.includes('row-grey') ?? false;
const labelAtTopRight = () =>
  page
    .getByRole('banner')
    .getByText(/\((?:paused|stopped)\)/)
    .first();

/** Where the simulated carrier connects a call to the number; null when it is refused. */
async function ring(): Promise<string | null> {
  const simulation = served.world.house.simulation!;
  const count = async () => (await simulation.query('select from simulated_carrier.call')).rows.length;
  const earlier = await count();
  await page.goto(`/accounts/${served.world.clientId}/calls`);
  await press('Call now');
  const call = await until('the end of the simulated call', async () => {
    if ((await count()) === earlier) return null;
    const { rows } = await simulation.query<{ sid: string }>(
      'select sid from simulated_carrier.call order by placed_at desc limit 1',
    );
    const placed = await readCall(simulation, rows[0]!.sid);
    return placed?.endStatus ? placed : null;
  });
  return call.connectedTo;
}

step('Tracking Numbers, Type column: (pause) makes the row grey and offers (resume); calls still connect', async () => {
  await openList();
  assert.equal(await isGrey(), false);
  await press(`(pause) ${number}`);
  await row().getByText('(resume)').waitFor();
  assert.equal(await isGrey(), true);
  await served.picture(page, 'switches-01-paused-number');
  assert.ok(await ring(), 'the call connects');
});

step('Active column: Yes becomes No (Stop Calls), and the next call is refused', async () => {
  await openList();
  await press(`Yes. Stop Calls: ${number}`);
  await row().getByText('No (Stop Calls)').waitFor();
  await row().getByText('off with its calls').waitFor();
  assert.equal(await isGrey(), true);
  await served.picture(page, 'switches-02-stopped-number');
  assert.equal(await ring(), null, 'the call is refused');
});

step('its edit page says who, when, and what the agency goes on being charged', async () => {
  await page.goto(numberAddress);
  for (const now of ['This number is paused', 'Calls to this number are stopped']) await page.getByText(now).waitFor();
  await page
    .getByText(
      /Since .* by Agency Owner\..*Still charged to the available balance of Northwind Agency: \$[\d.]+ a month/,
    )
    .first()
    .waitFor();
  await page.getByRole('link', { name: 'Release Tracking Number' }).waitFor();
  await served.picture(page, 'switches-03-number');
});

step('resumed in the list, in both columns, it is as before', async () => {
  await openList();
  await press(`No (Stop Calls). Resume: ${number}`);
  await press(`(resume) ${number}`);
  await row().getByText('(pause)').waitFor();
  assert.equal(await isGrey(), false);
});

step(
  'Parent Settings → Status: Pause Tracking Code, for all sub-accounts, with what goes on being charged',
  async () => {
    await openParentStatus();
    await page
      .getByText(/Still charged: \$[\d.]+ for the plan on .*\$[\d.]+ a month for 1 number \(next on .*usage of calls/)
      .waitFor();
    await page.getByLabel('Why: Pause Tracking Code').fill('The websites move');
    await press('Pause Tracking Code');
    await page.getByText('Number swapping is paused for all sub-accounts').waitFor();
    await served.picture(page, 'switches-04-agency');
    await openStatus();
    assert.equal(await labelAtTopRight().textContent(), '(paused)');
    await page.getByText('Paused by the agency').waitFor();
    await page.getByText(/Since .* by Agency Owner: The websites move\. It holds for every sub-account/).waitFor();
    await openList();
    await row().getByText('paused by the agency').waitFor();
    assert.equal(await isGrey(), true);
    assert.equal(await page.getByRole('button', { name: '(resume)' }).count(), 0, 'a button would do nothing');
    assert.ok(await ring());
  },
);

step('the label is the strongest of all; the sub-account’s own Resume ends only its own', async () => {
  await openStatus();
  await page.getByLabel('Why: Stop Incoming Calls').fill('We move house');
  await served.picture(page, 'switches-06-why');
  await press('Stop Incoming Calls');
  await page.getByText(/by Agency Owner: We move house\./).waitFor();
  await page.getByRole('banner').getByText('(stopped)').first().waitFor();
  await openParentStatus();
  await press('Stop Incoming Calls');
  await page.getByText('Incoming calls are stopped for all sub-accounts').waitFor();
  await openStatus();
  await press('Resume Incoming Calls and Tracking Code');
  await page.getByRole('button', { name: 'Stop Incoming Calls' }).waitFor();
  assert.equal(await labelAtTopRight().textContent(), '(stopped)');
  await page.getByText('Stopped by the agency').waitFor();
  await served.picture(page, 'switches-05-sub-account');
  assert.equal(await ring(), null);
});

step('the agency resumes all: everything is as before, and an open page of a sub-account hears of it', async () => {
  const other = await page.context().newPage();
  await other.goto(`/accounts/${served.world.clientId}/numbers`);
  await other.getByText('stopped by the agency').first().waitFor();
  await openParentStatus();
  await press('Resume Incoming Calls and Tracking Code');
  await page.getByRole('button', { name: 'Stop Incoming Calls' }).waitFor();
  await press('Resume Tracking Code');
  await page.getByRole('button', { name: 'Pause Tracking Code' }).waitFor();
  await other.getByRole('row', { name: number }).getByText('(pause)').waitFor();
  assert.equal(
    await other
      .getByRole('banner')
      .getByText(/\((?:paused|stopped)\)/)
      .count(),
    0,
  );
  await other.close();
  assert.ok(await ring());
});
