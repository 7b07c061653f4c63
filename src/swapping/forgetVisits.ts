import type { Db } from '../platform/db.ts';
import { record } from '../platform/operation.ts';
import { forgetOldSites, forgetSomeVisits } from './store.ts';

const atOnce = 1_000;

/** Forgets visitors and visits that are older than their account keeps them, with all that hangs on them; how many. Old hosts as well. */
export async function forgetVisits(db: Db): Promise<number> {
  await record(db, forgetOldSites);
  let forgotten = 0;
  for (;;) {
    const some = await record(db, (tx, now) => forgetSomeVisits(tx, now, atOnce));
    if (some === 0) return forgotten;
    forgotten += some;
  }
}
