import type { Tx } from '../../platform/db.ts';
import { newKey } from '../../platform/ids.ts';
import { must, Refused } from '../../rules/decision.ts';
import { type Approval, decideApproval, decidePayee, type RefundWay, splitRefund } from '../../rules/refund.ts';
import { type LedgerAccount, lockWallet, recordPosting } from '../store.ts';
import type { Ended } from './findEnded.ts';
import { findOriginalPayments, findUnclaimedMicros, type Refund, recordParts, setApproved } from './store.ts';

/** How a refund is to be paid: `payee` is needed as soon as anything of it goes by hand. */
export interface Payout {
  way: RefundWay;
  payee: string;
}

/**
 * Takes all that is owed out of the wallet (or out of what was unclaimed) and orders its parts. Under the owner's lock, with every
 * charge settled: what is approved is what is there.
 */
export async function approveRefund(
  tx: Tx,
  refund: Refund,
  owner: Ended,
  payout: Payout,
  by: string,
  now: Date,
): Promise<bigint> {
  const { ownerId, refundId, currency } = refund;
  const walletMicros = await lockWallet(tx, ownerId, currency);
  const unclaimedMicros = await findUnclaimedMicros(tx, ownerId);
  const { closure } = owner;
  const approval = must(decideApproval({ ...refund, closure, owed: { walletMicros, unclaimedMicros } }));
  const parts = splitRefund(approval.amountMicros, await findOriginalPayments(tx, ownerId, currency), payout.way);
  const payee = parts.some((each) => each.paymentId === null) ? must(decidePayee(payout.payee)) : null;
  await book(tx, refund, approval, now);
  await setApproved(tx, refund, { approvedAt: now, approvedBy: by, amountMicros: approval.amountMicros });
  const ordered = { ownerId, refundId, orderedAt: now, orderedBy: by };
  await recordParts(
    tx,
    parts.map((each) => ({
      ...ordered,
      ...each,
      payee: each.paymentId === null ? payee : null,
      idempotencyKey: newKey(),
    })),
  );
  return approval.amountMicros;
}

async function book(tx: Tx, { ownerId, refundId, ticketId }: Refund, approval: Approval, now: Date): Promise<void> {
  const { from, gatheredMicros, roundingMicros, amountMicros } = approval;
  const move = async (
    debit: LedgerAccount,
    credit: LedgerAccount,
    micros: bigint,
    cause: string,
    description: string,
  ): Promise<void> => {
    if (micros === 0n) return;
    const [left, right] = micros > 0n ? [debit, credit] : [credit, debit];
    const size = micros > 0n ? micros : -micros;
    const causeKey = cause === 'refund' ? `refund ${refundId}` : `refund ${refundId} ${cause}`;
    const posting = { ownerId, at: now, debit: left, credit: right, amountMicros: size, cause, causeKey, description };
    if (!(await recordPosting(tx, posting))) throw new Refused({ code: 'key-reused' });
  };
  const settled = 'Settled after the balance became unclaimed';
  await move('wallet', 'unclaimed', gatheredMicros, 'unclaimed-rest', settled);
  await move(
    'revenue',
    from,
    roundingMicros,
    'rounding',
    `Rounded to whole cents for the refund on ticket ${ticketId}`,
  );
  await move(from, 'refunds', amountMicros, 'refund', `Refund approved, ticket ${ticketId}`);
}
