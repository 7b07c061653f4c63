import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  formatAddress,
  formatAgo,
  formatCount,
  formatDay,
  formatDuration,
  formatMoment,
  formatMoney,
  formatPhone,
  formatShortMoment,
} from './format.ts';

describe('moments are shown in the zone of the account', () => {
  const moment = new Date('2027-05-03T18:10:59.999Z');
  const cases: readonly [string, string][] = [
    ['America/New_York', '3 May 2027, 14:10 EDT'],
    ['America/Chicago', '3 May 2027, 13:10 CDT'],
    ['America/Phoenix', '3 May 2027, 11:10 MST'],
    ['UTC', '3 May 2027, 18:10 UTC'],
    ['Asia/Tokyo', '4 May 2027, 03:10 GMT+9'],
  ];
  for (const [zone, shown] of cases) test(zone, () => assert.equal(formatMoment(moment, zone), shown));

  test('midnight is 00, not 24', () =>
    assert.equal(formatMoment(new Date('2027-01-01T05:00:00Z'), 'America/New_York'), '1 January 2027, 00:00 EST'));
  test('the day alone follows the zone too', () => {
    assert.equal(formatDay(moment, 'America/New_York'), '3 May 2027');
    assert.equal(formatDay(moment, 'Asia/Tokyo'), '4 May 2027');
  });
  test('a short moment for lists', () => assert.equal(formatShortMoment(moment, 'America/New_York'), '3 May, 14:10'));
});

test('durations', () => {
  assert.equal(formatDuration(0), '0:00');
  assert.equal(formatDuration(125), '2:05');
  assert.equal(formatDuration(59.9), '0:59');
  assert.equal(formatDuration(3725), '1:02:05');
});

describe('money is exact', () => {
  const cases: readonly [bigint, string][] = [
    [0n, '$0.00'],
    [1_234_500_000n, '$1,234.50'],
    [-2_000_000n, '-$2.00'],
    [5_000n, '$0.00'],
    [15_000n, '$0.02'],
    [25_000n, '$0.02'],
    [25_001n, '$0.03'],
    [-15_000n, '-$0.02'],
    [9_007_199_254_740_993_010_000n, '$9,007,199,254,740,993.01'],
  ];
  for (const [micros, shown] of cases) test(`${micros}`, () => assert.equal(formatMoney(micros, 'USD'), shown));
  test('another currency', () => assert.equal(formatMoney(3_500_000n, 'EUR'), '€3.50'));
});

test('counts', () => assert.equal(formatCount(5012), '5,012'));

test('phone numbers', () => {
  assert.equal(formatPhone('+14105551212'), '(410) 555-1212');
  assert.equal(formatPhone('+14165550123'), '(416) 555-0123');
  assert.equal(formatPhone('+18005550199'), '(800) 555-0199');
  assert.equal(formatPhone('+442079460958'), '+44 20 7946 0958');
  assert.equal(formatPhone('anonymous'), 'anonymous');
});

test('how long ago', () => {
  const now = new Date('2027-05-03T12:00:00Z');
  const ago = (seconds: number) => formatAgo(new Date(now.getTime() - seconds * 1000), now);
  assert.equal(ago(-5), 'just now');
  assert.equal(ago(59), 'just now');
  assert.equal(ago(60), '1 minute ago');
  assert.equal(ago(3_599), '59 minutes ago');
  assert.equal(ago(7_200), '2 hours ago');
  assert.equal(ago(86_400), '1 day ago');
  assert.equal(ago(40 * 86_400), '40 days ago');
});

test('web addresses as people say them', () => {
  assert.equal(formatAddress('https://example.com/'), 'example.com');
  assert.equal(formatAddress('https://example.com/contact/?a=b#c'), 'example.com/contact');
  assert.equal(formatAddress('http://example.com:8080/a/b'), 'example.com:8080/a/b');
  assert.equal(formatAddress('android-app://com.google.android.gm/'), 'android-app://com.google.android.gm');
  assert.equal(formatAddress('no address'), 'no address');
});
