import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { endSwitch, findAccount, lockAccount, recordSwitch } from '../../src/accounts/store.ts';
import { findBalance, findDriftedWallets } from '../../src/billing/store.ts';
import { answerCall } from '../../src/calls/answer.ts';
import { closeAccount } from '../../src/lifecycle/closeAccount.ts';
import { offerClosing } from '../../src/lifecycle/plan.ts';
import { reactivateAccount } from '../../src/lifecycle/reactivateAccount.ts';
import { buyNumber } from '../../src/numbers/buy.ts';
import { orderReturns } from '../../src/numbers/orderReturns.ts';
import { releaseNumber } from '../../src/numbers/release.ts';
import { restoreNumber } from '../../src/numbers/restore.ts';
import { sendCommands } from '../../src/numbers/sendCommands.ts';
import { findNumber, findNumbers } from '../../src/numbers/store.ts';
import { changeCarrierSettings, countEffects } from '../../src/platform/carrier/simulated/settings.ts';
import { newKey } from '../../src/platform/ids.ts';
import { type Actor, record } from '../../src/platform/operation.ts';
import { type Decision, must } from '../../src/rules/decision.ts';
import { until } from '../faults/startProduct.ts';
import { openWorld, type World } from '../world.ts';

/* Every pair of doors that can be used at once, on real connections. Whoever wins, one consistent outcome. */

let world: World;
let shop: Actor;
before(async () => {
  world = await openWorld();
  shop = world.cast.shopOwner.actor;
  await changeCarrierSettings(world.house.simulation!, { requestsPerSecond: null });
});

const codeOf = (decision: Decision<unknown>): string => (decision.ok ? 'ok' : decision.refusal.code);

async function close(accountId: number, actor: Actor): Promise<Decision<number>> {
  const offered = await offerClosing(world.house.db, accountId, await world.now());
  if (!offered.ok) return offered;
  const { hash: planHash, terms } = offered.value;
  return closeAccount(world.house, actor, accountId, { planHash, terms, why: null }, newKey());
}

const reopen = () => reactivateAccount(world.house, shop, world.shopId, { restoreNumbers: false }, newKey());

async function offerAt(index: number): Promise<string> {
  const offers = await world.house.carrier.search({ country: 'US', kind: 'local', areaCode: '303', limit: 20 });
  return offers[index]!.phoneNumber;
}

const purchaseOf = (phoneNumber: string) => ({
  phoneNumber,
  name: null,
  source: null,
  receivingNumber: '+12125550199',
});

function ring(to: string) {
  const nowhere = { city: null, region: null, postalCode: null, country: null };
  const callSid = `CA${newKey().replaceAll('-', '')}`;
  return answerCall(world.house, {
    callSid,
    carrierAccountSid: 'AC0',
    from: '+13125550111',
    to,
    callerName: null,
    forwardedFrom: null,
    fromPlace: nowhere,
    toPlace: nowhere,
    verification: null,
  });
}

