import { creditUnusedTime, findUnusedTime } from '../billing/unusedTime.ts';
import type { Tx } from '../platform/db.ts';
import type { House } from '../platform/house.ts';
import { tellOwner } from '../platform/live.ts';
import { record } from '../platform/operation.ts';
import { closeNextSubAccounts, finishAgencyClosure, takeUnfinishedClosure } from './store.ts';

/** Small enough that open pages see it move, large enough that ten thousand sub-accounts take seconds. */
const accountsAtOnce = 250;

/**
 * The worker's look: brings the closures of canceled agencies to their sub-accounts and numbers, some at a time, each part
 * in a transaction of its own. Killed anywhere, it goes on where it was; a closure is one worker's at a time.
 */
export async function carryOutClosures({ db }: Pick<House, 'db'>): Promise<number> {
  let closed = 0;
  for (;;) {
    const part = await record(db, carryOutPart);
    if (part === null) return closed;
    closed += part;
  }
}

async function carryOutPart(tx: Tx, now: Date): Promise<number | null> {
  const closure = await takeUnfinishedClosure(tx);
  if (!closure) return null;
  const { closed, subscribers } = await closeNextSubAccounts(tx, closure, accountsAtOnce);
  for (const accountId of subscribers) {
    const unused = await findUnusedTime(tx, accountId, closure.closedAt);
    await creditUnusedTime(tx, accountId, unused, closure.closedAt);
  }
  if (closed < accountsAtOnce) await finishAgencyClosure(tx, closure, now);
  await tellOwner(tx, closure.agencyId);
  return closed;
}
