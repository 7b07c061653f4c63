/*
 * Foretelling and watching what a month costs. A forecast adds what is known to what is likely, and keeps the two apart.
 */

const dayMs = 24 * 60 * 60 * 1000;

/** The calls of so many days tell how the days to come will be. */
export const paceDays = 30;

export interface SpendingFacts {
  /** Charged in this month already. */
  spentMicros: bigint;
  /** Charges whose date and price are known. */
  coming: readonly { at: Date; amountMicros: bigint }[];
  /** What calls cost since `paceSince`. */
  paceMicros: bigint;
  paceSince: Date;
  monthEnds: Date;
}

export interface Forecast {
  spentMicros: bigint;
  /** Falls due before the month ends. */
  knownMicros: bigint;
  /** Calls in the rest of the month, if they go on as they did. */
  likelyMicros: bigint;
  totalMicros: bigint;
  daysLeft: number;
  /** What calls cost a day, as they went. */
  paceMicrosPerDay: bigint;
}

export function forecastMonth(facts: SpendingFacts, now: Date): Forecast {
  const leftMs = Math.max(0, facts.monthEnds.getTime() - now.getTime());
  const pastMs = BigInt(Math.max(dayMs, now.getTime() - facts.paceSince.getTime()));
  const knownMicros = facts.coming
    .filter((each) => each.at < facts.monthEnds)
    .reduce((sum, each) => sum + each.amountMicros, 0n);
  const pace = facts.paceMicros > 0n ? facts.paceMicros : 0n;
  const likelyMicros = (pace * BigInt(leftMs)) / pastMs;
  const { spentMicros } = facts;
  return {
    spentMicros,
    knownMicros,
    likelyMicros,
    totalMicros: spentMicros + knownMicros + likelyMicros,
    daysLeft: Math.ceil(leftMs / dayMs),
    paceMicrosPerDay: (pace * BigInt(dayMs)) / pastMs,
  };
}

/** Where somebody is told, in percent of a budget, unless they chose otherwise. */
export const usualLevels: readonly number[] = [50, 80, 100];
const levelsMax = 10;
const levelMax = 1_000;

/** "50, 80 and 100" as levels: ascending, each once; null for what are none. */
export function parseLevels(text: string): number[] | null {
  const parts = text.split(/[\s,;%]+|and/).filter(Boolean);
  const levels = [...new Set(parts.map(Number))].toSorted((a, b) => a - b);
  const fit = levels.every((level) => Number.isInteger(level) && level >= 1 && level <= levelMax);
  return fit && levels.length >= 1 && levels.length <= levelsMax ? levels : null;
}

/** How much of a budget is spent, in whole percent; it says 100 when all of it is, and not before. */
export const percentOf = (spentMicros: bigint, budgetMicros: bigint): number =>
  spentMicros <= 0n ? 0 : Number((spentMicros * 100n) / budgetMicros);

/** The levels that are reached. */
export const reachedLevels = (levels: readonly number[], spentMicros: bigint, budgetMicros: bigint): number[] =>
  levels.filter((level) => spentMicros * 100n >= budgetMicros * BigInt(level));
