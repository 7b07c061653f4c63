import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { form, openWorld, type World } from '../../../test/world.ts';
import { newKey } from '../../platform/ids.ts';
import { unusedOf } from '../../rules/charging.ts';
import { type Decision, must } from '../../rules/decision.ts';
import { microsPerUnit } from '../../rules/money.ts';
import { addDays } from '../../rules/time.ts';
import { renewSubscriptions } from '../renewSubscriptions.ts';
import { settleAll } from '../settle.ts';
import { findBalance, findDriftedWallets, findMonthAt, findRenewals, findSubscription } from '../store.ts';
import { changePlan, offerPlanChange } from './change.ts';
import { type NewPrices, setPrices } from './setPrices.ts';
import { findVersions } from './store.ts';

let world: World;
before(async () => {
  world = await openWorld();
});
const db = () => world.house.db;
const codeOf = (decision: Decision<unknown>): string => (decision.ok ? 'ok' : decision.refusal.code);
const preview = async (planCode: string, ownerId = world.shopId) =>
  must(await offerPlanChange(db(), ownerId, planCode, await world.now()));
const change = async (planCode: string, key = newKey()) => {
  const { change: planned, hash: planHash, terms } = await preview(planCode);
  const confirmed = { planCode, asOf: planned.asOf, planHash, terms };
  return {
    planned,
    confirmed,
    decision: await changePlan(world.house, world.cast.shopOwner.actor, world.shopId, confirmed, key),
  };
};
const pricesOf = async (planCode: string): Promise<NewPrices> => {
  const {
    version: _,
    planCode: __,
    name: ___,
    kind: ____,
    currency: _____,
    setAt: ______,
    setBy: _______,
    ...prices
  } = (await findVersions(db(), planCode))[0]!;
  return { ...prices, effectiveFrom: null };
};

