import { sql } from 'kysely';
import type { Db, Tx } from '../../platform/db.ts';
import type { Days } from '../../rules/calendar.ts';
import type { ChargeCause, LedgerAccount } from '../store.ts';

/*
 * A statement is worked out from the charges by their own moments and from the postings that settle none, so that the
 * statements of all times add up to the ledger, however late something was settled.
 */

/** Money in or out of a wallet: all of its postings but those that settle charges. For a `where`, beside `posting`. */
const movesMoney = sql.raw(`(debit = 'wallet' or credit = 'wallet') and cause_key not like 'settle %'`);
const changeOfWallet = sql.raw(`case credit when 'wallet' then amount_micros else -amount_micros end`);

/** What a balance was at a moment, what was charged and not settled included. Indexes: charge_of_payer, posting_log. */
export async function findBalanceAt(db: Db | Tx, payerId: number, at: Date): Promise<bigint> {
  const { rows } = await sql<{ balanceMicros: bigint }>`
    select (select coalesce(sum(${changeOfWallet}), 0) from posting
             where owner_id = ${payerId} and at < ${at} and ${movesMoney})
         - (select coalesce(sum(amount_micros), 0) from charge
             where payer_id = ${payerId} and at < ${at}) as balance_micros
  `.execute(db);
  return rows[0]!.balanceMicros;
}

/** When anything was charged to an owner, or paid by it, for the first time. Indexes: charge_log, charge_of_payer, posting_log. */
export async function findBeginning(db: Db | Tx, ownerId: number): Promise<Date | null> {
  const { rows } = await sql<{ beganAt: Date | null }>`
    select least(
      (select min(at) from charge where owner_id = ${ownerId}),
      (select min(at) from charge where payer_id = ${ownerId}),
      (select min(at) from posting where owner_id = ${ownerId})) as began_at
  `.execute(db);
  return rows[0]!.beganAt;
}

/** What happened in one month: `paidByOthersMicros` was charged to somebody else's wallet. */
export interface MonthSums {
  month: string;
  inMicros: bigint;
  outMicros: bigint;
  chargedMicros: bigint;
  paidByOthersMicros: bigint;
}

/** The months of some days in which anything happened. Indexes: charge_of_payer, charge_log, posting_log. */
export async function findMonths(db: Db | Tx, ownerId: number, days: Days, timeZone: string): Promise<MonthSums[]> {
  const { rows } = await sql<MonthSums>`
    select to_char(at at time zone ${timeZone}, 'YYYY-MM') as month,
           sum(greatest(money, 0))::bigint as in_micros, sum(greatest(-money, 0))::bigint as out_micros,
           sum(charged)::bigint as charged_micros, sum(elsewhere)::bigint as paid_by_others_micros
      from (
        select at, ${changeOfWallet} as money, 0 as charged, 0 as elsewhere
          from posting where owner_id = ${ownerId} and ${movesMoney}
        union all
        select at, 0, amount_micros, 0 from charge where payer_id = ${ownerId}
        union all
        select at, 0, 0, amount_micros from charge where owner_id = ${ownerId} and payer_id <> ${ownerId}
      ) happened
     where at >= ${days.from} and at < ${days.until}
     group by 1 order by 1
  `.execute(db);
  return rows;
}

/** A top-up, a refund, what became unclaimed, a correction. */
export interface MoneyLine {
  postingId: number;
  at: Date;
  cause: string;
  description: string;
  /** Positive when the balance grew. */
  amountMicros: bigint;
}

/** Money in and out of a wallet, in order. Index: posting_log. */
export async function findMoney(db: Db | Tx, ownerId: number, days: Days): Promise<MoneyLine[]> {
  const { rows } = await sql<MoneyLine>`
    select posting_id, at, cause, description, ${changeOfWallet} as amount_micros
      from posting
     where owner_id = ${ownerId} and at >= ${days.from} and at < ${days.until} and ${movesMoney}
     order by at, posting_id
  `.execute(db);
  return rows;
}

/** Whether an owner has a wallet; a sub-account that its agency always paid has none. */
export async function hasWallet(db: Db | Tx, ownerId: number): Promise<boolean> {
  const { rows } = await sql`select from wallet where owner_id = ${ownerId}`.execute(db);
  return rows.length > 0;
}

/** Whose charges: all that a wallet pays, or what an account was charged to somebody else's. */
export interface Charged {
  ownerId: number;
  paid: 'by itself' | 'by others';
}

const chargedIn = ({ ownerId, paid }: Charged, days: Days) =>
  paid === 'by itself'
    ? sql`c.payer_id = ${ownerId} and c.at >= ${days.from} and c.at < ${days.until}`
    : sql`c.owner_id = ${ownerId} and c.payer_id <> ${ownerId} and c.at >= ${days.from} and c.at < ${days.until}`;

