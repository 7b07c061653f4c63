import { sql } from 'kysely';
import { closings } from '../accounts/store.ts';
import type { Db, Tx } from '../platform/db.ts';
import type { Place } from '../web/paging.ts';
import { followBalances } from './dunning/followBalances.ts';

/** What a plan costs from a moment on; versions follow each other, and a month that runs keeps its own. */
export interface Prices {
  version: number;
  effectiveFrom: Date;
  monthlyFeeMicros: bigint;
  localNumberMicros: bigint;
  tollFreeNumberMicros: bigint;
  minuteInMicros: bigint;
  tollFreeMinuteInMicros: bigint;
  /** Minutes of calls that each month brings along. */
  includedMinutes: number;
  /** Whether a closing gives back what is left of the month that was paid. */
  creditsUnusedTime: boolean;
}

/** A plan with the prices of one moment. */
export interface Plan extends Prices {
  planCode: string;
  name: string;
  kind: 'standalone' | 'agency';
  currency: string;
}

const planAt = (moment: ReturnType<typeof sql>) => sql`
  select p.plan_code, p.name, p.kind, p.currency, r.version, r.effective_from, r.monthly_fee_micros, r.local_number_micros,
         r.toll_free_number_micros, r.minute_in_micros, r.toll_free_minute_in_micros, r.included_minutes, r.credits_unused_time
    from plan p
    join lateral (select * from plan_price where plan_code = p.plan_code and effective_from <= ${moment}
                   order by effective_from desc limit 1) r on true`;

/** The plans that are offered, with the prices of a moment. */
export async function findPlans(db: Db | Tx, now: Date): Promise<Plan[]> {
  const { rows } = await sql<Plan>`${planAt(sql`${now}::timestamptz`)} order by p.position`.execute(db);
  return rows;
}

/** Every version of every plan's prices: a billing run looks up thousands of moments in it. */
export async function findAllPrices(db: Db | Tx): Promise<Plan[]> {
  const { rows } = await sql<Plan>`
    select p.plan_code, p.name, p.kind, p.currency, r.version, r.effective_from, r.monthly_fee_micros, r.local_number_micros,
           r.toll_free_number_micros, r.minute_in_micros, r.toll_free_minute_in_micros, r.included_minutes, r.credits_unused_time
      from plan p join plan_price r using (plan_code)
     order by p.plan_code, r.effective_from desc
  `.execute(db);
  return rows;
}

export interface Subscription {
  ownerId: number;
  /** With the prices of the month that runs: they hold for its calls, and for numbers bought in it. */
  plan: Plan;
  /** With the prices of the month that comes next, at `paidUntil`. */
  nextPlan: Plan;
  anchor: Date;
  paidUntil: Date;
  includedMinutesLeft: number;
}

/** The subscription of an agency or of an account that pays for itself; null for a sub-account that its agency pays. */
export async function findSubscription(db: Db | Tx, ownerId: number): Promise<Subscription | null> {
  const { rows } = await sql<Omit<Subscription, 'plan' | 'nextPlan'> & { priceVersion: number; planCode: string }>`
    select owner_id, plan_code, price_version, anchor, paid_until, included_minutes_left
      from subscription where owner_id = ${ownerId} and ended_at is null
  `.execute(db);
  const [row] = rows;
  if (!row) return null;
  const { priceVersion, planCode, ...subscription } = row;
  const prices = (await findAllPrices(db)).filter((each) => each.planCode === planCode);
  return {
    ...subscription,
    plan: prices.find((each) => each.version === priceVersion)!,
    nextPlan: pricesAt(prices, planCode, subscription.paidUntil),
  };
}

/** The prices of a plan that hold at a moment, of those that `findAllPrices` gave (the newest first). */
export function pricesAt(prices: readonly Plan[], planCode: string, moment: Date): Plan {
  return prices.find((each) => each.planCode === planCode && each.effectiveFrom <= moment)!;
}

