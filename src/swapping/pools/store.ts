import { sql } from 'kysely';
import type { Db, Tx } from '../../platform/db.ts';
import { type DailyVisitors, liveForSeconds, type MeasuredVisit } from '../../rules/poolSize.ts';

export async function recordPool(tx: Tx, accountId: number, trackingSourceId: number, now: Date): Promise<void> {
  await tx
    .insertInto('numberPool')
    .values({ accountId, trackingSourceId, createdAt: now })
    .onConflict((clash) => clash.columns(['accountId', 'trackingSourceId']).doNothing())
    .execute();
}

/** Ends a pool; nobody holds its numbers any more. Zero means that there was none. */
export async function recordPoolEnded(tx: Tx, accountId: number, trackingSourceId: number): Promise<number> {
  const { numDeletedRows } = await tx
    .deleteFrom('numberPool')
    .where('accountId', '=', accountId)
    .where('trackingSourceId', '=', trackingSourceId)
    .executeTakeFirstOrThrow();
  await sql`
    delete from pool_assignment a
     using tracking_number n
     where a.account_id = ${accountId} and n.account_id = a.account_id and n.tracking_number_id = a.tracking_number_id
       and n.tracking_source_id = ${trackingSourceId}
  `.execute(tx);
  return Number(numDeletedRows);
}

/** A number of a pool, with whoever has it now. */
export interface PoolNumber {
  trackingNumberId: number;
  phoneNumber: string;
  name: string | null;
  visitorId: number | null;
  assignedAt: Date | null;
  lastShownAt: Date | null;
  /** The holder's latest visit. */
  visitId: number | null;
  pageUrl: string | null;
  isLive: boolean;
}

/** A source's numbers in use and who holds each. */
export async function findPoolNumbers(
  db: Db | Tx,
  accountId: number,
  trackingSourceId: number,
  now: Date,
): Promise<PoolNumber[]> {
  const { rows } = await sql<PoolNumber>`
    select n.tracking_number_id, n.phone_number, n.name, a.visitor_id, a.assigned_at, a.last_shown_at, v.visit_id, v.page_url,
           coalesce(a.last_shown_at > ${now}::timestamptz - ${liveForSeconds} * interval '1 second', false) as is_live
      from tracking_number n
      left join pool_assignment a using (account_id, tracking_number_id)
      left join lateral (select v.visit_id, v.page_url from visit v
                          where v.account_id = a.account_id and v.visitor_id = a.visitor_id
                          order by v.begun_at desc limit 1) v on true
     where n.account_id = ${accountId} and n.tracking_source_id = ${trackingSourceId} and n.bought_at is not null
       and not exists (select from release l
                        where l.account_id = n.account_id and l.tracking_number_id = n.tracking_number_id and l.restored_at is null)
     order by n.tracking_number_id
  `.execute(db);
  return rows;
}

/** Visitors of each source in the last 7 and 30 days, each counted once a day of the account's zone. Index: visit_log. */
export async function countDailyVisitors(
  db: Db | Tx,
  accountId: number,
  timeZone: string,
  now: Date,
): Promise<{ bySource: Map<number, DailyVisitors>; daysKnown: number }> {
  const { rows } = await sql<{ trackingSourceId: number | null; last7Days: number; last30Days: number; since: Date }>`
    select tracking_source_id, min(begun_at) as since,
           count(distinct (visitor_id, (begun_at at time zone ${timeZone})::date)) as last_30_days,
           count(distinct (visitor_id, (begun_at at time zone ${timeZone})::date))
             filter (where begun_at > ${now}::timestamptz - interval '7 days') as last_7_days
      from visit
     where account_id = ${accountId} and begun_at > ${now}::timestamptz - interval '30 days'
     group by tracking_source_id
  `.execute(db);
  const first = Math.min(...rows.map((each) => each.since.getTime()));
  const daysKnown = rows.length === 0 ? 0 : Math.min(30, Math.ceil((now.getTime() - first) / 86_400_000));
  const bySource = rows.flatMap(({ trackingSourceId, last7Days, last30Days }) =>
    trackingSourceId === null ? [] : [[trackingSourceId, { last7Days, last30Days, daysKnown }] as const],
  );
  return { bySource: new Map(bySource), daysKnown };
}

/**
 * The visits of the last seven days in which a number of their source's pool stood on a page, by source. Indexes: visit_live, and the
 * key of showings.
 */
export async function findMeasuredVisits(
  db: Db | Tx,
  accountId: number,
  now: Date,
): Promise<Map<number, MeasuredVisit[]>> {
  const { rows } = await sql<MeasuredVisit & { trackingSourceId: number }>`
    select v.tracking_source_id, v.visitor_id, v.begun_at, min(s.first_shown_at) as first_shown_at,
           max(s.last_shown_at) as last_shown_at
      from visit v
      join number_pool p using (account_id, tracking_source_id)
      join showing s on s.account_id = v.account_id and s.visit_id = v.visit_id
     where v.account_id = ${accountId} and v.last_seen_at > ${now}::timestamptz - interval '7 days'
       and s.last_shown_at > ${now}::timestamptz - interval '7 days'
     group by v.account_id, v.visit_id
  `.execute(db);
  return Map.groupBy(rows, (each) => each.trackingSourceId);
}
