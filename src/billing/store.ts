import { sql } from 'kysely';
import { closings } from '../accounts/store.ts';
import type { Db, Tx } from '../platform/db.ts';
import { type Month, numberMonths, type PaidByMonth, type PaidMonth, subscriptionMonths } from '../rules/charging.ts';
import { type Plan, pricesAt } from '../rules/plans.ts';
import type { Place } from '../web/paging.ts';
import { followHeldBalances } from './dunning/followBalances.ts';

export type { Plan, Prices } from '../rules/plans.ts';

const priced = sql`
  p.plan_code, p.name, p.kind, p.currency, r.version, r.effective_from, r.monthly_fee_micros, r.local_number_micros,
  r.toll_free_number_micros, r.minute_in_micros, r.toll_free_minute_in_micros, r.minute_out_micros, r.recording_minute_micros,
  r.transcription_minute_micros, r.included_minutes, r.credits_unused_time`;

/** The plans that are offered, with the prices of a moment. */
export async function findPlans(db: Db | Tx, now: Date): Promise<Plan[]> {
  const { rows } = await sql<Plan>`
    select ${priced}
      from plan p
      join lateral (select * from plan_price where plan_code = p.plan_code and effective_from <= ${now}
                     order by effective_from desc limit 1) r on true
     order by p.position
  `.execute(db);
  return rows;
}

/** Every version of every plan's prices, the newest first: a billing run looks up thousands of moments in it. */
export async function findAllPrices(db: Db | Tx): Promise<Plan[]> {
  const { rows } = await sql<Plan>`
    select ${priced} from plan p join plan_price r using (plan_code) order by p.plan_code, r.effective_from desc
  `.execute(db);
  return rows;
}

/** A subscription as its months are counted. */
export interface CountedSubscription extends PaidByMonth {
  ownerId: number;
}

const counted = sql`
  select s.owner_id, s.plan_code, coalesce(a.time_zone, g.time_zone) as time_zone, s.anchor, s.paid_until,
         (select min(c.closed_at) from ${closings} c where c.owner_id = s.owner_id and c.reactivated_at is null) as ended_at
    from subscription s
    left join account a on a.account_id = s.owner_id
    left join agency g on g.agency_id = s.owner_id`;

export interface Subscription extends CountedSubscription {
  /** With the prices of the month that was charged last: they hold for its calls. */
  plan: Plan;
  /** With the prices of the month that comes next, at `paidUntil`. */
  nextPlan: Plan;
  /** What is charged next, as the billing run will charge it; null once it is canceled. */
  next: Month | null;
}

/** The subscription of an agency or of an account that pays for itself; null for a sub-account that its agency pays. */
export async function findSubscription(db: Db | Tx, ownerId: number): Promise<Subscription | null> {
  const { rows } = await sql<CountedSubscription & { monthPlan: string; monthVersion: number }>`
    select counted.*, m.plan_code as month_plan, m.price_version as month_version
      from (${counted} where s.owner_id = ${ownerId} and s.ended_at is null) counted
      join lateral (select plan_code, price_version from subscription_month where owner_id = counted.owner_id
                     order by began_at desc limit 1) m on true
  `.execute(db);
  const [row] = rows;
  if (!row) return null;
  const { monthPlan, monthVersion, ...subscription } = row;
  const prices = await findAllPrices(db);
  return {
    ...subscription,
    plan: versionOf(prices, monthPlan, monthVersion),
    nextPlan: pricesAt(prices, subscription.planCode, subscription.paidUntil),
    next: subscriptionMonths(subscription, prices, subscription.paidUntil)[0] ?? null,
  };
}

const versionOf = (prices: readonly Plan[], planCode: string, version: number): Plan =>
  prices.find((each) => each.planCode === planCode && each.version === version)!;

/** The plan of whoever pays, with the prices of this moment: a month that begins now costs that. */
export async function findPlanNow(db: Db | Tx, payerId: number, now: Date): Promise<Plan> {
  const { planCode } = mustBeThere(await findSubscription(db, payerId), payerId);
  return pricesAt(await findAllPrices(db), planCode, now);
}

function mustBeThere(subscription: Subscription | null, payerId: number): Subscription {
  if (!subscription) throw new Error(`Owner ${payerId} pays, and has no subscription.`);
  return subscription;
}

/**
 * The month of whoever pays that holds a moment, with what it began with. A month whose renewal is late is worked out ahead; before
 * the first and between two it is the one that was nearest.
 */