/** What one account, or the agency itself, was charged. */
export interface OwnerSums {
  ownerId: number;
  name: string;
  /** The numbers that cost something. */
  numbers: number;
  minutes: number;
  /** The plan, its changes and what was credited of it. */
  planMicros: bigint;
  numberMicros: bigint;
  /** Calls, less the minutes that were included. */
  callMicros: bigint;
  totalMicros: bigint;
}

/** The charges of some days by what they charge: the payer itself first, then its accounts by name. Index: charge_of_payer, or charge_log. */
export async function findOwnerSums(db: Db | Tx, charged: Charged, days: Days): Promise<OwnerSums[]> {
  const { rows } = await sql<OwnerSums>`
    select s.*, coalesce(a.name, g.name, 'Account ' || s.owner_id) as name
      from (
        select c.owner_id, count(distinct c.tracking_number_id) as numbers,
               coalesce(sum(c.quantity) filter (where c.cause = 'call'), 0)::bigint as minutes,
               coalesce(sum(c.amount_micros) filter (where c.cause in ('subscription', 'plan-change', 'unused-time')), 0)::bigint as plan_micros,
               coalesce(sum(c.amount_micros) filter (where c.cause = 'number'), 0)::bigint as number_micros,
               coalesce(sum(c.amount_micros) filter (where c.cause in ('call', 'included-minutes')), 0)::bigint as call_micros,
               sum(c.amount_micros)::bigint as total_micros
          from charge c where ${chargedIn(charged, days)}
         group by c.owner_id
      ) s
      left join account a on a.account_id = s.owner_id
      left join agency g on g.agency_id = s.owner_id
     order by s.owner_id <> ${charged.ownerId}, a.name, s.owner_id
  `.execute(db);
  return rows;
}

/** Charges of one kind, of one number and at one rate. */
export interface ChargeLine {
  ownerId: number;
  trackingNumberId: number | null;
  phoneNumber: string | null;
  numberName: string | null;
  kind: 'local' | 'tollfree' | null;
  cause: ChargeCause;
  /** Of the plan's charges; those of numbers and calls are named by their kind. */
  description: string | null;
  quantity: number;
  unitMicros: bigint;
  amountMicros: bigint;
  /** How many lines its account has. */
  linesOfOwner: number;
}

export interface WhichLines {
  /** Of these accounts only. */
  ownerIds?: readonly number[];
  /** So many of each account. */
  firstOfEach?: number;
  limit?: number;
  offset?: number;
}

/** The charges of some days by number, kind and rate. Index: charge_of_payer, or charge_log. */
export async function findLines(
  db: Db | Tx,
  charged: Charged,
  days: Days,
  { ownerIds, firstOfEach, limit, offset = 0 }: WhichLines = {},
): Promise<ChargeLine[]> {
  const { rows } = await sql<ChargeLine>`
    select line.*
      from (
        select s.*, n.phone_number, n.name as number_name, n.kind, a.name as account_name,
               row_number() over (
                 partition by s.owner_id
                 order by n.phone_number nulls first, s.tracking_number_id,
                          array_position(array['subscription', 'plan-change', 'unused-time', 'number', 'call', 'included-minutes'], s.cause),
                          s.description, s.unit_micros) as place,
               count(*) over (partition by s.owner_id) as lines_of_owner
          from (
            select c.owner_id, c.tracking_number_id, c.cause,
                   case when c.cause in ('number', 'call', 'included-minutes') then null else c.description end as description,
                   c.unit_micros, sum(c.quantity)::bigint as quantity, sum(c.amount_micros)::bigint as amount_micros
              from charge c
             where ${chargedIn(charged, days)} and ${ownerIds ? sql`c.owner_id = any (${ownerIds}::bigint[])` : sql`true`}
             group by c.owner_id, c.tracking_number_id, c.cause, 4, c.unit_micros
          ) s
          left join tracking_number n on n.account_id = s.owner_id and n.tracking_number_id = s.tracking_number_id
          left join account a on a.account_id = s.owner_id
      ) line
     where place <= coalesce(${firstOfEach ?? null}::bigint, place)
     order by owner_id <> ${charged.ownerId}, account_name, owner_id, place
     limit ${limit ?? null}::bigint offset ${offset}
  `.execute(db);
  return rows;
}

export interface ShownPosting {
  postingId: number;
  at: Date;
  debit: LedgerAccount;
  credit: LedgerAccount;
  amountMicros: bigint;
  cause: string;
  causeKey: string;
  description: string;
  reversesPostingId: number | null;
  /** The posting that undid this one. */
  reversedById: number | null;
}

export async function findPosting(db: Db | Tx, ownerId: number, postingId: number): Promise<ShownPosting | null> {
  const { rows } = await sql<ShownPosting>`
    select p.posting_id, p.at, p.debit, p.credit, p.amount_micros, p.cause, p.cause_key, p.description,
           p.reverses_posting_id, r.posting_id as reversed_by_id
      from posting p
      left join posting r on r.owner_id = p.owner_id and r.reverses_posting_id = p.posting_id
     where p.owner_id = ${ownerId} and p.posting_id = ${postingId}
  `.execute(db);
  return rows[0] ?? null;
}

