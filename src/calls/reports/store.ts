import { sql } from 'kysely';
import type { Db, Tx } from '../../platform/db.ts';
import type { Days } from '../../rules/calendar.ts';
import { matching } from '../../rules/matching.ts';

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

/**
 * What a line of a report is: of a source, campaign or landing page; of calls and visits that have none; of calls whose likeliest
 * visit is not likely enough to count; of calls of which no visit is known.
 */
export type LineKind = 'named' | 'none' | 'unsure' | 'unknown';

export interface LineKey {
  kind: LineKind;
  /** Of a source its id as text; null where the line has no name of its own. */
  key: string | null;
}

/** Sums of the time now and of the time before; of one line, or of all where `isTotal`. */
export interface CallsOfLine extends LineKey {
  isTotal: boolean;
  isNow: boolean;
}

const either = (column: ReturnType<typeof sql>, now: Stretch, before: Stretch) => sql`
  ((${column} >= ${now.from} and ${column} < ${now.until}) or (${column} >= ${before.from} and ${column} < ${before.until}))`;

/** A landing page is its address without what follows the question mark; how it was fetched and a slash at its end make no other. */
const keyOf: Record<ReportView, ReturnType<typeof sql>> = {
  source: sql`v.tracking_source_id::text`,
  campaign: sql`v.utm_campaign`,
  'landing-page': sql`regexp_replace(split_part(split_part(v.landing_url, '?', 1), '#', 1), '^https?://|/+$', '', 'g')`,
};

/**
 * Which line of a report a call counts for: by its own source, or by its likeliest visit, if that is likely enough.
 */
const lineOfCall = (view: ReportView) =>
  view === 'source'
    ? sql`
      cross join lateral (select c.tracking_source_id::text as key,
                                 case when c.tracking_source_id is null then 'none' else 'named' end as kind) line`
    : sql`
      left join call_visit m on m.account_id = c.account_id and m.call_id = c.call_id and m.rank = 1
      left join visit v on v.account_id = m.account_id and v.visit_id = m.visit_id
      cross join lateral (
        select case when m.likelihood_percent >= ${matching.countedPercent} then ${keyOf[view]} end as key,
               case when v.visit_id is null then 'unknown'
                    when m.likelihood_percent < ${matching.countedPercent} then 'unsure'
                    when ${keyOf[view]} is null then 'none'
                    else 'named' end as kind) line`;

const sums = sql`
  count(*) as calls,
  count(*) filter (where status in ('answered', 'in-progress')) as answered,
  count(*) filter (where is_first) as first_time,
  count(*) filter (where talk_seconds > 0) as talks,
  coalesce(sum(talk_seconds), 0)::bigint as talk_seconds`;

/** Calls of two stretches by a report's lines, with the sums of all. Index: call_log; the likeliest visit by its keys. */
export async function sumCalls(
  db: Db | Tx,
  accountId: number,
  view: ReportView,
  now: Stretch,
  before: Stretch,
): Promise<(CallsOfLine & CallSums)[]> {
  const { rows } = await sql<CallsOfLine & CallSums>`
    with rung as (
      select c.called_at >= ${now.from} as is_now, line.key, line.kind, c.status, c.talk_seconds, c.is_first
        from call c ${lineOfCall(view)}
       where c.account_id = ${accountId} and ${either(sql`c.called_at`, now, before)}
    )
    select grouping(key) = 1 as is_total, is_now, key, kind, ${sums}
      from rung group by grouping sets ((is_now, key, kind), (is_now))
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
           ${keyOf[view]} as key, count(*) as visits
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

/** Which bar of the plot a call stands in: an hour, counted from the beginning, or the day or month of the zone, so many days later. */
const barOf = (from: Date, pace: Pace, timeZone: string, daysLater = 0) =>
  pace === 'hour'
    ? sql`floor(extract(epoch from c.called_at - ${from}::timestamptz) / 3600)::int::text`
    : sql`to_char((c.called_at at time zone ${timeZone}) + ${daysLater} * interval '1 day',
                  ${pace === 'day' ? 'YYYY-MM-DD' : 'YYYY-MM'})`;

/** Calls over time by a report's lines; hours, days or months without any are left out. Index: call_log. */
export async function sumCallsOverTime(
  db: Db | Tx,
  accountId: number,
  view: ReportView,
  { from, until }: Stretch,
  pace: Pace,
  timeZone: string,
): Promise<(CallsAt & LineKey)[]> {
  const { rows } = await sql<CallsAt & LineKey>`
    select ${barOf(from, pace, timeZone)} as at, line.key, line.kind, count(*) as calls,
           count(*) filter (where c.status in ('answered', 'in-progress')) as answered
      from call c ${lineOfCall(view)}
     where c.account_id = ${accountId} and c.called_at >= ${from} and c.called_at < ${until}
     group by 1, 2, 3
  `.execute(db);
  return rows;
}

/** Calls of the time before, each in the bar of the moment so many days later. Index: call_log. */
export async function countCallsBefore(
  db: Db | Tx,
  accountId: number,
  { from, until }: Stretch,
  pace: Pace,
  timeZone: string,
  daysLater: number,
): Promise<Map<string, number>> {
  const { rows } = await sql<{ at: string; calls: number }>`
    select ${barOf(from, pace, timeZone, daysLater)} as at, count(*) as calls
      from call c where c.account_id = ${accountId} and c.called_at >= ${from} and c.called_at < ${until}
     group by 1
  `.execute(db);
  return new Map(rows.map((row) => [row.at, row.calls]));
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
