import type { Decision } from './decision.ts';
import { no, yes } from './decision.ts';
import { policy } from './policy.ts';
import { addDays, addMonths, isBefore } from './time.ts';

/** A release that nobody has ended by restoring. */
export interface OpenRelease {
  releasedAt: Date;
  restorableUntil: Date;
  returnOrderedAt: Date | null;
}

/** What a number looks like to a rule. */
export interface NumberFacts {
  boughtAt: Date | null;
  paidUntil: Date | null;
  monthlyPriceMicros: bigint;
  release: OpenRelease | null;
}

/** A number is in use from its purchase to its release; only then can it be released, paused or stopped. */
export function decideInUse(number: NumberFacts): Decision<true> {
  if (!number.boughtAt) return no({ code: 'not-bought-yet' });
  if (number.release) return no({ code: 'already-released', restorableUntil: number.release.restorableUntil });
  return yes(true);
}

/** A release opens a hold of its own: the clock counts from it, and a later closing leaves it alone. */
export function decideRelease(number: NumberFacts, now: Date): Decision<{ restorableUntil: Date }> {
  const inUse = decideInUse(number);
  if (!inUse.ok) return inUse;
  return yes({ restorableUntil: addDays(now, policy.restoreWindowDays) });
}

/** What coming back costs: nothing inside the month already paid, one month's price after it. */
export interface Restoration {
  priceMicros: bigint;
  paidUntil: Date;
}

/** Article, "Canceling a Sub-Account": released numbers are restorable within 14 days of their own release. */
export function decideRestore(number: NumberFacts, timeZone: string, now: Date): Decision<Restoration> {
  const { release } = number;
  if (!release) return no({ code: 'not-released' });
  if (release.returnOrderedAt || !isBefore(now, release.restorableUntil)) {
    return no({ code: 'too-late-to-restore', until: release.restorableUntil });
  }
  if (number.paidUntil && isBefore(now, number.paidUntil)) return yes({ priceMicros: 0n, paidUntil: number.paidUntil });
  return yes({ priceMicros: number.monthlyPriceMicros, paidUntil: addMonths(now, 1, timeZone) });
}

/** The hold is over at the stored date, not a moment sooner: only then may the carrier have the number back. */
export function isReturnDue(release: OpenRelease, now: Date): boolean {
  return !release.returnOrderedAt && !isBefore(now, release.restorableUntil);
}

/** Whether a phone number that once was ours may be bought: never before its rest is over. */
export function decideReuse(phoneNumber: string, past: { returnedAt: Date | null } | null, now: Date): Decision<true> {
  if (!past) return yes(true);
  if (!past.returnedAt) return no({ code: 'number-taken', phoneNumber });
  const reusableFrom = addDays(past.returnedAt, policy.reuseAfterReturnDays);
  return isBefore(now, reusableFrom) ? no({ code: 'number-resting', phoneNumber, reusableFrom }) : yes(true);
}
