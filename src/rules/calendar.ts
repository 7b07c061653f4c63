import { Temporal } from 'temporal-polyfill';

/*
 * Whole days of a zone, as people ask for them: "March", "from the 3rd to the 17th". In moments they are half-open,
 * `[from, until)`, and so the stretches of a calendar follow each other without a gap.
 */
export interface Days {
  firstDay: string;
  lastDay: string;
  from: Date;
  until: Date;
  /** "2026-03" where the days are exactly one month. */
  month: string | null;
}

/** Nobody has a statement of ten years. */
const daysMax = 3_660;

const startOf = (day: Temporal.PlainDate, timeZone: string) =>
  new Date(day.toZonedDateTime(timeZone).epochMilliseconds);

function daysBetween(first: Temporal.PlainDate, last: Temporal.PlainDate, timeZone: string): Days {
  const isMonth = first.day === 1 && last.equals(first.add({ months: 1 }).subtract({ days: 1 }));
  return {
    firstDay: first.toString(),
    lastDay: last.toString(),
    from: startOf(first, timeZone),
    until: startOf(last.add({ days: 1 }), timeZone),
    month: isMonth ? first.toPlainYearMonth().toString() : null,
  };
}

function parseDay(text: string): Temporal.PlainDate | null {
  if (!/^(19[7-9]\d|2\d{3})-\d\d-\d\d$/.test(text)) return null;
  try {
    return Temporal.PlainDate.from(text, { overflow: 'reject' });
  } catch {
    return null;
  }
}

/** From one day to another, both included; null when they are no days, stand the wrong way round, or are too many. */
export function daysFrom(first: string, last: string, timeZone: string): Days | null {
  const [from, to] = [parseDay(first), parseDay(last)];
  if (!from || !to) return null;
  const count = from.until(to).days;
  return count < 0 || count >= daysMax ? null : daysBetween(from, to, timeZone);
}

/** "2026-03", as days. */
export function daysOfMonth(month: string, timeZone: string): Days | null {
  const first = parseDay(`${month}-01`);
  return first && daysBetween(first, first.add({ months: 1 }).subtract({ days: 1 }), timeZone);
}

/** The day that a moment lies in. */
export const dayOf = (moment: Date, timeZone: string): string =>
  Temporal.Instant.fromEpochMilliseconds(moment.getTime()).toZonedDateTimeISO(timeZone).toPlainDate().toString();

/** The month that a moment lies in. */
export const monthOf = (moment: Date, timeZone: string): string => dayOf(moment, timeZone).slice(0, 7);

/** As many days that lie directly before; of a month, the month before. */
export function daysBefore({ firstDay, lastDay, month }: Days, timeZone: string): Days {
  const [first, last] = [Temporal.PlainDate.from(firstDay), Temporal.PlainDate.from(lastDay)];
  const dayBefore = first.subtract({ days: 1 });
  const start = month ? first.subtract({ months: 1 }) : dayBefore.subtract({ days: first.until(last).days });
  return daysBetween(start, dayBefore, timeZone);
}

/** The moment at which a day begins. */
export const startOfDay = (day: string, timeZone: string): Date => startOf(Temporal.PlainDate.from(day), timeZone);

/** How many days lie between two. */
export const daysApart = (first: string, later: string): number =>
  Temporal.PlainDate.from(first).until(later, { largestUnit: 'days' }).days;

/** "2026-03-08T14:00:00-04:00": a moment as a zone's clock shows it, with what tells it from every other. */
export const writeMoment = (moment: Date, timeZone: string): string =>
  Temporal.Instant.fromEpochMilliseconds(moment.getTime())
    .toZonedDateTimeISO(timeZone)
    .toString({ timeZoneName: 'never', smallestUnit: 'second' });

/** Every day of these. */
export function eachDay({ firstDay, lastDay }: Days): string[] {
  const first = Temporal.PlainDate.from(firstDay);
  const count = first.until(Temporal.PlainDate.from(lastDay)).days + 1;
  return Array.from({ length: count }, (_, index) => first.add({ days: index }).toString());
}

/** Every month that some of these days lie in. */
export function eachMonth({ firstDay, lastDay }: Days): string[] {
  const first = Temporal.PlainYearMonth.from(firstDay.slice(0, 7));
  const count = first.until(lastDay.slice(0, 7), { largestUnit: 'months' }).months + 1;
  return Array.from({ length: count }, (_, index) => first.add({ months: index }).toString());
}

/** How an address names days: "2026-03", or "2026-03-03..2026-03-17". */
export const writeDays = ({ firstDay, lastDay, month }: Days): string => month ?? `${firstDay}..${lastDay}`;

export function readDays(text: string, timeZone: string): Days | null {
  const [first, last] = text.split('..');
  return last === undefined ? daysOfMonth(text, timeZone) : daysFrom(first!, last, timeZone);
}

/** So many days up to and including that of `now`. */
export function lastDays(count: number, now: Date, timeZone: string): Days {
  const today = Temporal.PlainDate.from(dayOf(now, timeZone));
  return daysBetween(today.subtract({ days: count - 1 }), today, timeZone);
}

const hourMs = 3_600_000;

/** The beginning of every hour of these days: 23 or 25 of a day on which the clock is turned. */
export function eachHour({ from, until }: Days): Date[] {
  const count = Math.ceil((until.getTime() - from.getTime()) / hourMs);
  return Array.from({ length: count }, (_, index) => new Date(from.getTime() + index * hourMs));
}

/** What lies directly before of days that are not over: as far as their clock has come now, whenever it was turned in between. */
export function sameTimeBefore(days: Days, now: Date, timeZone: string): Pick<Days, 'from' | 'until'> {
  const before = daysBefore(days, timeZone);
  if (days.until <= now) return before;
  const between = Temporal.PlainDate.from(before.firstDay).until(days.firstDay, {
    largestUnit: days.month ? 'months' : 'days',
  });
  const then = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(timeZone).subtract(between);
  const until = Math.min(before.until.getTime(), Math.max(before.from.getTime(), then.epochMilliseconds));
  return { from: before.from, until: new Date(until) };
}