/** The plan of whoever pays, with the prices of its month that runs: calls cost that. */
export async function findRunningPlan(db: Db | Tx, payerId: number): Promise<Plan> {
  return (await mustFindSubscription(db, payerId)).plan;
}

/** The plan of whoever pays, with the prices of this moment: a month that begins now costs that. */
export async function findPlanNow(db: Db | Tx, payerId: number, now: Date): Promise<Plan> {
  const { plan } = await mustFindSubscription(db, payerId);
  return pricesAt(await findAllPrices(db), plan.planCode, now);
}

async function mustFindSubscription(db: Db | Tx, payerId: number): Promise<Subscription> {
  const subscription = await findSubscription(db, payerId);
  if (!subscription) throw new Error(`Owner ${payerId} pays, and has no subscription.`);
  return subscription;
}

export async function recordSubscription(
  tx: Tx,
  subscription: { ownerId: number; plan: Plan; anchor: Date; paidUntil: Date },
): Promise<void> {
  const { ownerId, plan, anchor, paidUntil } = subscription;
  const { planCode, version: priceVersion, includedMinutes: includedMinutesLeft } = plan;
  await tx
    .insertInto('subscription')
    .values({ ownerId, planCode, priceVersion, includedMinutesLeft, anchor, paidUntil })
    .execute();
}

/** Begins a month of a subscription at the prices that hold at its beginning. */
export async function beginMonth(
  tx: Tx,
  ownerId: number,
  month: { plan: Plan; paidUntil: Date; anchor?: Date },
): Promise<void> {
  const { plan, paidUntil, anchor } = month;
  await tx
    .updateTable('subscription')
    .set({
      planCode: plan.planCode,
      priceVersion: plan.version,
      includedMinutesLeft: plan.includedMinutes,
      paidUntil,
      ...(anchor ? { anchor } : {}),
    })
    .where('ownerId', '=', ownerId)
    .execute();
}

/** What a number's month costs that begins at `at`: a matter of the plan of its payer then. For a `from`, beside `tracking_number n`. */
export const numberPrice = (payerId: ReturnType<typeof sql>, at: ReturnType<typeof sql>) => sql`
  lateral (
    select case n.kind when 'tollfree' then p.toll_free_number_micros else p.local_number_micros end as monthly_price_micros
      from subscription s join plan_price p using (plan_code)
     where s.owner_id = ${payerId} and p.effective_from <= ${at}
     order by p.effective_from desc
     limit 1)`;

/** The next month of a number, charged when it begins. */
export interface Renewal {
  accountName: string;
  phoneNumber: string;
  at: Date;
  amountMicros: bigint;
}

export type RenewalsOwner = { accountId: number; trackingNumberId?: number } | { agencyId: number };

export interface Renewals {
  soonest: Renewal[];
  numbers: number;
  /** All of them together, a month. */
  sumMicros: bigint;
}

/**
 * The numbers that an owner is charged for: an account's own (or one of them), or those of all accounts that an agency pays for. What is
 * released, or belongs to a canceled account, costs nothing more.
 */
export async function findRenewals(db: Db | Tx, owner: RenewalsOwner, limit: number): Promise<Renewals> {
  const whose =
    'accountId' in owner
      ? sql`a.account_id = ${owner.accountId}
            and n.tracking_number_id = coalesce(${owner.trackingNumberId ?? null}::bigint, n.tracking_number_id)`
      : sql`a.agency_id = ${owner.agencyId} and a.payer = 'agency'`;
  const { rows } = await sql<Renewal & { numbers: number; sumMicros: bigint }>`
    select a.name as account_name, n.phone_number, n.paid_until as at, price.monthly_price_micros as amount_micros,
           count(*) over () as numbers, sum(price.monthly_price_micros) over () as sum_micros
      from account a
      join tracking_number n on n.account_id = a.account_id and n.paid_until is not null
      join ${numberPrice(sql`case a.payer when 'own' then a.account_id else a.agency_id end`, sql`n.paid_until`)} price on true
     where ${whose}
       and not exists (select from ${closings} c where c.owner_id = a.account_id and c.reactivated_at is null)
       and not exists (
         select from release l
          where l.account_id = n.account_id and l.tracking_number_id = n.tracking_number_id and l.restored_at is null)
     order by n.paid_until, n.account_id, n.tracking_number_id
     limit ${limit}
  `.execute(db);
  const { numbers, sumMicros } = rows[0] ?? { numbers: 0, sumMicros: 0n };
  return { soonest: rows, numbers, sumMicros };
}

