import assert from 'node:assert/strict';
import { before, beforeEach, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Page } from 'playwright-core';
import { tellOwner } from '../../src/platform/live.ts';
import { type ServedWorld, serveWorld } from './product.ts';

/* Pages that hear of changes: none is missed, and none takes away what a person is at. */

let served: ServedWorld;
let page: Page;
let numberPage: string;
let names = 0;
/** Long enough for a page to hear of a change. */
const heardMs = 1_000;

before(async () => {
  served = await serveWorld();
  const { world } = served;
  const { trackingNumberId } = await world.rent(world.shopId, world.cast.shopOwner.actor);
  numberPage = `/accounts/${world.shopId}/numbers/${trackingNumberId}`;
});

beforeEach(async () => {
  page = await served.open();
  await served.signIn(page, served.world.cast.shopOwner);
  await page.goto(`/accounts/${served.world.shopId}/calls`);
});

/** Changes what every page of the shop shows, and tells of it. */
async function change(): Promise<string> {
  const { house, shopId } = served.world;
  names += 1;
  const name = `Plumbing ${names}`;
  await house.db.transaction().execute(async (tx) => {
    await sql`update account set name = ${name} where account_id = ${shopId}`.execute(tx);
    await tellOwner(tx, shopId);
  });
  return name;
}

const shows = (name: string) => page.getByRole('banner').getByText(name, { exact: true }).waitFor();

/** Answers requests as they were answered, but holds the answers back until let go: what they say was true when they were asked. */
async function holdAnswers(address: string, method: string): Promise<{ asked: Promise<void>; letGo(): void }> {
  const asked = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  await page.route(
    address,
    async (route) => {
      if (route.request().method() !== method) return route.fallback();
      const response = await route.fetch({ maxRedirects: 0 });
      asked.resolve();
      await go.promise;
      await route.fulfill({ response });
    },
    { times: 1 },
  );
  return { asked: asked.promise, letGo: go.resolve };
}

describe('a change that is heard of', () => {
  test('while the page refreshes itself is shown as well', async () => {
    const answers = await holdAnswers('**/calls', 'GET');
    const first = await change();
    await answers.asked;
    const second = await change();
    await delay(heardMs);
    answers.letGo();
    await shows(second);
    assert.equal(await page.getByText(first, { exact: true }).count(), 0);
  });

  test('while a form is sent waits for its answer, and leaves what was said', async () => {
    const said = page.getByText('The call is on its way');
    const answers = await holdAnswers('**/test-calls', 'POST');
    await page.getByRole('button', { name: 'Call now' }).click();
    await answers.asked;
    const name = await change();
    await delay(heardMs);
    answers.letGo();
    await said.waitFor();
    await shows(name);
    await page.getByRole('table', { name: 'Calls' }).getByText('Answered').first().waitFor();
    assert.ok(await said.isVisible());
  });

  test('while a refused form says why waits until the page is left', async () => {
    await page.getByLabel('From').fill('12');
    await page.getByRole('button', { name: 'Call now' }).click();
    const why = page.getByText('Give a phone number with its area code');
    await why.waitFor();
    const name = await change();
    await delay(heardMs);
    assert.ok(await why.isVisible());
    assert.equal(await page.getByLabel('From').inputValue(), '12');
    await page.getByRole('navigation', { name: 'Menu' }).getByRole('link', { name: 'Call Log' }).click();
    await shows(name);
  });

  test('under a pop-up waits until that is closed, and leaves what was being typed', async () => {
    await page.goto(numberPage);
    await page.locator('[name=name]').fill('Half a');
    await openPopUp();
    const name = await change();
    await delay(heardMs);
    await closePopUp();
    await shows(name);
    assert.equal(await page.locator('[name=name]').inputValue(), 'Half a');
  });

  test('under a pop-up over a refused form leaves why it was refused', async () => {
    await page.goto(numberPage);
    await page.getByLabel('Receiving number').fill('12');
    await page.getByRole('button', { name: 'Save' }).click();
    const why = page.getByText('Give a phone number with its area code');
    await why.waitFor();
    await change();
    await openPopUp();
    await delay(heardMs);
    await closePopUp();
    await delay(heardMs);
    assert.ok(await why.isVisible());
    assert.equal(await page.getByLabel('Receiving number').inputValue(), '12');
  });
});

async function openPopUp(): Promise<void> {
  await page.getByRole('link', { name: 'Release Tracking Number' }).click();
  await page.getByRole('dialog').getByRole('heading').first().waitFor();
}

async function closePopUp(): Promise<void> {
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
}
