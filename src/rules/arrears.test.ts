import assert from 'node:assert/strict';
import { test } from 'node:test';
import { datesOfArrears, dueMicros } from './arrears.ts';
import { addDays } from './time.ts';

const noon = new Date('2027-03-03T12:00:00.000Z');
const daysOf = (dates: ReturnType<typeof datesOfArrears>) =>
  dates.reminders.map(({ day, dueAt }) => [day, (dueAt.getTime() - noon.getTime()) / 86_400_000]);

test('the published calendar: mails on days 1, 5 and 10, no funds on day 15, days of 24 hours', () => {
  const dates = datesOfArrears(null, noon);
  assert.equal(dates.noFundsFrom.toISOString(), '2027-03-18T12:00:00.000Z', 'across a change of daylight saving');
  assert.deepEqual(daysOf(dates), [
    [1, 1],
    [5, 5],
    [10, 10],
    [15, 15],
  ]);
});

test('who was closed in arrears comes back to where the clock stood, and is told nothing twice', () => {
  const began = addDays(noon, -40);
  const stopped = {
    endedAt: addDays(began, 7),
    noFundsFrom: addDays(began, 15),
    reminders: [
      { day: 10, dueAt: addDays(began, 10) },
      { day: 15, dueAt: addDays(began, 15) },
    ],
  };
  const dates = datesOfArrears(stopped, noon);
  assert.deepEqual(dates.noFundsFrom, addDays(noon, 8));
  assert.deepEqual(daysOf(dates), [
    [10, 3],
    [15, 8],
  ]);
  const late = datesOfArrears({ ...stopped, endedAt: addDays(began, 30), reminders: [] }, noon);
  assert.deepEqual(late, { noFundsFrom: noon, reminders: [] }, 'without funds before, without funds again');
});

test('the least to pay lifts the balance above zero, in whole cents', () => {
  assert.equal(dueMicros(1n), 0n);
  assert.equal(dueMicros(0n), 10_000n);
  assert.equal(dueMicros(-1n), 10_000n);
  assert.equal(dueMicros(-29_000_000n), 29_010_000n);
  for (const balance of [0n, -1n, -9_999n, -10_000n, -10_001n, -79_123_456n])
    assert.ok(balance + dueMicros(balance) > 0n && dueMicros(balance) % 10_000n === 0n, String(balance));
});