/** A subscription whose paid time is over, outside any closure. */
export interface DueSubscription {
  ownerId: number;
  planCode: string;
  timeZone: string;
  anchor: Date;
  paidUntil: Date;
  /** When its owner was canceled, if it is: the months that began before are owed. */
  closedAt: Date | null;
}

/** Where the search for what is due goes on. */
export interface DuePlace {
  paidUntil: Date;
  id: number;
}

/** Owners of one lane with a month to charge, in the order in which they became due. Index: subscription_due. */
export async function findDueOwners(
  db: Db | Tx,
  lane: Lane,
  now: Date,
  after: DuePlace | null,
  limit: number,
): Promise<{ ownerId: number; paidUntil: Date }[]> {
  const { rows } = await sql<{ ownerId: number; paidUntil: Date }>`
    select s.owner_id, s.paid_until
      from subscription s
     where s.paid_until <= ${now} and s.owner_id % ${lane.of} = ${lane.number} and s.ended_at is null
       and ${after ? sql`(s.paid_until, s.owner_id) > (${after.paidUntil}, ${after.id})` : sql`true`}
       and not exists (
         select from ${closings} c
          where c.owner_id = s.owner_id and c.reactivated_at is null and c.closed_at <= s.paid_until)
     order by s.paid_until, s.owner_id
     limit ${limit}
  `.execute(db);
  return rows;
}

/** The same owners once they are held: what has changed meanwhile is seen. */
export async function findDueSubscriptions(tx: Tx, ownerIds: readonly number[], now: Date): Promise<DueSubscription[]> {
  const { rows } = await sql<DueSubscription>`
    select s.owner_id, s.plan_code, coalesce(a.time_zone, g.time_zone) as time_zone, s.anchor, s.paid_until,
           (select min(c.closed_at) from ${closings} c where c.owner_id = s.owner_id and c.reactivated_at is null) as closed_at
      from subscription s
      left join account a on a.account_id = s.owner_id
      left join agency g on g.agency_id = s.owner_id
     where s.owner_id = any (${ownerIds}::bigint[]) and s.paid_until <= ${now} and s.ended_at is null
  `.execute(tx);
  return rows;
}

/** Moves subscriptions on into the month that was charged last, each at the prices of its beginning. */
export async function beginMonths(
  tx: Tx,
  months: readonly { ownerId: number; plan: Plan; paidUntil: Date }[],
): Promise<void> {
  await sql`
    update subscription s
       set paid_until = m.paid_until, price_version = m.price_version, included_minutes_left = m.included_minutes
      from unnest(${months.map((each) => each.ownerId)}::bigint[], ${months.map((each) => each.paidUntil)}::timestamptz[],
                  ${months.map((each) => each.plan.version)}::integer[],
                  ${months.map((each) => each.plan.includedMinutes)}::bigint[])
             m (owner_id, paid_until, price_version, included_minutes)
     where s.owner_id = m.owner_id
  `.execute(tx);
}

/** One of the parts that a billing run is cut into by owner, so that several workers share it. */
export interface Lane {
  number: number;
  of: number;
}

const laneKey = (what: string, lane: Lane): string => `billing ${what} ${lane.number}/${lane.of}`;

