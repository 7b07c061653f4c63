import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { closeAccount } from '../../src/lifecycle/closeAccount.ts';
import { openSubAccount } from '../../src/lifecycle/openSubAccount.ts';
import { offerClosing } from '../../src/lifecycle/plan.ts';
import { placeCall, readCall, type SimulatedCall } from '../../src/platform/carrier/simulated/placeCall.ts';
import { newKey } from '../../src/platform/ids.ts';
import { must } from '../../src/rules/decision.ts';
import { until } from '../faults/startProduct.ts';
import { type ServedWorld, serveWorld } from '../pages/product.ts';
import { type CastName, password, type World } from '../world.ts';

/*
 * What the stories share. A story walks one section of the help article in a real browser, over real HTTP with signed
 * webhooks; its steps depend on each other.
 */

export const orange = 'rgb(249, 115, 22)';
export const red = 'rgb(185, 28, 28)';

let broken: string | null = null;

/** A step that can't succeed after a failed one says so at once. */
export function step(name: string, walk: () => Promise<void>): void {
  test(name, async () => {
    assert.equal(broken, null, 'a step before this one failed');
    broken = name;
    await walk();
    broken = null;
  });
}

/** A window with somebody in front of it, and what they find by eye. */
export interface Reader {
  page: Page;
  heading(name: string | RegExp): Locator;
  menu(name: string): Locator;
  /** A section of a settings page, by the left-hand navigation. */
  section(name: string): Locator;
  /** The name and the label at the top right. */
  topRight(text: string): Locator;
  dialog: Locator;
}

export interface Story extends Reader {
  served: ServedWorld;
  world: World;
  signIn(name: CastName): Promise<void>;
  /** Picks a place from the start page, for whoever has several. */
  stand(where: string): Promise<void>;
  picture(name: string): Promise<void>;
  /** Another window, with cookies of its own. */
  another(name: CastName, options?: Parameters<ServedWorld['open']>[0]): Promise<Reader>;
  /** Somebody dials a number; answers how that ended. */
  ring(phoneNumber: string, talkSeconds?: number): Promise<SimulatedCall>;
}

const read = (page: Page): Reader => ({
  page,
  heading: (name) => page.getByRole('heading', { name, level: 1 }),
  menu: (name) => page.getByRole('navigation', { name: 'Menu' }).getByRole('link', { name, exact: true }),
  section: (name) => page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name }),
  topRight: (text) => page.getByRole('banner').getByText(text).first(),
  dialog: page.getByRole('dialog'),
});

export async function openStory(): Promise<Story> {
  const served = await serveWorld();
  const { world } = served;
  const page = await served.open();
  return {
    ...read(page),
    served,
    world,
    signIn: (name) => served.signIn(page, world.cast[name]),
    async stand(where) {
      await page.getByRole('main').getByRole('link', { name: where, exact: true }).click();
      await page.getByRole('banner').getByText(where).first().waitFor();
    },
    picture: (name) => served.picture(page, name),
    async another(name, options) {
      const theirs = await served.open(options);
      await served.signIn(theirs, world.cast[name]);
      return read(theirs);
    },
    async ring(phoneNumber, talkSeconds = 0.1) {
      const sid = await placeCall(world.house.simulation!, {
        from: '+12125550177',
        to: phoneNumber,
        ringSeconds: 0.1,
        talkSeconds,
      });
      return endOf(world, sid);
    },
  };
}

export const endOf = (world: World, callSid: string): Promise<SimulatedCall> =>
  until('the end of the simulated call', async () => {
    const call = await readCall(world.house.simulation!, callSid);
    return call?.endStatus ? call : null;
  });

/** Where something stands in the window, and its color; a page that was just drawn anew has neither for a moment. */
export const look = (what: Locator) =>
  until('something to look at', async () => {
    const box = await what.boundingBox();
    const color = await what.evaluate((element) => getComputedStyle(element).backgroundColor);
    return box && color ? { ...box, middle: box.x + box.width / 2, color } : null;
  });

/** What happened before a story begins. */
export async function closed({ world }: Story, accountId: number, by: CastName = 'agencyOwner'): Promise<void> {
  const { hash: planHash, terms } = must(await offerClosing(world.house.db, accountId, await world.now()));
  const { actor } = world.cast[by];
  must(await closeAccount(world.house, actor, accountId, { planHash, terms, why: null }, newKey()));
}

export async function openedBefore({ world }: Story, name: string): Promise<number> {
  const { email, actor } = world.cast.agencyOwner;
  const wanted = { name, timeZone: 'America/Denver', personName: 'Agency Owner', email, password };
  return must(await openSubAccount(world.house, actor, world.agencyId, wanted, newKey()));
}
