import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { planOf } from '../../test/plans.ts';
import { monthAtReturn, nextPeriod, rateCall } from './charging.ts';
import { decideClosing, decideReactivation, planDifferences, promisesAt } from './closing.ts';
import { decideRelease, decideRestore, decideReuse, isReturnDue, type NumberFacts } from './numbers.ts';
import { decideRoute } from './routing.ts';
import { standingOf } from './standing.ts';
import { addDays, addMonths } from './time.ts';

const noon = new Date('2027-03-03T12:00:00.000Z');
const before = (date: Date): Date => new Date(date.getTime() - 1);
const after = (date: Date): Date => new Date(date.getTime() + 1);
const closureOf = (closedAt: Date) => ({ closedAt, ...promisesAt(closedAt) });

describe('windows include their first instant and exclude their last', () => {
  test('the promised dates are 14, 60 and 90 days of 24 hours, across a change of daylight saving', () => {
    const promises = promisesAt(noon);
    assert.equal(promises.numbersRestorableUntil.toISOString(), '2027-03-17T12:00:00.000Z');
    assert.equal(promises.reactivatableUntil.toISOString(), '2027-05-02T12:00:00.000Z');
    assert.equal(promises.refundableUntil.toISOString(), '2027-06-01T12:00:00.000Z');
  });

  test('reactivating: just before, exactly at, just after', () => {
    const closure = closureOf(noon);
    assert.equal(decideReactivation(closure, noon).ok, true);
    assert.equal(decideReactivation(closure, before(closure.reactivatableUntil)).ok, true);
    for (const late of [closure.reactivatableUntil, after(closure.reactivatableUntil)]) {
      const decision = decideReactivation(closure, late);
      assert.equal(!decision.ok && decision.refusal.code, 'too-late-to-reactivate');
    }
  });

  test('the standing turns with the same instant', () => {
    const closure = closureOf(noon);
    const facts = { closure, noFundsFrom: noon, switches: [] };
    assert.equal(standingOf(facts, before(closure.reactivatableUntil)), 'canceled', 'which is stronger than no funds');
    assert.equal(standingOf(facts, closure.reactivatableUntil), 'purged');
  });

  test('without funds: not just before the stored moment, but from it on, whatever the switches', () => {
    const facts = { closure: null, noFundsFrom: noon, switches: [{ kind: 'stop' as const }] };
    assert.equal(standingOf(facts, before(noon)), 'stopped');
    assert.equal(standingOf(facts, noon), 'no funds');
    assert.equal(standingOf({ ...facts, noFundsFrom: null }, after(noon)), 'stopped');
  });

  const released = (at: Date, over: Partial<NumberFacts> = {}): NumberFacts => ({
    boughtAt: addDays(at, -40),
    paidUntil: addDays(at, 5),
    monthlyPriceMicros: 2_500_000n,
    release: { releasedAt: at, restorableUntil: addDays(at, 14), returnOrderedAt: null },
    ...over,
  });

  test('restoring: just before, exactly at, just after; and the return is due at that very instant', () => {
    const number = released(noon);
    const until = number.release!.restorableUntil;
    assert.equal(decideRestore(number, 'UTC', before(until)).ok, true);
    assert.equal(isReturnDue(number.release!, before(until)), false);
    for (const late of [until, after(until)]) {
      const decision = decideRestore(number, 'UTC', late);
      assert.equal(!decision.ok && decision.refusal.code, 'too-late-to-restore');
      assert.equal(isReturnDue(number.release!, late), true);
    }
  });

  test('restoring is free inside the paid month and costs a month at its end', () => {
    const number = released(noon);
    assert.deepEqual(decideRestore(number, 'UTC', before(number.paidUntil!)), {
      ok: true,
      value: { priceMicros: 0n, paidUntil: number.paidUntil },
    });
    assert.deepEqual(decideRestore(number, 'UTC', number.paidUntil!), {
      ok: true,
      value: { priceMicros: 2_500_000n, paidUntil: addMonths(number.paidUntil!, 1, 'UTC') },
    });
  });

  test('a return once ordered can’t be overtaken by a restore', () => {
    const release = { releasedAt: noon, restorableUntil: addDays(noon, 14), returnOrderedAt: addDays(noon, 14) };
    assert.equal(decideRestore(released(noon, { release }), 'UTC', addDays(noon, 13)).ok, false);
    assert.equal(isReturnDue(release, addDays(noon, 20)), false);
  });

  test('a returned number rests 45 days', () => {
    const until = addDays(noon, 45);
    assert.equal(decideReuse('+12125550142', { returnedAt: noon }, before(until)).ok, false);
    assert.equal(decideReuse('+12125550142', { returnedAt: noon }, until).ok, true);
    assert.equal(decideReuse('+12125550142', { returnedAt: null }, until).ok, false);
    assert.equal(decideReuse('+12125550142', null, noon).ok, true);
  });
});

