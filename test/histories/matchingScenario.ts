import { type ShownVisit, type VisitLikelihood, weighVisits } from '../../src/rules/matching.ts';

/*
 * A source's visitors on a pool of few numbers, played without a database: who comes, which number they are shown, who
 * calls when. It knows who really called, and so measures the rule; and it knows the world's own odds, and so says what the
 * best of all rules could do.
 */

export interface Scenario {
  visitorsPerHour: number;
  numbers: number;
  stayMinutes: readonly [least: number, most: number];
  callShare: number;
  /** Of the calls, how many come within `earlyMinutes` of the first page; the rest until `lateMinutes`. */
  earlyShare: number;
  earlyMinutes: number;
  lateMinutes: number;
  /** Whether early callers dial while the page is open, or whenever, open or not. */
  early: 'from the open page' | 'open or not';
  /** Whether late callers open the site again before they dial, or dial from memory or paper. */
  late: 'opens the site again' | 'dials from memory';
  /** Of the callers who have a page open, how many press the number's link, as on a phone. */
  pressShare: number;
  /** Which of the numbers that nobody looks at is given away first. */
  order: 'least recently shown' | 'longest given' | 'any';
  /** Of the callers, how many call once more, from memory, within `againMinutes`. */
  againShare: number;
  againMinutes: number;
  calls: number;
}

/** The published one. */
export const published: Scenario = {
  visitorsPerHour: 20,
  numbers: 5,
  stayMinutes: [1, 15],
  callShare: 0.05,
  earlyShare: 0.8,
  earlyMinutes: 10,
  lateMinutes: 24 * 60,
  early: 'from the open page',
  late: 'opens the site again',
  pressShare: 0,
  order: 'least recently shown',
  againShare: 0,
  againMinutes: 24 * 60,
  calls: 4_000,
};

/** In minutes from the start. */
interface PlayedVisit {
  visitId: number;
  visitor: number;
  number: number;
  begun: number;
  left: number;
}

interface PlayedCall {
  visitor: number;
  number: number;
  at: number;
  pressed: boolean;
  kind: 'early' | 'late' | 'again';
}

/** Mulberry32: small, and the same everywhere. */
export function chanceFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Visitors who only look again, for each who looks again and calls: so a visit tells nothing by being a second one. */
const returnersForEachCaller = (scenario: Scenario) => 1 / (scenario.callShare * scenario.earlyShare) - 1;

interface Planned {
  at: number;
  visitor: number;
  stay: number;
  call: { after: number; kind: 'early' | 'late'; pressed: boolean } | null;
}

function plan(scenario: Scenario, chance: () => number): Planned[] {
  const { callShare, earlyShare, earlyMinutes, lateMinutes, stayMinutes } = scenario;
  const between = (least: number, most: number) => least + (most - least) * chance();
  const isReturning = scenario.late === 'opens the site again';
  const lateCallers = callShare * (1 - earlyShare);
  const lookAgain = isReturning ? lateCallers * returnersForEachCaller(scenario) : 0;
  const again = isReturning ? lookAgain + lateCallers : 0;
  // Whoever comes again is one of the visitors of that hour.
  const perMinute = scenario.visitorsPerHour / 60 / (1 + again);
  const early = (stay: number) =>
    scenario.early === 'open or not' ? between(0, earlyMinutes) : between(0, Math.min(earlyMinutes, stay));
  const planned: Planned[] = [];
  let calls = 0;
  // A day to begin with, so that the first calls have a past as well.
  for (let at = 0, visitor = 1; calls < scenario.calls; visitor += 1) {
    at -= Math.log(1 - chance()) / perMinute;
    const stay = between(...stayMinutes);
    const luck = chance();
    const visit: Planned = { at, visitor, stay, call: null };
    planned.push(visit);
    const ofOpenPage = (length: number) => {
      const after = early(length);
      return { after, pressed: after <= length && chance() < scenario.pressShare };
    };
    const isCaller = luck < callShare;
    if (at > lateMinutes) calls += isCaller ? 1 : 0;
    if (isCaller && chance() < earlyShare) visit.call = { ...ofOpenPage(stay), kind: 'early' };
    else if (isCaller || luck < callShare + lookAgain) {
      const later = between(earlyMinutes, lateMinutes);
      if (isReturning) {
        const length = between(...stayMinutes);
        const call = isCaller ? ({ ...ofOpenPage(length), kind: 'late' } as const) : null;
        planned.push({ at: at + later, visitor, stay: length, call });
      } else visit.call = { after: later, kind: 'late', pressed: false };
    }
  }
  return planned.toSorted((a, b) => a.at - b.at);
}

