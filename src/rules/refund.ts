import { type Decision, no, yes } from './decision.ts';
import { toCents } from './money.ts';
import { isBefore } from './time.ts';

/*
 * Article, "Canceling an Account or Agency": the remaining available balance is not refunded automatically; once fully canceled,
 * one asks for it, by a ticket, within 90 days. What was never asked for stays owed as *unclaimed*.
 */

export const refundStates = ['requested', 'approved', 'declined', 'paying', 'paid', 'failed'] as const;
export type RefundState = (typeof refundStates)[number];

/** As customers and staff read it. */
export const refundStateNames: Record<RefundState, string> = {
  requested: 'Requested',
  approved: 'Approved',
  declined: 'Declined',
  paying: 'Being paid',
  paid: 'Paid',
  failed: 'Failed',
};

export interface RefundFacts {
  approvedAt: Date | null;
  declinedAt: Date | null;
}

export interface PartFacts {
  /** The payment that it goes back to; null for what is paid by hand. */
  paymentId: number | null;
  attempts: number;
  paidAt: Date | null;
  failedAt: Date | null;
  /** Another part was ordered in its place. */
  isReplaced: boolean;
}

export type PartState = 'waiting' | 'by hand' | 'sending' | 'paid' | 'failed' | 'replaced';

/** A payment that the bank sent back after it had been given back has failed, whatever was said before. */
export function partStateOf(part: PartFacts): PartState {
  if (part.isReplaced) return 'replaced';
  if (part.failedAt) return 'failed';
  if (part.paidAt) return 'paid';
  if (part.paymentId === null) return 'by hand';
  return part.attempts > 0 ? 'sending' : 'waiting';
}

/** One part that failed for good makes the refund wait for a person; otherwise it is paid when its last part is. */
export function refundStateOf(refund: RefundFacts, parts: readonly PartFacts[]): RefundState {
  if (refund.declinedAt) return 'declined';
  if (!refund.approvedAt) return 'requested';
  const states = parts.map(partStateOf).filter((each) => each !== 'replaced');
  if (states.includes('failed')) return 'failed';
  if (states.every((each) => each === 'paid')) return 'paid';
  return states.some((each) => each === 'paid' || each === 'sending') ? 'paying' : 'approved';
}

/** Whether somebody still has to do something about it, or the money is on its way. */
export const isUnderWay = (state: RefundState): boolean => state !== 'paid' && state !== 'declined';

/** What an owner is owed: the balance as it will be once all is settled, and what day 90 has moved. */
export interface Owed {
  walletMicros: bigint;
  unclaimedMicros: bigint;
}

const microsPerCent = 10_000n;

/** In whole cents, half to even: nobody can be paid less than a cent. */
export const payableMicros = ({ walletMicros, unclaimedMicros }: Owed): bigint =>
  toCents(walletMicros + unclaimedMicros) * microsPerCent;

export interface RequestFacts {
  /** The open closure; its id is null while the agency's has not come round to the account. */
  closure: { closureId: number | null } | null;
  /** Who pays instead, when the account has no balance of its own. */
  paidBy: string | null;
  owed: Owed;
  /** A refund of this closure that is not over. */
  underWay: { ticketId: number; requestedAt: Date } | null;
}

/** Asking is possible from the closing on. After the promised date it is a claim of unclaimed money, and goes the same way. */
export function decideRequest(facts: RequestFacts): Decision<{ closureId: number; requestedMicros: bigint }> {
  const { closure, owed, paidBy, underWay } = facts;
  if (paidBy !== null) return no({ code: 'balance-of-agency', agencyName: paidBy });
  if (!closure) return no({ code: 'close-first' });
  if (closure.closureId === null) return no({ code: 'still-closing' });
  if (underWay) {
    const { ticketId, requestedAt } = underWay;
    return no({ code: 'refund-under-way', ticketId, requestedAt });
  }
  const requestedMicros = payableMicros(owed);
  if (requestedMicros <= 0n) return no({ code: 'nothing-to-refund', balanceMicros: owed.walletMicros });
  return yes({ closureId: closure.closureId, requestedMicros });
}

/** Whether it was asked for before the date that the closing promised; a request at the date itself was too late. */
export const isInTime = (requestedAt: Date, refundableUntil: Date): boolean => isBefore(requestedAt, refundableUntil);

export interface ApprovalFacts {
  state: RefundState;
  closureId: number;
  /** The closure that is open now. */
  closure: { closureId: number | null; isCarriedOut: boolean } | null;
  owed: Owed;
}

