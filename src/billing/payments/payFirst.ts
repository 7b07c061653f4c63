import { findMembers } from '../../accounts/store.ts';
import type { Tx } from '../../platform/db.ts';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import { record } from '../../platform/operation.ts';
import type { ProviderMethod } from '../../platform/payments/port.ts';
import { giveCard } from '../../platform/payments/simulated/hosted.ts';
import { findBalance } from '../store.ts';
import { lockedOwner, type Owner } from './findOwner.ts';
import { payNow } from './payNow.ts';
import { findCards, hasPaymentOf, recordCard, recordPayment } from './store.ts';

/**
 * The first payment of somebody who has just begun to pay for themselves: by their first card, and where payments are simulated by a
 * test card that is given in the same step. Without a card nothing is paid, and the balance says what is owed. `of` names the
 * event, which pays once.
 */
export async function payFirst(
  house: House,
  ownerId: number,
  amountMicros: bigint,
  cause: 'sign-up' | 'payment-link',
  of: string,
): Promise<void> {
  const hasCard = (await findCards(house.db, ownerId)).length > 0;
  const method = hasCard ? null : await giveFirstTestCard(house, ownerId);
  const paymentId = await record(house.db, async (tx, now) => {
    const owner = await lockedOwner(tx, ownerId, now);
    // A form that was sent twice has paid already.
    if (!owner || (await hasPaymentOf(tx, ownerId, `${cause} ${of} `))) return null;
    const askedBy = (await findMembers(tx, ownerId))[0]?.personId ?? null;
    if (method)
      await recordCard(tx, { ownerId, provider: house.payments.name, method, addedBy: askedBy ?? 'house' }, now);
    const [card] = await findCards(tx, ownerId);
    if (!card) return null;
    const { currency } = await findBalance(tx, ownerId);
    const idempotencyKey = `${cause} ${of} ${newKey()}`;
    const asked = { amountMicros, currency, cause, idempotencyKey, billingUrl: billingUrlOf(house, owner), askedBy };
    return recordPayment(tx, { card, ...asked }, now);
  });
  if (paymentId !== null) await payNow(house, { ownerId, paymentId });
}

/** Whether a first payment can be made in the same step. */
export async function canPayFirst(house: Pick<House, 'paymentsSimulation'>, db: House['db'] | Tx, ownerId: number) {
  return house.paymentsSimulation !== null || (await findCards(db, ownerId)).length > 0;
}

export const billingUrlOf = ({ config }: Pick<House, 'config'>, { base }: Owner): string =>
  `${config.publicUrl}${base}/billing`;

async function giveFirstTestCard(house: House, ownerId: number): Promise<ProviderMethod | null> {
  const { payments, paymentsSimulation, config } = house;
  if (!paymentsSimulation) return null;
  const [person] = await findMembers(house.db, ownerId);
  const { setupId } = await payments.openSetup({
    ownerId,
    providerCustomerId: null,
    email: person?.email ?? '',
    ownerName: person?.name ?? '',
    returnUrl: config.publicUrl,
    cancelUrl: config.publicUrl,
    idempotencyKey: `first card ${ownerId}`,
  });
  await giveCard(paymentsSimulation, setupId, 'visa');
  return (await payments.findSetup(setupId)).method;
}