describe('a change of plan', () => {
  test('to the cent: the unused share is credited, the same share of the new fee charged; month ends stay', async () => {
    const month = await findMonthAt(db(), world.shopId, await world.now());
    await world.travelTo(addDays(month.from, 10));
    const before = await findBalance(db(), world.shopId);
    const key = newKey();
    const { planned, confirmed, decision } = await change('pro', key);
    assert.equal(codeOf(decision), 'ok');
    const left = month.until.getTime() - planned.asOf.getTime();
    const whole = month.until.getTime() - month.from.getTime();
    const cents = (micros: bigint) => Math.round((Number(micros) * left) / whole / 10_000);
    assert.equal(Number(planned.unused.creditMicros) / 10_000, cents(79_000_000n));
    assert.equal(Number(planned.part.paidMicros) / 10_000, cents(149_000_000n));
    assert.equal(planned.part.includedMinutes, Math.floor((1_000 * left) / whole));
    assert.equal((await findBalance(db(), world.shopId)).availableMicros, before.availableMicros - planned.netMicros);
    const subscription = (await findSubscription(db(), world.shopId))!;
    assert.deepEqual([subscription.paidUntil, subscription.planCode], [month.until, 'pro']);
    assert.equal(subscription.next!.amountMicros, 149n * microsPerUnit);
    assert.deepEqual(await findDriftedWallets(db()), []);

    const { rows } = await world.house.pool.query(`select from deed where action = 'change-plan'`);
    assert.equal(rows.length, 1);
    assert.equal(codeOf(await changePlan(world.house, world.cast.shopOwner.actor, world.shopId, confirmed, key)), 'ok');
    assert.equal((await findSubscription(db(), world.shopId))!.planCode, 'pro', 'the same key is the same deed');
  });

  test('calls before it cost what they did, calls after it the new price, and minutes included are those of their part', async () => {
    const now = await world.now();
    const before = await findMonthAt(db(), world.shopId, addDays(now, -5));
    const after = await findMonthAt(db(), world.shopId, now);
    assert.deepEqual([before.plan.planCode, before.includedMinutes], ['performance', 0]);
    assert.equal(after.plan.planCode, 'pro');
    assert.deepEqual(before.until, after.from);
  });

  test('a second change in the same month credits the share of the share', async () => {
    const part = await findMonthAt(db(), world.shopId, await world.now());
    await world.travelTo(addDays(part.from, 7));
    const { planned, decision } = await change('starter');
    assert.equal(codeOf(decision), 'ok');
    assert.equal(planned.unused.creditMicros, unusedOf(part, planned.asOf).creditMicros);
    assert.ok(planned.netMicros < 0n);
    assert.deepEqual(planned.lost, ['toll-free-numbers', 'canadian-numbers', 'number-patterns']);
  });

  test('a preview that is a quarter of an hour old, or that a price has changed under, is a 409 with the difference', async () => {
    const { change: planned, hash: planHash, terms } = await preview('essentials');
    const confirmed = { planCode: 'essentials', asOf: planned.asOf, planHash, terms };
    const confirm = () => changePlan(world.house, world.cast.shopOwner.actor, world.shopId, confirmed, newKey());
    await world.house.pool.query(
      `update plan_price set monthly_fee_micros = monthly_fee_micros + 1000000 where plan_code = 'essentials'`,
    );
    const changed = await confirm();
    assert.ok(!changed.ok && changed.refusal.code === 'plan-changed');
    assert.match(changed.refusal.differences.join('; '), /proration: now also charge \d+/);
    await world.travel(15 / (24 * 60));
    const late = await confirm();
    assert.ok(!late.ok && late.refusal.code === 'plan-changed');
    assert.match(late.refusal.differences.join(), /15 minutes old/);
  });

  test('page and script: what is lost, the arithmetic, a confirmation; a sub-account that its agency pays has no plan', async () => {
    const { shopOwner, clientAdmin, callAgent } = world.cast;
    const base = `/accounts/${world.shopId}`;
    const page = await world.ask(shopOwner, { method: 'GET', url: `${base}/billing/plan?to=marketing-lite` });
    assert.equal(page.statusCode, 200);
    assert.match(page.body, /You gain/);
    assert.match(page.body, /\$49\.00 × \d+\.\d\d ÷ \d+\.\d\d/);
    const api = `/api/v1${base}/billing/plan_change`;
    const said = (await world.ask(shopOwner, { method: 'GET', url: `${api}?plan=marketing-lite` })).json();
    const payload = { plan: 'marketing-lite', as_of: said.as_of, plan_hash: said.hash, terms: said.terms };
    const done = await world.ask(shopOwner, { method: 'POST', url: api, payload });
    assert.deepEqual([done.statusCode, done.json().net_cents], [200, said.net_cents]);
    const stale = await world.ask(shopOwner, { method: 'POST', url: api, payload });
    assert.notEqual(stale.statusCode, 200);
    const client = await world.ask(clientAdmin, { method: 'GET', url: `/accounts/${world.clientId}/billing/plan` });
    assert.equal(client.statusCode, 409);
    assert.equal((await world.ask(callAgent, { method: 'GET', url: `${base}/billing/plan` })).statusCode, 403);
  });
});

describe('what a plan does not have', () => {
  test('is refused alike by page, script and purchase, saying which plan has it', async () => {
    const { neighbor } = world.cast;
    const base = `/accounts/${world.neighborId}`;
    const search = await world.ask(neighbor, { method: 'GET', url: `${base}/numbers/buy?kind=tollfree` });
    assert.equal(search.statusCode, 403);
    assert.match(search.body, /The Starter plan does not let anybody buy toll-free numbers\. Performance/);
    assert.doesNotMatch(search.body, /<option value="tollfree"/);
    const api = await world.ask(neighbor, {
      method: 'GET',
      url: `/api/v1${base}/numbers/search?searchby=tollfree`,
    });
    assert.deepEqual([api.statusCode, api.json().code], [403, 'feature-missing']);
    for (const [phoneNumber, refused] of [
      ['+18885550142', true],
      ['+14165550142', true],
      ['+13035550142', false],
    ] as const) {
      const bought = await world.ask(neighbor, { ...form({ phoneNumber }), method: 'POST', url: `${base}/numbers` });
      assert.equal(bought.statusCode === 403, refused, phoneNumber);
    }
  });
});

