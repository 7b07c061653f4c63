import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forecastMonth, parseLevels, percentOf, reachedLevels } from './spending.ts';
import { addDays } from './time.ts';

const now = new Date('2026-11-21T00:00:00Z');
const monthEnds = new Date('2026-12-01T00:00:00Z');

test('a forecast: spent, what falls due before the month ends, and ten days of calls at the pace of thirty', () => {
  const coming = [
    { at: new Date('2026-11-30T23:59:59.999Z'), amountMicros: 79_000_000n },
    { at: monthEnds, amountMicros: 3_000_000n },
  ];
  const facts = { spentMicros: 50_000_000n, coming, paceMicros: 60_000_000n, paceSince: addDays(now, -30), monthEnds };
  assert.deepEqual(forecastMonth(facts, now), {
    spentMicros: 50_000_000n,
    knownMicros: 79_000_000n,
    likelyMicros: 20_000_000n,
    totalMicros: 149_000_000n,
    daysLeft: 10,
    paceMicrosPerDay: 2_000_000n,
  });
  assert.equal(
    forecastMonth({ ...facts, paceMicros: -5n }, now).likelyMicros,
    0n,
    'minutes that were included cost nothing',
  );
  assert.equal(forecastMonth(facts, monthEnds).likelyMicros, 0n);
  const anHour = { ...facts, paceMicros: 1_000_000n, paceSince: new Date(now.getTime() - 3_600_000) };
  assert.equal(forecastMonth(anHour, now).paceMicrosPerDay, 1_000_000n, 'less than a day is taken for a day');
});

test('levels: read as people write them', () => {
  assert.deepEqual(parseLevels('80 %, 50, 100'), [50, 80, 100]);
  assert.deepEqual(parseLevels('50, 80 and 100'), [50, 80, 100]);
  for (const text of ['', '0', '-5', '12.5', 'all', '1001', '1 2 3 4 5 6 7 8 9 10 11'])
    assert.equal(parseLevels(text), null, text);
});

test('a level is reached at its exact amount', () => {
  assert.deepEqual(reachedLevels([50, 80, 100], 49_999_999n, 100_000_000n), []);
  assert.deepEqual(reachedLevels([50, 80, 100], 80_000_000n, 100_000_000n), [50, 80]);
  assert.equal(percentOf(99_999_999n, 100_000_000n), 99);
  assert.equal(percentOf(-1n, 100_000_000n), 0);
});
