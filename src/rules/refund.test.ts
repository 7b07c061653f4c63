import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { promisesAt } from './closing.ts';
import {
  decideApproval,
  decideMarking,
  decidePayee,
  decideReplacing,
  decideRequest,
  isInTime,
  type PartFacts,
  partStateOf,
  pauseSeconds,
  refundStateOf,
  splitRefund,
} from './refund.ts';
import { standingOf } from './standing.ts';
import { addDays } from './time.ts';

const closedAt = new Date('2027-03-03T12:00:00Z');
const later = (date: Date, ms: number) => new Date(date.getTime() + ms);
const part = (over: Partial<PartFacts> = {}): PartFacts => ({
  paymentId: 1,
  attempts: 0,
  paidAt: null,
  failedAt: null,
  isReplaced: false,
  ...over,
});
const codeOf = (decision: { ok: boolean; refusal?: { code: string } }) =>
  decision.ok ? 'yes' : decision.refusal!.code;

describe('the two windows, just before, exactly at, and after', () => {
  test('day 60: the account is purged at the date itself, and what is owed stays in reach', () => {
    const { reactivatableUntil } = promisesAt(closedAt);
    assert.equal(reactivatableUntil.getTime(), addDays(closedAt, 60).getTime());
    const at = (now: Date) =>
      standingOf({ closure: { closedAt, reactivatableUntil }, noFundsFrom: null, switches: [] }, now);
    assert.deepEqual(
      [-1, 0, 1].map((ms) => at(later(reactivatableUntil, ms))),
      ['canceled', 'purged', 'purged'],
    );
  });

  test('day 90: in time until the millisecond before; at the date itself it is a claim', () => {
    const { refundableUntil } = promisesAt(closedAt);
    assert.equal(refundableUntil.getTime(), addDays(closedAt, 90).getTime());
    assert.deepEqual(
      [-1, 0, 1].map((ms) => isInTime(later(refundableUntil, ms), refundableUntil)),
      [true, false, false],
    );
  });
});

describe('asking', () => {
  const facts = {
    closure: { closureId: 7 },
    paidBy: null,
    owed: { walletMicros: 12_345_678n, unclaimedMicros: 0n },
    underWay: null,
  };
  test('the amount is the balance, to the cent', () => {
    const decision = decideRequest(facts);
    assert.deepEqual(decision, { ok: true, value: { closureId: 7, requestedMicros: 12_350_000n } });
  });
  test('only after fully canceling, once, by whoever has a balance, and when there is one', () => {
    assert.equal(codeOf(decideRequest({ ...facts, closure: null })), 'close-first');
    assert.equal(codeOf(decideRequest({ ...facts, closure: { closureId: null } })), 'still-closing');
    assert.equal(codeOf(decideRequest({ ...facts, closure: null, paidBy: 'Northwind' })), 'balance-of-agency');
    const underWay = { ticketId: 3, requestedAt: closedAt };
    assert.deepEqual(decideRequest({ ...facts, underWay }), {
      ok: false,
      refusal: { code: 'refund-under-way', ...underWay },
    });
    for (const walletMicros of [0n, -1n, -50_000_000n, 4_999n, 5_000n])
      assert.equal(
        codeOf(decideRequest({ ...facts, owed: { walletMicros, unclaimedMicros: 0n } })),
        'nothing-to-refund',
      );
    assert.equal(codeOf(decideRequest({ ...facts, owed: { walletMicros: 5_001n, unclaimedMicros: 0n } })), 'yes');
    assert.equal(codeOf(decideRequest({ ...facts, owed: { walletMicros: -5n, unclaimedMicros: 20_000n } })), 'yes');
  });
});

describe('approving', () => {
  const facts = {
    state: 'requested' as const,
    closureId: 7,
    closure: { closureId: 7, isCarriedOut: true },
    owed: { walletMicros: 12_345_000n, unclaimedMicros: 0n },
  };
  test('what is booked adds up to whole cents, from the wallet or from what was unclaimed', () => {
    for (const [walletMicros, unclaimedMicros, from, gatheredMicros, roundingMicros, amountMicros] of [
      [12_340_000n, 0n, 'wallet', 0n, 0n, 12_340_000n],
      [12_345_000n, 0n, 'wallet', 0n, -5_000n, 12_340_000n],
      [12_355_000n, 0n, 'wallet', 0n, 5_000n, 12_360_000n],
      [0n, 12_344_999n, 'unclaimed', 0n, -4_999n, 12_340_000n],
      [-45_000n, 10_000_000n, 'unclaimed', -45_000n, 5_000n, 9_960_000n],
      [30_000n, 10_000_000n, 'unclaimed', 30_000n, 0n, 10_030_000n],
    ] as const)
      assert.deepEqual(decideApproval({ ...facts, owed: { walletMicros, unclaimedMicros } }), {
        ok: true,
        value: { from, gatheredMicros, roundingMicros, amountMicros },
      });
  });
  test('refused once decided, after a reactivation, in the middle of a canceling, and with nothing left', () => {
    for (const state of ['approved', 'declined', 'paying', 'paid', 'failed'] as const)
      assert.equal(codeOf(decideApproval({ ...facts, state })), 'refund-decided');
    assert.equal(codeOf(decideApproval({ ...facts, closure: null })), 'reactivated-meanwhile');
    const again = { closureId: 8, isCarriedOut: true };
    assert.equal(codeOf(decideApproval({ ...facts, closure: again })), 'reactivated-meanwhile');
    const running = { closureId: 7, isCarriedOut: false };
    assert.equal(codeOf(decideApproval({ ...facts, closure: running })), 'still-closing');
    for (const walletMicros of [0n, -3_000_000n])
      assert.equal(
        codeOf(decideApproval({ ...facts, owed: { walletMicros, unclaimedMicros: 0n } })),
        'nothing-to-refund',
      );
  });
});

