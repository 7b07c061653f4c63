import { sql } from 'kysely';
import { closings } from '../accounts/store.ts';
import type { Db, Tx } from '../platform/db.ts';
import type { Place } from '../web/paging.ts';

export interface Plan {
  planCode: string;
  name: string;
  kind: 'standalone' | 'agency';
  currency: string;
  monthlyFeeMicros: bigint;
  localNumberMicros: bigint;
  tollFreeNumberMicros: bigint;
  minuteInMicros: bigint;
}

export async function findPlans(db: Db | Tx): Promise<Plan[]> {
  const rows = await db.selectFrom('plan').selectAll().orderBy('position').execute();
  return rows.map((row) => ({ ...row, kind: row.kind as Plan['kind'] }));
}

export interface Subscription {
  ownerId: number;
  plan: Plan;
  anchor: Date;
  paidUntil: Date;
}

/** The subscription of an agency or of an account that pays for itself; null for a sub-account that its agency pays. */
export async function findSubscription(db: Db | Tx, ownerId: number): Promise<Subscription | null> {
  const row = await db
    .selectFrom('subscription as s')
    .innerJoin('plan as p', 'p.planCode', 's.planCode')
    .selectAll('p')
    .select(['s.ownerId', 's.anchor', 's.paidUntil'])
    .where('s.ownerId', '=', ownerId)
    .executeTakeFirst();
  if (!row) return null;
  const { ownerId: owner, anchor, paidUntil, ...plan } = row;
  return { ownerId: owner, anchor, paidUntil, plan: { ...plan, kind: plan.kind as Plan['kind'] } };
}

/** The plan whose prices hold for an account: that of the wallet which pays. */
export async function findPricesOf(db: Db | Tx, payerId: number): Promise<Plan> {
  const subscription = await findSubscription(db, payerId);
  if (!subscription) throw new Error(`Owner ${payerId} pays, and has no subscription.`);
  return subscription.plan;
}

export async function recordSubscription(
  tx: Tx,
  subscription: { ownerId: number; planCode: string; anchor: Date; paidUntil: Date },
): Promise<void> {
  await tx.insertInto('subscription').values(subscription).execute();
}

export async function movePaidUntil(tx: Tx, ownerId: number, paidUntil: Date, anchor?: Date): Promise<void> {
  await tx
    .updateTable('subscription')
    .set({ paidUntil, ...(anchor ? { anchor } : {}) })
    .where('ownerId', '=', ownerId)
    .execute();
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
    select a.name as account_name, n.phone_number, n.paid_until as at, n.monthly_price_micros as amount_micros,
           count(*) over () as numbers, sum(n.monthly_price_micros) over () as sum_micros
      from account a
      join tracking_number n on n.account_id = a.account_id and n.paid_until is not null
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

/**
 * Owners whose paid time is over and whose next period began outside any closure. Index: subscription_due.
 */
export async function findDueOwners(db: Db | Tx, now: Date, limit: number): Promise<number[]> {
  const { rows } = await sql<{ ownerId: number }>`
    select s.owner_id
      from subscription s
     where s.paid_until <= ${now}
       and not exists (
         select from ${closings} c
          where c.owner_id = s.owner_id and c.reactivated_at is null and c.closed_at <= s.paid_until)
     order by s.paid_until
     limit ${limit}
  `.execute(db);
  return rows.map((row) => row.ownerId);
}

export interface NewCharge {
  /** What is charged: an account or an agency. */
  ownerId: number;
  cause: 'subscription' | 'number' | 'call';
  /** Names the business event; the same event never charges twice. */
  causeKey: string;
  at: Date;
  description: string;
  trackingNumberId?: number;
  callId?: number;
  quantity?: bigint;
  amountMicros: bigint;
  payerId: number;
}

/**
 * Writes a charge, unless its moment lies inside a closure `[closed, reactivated)` of what it charges, or the event was
 * charged before. The closure is looked at by the statement that writes. Returns whether a charge was written.
 */
export async function recordCharge(tx: Tx, charge: NewCharge): Promise<boolean> {
  const { rows } = await sql<{ chargeId: number }>`
    insert into charge (owner_id, cause, cause_key, at, description, tracking_number_id, call_id, quantity, amount_micros, payer_id)
    select ${charge.ownerId}::bigint, ${charge.cause}, ${charge.causeKey}, ${charge.at}::timestamptz, ${charge.description},
           ${charge.trackingNumberId ?? null}::bigint, ${charge.callId ?? null}::bigint, ${charge.quantity ?? 1n}::bigint,
           ${charge.amountMicros}::bigint, ${charge.payerId}::bigint
     where not exists (
       select from ${closings} c
        where c.owner_id = ${charge.ownerId}
          and c.closed_at <= ${charge.at} and (c.reactivated_at is null or ${charge.at} < c.reactivated_at))
    on conflict (owner_id, cause_key) do nothing
    returning charge_id
  `.execute(tx);
  return rows.length > 0;
}

/** Pairs of owner and payer with charges that no posting has settled yet. Index: charge_unsettled. */
export async function findUnsettled(db: Db | Tx, limit: number): Promise<{ ownerId: number; payerId: number }[]> {
  const { rows } = await sql<{ ownerId: number; payerId: number }>`
    select distinct payer_id, owner_id from charge where settled_at is null order by payer_id, owner_id limit ${limit}
  `.execute(db);
  return rows;
}

export interface SettledCharge {
  chargeId: number;
  cause: string;
  at: Date;
  description: string;
  amountMicros: bigint;
}

export async function markSettled(tx: Tx, ownerId: number, payerId: number, now: Date): Promise<SettledCharge[]> {
  return tx
    .updateTable('charge')
    .set({ settledAt: now })
    .where('ownerId', '=', ownerId)
    .where('payerId', '=', payerId)
    .where('settledAt', 'is', null)
    .returning(['chargeId', 'cause', 'at', 'description', 'amountMicros'])
    .execute();
}

export type LedgerAccount = 'payments' | 'wallet' | 'revenue';

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

/** Appends a posting and moves the wallet's balance with it. The same cause twice is one posting. Returns whether it is new. */
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
  return rows.length > 0;
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

/** What an owner itself was charged, newest first, whoever paid. */
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
