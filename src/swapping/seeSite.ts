import type { Db } from '../platform/db.ts';
import { record } from '../platform/operation.ts';
import { addSeenSite, type HostSeen, markSeenSite } from './store.ts';

/** Notes that a website runs the script, for the installation check. */
export async function seeSite(db: Db, accountId: number, seen: HostSeen): Promise<void> {
  await record(db, async (tx, now) => {
    if (!(await markSeenSite(tx, accountId, seen, now))) await addSeenSite(tx, accountId, seen, now);
  });
}
