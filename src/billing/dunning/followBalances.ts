import type { Db, Tx } from '../../platform/db.ts';
import { tellOwner } from '../../platform/live.ts';
import { record } from '../../platform/operation.ts';
import { datesOfArrears, type StoppedArrears } from '../../rules/arrears.ts';
import { policy } from '../../rules/policy.ts';
import {
  endArrears,
  findAstray,
  findAstrayAmong,
  findConcerned,
  findStopped,
  holdWallets,
  recordArrears,
} from './store.ts';

/**
 * Begins and ends arrears with the balance, in the transaction that moved it: zero or less begins them, and more than that
 * ends them. Holds the wallets, so that of two who move one the later sees what both did.
 */
export async function followBalances(tx: Tx, ownerIds: readonly number[], now: Date): Promise<void> {
  await holdWallets(tx, ownerIds);
  await followHeldBalances(tx, ownerIds, now);
}

/** The same for wallets that this transaction holds already: an earlier statement of it moved them. */
export async function followHeldBalances(tx: Tx, ownerIds: readonly number[], now: Date): Promise<void> {
  const concerned = await findConcerned(tx, ownerIds);
  if (concerned.length === 0) return;
  const { paid, usedUp } = await findAstrayAmong(tx, concerned);
  if (paid.length > 0) await endArrears(tx, paid, now);
  const stopped = usedUp.length > 0 ? await findStopped(tx, usedUp) : new Map<number, StoppedArrears>();
  for (const ownerId of usedUp) {
    const dates = datesOfArrears(stopped.get(ownerId) ?? null, now);
    await recordArrears(tx, ownerId, dates, policy.version, now);
  }
  for (const ownerId of [...paid, ...usedUp]) await tellOwner(tx, ownerId);
}

const ownersAtOnce = 500;

/** The worker's look: what nothing followed, as when an account comes back from a closing and owes already. */
export async function followAllBalances(db: Db): Promise<void> {
  for (let last: number | undefined = 0; last !== undefined; ) {
    const after: number = last;
    last = await record(db, async (tx, now) => {
      const ownerIds = await findAstray(tx, after, ownersAtOnce);
      if (ownerIds.length > 0) await followBalances(tx, ownerIds, now);
      return ownerIds.at(-1);
    });
  }
}
