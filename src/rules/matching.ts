/*
 * Which visit a call on a pool's number came from. Each visit in which the number was shown before the call is weighed by
 * how likely it is that its visitor dials just then; the weights, beside that of somebody whom no visit knows, are the
 * likelihoods (Bayes' rule, every visit being equally likely to call beforehand).
 */

/** A visit in which the number stood on the page. */
export interface ShownVisit {
  visitId: number;
  /** When the visit's first page was opened. */
  begunAt: Date;
  firstShownAt: Date;
  lastShownAt: Date;
  /** When the visitor last pressed the number's link. */
  dialedAt: Date | null;
  /** How likely it is, from calls of before, that this visitor has the caller's telephone; 0 when nobody knows. */
  knownPercent: number;
}

export interface VisitLikelihood {
  visitId: number;
  likelihoodPercent: number;
}

/** What is published of the rule: docs/matching.md explains each. */
export const matching = {
  /** Of all calls so many come within this time from the visit's first page, evenly. */
  early: { share: 0.8, minutes: 10 },
  /** So many more until this time from the first page, evenly. */
  late: { share: 0.17, minutes: 24 * 60 },
  /** And the rest until this time, evenly. Who was shown the number longer ago is not looked at. */
  tail: { share: 0.03, minutes: 30 * 24 * 60 },
  /** A page that shows the number while the call arrives counts so many times as much as one that was closed. */
  openFactor: 4,
  /** A page counts as open for this long after its last sign of life: two of them may be lost. */
  openSeconds: 90,
  /** Who pressed the number's link within so many seconds before the call counts so many times an early visit. */
  press: { seconds: 60, factor: 1_000 },
  /** Who called before from the same telephone counts up to so many times as much. */
  knownFactor: 10_000,
  /** The share of calls from people whom no visit knows: at least this, so that nothing is ever certain. */
  strangerShare: 0.01,
  /** The same where the number was shown to hardly anybody lately: as so many of a visit's calls, evenly over the whole time. */
  strangerWeight: 0.05,
  /** Of one call, so many visits are kept. */
  keptVisits: 5,
} as const;

const minuteMs = 60_000;

/** The chance per minute that a visitor calls, so many minutes after the first page of the visit. */
export function callDensity(minutes: number): number {
  const { early, late, tail } = matching;
  if (minutes < 0 || minutes > tail.minutes) return 0;
  if (minutes <= early.minutes) return early.share / early.minutes;
  if (minutes <= late.minutes) return late.share / (late.minutes - early.minutes);
  return tail.share / (tail.minutes - late.minutes);
}

function weigh(calledAt: Date, visit: ShownVisit): number {
  const { openFactor, openSeconds, press, knownFactor, early } = matching;
  const sinceMs = (moment: Date) => calledAt.getTime() - moment.getTime();
  if (sinceMs(visit.firstShownAt) < 0) return 0;
  const density = callDensity(sinceMs(visit.begunAt) / minuteMs);
  const isOpen = sinceMs(visit.lastShownAt) <= openSeconds * 1000;
  const isPressed =
    visit.dialedAt !== null && sinceMs(visit.dialedAt) >= 0 && sinceMs(visit.dialedAt) <= press.seconds * 1000;
  const byDelay = isPressed ? press.factor * callDensity(early.minutes) : density * (isOpen ? openFactor : 1);
  return byDelay * (1 + (knownFactor * visit.knownPercent) / 100);
}

/**
 * The visits that a call may have come from, likeliest first; of two that are equally likely, the one that began later.
 * Whoever is less likely than one percent is left out, but for the likeliest. Together they never come to 100: the rest is
 * somebody whom no visit knows.
 */
export function weighVisits(call: { calledAt: Date }, shown: readonly ShownVisit[]): VisitLikelihood[] {
  const { strangerShare, strangerWeight, tail, keptVisits } = matching;
  const first: { visit: ShownVisit; weight: number }[] = [];
  let known = 0;
  // There may be thousands: they are not all put in order for the sake of five.
  for (const visit of shown) {
    const weighed = { visit, weight: weigh(call.calledAt, visit) };
    if (weighed.weight <= 0) continue;
    known += weighed.weight;
    const last = first.at(-1);
    if (first.length === keptVisits && last && !isLikelier(weighed, last)) continue;
    const place = first.findIndex((each) => isLikelier(weighed, each));
    first.splice(place < 0 ? first.length : place, 0, weighed);
    first.length = Math.min(first.length, keptVisits);
  }
  const all = Math.max(known + strangerWeight / tail.minutes, known / (1 - strangerShare));
  return first
    .map(({ visit, weight }) => ({ visitId: visit.visitId, likelihoodPercent: Math.floor((weight / all) * 100) }))
    .filter((each, index) => index === 0 || each.likelihoodPercent >= 1)
    .map((each) => ({ ...each, likelihoodPercent: Math.max(1, each.likelihoodPercent) }));
}

function isLikelier(a: { visit: ShownVisit; weight: number }, b: { visit: ShownVisit; weight: number }): boolean {
  if (a.weight !== b.weight) return a.weight > b.weight;
  const later = a.visit.begunAt.getTime() - b.visit.begunAt.getTime();
  return later === 0 ? a.visit.visitId > b.visit.visitId : later > 0;
}
