import { Temporal } from 'temporal-polyfill';

/*
 * A moment is a `Date`, to the millisecond, and always an argument. A day of a promise is 24 hours in UTC;
 * a month of a subscription is a calendar month in the account's own zone.
 */

const dayMs = 24 * 60 * 60 * 1000;

export function addDays(from: Date, days: number): Date {
  return new Date(from.getTime() + days * dayMs);
}

/** Windows include their first instant and exclude their last: at the deadline itself it is too late. */
export function isBefore(now: Date, deadline: Date): boolean {
  return now.getTime() < deadline.getTime();
}

/**
 * The start of the calendar month that follows, `months` after `anchor`, in `timeZone`. Counted from the anchor and
 * never from the month before, so that 31 January → 28 February → 31 March.
 */
export function addMonths(anchor: Date, months: number, timeZone: string): Date {
  return monthsFrom(anchor, timeZone)(months);
}

/** The same for several months of one anchor: finding its place in the zone is what costs. */
export function monthsFrom(anchor: Date, timeZone: string): (months: number) => Date {
  const start = Temporal.Instant.fromEpochMilliseconds(anchor.getTime()).toZonedDateTimeISO(timeZone);
  return (months) => new Date(start.add({ months }).epochMilliseconds);
}

/** Whether `zone` is a time zone we can show dates in (an IANA name). */
export function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
