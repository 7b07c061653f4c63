/*
 * Calendar months in a zone, worked out once more without the product's rules and without its date library: a wall clock is
 * read with `Intl`, moved, and turned back into a moment.
 */

const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known) return known;
  const numeric = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } as const;
  const clock = new Intl.DateTimeFormat('en-US', {
    ...numeric,
    second: 'numeric',
    hourCycle: 'h23',
    calendar: 'gregory',
    timeZone: zone,
  });
  clocks.set(zone, clock);
  return clock;
}

/** What the wall clock of a zone shows at a moment, as the milliseconds of a UTC clock that shows the same. */
export function wallOf(moment: number, zone: string): number {
  const parts = clockOf(zone).formatToParts(moment);
  const of = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((each) => each.type === type)!.value);
  return (
    Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second')) + (moment - floor(moment))
  );
}

const floor = (moment: number): number => Math.floor(moment / 1000) * 1000;
const offsetOf = (moment: number, zone: string): number => wallOf(moment, zone) - moment;

/**
 * The moment at which a zone's wall clock shows this. A time that comes twice is its first; one that is left out is as much
 * later as the clock was turned.
 */
export function momentOf(wall: number, zone: string): number {
  const day = 86_400_000;
  const before = wall - offsetOf(wall - day, zone);
  if (wallOf(before, zone) === wall) return before;
  const after = wall - offsetOf(wall + day, zone);
  return wallOf(after, zone) === wall ? after : before;
}

/** The same day and time of day so many months later; on the last day of a month that is too short for it. */
export function monthsAfter(anchor: number, months: number, zone: string): number {
  const wall = new Date(wallOf(anchor, zone));
  const [year, month] = [wall.getUTCFullYear(), wall.getUTCMonth() + months];
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const day = Math.min(wall.getUTCDate(), lastDay);
  const timeOfDay = wall.getTime() - Date.UTC(year, wall.getUTCMonth(), wall.getUTCDate());
  return momentOf(Date.UTC(year, month, day) + timeOfDay, zone);
}
