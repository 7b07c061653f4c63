import { sql } from 'kysely';
import type { Db, Tx } from '../../platform/db.ts';
import { hostKeptDays } from '../store.ts';

/** A website on which the tracking code was seen to run. */
export interface SeenSite {
  host: string;
  firstSeenAt: Date;
  lastSeenAt: Date;
  pageUrl: string;
  /** Visits whose last page is there, as long as hosts are kept. */
  visits: number;
}

/**
 * The websites where the code runs: those with visits first, since anybody can name a host once; then the one that was heard of last.
 * Index: visit_live.
 */
export async function findSeenSites(db: Db | Tx, accountId: number, now: Date, limit: number): Promise<SeenSite[]> {
  const since = sql`${now}::timestamptz - ${hostKeptDays} * interval '1 day'`;
  const { rows } = await sql<SeenSite>`
    with visited as (
      select split_part(page_url, '/', 3) as host, count(*) as visits from visit
       where account_id = ${accountId} and last_seen_at >= ${since} group by 1
    )
    select host, s.first_seen_at, s.last_seen_at, s.page_url, coalesce(v.visits, 0) as visits
      from seen_site s left join visited v using (host)
     where s.account_id = ${accountId} and s.last_seen_at >= ${since}
     order by visits desc, s.last_seen_at desc, host
     limit ${limit}
  `.execute(db);
  return rows;
}
