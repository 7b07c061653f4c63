import { lockOwner } from '../../accounts/findAuthority.ts';
import type { Tx } from '../../platform/db.ts';
import type { House } from '../../platform/house.ts';
import { tellOwner } from '../../platform/live.ts';
import type { ProviderRefund } from '../../platform/payments/port.ts';
import { pauseSeconds } from '../../rules/refund.ts';
import { recordPosting } from '../store.ts';
import { findEnded } from './findEnded.ts';
import { mailRefund } from './mails.ts';
import {
  findPart,
  findProviderPayment,
  findRefund,
  postponePart,
  type Refund,
  type RefundPart,
  setPartFailed,
  setPartPaid,
} from './store.ts';

type Told = Pick<House, 'secrets' | 'config' | 'log'>;

/** What follows a refund whose parts have changed; handed in, since tickets stand elsewhere. */
export type FollowRefund = (tx: Tx, refund: Refund, now: Date) => Promise<void>;

/**
 * Takes in what the provider says of a part: as the answer, by a webhook, or by a later look; in any order, and more than once.
 * What doesn't fit our row to the cent changes nothing. Whoever calls it is inside a transaction.
 */
export async function settlePart(
  house: Told,
  tx: Tx,
  now: Date,
  told: ProviderRefund,
  follow: FollowRefund,
): Promise<void> {
  if (!(await lockOwner(tx, told.ownerId))) return;
  const part = await findPart(tx, told.ownerId, told.refundPartId);
  if (!part || !(await fits(tx, part, told))) {
    house.log.error(
      { ownerId: told.ownerId, refundPartId: told.refundPartId },
      'the provider tells of a refund that is not ours',
    );
    return;
  }
  if (told.state === 'failed')
    return failPart(house, tx, part, { ...told, failure: told.failureSentence }, now, follow);
  if (part.paidAt) return;
  if (part.failedAt) {
    // What the provider itself said to have failed stays so; what only we gave up can have gone back all the same.
    if (part.providerRefundId !== null || told.state !== 'succeeded') return;
    if (part.isReplaced) {
      house.log.error({ ownerId: part.ownerId, refundPartId: part.refundPartId }, 'a refund went back twice');
      return;
    }
  }
  if (told.state === 'processing') {
    const nextAttemptAt = new Date(now.getTime() + pauseSeconds(part.attempts, 60) * 1000);
    await postponePart(tx, part, { nextAttemptAt, why: null, providerRefundId: told.providerRefundId });
    return;
  }
  await setPartPaid(tx, part, now, told.providerRefundId);
  await bookPaid(tx, part, now);
  await tellPaid(house, tx, part, now);
  await follow(tx, (await findRefund(tx, part.ownerId, part.refundId))!, now);
}

async function fits(tx: Tx, part: RefundPart, told: ProviderRefund): Promise<boolean> {
  if (part.paymentId === null) return false;
  const payment = await findProviderPayment(tx, part.ownerId, part.paymentId);
  return (
    payment?.providerPaymentId === told.providerPaymentId &&
    payment.currency === told.currency &&
    told.amountCents * 10_000n === part.amountMicros &&
    (part.providerRefundId === null || part.providerRefundId === told.providerRefundId)
  );
}

/** The money has left: what was owed as an approved refund is so no more. */
export async function bookPaid(tx: Tx, part: RefundPart, now: Date): Promise<void> {
  const { ownerId, refundPartId, amountMicros, payee } = part;
  await recordPosting(tx, {
    ownerId,
    at: now,
    debit: 'refunds',
    credit: 'payments',
    amountMicros,
    cause: 'refund',
    causeKey: `refund part ${refundPartId}`,
    description: payee ? `Refund paid by hand to ${payee}` : `Refund paid, part ${refundPartId}`,
  });
}

/** Whoever asked is mailed once the last part is paid; open pages look again each time. */
export async function tellPaid(
  house: Pick<House, 'secrets' | 'config'>,
  tx: Tx,
  { ownerId, refundId }: RefundPart,
  now: Date,
): Promise<boolean> {
  await tellOwner(tx, ownerId);
  const refund = (await findRefund(tx, ownerId, refundId))!;
  const owner = await findEnded(tx, ownerId, now);
  if (refund.state !== 'paid' || !owner) return false;
  await mailRefund(house, tx, refund, owner, 'paid', now);
  return true;
}

/** It will not arrive: a person decides what now. A bank that sends money back later takes the payment back with it. */
export async function failPart(
  house: Pick<House, 'log'>,
  tx: Tx,
  part: RefundPart,
  { failure, providerRefundId }: { failure: string; providerRefundId?: string },
  now: Date,
  follow: FollowRefund,
): Promise<void> {
  if (part.failedAt) return;
  const { ownerId, refundId, refundPartId, amountMicros } = part;
  house.log.warn({ ownerId, refundPartId }, 'a refund failed');
  await setPartFailed(tx, part, { failedAt: now, failure, ...(providerRefundId ? { providerRefundId } : {}) });
  if (part.paidAt)
    await recordPosting(tx, {
      ownerId,
      at: now,
      debit: 'payments',
      credit: 'refunds',
      amountMicros,
      cause: 'refund-returned',
      causeKey: `refund part ${refundPartId} returned`,
      reversesKey: `refund part ${refundPartId}`,
      description: `Refund came back, part ${refundPartId}`,
    });
  await tellOwner(tx, ownerId);
  await follow(tx, (await findRefund(tx, ownerId, refundId))!, now);
}
