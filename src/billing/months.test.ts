import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { openWorld, type World } from '../../test/world.ts';
import { recordAccount, recordMembership } from '../accounts/store.ts';
import { recordAgency } from '../agencies/store.ts';
import { closeAccount } from '../lifecycle/closeAccount.ts';
import { offerClosing } from '../lifecycle/plan.ts';
import { reactivateAccount } from '../lifecycle/reactivateAccount.ts';
import { newKey } from '../platform/ids.ts';
import { record } from '../platform/operation.ts';
import { unusedOf } from '../rules/charging.ts';
import { must } from '../rules/decision.ts';
import { microsPerUnit } from '../rules/money.ts';
import { addDays, addMonths } from '../rules/time.ts';
import { renewSubscriptions } from './renewSubscriptions.ts';
import { settleAll } from './settle.ts';
import { findBalance, findDriftedWallets, findMonthAt, findSubscription, recordCharge } from './store.ts';
import { openSubscription } from './subscribe.ts';
import { addMoney } from './topUp.ts';

const timeZone = 'America/New_York';
const later = (moment: Date, ms: number) => new Date(moment.getTime() + ms);

let world: World;
before(async () => {
  world = await openWorld();
});
const db = () => world.house.db;
const shop = () => world.cast.shopOwner.actor;

/** An agency of 2,500 included minutes with two sub-accounts, since this moment. */
async function openAgency(): Promise<{ agencyId: number; accounts: [number, number]; began: Date }> {
  return record(db(), async (tx, now) => {
    const agencyId = await recordAgency(tx, { name: 'Agency', timeZone, createdAt: now });
    await addMoney(tx, agencyId, 5_000n * microsPerUnit, newKey(), now);
    await openSubscription(tx, { ownerId: agencyId, kind: 'agency', timeZone }, 'agency-plus', now);
    const account = () => recordAccount(tx, { name: 'Client', timeZone, agencyId, payer: 'agency', createdAt: now });
    return { agencyId, accounts: [await account(), await account()], began: now };
  });
}

/** A standalone account on Essentials, which brings 250 minutes and gives back unused time. */
async function openEssentials(): Promise<number> {
  return record(db(), async (tx, now) => {
    const accountId = await recordAccount(tx, {
      name: 'Corner Shop',
      timeZone,
      agencyId: null,
      payer: 'own',
      createdAt: now,
    });
    const { personId } = world.cast.shopOwner;
    const grant = { ownerId: accountId, role: 'administrator', grantedAt: now, grantedBy: personId } as const;
    await recordMembership(tx, { ...grant, personId });
    await addMoney(tx, accountId, 1_000n * microsPerUnit, newKey(), now);
    await openSubscription(tx, { ownerId: accountId, kind: 'standalone', timeZone }, 'essentials', now);
    return accountId;
  });
}

/** A call that was answered at a moment, charged as the call log does it. */
let calls = 900_000;
async function talk(ownerId: number, payerId: number, at: Date, minutes: number): Promise<void> {
  await record(db(), async (tx) => {
    const { plan } = await findMonthAt(tx, payerId, at);
    calls += 1;
    await recordCharge(tx, {
      ownerId,
      cause: 'call',
      causeKey: `call ${calls}`,
      at,
      description: `Incoming call, ${minutes} min`,
      callId: calls,
      quantity: BigInt(minutes),
      unitMicros: plan.minuteInMicros,
      payerId,
    });
  });
}

const charges = (ownerId: number, cause: string) =>
  db()
    .selectFrom('charge')
    .select(['at', 'quantity', 'unitMicros', 'amountMicros', 'settledAt'])
    .where('ownerId', '=', ownerId)
    .where('cause', '=', cause)
    .orderBy('chargeId')
    .execute();
const given = async (ownerId: number) =>
  (await charges(ownerId, 'included-minutes')).map((each) => Number(each.quantity));
