import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import { type Actor, perform } from '../../platform/operation.ts';
import { type Decision, must, Refused } from '../../rules/decision.ts';
import { decideAmount } from '../../rules/payments.ts';
import { findBalance } from '../store.ts';
import { findOwner, mustPayItself } from './findOwner.ts';
import { billingUrlOf } from './payFirst.ts';
import { payNow } from './payNow.ts';
import { findCards, recordPayment } from './store.ts';

export interface TopUpWish {
  /** The card to charge; the first when none is named. */
  cardId?: number | undefined;
  /** What the person takes the balance's currency to be. */
  currency?: string | undefined;
}

/**
 * Asks a card for money, for the wallet of an agency or of an account that pays for itself. Answers with the payment's id once
 * it has come to its end or has been waited for long enough; the worker goes on with one that has not.
 */
export async function topUp(
  house: House,
  actor: Actor,
  ownerId: number,
  amountMicros: bigint,
  key: string,
  wish: TopUpWish = {},
): Promise<Decision<number>> {
  const input = { amountMicros, ...wish };
  const decision = await perform(house, { action: 'top-up', actor, ownerId, key, input }, async (deed) => {
    const { tx, now, by, note } = deed;
    must(decideAmount(amountMicros, 'amount'));
    await mustPayItself(tx, ownerId);
    const { currency } = await findBalance(tx, ownerId);
    if (wish.currency && wish.currency !== currency)
      throw new Refused({ code: 'currency-mismatch', kept: currency, given: wish.currency });
    const cards = await findCards(tx, ownerId);
    const card = wish.cardId === undefined ? cards[0] : cards.find((each) => each.cardId === wish.cardId);
    if (!card) throw new Refused({ code: 'no-card' });
    const billingUrl = billingUrlOf(house, (await findOwner(tx, ownerId, now))!);
    const asked = {
      amountMicros,
      currency,
      cause: 'top-up',
      idempotencyKey: newKey(),
      billingUrl,
      askedBy: by,
    } as const;
    const paymentId = await recordPayment(tx, { card, ...asked }, now);
    note({ paymentId, amountMicros: String(amountMicros) });
    return paymentId;
  });
  if (decision.ok) await payNow(house, { ownerId, paymentId: decision.value });
  return decision;
}
