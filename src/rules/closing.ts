import type { Unused } from './charging.ts';
import type { Decision } from './decision.ts';
import { no, yes } from './decision.ts';
import { policy } from './policy.ts';
import { addDays, isBefore } from './time.ts';

/** The dates an account is promised at its closing; stored with the closure and shown everywhere the same. */
export interface Promises {
  numbersRestorableUntil: Date;
  reactivatableUntil: Date;
  refundableUntil: Date;
  policyVersion: number;
}

/** Article, "Canceling an Account or Agency": 14 days for numbers, 60 for the account, 90 for the balance. */
export function promisesAt(closedAt: Date): Promises {
  return {
    numbersRestorableUntil: addDays(closedAt, policy.restoreWindowDays),
    reactivatableUntil: addDays(closedAt, policy.reactivateWindowDays),
    refundableUntil: addDays(closedAt, policy.refundWindowDays),
    policyVersion: policy.version,
  };
}

/** A closure as it stands in the database while nobody has ended it. */
export interface OpenClosure extends Promises {
  closedAt: Date;
}

/** An account may be closed "at any time", once. */
export function decideClosing(closure: OpenClosure | null, now: Date): Decision<Promises> {
  return closure ? no({ code: 'already-closed', closedAt: closure.closedAt }) : yes(promisesAt(now));
}

/**
 * An account comes back until the date that its own closing promised.
 * Article, "Canceling a Standalone Account", step 5. Under a canceled agency only support brings an account back
 * ("Canceling an Agency").
 */
export function decideReactivation<Closure extends OpenClosure>(
  closure: Closure | null,
  now: Date,
  isAgencyCanceled = false,
): Decision<Closure> {
  if (!closure) return no({ code: 'not-closed' });
  if (isAgencyCanceled) return no({ code: 'agency-canceled', until: closure.reactivatableUntil });
  if (!isBefore(now, closure.reactivatableUntil)) {
    return no({ code: 'too-late-to-reactivate', until: closure.reactivatableUntil });
  }
  return yes(closure);
}

/**
 * An agency comes back by the support desk until the date that its closing promised, once the closing has come round to all
 * of its sub-accounts. Article, "Canceling an Agency", step 6.
 */
export function decideAgencyReactivation<Closure extends OpenClosure & { carriedOutAt: Date | null }>(
  closure: Closure | null,
  now: Date,
): Decision<Closure> {
  const decision = decideReactivation(closure, now);
  if (decision.ok && !decision.value.carriedOutAt) return no({ code: 'still-closing' });
  return decision;
}

/** One tracking number as the plan of a closing shows it. */
export interface PlannedNumber {
  trackingNumberId: number;
  phoneNumber: string;
  name: string | null;
  calls7Days: number;
  calls30Days: number;
  lastCallAt: Date | null;
}

/** What a closing does with the month of the subscription that is paid: whether its plan gives back what is left. */
export interface UnusedTime extends Unused {
  planName: string;
  paidMicros: bigint;
  paidUntil: Date;
  isCredited: boolean;
}

/** The part of it that a confirmation stands for; amount and date go by the clock. */
const unusedTerms = (unused: UnusedTime | null): string[] =>
  unused ? [`of the ${unused.planName} plan ${unused.isCredited ? 'comes' : 'does not come'} back`] : [];

/** What a closing is worked out from: one read-only snapshot. */
export interface ClosingFacts {
  accountId: number;
  accountName: string;
  agencyName: string | null;
  closure: OpenClosure | null;
  numbers: readonly PlannedNumber[];
  /** Numbers already in the hold; the closing leaves their own dates alone. */
  heldNumbers: number;
  people: readonly { personId: string; name: string; role: string }[];
  lastCallAt: Date | null;
  /** Its own: what an account that its agency pays has left of the time in which it paid for itself; never the agency's. */
  balance: { paidByAgency: boolean; availableMicros: bigint };
  charges: readonly StandingCharge[];
  /** Of its own subscription; null where the agency pays. */
  unusedTime: UnusedTime | null;
}

