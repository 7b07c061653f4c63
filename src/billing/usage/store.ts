import { sql } from 'kysely';
import { closings } from '../../accounts/store.ts';
import type { Db, Tx } from '../../platform/db.ts';
import type { Days } from '../../rules/calendar.ts';

/** Whose costs: all that an agency pays, or what one account was charged, whoever paid. */
export interface CostsOf {
  kind: 'account' | 'agency';
  ownerId: number;
}

/** A stretch of time, half-open. */
export type Stretch = Pick<Days, 'from' | 'until'>;

const costsIn = ({ kind, ownerId }: CostsOf, { from, until }: Stretch) =>
  sql`${kind === 'agency' ? sql`c.payer_id` : sql`c.owner_id`} = ${ownerId} and c.at >= ${from} and c.at < ${until}`;

export interface Costs {
  calls: number;
  minutes: number;
  planMicros: bigint;
  numberMicros: bigint;
  /** Less the minutes that were included. */
  callMicros: bigint;
  totalMicros: bigint;
}

const costs = (when = sql`true`) => sql`
  count(*) filter (where c.cause = 'call' and ${when}) as calls,
  coalesce(sum(c.quantity) filter (where c.cause = 'call' and ${when}), 0)::bigint as minutes,
  coalesce(sum(c.amount_micros) filter (where c.cause in ('subscription', 'plan-change', 'unused-time') and ${when}), 0)::bigint as plan_micros,
  coalesce(sum(c.amount_micros) filter (where c.cause = 'number' and ${when}), 0)::bigint as number_micros,
  coalesce(sum(c.amount_micros) filter (where c.cause in ('call', 'included-minutes') and ${when}), 0)::bigint as call_micros,
  coalesce(sum(c.amount_micros) filter (where ${when}), 0)::bigint as total_micros`;

/** All together. Index: charge_of_payer, or charge_log. */
export async function findCosts(db: Db | Tx, of: CostsOf, stretch: Stretch): Promise<Costs> {
  const { rows } = await sql<Costs>`select ${costs()} from charge c where ${costsIn(of, stretch)}`.execute(db);
  return rows[0]!;
}

export interface CostsAt extends Costs {
  /** "2026-03-17", or "2026-03". */
  at: string;
}

/** By day or by month of a zone; those that cost nothing are left out. Index: charge_of_payer, or charge_log. */
export async function findCostsOverTime(
  db: Db | Tx,
  of: CostsOf,
  stretch: Stretch,
  by: 'day' | 'month',
  timeZone: string,
): Promise<CostsAt[]> {
  const format = by === 'day' ? 'YYYY-MM-DD' : 'YYYY-MM';
  const { rows } = await sql<CostsAt>`
    select to_char(c.at at time zone ${timeZone}, ${format}) as at, ${costs()}
      from charge c where ${costsIn(of, stretch)}
     group by 1 order by 1
  `.execute(db);
  return rows;
}

/** Costs beside those of the time before. */
export interface Compared extends Costs {
  beforeMicros: bigint;
}

export interface CostsOfNumber extends Compared {
  accountId: number;
  accountName: string;
  /** Null for what is charged to no number: the plan. */
  trackingNumberId: number | null;
  phoneNumber: string | null;
  numberName: string | null;
}

export interface Page {
  limit: number;
  offset: number;
}

/** The two stretches, where the earlier one need not end at the later. */
const either = (of: CostsOf, now: Stretch, before: Stretch) => sql`((${costsIn(of, now)}) or (${costsIn(of, before)}))`;

const isNow = ({ from }: Stretch) => sql`c.at >= ${from}`;

const compared = (now: Stretch) => sql`
  ${costs(isNow(now))}, coalesce(sum(c.amount_micros) filter (where not (${isNow(now)})), 0)::bigint as before_micros`;