describe('closing against …', () => {
  test('… closing: two admins at once, one closure; the other is told', async () => {
    await world.rent(world.shopId, shop);
    const second = world.shopPeople.administrator.actor;
    const outcomes = await Promise.all([
      close(world.shopId, shop),
      close(world.shopId, second),
      close(world.shopId, shop),
    ]);
    assert.equal(outcomes.filter((each) => each.ok).length, 1);
    for (const each of outcomes)
      if (!each.ok) assert.ok(['already-closed', 'account-canceled'].includes(each.refusal.code), each.refusal.code);
    const { rows } = await world.house.pool.query(
      'select count(*)::int as open from closure where account_id = $1 and reactivated_at is null',
      [world.shopId],
    );
    assert.equal(rows[0].open, 1);
    must(await reopen());
  });

  test('… a double click: one key, one closure, the same answer twice', async () => {
    await world.rent(world.shopId, shop);
    const { hash: planHash, terms } = must(await offerClosing(world.house.db, world.shopId, await world.now()));
    const key = newKey();
    const confirm = () => closeAccount(world.house, shop, world.shopId, { planHash, terms, why: null }, key);
    const [first, again] = await Promise.all([confirm(), confirm()]);
    assert.deepEqual(first, again);
    assert.equal(first.ok, true);
    const reused = await closeAccount(world.house, shop, world.shopId, { planHash, terms, why: 'another' }, key);
    assert.equal(codeOf(reused), 'key-reused');
    must(await reopen());
  });

  test('… reactivating: one after the other, never half', async () => {
    must(await close(world.shopId, shop));
    const outcomes = await Promise.all([reopen(), close(world.shopId, shop), reopen()]);
    const account = await findAccount(world.house.db, world.shopId, await world.now());
    const wins = outcomes.filter((each) => each.ok).length;
    assert.ok(wins >= 1);
    assert.equal(account!.closure === null, outcomes[1]!.ok ? wins === 3 : true);
    if (account!.closure) must(await reopen());
  });

  test('… buying: the number is in use, in the hold, or was never bought; the carrier agrees', async () => {
    for (let round = 0; round < 5; round += 1) {
      const phoneNumber = await offerAt(round);
      const buying = buyNumber(world.house, shop, world.shopId, purchaseOf(phoneNumber), newKey()).then(
        async (decision) => {
          await sendCommands(world.house);
          return decision;
        },
      );
      const [bought, closed] = await Promise.all([buying, close(world.shopId, shop)]);
      await sendCommands(world.house);
      const now = await world.now();
      const number = bought.ok
        ? await findNumber(world.house.db, world.shopId, bought.value.trackingNumberId, now)
        : null;
      const isRented = (await world.house.carrier.find(phoneNumber)) !== null;
      assert.equal(isRented, Boolean(number?.boughtAt), `round ${round}`);
      if (number?.boughtAt && closed.ok) assert.ok(number.release, 'bought while closing: straight into the hold');
      const { rows } = await world.house.pool.query(
        'select count(*)::int as inside from charge h join closure c on c.account_id = h.owner_id where h.owner_id = $1 and c.closed_at <= h.at and (c.reactivated_at is null or h.at < c.reactivated_at)',
        [world.shopId],
      );
      assert.equal(rows[0].inside, 0, 'nothing is charged inside a closure');
      if (closed.ok) must(await reopen());
    }
  });

  test('… restoring: in use when the restore was first, held when the closing was', async () => {
    const number = await world.rent(world.shopId, shop);
    must(await releaseNumber(world.house, shop, world.shopId, number.trackingNumberId, newKey()));
    const [restored, closed] = await Promise.all([
      restoreNumber(world.house, shop, world.shopId, number.trackingNumberId, newKey()),
      close(world.shopId, shop),
    ]);
    const after = await findNumber(world.house.db, world.shopId, number.trackingNumberId, await world.now());
    if (closed.ok) assert.ok(after!.release, 'a closed account uses no number');
    else assert.equal(codeOf(closed), 'plan-changed', 'the plan named other numbers');
    if (!restored.ok) assert.equal(restored.refusal.code, 'account-canceled');
    if (closed.ok) must(await reopen());
  });

  test('… an incoming call: every call that was forwarded was answered before the closing', async () => {
    const number = await world.rent(world.shopId, shop);
    const calls = Array.from({ length: 12 }, () => ring(number.phoneNumber));
    const [closed, ...answers] = await Promise.all([close(world.shopId, shop), ...calls]);
    must(closed);
    const last = await ring(number.phoneNumber);
    assert.equal(last.kind, 'refuse');
    const { rows } = await world.house.pool.query(
      'select count(*)::int as n from call where account_id = $1 and tracking_number_id = $2',
      [world.shopId, number.trackingNumberId],
    );
    assert.equal(rows[0].n, answers.length + 1, 'every call is in the log');
    must(await reopen());
  });
});