const openMinutes = 1.5;

interface Held {
  visitor: number;
  given: number;
  shown: number;
}

/** Gives a number as the pool does: one's own, one that nobody has, the first in the order that nobody looks at, else the longest given. */
function give(pool: (Held | null)[], scenario: Scenario, { visitor, at }: Planned, chance: () => number): number {
  const own = pool.findIndex((each) => each?.visitor === visitor);
  if (own >= 0) return own;
  const free = pool.indexOf(null);
  if (free >= 0) return free;
  const held = pool.map((each, number) => ({ ...each!, number }));
  const unseen = held.filter((each) => each.shown + openMinutes < at);
  if (unseen.length === 0) return held.toSorted((a, b) => a.given - b.given)[0]!.number;
  if (scenario.order === 'any') return unseen[Math.floor(chance() * unseen.length)]!.number;
  const by = scenario.order === 'longest given' ? 'given' : 'shown';
  return unseen.toSorted((a, b) => a[by] - b[by])[0]!.number;
}

function play(scenario: Scenario, chance: () => number): { visits: PlayedVisit[][]; calls: PlayedCall[] } {
  const pool: (Held | null)[] = Array.from({ length: scenario.numbers }, () => null);
  const visits: PlayedVisit[][] = pool.map(() => []);
  const calls: PlayedCall[] = [];
  for (const [index, planned] of plan(scenario, chance).entries()) {
    const { visitor, at, stay, call } = planned;
    const number = give(pool, scenario, planned, chance);
    const given = pool[number]?.visitor === visitor ? pool[number].given : at;
    pool[number] = { visitor, given, shown: at + stay };
    visits[number]!.push({ visitId: index + 1, visitor, number, begun: at, left: at + stay });
    if (!call || at <= scenario.lateMinutes) continue;
    const { after, pressed, kind } = call;
    calls.push({ visitor, number, at: at + after, pressed, kind });
    if (scenario.againShare > 0 && chance() < scenario.againShare) {
      const later = at + after + scenario.againMinutes * chance();
      calls.push({ visitor, number, at: later, pressed: false, kind: 'again' });
    }
  }
  return { visits, calls: calls.toSorted((a, b) => a.at - b.at) };
}

export interface Measured {
  calls: number;
  /** The rule's likeliest visitor is the one who called. */
  right: number;
  /** What the best of all rules gets right on average, which knows the world's own odds. */
  bound: number;
  byKind: Record<PlayedCall['kind'], MeasuredKind>;
  /** By how likely the rule called its likeliest, in tenths: how many calls, how many right, the sum of the percents. */
  byLikelihood: Likelihood[];
  /** The same of those alone who called before. */
  againByLikelihood: Likelihood[];
}

export interface Likelihood {
  calls: number;
  right: number;
  percents: number;
}

export interface MeasuredKind extends Likelihood {
  /** Where the true visitor stood: first, second, … fifth, and not among them. */
  byRank: number[];
}

/**
 * The world's own odds, per minute, that a visit brings a call at this moment without a press. They know even how long a visit
 * will still go on, so the bound is rather too high than too low.
 */
function trueDensity(scenario: Scenario, visit: PlayedVisit, at: number): number {
  const { earlyShare, earlyMinutes, lateMinutes } = scenario;
  const delay = at - visit.begun;
  const stay = visit.left - visit.begun;
  const span = scenario.early === 'open or not' ? earlyMinutes : Math.min(earlyMinutes, stay);
  // On a telephone the link is pressed: who has the page open and did not press it is the less likely.
  if (delay <= span) return (earlyShare / span) * (delay <= stay ? 1 - scenario.pressShare : 1);
  const isLate = scenario.late === 'dials from memory' && delay > earlyMinutes && delay <= lateMinutes;
  return isLate ? (1 - earlyShare) / (lateMinutes - earlyMinutes) : 0;
}

/** Whoever was shown the number longer ago weighs next to nothing, and costs a long test most of its time. */
const lookedBackMinutes = 30 * 60;

const dateAt = (minutes: number): Date => new Date(Date.UTC(2027, 0, 1) + minutes * 60_000);

