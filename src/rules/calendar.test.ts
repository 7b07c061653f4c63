import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  dayOf,
  daysBefore,
  daysFrom,
  daysOfMonth,
  eachDay,
  eachHour,
  eachMonth,
  lastDays,
  monthOf,
  readDays,
  sameTimeBefore,
  writeDays,
} from './calendar.ts';

const zone = 'America/New_York';
const iso = (date: Date) => date.toISOString();

test('a month begins and ends at midnight of its zone, across the change of clocks', () => {
  const march = daysOfMonth('2026-03', zone)!;
  assert.deepEqual([iso(march.from), iso(march.until)], ['2026-03-01T05:00:00.000Z', '2026-04-01T04:00:00.000Z']);
  assert.equal(march.lastDay, '2026-03-31');
  assert.equal(eachDay(march).length, 31);
  assert.equal(daysOfMonth('2028-02', zone)!.lastDay, '2028-02-29', 'a leap day');
});

test('where midnight does not exist, the day begins at the first moment that does', () => {
  const day = daysFrom('2026-04-24', '2026-04-24', 'Africa/Cairo')!;
  assert.equal(iso(day.from), '2026-04-23T22:00:00.000Z');
  assert.equal(day.until.getTime() - day.from.getTime(), 23 * 3_600_000);
});

test('months follow each other without a gap, and the days before are as many', () => {
  const april = daysOfMonth('2026-04', zone)!;
  assert.deepEqual(daysBefore(april, zone), daysOfMonth('2026-03', zone));
  const some = daysFrom('2026-03-03', '2026-03-17', zone)!;
  assert.deepEqual(daysBefore(some, zone), daysFrom('2026-02-16', '2026-03-02', zone));
  assert.equal(iso(daysBefore(some, zone).until), iso(some.from));
  assert.deepEqual(eachMonth(daysFrom('2025-12-31', '2026-02-01', zone)!), ['2025-12', '2026-01', '2026-02']);
});

test('an address names days, and what names none is none', () => {
  for (const text of ['2026-03', '2026-03-03..2026-03-17']) assert.equal(writeDays(readDays(text, zone)!), text);
  assert.equal(writeDays(readDays('2026-03-01..2026-03-31', zone)!), '2026-03', 'a whole month is a month');
  for (const text of [
    '',
    '2026',
    '2026-13',
    '2026-02-30..2026-03-01',
    '2026-03-02..2026-03-01',
    '..',
    '0001-01',
    'x..y',
  ])
    assert.equal(readDays(text, zone), null, text);
  assert.equal(daysFrom('2000-01-01', '2026-01-01', zone), null, 'too many');
});

test('a moment lies in a day of its zone', () => {
  const moment = new Date('2026-04-01T03:59:59.999Z');
  assert.equal(dayOf(moment, zone), '2026-03-31');
  assert.equal(monthOf(moment, zone), '2026-03');
  assert.equal(monthOf(moment, 'UTC'), '2026-04');
});

test('the last days end with today; a day has 23, 24 or 25 hours', () => {
  const now = new Date('2026-03-09T03:30:00Z');
  const week = lastDays(7, now, zone);
  assert.deepEqual([week.firstDay, week.lastDay], ['2026-03-02', '2026-03-08']);
  const hours = (day: string) => eachHour(daysFrom(day, day, zone)!).length;
  assert.deepEqual(['2026-03-07', '2026-03-08', '2026-11-01'].map(hours), [24, 23, 25]);
});

test('days that are not over are compared up to the same time of the clock, whenever it was turned', () => {
  const now = new Date('2026-03-08T19:00:00Z');
  const untilOf = (days: NonNullable<ReturnType<typeof daysFrom>>) => iso(sameTimeBefore(days, now, zone).until);
  assert.equal(untilOf(lastDays(1, now, zone)), '2026-03-07T20:00:00.000Z', '15:00 on both days');
  assert.equal(untilOf(lastDays(7, now, zone)), '2026-03-01T20:00:00.000Z');
  assert.equal(untilOf(daysOfMonth('2026-03', zone)!), '2026-02-08T20:00:00.000Z');
  const late = new Date('2026-03-31T12:00:00Z');
  assert.equal(iso(sameTimeBefore(daysOfMonth('2026-03', zone)!, late, zone).until), '2026-02-28T13:00:00.000Z');
  const february = daysOfMonth('2026-02', zone)!;
  assert.deepEqual(sameTimeBefore(february, now, zone), daysBefore(february, zone), 'days that are over: all of them');
});
