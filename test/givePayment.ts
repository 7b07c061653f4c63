import type { House } from '../src/platform/house.ts';
import { newKey } from '../src/platform/ids.ts';
import { giveTestCard } from './giveTestCard.ts';

/** Says of a part of somebody's money that a card paid it, so many days ago; the provider has taken it for real. */
export async function givePayment(
  house: Pick<House, 'db' | 'pool' | 'payments' | 'paymentsSimulation'>,
  ownerId: number,
  { dollars, daysAgo, card = 'visa' }: { dollars: bigint; daysAgo: number; card?: string },
): Promise<number> {
  const cardId = await giveTestCard(house, ownerId, card);
  const key = newKey();
  const { rows } = await house.pool.query(
    `insert into payment (owner_id, card_id, brand, last4, amount_micros, currency, cause, idempotency_key, asked_at, next_attempt_at)
     select owner_id, card_id, brand, last4, $3, 'USD', 'top-up', $4, now() - $5 * interval '1 day', 'infinity' from card
      where owner_id = $1 and card_id = $2
     returning payment_id`,
    [ownerId, cardId, String(dollars * 1_000_000n), key, daysAgo],
  );
  const paymentId = Number(rows[0].payment_id);
  const [method] = (
    await house.pool.query(
      'select provider_customer_id, provider_method_id from card where owner_id = $1 and card_id = $2',
      [ownerId, cardId],
    )
  ).rows;
  const { providerPaymentId } = await house.payments.pay({
    ownerId,
    paymentId,
    providerCustomerId: method.provider_customer_id,
    providerMethodId: method.provider_method_id,
    amountCents: dollars * 100n,
    currency: 'USD',
    description: 'What the cast begins with',
    idempotencyKey: key,
    returnUrl: null,
  });
  await house.pool.query(
    'update payment set provider_payment_id = $3, succeeded_at = asked_at where owner_id = $1 and payment_id = $2',
    [ownerId, paymentId, providerPaymentId],
  );
  return paymentId;
}
