import type { Tx } from '../platform/db.ts';
import type { Actor, Doors } from '../platform/operation.ts';
import { perform } from '../platform/operation.ts';
import { type Decision, Refused } from '../rules/decision.ts';
import { microsPerUnit } from '../rules/money.ts';
import { findSubscription, lockWallet, recordPosting } from './store.ts';

export const topUpMinMicros = 10n * microsPerUnit;
export const topUpMaxMicros = 10_000n * microsPerUnit;

/** Adds money to the wallet of an account that pays for itself, or of an agency. The first payments port is simulated. */
export async function topUp(
  doors: Doors,
  actor: Actor,
  ownerId: number,
  amountMicros: bigint,
  key: string,
): Promise<Decision<string>> {
  return perform(doors, { action: 'top-up', actor, ownerId, key, input: { amountMicros } }, async (deed) => {
    if (amountMicros < topUpMinMicros || amountMicros > topUpMaxMicros) {
      throw new Refused({ code: 'invalid-input', fields: { amount: 'Top up between $10 and $10,000.' } });
    }
    if (!(await findSubscription(deed.tx, ownerId))) throw new Refused({ code: 'paid-by-agency' });
    await addMoney(deed.tx, ownerId, amountMicros, key, deed.now);
    deed.note({ amountMicros: String(amountMicros) });
    return String(amountMicros);
  });
}

/** Money that came in, as a posting: the wallet is credited from payments. */
export async function addMoney(tx: Tx, ownerId: number, amountMicros: bigint, key: string, now: Date): Promise<void> {
  await lockWallet(tx, ownerId, 'USD');
  await recordPosting(tx, {
    ownerId,
    at: now,
    debit: 'payments',
    credit: 'wallet',
    amountMicros,
    cause: 'top-up',
    causeKey: `top-up ${key}`,
    description: 'Top-up, simulated card',
  });
}