export async function findMonthAt(db: Db | Tx, payerId: number, moment: Date): Promise<PaidMonth> {
  const { rows } = await sql<Omit<PaidMonth, 'plan'> & { planCode: string; priceVersion: number }>`
    select began_at as "from", ends_at as until, plan_code, price_version, paid_micros, included_minutes,
           least(included_minutes, included_minutes_used + (
             select coalesce(sum(c.quantity), 0)::bigint from charge c
              where c.payer_id = m.owner_id and c.settled_at is null and c.cause = 'call' and c.at >= m.began_at and c.at < m.ends_at
           )) as used_minutes
      from subscription_month m
     where owner_id = ${payerId}
     order by began_at <= ${moment} desc, case when began_at <= ${moment} then began_at end desc, began_at
     limit 1
  `.execute(db);
  const prices = await findAllPrices(db);
  const [row] = rows;
  if (!row || row.until <= moment) {
    const subscription = await findSubscription(db, payerId);
    const late = subscription && subscriptionMonths({ ...subscription, endedAt: null }, prices, moment).at(-1);
    if (late) {
      const { amountMicros, ...month } = late;
      const { includedMinutes } = month.plan;
      const usedMinutes = Math.min(includedMinutes, await countUnsettledMinutes(db, payerId, late));
      return { ...month, paidMicros: amountMicros, includedMinutes, usedMinutes };
    }
  }
  const { planCode, priceVersion, ...month } = row!;
  return { ...month, plan: versionOf(prices, planCode, priceVersion) };
}

/** Minutes of calls inside a month that nobody has settled yet. Index: charge_unsettled. */
async function countUnsettledMinutes(db: Db | Tx, payerId: number, { from, until }: Month): Promise<number> {
  const { rows } = await sql<{ minutes: number }>`
    select coalesce(sum(quantity), 0)::bigint as minutes from charge
     where payer_id = ${payerId} and settled_at is null and cause = 'call' and at >= ${from} and at < ${until}
  `.execute(db);
  return rows[0]!.minutes;
}

/** Those of some owners that have a subscription of their own. */
export async function findSubscribers(db: Db | Tx, ownerIds: readonly number[]): Promise<number[]> {
  const { rows } = await sql<{ ownerId: number }>`
    select owner_id from subscription where owner_id = any (${ownerIds}::bigint[]) and ended_at is null order by owner_id
  `.execute(db);
  return rows.map((row) => row.ownerId);
}

/** Starts a subscription, or once more one that had ended; its first month is begun by `beginMonths`. */
export async function recordSubscription(
  tx: Tx,
  subscription: { ownerId: number; planCode: string; anchor: Date },
): Promise<void> {
  const { ownerId, ...begun } = { ...subscription, paidUntil: subscription.anchor };
  await tx
    .insertInto('subscription')
    .values({ ownerId, ...begun })
    .onConflict((clash) =>
      clash
        .column('ownerId')
        .doUpdateSet({ ...begun, endedAt: null })
        .where('subscription.endedAt', 'is not', null),
    )
    .execute();
}

/** Ends the subscription of an account that somebody else pays for from now on, and the month that runs. */
export async function endSubscription(tx: Tx, ownerId: number, now: Date): Promise<void> {
  await endMonth(tx, ownerId, now);
  await tx.updateTable('subscription').set({ endedAt: now }).where('ownerId', '=', ownerId).execute();
}

/** A month of a subscription that begins, with what is charged for it. */
export interface NewMonth extends Month {
  ownerId: number;
}

/** Names the charge of a month. */
export const monthKey = ({ from }: Pick<NewMonth, 'from'>): string => `subscription from ${from.toISOString()}`;

/**
 * Writes the months of subscriptions that began, and moves their paid time on to the end of the last. One whose charge was refused,
 * since it would lie inside a closure, is passed over.
 */
