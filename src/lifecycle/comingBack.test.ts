import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { openWorld, password, type World } from '../../test/world.ts';
import { findAccount } from '../accounts/store.ts';
import { turnSwitch } from '../accounts/turnSwitch.ts';
import { findAgency } from '../agencies/store.ts';
import { findDriftedWallets, findSubscription } from '../billing/store.ts';
import { restoreNumber } from '../numbers/restore.ts';
import { findNumber } from '../numbers/store.ts';
import { newKey } from '../platform/ids.ts';
import { type Deed, perform } from '../platform/operation.ts';
import { type Decision, must } from '../rules/decision.ts';
import { offerAgencyClosing } from './agencyPlan.ts';
import { bringAgencyBack, bringBackAlone } from './bringBack.ts';
import { cancelAgency } from './cancelAgency.ts';
import { closeAccount } from './closeAccount.ts';
import { openSubAccount } from './openSubAccount.ts';
import { offerClosing } from './plan.ts';
import { reactivateAccount } from './reactivateAccount.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});

const codeOf = (decision: Decision<unknown>) => (decision.ok ? 'done' : decision.refusal.code);
const account = async (accountId: number) => (await findAccount(world.house.db, accountId, await world.now()))!;
const agency = async () => (await findAgency(world.house.db, world.agencyId, await world.now()))!;

async function close(accountId: number, who: keyof World['cast']): Promise<void> {
  const { hash: planHash, terms } = must(await offerClosing(world.house.db, accountId, await world.now()));
  must(await closeAccount(world.house, world.cast[who].actor, accountId, { planHash, terms, why: null }, newKey()));
}

async function cancel(): Promise<void> {
  const { hash: planHash, terms } = must(await offerAgencyClosing(world.house.db, world.agencyId, await world.now()));
  const confirmation = { planHash, terms, name: 'Northwind Agency', password, reason: null, why: null };
  must(await cancelAgency(world.house, world.cast.agencyOwner.actor, world.agencyId, confirmation, newKey()));
}

const asSupport = (
  action: 'reactivate-agency' | 'reactivate-as-standalone',
  ownerId: number,
  work: (deed: Deed) => Promise<void>,
  who: keyof World['cast'] = 'supportAgent',
) =>
  perform(world.house, { action, actor: world.cast[who].actor, ownerId, key: newKey(), input: {} }, async (deed) => {
    await work(deed);
    return true;
  });

describe('an account with its numbers, in one step', () => {
  test('everything that is held comes back as it was; inside the paid month it is free', async () => {
    const { shopOwner } = world.cast;
    const numbers = [await world.rent(world.shopId, shopOwner.actor), await world.rent(world.shopId, shopOwner.actor)];
    must(await turnSwitch(world.house, shopOwner.actor, world.shopId, 'pause', 'quiet', newKey()));
    const before = await Promise.all(
      numbers.map((each) => findNumber(world.house.db, world.shopId, each.trackingNumberId, each.boughtAt!)),
    );
    await close(world.shopId, 'shopOwner');
    await world.travel(5);
    const came = must(
      await reactivateAccount(world.house, shopOwner.actor, world.shopId, { restoreNumbers: true }, newKey()),
    );
    assert.deepEqual(came, { chargedMicros: '0', restoredNumbers: 2, numbersMicros: '0' });
    const after = await Promise.all(
      numbers.map((each) => findNumber(world.house.db, world.shopId, each.trackingNumberId, each.boughtAt!)),
    );
    assert.deepEqual(after, before, 'source, routing, name, paid month');
    assert.equal((await account(world.shopId)).standing, 'paused', 'and its switches');
  });

  test('past the paid month a new one begins, at the price that was shown, once', async () => {
    const { shopOwner } = world.cast;
    const { trackingNumberId, monthlyPriceMicros } = await world.rent(world.shopId, shopOwner.actor);
    await world.travel(25);
    await close(world.shopId, 'shopOwner');
    await world.travel(10);
    const came = must(
      await reactivateAccount(world.house, shopOwner.actor, world.shopId, { restoreNumbers: true }, newKey()),
    );
    assert.equal(came.numbersMicros, String(monthlyPriceMicros));
    await world.work();
    await world.work();
    const { rows } = await world.house.pool.query(
      "select at from charge where tracking_number_id = $1 and cause = 'number' order by at",
      [trackingNumberId],
    );
    assert.equal(rows.length, 2, 'the first month, and the one that began at the return');
    assert.deepEqual(await findDriftedWallets(world.house.db), []);
  });

  test('a sub-account stands among the canceled ones to the end of its sixty days, and then in no list', async () => {
    const listed = async (status: string) => {
      const url = `/agencies/${world.agencyId}/accounts?status=${status}`;
      return (await world.ask(world.cast.agencyOwner, { method: 'GET', url })).body.includes('Edit Riverside Dental');
    };
    await close(world.clientId, 'clientAdmin');
    const { reactivatableUntil } = (await account(world.clientId)).closure!;
    await world.travelTo(new Date(reactivatableUntil.getTime() - 60_000));
    assert.equal(await listed('canceled'), true);
    await world.travelTo(reactivatableUntil);
    for (const status of ['active', 'canceled', 'all']) assert.equal(await listed(status), false, status);
  });

  test('what was returned stays gone; what was released earlier comes while its own hold lasts', async () => {
    const { shopOwner } = world.cast;
    await world.rent(world.shopId, shopOwner.actor);
    await close(world.shopId, 'shopOwner');
    await world.travel(15);
    await world.work();
    const came = must(
      await reactivateAccount(world.house, shopOwner.actor, world.shopId, { restoreNumbers: true }, newKey()),
    );
    assert.equal(came.restoredNumbers, 0);
  });
});

