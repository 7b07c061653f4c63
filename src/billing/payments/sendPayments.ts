import type { Tx } from '../../platform/db.ts';
import type { House } from '../../platform/house.ts';
import { tellOwner } from '../../platform/live.ts';
import { record } from '../../platform/operation.ts';
import { PaymentsError, type ProviderPayment } from '../../platform/payments/port.ts';
import { toCents } from '../../rules/money.ts';
import { findOwner } from './findOwner.ts';
import { settlePayment } from './settlePayment.ts';
import { type Key, type LeasedPayment, leasePayments, postponePayment, recordPaymentFailed } from './store.ts';

/** Longer than a provider is waited for: an attempt whose lease is over was lost, and its key makes another harmless. */
const leaseSeconds = 15;
const atOnce = 8;
const pauseSecondsMax = 15 * 60;
/** Somebody who has not gone to their bank by then does not come any more. */
const authenticationMs = 60 * 60 * 1000;
/** Stripe's search shows a payment after a minute, and after some more on a bad day. */
const foundMs = 60 * 60 * 1000;

/** The worker's look: asks the provider about every payment that is due, in however many attempts it takes. */
export async function sendPayments(house: House): Promise<number> {
  let sent = 0;
  for (;;) {
    const payments = await record(house.db, (tx, now) => leasePayments(tx, now, leaseSeconds, atOnce));
    if (payments.length === 0) return sent;
    await Promise.all(payments.map((each) => sendOne(house, each)));
    sent += payments.length;
  }
}

/** One payment, if it is due. */
export async function sendPayment(house: House, key: Key): Promise<void> {
  const [payment] = await record(house.db, (tx, now) => leasePayments(tx, now, leaseSeconds, 1, key));
  if (payment) await sendOne(house, payment);
}

async function sendOne(house: House, payment: LeasedPayment): Promise<void> {
  const earlier = { mayHaveTaken: payment.attempts > 1 || payment.providerPaymentId !== null };
  try {
    const told = await ask(house, payment, earlier);
    if (told) await record(house.db, (tx, now) => settlePayment(house, tx, told, now));
  } catch (error) {
    if (!(error instanceof PaymentsError)) throw error;
    await settleFailure(house, payment, error, earlier.mayHaveTaken);
  }
}

/** Whether an earlier attempt can have taken the money; what has long not shown up at the provider was not taken. */
interface Earlier {
  mayHaveTaken: boolean;
}

/** What has come of a payment. Only the first attempt takes money without looking whether an earlier one did. */
async function ask(house: House, payment: LeasedPayment, earlier: Earlier): Promise<ProviderPayment | null> {
  const { payments } = house;
  const { providerPaymentId, idempotencyKey } = payment;
  if (providerPaymentId) {
    const found = await payments.findPayment({ providerPaymentId });
    if (found?.state !== 'authentication') return found;
    return (await isOlder(house, payment, authenticationMs)) ? payments.abandonPayment(providerPaymentId) : found;
  }
  if (payment.attempts > 1) {
    // A provider remembers a key for a day only; what it has, it has for good.
    const found = await payments.findPayment({ idempotencyKey });
    if (found) return found;
    earlier.mayHaveTaken = !(await isOlder(house, payment, foundMs));
  }
  if (!(await record(house.db, (tx, now) => stillWanted(tx, payment, earlier, now)))) return null;
  return payments.pay({
    ownerId: payment.ownerId,
    paymentId: payment.paymentId,
    providerCustomerId: payment.providerCustomerId,
    providerMethodId: payment.providerMethodId,
    amountCents: toCents(payment.amountMicros),
    currency: payment.currency,
    description: `Switchhook payment ${payment.ownerId}-${payment.paymentId}`,
    idempotencyKey,
    returnUrl: payment.billingUrl && `${payment.billingUrl}/payments/${payment.paymentId}/return`,
  });
}

/**
 * Nothing is taken for an account that was closed before its payment was. One that was sent may show at the provider a little later:
 * until then it is looked for, and not asked for.
 */
async function stillWanted(tx: Tx, payment: LeasedPayment, earlier: Earlier, now: Date): Promise<boolean> {
  const owner = await findOwner(tx, payment.ownerId, now);
  if (owner && !owner.isClosed) return true;
  if (earlier.mayHaveTaken) return false;
  const failure = 'It was closed before the payment was made, so nothing was taken.';
  await recordPaymentFailed(tx, payment, { providerPaymentId: null, failureCode: 'closed', failure }, now);
  return false;
}

async function isOlder(house: House, payment: LeasedPayment, ms: number): Promise<boolean> {
  return record(house.db, async (_, now) => now.getTime() - payment.askedAt.getTime() >= ms);
}

/** A final no takes nothing, and ends it, unless an earlier attempt may have taken the money: then it is asked again. */
async function settleFailure(
  house: House,
  payment: LeasedPayment,
  error: PaymentsError,
  mayHaveTaken: boolean,
): Promise<void> {
  const { ownerId, paymentId, attempts } = payment;
  house.log.warn({ ownerId, paymentId, attempts, payments: error.kind }, error.message);
  await record(house.db, async (tx, now) => {
    if (!error.retry && !mayHaveTaken) {
      const failed = { providerPaymentId: null, failureCode: error.kind, failure: error.message };
      await recordPaymentFailed(tx, payment, failed, now);
    } else {
      const seconds = error.retryAfterSeconds ?? Math.min(pauseSecondsMax, 2 ** Math.min(attempts, 10));
      await postponePayment(tx, payment, error.message, new Date(now.getTime() + seconds * 1000));
    }
    await tellOwner(tx, ownerId);
  });
}
