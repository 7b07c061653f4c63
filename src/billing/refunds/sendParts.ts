import { lockOwner } from '../../accounts/findAuthority.ts';
import type { House } from '../../platform/house.ts';
import { record } from '../../platform/operation.ts';
import { type Payments, PaymentsError, type ProviderRefund } from '../../platform/payments/port.ts';
import { pauseSeconds } from '../../rules/refund.ts';
import { failPart, settlePart } from './settlePart.ts';
import { findDueParts, findPart, type LeasedPart, leasePart, postponePart } from './store.ts';

/** A worker that was killed is waited for no longer than this; an answer that takes longer is looked for before another attempt. */
const leaseSeconds = 30;
const atOnce = 8;

export type PayingHouse = Pick<House, 'db' | 'log' | 'secrets' | 'config'> & { payments: Payments };

/**
 * The worker's look: sends every due part back to its payment. Each is sent at least once and effective once: the same key goes with
 * every attempt, and before another attempt the provider is asked what came of the one before.
 */
export async function sendParts(house: PayingHouse): Promise<number> {
  let sent = 0;
  for (;;) {
    const due = await record(house.db, (tx, now) => findDueParts(tx, now, atOnce));
    const leased = await Promise.all(
      due.map((each) => record(house.db, (tx, now) => leasePart(tx, each, now, leaseSeconds))),
    );
    const mine = leased.filter((each) => each !== null);
    if (mine.length === 0) return sent;
    await Promise.all(mine.map((each) => sendOne(house, each)));
    sent += mine.length;
  }
}

async function sendOne(house: PayingHouse, part: LeasedPart): Promise<void> {
  try {
    const answer = (part.attempts > 1 ? await find(house, part) : null) ?? (await ask(house, part));
    await record(house.db, (tx, now) => settlePart(house, tx, now, answer));
  } catch (error) {
    if (!(error instanceof PaymentsError)) throw error;
    await settleFailure(house, part, error);
  }
}

const find = (
  { payments }: PayingHouse,
  { providerRefundId, idempotencyKey }: LeasedPart,
): Promise<ProviderRefund | null> => payments.findRefund(providerRefundId ? { providerRefundId } : { idempotencyKey });

const ask = ({ payments }: PayingHouse, part: LeasedPart): Promise<ProviderRefund> => {
  const { ownerId, refundPartId, providerPaymentId, amountMicros, currency, idempotencyKey } = part;
  return payments.refund({
    ownerId,
    refundPartId,
    providerPaymentId,
    amountCents: amountMicros / 10_000n,
    currency,
    idempotencyKey,
  });
};

/** A final no fails the part; everything else is tried again, slower each time. */
async function settleFailure(house: PayingHouse, leased: LeasedPart, error: PaymentsError): Promise<void> {
  const { ownerId, refundPartId, attempts } = leased;
  house.log.warn({ ownerId, refundPartId, attempts, provider: error.kind }, error.message);
  await record(house.db, async (tx, now) => {
    await lockOwner(tx, ownerId);
    const part = (await findPart(tx, ownerId, refundPartId))!;
    if (part.paidAt || part.failedAt) return;
    if (!error.retry) return failPart(house, tx, part, error.message, now);
    const nextAttemptAt = new Date(now.getTime() + pauseSeconds(attempts, error.retryAfterSeconds) * 1000);
    await postponePart(tx, part, { nextAttemptAt, why: error.message });
  });
}
