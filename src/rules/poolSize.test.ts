import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgePool, suggestPoolSize } from './poolSize.ts';

test('one number for twenty daily visitors, by the busier of the last 7 and 30 days, and never none', () => {
  const suggest = (last7Days: number, last30Days: number, daysKnown = 30) =>
    suggestPoolSize({ last7Days, last30Days, daysKnown });
  assert.deepEqual(suggest(140, 600), { perDay7: 20, perDay30: 20, suggested: 1 });
  assert.deepEqual(suggest(141, 600), { perDay7: 20.1, perDay30: 20, suggested: 2 });
  assert.equal(suggest(140, 3_000).suggested, 5);
  assert.equal(suggest(0, 0).suggested, 1);
  // Two days of visits are not a month of them.
  assert.deepEqual(suggest(90, 90, 2), { perDay7: 45, perDay30: 45, suggested: 3 });
  assert.equal(suggest(0, 0, 0).suggested, 1);
});

test('too few, enough, too many: each with its reason in numbers', () => {
  const size = suggestPoolSize({ last7Days: 200, last30Days: 800, daysKnown: 30 });
  assert.equal(size.suggested, 2);
  const judge = (numbers: number, visitors: number, withinTheHour: number, tookFromLive: number) =>
    judgePool(numbers, { visitors, withinTheHour, tookFromLive }, size);
  assert.equal(judge(4, 200, 10, 0).verdict, 'enough');
  assert.equal(judge(4, 200, 11, 0).verdict, 'too few');
  assert.match(judge(4, 200, 11, 2).because, /Of 200 visitors .* 5\.5 % \(11\) .* 1 % \(2\) .*more than 5 %/);
  assert.equal(judge(5, 200, 0, 0).verdict, 'too many');
  assert.match(judge(5, 200, 0, 0).because, /2 numbers would do for so many; there are 5/);
  assert.equal(judge(5, 200, 1, 1).verdict, 'enough');
  assert.equal(judge(0, 0, 0, 0).verdict, 'too few');
  assert.equal(judge(4, 0, 0, 0).verdict, 'nothing to judge');
  assert.match(judge(4, 1, 0, 0).because, /Of 1 visitor /);
});
