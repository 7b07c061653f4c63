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

/** The months that have begun by `now`, and where the paid time ends after them. None begins inside a closure. */
export function dueMonths(
  { anchor, paidUntil }: { anchor: Date; paidUntil: Date },
  timeZone: string,
  closedAt: Date | null,
  now: Date,
): { begins: Date[]; paidUntil: Date } {
  const begins: Date[] = [];
  let until = paidUntil;
  while (!isBefore(now, until) && (!closedAt || isBefore(until, closedAt))) {
    begins.push(until);
    until = nextPeriod(anchor, until, timeZone).until;
  }
  return { begins, paidUntil: until };
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
}

/**
 * How many minutes of a finished call are charged: every minute begun. A call in progress at the closing is charged up to the
 * closing, and the charge bears the moment of its answer, which lies before.
 */
export function rateCall(call: CallState, closedAt: Date | null): CallCharge | null {
  if (!call.answeredAt || !call.talkSeconds) return null;
  const open = closedAt ? Math.floor((closedAt.getTime() - call.answeredAt.getTime()) / 1000) : call.talkSeconds;
  const minutes = billedMinutes(Math.min(call.talkSeconds, open));
  if (minutes === 0n) return null;
  return { at: call.answeredAt, minutes };
}