export async function beginMonths(
  tx: Tx,
  months: readonly NewMonth[],
  charged: readonly { ownerId: number; causeKey: string }[],
  anchor?: Date,
): Promise<void> {
  const each = <Value>(value: (month: NewMonth) => Value) => months.map(value);
  const written = new Set(charged.map(({ ownerId, causeKey }) => `${ownerId} ${causeKey}`));
  const isCharged = (month: NewMonth) => written.has(`${month.ownerId} ${monthKey(month)}`);
  await sql`
    with begun as (
      select * from unnest(${each((one) => one.ownerId)}::bigint[], ${each((one) => one.from)}::timestamptz[],
                           ${each((one) => one.until)}::timestamptz[], ${each((one) => one.plan.planCode)}::text[],
                           ${each((one) => one.plan.version)}::integer[], ${each((one) => one.amountMicros)}::bigint[],
                           ${each((one) => one.plan.includedMinutes)}::bigint[], ${each(isCharged)}::boolean[])
             m (owner_id, began_at, ends_at, plan_code, price_version, paid_micros, included_minutes, is_charged)
    ), moved as (
      update subscription s
         set paid_until = m.paid_until, anchor = coalesce(${anchor ?? null}::timestamptz, s.anchor)
        from (select owner_id, max(ends_at) as paid_until from begun group by owner_id) m
       where s.owner_id = m.owner_id
    )
    insert into subscription_month (owner_id, began_at, ends_at, plan_code, price_version, paid_micros, included_minutes)
    select owner_id, began_at, ends_at, plan_code, price_version, paid_micros, included_minutes from begun where is_charged
  `.execute(tx);
}

/** Ends the month that runs and begins the part of one under another plan; the paid time stays. */
export async function changeMonth(tx: Tx, ownerId: number, part: Omit<PaidMonth, 'usedMinutes'>): Promise<void> {
  await endMonth(tx, ownerId, part.from);
  const { from: beganAt, until: endsAt, plan, paidMicros, includedMinutes } = part;
  const { planCode, version: priceVersion } = plan;
  await tx
    .insertInto('subscriptionMonth')
    .values({ ownerId, beganAt, endsAt, planCode, priceVersion, paidMicros, includedMinutes })
    .execute();
  await tx.updateTable('subscription').set({ planCode, paidUntil: endsAt }).where('ownerId', '=', ownerId).execute();
}

/** Ends the month that runs, and with it the paid time. */
export async function endMonth(tx: Tx, ownerId: number, endsAt: Date): Promise<void> {
  await sql`
    with cut as (
      update subscription_month set ends_at = ${endsAt} where owner_id = ${ownerId} and ends_at > ${endsAt}
    )
    update subscription set paid_until = ${endsAt} where owner_id = ${ownerId}
  `.execute(tx);
}

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

type CountedNumber = PaidByMonth & { kind: 'local' | 'tollfree' };

/** What is charged next for a number, as the billing run will charge it. */
export function nextOfNumber(number: CountedNumber, prices: readonly Plan[]): Month {
  return numberMonths({ ...number, endedAt: null }, prices, number.paidUntil)[0]!;
}

/**
 * The numbers that an owner is charged for: an account's own (or one of them), or those of all accounts that an agency pays for. What is
 * released, or belongs to a canceled account, costs nothing more.
 */
export async function findRenewals(db: Db | Tx, owner: RenewalsOwner, limit: number): Promise<Renewals> {
  const prices = await findAllPrices(db);
  const whose =
    'accountId' in owner
      ? sql`a.account_id = ${owner.accountId}
            and n.tracking_number_id = coalesce(${owner.trackingNumberId ?? null}::bigint, n.tracking_number_id)`
      : sql`a.agency_id = ${owner.agencyId} and a.payer = 'agency'`;
  const charged = sql`
      from account a
      join tracking_number n on n.account_id = a.account_id and n.paid_until is not null
      join subscription s on s.owner_id = case a.payer when 'own' then a.account_id else a.agency_id end
     where ${whose}
       and not exists (select from ${closings} c where c.owner_id = a.account_id and c.reactivated_at is null)
       and not exists (
         select from release l
          where l.account_id = n.account_id and l.tracking_number_id = n.tracking_number_id and l.restored_at is null)`;
  const counted = sql`n.kind, s.plan_code, n.renewal_anchor as anchor, n.paid_until, a.time_zone, null::timestamptz as ended_at`;
  const { rows: soonest } = await sql<CountedNumber & { accountName: string; phoneNumber: string }>`
    select a.name as account_name, n.phone_number, ${counted} ${charged}
     order by n.paid_until, n.account_id, n.tracking_number_id
     limit ${limit}
  `.execute(db);
  // Numbers of one kind cost the same between two changes of prices: one of each stands for all.
  const changes = [...new Set(prices.map((each) => each.effectiveFrom.getTime()))].toSorted((a, b) => a - b);
  const { rows: alike } = await sql<CountedNumber & { numbers: number }>`
    select kind, plan_code, min(paid_until) as anchor, min(paid_until) as paid_until, 'UTC' as time_zone,
           null::timestamptz as ended_at, count(*) as numbers
      from (select ${counted} ${charged}) each_number
     group by kind, plan_code, width_bucket(paid_until, ${changes.map((each) => new Date(each))}::timestamptz[])
  `.execute(db);
  return {
    soonest: soonest.map((number) => {
      const { from: at, amountMicros } = nextOfNumber(number, prices);
      return { accountName: number.accountName, phoneNumber: number.phoneNumber, at, amountMicros };
    }),
    numbers: alike.reduce((sum, each) => sum + each.numbers, 0),
    sumMicros: alike.reduce((sum, each) => sum + nextOfNumber(each, prices).amountMicros * BigInt(each.numbers), 0n),
  };
}

