import type { Db, Tx } from '../../platform/db.ts';

/** A website on which the tracking code was seen to run. */
export interface SeenSite {
  host: string;
  firstSeenAt: Date;
  lastSeenAt: Date;
  pageUrl: string;
}

/** The websites where the code runs, the one that was heard of last first. */
export async function findSeenSites(db: Db | Tx, accountId: number, limit: number): Promise<SeenSite[]> {
  return db
    .selectFrom('seenSite')
    .select(['host', 'firstSeenAt', 'lastSeenAt', 'pageUrl'])
    .where('accountId', '=', accountId)
    .orderBy('lastSeenAt', 'desc')
    .limit(limit)
    .execute();
}
