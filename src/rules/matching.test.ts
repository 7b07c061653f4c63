import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { callDensity, matching, type ShownVisit, type VisitLikelihood, weighVisits } from './matching.ts';

const calledAt = new Date('2027-03-02T15:00:00.000Z');
const before = (minutes: number): Date => new Date(calledAt.getTime() - minutes * 60_000);
const visit = (visitId: number, minutes: number, more: Partial<ShownVisit> = {}): ShownVisit => ({
  visitId,
  visitorId: visitId,
  begunAt: before(minutes),
  firstShownAt: before(minutes),
  lastShownAt: before(minutes),
  dialedAt: null,
  knownPercent: 0,
  ...more,
});
const weighFirst = (shown: readonly ShownVisit[]) => weighVisits({ calledAt, calledBefore: null }, shown);
const likeliest = (...shown: ShownVisit[]) => weighFirst(shown)[0]?.visitId;

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

  test('nobody who was shown the number only afterwards, and nobody of months ago', () => {
    assert.deepEqual(weighFirst([visit(1, 5, { firstShownAt: before(-0.01) }), visit(2, 31 * 1440)]), []);
  });

  test('of equals, whoever came last', () => assert.equal(likeliest(visit(1, 8), visit(2, 4), visit(3, 6)), 2));

  test('somebody alone is hardly in doubt after minutes, and very much so after weeks', () => {
    const percent = (minutes: number) => weighFirst([visit(1, minutes)])[0]!.likelihoodPercent;
    assert.equal(percent(5), 99);
    assert.equal(percent(600), 99);
    assert.ok(percent(20 * 1440) < 60);
  });
});

