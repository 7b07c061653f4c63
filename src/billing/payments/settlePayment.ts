import type { Tx } from '../../platform/db.ts';
import type { House } from '../../platform/house.ts';
import { tellOwner } from '../../platform/live.ts';
import type { ProviderPayment } from '../../platform/payments/port.ts';
import { toCents } from '../../rules/money.ts';
import { roundAfterSuccess } from '../../rules/payments.ts';
import { receiveMoney } from '../topUp.ts';
import { describeCard } from './sayCard.ts';
import {
  causeKeyOf,
  endRechargeRound,
  lockPayment,
  type Payment,
  type PaymentCause,
  postponePayment,
  recordPaymentFailed,
  recordPaymentOpen,
  recordPaymentSucceeded,
} from './store.ts';

const lookAgainSeconds = 20;
/** Until then an operator may have found out why the provider tells something else. */
const refusedSeconds = 15 * 60;

const causeWords: Record<PaymentCause, string> = {
  'top-up': 'Top-up',
  'auto-recharge': 'Auto-recharge',
  'sign-up': 'First payment',
  'payment-link': 'Payment by link',
};

export const describeCause = (cause: PaymentCause): string => causeWords[cause];

/**
 * Writes down what the provider says of a payment, whoever tells it first: the answer to our asking, a webhook, a later look.
 * Money is posted once, at this transaction's moment. What does not fit what we asked for is refused and logged.
 */
export async function settlePayment(
  house: Pick<House, 'log'>,
  tx: Tx,
  told: ProviderPayment,
  now: Date,
): Promise<'settled' | 'refused'> {
  const payment = await lockPayment(tx, told.ownerId, told.paymentId);
  const misfit = findMisfit(payment, told);
  if (!payment || misfit) {
    const { ownerId, paymentId, providerPaymentId, state } = told;
    house.log.error({ ownerId, paymentId, providerPaymentId, state, misfit }, 'a payment that was told of was refused');
    const lookAgainAt = new Date(now.getTime() + refusedSeconds * 1000);
    if (payment) await postponePayment(tx, payment, `Refused what the provider told: ${misfit}.`, lookAgainAt);
    return 'refused';
  }
  if (payment.succeededAt) return 'settled';
  const { providerPaymentId } = told;
  switch (told.state) {
    case 'succeeded':
      await receiveMoney(tx, {
        ownerId: payment.ownerId,
        at: now,
        amountMicros: payment.amountMicros,
        currency: payment.currency,
        cause: 'payment',
        causeKey: causeKeyOf(payment),
        description: `${describeCause(payment.cause)}, ${describeCard(payment)}`,
      });
      await recordPaymentSucceeded(tx, payment, providerPaymentId, now);
      if (payment.cause === 'auto-recharge') await endRechargeRound(tx, payment.ownerId, 0, roundAfterSuccess(now));
      break;
    case 'declined': {
      if (payment.failedAt) return 'settled';
      const failed = { providerPaymentId, failureCode: told.declineCode, failure: told.declineSentence };
      await recordPaymentFailed(tx, payment, failed, now);
      break;
    }
    case 'authentication':
    case 'processing': {
      if (payment.failedAt) return 'settled';
      const authenticateUrl = told.state === 'authentication' ? told.authenticateUrl : null;
      const nextAttemptAt = new Date(now.getTime() + lookAgainSeconds * 1000);
      await recordPaymentOpen(tx, payment, { providerPaymentId, authenticateUrl, nextAttemptAt });
      break;
    }
  }
  await tellOwner(tx, payment.ownerId);
  return 'settled';
}

/** Why what was told can't be this payment; null when it can. */
function findMisfit(payment: Payment | null, told: ProviderPayment): string | null {
  if (!payment) return 'nobody asked for it';
  if (payment.providerPaymentId !== null && payment.providerPaymentId !== told.providerPaymentId)
    return 'another payment of the provider belongs to it';
  if (payment.currency !== told.currency) return `${told.currency} instead of ${payment.currency}`;
  const askedCents = toCents(payment.amountMicros);
  return askedCents === told.amountCents ? null : `${told.amountCents} cents instead of ${askedCents}`;
}