/** The subscriptions of owners that are held, with a month to charge: what has changed meanwhile is seen. */
export async function findDueSubscriptions(
  tx: Tx,
  ownerIds: readonly number[],
  now: Date,
): Promise<CountedSubscription[]> {
  const { rows } = await sql<CountedSubscription>`
    ${counted} where s.owner_id = any (${ownerIds}::bigint[]) and s.paid_until <= ${now} and s.ended_at is null
  `.execute(tx);
  return rows;
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
 *
 * Calls take what is left of the minutes that their month includes, in the order in which they were rated, so that it does not
 * matter when this is done; one at a time for each payer (`takeLane`). A call waits for its month to be charged.
 */
export async function settle(tx: Tx, which: ReturnType<typeof sql>, now: Date): Promise<number> {
  const { rows } = await sql<{ settled: number }>`
    with taken as (
      update charge c set settled_at = ${now}
       where settled_at is null and ${which}
         and not (cause = 'call' and exists (
           select from subscription s where s.owner_id = c.payer_id and s.paid_until <= c.at and s.ended_at is null))
      returning payer_id, owner_id, charge_id, cause, at, amount_micros, description, tracking_number_id, call_id, quantity, unit_micros
    ), asked as (
      select t.*, m.began_at, m.included_minutes - m.included_minutes_used as left_minutes,
             sum(t.quantity) over (partition by m.owner_id, m.began_at order by t.charge_id) - t.quantity as before_minutes
        from taken t
        join subscription_month m on m.owner_id = t.payer_id and m.began_at <= t.at and t.at < m.ends_at
       where t.cause = 'call' and m.included_minutes_used < m.included_minutes
    ), given as (
      select *, least(quantity, left_minutes - before_minutes)::bigint as minutes from asked where before_minutes < left_minutes
    ), used as (
      update subscription_month m set included_minutes_used = m.included_minutes_used + g.minutes
        from (select payer_id, began_at, sum(minutes)::bigint as minutes from given group by payer_id, began_at) g
       where m.owner_id = g.payer_id and m.began_at = g.began_at
    ), credited as (
      insert into charge (owner_id, cause, cause_key, at, description, tracking_number_id, quantity, unit_micros, amount_micros,
                          payer_id, settled_at)
      select owner_id, 'included-minutes', 'included in call ' || call_id, at, 'Included in the plan, ' || minutes || ' min',
             tracking_number_id, minutes, -unit_micros, -unit_micros * minutes, payer_id, ${now}
        from given
       order by charge_id
      returning payer_id, owner_id, charge_id, cause, at, amount_micros, description
    ), line as (
      select payer_id, owner_id, cause, max(at) as at, max(charge_id) as newest, sum(amount_micros)::bigint as amount_micros,
             case count(*) when 1 then min(description)
                  else case cause when 'call' then count(*) || ' calls' else 'Included in the plan, ' || count(*) || ' calls' end
             end as description
        from (select payer_id, owner_id, charge_id, cause, at, amount_micros, description from taken
              union all select * from credited) each
       where amount_micros <> 0
       group by payer_id, owner_id, cause, case when cause in ('call', 'included-minutes') then 0 else charge_id end
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
  /** The cause key of the posting that this one undoes: once, and by a posting of its own. */
  reversesKey?: string;
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
      insert into posting (owner_id, at, debit, credit, amount_micros, cause, cause_key, description, reverses_posting_id)
      values (${posting.ownerId}, ${posting.at}, ${posting.debit}, ${posting.credit}, ${posting.amountMicros},
              ${posting.cause}, ${posting.causeKey}, ${posting.description},
              (select u.posting_id from posting u where u.owner_id = ${posting.ownerId} and u.cause_key = ${posting.reversesKey ?? null}))
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
    await followHeldBalances(tx, [posting.ownerId], posting.at);
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
