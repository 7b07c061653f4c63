import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { callDensity, matching, type ShownVisit, weighVisits } from './matching.ts';

const calledAt = new Date('2027-03-02T15:00:00.000Z');
const before = (minutes: number): Date => new Date(calledAt.getTime() - minutes * 60_000);
const visit = (visitId: number, minutes: number, more: Partial<ShownVisit> = {}): ShownVisit => ({
  visitId,
  begunAt: before(minutes),
  firstShownAt: before(minutes),
  lastShownAt: before(minutes),
  dialedAt: null,
  knownPercent: 0,
  ...more,
});
const likeliest = (...shown: ShownVisit[]) => weighVisits({ calledAt }, shown)[0]?.visitId;

test('the delays’ shares are all calls', () => {
  const { early, late, tail } = matching;
  assert.equal(Math.round((early.share + late.share + tail.share) * 1e9), 1e9);
  const spans = [0, early.minutes, late.minutes, tail.minutes];
  const sum = spans.slice(1).reduce((total, until, at) => total + callDensity(until) * (until - spans[at]!), 0);
  assert.ok(Math.abs(sum - 1) < 1e-9);
});

describe('who called', () => {
  test('whoever came minutes ago, before those of hours ago', () =>
    assert.equal(likeliest(visit(1, 300), visit(2, 9), visit(3, 11)), 2));

  test('whoever has the page open, of two who came minutes ago', () =>
    assert.equal(likeliest(visit(1, 8, { lastShownAt: before(1) }), visit(2, 3)), 1));

  test('whoever pressed the link, however long they have been there', () =>
    assert.equal(likeliest(visit(1, 2, { lastShownAt: before(0) }), visit(2, 45, { dialedAt: before(0.2) })), 2));

  test('a press of long before, or after the call, is none', () => {
    for (const minutes of [3, -1]) assert.equal(likeliest(visit(1, 2), visit(2, 45, { dialedAt: before(minutes) })), 1);
  });

  test('whose telephone it was before, though somebody else is on the page', () => {
    const known = visit(1, 200, { knownPercent: 90 });
    assert.equal(likeliest(known, visit(2, 1, { lastShownAt: before(0) })), 1);
    assert.equal(likeliest({ ...known, knownPercent: 0 }, visit(2, 1)), 2);
  });

  test('nobody who was shown the number only afterwards, and nobody of months ago', () => {
    assert.deepEqual(
      weighVisits({ calledAt }, [visit(1, 5, { firstShownAt: before(-0.01) }), visit(2, 31 * 1440)]),
      [],
    );
  });

  test('of equals, whoever came last', () => assert.equal(likeliest(visit(1, 8), visit(2, 4), visit(3, 6)), 2));

  test('somebody alone is hardly in doubt after minutes, and very much so after weeks', () => {
    const percent = (minutes: number) => weighVisits({ calledAt }, [visit(1, minutes)])[0]!.likelihoodPercent;
    assert.equal(percent(5), 99);
    assert.equal(percent(600), 99);
    assert.ok(percent(20 * 1440) < 60);
  });
});

test('whatever was shown to whom: at most five, likeliest first, 1 to 99 %, never 100 together, nobody from after the call', () => {
  const minutes = fc.double({ min: -100, max: 50_000, noNaN: true });
  const shown = fc.record({
    begun: minutes,
    first: minutes,
    last: minutes,
    dialed: fc.option(minutes),
    knownPercent: fc.integer({ min: 0, max: 100 }),
  });
  fc.assert(
    fc.property(fc.array(shown, { maxLength: 30 }), (drawn) => {
      const visits = drawn.map((each, visitId) =>
        visit(visitId, 0, {
          begunAt: before(each.begun),
          firstShownAt: before(each.first),
          lastShownAt: before(each.last),
          dialedAt: each.dialed === null ? null : before(each.dialed),
          knownPercent: each.knownPercent,
        }),
      );
      const said = weighVisits({ calledAt }, visits);
      const percents = said.map((each) => each.likelihoodPercent);
      assert.ok(said.length <= 5);
      assert.ok(percents.every((each) => Number.isInteger(each) && each >= 1 && each <= 99));
      assert.ok(percents.reduce((sum, each) => sum + each, 0) < 100);
      assert.deepEqual(
        percents,
        percents.toSorted((a, b) => b - a),
      );
      assert.equal(new Set(said.map((each) => each.visitId)).size, said.length);
      for (const each of said) assert.ok(visits[each.visitId]!.firstShownAt <= calledAt);
    }),
    { numRuns: 2_000 },
  );
});
