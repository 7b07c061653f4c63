import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { planOf } from '../../test/plans.ts';
import { nextPeriod, type PaidMonth, periodEnding, shareOf, subscriptionMonths, unusedOf } from './charging.ts';
import { addMonths } from './time.ts';

const zone = 'America/New_York';
const at = (text: string) => new Date(text);

describe('the months that a run charges and a screen says', () => {
  const anchor = at('2028-01-31T15:00:00Z');
  const raised = { version: 2, effectiveFrom: at('2028-03-31T14:00:00Z'), monthlyFeeMicros: 109_000_000n };
  const prices = [planOf(raised), planOf()];
  const subscription = { planCode: 'essentials', anchor, paidUntil: anchor, timeZone: zone, endedAt: null };
  const months = (by: string, over = {}) => subscriptionMonths({ ...subscription, ...over }, prices, at(by));

  test('begin at month ends counted from the anchor, in a leap year, at the same hour of the zone, at the prices of their beginning', () => {
    assert.deepEqual(
      months('2028-04-30T14:00:00Z').map((each) => [each.from.toISOString(), each.amountMicros]),
      [
        ['2028-01-31T15:00:00.000Z', 99_000_000n],
        ['2028-02-29T15:00:00.000Z', 99_000_000n],
        ['2028-03-31T14:00:00.000Z', 109_000_000n],
        ['2028-04-30T14:00:00.000Z', 109_000_000n],
      ],
    );
  });

  test('just before, exactly at and just after a month begins', () => {
    assert.equal(months('2028-02-29T14:59:59.999Z').length, 1);
    assert.equal(months('2028-02-29T15:00:00.000Z').length, 2);
    assert.equal(months('2028-02-29T15:00:00.001Z').length, 2);
  });

  test('none begins at or after a closing', () => {
    assert.equal(months('2028-09-01T00:00:00Z', { endedAt: at('2028-02-29T15:00:00.001Z') }).length, 2);
    assert.equal(months('2028-09-01T00:00:00Z', { endedAt: at('2028-02-29T15:00:00.000Z') }).length, 1);
  });

  test('counting skips years and comes to the same', () => {
    for (let count = 1; count <= 400; count += 7) {
      const boundary = addMonths(anchor, count, zone);
      assert.deepEqual(nextPeriod(anchor, boundary, zone).until, addMonths(anchor, count + 1, zone));
      assert.deepEqual(periodEnding(anchor, boundary, zone), {
        from: addMonths(anchor, count - 1, zone),
        until: boundary,
      });
    }
  });

  test('a zone that is changed in the middle moves the next end, and makes no month of some hours', () => {
    const zones = ['America/New_York', 'UTC', 'Europe/Berlin', 'Pacific/Auckland', 'Pacific/Pago_Pago', 'Asia/Kolkata'];
    const day = 86_400_000;
    for (const start of [
      '2028-01-15T15:00:00Z',
      '2028-01-31T03:30:00Z',
      '2028-03-31T23:00:00Z',
      '2028-10-31T10:00:00Z',
    ])
      for (const before of zones)
        for (const after of zones)
          for (let count = 1; count <= 13; count += 1) {
            const paidUntil = addMonths(at(start), count, before);
            const { until } = nextPeriod(at(start), paidUntil, after);
            const days = (until.getTime() - paidUntil.getTime()) / day;
            assert.ok(days > 26 && days < 33, `${start} ${before} → ${after}, ${count}: a month of ${days} days`);
            assert.deepEqual(until, addMonths(at(start), count + 1, after), 'counted from the anchor still');
          }
  });

  test('moved from New York to UTC in July, the month after 15 July is one month and not one hour', () => {
    // Opened at 10:00 in winter, 15:00 UTC; in July 10:00 is 14:00 UTC.
    const [from, until] = [at('2028-07-15T14:00:00Z'), at('2028-08-15T15:00:00Z')];
    assert.deepEqual(nextPeriod(at('2028-01-15T15:00:00Z'), from, 'UTC'), { from, until });
  });
});

describe('what is left of a month', () => {
  // February 2028 has 29 days: 29 × 86,400,000 = 2,505,600,000 ms.
  const month: PaidMonth = {
    from: at('2028-02-01T05:00:00Z'),
    until: at('2028-03-01T05:00:00Z'),
    plan: planOf(),
    paidMicros: 99_000_000n,
    includedMinutes: 250,
    usedMinutes: 0,
  };

  test('at noon of the 11th, 18 days and 12 hours are left: $99.00 × 18.5 / 29 = $63.155… = $63.16', () => {
    const unused = unusedOf(month, at('2028-02-11T17:00:00Z'));
    assert.deepEqual([unused.leftMs, unused.wholeMs], [1_598_400_000, 2_505_600_000]);
    assert.equal(unused.creditMicros, 63_160_000n);
  });

  test('all of it at its first instant, nothing at its end and after', () => {
    assert.equal(unusedOf(month, month.from).creditMicros, 99_000_000n);
    assert.equal(unusedOf(month, month.until).creditMicros, 0n);
    assert.equal(unusedOf(month, at('2028-04-01T05:00:00Z')).creditMicros, 0n);
  });

  test('minutes used beyond their share are taken off, and no more than is left', () => {
    // 10.5 of 29 days are over: 250 × 10.5 / 29 = 90.5…, so 91 were earned; 100 used are 9 too many, at $0.042: $0.378.
    const some = unusedOf({ ...month, usedMinutes: 100 }, at('2028-02-11T17:00:00Z'));
    assert.deepEqual([some.overusedMinutes, some.overusedMicros], [9, 378_000n]);
    assert.equal(some.creditMicros, 62_780_000n, '$63.16 − $0.378 = $62.782');
    assert.equal(unusedOf({ ...month, usedMinutes: 91 }, at('2028-02-11T17:00:00Z')).overusedMinutes, 0);
    const late = unusedOf({ ...month, paidMicros: 1_000_000n, usedMinutes: 250 }, at('2028-02-02T05:00:00Z'));
    assert.equal(late.creditMicros, 0n);
  });

  test('shares are rounded half to even to whole cents', () => {
    assert.equal(shareOf(50_000n, 1, 2), 20_000n, '2.5 cents');
    assert.equal(shareOf(70_000n, 1, 2), 40_000n, '3.5 cents');
    assert.equal(shareOf(70_000n, 499, 1_000), 30_000n);
  });
});