const setPrice = (planCode: string, effectiveFrom: Date, minuteInMicros: bigint, monthlyFeeMicros: bigint) =>
  world.house.pool.query(
    `insert into plan_price
     select plan_code, version + 1, $2, $4, local_number_micros, toll_free_number_micros, $3, toll_free_minute_in_micros,
            minute_out_micros, recording_minute_micros, transcription_minute_micros, included_minutes, credits_unused_time, $2, null
       from plan_price where plan_code = $1 order by version desc limit 1`,
    [planCode, effectiveFrom, minuteInMicros, monthlyFeeMicros],
  );

describe('included minutes', () => {
  test('are pooled over an agency’s sub-accounts, in the order of rating, and end in the middle of a call', async () => {
    const { agencyId, accounts, began } = await openAgency();
    const [first, second] = accounts;
    await talk(first, agencyId, later(began, 60_000), 1_500);
    await talk(second, agencyId, later(began, 30_000), 900);
    await settleAll(db());
    await talk(second, agencyId, later(began, 90_000), 150);
    await talk(first, agencyId, later(began, 120_000), 10);
    const before = await findBalance(db(), agencyId);
    await Promise.all([settleAll(db()), settleAll(db()), settleAll(db())]);
    await settleAll(db());
    assert.deepEqual([await given(first), await given(second)], [[1_500], [900, 100]]);
    const { availableMicros } = await findBalance(db(), agencyId);
    assert.equal(
      availableMicros - before.availableMicros,
      100n * 30_000n,
      'the charges counted before, the credit since',
    );
    const month = await findMonthAt(db(), agencyId, began);
    assert.deepEqual([month.includedMinutes, month.usedMinutes], [2_500, 2_500]);
    assert.deepEqual(await findDriftedWallets(db()), []);
  });

  test('are those of the month that holds the answer, when a call straddles its end', async () => {
    const { agencyId, accounts, began } = await openAgency();
    const end = addMonths(began, 1, timeZone);
    await world.travelTo(addDays(end, 1));
    await renewSubscriptions(db());
    await talk(accounts[0], agencyId, later(end, -1), 20);
    await talk(accounts[0], agencyId, end, 7);
    await settleAll(db());
    assert.equal((await findMonthAt(db(), agencyId, later(end, -1))).usedMinutes, 20);
    assert.equal((await findMonthAt(db(), agencyId, end)).usedMinutes, 7);
  });

  test('after days of downtime: a call is rated by the month that is not charged yet, and waits for it to be settled', async () => {
    const { agencyId, accounts, began } = await openAgency();
    const end = addMonths(began, 1, timeZone);
    await setPrice('agency-plus', end, 50_000n, 420n * microsPerUnit);
    await world.travelTo(addDays(end, 40));
    await talk(accounts[0], agencyId, later(end, -1), 1);
    await talk(accounts[0], agencyId, later(end, 5), 2);
    await settleAll(db());
    const [old, young] = await charges(accounts[0], 'call');
    assert.deepEqual([old!.unitMicros, young!.unitMicros], [30_000n, 50_000n]);
    assert.ok(old!.settledAt && !young!.settledAt);
    await renewSubscriptions(db());
    await settleAll(db());
    assert.deepEqual(await given(accounts[0]), [1, 2]);
    const fees = (await charges(agencyId, 'subscription')).map((each) => each.amountMicros / microsPerUnit);
    assert.deepEqual(fees, [399n, 420n, 420n]);
    assert.equal((await findMonthAt(db(), agencyId, later(end, 5))).usedMinutes, 2);
    await world.house.pool.query(
      `delete from subscription_month where plan_code = 'agency-plus' and price_version = 2`,
    );
    await world.house.pool.query(`delete from plan_price where plan_code = 'agency-plus' and version = 2`);
  });
});

