import type { House } from '../../platform/house.ts';
import { type Actor, houseId, perform } from '../../platform/operation.ts';
import { type Decision, Refused } from '../../rules/decision.ts';
import { payNow } from './payNow.ts';
import { hastenPayment, type Key } from './store.ts';

/** Lets a waiting payment be sent at once: the operator's answer to a provider that is up again. */
export async function retryPayment(house: House, actor: Actor, payment: Key, key: string): Promise<Decision<true>> {
  const decision = await perform(
    house,
    { action: 'retry-payment', actor, ownerId: houseId, key, input: payment },
    async ({ tx, now, note }) => {
      if ((await hastenPayment(tx, payment, now)) === 0) throw new Refused({ code: 'not-found' });
      note({ ...payment });
      return true as const;
    },
  );
  if (decision.ok) await payNow(house, payment);
  return decision;
}