/** Plays the scenario and lets the rule say who called. */
export function measure(scenario: Scenario, seed: number): Measured {
  const { visits, calls } = play(scenario, chanceFrom(seed));
  const none = { calls: 0, right: 0, percents: 0 };
  const kind = (): MeasuredKind => ({ ...none, byRank: Array.from({ length: 6 }, () => 0) });
  const tenths = (): Likelihood[] => Array.from({ length: 10 }, () => ({ ...none }));
  const measured: Measured = {
    calls: calls.length,
    right: 0,
    bound: 0,
    byKind: { early: kind(), late: kind(), again: kind() },
    byLikelihood: tenths(),
    againByLikelihood: tenths(),
  };
  const saidBefore = new Map<number, Said>();
  for (const call of calls) {
    const shown = shownBefore(visits[call.number]!, call.at);
    const before = saidBefore.get(call.visitor);
    const said = weighVisits(
      { calledAt: dateAt(call.at), calledBefore: before?.calledAt ?? null },
      shown.map((visit) => shownVisit(visit, call, before)),
    );
    const visitors = new Map(shown.map((visit) => [visit.visitId, visit.visitor]));
    saidBefore.set(call.visitor, { calledAt: dateAt(call.at), percents: percentsOf(said, visitors) });
    const rank = said.findIndex((each) => visitors.get(each.visitId) === call.visitor);
    const top = said[0]?.likelihoodPercent ?? 0;
    const right = rank === 0 ? 1 : 0;
    const tenth = measured.byLikelihood[Math.min(9, Math.floor(top / 10))]!;
    const ofKind = measured.byKind[call.kind];
    ofKind.byRank[rank < 0 ? 5 : rank]! += 1;
    const againTenth = call.kind === 'again' ? [measured.againByLikelihood[measured.byLikelihood.indexOf(tenth)]!] : [];
    for (const each of [tenth, ofKind, ...againTenth]) {
      each.calls += 1;
      each.right += right;
      each.percents += top;
    }
    measured.right += right;
    measured.bound += call.pressed ? 1 : bestOdds(scenario, shown, call);
  }
  return measured;
}

/** How sure one can be at most of who called: the largest share of any visitor in the world's own odds. */
function bestOdds(scenario: Scenario, shown: readonly PlayedVisit[], call: PlayedCall): number {
  const odds = new Map<number, number>();
  for (const visit of shown)
    odds.set(visit.visitor, (odds.get(visit.visitor) ?? 0) + trueDensity(scenario, visit, call.at));
  const all = [...odds.values()].reduce((sum, each) => sum + each, 0);
  return all > 0 ? Math.max(...odds.values()) / all : 0;
}

/** Visits are in the order in which they began. */
function shownBefore(visits: readonly PlayedVisit[], at: number): PlayedVisit[] {
  let [low, high] = [0, visits.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (visits[middle]!.begun <= at) low = middle + 1;
    else high = middle;
  }
  const found: PlayedVisit[] = [];
  for (let index = low - 1; index >= 0 && visits[index]!.begun >= at - lookedBackMinutes; index -= 1)
    found.push(visits[index]!);
  return found;
}

/** What was said of a caller's latest call: each visitor's percent. */
interface Said {
  calledAt: Date;
  percents: ReadonlyMap<number, number>;
}

function percentsOf(said: readonly VisitLikelihood[], visitors: ReadonlyMap<number, number>): Map<number, number> {
  const percents = new Map<number, number>();
  for (const { visitId, likelihoodPercent } of said) {
    const visitor = visitors.get(visitId)!;
    percents.set(visitor, (percents.get(visitor) ?? 0) + likelihoodPercent);
  }
  return percents;
}

const shownVisit = (visit: PlayedVisit, call: PlayedCall, before: Said | undefined): ShownVisit => ({
  visitId: visit.visitId,
  visitorId: visit.visitor,
  begunAt: dateAt(visit.begun),
  firstShownAt: dateAt(visit.begun),
  // A page that is open says so every 45 seconds: what is known of it lags behind.
  lastShownAt: dateAt(Math.min(visit.left, call.at)),
  dialedAt: call.pressed && visit.visitor === call.visitor ? dateAt(call.at - 0.2) : null,
  knownPercent: before?.percents.get(visit.visitor) ?? 0,
});
