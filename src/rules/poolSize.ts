import { matching } from './matching.ts';
import { liveEverySeconds } from './swapping.ts';

/* How many numbers a pool needs: by a rule of thumb before there are visits, and counted from them afterwards. */

/** By the rule of thumb, one number for so many visitors a day. */
export const visitorsPerNumber = 20;
/** A visitor counts as there for so long after a sign of life. */
export const liveForSeconds = 2 * liveEverySeconds;
/** So many of a hundred visits may be given a number that somebody else may still call; as a rule half of those calls are told right. */
export const mixedUpPercentMax = 5;
/** Fewer visits than this say nothing. */
export const visitsToTell = 50;
/** The next week may be busier: up to so many times what would have been enough is not too many. */
const plentyFactor = 1.5;

/** Of one source: how many visitors there were, each counted once a day. */
export interface DailyVisitors {
  last7Days: number;
  last30Days: number;
  /** For how long there have been visits at all, at most thirty. */
  daysKnown: number;
}

export interface PoolSize {
  perDay7: number;
  perDay30: number;
  /** By the busier of the two. */
  suggested: number;
}

const perDay = (visitors: number, days: number): number => Math.round((visitors / Math.max(1, days)) * 10) / 10;

export function suggestPoolSize({ last7Days, last30Days, daysKnown }: DailyVisitors): PoolSize {
  const perDay7 = perDay(last7Days, Math.min(7, daysKnown));
  const perDay30 = perDay(last30Days, Math.min(30, daysKnown));
  return { perDay7, perDay30, suggested: Math.max(1, Math.ceil(Math.max(perDay7, perDay30) / visitorsPerNumber)) };
}

/** A visit of the pool's source in which a number was shown. */
export interface MeasuredVisit {
  visitorId: number;
  begunAt: Date;
  firstShownAt: Date;
  lastShownAt: Date;
}

const minuteMs = 60_000;
const earlyMs = matching.early.minutes * minuteMs;

/**
 * Until when a visit is reckoned with as a caller: while its page is open, and for the ten minutes from its first page in which
 * most calls come. After that it weighs less than a hundredth of somebody new, and takes no call from them.
 */
const mayCallUntil = ({ begunAt, lastShownAt }: MeasuredVisit): number =>
  Math.max(begunAt.getTime() + earlyMs, lastShownAt.getTime() + matching.openSeconds * 1000);

/**
 * For each visit, by when its number was first shown: how many numbers would still have been too few for it. Numbers pass in the
 * order in which they were last shown (`shareNumbers`), so a pool of n gives a newcomer that of the n-th latest of the others. It is
 * too small for them as long as that one, or one further down, may still call; and never for who still has their own.
 */
export function crowdsOf(visits: readonly MeasuredVisit[]): number[] {
  const arriving = visits.toSorted((a, b) => a.firstShownAt.getTime() - b.firstShownAt.getTime());
  /** Who was shown a number lately enough to be reckoned with. */
  const recent = new Map<number, { shownAt: number; until: number }>();
  return arriving.map((visit) => {
    const now = visit.firstShownAt.getTime();
    const own = recent.get(visit.visitorId);
    recent.delete(visit.visitorId);
    const shownAt = (each: { shownAt: number }) => Math.min(each.shownAt, now);
    let deepest = Number.POSITIVE_INFINITY;
    for (const [visitorId, each] of recent) {
      if (each.until > now) deepest = Math.min(deepest, shownAt(each));
      else if (each.shownAt <= now - earlyMs) recent.delete(visitorId);
    }
    const others = [...recent.values()];
    const crowd = others.filter((each) => shownAt(each) >= deepest).length;
    const since = own ? others.filter((each) => shownAt(each) > shownAt(own)).length : crowd;
    recent.set(visit.visitorId, {
      shownAt: Math.max(own?.shownAt ?? 0, visit.lastShownAt.getTime()),
      until: Math.max(own?.until ?? 0, mayCallUntil(visit)),
    });
    return Math.min(crowd, since);
  });
}

export interface PoolVerdict {
  verdict: 'too few' | 'enough' | 'too many' | 'too early to tell';
  /** The fewest numbers that would have been enough; null while nobody can tell. */
  needed: number | null;
  /** The reason, in numbers. */
  because: string;
}

/** Never rounded down: what is above the limit looks so. */
const percent = (part: number, whole: number): string => `${Math.ceil((part * 1_000) / whole) / 10}\u00a0%`;
const limit = percent(mixedUpPercentMax, 100);
const counted = (count: number, one: string): string =>
  `${count.toLocaleString('en-US')} ${one}${count === 1 ? '' : 's'}`;

/** Whether so many numbers would have been enough for the visits of the last seven days, and how many would. */
export function judgePool(numbers: number, visits: readonly MeasuredVisit[]): PoolVerdict {
  const total = visits.length;
  const crowds = total < visitsToTell ? null : crowdsOf(visits).toSorted((a, b) => b - a);
  const needed = crowds && crowds[Math.floor((total * mixedUpPercentMax) / 100)]! + 1;
  if (numbers === 0)
    return { verdict: 'too few', needed, because: 'It has no number, so its visitors see the website’s own.' };
  if (!crowds || needed === null)
    return {
      verdict: 'too early to tell',
      needed,
      because: `Not enough visits yet to tell: ${total} of ${visitsToTell} in the last 7 days.`,
    };
  const mixedUp = (size: number) => crowds.filter((crowd) => crowd >= size).length;
  const now = mixedUp(numbers);
  const measured = `With ${counted(numbers, 'number')}, ${now === 0 ? 'none' : now.toLocaleString('en-US')} of ${counted(total, 'visit')} in the last 7 days ${now < 2 ? 'gets' : 'get'} one that somebody else may still call`;
  const enough = `${counted(needed, 'number')} would have been enough, with ${percent(mixedUp(needed), total)}`;
  if (numbers < needed)
    return {
      verdict: 'too few',
      needed,
      because: `${measured}: ${percent(now, total)}, more than ${limit}. ${enough}.`,
    };
  if (numbers > Math.ceil(needed * plentyFactor))
    return { verdict: 'too many', needed, because: `${measured}. ${enough}: at most ${limit}.` };
  return { verdict: 'enough', needed, because: `${measured}: ${percent(now, total)}, at most ${limit}.` };
}