test('closing happens once; a release too, and not before the number is bought', () => {
  assert.equal(decideClosing(null, noon).ok, true);
  const again = decideClosing(closureOf(noon), after(noon));
  assert.equal(!again.ok && again.refusal.code, 'already-closed');
  const number = { boughtAt: null, paidUntil: null, monthlyPriceMicros: 1n, release: null };
  const early = decideRelease(number, noon);
  assert.equal(!early.ok && early.refusal.code, 'not-bought-yet');
});

describe('money follows the calendar', () => {
  test('month ends are counted from the anchor: 31 January → 28 February → 31 March', () => {
    const anchor = new Date('2027-01-31T15:00:00Z');
    const first = nextPeriod(anchor, addMonths(anchor, 1, 'America/New_York'), 'America/New_York');
    assert.equal(first.from.toISOString(), '2027-02-28T15:00:00.000Z');
    assert.equal(
      first.until.toISOString(),
      '2027-03-31T14:00:00.000Z',
      'ten in the morning in New York, also in summer',
    );
    assert.equal(nextPeriod(anchor, first.until, 'America/New_York').until.toISOString(), '2027-04-30T14:00:00.000Z');
  });

  test('a leap year: 29 February comes once', () => {
    const anchor = new Date('2028-01-29T12:00:00Z');
    assert.equal(nextPeriod(anchor, addMonths(anchor, 1, 'UTC'), 'UTC').from.toISOString(), '2028-02-29T12:00:00.000Z');
  });

  test('a subscription comes back free inside the month already paid', () => {
    const paidUntil = addDays(noon, 3);
    const prices = [planOf({ monthlyFeeMicros: 79n })];
    const subscription = { planCode: 'essentials', anchor: noon, paidUntil, timeZone: 'UTC', endedAt: noon };
    assert.equal(monthAtReturn(subscription, prices, before(paidUntil)), null);
    const month = monthAtReturn(subscription, prices, paidUntil);
    assert.deepEqual(
      [month?.amountMicros, month?.from, month?.until],
      [79n, paidUntil, addMonths(paidUntil, 1, 'UTC')],
    );
  });

  const answered = (talkSeconds: number) => ({
    status: 'answered' as const,
    answeredAt: noon,
    endedAt: null,
    durationSeconds: null,
    ringSeconds: null,
    talkSeconds,
  });

  test('every minute begun is charged, a call in progress up to the closing', () => {
    assert.equal(rateCall(answered(60), null)?.minutes, 1n);
    assert.equal(rateCall(answered(61), null)?.minutes, 2n);
    assert.equal(rateCall(answered(600), new Date(noon.getTime() + 90_000))?.minutes, 2n);
    assert.equal(rateCall(answered(600), new Date(noon.getTime() + 400)), null);
    assert.equal(rateCall(answered(0), null), null);
  });
});

test('where a call goes, by what it meets', () => {
  const called = {
    standing: 'open',
    released: false,
    receivingNumber: '+12125550199',
    refusalMessage: 'Gone.',
  } as const;
  assert.deepEqual(decideRoute(called), { kind: 'forward', to: '+12125550199' });
  assert.deepEqual(decideRoute({ ...called, standing: 'paused' }), { kind: 'forward', to: '+12125550199' });
  assert.deepEqual(decideRoute({ ...called, standing: 'stopped' }), {
    kind: 'refuse',
    why: 'stopped',
    message: 'Gone.',
  });
  assert.deepEqual(decideRoute({ ...called, standing: 'no funds' }), {
    kind: 'refuse',
    why: 'no funds',
    message: 'Gone.',
  });
  assert.deepEqual(decideRoute({ ...called, standing: 'canceled', released: true }), {
    kind: 'refuse',
    why: 'canceled',
    message: 'Gone.',
  });
  assert.deepEqual(decideRoute({ ...called, released: true }), { kind: 'refuse', why: 'released', message: 'Gone.' });
  assert.equal(decideRoute({ ...called, receivingNumber: null }).kind, 'refuse');
});

test('a changed plan says what changed, both ways', () => {
  assert.deepEqual(planDifferences({ numbers: ['a', 'b'] }, { numbers: ['b', 'c'], policy: ['2'] }), [
    'numbers: now also c',
    'numbers: no longer a',
    'policy: now also 2',
  ]);
});
