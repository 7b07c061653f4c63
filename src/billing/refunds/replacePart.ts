import type { Tx } from '../../platform/db.ts';
import { newKey } from '../../platform/ids.ts';
import { must } from '../../rules/decision.ts';
import { decidePayee, decideReplacing } from '../../rules/refund.ts';
import { findOriginalPayments, type RefundPart, recordParts } from './store.ts';

/**
 * Orders a part that failed for good anew: to the same payment, under a key of its own, or by hand to a payee. The failed one stays
 * as it is, and only one part can take its place.
 */
export async function replacePart(
  tx: Tx,
  part: RefundPart,
  { payee, currency }: { payee: string | null; currency: string },
  by: string,
  now: Date,
): Promise<void> {
  const payments = payee === null ? await findOriginalPayments(tx, part.ownerId, currency) : null;
  const target = payments?.find((each) => each.paymentId === part.paymentId);
  must(decideReplacing(part, payments ? (target?.refundableMicros ?? 0n) : null));
  await recordParts(tx, [
    {
      ownerId: part.ownerId,
      refundId: part.refundId,
      paymentId: payee === null ? part.paymentId : null,
      payee: payee === null ? null : must(decidePayee(payee)),
      amountMicros: part.amountMicros,
      replacesPartId: part.refundPartId,
      orderedAt: now,
      orderedBy: by,
      idempotencyKey: newKey(),
    },
  ]);
}
