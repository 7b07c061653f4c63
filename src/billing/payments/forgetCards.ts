import type { House } from '../../platform/house.ts';
import { record } from '../../platform/operation.ts';
import { PaymentsError } from '../../platform/payments/port.ts';
import { findCardsToForget, recordCardForgotten } from './store.ts';

const atOnce = 50;

/** The worker's look: makes the provider forget the cards that were removed here, until it has. */
export async function forgetCards(house: House): Promise<void> {
  for (const card of await findCardsToForget(house.db, atOnce)) {
    try {
      if (card.provider === house.payments.name) await house.payments.forgetMethod(card.providerMethodId);
      await record(house.db, (tx, now) => recordCardForgotten(tx, card, now));
    } catch (error) {
      if (!(error instanceof PaymentsError)) throw error;
      house.log.warn({ ownerId: card.ownerId, payments: error.kind }, error.message);
    }
  }
}
