import type { Tx } from '../../platform/db.ts';
import type { House } from '../../platform/house.ts';
import { tellOwner } from '../../platform/live.ts';
import type { ProviderDispute } from '../../platform/payments/port.ts';
import { type LedgerAccount, lockWallet, recordPosting } from '../store.ts';
import { describeCard } from './sayCard.ts';
import { type Key, lockPayment, recordDispute } from './store.ts';

/**
 * Writes down what the provider tells of a payment whose holder wants it back. What the bank has taken leaves the balance, which may
 * become a debt, and comes back with what the bank gives back: each once, in any order. It is no charge, so a closing is no matter.
 */
export async function settleDispute(
  house: Pick<House, 'log'>,
  tx: Tx,
  told: ProviderDispute,
  key: Key,
  now: Date,
): Promise<void> {
  const payment = await lockPayment(tx, key.ownerId, key.paymentId);
  const toldMicros = told.amountCents * 10_000n;
  if (!payment?.succeededAt || payment.currency !== told.currency || toldMicros > payment.amountMicros) {
    house.log.error({ ...key, dispute: told.providerDisputeId }, 'a dispute that was told of does not fit its payment');
    return;
  }
  const { ownerId, currency } = payment;
  const { amountMicros } = await recordDispute(tx, payment, told, now);
  house.log.warn({ ...key, dispute: told.providerDisputeId, news: told.news }, 'a payment is disputed');
  const book = async (debit: LedgerAccount, credit: LedgerAccount, cause: string, description: string) => {
    await lockWallet(tx, ownerId, currency);
    const causeKey = `${cause} ${told.providerDisputeId}`;
    await recordPosting(tx, { ownerId, at: now, debit, credit, amountMicros, cause, causeKey, description });
  };
  const card = describeCard(payment);
  if (told.news === 'withdrawn') await book('wallet', 'payments', 'dispute', `Taken back by the bank of ${card}`);
  if (told.news === 'reinstated') await book('payments', 'wallet', 'dispute-won', `Given back by the bank of ${card}`);
  await tellOwner(tx, ownerId);
}
