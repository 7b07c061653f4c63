/*
 * How a pool's numbers are shared out among visitors. A returning visitor keeps theirs; then those that nobody was ever shown;
 * then whichever was shown least recently. So one whose holder is still looking comes last, and only when all of them are.
 */

/** A number of a pool that may be shown now. */
export interface PoolNumber {
  trackingNumberId: number;
  /** The target numbers that it stands in for, E.164. */
  targets: readonly string[];
  /** Whose it is now; null while nobody was ever shown it. */
  holder: { visitor: string; lastShownAt: Date } | null;
}

/** The numbers for one visitor, so that each target that the pool can stand in for has one. */
export function shareNumbers<Offered extends PoolNumber>(numbers: readonly Offered[], visitor: string): Offered[] {
  const inTurn = numbers
    .map((number) => ({ number, turn: turnOf(number, visitor) }))
    .toSorted((a, b) => a.turn[0] - b.turn[0] || a.turn[1] - b.turn[1])
    .map(({ number }) => number);
  const chosen: Offered[] = [];
  const covered = new Set<string>();
  for (const number of inTurn) {
    if (number.targets.every((target) => covered.has(target))) continue;
    chosen.push(number);
    for (const target of number.targets) covered.add(target);
  }
  return chosen;
}

/** The visitor's own, the last one they saw first; then what nobody has; then others', the least recently shown first. */
function turnOf({ holder, trackingNumberId }: PoolNumber, visitor: string): readonly [number, number] {
  if (!holder) return [1, trackingNumberId];
  const shownAt = holder.lastShownAt.getTime();
  return holder.visitor === visitor ? [0, -shownAt] : [2, shownAt];
}

/** A number as a website's script reads it, with its country's code apart (ITU-T E.164: how long a code is its first digits say). */
export const spell = (phoneNumber: string): string =>
  phoneNumber.replace(/^\+(1|7|2[07]|3[^578]|4[^2]|5[^09]|6[^789]|8[1246]|9[^679]|...)/, '+$1 ');

/** What a source shows: for each target the first of its numbers that stands in for it. Both are spelled. */
export function swapsOf(
  numbers: readonly { phoneNumber: string; targets: readonly string[] }[],
): (readonly [target: string, shown: string])[] {
  const swaps = new Map<string, string>();
  for (const { phoneNumber, targets } of numbers) {
    for (const target of targets) if (!swaps.has(target)) swaps.set(target, phoneNumber);
  }
  return [...swaps].map(([target, shown]) => [spell(target), spell(shown)]);
}