/** What a settlement settled: one charge, or all that were settled with it of the same owner and cause. */
export interface Settled {
  ownerId: number;
  payerId: number;
  settledAt: Date;
  cause: ChargeCause;
  /** The one charge; null for all of them. */
  chargeId: number | null;
  charges: number;
}

/**
 * The charges behind a settlement, found by the newest of them, which its key names. Their sum is the posting's amount;
 * where those settled together are more than that, the one charge is it. Index: charge_settled.
 */
export async function findSettled(db: Db | Tx, payerId: number, posting: ShownPosting): Promise<Settled | null> {
  const [, ownerId, newest] = /^settle (\d+)\/(\d+)$/.exec(posting.causeKey) ?? [];
  if (!ownerId || !newest) return null;
  const { rows } = await sql<{
    settledAt: Date;
    cause: ChargeCause;
    ownMicros: bigint;
    sumMicros: bigint;
    charges: number;
  }>`
    select n.settled_at, n.cause, n.amount_micros as own_micros, sum(c.amount_micros)::bigint as sum_micros, count(*) as charges
      from charge n
      join charge c on c.owner_id = n.owner_id and c.settled_at = n.settled_at and c.payer_id = n.payer_id and c.cause = n.cause
     where n.owner_id = ${ownerId} and n.charge_id = ${newest} and n.payer_id = ${payerId}
     group by n.settled_at, n.cause, n.amount_micros
  `.execute(db);
  const [found] = rows;
  if (!found) return null;
  const amountMicros = posting.debit === 'wallet' ? posting.amountMicros : -posting.amountMicros;
  const { settledAt, cause, charges } = found;
  const shared = { ownerId: Number(ownerId), payerId, settledAt, cause };
  if (found.sumMicros === amountMicros) return { ...shared, chargeId: null, charges };
  return { ...shared, chargeId: Number(newest), charges: 1 };
}

export interface SettledCharge {
  chargeId: number;
  at: Date;
  description: string;
  phoneNumber: string | null;
  callId: number | null;
  quantity: number;
  unitMicros: bigint;
  amountMicros: bigint;
}

/** One page of the charges behind a settlement, the newest first. Index: charge_settled. */
export async function findSettledCharges(
  db: Db | Tx,
  settled: Settled,
  limit: number,
  before?: { at: Date; id: number },
): Promise<SettledCharge[]> {
  const { rows } = await sql<SettledCharge>`
    select c.charge_id, c.at, c.description, n.phone_number, c.call_id, c.quantity, c.unit_micros, c.amount_micros
      from charge c
      left join tracking_number n on n.account_id = c.owner_id and n.tracking_number_id = c.tracking_number_id
     where c.owner_id = ${settled.ownerId} and c.settled_at = ${settled.settledAt}
       and c.payer_id = ${settled.payerId} and c.cause = ${settled.cause}
       and ${settled.chargeId === null ? sql`true` : sql`c.charge_id = ${settled.chargeId}`}
       and ${before ? sql`(c.at, c.charge_id) < (${before.at}, ${before.id})` : sql`true`}
     order by c.at desc, c.charge_id desc
     limit ${limit}
  `.execute(db);
  return rows;
}

/** Which charges of a statement somebody looks into. */
export interface ChargeFilter {
  ownerId?: number;
  trackingNumberId?: number;
  cause?: ChargeCause;
}

export interface ExplainedCharge extends SettledCharge {
  ownerId: number;
  ownerName: string;
}

/** One page of single charges, the newest first. Index: charge_of_payer, or charge_log. */
export async function findExplained(
  db: Db | Tx,
  charged: Charged,
  days: Days,
  { ownerId, trackingNumberId, cause }: ChargeFilter,
  limit: number,
  before?: { at: Date; id: number },
): Promise<ExplainedCharge[]> {
  const { rows } = await sql<ExplainedCharge>`
    select c.charge_id, c.owner_id, coalesce(a.name, g.name, 'Account ' || c.owner_id) as owner_name, c.at, c.description,
           n.phone_number, c.call_id, c.quantity, c.unit_micros, c.amount_micros
      from charge c
      left join tracking_number n on n.account_id = c.owner_id and n.tracking_number_id = c.tracking_number_id
      left join account a on a.account_id = c.owner_id
      left join agency g on g.agency_id = c.owner_id
     where ${chargedIn(charged, days)}
       and ${ownerId === undefined ? sql`true` : sql`c.owner_id = ${ownerId}`}
       and ${trackingNumberId === undefined ? sql`true` : sql`c.tracking_number_id = ${trackingNumberId}`}
       and ${cause === undefined ? sql`true` : sql`c.cause = ${cause}`}
       and ${before ? sql`(c.at, c.charge_id) < (${before.at}, ${before.id})` : sql`true`}
     order by c.at desc, c.charge_id desc
     limit ${limit}
  `.execute(db);
  return rows;
}
