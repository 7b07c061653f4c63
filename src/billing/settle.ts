import type { Db, Tx } from '../platform/db.ts';
import { record } from '../platform/operation.ts';
import { findUnsettled, lockWallet, markSettled, recordPosting, type SettledCharge } from './store.ts';

/**
 * Moves an owner's charges into the paying wallet: one posting for each subscription and number, one for a batch of
 * calls. A posting bears the moment of its newest charge, so it can't lie inside a closure either.
 */
export async function settleCharges(tx: Tx, ownerId: number, payerId: number, now: Date): Promise<void> {
  await lockWallet(tx, payerId, 'USD');
  const charges = (await markSettled(tx, ownerId, payerId, now)).filter((each) => each.amountMicros > 0n);
  const calls = charges.filter((each) => each.cause === 'call');
  for (const each of charges.filter((one) => one.cause !== 'call'))
    await post(tx, ownerId, payerId, [each], each.description);
  if (calls.length > 0)
    await post(tx, ownerId, payerId, calls, calls.length === 1 ? calls[0]!.description : `${calls.length} calls`);
}

async function post(
  tx: Tx,
  ownerId: number,
  payerId: number,
  charges: readonly SettledCharge[],
  description: string,
): Promise<void> {
  const newest = charges.reduce((a, b) => (a.chargeId > b.chargeId ? a : b));
  await recordPosting(tx, {
    ownerId: payerId,
    at: new Date(Math.max(...charges.map((each) => each.at.getTime()))),
    debit: 'wallet',
    credit: 'revenue',
    amountMicros: charges.reduce((sum, each) => sum + each.amountMicros, 0n),
    cause: newest.cause,
    causeKey: `settle ${ownerId}/${newest.chargeId}`,
    description,
  });
}

/** The worker's look: settles whatever has gathered, an owner at a time. */
export async function settleAll(db: Db): Promise<number> {
  const pairs = await findUnsettled(db, 1_000);
  for (const { ownerId, payerId } of pairs) await record(db, (tx, now) => settleCharges(tx, ownerId, payerId, now));
  return pairs.length;
}
