import { sql } from 'kysely';
import type { Db, Tx } from '../platform/db.ts';
import { record } from '../platform/operation.ts';
import { followBalances } from './dunning/followBalances.ts';
import { eachLane, laneOf } from './eachLane.ts';
import { findUnsettled, settle, takeLane, waitForLane } from './store.ts';

/**
 * Moves what a deed has just charged into the paying wallet. Calls are left to the worker: minutes that the plan includes are
 * given out there, one worker at a time.
 */
export async function settleCharges(tx: Tx, ownerId: number, payerId: number, now: Date): Promise<void> {
  const settled = await settle(tx, sql`owner_id = ${ownerId} and payer_id = ${payerId} and cause <> 'call'`, now);
  if (settled > 0) await followBalances(tx, [payerId], now);
}

/** Moves everything that one payer was charged, calls included, and waits for the worker that may be at it: before its balance goes. */
export async function settlePayer(tx: Tx, payerId: number, now: Date): Promise<void> {
  await waitForLane(tx, 'settle', laneOf(payerId));
  if ((await settle(tx, sql`payer_id = ${payerId}`, now)) > 0) await followBalances(tx, [payerId], now);
}

const payersAtOnce = 500;

/** The worker's look: settles whatever has gathered, some hundred payers a transaction. Answers with how many charges. */
export async function settleAll(db: Db): Promise<number> {
  return eachLane(async (lane) => {
    let settled = 0;
    for (let last: number | undefined = 0; last !== undefined; ) {
      const after: number = last;
      last = await record(db, async (tx, now) => {
        if (!(await takeLane(tx, 'settle', lane))) return undefined;
        const payerIds = await findUnsettled(tx, lane, after, payersAtOnce);
        if (payerIds.length === 0) return undefined;
        settled += await settle(tx, sql`payer_id = any (${payerIds}::bigint[])`, now);
        await followBalances(tx, payerIds, now);
        return payerIds.at(-1);
      });
    }
    return settled;
  });
}
