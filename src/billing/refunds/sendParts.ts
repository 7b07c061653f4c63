import { lockOwner } from '../../accounts/findAuthority.ts';
import type { House } from '../../platform/house.ts';
import { record } from '../../platform/operation.ts';
import { type Payments, PaymentsError, type ProviderRefund } from '../../platform/payments/port.ts';
import { pauseSeconds } from '../../rules/refund.ts';
import { type FollowRefund, failPart, settlePart } from './settlePart.ts';
import { findDueParts, findPart, type LeasedPart, leasePart, postponePart } from './store.ts';

/** A worker that was killed is waited for no longer than this; an answer that takes longer is looked for before another attempt. */
const leaseSeconds = 30;
const atOnce = 8;

export type PayingHouse = Pick<House, 'db' | 'log' | 'secrets' | 'config'> & { payments: Payments };

/**
 * The worker's look: sends every due part back to its payment. Each is sent at least once and effective once: the same key goes with
 * every attempt, and before another attempt the provider is asked what came of the one before.
 */
export async function sendParts(house: PayingHouse, follow: FollowRefund): Promise<number> {
  let sent = 0;
  for (;;) {
    const due = await record(house.db, (tx, now) => findDueParts(tx, now, atOnce));
    const leased = await Promise.all(
      due.map((each) => record(house.db, (tx, now) => leasePart(tx, each, now, leaseSeconds))),
    );
    const mine = leased.filter((each) => each !== null);
    if (mine.length === 0) return sent;
    await Promise.all(mine.map((each) => sendOne(house, each, follow)));
    sent += mine.length;
  }
}

async function sendOne(house: PayingHouse, part: LeasedPart, follow: FollowRefund): Promise<void> {
  // Until the provider has said that it has none, an earlier attempt may have gone through.
  let mayHaveGone = part.attempts > 1;
  try {
    const found = mayHaveGone ? await find(house, part) : null;
    mayHaveGone &&= found !== null;
    const answer = found ?? (await ask(house, part));
    await record(house.db, (tx, now) => settlePart(house, tx, now, answer, follow));
  } catch (error) {
    if (!(error instanceof PaymentsError)) throw error;
    await settleFailure(house, part, error, mayHaveGone, follow);
  }
}

/** What came of an earlier attempt. A refund that the provider had and does not know any more is never asked for again. */
async function find(
  { payments }: PayingHouse,
  { providerRefundId, idempotencyKey }: LeasedPart,
): Promise<ProviderRefund | null> {
  if (providerRefundId === null) return payments.findRefund({ idempotencyKey });
  const found = await payments.findRefund({ providerRefundId });
  if (!found) throw new PaymentsError('refused', 'The payment provider does not know the refund that it began.');
  return found;
}

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

/** A final no fails the part, unless an earlier attempt may have gone through; everything else is tried again, slower each time. */
async function settleFailure(
  house: PayingHouse,
  leased: LeasedPart,
  error: PaymentsError,
  mayHaveGone: boolean,
  follow: FollowRefund,
): Promise<void> {
  const { ownerId, refundPartId, attempts } = leased;
  house.log.warn({ ownerId, refundPartId, attempts, provider: error.kind }, error.message);
  await record(house.db, async (tx, now) => {
    await lockOwner(tx, ownerId);
    const part = (await findPart(tx, ownerId, refundPartId))!;
    if (part.paidAt || part.failedAt) return;
    if (!error.retry && !mayHaveGone) return failPart(house, tx, part, { failure: error.message }, now, follow);
    const nextAttemptAt = new Date(now.getTime() + pauseSeconds(attempts, error.retryAfterSeconds) * 1000);
    await postponePart(tx, part, { nextAttemptAt, why: error.message });
  });
}