describe('unused time', () => {
  const close = async (accountId: number) => {
    const { hash: planHash, terms, plan } = must(await offerClosing(db(), accountId, await world.now()));
    must(await closeAccount(world.house, shop(), accountId, { planHash, terms, why: null }, newKey()));
    const { closedAt } = await db()
      .selectFrom('closure')
      .select('closedAt')
      .where('accountId', '=', accountId)
      .where('reactivatedAt', 'is', null)
      .executeTakeFirstOrThrow();
    return { closedAt, plan };
  };

  test('comes back at the closing by the millisecond, and the way back begins and charges a new month', async () => {
    const accountId = await openEssentials();
    const month = await findMonthAt(db(), accountId, await world.now());
    await world.travelTo(addDays(month.from, 10.5));
    await talk(accountId, accountId, addDays(month.from, 2), 240);
    const before = await findBalance(db(), accountId);
    const { closedAt, plan } = await close(accountId);
    assert.equal(plan.unusedTime?.isCredited, true);
    const used = { ...month, usedMinutes: 240 };
    const { creditMicros, overusedMinutes } = unusedOf(used, closedAt);
    assert.ok(overusedMinutes > 100, 'not settled yet, and yet they count');
    const [credit] = await charges(accountId, 'unused-time');
    assert.deepEqual([credit!.amountMicros, credit!.at], [-creditMicros, later(closedAt, -1)]);
    assert.equal((await findBalance(db(), accountId)).availableMicros, before.availableMicros + creditMicros);
    assert.deepEqual((await findSubscription(db(), accountId))!.paidUntil, closedAt);

    await world.travel(1);
    const came = must(await reactivateAccount(world.house, shop(), accountId, { restoreNumbers: false }, newKey()));
    assert.equal(came.chargedMicros, '99000000');
    await settleAll(db());
    const running = await findMonthAt(db(), accountId, await world.now());
    assert.deepEqual([running.includedMinutes, running.usedMinutes], [250, 0]);
    assert.equal((await findMonthAt(db(), accountId, addDays(month.from, 2))).usedMinutes, 240);
  });

  test('of a month whose renewal is late is charged first and then given back', async () => {
    const accountId = await openEssentials();
    const { paidUntil } = (await findSubscription(db(), accountId))!;
    await world.travelTo(addDays(paidUntil, 3));
    const { closedAt } = await close(accountId);
    const fees = await charges(accountId, 'subscription');
    assert.deepEqual(fees.map((each) => each.at).at(-1), paidUntil);
    assert.equal((await charges(accountId, 'unused-time')).length, 1);
    await world.travel(3);
    await renewSubscriptions(db());
    assert.equal((await charges(accountId, 'subscription')).length, fees.length, `nothing after ${closedAt}`);
  });

  test('is not given back by a plan that says so, and the month stays paid', async () => {
    const { paidUntil } = (await findSubscription(db(), world.shopId))!;
    const page = await world.ask(world.cast.shopOwner, { method: 'GET', url: `/accounts/${world.shopId}/closure/new` });
    assert.match(page.body, /is not given back by the Performance plan/);
    const { plan } = await close(world.shopId);
    assert.equal(plan.unusedTime?.isCredited, false);
    assert.deepEqual(await charges(world.shopId, 'unused-time'), []);
    assert.deepEqual((await findSubscription(db(), world.shopId))!.paidUntil, paidUntil);
  });

  test('a plan that changes its mind between the page and the closing is a 409 with the difference', async () => {
    const accountId = await openEssentials();
    const page = await world.ask(world.cast.shopOwner, { method: 'GET', url: `/accounts/${accountId}/closure/new` });
    assert.match(page.body, /of the Essentials plan’s fee comes back/);
    const { hash: planHash, terms } = must(await offerClosing(db(), accountId, await world.now()));
    await world.house.pool.query(`update plan_price set credits_unused_time = false where plan_code = 'essentials'`);
    const decision = await closeAccount(world.house, shop(), accountId, { planHash, terms, why: null }, newKey());
    assert.ok(!decision.ok && decision.refusal.code === 'plan-changed');
    assert.match(decision.refusal.differences.join(), /does not come back/);
  });
});
