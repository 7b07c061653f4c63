import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  crowdsOf,
  judgePool,
  type MeasuredVisit,
  mixedUpPercentMax,
  suggestPoolSize,
  visitsToTell,
} from './poolSize.ts';
import { type PoolNumber, shareNumbers } from './sharing.ts';
import { liveEverySeconds } from './swapping.ts';

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

const start = Date.UTC(2027, 0, 4, 8);
const at = (minutes: number) => new Date(start + minutes * 60_000);
/** A visit whose first page shows a number at once. */
const visit = (visitorId: number, begun: number, until: number): MeasuredVisit => ({
  visitorId,
  begunAt: at(begun),
  firstShownAt: at(begun),
  lastShownAt: at(until),
});

test('somebody may still call for ten minutes from their first page, and while the page is open', () => {
  const crowd = (before: readonly MeasuredVisit[], now: number, who = 9) =>
    crowdsOf([...before, visit(who, now, now + 1)]).at(-1);
  assert.equal(crowd([visit(1, 0, 2)], 9.99), 1);
  assert.equal(crowd([visit(1, 0, 2)], 10), 0);
  assert.equal(crowd([visit(1, 0, 20)], 15), 1, 'it is open');
  assert.equal(crowd([visit(1, 0, 20)], 21.49), 1, 'two signs of life may be lost');
  assert.equal(crowd([visit(1, 0, 20)], 21.5), 0);
  assert.equal(crowd([visit(1, 0, 20), visit(2, 16, 17)], 18), 2);
  // The numbers pass by when they were last shown: 1 is long past calling, but was seen later than 2, who isn't.
  assert.equal(crowd([visit(1, 0, 20), visit(2, 15, 16)], 22), 2);
  assert.equal(crowd([visit(1, 0, 2)], 5, 1), 0, 'their own');
  assert.equal(crowd([visit(1, 0, 2), visit(2, 3, 4)], 5, 1), 1, 'their own, unless somebody else needed the only one');
});

/** A week of visitors who come at random and stay one to ten minutes. */
function week(perDay: number, hours: number, seed = 1): MeasuredVisit[] {
  const chance = dice(seed);
  return Array.from({ length: 7 * perDay }, (_, index) => {
    const begun = (index % 7) * 1_440 + chance() * hours * 60;
    return visit(index, begun, begun + 1 + 9 * chance());
  });
}

function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

const mayCall = (each: MeasuredVisit, now: Date) =>
  Math.max(each.begunAt.getTime() + 600_000, each.lastShownAt.getTime() + 90_000) > now.getTime();

/** The share of visits that are given the number of somebody who may still call, played with the rule of sharing itself. */
function play(visits: readonly MeasuredVisit[], size: number): number {
  const held = Array.from({ length: size }, () => null as MeasuredVisit | null);
  const offer = (now: Date): PoolNumber[] =>
    held.map((visit_, trackingNumberId) => ({
      trackingNumberId,
      targets: ['the website’s'],
      holder: visit_ && { visitor: String(visit_.visitorId), lastShownAt: lastSign(visit_, now) },
    }));
  let mixedUp = 0;
  for (const each of visits.toSorted((a, b) => a.firstShownAt.getTime() - b.firstShownAt.getTime())) {
    const [given] = shareNumbers(offer(each.firstShownAt), String(each.visitorId));
    const before = held[given!.trackingNumberId];
    if (before && before.visitorId !== each.visitorId && mayCall(before, each.firstShownAt)) mixedUp += 1;
    held[given!.trackingNumberId] = each;
  }
  return mixedUp / visits.length;
}

function lastSign({ firstShownAt, lastShownAt }: MeasuredVisit, now: Date): Date {
  if (lastShownAt <= now) return lastShownAt;
  const every = liveEverySeconds * 1_000;
  const looked = now.getTime() - firstShownAt.getTime();
  return new Date(firstShownAt.getTime() + Math.floor(looked / every) * every);
}

test('what is counted is what the rule of sharing does, on quiet websites and busy ones', () => {
  const found = [
    [20, 10],
    [100, 10],
    [100, 24],
    [400, 10],
    [480, 24],
  ].map(([perDay, hours]) => {
    const visits = week(perDay!, hours!);
    const needed = judgePool(1, visits).needed!;
    const played = play(visits, needed);
    assert.ok(played <= mixedUpPercentMax / 100, `${perDay} in ${hours} h: ${needed} numbers, ${played}`);
    assert.ok(needed === 1 || play(visits, needed - 1) > (mixedUpPercentMax - 1.5) / 100, 'and no more than needed');
    return needed;
  });
  // The rule of thumb says 1, 5, 5, 20 and 24.
  assert.deepEqual(found, [2, 5, 3, 14, 8]);
});