describe('who called again', () => {
  /** What is said of one visitor, once all were said to be so likely at a call so many minutes before. */
  const later = (minutes: number, shown: readonly ShownVisit[]) =>
    weighVisits({ calledAt, calledBefore: before(minutes) }, shown);
  const percentOf = (visitId: number, said: readonly VisitLikelihood[]) =>
    said.find((each) => each.visitId === visitId)?.likelihoodPercent ?? 0;
  const twenty = Array.from({ length: 20 }, (_, index) => visit(index + 1, 600 + index));
  /** The first five of the twenty were named, as likely as each other. */
  const named = twenty.map((each) => ({ ...each, knownPercent: each.visitId <= 5 ? 4 : 0 }));

  test('in a hundred visits, dialing four times within a minute: the same one, no likelier', () => {
    let shown = Array.from({ length: 100 }, (_, index) => visit(index + 1, 60 + index));
    let calledBefore: Date | null = null;
    for (let dialed = 0; dialed < 4; dialed += 1) {
      const at = new Date(calledAt.getTime() + dialed * 15_000);
      const said = weighVisits({ calledAt: at, calledBefore }, shown);
      assert.deepEqual(said[0], { visitId: 1, likelihoodPercent: 1 });
      shown = shown.map((each) => ({ ...each, knownPercent: percentOf(each.visitId, said) }));
      calledBefore = at;
    }
  });

  test('whoever was certain then is so days later, from memory, though somebody else is on the page', () => {
    const known = visit(1, 3 * 1440, { knownPercent: 98 });
    const others = twenty.slice(1);
    assert.equal(percentOf(1, later(3 * 1440 - 5, [known, ...others])), 98);
    const isOpen = visit(50, 2, { lastShownAt: before(0) });
    assert.ok(percentOf(1, later(3 * 1440 - 5, [known, ...others, isOpen])) >= 90);
  });

  test('of twenty who were as likely as each other, the same five are named, no likelier', () => {
    const said = later(5, named);
    assert.deepEqual(new Set(said.map((each) => each.visitId)), new Set([1, 2, 3, 4, 5]));
    assert.ok(said.every((each) => each.likelihoodPercent === 4));
  });

  test('of those, whoever has the page open since is the one, whether named before or not', () => {
    for (const visitorId of [3, 12]) {
      const again = visit(50, 2, {
        visitorId,
        lastShownAt: before(0),
        knownPercent: named[visitorId - 1]!.knownPercent,
      });
      const said = later(500, [...named, again]);
      assert.equal(said[0]!.visitId, 50);
      assert.ok(said[0]!.likelihoodPercent >= 80, `${said[0]!.likelihoodPercent} %`);
    }
  });

  test('a link pressed since tells of somebody else, even where one was certain', () => {
    const pressed = visit(2, 3, { lastShownAt: before(0), dialedAt: before(0.2) });
    assert.equal(later(200, [visit(1, 300, { knownPercent: 98 }), pressed])[0]!.visitId, 2);
  });

  test('a page that was open, or a link that was pressed, at the call before is not counted again', () => {
    const open = visit(1, 9, { lastShownAt: before(0), dialedAt: before(0.6), knownPercent: 40 });
    const other = visit(2, 8, { knownPercent: 30 });
    assert.equal(percentOf(1, later(0.5, [open, other])), 40);
  });

  test('the visitor is meant, not the visit: of two visits the one that began since', () => {
    const first = visit(1, 3_000, { knownPercent: 60 });
    const said = later(2_990, [first, visit(2, 4, { visitorId: 1, knownPercent: 60 }), visit(3, 2_995)]);
    assert.equal(said[0]!.visitId, 2);
    assert.ok(percentOf(2, said) >= 95);
  });

  test('whoever of those named was never shown this number counts for nothing', () =>
    assert.deepEqual(
      weighVisits({ calledAt, calledBefore: before(9) }, twenty),
      weighVisits({ calledAt, calledBefore: null }, twenty),
    ));

  test('the same call once more raises nobody, whatever was shown to whom', () => {
    const minutes = fc.double({ min: 0, max: 30_000, noNaN: true });
    const drawnVisit = fc.record({
      visitorId: fc.integer({ min: 1, max: 12 }),
      begun: fc.oneof(minutes, fc.double({ min: 0, max: 30, noNaN: true })),
      open: fc.double({ min: 0, max: 40, noNaN: true }),
      dialed: fc.option(fc.double({ min: 0, max: 3, noNaN: true }), { freq: 6 }),
    });
    fc.assert(
      fc.property(fc.array(drawnVisit, { maxLength: 40 }), (drawn) => {
        const shown = drawn.map(({ visitorId, begun, open, dialed }, index) =>
          visit(index + 1, begun, {
            visitorId,
            lastShownAt: before(Math.max(0, begun - open)),
            dialedAt: dialed === null ? null : before(Math.min(begun, dialed)),
          }),
        );
        const first = weighFirst(shown);
        const visitorOf = new Map(shown.map((each) => [each.visitId, each.visitorId]));
        const known = new Map<number, number>();
        for (const { visitId, likelihoodPercent } of first) {
          const visitorId = visitorOf.get(visitId)!;
          known.set(visitorId, (known.get(visitorId) ?? 0) + likelihoodPercent);
        }
        const again = weighVisits(
          { calledAt, calledBefore: calledAt },
          shown.map((each) => ({ ...each, knownPercent: known.get(each.visitorId) ?? 0 })),
        );
        for (const { visitId, likelihoodPercent } of again) {
          const said = percentOf(visitId, first);
          // Who was not named then may have been as likely as the least of those who were, but for the rounding.
          const most = said || Math.min(...known.values());
          assert.ok(likelihoodPercent <= most + 1, `visit ${visitId}: ${said} %, then ${likelihoodPercent} %`);
        }
      }),
      { numRuns: 2_000 },
    );
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
    visitorId: fc.integer({ min: 1, max: 20 }),
  });
  fc.assert(
    fc.property(fc.array(shown, { maxLength: 30 }), fc.option(minutes), (drawn, earlier) => {
      const visits = drawn.map((each, visitId) =>
        visit(visitId, 0, {
          begunAt: before(each.begun),
          firstShownAt: before(each.first),
          lastShownAt: before(each.last),
          dialedAt: each.dialed === null ? null : before(each.dialed),
          knownPercent: each.knownPercent,
          visitorId: each.visitorId,
        }),
      );
      const said = weighVisits({ calledAt, calledBefore: earlier === null ? null : before(earlier) }, visits);
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
