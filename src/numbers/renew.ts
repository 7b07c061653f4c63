import { findAccount, lockAccount } from '../accounts/store.ts';
import type { Db, Tx } from '../platform/db.ts';
import { record } from '../platform/operation.ts';
import { nextPeriod } from '../rules/charging.ts';
import { isBefore } from '../rules/time.ts';
import { chargeNumber } from './restore.ts';
import { findDueNumbers, findNumber, movePaidUntil } from './store.ts';

/** The worker's look: charges every month of a number that has begun, one number and one month a transaction. */
export async function renewNumbers(db: Db): Promise<number> {
  let renewed = 0;
  for (;;) {
    const due = await record(db, (tx, now) => findDueNumbers(tx, now, 500));
    let moved = 0;
    for (const { accountId, trackingNumberId } of due) {
      moved += (await record(db, (tx, now) => renewOne(tx, accountId, trackingNumberId, now))) ? 1 : 0;
    }
    renewed += moved;
    if (moved === 0) return renewed;
  }
}

/** Looks again under the account's lock. A month that began before the release or the closing is still owed. */
async function renewOne(tx: Tx, accountId: number, trackingNumberId: number, now: Date): Promise<boolean> {
  await lockAccount(tx, accountId);
  const account = await findAccount(tx, accountId, now);
  const number = await findNumber(tx, accountId, trackingNumberId, now);
  if (!account || !number?.paidUntil || !number.renewalAnchor || isBefore(now, number.paidUntil)) return false;
  if (number.release && number.release.releasedAt <= number.paidUntil) return false;
  const period = nextPeriod(number.renewalAnchor, number.paidUntil, account.timeZone);
  if (!(await chargeNumber(tx, number, account.payerId, period.from))) return false;
  await movePaidUntil(tx, accountId, trackingNumberId, period.until);
  return true;
}