/** By number, the dearest first, with how many there are. Index: charge_of_payer, or charge_log. */
export async function findCostsByNumber(
  db: Db | Tx,
  of: CostsOf,
  now: Stretch,
  before: Stretch,
  page: Page | null,
): Promise<{ rows: CostsOfNumber[]; count: number }> {
  const { rows } = await sql<CostsOfNumber & { count: number }>`
    select s.*, coalesce(a.name, g.name, 'Account ' || s.account_id) as account_name, n.phone_number, n.name as number_name
      from (
        select c.owner_id as account_id, c.tracking_number_id, ${compared(now)}, count(*) over () as count
          from charge c where ${either(of, now, before)}
         group by c.owner_id, c.tracking_number_id
      ) s
      left join tracking_number n on n.account_id = s.account_id and n.tracking_number_id = s.tracking_number_id
      left join account a on a.account_id = s.account_id
      left join agency g on g.agency_id = s.account_id
     order by s.total_micros desc, s.account_id, n.phone_number nulls first, s.tracking_number_id
     limit ${page?.limit ?? null}::bigint offset ${page?.offset ?? 0}
  `.execute(db);
  return { rows, count: rows[0]?.count ?? 0 };
}

export interface CostsOfAccount extends Compared {
  accountId: number;
  accountName: string;
  numbers: number;
}

/** By sub-account, the dearest first, with how many there are; the agency itself among them. Index: charge_of_payer. */
export async function findCostsByAccount(
  db: Db | Tx,
  of: CostsOf,
  now: Stretch,
  before: Stretch,
  page: Page | null,
): Promise<{ rows: CostsOfAccount[]; count: number }> {
  const { rows } = await sql<CostsOfAccount & { count: number }>`
    select s.*, coalesce(a.name, g.name, 'Account ' || s.account_id) as account_name
      from (
        select c.owner_id as account_id, ${compared(now)}, count(*) over () as count,
               count(distinct c.tracking_number_id) filter (where ${isNow(now)}) as numbers
          from charge c where ${either(of, now, before)}
         group by c.owner_id
      ) s
      left join account a on a.account_id = s.account_id
      left join agency g on g.agency_id = s.account_id
     order by s.total_micros desc, s.account_id
     limit ${page?.limit ?? null}::bigint offset ${page?.offset ?? 0}
  `.execute(db);
  return { rows, count: rows[0]?.count ?? 0 };
}

/** What an owner means to spend in a month on itself, or an agency on a sub-account. */
export interface Budget {
  ownerId: number;
  subjectId: number;
  monthlyMicros: bigint;
  /** In percent, ascending. */
  levels: number[];
}

export interface ShownBudget extends Budget {
  subjectName: string;
  setAt: Date;
  spentMicros: bigint;
  /** The levels of this month that somebody was told of. */
  told: number[];
}

/** Whether an agency may set a budget for an account. */
export async function isSubAccount(db: Db | Tx, agencyId: number, accountId: number): Promise<boolean> {
  const row = await db
    .selectFrom('account')
    .select('accountId')
    .where('accountId', '=', accountId)
    .where('agencyId', '=', agencyId)
    .executeTakeFirst();
  return row !== undefined;
}

/** The sub-accounts of an agency that it pays for, to choose from. */
export async function findPaidAccounts(
  db: Db | Tx,
  agencyId: number,
  limit: number,
): Promise<{ accountId: number; name: string }[]> {
  return db
    .selectFrom('account')
    .select(['accountId', 'name'])
    .where('agencyId', '=', agencyId)
    .where('payer', '=', 'agency')
    .orderBy('name')
    .orderBy('accountId')
    .limit(limit)
    .execute();
}

export async function recordBudget(tx: Tx, budget: Budget, now: Date, by: string): Promise<void> {
  const values = { ...budget, setAt: now, setBy: by, lookAt: now };
  await tx
    .insertInto('budget')
    .values(values)
    .onConflict((clash) => clash.columns(['ownerId', 'subjectId']).doUpdateSet(values))
    .execute();
}

/** False when there was none. */
export async function removeBudgetRow(tx: Tx, ownerId: number, subjectId: number): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('budget')
    .where('ownerId', '=', ownerId)
    .where('subjectId', '=', subjectId)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** What was charged against a budget `b` since a moment. Indexes: charge_of_payer, charge_log. */
const spentSince = (from: ReturnType<typeof sql>) => sql`
  case when b.subject_id <> b.owner_id then (
         select sum(c.amount_micros) from charge c
          where c.owner_id = b.subject_id and c.payer_id = b.owner_id and c.at >= ${from})
       when exists (select from agency g where g.agency_id = b.owner_id) then (
         select sum(c.amount_micros) from charge c where c.payer_id = b.owner_id and c.at >= ${from})
       else (
         select sum(c.amount_micros) from charge c where c.owner_id = b.owner_id and c.at >= ${from})
  end`;

