/*
 * Which visit a call on a pool's number came from. Each visit in which the number was shown before the call is weighed by
 * how likely it is that its visitor dials just then; the weights, beside that of somebody whom no visit knows, are the
 * likelihoods (Bayes' rule, every visit being equally likely to call beforehand).
 *
 * Of a caller who called before, something is known beforehand: what was said then. It stands, unless something happened since.
 */

/** A visit in which the number stood on the page. */
export interface ShownVisit {
  visitId: number;
  visitorId: number;
  /** When the visit's first page was opened. */
  begunAt: Date;
  firstShownAt: Date;
  lastShownAt: Date;
  /** When the visitor last pressed the number's link. */
  dialedAt: Date | null;
  /** How likely this visitor was said to be the caller, by the caller's latest call; 0 when they were not named. */
  knownPercent: number;
}

export interface WeighedCall {
  calledAt: Date;
  /** The caller's latest call that named somebody to whom this number was shown. */
  calledBefore: Date | null;
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
  /** Of a caller who was known before: how much less somebody else's coming says than their own coming again would. */
  elseShare: 0.001,
  /** The share of calls from people whom no visit knows: at least this, so that nothing is ever certain. */
  strangerShare: 0.01,
  /** The same where the number was shown to hardly anybody lately: as so many of a visit's calls, evenly over the whole time. */
  strangerWeight: 0.05,
  /** Of one call, so many visits are kept. */
  keptVisits: 5,
  /** Reports count a call for its likeliest visit from this likelihood on: as likely as all others together. */
  countedPercent: 50,
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

const isPressed = ({ dialedAt }: ShownVisit, calledAt: Date): boolean => {
  const sinceMs = dialedAt ? calledAt.getTime() - dialedAt.getTime() : -1;
  return sinceMs >= 0 && sinceMs <= matching.press.seconds * 1000;
};

function weigh(calledAt: Date, visit: ShownVisit): number {
  const { openFactor, openSeconds, press, early } = matching;
  const sinceMs = (moment: Date) => calledAt.getTime() - moment.getTime();
  if (sinceMs(visit.firstShownAt) < 0) return 0;
  if (isPressed(visit, calledAt)) return press.factor * callDensity(early.minutes);
  const isOpen = sinceMs(visit.lastShownAt) <= openSeconds * 1000;
  return callDensity(sinceMs(visit.begunAt) / minuteMs) * (isOpen ? openFactor : 1);
}

interface WeighedVisit {
  visit: ShownVisit;
  weight: number;
}

/**
 * The visits that a call may have come from, likeliest first; of two that are equally likely, the one that began later.
 * Whoever is less likely than one percent is left out, but for the likeliest. Together they never come to 100: the rest is
 * somebody whom no visit knows.
 */
export function weighVisits(call: WeighedCall, shown: readonly ShownVisit[]): VisitLikelihood[] {
  const { strangerShare, strangerWeight, tail } = matching;
  const weighed = shown
    .map((visit) => ({ visit, weight: weigh(call.calledAt, visit) }))
    .filter((each) => each.weight > 0);
  const stranger = strangerWeight / tail.minutes;
  const weights = (of: readonly WeighedVisit[]) => sum(of.map((each) => each.weight));
  const all = (call.calledBefore && weighAgain(call, call.calledBefore, weighed, stranger)) ?? {
    weighed,
    total: weights(weighed) + stranger,
  };
  const total = Math.max(all.total, weights(all.weighed) / (1 - strangerShare));
  return firstOf(all.weighed)
    .map(({ visit, weight }) => ({ visitId: visit.visitId, likelihoodPercent: floorPercent(weight / total) }))
    .filter((each, index) => index === 0 || each.likelihoodPercent >= 1)
    .map((each) => ({ ...each, likelihoodPercent: Math.max(1, each.likelihoodPercent) }));
}

/** One of the visitors who were named at the call before, or all others together. */
interface Side {
  percent: number;
  /** What the ordinary rule gives their visits. */
  weight: number;
  /** How much more they are likely for what came since. */
  news: number;
}

/**
 * What was said at the call before is where this one begins: so likely it is each of the visitors who were named then, and by the
 * ordinary rule somebody else otherwise. Dialing again proves nothing, so what was seen then is not counted again. Only what came
 * since, a new visit or a pressed link, speaks for whom it belongs to: as many times as it is likelier than a visit of hours ago.
 */
function weighAgain(
  { calledAt }: WeighedCall,
  before: Date,
  weighed: readonly WeighedVisit[],
  stranger: number,
): { weighed: WeighedVisit[]; total: number } | null {
  const { late, elseShare, strangerShare } = matching;
  const known = new Map<number, Side>();
  for (const { visit } of weighed)
    if (visit.knownPercent > 0) known.set(visit.visitorId, { percent: visit.knownPercent, weight: 0, news: 0 });
  if (known.size === 0) return null;
  const percents = [...known.values()].map((each) => each.percent);
  const others: Side = { percent: Math.max(0, 100 - sum(percents)), weight: stranger, news: 0 };
  const sideOf = (visit: ShownVisit): Side => known.get(visit.visitorId) ?? others;
  const isSince = (visit: ShownVisit): boolean =>
    visit.firstShownAt > before || (isPressed(visit, calledAt) && visit.dialedAt! > before);
  for (const { visit, weight } of weighed) {
    const side = sideOf(visit);
    side.weight += weight;
    const news = isSince(visit) ? Math.max(0, weight / callDensity(late.minutes) - 1) : 0;
    side.news += news * (side === others ? elseShare : 1);
  }
  const sizeOf = ({ percent, news }: Side): number => percent * (1 + news);
  const ofKnown = sum([...known.values()].map(sizeOf));
  const total = ofKnown + sizeOf(others);
  // Somebody whom no visit knows keeps their share, at the cost of the others alone.
  const ofOthers = Math.max(0, Math.min(sizeOf(others), total * (1 - strangerShare) - ofKnown));
  // Whoever was not named then, and did nothing since, is no likelier now than the least of those who were.
  const most = Math.min(...percents);
  return {
    total,
    weighed: weighed.map(({ visit, weight }) => {
      const side = sideOf(visit);
      const share = weight / side.weight;
      if (side !== others) return { visit, weight: sizeOf(side) * share };
      return { visit, weight: isSince(visit) ? ofOthers * share : Math.min(ofOthers * share, most) };
    }),
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0);

/** Down to whole percents; what is a whole number but for the last binary digits stays it. */
const floorPercent = (share: number): number => Math.floor(share * 100 + 1e-6);

/** The likeliest, in order. There may be thousands: they are not all put in order for the sake of five. */
function firstOf(weighed: readonly WeighedVisit[]): WeighedVisit[] {
  const { keptVisits } = matching;
  const first: WeighedVisit[] = [];
  for (const each of weighed) {
    const last = first.at(-1);
    if (first.length === keptVisits && last && !isLikelier(each, last)) continue;
    const place = first.findIndex((other) => isLikelier(each, other));
    first.splice(place < 0 ? first.length : place, 0, each);
    first.length = Math.min(first.length, keptVisits);
  }
  return first;
}

function isLikelier(a: WeighedVisit, b: WeighedVisit): boolean {
  if (a.weight !== b.weight) return a.weight > b.weight;
  const later = a.visit.begunAt.getTime() - b.visit.begunAt.getTime();
  return later === 0 ? a.visit.visitId > b.visit.visitId : later > 0;
}