/** Until so many statements stand before somebody else's lock. */
const waiting = (what: string) =>
  until(what, async () => {
    const { rowCount } = await world.house.pool.query(
      "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    return rowCount === 1;
  });

test('a call that waits for a deed is routed by what the deed left', async () => {
  const number = await world.rent(world.shopId, shop);
  const { db } = world.house;
  let answer: ReturnType<typeof ring> | undefined;
  await db.transaction().execute(async (tx) => {
    await lockAccount(tx, world.shopId);
    answer = ring(number.phoneNumber);
    await waiting('a call that waits');
    await recordSwitch(tx, world.shopId, 'stop', 'somebody', null, await world.now());
  });
  assert.equal((await answer)?.kind, 'refuse');
  await record(db, (tx, now) => endSwitch(tx, world.shopId, 'stop', 'somebody', now));
});

test('restoring against the return to the carrier: exactly one of them', async () => {
  for (let round = 0; round < 4; round += 1) {
    const number = await world.rent(world.shopId, shop);
    must(await releaseNumber(world.house, shop, world.shopId, number.trackingNumberId, newKey()));
    const { release } = (await findNumber(world.house.db, world.shopId, number.trackingNumberId, await world.now()))!;
    await world.travelTo(new Date(release!.restorableUntil.getTime() - 15));
    const [restored] = await Promise.all([
      restoreNumber(world.house, shop, world.shopId, number.trackingNumberId, newKey()),
      orderReturns(world.house),
    ]);
    await world.travel(0.001);
    await world.work();
    const after = await findNumber(world.house.db, world.shopId, number.trackingNumberId, await world.now());
    const isRented = (await world.house.carrier.find(number.phoneNumber)) !== null;
    assert.equal(after!.release === null, restored.ok);
    assert.equal(isRented, restored.ok, 'the carrier’s books say the same');
    if (!restored.ok) assert.equal(restored.refusal.code, 'too-late-to-restore');
  }
});

test('closed, and the clock set back an hour: it comes back all the same, with its numbers', async () => {
  const number = await world.rent(world.shopId, shop);
  const { hash: planHash, terms } = must(await offerClosing(world.house.db, world.shopId, await world.now()));
  must(await closeAccount(world.house, shop, world.shopId, { planHash, terms, why: null }, newKey()));
  await world.house.pool.query('update clock set offset_ms = offset_ms - 3600000');
  must(await reactivateAccount(world.house, shop, world.shopId, { restoreNumbers: true }, newKey()));
  await world.house.pool.query('update clock set offset_ms = offset_ms + 3600000');
  const after = await findNumber(world.house.db, world.shopId, number.trackingNumberId, await world.now());
  assert.equal(after!.release, null);
});

test('two workers send one purchase: the carrier has one effect, the wallet one charge', async () => {
  const before = await findBalance(world.house.db, world.shopId);
  const phoneNumber = await offerAt(0);
  const effects = (await countEffects(world.house.simulation!, phoneNumber)).buy;
  const { trackingNumberId } = must(
    await buyNumber(world.house, shop, world.shopId, purchaseOf(phoneNumber), newKey()),
  );
  await Promise.all([sendCommands(world.house), sendCommands(world.house), sendCommands(world.house)]);
  const number = await findNumber(world.house.db, world.shopId, trackingNumberId, await world.now());
  assert.ok(number!.boughtAt);
  assert.equal((await countEffects(world.house.simulation!, phoneNumber)).buy, effects + 1);
  const after = await findBalance(world.house.db, world.shopId);
  assert.equal(before.availableMicros - after.availableMicros, number!.monthlyPriceMicros);
});

test('two accounts want one number: one gets it, the other is told', async () => {
  const phoneNumber = await offerAt(0);
  const outcomes = await Promise.all([
    buyNumber(world.house, shop, world.shopId, purchaseOf(phoneNumber), newKey()),
    buyNumber(world.house, world.cast.neighbor.actor, world.neighborId, purchaseOf(phoneNumber), newKey()),
  ]);
  assert.deepEqual(outcomes.map(codeOf).toSorted(), ['number-taken', 'ok']);
  await sendCommands(world.house);
});

test('a right lost between looking and doing is looked at again, under lock', async () => {
  const admin = world.shopPeople.administrator;
  const offered = must(await offerClosing(world.house.db, world.shopId, await world.now()));
  await world.house.pool.query('delete from membership where person_id = $1', [admin.personId]);
  const decision = await closeAccount(
    world.house,
    admin.actor,
    world.shopId,
    { planHash: offered.hash, terms: offered.terms, why: null },
    newKey(),
  );
  assert.equal(codeOf(decision), 'not-found');
});

test('a plan that changed while somebody read it is not executed; the answer says what changed', async () => {
  const offered = must(await offerClosing(world.house.db, world.shopId, await world.now()));
  const number = await world.rent(world.shopId, shop);
  const decision = await closeAccount(
    world.house,
    shop,
    world.shopId,
    { planHash: offered.hash, terms: offered.terms, why: null },
    newKey(),
  );
  assert.equal(codeOf(decision), 'plan-changed');
  assert.ok(
    !decision.ok &&
      decision.refusal.code === 'plan-changed' &&
      decision.refusal.differences.some((each) => each.includes(number.phoneNumber)),
  );
  assert.equal((await findAccount(world.house.db, world.shopId, await world.now()))!.closure, null);
});

test('the plan is the effect: what it listed is released, with the dates it promised', async () => {
  const { plan, hash, terms } = must(await offerClosing(world.house.db, world.shopId, await world.now()));
  must(await closeAccount(world.house, shop, world.shopId, { planHash: hash, terms, why: 'Moving on' }, newKey()));
  const now = await world.now();
  const account = (await findAccount(world.house.db, world.shopId, now))!;
  const released = (await findNumbers(world.house.db, world.shopId, { filter: 'released', now })).filter(
    (each) => each.release!.closureId === account.closure!.closureId,
  );
  assert.deepEqual(
    released.map((each) => each.phoneNumber).toSorted(),
    plan.numbers.map((each) => each.phoneNumber).toSorted(),
  );
  for (const each of released) assert.deepEqual(each.release!.restorableUntil, account.closure!.numbersRestorableUntil);
  assert.equal(account.closure!.reactivatableUntil.getTime() - account.closure!.closedAt.getTime(), 60 * 86_400_000);
  assert.equal(account.closure!.refundableUntil.getTime() - account.closure!.closedAt.getTime(), 90 * 86_400_000);
});

const untilOf = async (accountId: number) =>
  (await findAccount(world.house.db, accountId, await world.now()))!.closure!.reactivatableUntil;

test('reactivating around the last millisecond: before it in the rows, or refused', async () => {
  must(await reopen());
  for (const beforeMs of [80, 40, 20, 10, 0]) {
    must(await close(world.shopId, shop));
    const deadline = await untilOf(world.shopId);
    await world.travelTo(new Date(deadline.getTime() - beforeMs));
    const outcomes = await Promise.all([reopen(), reopen(), reopen()]);
    const { rows } = await world.house.pool.query(
      'select reactivated_at from closure where account_id = $1 and reactivatable_until = $2',
      [world.shopId, deadline],
    );
    const reactivatedAt: Date | null = rows[0].reactivated_at;
    assert.equal(outcomes.filter((each) => each.ok).length, reactivatedAt ? 1 : 0);
    assert.ok(!reactivatedAt || reactivatedAt < deadline, 'the deadline itself is too late');
    if (beforeMs === 0) assert.equal(reactivatedAt, null, 'and at it nobody comes back');
    if (!reactivatedAt) break;
  }
});

test('who asks in time and waits for a deed past the last millisecond is too late', async () => {
  const { house, clientId } = world;
  const { actor } = world.cast.clientAdmin;
  must(await close(clientId, actor));
  const deadline = await untilOf(clientId);
  let asked: ReturnType<typeof reopen> | undefined;
  await house.db.transaction().execute(async (tx) => {
    await lockAccount(tx, clientId);
    asked = reactivateAccount(house, actor, clientId, { restoreNumbers: false }, newKey());
    await waiting('a reactivation that waits');
    await world.travelTo(deadline);
  });
  assert.equal(codeOf((await asked)!), 'purged');
  assert.deepEqual(await untilOf(clientId), deadline, 'it is as closed as it was');
  assert.deepEqual(await findDriftedWallets(house.db), []);
});

test('the neighbor noticed nothing of all this', async () => {
  const now = await world.now();
  const neighbor = (await findAccount(world.house.db, world.neighborId, now))!;
  assert.equal(neighbor.closure, null);
  assert.ok((await findNumbers(world.house.db, world.neighborId, { filter: 'released', now })).length === 0);
});