/** An owner's budgets, its own first, with what is spent of each since the month began. */
export async function findBudgets(
  db: Db | Tx,
  ownerId: number,
  month: { month: string; from: Date },
): Promise<ShownBudget[]> {
  const { rows } = await sql<ShownBudget>`
    select b.owner_id, b.subject_id, b.monthly_micros, b.levels, b.set_at,
           coalesce(a.name, g.name, 'Account ' || b.subject_id) as subject_name,
           coalesce(${spentSince(sql`${month.from}::timestamptz`)}, 0)::bigint as spent_micros,
           array(select t.level from budget_alert t
                  where t.owner_id = b.owner_id and t.subject_id = b.subject_id and t.month = ${month.month}
                  order by t.level) as told
      from budget b
      left join account a on a.account_id = b.subject_id
      left join agency g on g.agency_id = b.subject_id
     where b.owner_id = ${ownerId}
     order by b.subject_id <> b.owner_id, a.name, b.subject_id
  `.execute(db);
  return rows;
}

export interface DueBudget extends Budget {
  ownerName: string;
  subjectName: string;
  isAgency: boolean;
  timeZone: string;
}

/** Takes budgets that are to be looked at again, and says when next; those of a canceled owner are left alone. Index: budget_due. */
export async function takeDueBudgets(tx: Tx, now: Date, nextAt: Date, limit: number): Promise<DueBudget[]> {
  const { rows } = await sql<DueBudget & { isClosed: boolean }>`
    with due as (
      select owner_id, subject_id from budget where look_at <= ${now}
       order by look_at, owner_id, subject_id limit ${limit} for update skip locked
    ), taken as (
      update budget b set look_at = ${nextAt} from due
       where b.owner_id = due.owner_id and b.subject_id = due.subject_id
      returning b.owner_id, b.subject_id, b.monthly_micros, b.levels
    )
    select t.*, coalesce(oa.name, og.name) as owner_name, coalesce(sa.name, og.name) as subject_name,
           og.agency_id is not null as is_agency, coalesce(oa.time_zone, og.time_zone) as time_zone,
           exists (select from ${closings} c where c.owner_id = t.owner_id and c.reactivated_at is null) as is_closed
      from taken t
      left join account oa on oa.account_id = t.owner_id
      left join agency og on og.agency_id = t.owner_id
      left join account sa on sa.account_id = t.subject_id
  `.execute(tx);
  return rows.filter((row) => !row.isClosed);
}

/** What is spent of budgets, each since its month began. Indexes: charge_of_payer, charge_log. */
export async function findSpent(
  tx: Tx,
  budgets: readonly { ownerId: number; subjectId: number; from: Date }[],
): Promise<bigint[]> {
  const each = <Value>(value: (budget: (typeof budgets)[number]) => Value) => budgets.map(value);
  const { rows } = await sql<{ spentMicros: bigint }>`
    select coalesce(${spentSince(sql`b.begins`)}, 0)::bigint as spent_micros
      from unnest(${each((one) => one.ownerId)}::bigint[], ${each((one) => one.subjectId)}::bigint[],
                  ${each((one) => one.from)}::timestamptz[]) with ordinality b (owner_id, subject_id, begins, line)
     order by b.line
  `.execute(tx);
  return rows.map((row) => row.spentMicros);
}

/** Writes the levels that were reached; answers with those that nobody was told of yet. */
export async function recordAlerts(
  tx: Tx,
  { ownerId, subjectId, monthlyMicros }: Budget,
  month: string,
  levels: readonly number[],
  spentMicros: bigint,
  now: Date,
): Promise<number[]> {
  if (levels.length === 0) return [];
  const rows = await tx
    .insertInto('budgetAlert')
    .values(levels.map((level) => ({ ownerId, subjectId, month, level, monthlyMicros, spentMicros, reachedAt: now })))
    .onConflict((clash) => clash.doNothing())
    .returning('level')
    .execute();
  return rows.map((row) => row.level);
}
