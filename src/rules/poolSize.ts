import { liveEverySeconds } from './swapping.ts';

/* How many numbers a pool needs, and whether those that it has were enough. */

/** One number for so many visitors a day. */
export const visitorsPerNumber = 20;
/** A visitor counts as there for so long after a sign of life. */
export const liveForSeconds = 2 * liveEverySeconds;
/** Whoever is shown a number within so much of the one before may be taken for them. */
export const mixedUpMinutes = 60;
/** From this share of visitors on, a pool has too few numbers. */
export const mixedUpShareMax = 0.05;
/** A pool with more than so many times the numbers that it needs has too many. */
const plentyFactor = 2;

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

/** Of the last seven days, from what was shown to whom. */
export interface PoolUse {
  visitors: number;
  /** Got a number whose holder was still there. */
  tookFromLive: number;
  /** Got a number within the hour of the one before; those of `tookFromLive` are among them. */
  withinTheHour: number;
}

export interface PoolVerdict {
  verdict: 'too few' | 'enough' | 'too many' | 'nothing to judge';
  /** The reason, in numbers. */
  because: string;
}

const percent = (part: number, whole: number): string =>
  `${part === 0 ? '0' : Math.max(0.1, Math.round((part / whole) * 1_000) / 10)} %`;
const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

export function judgePool(numbers: number, use: PoolUse, { suggested }: PoolSize): PoolVerdict {
  if (numbers === 0) return { verdict: 'too few', because: 'It has no number, so its visitors see the website’s own.' };
  const { visitors, tookFromLive, withinTheHour } = use;
  if (visitors === 0)
    return { verdict: 'nothing to judge', because: 'In the last 7 days its numbers were shown to nobody.' };
  const mixedUp = `Of ${counted(visitors, 'visitor')} in the last 7 days, ${percent(withinTheHour, visitors)} (${withinTheHour}) were shown a number within an hour of somebody else, and ${percent(tookFromLive, visitors)} (${tookFromLive}) one whose holder was still there`;
  if (withinTheHour / visitors > mixedUpShareMax)
    return { verdict: 'too few', because: `${mixedUp}: more than ${percent(mixedUpShareMax, 1)}.` };
  if (numbers > plentyFactor * suggested && tookFromLive === 0)
    return {
      verdict: 'too many',
      because: `${mixedUp}. ${counted(suggested, 'number')} would do for so many; there are ${numbers}.`,
    };
  return { verdict: 'enough', because: `${mixedUp}: at most ${percent(mixedUpShareMax, 1)}.` };
}
