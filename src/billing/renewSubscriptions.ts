import { lockOwner } from '../accounts/findAuthority.ts';
import { findAccount } from '../accounts/store.ts';
import { findAgency } from '../agencies/store.ts';
import type { Db, Tx } from '../platform/db.ts';
import { record } from '../platform/operation.ts';
import { nextPeriod } from '../rules/charging.ts';
import { isBefore } from '../rules/time.ts';
import { findDueOwners, findSubscription, movePaidUntil } from './store.ts';
import { chargeSubscription } from './subscribe.ts';

/** The worker's look: charges every month that has begun, one owner and one month a transaction; catches up after days away. */
export async function renewSubscriptions(db: Db): Promise<number> {
  let renewed = 0;
  for (;;) {
    const due = await record(db, (tx, now) => findDueOwners(tx, now, 500));
    let moved = 0;
    for (const ownerId of due) moved += (await record(db, (tx, now) => renewOne(tx, ownerId, now))) ? 1 : 0;
    renewed += moved;
    if (moved === 0) return renewed;
  }
}

/** Looks again under the owner's lock: a closing may have been faster than the list. */
async function renewOne(tx: Tx, ownerId: number, now: Date): Promise<boolean> {
  await lockOwner(tx, ownerId);
  const subscription = await findSubscription(tx, ownerId);
  if (!subscription || isBefore(now, subscription.paidUntil)) return false;
  const timeZone =
    (await findAccount(tx, ownerId, now))?.timeZone ?? (await findAgency(tx, ownerId, now))?.timeZone ?? 'UTC';
  const period = nextPeriod(subscription.anchor, subscription.paidUntil, timeZone);
  if (!(await chargeSubscription(tx, ownerId, subscription.plan, period.from))) return false;
  await movePaidUntil(tx, ownerId, period.until);
  return true;
}
