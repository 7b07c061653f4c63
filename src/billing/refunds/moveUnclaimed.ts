import { lockOwner } from '../../accounts/findAuthority.ts';
import type { Db, Tx } from '../../platform/db.ts';
import { tellOwner } from '../../platform/live.ts';
import { record } from '../../platform/operation.ts';
import { settlePayer } from '../settle.ts';
import { findBalance, lockWallet, recordPosting } from '../store.ts';
import { findUnasked, isUnasked, type Unasked } from './store.ts';

const atOnce = 100;

/**
 * The worker's look: what nobody asked for until the promised date moves out of the wallet, once, and stays owed. A request that was
 * made in time holds it where it is, however long the answer takes.
 */
export async function moveUnclaimed(db: Db): Promise<number> {
  let moved = 0;
  for (let after = 0; ; ) {
    const due = await record(db, (tx, now) => findUnasked(tx, now, after, atOnce));
    for (const each of due) if (await record(db, (tx, now) => moveOne(tx, each, now))) moved += 1;
    const last = due.at(-1);
    if (!last) return moved;
    after = last.ownerId;
  }
}

async function moveOne(tx: Tx, unasked: Unasked, now: Date): Promise<boolean> {
  const { ownerId, closureId } = unasked;
  await lockOwner(tx, ownerId);
  if (!(await isUnasked(tx, unasked, now))) return false;
  await settlePayer(tx, ownerId, now);
  const { currency } = await findBalance(tx, ownerId);
  const amountMicros = await lockWallet(tx, ownerId, currency);
  if (amountMicros <= 0n) return false;
  const isNew = await recordPosting(tx, {
    ownerId,
    at: now,
    debit: 'wallet',
    credit: 'unclaimed',
    amountMicros,
    cause: 'unclaimed',
    causeKey: `unclaimed ${closureId}`,
    description: 'Not asked for in time; it stays owed, as unclaimed',
  });
  await tellOwner(tx, ownerId);
  return isNew;
}