describe('an operator sets prices', () => {
  test('from the next minute or later; months that run keep theirs, and what a screen said is what is charged', async () => {
    const { operator, shopOwner, agencyOwner } = world.cast;
    await world.rent(world.clientId, agencyOwner.actor);
    const { paidUntil, plan } = (await findSubscription(db(), world.agencyId))!;
    const later = addDays(paidUntil, -1);
    const prices = await pricesOf('agency');
    const raised = { ...prices, monthlyFeeMicros: 219n * microsPerUnit, localNumberMicros: 2n * microsPerUnit };
    const set = (wish: NewPrices) => setPrices(world.house, operator.actor, 'agency', wish, newKey());
    must(await set({ ...raised, effectiveFrom: later }));
    assert.equal(codeOf(await set({ ...raised, effectiveFrom: later })), 'price-version-taken');
    assert.equal(codeOf(await set({ ...raised, effectiveFrom: await world.now() })), 'invalid-input');
    assert.equal(codeOf(await setPrices(world.house, shopOwner.actor, 'agency', raised, newKey())), 'not-found');

    const { next, plan: running } = (await findSubscription(db(), world.agencyId))!;
    assert.equal(running.version, plan.version);
    const { soonest, sumMicros } = await findRenewals(db(), { agencyId: world.agencyId }, 50);
    const page = await world.ask(agencyOwner, { method: 'GET', url: `/agencies/${world.agencyId}/billing` });
    assert.match(page.body, /\$219\.00/);
    assert.equal(
      sumMicros,
      soonest.reduce((sum, each) => sum + each.amountMicros, 0n),
    );
    const said = [next!, ...soonest.map((each) => ({ ...each, from: each.at }))].map(
      (each) => `${each.from.toISOString()} ${each.amountMicros}`,
    );
    await world.travelTo(addDays(new Date(Math.max(...soonest.map((each) => each.at.getTime()))), 1));
    await world.work();
    const charged = await db()
      .selectFrom('charge')
      .select(['at', 'amountMicros'])
      .where('payerId', '=', world.agencyId)
      .where('at', '>=', later)
      .execute();
    assert.deepEqual(
      charged.map((each) => `${each.at.toISOString()} ${each.amountMicros}`).toSorted(),
      said.toSorted(),
    );
    assert.equal((await findSubscription(db(), world.agencyId))!.plan.version, plan.version + 1);
  });

  test('on the page, which shows every version; the house’s journal knows', async () => {
    const { operator, supportAgent } = world.cast;
    const url = '/operations/plans/pro';
    assert.equal((await world.ask(supportAgent, { method: 'GET', url })).statusCode, 403);
    const fields = {
      monthlyFeeMicros: '159',
      localNumberMicros: '2.00',
      tollFreeNumberMicros: '4',
      minuteInMicros: '0.0385',
      tollFreeMinuteInMicros: '0.06',
      minuteOutMicros: '0.05',
      recordingMinuteMicros: '0.005',
      transcriptionMinuteMicros: '0.025',
      includedMinutes: '1200',
      effectiveFrom: '',
    };
    const wrong = await world.ask(operator, { ...form({ ...fields, minuteInMicros: '-1' }), method: 'POST', url });
    assert.equal(wrong.statusCode, 422);
    const done = await world.ask(operator, { ...form(fields), method: 'POST', url });
    assert.equal(done.statusCode, 303);
    const [newest] = await findVersions(db(), 'pro');
    assert.deepEqual(
      [newest!.minuteInMicros, newest!.includedMinutes, newest!.creditsUnusedTime, newest!.setBy],
      [38_500n, 1_200, false, operator.personId],
    );
    assert.match((await world.ask(operator, { method: 'GET', url })).body, /2, to come/);
    const { rows } = await world.house.pool.query(`select from deed where owner_id = 0 and action = 'set-prices'`);
    assert.equal(rows.length, 2);
  });
});

test('after days of downtime, two workers charge every month once, killed or not', async () => {
  await world.travel(95);
  await Promise.all([renewSubscriptions(db()), renewSubscriptions(db()), settleAll(db())]);
  await renewSubscriptions(db());
  await settleAll(db());
  const { rows } = await world.house.pool.query<{ wrong: number }>(`
    select count(*)::int as wrong
      from subscription_month m
     where not exists (select from charge c where c.owner_id = m.owner_id and c.cause in ('subscription', 'plan-change') and c.at = m.began_at)
        or exists (select from subscription_month o where o.owner_id = m.owner_id and o.began_at > m.began_at and o.began_at < m.ends_at)`);
  assert.equal(rows[0]!.wrong, 0);
  assert.deepEqual(await findDriftedWallets(db()), []);
});