/** A charge that would come again if nothing were closed. */
export interface StandingCharge {
  what: string;
  amountMicros: bigint;
  nextAt: Date;
}

/** What a closing does, in full, before it is asked for. Closing executes this very plan. */
export interface ClosingPlan extends ClosingFacts {
  promises: Promises;
  /** What ends at once, were it closed at this instant. */
  endingCharges: readonly StandingCharge[];
}

export function planClosing(facts: ClosingFacts, now: Date): Decision<ClosingPlan> {
  const decision = decideClosing(facts.closure, now);
  if (!decision.ok) return decision;
  return yes({ ...facts, promises: decision.value, endingCharges: facts.charges });
}

/**
 * The part of a plan that a confirmation stands for: who and what goes, at which prices, under which policy. Counters,
 * balances and clocks are left out on purpose: they move while one reads.
 */
export function planTerms(plan: ClosingPlan): Record<string, string[]> {
  return {
    numbers: plan.numbers.map((each) => each.phoneNumber).toSorted(),
    people: plan.people.map((each) => `${each.name} (${each.role})`).toSorted(),
    charges: plan.endingCharges.map((each) => `${each.what}: ${each.amountMicros}`).toSorted(),
    'unused time': unusedTerms(plan.unusedTime),
    policy: [String(plan.promises.policyVersion)],
  };
}

/** What differs between the terms a person confirmed and the terms now, as short phrases. */
export function planDifferences(confirmed: Record<string, string[]>, now: Record<string, string[]>): string[] {
  return Object.keys(now).flatMap((part) => {
    const before = confirmed[part] ?? [];
    const after = now[part] ?? [];
    return [
      ...after.filter((each) => !before.includes(each)).map((each) => `${part}: now also ${each}`),
      ...before.filter((each) => !after.includes(each)).map((each) => `${part}: no longer ${each}`),
    ];
  });
}

/** What canceling an agency is worked out from: one read-only snapshot of all its sub-accounts that are not closed. */
export interface AgencyClosingFacts {
  agencyId: number;
  agencyName: string;
  closure: OpenClosure | null;
  subAccounts: number;
  numbers: number;
  /** Over the ids of these sub-accounts and numbers: tens of thousands need not travel to be compared. */
  digest: string;
  lastCallAt: Date | null;
  people: ClosingFacts['people'];
  availableMicros: bigint;
  charges: readonly StandingCharge[];
  unusedTime: UnusedTime | null;
}

/** What canceling an agency does, in full, before it is asked for. Article, "Canceling an Agency". */
export interface AgencyClosingPlan extends AgencyClosingFacts {
  promises: Promises;
}

export function planAgencyClosing(facts: AgencyClosingFacts, now: Date): Decision<AgencyClosingPlan> {
  const decision = decideClosing(facts.closure, now);
  return decision.ok ? yes({ ...facts, promises: decision.value }) : decision;
}

/** The part of an agency's plan that a confirmation stands for. Counters of calls, balances and clocks are left out. */
export function agencyPlanTerms(plan: AgencyClosingPlan): Record<string, string[]> {
  return {
    'sub-accounts': [`${plan.subAccounts} active`],
    numbers: [`${plan.numbers} in use`],
    'sub-accounts and numbers': [`the set ${plan.digest.slice(0, 8)}`],
    people: plan.people.map((each) => `${each.name} (${each.role})`).toSorted(),
    charges: plan.charges.map((each) => `${each.what}: ${each.amountMicros}`).toSorted(),
    'unused time': unusedTerms(plan.unusedTime),
    policy: [String(plan.promises.policyVersion)],
  };
}

/** Why somebody leaves: never required, and one other way at most is offered beside it. */
export const leavingReasons = {
  price: 'It costs too much',
  features: 'Something is missing',
  quality: 'Calls or reports were not reliable',
  support: 'Support did not help',
  switching: 'We use another system',
  ending: 'The business ends or changes',
  other: 'Something else',
} as const;
export type LeavingReason = keyof typeof leavingReasons;

export const isLeavingReason = (text: string): text is LeavingReason => Object.hasOwn(leavingReasons, text);