const someVisits = fc
  .tuple(
    fc.array(fc.record({ who: fc.nat(60), after: fc.nat(8), stays: fc.nat(30) }), { minLength: 1, maxLength: 120 }),
    fc.constantFrom(0.1, 1, 5),
  )
  .map(([steps, pace]) => {
    let now = 0;
    return steps.map(({ who, after, stays }) => {
      now += after * pace;
      return visit(who, now, now + stays);
    });
  });

test('with as many numbers as the largest crowd leaves over, the rule of sharing mixes nobody up', () => {
  fc.assert(
    fc.property(someVisits, (visits) => {
      // Who opens a page while another of theirs is open has one number for both.
      const alone = visits.map((each, index) => ({ ...each, visitorId: index }));
      assert.equal(play(alone, Math.max(...crowdsOf(alone)) + 1), 0);
    }),
  );
});

test('more numbers never judge worse, the verdicts agree, and what is said to be enough is judged so', () => {
  const order = ['too few', 'enough', 'too many'];
  fc.assert(
    fc.property(someVisits, (visits) => {
      const verdicts = Array.from({ length: 40 }, (_, index) => judgePool(index + 1, visits));
      const { needed } = verdicts[0]!;
      assert.ok(
        verdicts.every((each) => each.needed === needed),
        'the same, however many there are',
      );
      if (visits.length < visitsToTell) {
        assert.ok(needed === null && verdicts.every(({ verdict }) => verdict === 'too early to tell'));
        return;
      }
      const ranks = verdicts.map(({ verdict }) => order.indexOf(verdict));
      assert.deepEqual(ranks, ranks.toSorted(), 'too few, then enough, then too many');
      assert.ok(verdicts.every(({ verdict }, index) => (verdict === 'too few') === index + 1 < needed!));
      if (needed! <= 40) assert.equal(verdicts[needed! - 1]!.verdict, 'enough');
      const crowds = crowdsOf(visits);
      const mixedUp = (size: number) => crowds.filter((crowd) => crowd >= size).length;
      assert.ok(mixedUp(needed!) * 100 <= mixedUpPercentMax * visits.length);
      assert.ok(needed === 1 || mixedUp(needed! - 1) * 100 > mixedUpPercentMax * visits.length);
    }),
  );
});

test('too few, enough, too many: each with its reason in numbers', () => {
  // Every tenth comes while the one before is there.
  const visits = Array.from({ length: 100 }, (_, index) =>
    visit(index, index * 60 - (index % 10 === 9 ? 58 : 0), index * 60),
  );
  const because = (numbers: number) => judgePool(numbers, visits).because.replaceAll('\u00a0', ' ');
  assert.equal(
    because(1),
    'With 1 number, 10 of 100 visits in the last 7 days get one that somebody else may still call: 10 %, more than 5 %. 2 numbers would have been enough, with 0 %.',
  );
  assert.equal(
    because(3),
    'With 3 numbers, none of 100 visits in the last 7 days gets one that somebody else may still call: 0 %, at most 5 %.',
  );
  assert.match(because(4), / may still call\. 2 numbers would have been enough, with 0 %: at most 5 %\.$/);
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((numbers) => judgePool(numbers, visits).verdict),
    ['too few', 'too few', 'enough', 'enough', 'too many'],
  );
  // The sixth of a hundred decides, not the fifth.
  const crowded = (count: number) =>
    visits.map((each, index) => (index >= 10 * count ? visit(index, index * 60, index * 60) : each));
  assert.deepEqual([judgePool(1, crowded(5)).verdict, judgePool(1, crowded(6)).verdict], ['enough', 'too few']);
});

test('few visits say nothing', () => {
  const visits = week(8, 10);
  assert.equal(judgePool(3, visits.slice(0, 50)).verdict === 'too early to tell', false);
  assert.deepEqual(judgePool(3, visits.slice(0, 49)), {
    verdict: 'too early to tell',
    needed: null,
    because: 'Not enough visits yet to tell: 49 of 50 in the last 7 days.',
  });
  assert.equal(judgePool(0, []).verdict, 'too few');
});

test('a week of twenty thousand visits is judged at once', () => {
  const visits = week(3_000, 10);
  const before = performance.now();
  judgePool(50, visits);
  const took = performance.now() - before;
  assert.ok(took < 3_000, `${took} ms`);
});
