import { findCards, recordCard } from '../src/billing/payments/store.ts';
import type { House } from '../src/platform/house.ts';
import { newKey } from '../src/platform/ids.ts';
import { record } from '../src/platform/operation.ts';
import { giveCard } from '../src/platform/payments/simulated/hosted.ts';

/** Gives somebody one of the simulated provider's cards, as if they had come back from its page. Answers with its id. */
export async function giveTestCard(
  { db, payments, paymentsSimulation }: Pick<House, 'db' | 'payments' | 'paymentsSimulation'>,
  ownerId: number,
  card = 'visa',
): Promise<number> {
  const there = { returnUrl: 'http://switchhook.test/return', cancelUrl: 'http://switchhook.test/' };
  const { setupId } = await payments.openSetup({
    ownerId,
    providerCustomerId: null,
    email: 'payer@cast.example',
    ownerName: 'Somebody of the cast',
    ...there,
    idempotencyKey: newKey(),
  });
  await giveCard(paymentsSimulation!, setupId, card);
  const { method } = await payments.findSetup(setupId);
  return record(db, async (tx, now) => {
    await recordCard(tx, { ownerId, provider: payments.name, method: method!, addedBy: 'cast' }, now);
    const added = (await findCards(tx, ownerId)).find((each) => each.providerMethodId === method!.providerMethodId);
    return added!.cardId;
  });
}
