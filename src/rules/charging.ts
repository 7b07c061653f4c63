import type { CallState } from './calls.ts';
import { billedMinutes, microsPerCent, wholeCents } from './money.ts';
import { monthlyPrice, type Plan, pricesAt } from './plans.ts';
import { isBefore, monthsFrom } from './time.ts';

const longestMonthMs = (31 * 24 + 1) * 60 * 60 * 1000;

/** A month that is charged in advance: `[from, until)`, numbered from the anchor. */
export interface Period {
  from: Date;
  until: Date;
}

const halfMonthMs = 14 * 24 * 60 * 60 * 1000;

/**
 * The period that begins where the paid time ends. `anchor` is the moment that counting started (opening, or the
 * reactivation that began anew), so that month ends don't drift. A zone that was changed moves the next end by a day at most: what
 * is left of the old zone's day is no month of its own.
 */
export function nextPeriod(anchor: Date, paidUntil: Date, timeZone: string): Period {
  const soonest = new Date(paidUntil.getTime() + halfMonthMs);
  return { from: paidUntil, until: boundariesBeyond(anchor, soonest, timeZone).first };
}

/** The whole month, counted from the anchor, that ends at a moment: what a part of a month is a share of. */
export function periodEnding(anchor: Date, until: Date, timeZone: string): Period {
  const { before } = boundariesBeyond(anchor, new Date(until.getTime() - halfMonthMs), timeZone);
  return { from: before(), until };
}

/** The first boundary after a moment, whole months after the anchor, and the one before it. */
function boundariesBeyond(anchor: Date, moment: Date, timeZone: string): { first: Date; before(): Date } {
  const boundary = monthsFrom(anchor, timeZone);
  // No month is longer than 31 days and an hour: years of counting are skipped, the rest is counted.
  let months = Math.max(1, Math.floor((moment.getTime() - anchor.getTime()) / longestMonthMs));
  let first = boundary(months);
  while (!isBefore(moment, first)) {
    months += 1;
    first = boundary(months);
  }
  return { first, before: () => boundary(months - 1) };
}

/** Whatever is charged by the month in advance: a subscription, or a number. */
export interface PaidByMonth {
  /** Of whoever pays. */
  planCode: string;
  anchor: Date;
  paidUntil: Date;
  timeZone: string;
  /** Its closing, or the release of a number; null while it goes on. */
  endedAt: Date | null;
}

/** A month with its prices, and what it costs. */
export interface Month extends Period {
  plan: Plan;
  amountMicros: bigint;
}

/**
 * The months of a subscription that begin by a moment and are not charged yet, each at the prices of its beginning. The billing run
 * writes these, and every screen that says what is charged next says these.
 */
export function subscriptionMonths(subscription: PaidByMonth, prices: readonly Plan[], by: Date): Month[] {
  return monthsBegunBy(subscription, by).map((period) => {
    const plan = pricesAt(prices, subscription.planCode, period.from);
    return { ...period, plan, amountMicros: plan.monthlyFeeMicros };
  });
}

/** The same for a number, at the prices of its payer's plan. */
export function numberMonths(
  number: PaidByMonth & { kind: 'local' | 'tollfree' },
  prices: readonly Plan[],
  by: Date,
): Month[] {
  return monthsBegunBy(number, by).map((period) => {
    const plan = pricesAt(prices, number.planCode, period.from);
    return { ...period, plan, amountMicros: monthlyPrice(plan, number.kind) };
  });
}

/** None begins inside a closure, nor after a release. */
function monthsBegunBy({ anchor, paidUntil, timeZone, endedAt }: PaidByMonth, by: Date): Period[] {
  const months: Period[] = [];
  for (let from = paidUntil; !isBefore(by, from) && (!endedAt || isBefore(from, endedAt)); ) {
    const month = nextPeriod(anchor, from, timeZone);
    months.push(month);
    from = month.until;
  }
  return months;
}

/** A month that was paid, or a part of one since the plan was changed. */
export interface PaidMonth extends Period {
  plan: Plan;
  paidMicros: bigint;
  includedMinutes: number;
  /** Of the included ones, those that its calls took. */
  usedMinutes: number;
}

/** What is left of a month at a moment, and how that is worked out. */
export interface Unused {
  leftMs: number;
  wholeMs: number;
  /** The share of what was paid. */
  shareMicros: bigint;
  /** Included minutes that were used beyond their share of the month: taken off at the plan's price. */
  overusedMinutes: number;
  overusedMicros: bigint;
  creditMicros: bigint;
}

/**
 * What is given back of a month that ends at `at`: by the millisecond, rounded half to even to whole cents, and never less than
 * nothing. Without the minutes taken off, using up a month's minutes and leaving on its first day would cost a day.
 */
export function unusedOf(month: PaidMonth, at: Date): Unused {
  const wholeMs = month.until.getTime() - month.from.getTime();
  const leftMs = Math.max(0, Math.min(wholeMs, month.until.getTime() - at.getTime()));
  const shareMicros = shareOf(month.paidMicros, leftMs, wholeMs);
  const earnedMinutes = Math.ceil((month.includedMinutes * (wholeMs - leftMs)) / wholeMs);
  const overusedMinutes = Math.max(0, month.usedMinutes - earnedMinutes);
  const overusedMicros = BigInt(overusedMinutes) * month.plan.minuteInMicros;
  const rest = shareMicros - overusedMicros;
  const creditMicros = rest > 0n ? wholeCents(rest) : 0n;
  return { leftMs, wholeMs, shareMicros, overusedMinutes, overusedMicros, creditMicros };
}

/** The part of a month that begins when the plan is changed in its middle: a share of the whole month's fee and minutes. */
export function partOf(plan: Plan, from: Date, whole: Period): Omit<PaidMonth, 'usedMinutes'> {
  const wholeMs = whole.until.getTime() - whole.from.getTime();
  const leftMs = whole.until.getTime() - from.getTime();
  return {
    from,
    until: whole.until,
    plan,
    paidMicros: shareOf(plan.monthlyFeeMicros, leftMs, wholeMs),
    includedMinutes: Math.floor((plan.includedMinutes * leftMs) / wholeMs),
  };
}

/** `amountMicros × partMs / wholeMs`, rounded half to even to whole cents. */
export function shareOf(amountMicros: bigint, partMs: number, wholeMs: number): bigint {
  const product = amountMicros * BigInt(partMs);
  const divisor = BigInt(wholeMs) * microsPerCent;
  const cents = product / divisor;
  const twice = 2n * (product % divisor);
  const up = twice > divisor || (twice === divisor && cents % 2n === 1n);
  return (up ? cents + 1n : cents) * microsPerCent;
}

/** The month that a subscription begins at its return: none inside the time already paid, a new one from now after it. */
export function monthAtReturn(subscription: PaidByMonth, prices: readonly Plan[], now: Date): Month | null {
  if (isBefore(now, subscription.paidUntil)) return null;
  return firstMonth(subscription, prices, now);
}

/** The month of a subscription that is counted from now on. */
export function firstMonth(
  { planCode, timeZone }: Pick<PaidByMonth, 'planCode' | 'timeZone'>,
  prices: readonly Plan[],
  now: Date,
): Month {
  return subscriptionMonths({ planCode, timeZone, anchor: now, paidUntil: now, endedAt: null }, prices, now)[0]!;
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
