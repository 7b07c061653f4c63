import { setTimeout as sleep } from 'node:timers/promises';
import type { House } from '../../platform/house.ts';
import { sendPayment } from './sendPayments.ts';
import { findPayment, type Key } from './store.ts';

const waitMs = 4_000;
const lookMs = 100;

/**
 * Sends a payment for somebody who waits, and comes back when it has ended, when somebody else has to act, or when it takes too
 * long. Whatever is not done then goes on without them.
 */
export async function payNow(house: House, key: Key): Promise<void> {
  const deadline = performance.now() + waitMs;
  let isSent = false;
  const sending = sendPayment(house, key)
    .catch((error: unknown) => house.log.warn({ err: error, ...key }, 'a payment could not be sent at once'))
    .finally(() => {
      isSent = true;
    });
  await Promise.race([sending, sleep(waitMs, undefined, { ref: false })]);
  // Another process may be at it.
  while (performance.now() < deadline) {
    const payment = await findPayment(house.db, key.ownerId, key.paymentId);
    const isOver = payment?.succeededAt || payment?.failedAt || payment?.authenticateUrl || payment?.lastError;
    if (!payment || isOver || (isSent && payment.providerPaymentId)) return;
    await sleep(lookMs);
  }
}
