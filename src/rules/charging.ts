import type { CallState } from './calls.ts';
import { billedMinutes } from './money.ts';
import { addMonths, isBefore } from './time.ts';

/** A month that is charged in advance: `[from, until)`, numbered from the anchor. */
export interface Period {
  from: Date;
  until: Date;
}

/**
 * The period that begins where the paid time ends. `anchor` is the moment that counting started (opening, or the
 * reactivation that began anew), so that month ends don't drift.
 */
export function nextPeriod(anchor: Date, paidUntil: Date, timeZone: string): Period {
  let months = 1;
  while (!isBefore(paidUntil, addMonths(anchor, months, timeZone))) months += 1;
  return { from: paidUntil, until: addMonths(anchor, months, timeZone) };
}

/** What a subscription costs at its return: nothing inside the period already paid, a new period from now after it. */
export function renewalAtReturn(
  paidUntil: Date,
  feeMicros: bigint,
  timeZone: string,
  now: Date,
): { priceMicros: bigint; paidUntil: Date; anewFrom: Date | null } {
  if (isBefore(now, paidUntil)) return { priceMicros: 0n, paidUntil, anewFrom: null };
  return { priceMicros: feeMicros, paidUntil: addMonths(now, 1, timeZone), anewFrom: now };
}

export interface CallCharge {
  at: Date;
  minutes: bigint;
  amountMicros: bigint;
}

/**
 * What a finished call costs: every minute begun, at the price of the number's plan. A call in progress at the closing
 * is charged up to the closing, and the charge bears the moment of its answer, which lies before.
 */
export function rateCall(call: CallState, pricePerMinuteMicros: bigint, closedAt: Date | null): CallCharge | null {
  if (!call.answeredAt || !call.talkSeconds) return null;
  const open = closedAt ? Math.floor((closedAt.getTime() - call.answeredAt.getTime()) / 1000) : call.talkSeconds;
  const minutes = billedMinutes(Math.min(call.talkSeconds, open));
  if (minutes === 0n) return null;
  return { at: call.answeredAt, minutes, amountMicros: minutes * pricePerMinuteMicros };
}
