import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { openWorld, type World } from '../../test/world.ts';
import { closeAccount } from '../lifecycle/closeAccount.ts';
import { offerClosing } from '../lifecycle/plan.ts';
import { reactivateAccount } from '../lifecycle/reactivateAccount.ts';
import { newKey } from '../platform/ids.ts';
import { record } from '../platform/operation.ts';
import { must } from '../rules/decision.ts';
import { addDays, addMonths } from '../rules/time.ts';
import { renewSubscriptions } from './renewSubscriptions.ts';
import { settleAll, settleCharges } from './settle.ts';
import {
  findBalance,
  findDriftedWallets,
  findStatement,
  findSubscription,
  type NewCharge,
  recordCharge,
} from './store.ts';
import { topUp } from './topUp.ts';

let world: World;
before(async () => {
  world = await openWorld();
});
const shop = () => world.cast.shopOwner.actor;
const db = () => world.house.db;
const charge = (over: Partial<NewCharge>): NewCharge => ({
  ownerId: world.shopId,
  cause: 'call',
  causeKey: newKey(),
  at: new Date(),
  description: 'Incoming call, 1 min',
  unitMicros: 45_000n,
  payerId: world.shopId,
  ...over,
});
const close = async () => {
  const { hash: planHash, terms } = must(await offerClosing(db(), world.shopId, await world.now()));
  must(await closeAccount(world.house, shop(), world.shopId, { planHash, terms, why: null }, newKey()));
  return (
    await db()
      .selectFrom('closure')
      .select('closedAt')
      .where('accountId', '=', world.shopId)
      .where('reactivatedAt', 'is', null)
      .executeTakeFirstOrThrow()
  ).closedAt;
};
const subscriptionCharges = () =>
  db()
    .selectFrom('charge')
    .select('at')
    .where('ownerId', '=', world.shopId)
    .where('cause', '=', 'subscription')
    .orderBy('at')
    .execute();

test('what one customer pays: the first month, a top-up, and a statement whose last balance is the balance', async () => {
  assert.equal((await findBalance(db(), world.shopId)).availableMicros, 921_000_000n, '$1,000 less $79');
  must(await topUp(world.house, shop(), world.shopId, 50_000_000n, newKey()));
  const [newest] = await findStatement(db(), world.shopId, 10);
  assert.equal(newest!.balanceAfterMicros, (await findBalance(db(), world.shopId)).availableMicros);
});

test('absurd top-ups are refused, and a sub-account paid by its agency has no balance to top up', async () => {
  for (const amount of [0n, -5_000_000n, 9_999_999n, 10_000_000_001n]) {
    const decision = await topUp(world.house, shop(), world.shopId, amount, newKey());
    assert.equal(!decision.ok && decision.refusal.code, 'invalid-input');
  }
  const client = await topUp(world.house, world.cast.clientAdmin.actor, world.clientId, 50_000_000n, newKey());
  assert.equal(!client.ok && client.refusal.code, 'paid-by-agency');
});

test('one key, one top-up: five at once add the money once', async () => {
  const before = (await findBalance(db(), world.shopId)).availableMicros;
  const key = newKey();
  await Promise.all(Array.from({ length: 5 }, () => topUp(world.house, shop(), world.shopId, 20_000_000n, key)));
  assert.equal((await findBalance(db(), world.shopId)).availableMicros, before + 20_000_000n);
});

test('the same event charges once; charges settle once, however many settle at the same time', async () => {
  const before = (await findBalance(db(), world.shopId)).availableMicros;
  const causeKey = newKey();
  const written = await Promise.all([1, 2, 3].map(() => record(db(), (tx) => recordCharge(tx, charge({ causeKey })))));
  assert.equal(written.filter(Boolean).length, 1);
  for (let call = 0; call < 20; call += 1) await record(db(), (tx) => recordCharge(tx, charge({})));
  assert.equal(
    (await findBalance(db(), world.shopId)).availableMicros,
    before - 21n * 45_000n,
    'what is not settled yet counts already',
  );
  await Promise.all([
    settleAll(db()),
    settleAll(db()),
    record(db(), (tx, now) => settleCharges(tx, world.shopId, world.shopId, now)),
  ]);
  assert.equal((await findBalance(db(), world.shopId)).availableMicros, before - 21n * 45_000n);
  assert.deepEqual(await findDriftedWallets(db()), []);
});

describe('a closure', () => {
  test('refuses charges inside it, by the statement that writes: its first instant is inside, its end is not', async () => {
    const closedAt = await close();
    const at = (ms: number) =>
      record(db(), (tx) => recordCharge(tx, charge({ at: new Date(closedAt.getTime() + ms) })));
    assert.equal(await at(-1), true);
    assert.equal(await at(0), false);
    assert.equal(await at(86_400_000), false);
    await world.travel(3);
    must(await reactivateAccount(world.house, shop(), world.shopId, { restoreNumbers: false }, newKey()));
    const { reactivatedAt } = await db()
      .selectFrom('closure')
      .select('reactivatedAt')
      .where('accountId', '=', world.shopId)
      .executeTakeFirstOrThrow();
    assert.equal(await at(86_400_000), false, 'not afterwards either');
    assert.equal(await at(reactivatedAt!.getTime() - closedAt.getTime() - 1), false);
    assert.equal(await at(reactivatedAt!.getTime() - closedAt.getTime()), true);
  });

  test('inside the month already paid the return is free; after it one month is charged, from then', async () => {
    const paid = await findSubscription(db(), world.shopId);
    const before = await subscriptionCharges();
    await close();
    await world.travelTo(addDays(paid!.paidUntil, 2));
    await renewSubscriptions(db());
    assert.equal((await subscriptionCharges()).length, before.length, 'nothing renews while it is closed');
    const charged = must(
      await reactivateAccount(world.house, shop(), world.shopId, { restoreNumbers: false }, newKey()),
    );
    assert.equal(charged.chargedMicros, '79000000');
    const renewed = await findSubscription(db(), world.shopId);
    assert.equal((await subscriptionCharges()).length, before.length + 1);
    assert.equal(renewed!.paidUntil.getTime(), addMonths(renewed!.anchor, 1, 'America/New_York').getTime());
  });
});

describe('renewals', () => {
  test('after three months away every month is charged once, each at its own moment', async () => {
    must(await topUp(world.house, shop(), world.shopId, 5_000_000_000n, newKey()));
    const { anchor, paidUntil } = (await findSubscription(db(), world.shopId))!;
    const before = await subscriptionCharges();
    await world.travelTo(addDays(paidUntil, 65));
    await Promise.all([renewSubscriptions(db()), renewSubscriptions(db())]);
    await renewSubscriptions(db());
    const added = (await subscriptionCharges()).slice(before.length).map((each) => each.at.toISOString());
    const expected = [1, 2, 3].map((months) => addMonths(anchor, months, 'America/New_York').toISOString());
    assert.deepEqual(added, expected);
  });

  test('a month that began before the closing is owed, even when the sweep comes later', async () => {
    const { paidUntil } = (await findSubscription(db(), world.shopId))!;
    const before = await subscriptionCharges();
    await world.travelTo(addDays(paidUntil, 1));
    await close();
    await renewSubscriptions(db());
    const after = await subscriptionCharges();
    assert.equal(after.length, before.length + 1);
    assert.deepEqual(after.at(-1)!.at, paidUntil);
    assert.deepEqual(await findDriftedWallets(db()), []);
  });
});
