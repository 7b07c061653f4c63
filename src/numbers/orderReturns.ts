import { lockAccount } from '../accounts/store.ts';
import type { Tx } from '../platform/db.ts';
import type { House } from '../platform/house.ts';
import { record } from '../platform/operation.ts';
import { isReturnDue } from '../rules/numbers.ts';
import { findEndedHolds, findNumber, recordCommand, recordReturnOrder } from './store.ts';

/** The worker's look: numbers whose hold is over go back to the carrier, by a command each. The stored date decides. */
export async function orderReturns(house: House): Promise<number> {
  let ordered = 0;
  for (;;) {
    const ended = await record(house.db, (tx, now) => findEndedHolds(tx, now, 500));
    let moved = 0;
    for (const each of ended) moved += (await record(house.db, (tx, now) => orderOne(tx, each, now))) ? 1 : 0;
    ordered += moved;
    if (moved === 0) return ordered;
    await house.jobs.wakeNow('carrier-commands');
  }
}

/** Looks again under the account's lock, in the transaction that gives the number up: someone may have restored it. */
async function orderOne(
  tx: Tx,
  hold: { accountId: number; releaseId: number; trackingNumberId: number },
  now: Date,
): Promise<boolean> {
  await lockAccount(tx, hold.accountId);
  const number = await findNumber(tx, hold.accountId, hold.trackingNumberId, now);
  if (number?.release?.releaseId !== hold.releaseId || !isReturnDue(number.release, now)) return false;
  if ((await recordReturnOrder(tx, hold.accountId, hold.releaseId, now)) === 0) return false;
  const { accountId, trackingNumberId } = hold;
  await recordCommand(tx, {
    accountId,
    trackingNumberId,
    kind: 'return',
    idempotencyKey: `return ${number.sid}/${hold.releaseId}`,
    orderedAt: now,
  });
  return true;
}
