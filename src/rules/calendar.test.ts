import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  dayOf,
  daysBefore,
  daysFrom,
  daysOfMonth,
  eachDay,
  eachMonth,
  monthOf,
  readDays,
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