/** Whether this transaction has the lane to itself until it ends; another worker may be at it. */
export async function takeLane(tx: Tx, what: string, lane: Lane): Promise<boolean> {
  const key = laneKey(what, lane);
  const { rows } = await sql<{ taken: boolean }>`
    select pg_try_advisory_xact_lock(hashtextextended(${key}, 0)) as taken
  `.execute(tx);
  return rows[0]!.taken;
}

/** Has the lane to itself until this transaction ends, once whoever is at it is done. */
export async function waitForLane(tx: Tx, what: string, lane: Lane): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${laneKey(what, lane)}, 0))`.execute(tx);
}

/**
 * Holds owners for a billing run as their own deeds do, agencies first. By an update and not by row locks across accounts,
 * which a sharded database refuses: a closing lies entirely before the run or entirely after it.
 */
export async function holdForBilling(tx: Tx, ownerIds: readonly number[], now: Date): Promise<void> {
  await sql`select from agency
             where agency_id in (select agency_id from account where account_id = any (${ownerIds}::bigint[]))
             order by agency_id for key share`.execute(tx);
  await sql`update agency set billed_at = ${now} where agency_id = any (${ownerIds}::bigint[])`.execute(tx);
  await sql`update account set billed_at = ${now} where account_id = any (${ownerIds}::bigint[])`.execute(tx);
}

export type ChargeCause = 'subscription' | 'number' | 'call' | 'plan-change' | 'unused-time' | 'included-minutes';

export interface NewCharge {
  /** What is charged: an account or an agency. */
  ownerId: number;
  cause: ChargeCause;
  /** Names the business event; the same event never charges twice. */
  causeKey: string;
  at: Date;
  description: string;
  trackingNumberId?: number;
  callId?: number;
  quantity?: bigint;
  unitMicros: bigint;
  payerId: number;
}

/**
 * Writes charges, but for those whose moment lies inside a closure `[closed, reactivated)` of what they charge, and those of an
 * event that was charged before. The closure is looked at by the statement that writes. Answers with those it wrote.
 */
export async function recordCharges(
  tx: Tx,
  charges: readonly NewCharge[],
): Promise<{ ownerId: number; chargeId: number; causeKey: string }[]> {
  const each = <Value>(value: (charge: NewCharge) => Value) => charges.map(value);
  const { rows } = await sql<{ ownerId: number; chargeId: number; causeKey: string }>`
    insert into charge (owner_id, cause, cause_key, at, description, tracking_number_id, call_id, quantity, unit_micros,
                        amount_micros, payer_id)
    select c.owner_id, c.cause, c.cause_key, c.at, c.description, c.tracking_number_id, c.call_id, c.quantity, c.unit_micros,
           c.quantity * c.unit_micros, p.payer_id
      from unnest(${each((one) => one.ownerId)}::bigint[], ${each((one) => one.cause)}::text[],
                  ${each((one) => one.causeKey)}::text[], ${each((one) => one.at)}::timestamptz[],
                  ${each((one) => one.description)}::text[], ${each((one) => one.trackingNumberId ?? null)}::bigint[],
                  ${each((one) => one.callId ?? null)}::bigint[], ${each((one) => one.quantity ?? 1n)}::bigint[],
                  ${each((one) => one.unitMicros)}::bigint[])
             with ordinality
             c (owner_id, cause, cause_key, at, description, tracking_number_id, call_id, quantity, unit_micros, line)
      join unnest(${each((one) => one.payerId)}::bigint[]) with ordinality p (payer_id, line) using (line)
     where not exists (
       select from ${closings} k
        where k.owner_id = c.owner_id and k.closed_at <= c.at and (k.reactivated_at is null or c.at < k.reactivated_at))
     order by c.line
    on conflict (owner_id, cause_key) do nothing
    returning owner_id, charge_id, cause_key
  `.execute(tx);
  return rows;
}

/** One charge; false when none was written. */
export async function recordCharge(tx: Tx, charge: NewCharge): Promise<boolean> {
  return (await recordCharges(tx, [charge])).length > 0;
}

/** Payers of one lane with charges that no posting has settled yet. Index: charge_unsettled. */
export async function findUnsettled(db: Db | Tx, lane: Lane, after: number, limit: number): Promise<number[]> {
  const { rows } = await sql<{ payerId: number }>`
    select distinct payer_id from charge
     where settled_at is null and payer_id % ${lane.of} = ${lane.number} and payer_id > ${after}
     order by payer_id limit ${limit}
  `.execute(db);
  return rows.map((row) => row.payerId);
}

/**
 * Settles charges into the paying wallets, in one statement: a posting for each subscription and number, one for an account's
 * calls of this time. A posting bears the moment of its newest charge, so it can't lie inside a closure either. Charges are
 * taken before wallets, everywhere. Answers with how many were settled.
 */
export async function settle(tx: Tx, which: ReturnType<typeof sql>, now: Date): Promise<number> {
  const { rows } = await sql<{ settled: number }>`
    with taken as (
      update charge set settled_at = ${now} where settled_at is null and ${which}
      returning payer_id, owner_id, charge_id, cause, at, amount_micros, description
    ), line as (
      select payer_id, owner_id, cause, max(at) as at, max(charge_id) as newest, sum(amount_micros)::bigint as amount_micros,
             case count(*) when 1 then min(description) else count(*) || ' calls' end as description
        from taken
       where amount_micros <> 0
       group by payer_id, owner_id, cause, case cause when 'call' then 0 else charge_id end
    ), posted as (
      insert into posting (owner_id, at, debit, credit, amount_micros, cause, cause_key, description)
      select payer_id, at, case when amount_micros > 0 then 'wallet' else 'revenue' end,
             case when amount_micros > 0 then 'revenue' else 'wallet' end,
             abs(amount_micros), cause, 'settle ' || owner_id || '/' || newest, description
        from line
       order by payer_id, at, newest
      returning owner_id, case debit when 'wallet' then -amount_micros else amount_micros end as change_micros
    ), moved as (
      update wallet w set available_micros = w.available_micros + p.change_micros
        from (select owner_id, sum(change_micros)::bigint as change_micros from posted group by owner_id) p
       where w.owner_id = p.owner_id
    )
    select count(*) as settled from taken
  `.execute(tx);
  return rows[0]!.settled;
}

/**
 * The ledger's accounts, of each owner: money at the payment provider; what we owe as balance, as an approved refund, as
 * unclaimed; what was earned.
 */
export type LedgerAccount = 'payments' | 'wallet' | 'revenue' | 'refunds' | 'unclaimed';

export interface NewPosting {
  ownerId: number;
  at: Date;
  debit: LedgerAccount;
  credit: LedgerAccount;
  amountMicros: bigint;
  cause: string;
  causeKey: string;
  description: string;
}

/** Creates the wallet at zero if need be, and locks it; wallets are locked after accounts, in the order of their ids. */
export async function lockWallet(tx: Tx, ownerId: number, currency: string): Promise<bigint> {
  await tx
    .insertInto('wallet')
    .values({ ownerId, currency })
    .onConflict((clash) => clash.doNothing())
    .execute();
  const row = await tx
    .selectFrom('wallet')
    .select('availableMicros')
    .where('ownerId', '=', ownerId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  return row.availableMicros;
}

/**
 * Appends a posting and moves the wallet's balance with it, and the arrears with the balance. The same cause twice is one posting.
 * Returns whether it is new.
 */
export async function recordPosting(tx: Tx, posting: NewPosting): Promise<boolean> {
  const { rows } = await sql<{ postingId: number }>`
    with new_posting as (
      insert into posting (owner_id, at, debit, credit, amount_micros, cause, cause_key, description)
      values (${posting.ownerId}, ${posting.at}, ${posting.debit}, ${posting.credit}, ${posting.amountMicros},
              ${posting.cause}, ${posting.causeKey}, ${posting.description})
      on conflict (owner_id, cause_key) do nothing
      returning posting_id, owner_id, debit, credit, amount_micros
    ), moved as (
      update wallet w
         set available_micros = w.available_micros
               + case when n.credit = 'wallet' then n.amount_micros else 0 end
               - case when n.debit = 'wallet' then n.amount_micros else 0 end
        from new_posting n
       where w.owner_id = n.owner_id
    )
    select posting_id from new_posting
  `.execute(tx);
  const isNew = rows.length > 0;
  if (isNew && [posting.debit, posting.credit].includes('wallet'))
    await followBalances(tx, [posting.ownerId], posting.at);
  return isNew;
}

export interface Balance {
  currency: string;
  availableMicros: bigint;
}

/** What is left to spend: the wallet less what was charged and not settled yet. */
export async function findBalance(db: Db | Tx, payerId: number): Promise<Balance> {
  const { rows } = await sql<Balance>`
    select w.currency,
           w.available_micros - coalesce((
             select sum(c.amount_micros) from charge c where c.payer_id = w.owner_id and c.settled_at is null), 0) as available_micros
      from wallet w
     where w.owner_id = ${payerId}
  `.execute(db);
  return rows[0] ?? { currency: 'USD', availableMicros: 0n };
}

export interface StatementLine {
  postingId: number;
  at: Date;
  description: string;
  /** Positive when the balance grew. */
  amountMicros: bigint;
  balanceAfterMicros: bigint;
}

/** The wallet's postings, newest first, each with the balance after it. Index: posting_log. */
export async function findStatement(
  db: Db | Tx,
  ownerId: number,
  limit: number,
  before?: Place,
): Promise<StatementLine[]> {
  const { rows } = await sql<StatementLine>`
    select posting_id, at, description, amount_micros, balance_after_micros
      from (
        select posting_id, at, description,
               case when credit = 'wallet' then amount_micros else -amount_micros end as amount_micros,
               sum(case when credit = 'wallet' then amount_micros else -amount_micros end)
                 over (order by at, posting_id) as balance_after_micros
          from posting
         where owner_id = ${ownerId} and (debit = 'wallet' or credit = 'wallet')
      ) line
     where ${before ? sql`(at, posting_id) < (${before.at}, ${before.id})` : sql`true`}
     order by at desc, posting_id desc
     limit ${limit}
  `.execute(db);
  return rows;
}

export interface ShownCharge {
  chargeId: number;
  at: Date;
  description: string;
  amountMicros: bigint;
}

/** What an owner itself was charged, newest first, whoever paid. Index: charge_log. */
export async function findCharges(db: Db | Tx, ownerId: number, limit: number, before?: Place): Promise<ShownCharge[]> {
  return db
    .selectFrom('charge')
    .select(['chargeId', 'at', 'description', 'amountMicros'])
    .where('ownerId', '=', ownerId)
    .where(before ? sql<boolean>`(at, charge_id) < (${before.at}, ${before.id})` : sql<boolean>`true`)
    .orderBy('at', 'desc')
    .orderBy('chargeId', 'desc')
    .limit(limit)
    .execute();
}

/** Wallets whose kept balance is not the sum of their postings: always none. */
export async function findDriftedWallets(db: Db | Tx): Promise<number[]> {
  const { rows } = await sql<{ ownerId: number }>`
    select w.owner_id
      from wallet w
      left join posting p on p.owner_id = w.owner_id
     group by w.owner_id, w.available_micros
    having w.available_micros <> coalesce(sum(
             case when p.credit = 'wallet' then p.amount_micros when p.debit = 'wallet' then -p.amount_micros else 0 end), 0)
  `.execute(db);
  return rows.map((row) => row.ownerId);
}