describe('splitting', () => {
  const payments = [
    { paymentId: 3, refundableMicros: 50_000_000n },
    { paymentId: 2, refundableMicros: 0n },
    { paymentId: 1, refundableMicros: 20_000_000n },
  ];
  test('the newest first, never more than is left of each, the rest by hand; or all by hand', () => {
    const split = (micros: bigint, way?: 'payments' | 'by-hand') =>
      splitRefund(micros, payments, way).map((each) => [each.paymentId, each.amountMicros]);
    assert.deepEqual(split(49_990_000n), [[3, 49_990_000n]]);
    assert.deepEqual(split(50_000_000n), [[3, 50_000_000n]]);
    assert.deepEqual(split(60_000_000n), [
      [3, 50_000_000n],
      [1, 10_000_000n],
    ]);
    assert.deepEqual(split(90_010_000n), [
      [3, 50_000_000n],
      [1, 20_000_000n],
      [null, 20_010_000n],
    ]);
    assert.deepEqual(split(60_000_000n, 'by-hand'), [[null, 60_000_000n]]);
    assert.deepEqual(splitRefund(0n, payments), []);
  });
});

test('the state of a refund follows from its parts', () => {
  const approved = { approvedAt: closedAt, declinedAt: null };
  const paid = part({ paidAt: closedAt, attempts: 1 });
  const byHand = part({ paymentId: null });
  for (const [parts, state] of [
    [[part(), byHand], 'approved'],
    [[part({ attempts: 1 }), byHand], 'paying'],
    [[paid, byHand], 'paying'],
    [[paid, part({ paymentId: null, paidAt: closedAt })], 'paid'],
    [[paid, part({ attempts: 3, failedAt: closedAt })], 'failed'],
    [[part({ failedAt: closedAt, isReplaced: true }), paid], 'paid'],
    [[part({ failedAt: closedAt, isReplaced: true }), part()], 'approved'],
    [[{ ...paid, failedAt: closedAt }], 'failed'],
  ] as const)
    assert.equal(refundStateOf(approved, parts), state, JSON.stringify(parts));
  assert.equal(refundStateOf({ approvedAt: null, declinedAt: null }, []), 'requested');
  assert.equal(refundStateOf({ approvedAt: null, declinedAt: closedAt }, []), 'declined');
});

test('what may still arrive is neither marked as paid nor ordered a second time', () => {
  const all = {
    waiting: part(),
    sending: part({ attempts: 2 }),
    paid: part({ paidAt: closedAt }),
    failed: part({ failedAt: closedAt }),
    replaced: part({ failedAt: closedAt, isReplaced: true }),
    'by hand': part({ paymentId: null }),
  };
  for (const [state, facts] of Object.entries(all)) {
    assert.equal(partStateOf(facts), state);
    assert.equal(decideMarking(facts).ok, state === 'by hand', state);
    assert.equal(decideReplacing({ ...facts, amountMicros: 10_000n }, 10_000n).ok, state === 'failed', state);
  }
  const failed = { ...all.failed, amountMicros: 20_000n };
  assert.equal(codeOf(decideReplacing(failed, 10_000n)), 'more-than-payment');
  assert.equal(codeOf(decideReplacing(failed, null)), 'yes');
});

test('a payee has a name of bearable length; pauses grow, and the provider may ask for more', () => {
  for (const [payee, ok] of [
    ['', false],
    ['Anchor Plumbing LLC, IBAN …6789', true],
    ['x'.repeat(200), true],
    ['x'.repeat(201), false],
  ] as const)
    assert.equal(decidePayee(payee).ok, ok);
  assert.deepEqual(
    [1, 2, 5, 11, 12, 40].map((attempts) => pauseSeconds(attempts, null)),
    [2, 4, 32, 2048, 3600, 3600],
  );
  assert.equal(pauseSeconds(1, 90), 90);
});
