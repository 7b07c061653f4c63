import { sql } from 'kysely';
import type { Db, Tx } from '../../platform/db.ts';
import type { Days } from '../../rules/calendar.ts';

/** A stretch of time, half-open. */
export type Stretch = Pick<Days, 'from' | 'until'>;

/** What calls and visits are told apart by. */
export const reportViews = ['source', 'campaign', 'landing-page'] as const;
export type ReportView = (typeof reportViews)[number];

export interface CallSums {
  calls: number;
  answered: number;
  /** Calls of people who never called here before. */
  firstTime: number;
  /** Calls whose talk is over. */
  talks: number;
  talkSeconds: number;
}

/** Sums of the time now and of the time before; of one key, or of all where `isTotal`. */
export interface CallsOfKey {
  isTotal: boolean;
  isNow: boolean;
  /** Of a source its id as text. Null: none, or of a call of which no visit is known. */
  key: string | null;
  /** The visit is known, and has no campaign. */
  isEmpty: boolean;
}

const either = (column: ReturnType<typeof sql>, now: Stretch, before: Stretch) => sql`
  ((${column} >= ${now.from} and ${column} < ${now.until}) or (${column} >= ${before.from} and ${column} < ${before.until}))`;

/** A landing page is its address without what follows the question mark. */
const keyOf: Record<ReportView, ReturnType<typeof sql>> = {
  source: sql`c.tracking_source_id::text`,
  campaign: sql`v.utm_campaign`,
  'landing-page': sql`split_part(split_part(v.landing_url, '?', 1), '#', 1)`,
};

const bySource = (view: ReportView) => view === 'source';

const sums = sql`
  count(*) as calls,
  count(*) filter (where status in ('answered', 'in-progress')) as answered,
  count(*) filter (where is_first) as first_time,
  count(*) filter (where talk_seconds > 0) as talks,
  coalesce(sum(talk_seconds), 0)::bigint as talk_seconds`;

/**
 * Calls of two stretches by a key, with the sums of all. Index: call_log; by campaign and landing page the likeliest visit is joined.
 */
export async function sumCalls(
  db: Db | Tx,
  accountId: number,
  view: ReportView,
  now: Stretch,
  before: Stretch,
): Promise<(CallsOfKey & CallSums)[]> {
  const visit = sql`
    left join call_visit m on m.account_id = c.account_id and m.call_id = c.call_id and m.rank = 1
    left join visit v on v.account_id = m.account_id and v.visit_id = m.visit_id`;
  const { rows } = await sql<CallsOfKey & CallSums>`
    with rung as (
      select c.called_at >= ${now.from} as is_now, ${keyOf[view]} as key,
             ${bySource(view) ? sql`false` : sql`v.visit_id is not null and ${keyOf[view]} is null`} as is_empty,
             c.status, c.talk_seconds, c.is_first
        from call c ${bySource(view) ? sql`` : visit}
       where c.account_id = ${accountId} and ${either(sql`c.called_at`, now, before)}
    )
    select grouping(key) = 1 as is_total, is_now, key, coalesce(is_empty, false) as is_empty, ${sums}
      from rung group by grouping sets ((is_now, key, is_empty), (is_now))
  `.execute(db);
  return rows;
}

export interface VisitsOfKey {
  isNow: boolean;
  key: string | null;
  visits: number;
}

/** Visits of two stretches by a key. Index: visit_log. */
export async function sumVisits(
  db: Db | Tx,
  accountId: number,
  view: ReportView,
  now: Stretch,
  before: Stretch,
): Promise<VisitsOfKey[]> {
  const { rows } = await sql<VisitsOfKey>`
    select v.begun_at >= ${now.from} as is_now,
           ${bySource(view) ? sql`v.tracking_source_id::text` : keyOf[view]} as key, count(*) as visits
      from visit v where v.account_id = ${accountId} and ${either(sql`v.begun_at`, now, before)}
     group by 1, 2
  `.execute(db);
  return rows;
}

/** How long one bar of the plot is. */
export type Pace = 'hour' | 'day' | 'month';

export interface CallsAt {
  /** "2026-03-17", "2026-03", or of an hour its number, counted from the beginning. */
  at: string;
  calls: number;
  answered: number;
}

/** Calls over time; hours, days or months without any are left out. Index: call_log. */
export async function sumCallsOverTime(
  db: Db | Tx,
  accountId: number,
  { from, until }: Stretch,
  pace: Pace,
  timeZone: string,
): Promise<CallsAt[]> {
  const at =
    pace === 'hour'
      ? sql`floor(extract(epoch from c.called_at - ${from}::timestamptz) / 3600)::int::text`
      : sql`to_char(c.called_at at time zone ${timeZone}, ${pace === 'day' ? 'YYYY-MM-DD' : 'YYYY-MM'})`;
  const { rows } = await sql<CallsAt>`
    select ${at} as at, count(*) as calls, count(*) filter (where c.status in ('answered', 'in-progress')) as answered,
           count(distinct c.caller_number) filter (where c.caller_number <> '') as callers
      from call c where c.account_id = ${accountId} and c.called_at >= ${from} and c.called_at < ${until}
     group by 1
  `.execute(db);
  return rows;
}

/** The names of sources, those that were removed included. */
export async function findSourceNames(db: Db | Tx, accountId: number): Promise<Map<string, string>> {
  const rows = await db
    .selectFrom('trackingSource')
    .select(['trackingSourceId', 'name'])
    .where('accountId', '=', accountId)
    .execute();
  return new Map(rows.map((row) => [String(row.trackingSourceId), row.name]));
}

/** How many people called each day, and in all the days: whose number is known, each counted once. Index: call_log. */
export async function countCallers(
  db: Db | Tx,
  accountId: number,
  { from, until }: Stretch,
  timeZone: string,
): Promise<{ all: number; byDay: Map<string, number> }> {
  const { rows } = await sql<{ day: string | null; callers: number }>`
    with rung as (
      select distinct to_char(c.called_at at time zone ${timeZone}, 'YYYY-MM-DD') as day, c.caller_number
        from call c
       where c.account_id = ${accountId} and c.called_at >= ${from} and c.called_at < ${until} and c.caller_number <> ''
    )
    select day, count(*) as callers from rung group by day
     union all
    select null, count(distinct caller_number) from rung
  `.execute(db);
  return {
    all: rows.find((row) => row.day === null)?.callers ?? 0,
    byDay: new Map(rows.flatMap((row) => (row.day === null ? [] : [[row.day, row.callers] as const]))),
  };
}