/** What an approval books: all of it into one account, rounded there, and from there to the refunds. */
export interface Approval {
  from: 'wallet' | 'unclaimed';
  /** From the wallet into unclaimed when that is where the rest is; less than nothing is a debt that it covers. */
  gatheredMicros: bigint;
  /** Given on top, or kept when less than nothing: never half a cent. */
  roundingMicros: bigint;
  amountMicros: bigint;
}

export function decideApproval({ state, closureId, closure, owed }: ApprovalFacts): Decision<Approval> {
  if (state !== 'requested') return no({ code: 'refund-decided', state: refundStateNames[state] });
  if (!closure || closure.closureId !== closureId) return no({ code: 'reactivated-meanwhile' });
  if (!closure.isCarriedOut) return no({ code: 'still-closing' });
  const { walletMicros, unclaimedMicros } = owed;
  const amountMicros = payableMicros(owed);
  if (amountMicros <= 0n) return no({ code: 'nothing-to-refund', balanceMicros: walletMicros });
  const isClaim = unclaimedMicros > 0n;
  return yes({
    from: isClaim ? 'unclaimed' : 'wallet',
    gatheredMicros: isClaim ? walletMicros : 0n,
    roundingMicros: amountMicros - (walletMicros + unclaimedMicros),
    amountMicros,
  });
}

export const refundWays = ['payments', 'by-hand'] as const;
export type RefundWay = (typeof refundWays)[number];

export interface RefundablePayment {
  paymentId: number;
  refundableMicros: bigint;
}

export interface PlannedPart {
  /** Null is by hand. */
  paymentId: number | null;
  amountMicros: bigint;
}

/** Back to the payments in the order given (the newest first), each with no more than is left of it; the rest is paid by hand. */
export function splitRefund(
  amountMicros: bigint,
  payments: readonly RefundablePayment[],
  way: RefundWay = 'payments',
): PlannedPart[] {
  const parts: PlannedPart[] = [];
  let left = amountMicros;
  for (const { paymentId, refundableMicros } of way === 'payments' ? payments : []) {
    if (left <= 0n || refundableMicros <= 0n) continue;
    const isEnough = left <= refundableMicros;
    parts.push({ paymentId, amountMicros: isEnough ? left : refundableMicros });
    left = isEnough ? 0n : left - refundableMicros;
  }
  return left > 0n ? [...parts, { paymentId: null, amountMicros: left }] : parts;
}

export const refundLengths = { payee: 200, reference: 200, reason: 1_000 };

/** To whom money goes by hand: "Anchor Plumbing LLC, account ending in 6789". */
export const decidePayee = (payee: string): Decision<string> =>
  decideText('payee', payee, refundLengths.payee, 'Say whom it is paid to, by name,');

export const decideReference = (reference: string): Decision<string> =>
  decideText('reference', reference, refundLengths.reference, 'Give the reference of the transfer,');

/** The customer reads it word for word. */
export const decideReason = (reason: string): Decision<string> =>
  decideText('reason', reason, refundLengths.reason, 'Say why, as the customer will read it,');

function decideText(field: string, text: string, max: number, ask: string): Decision<string> {
  if (text !== '' && text.length <= max) return yes(text);
  const fields = { [field]: `${ask} in up to ${max.toLocaleString('en-US')} characters.` };
  return no({ code: 'invalid-input', fields });
}

/** A part that is paid by hand, marked as paid once. */
export function decideMarking(part: PartFacts): Decision<true> {
  return partStateOf(part) === 'by hand' ? yes(true) : no({ code: 'part-not-by-hand' });
}

/**
 * A part that failed for good, sent again or paid by hand; one that may still arrive is never ordered a second time.
 * `leftMicros`: what is still refundable of the payment that it would go to; null by hand.
 */
export function decideReplacing(part: PartFacts & { amountMicros: bigint }, leftMicros: bigint | null): Decision<true> {
  if (partStateOf(part) !== 'failed') return no({ code: 'part-not-failed' });
  return leftMicros !== null && leftMicros < part.amountMicros
    ? no({ code: 'more-than-payment', leftMicros })
    : yes(true);
}

/** Pauses between attempts grow from two seconds to an hour; the provider may ask for a longer one. */
export const pauseSeconds = (attempts: number, askedSeconds: number | null): number =>
  Math.max(askedSeconds ?? 0, Math.min(3_600, 2 ** Math.min(attempts, 12)));