describe('an agency, by the support desk', () => {
  test('comes back with the sub-accounts and numbers that were chosen; the others stay canceled', async () => {
    const owner = world.cast.agencyOwner.actor;
    const wanted = {
      name: 'Second Client',
      timeZone: 'UTC',
      personName: 'x',
      email: world.cast.clientAdmin.email,
      password: '',
    };
    const second = must(await openSubAccount(world.house, owner, world.agencyId, wanted, newKey()));
    const number = await world.rent(world.clientId, owner);
    const left = await world.rent(second, owner);
    await cancel();
    const chosen = { accountIds: [world.clientId], numbers: 'all' as const };
    const back = (who: keyof World['cast'] = 'supportAgent') =>
      asSupport('reactivate-agency', world.agencyId, (deed) => bringAgencyBack(deed, world.agencyId, chosen), who);
    assert.equal(codeOf(await back()), 'still-closing');
    await world.work();
    for (const who of ['agencyOwner', 'operator', 'stranger'] as const)
      assert.notEqual(codeOf(await back(who)), 'done', `${who} can't`);
    await world.travel(3);
    assert.equal(codeOf(await back()), 'done');
    assert.equal(codeOf(await back()), 'not-closed');
    assert.equal((await agency()).standing, 'open');
    assert.equal((await account(world.clientId)).standing, 'open');
    assert.equal(
      (await findNumber(world.house.db, world.clientId, number.trackingNumberId, await world.now()))!.release,
      null,
    );
    assert.equal((await account(second)).standing, 'canceled');
    assert.ok((await findNumber(world.house.db, second, left.trackingNumberId, await world.now()))!.release);
    // Under a living agency it is an ordinary canceled sub-account again.
    must(await reactivateAccount(world.house, owner, second, { restoreNumbers: false }, newKey()));
    must(await restoreNumber(world.house, owner, second, left.trackingNumberId, newKey()));
  });

  test('a sub-account that was closed by itself before stays closed when the agency comes back', async () => {
    await close(world.clientId, 'clientAdmin');
    await world.travel(1);
    await cancel();
    await world.work();
    const none = { accountIds: [], numbers: 'all' as const };
    assert.equal(
      codeOf(
        await asSupport('reactivate-agency', world.agencyId, (deed) => bringAgencyBack(deed, world.agencyId, none)),
      ),
      'done',
    );
    assert.equal((await account(world.clientId)).standing, 'canceled');
    const theirs = { accountIds: [world.clientId], numbers: [] };
    assert.equal(
      codeOf(
        await asSupport('reactivate-agency', world.agencyId, (deed) => bringAgencyBack(deed, world.agencyId, theirs)),
      ),
      'not-closed',
    );
  });

  test('one sub-account alone: standalone, with its own plan and wallet, its id and people', async () => {
    const number = await world.rent(world.clientId, world.cast.agencyOwner.actor);
    await cancel();
    await world.work();
    const chosen = { planCode: 'starter', numbers: 'all' as const };
    const alone = (planCode = 'starter') =>
      asSupport('reactivate-as-standalone', world.clientId, (deed) =>
        bringBackAlone(deed, world.clientId, { ...chosen, planCode }),
      );
    assert.equal(codeOf(await alone('agency')), 'invalid-input');
    assert.equal((await account(world.clientId)).agencyId, world.agencyId, 'a refusal leaves it where it was');
    assert.equal(codeOf(await alone()), 'done');
    const { agencyId, payer, standing, arrears } = await account(world.clientId);
    assert.deepEqual([agencyId, payer, standing], [null, 'own', 'open']);
    assert.equal(
      arrears!.noFundsFrom.getTime() - arrears!.beganAt.getTime(),
      15 * 86_400_000,
      'its first month is owed: its people have fifteen days to top up',
    );
    assert.equal((await findSubscription(world.house.db, world.clientId))!.plan.planCode, 'starter');
    assert.equal(
      (await findNumber(world.house.db, world.clientId, number.trackingNumberId, await world.now()))!.release,
      null,
    );
    const priced = await findNumber(world.house.db, world.clientId, number.trackingNumberId, await world.now());
    assert.equal(priced!.monthlyPriceMicros, 3_500_000n, 'at the price of its own plan from now on');
    const asOwner = await world.ask(world.cast.agencyOwner, { method: 'GET', url: `/accounts/${world.clientId}` });
    assert.equal(asOwner.statusCode, 404, 'the agency’s people have no more to do with it');
    assert.equal(
      (await world.ask(world.cast.clientAdmin, { method: 'GET', url: `/accounts/${world.clientId}` })).statusCode,
      200,
    );
    assert.equal((await agency()).standing, 'canceled');
    assert.deepEqual(await findDriftedWallets(world.house.db), []);
  });

  test('both are refused from day 60 on', async () => {
    await cancel();
    await world.work();
    const until = (await agency()).closure!.reactivatableUntil;
    await world.travelTo(until);
    const all = { accountIds: [world.clientId], numbers: [] };
    assert.equal(
      codeOf(
        await asSupport('reactivate-agency', world.agencyId, (deed) => bringAgencyBack(deed, world.agencyId, all)),
      ),
      'purged',
    );
    assert.equal(
      codeOf(
        await asSupport('reactivate-as-standalone', world.clientId, (deed) =>
          bringBackAlone(deed, world.clientId, { planCode: 'starter', numbers: [] }),
        ),
      ),
      'purged',
    );
  });
});
