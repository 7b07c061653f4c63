import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  decideAmount,
  decideRecharge,
  decideRemoval,
  decideThreshold,
  type RechargeFacts,
  roundAfter,
} from './payments.ts';

const now = new Date('2027-03-03T12:00:00Z');
const hours = (count: number) => new Date(now.getTime() + count * 3_600_000);

test('amounts: just before, at and just after the limits, and never a part of a cent', () => {
  const fits = (micros: bigint) => decideAmount(micros, 'amount').ok;
  assert.deepEqual([9_990_000n, 10_000_000n, 10_000_000_000n, 10_000_010_000n].map(fits), [false, true, true, false]);
  assert.deepEqual([0n, -50_000_000n, 10_000_001n, 10_005_000n].map(fits), [false, false, false, false]);
  const threshold = (micros: bigint) => decideThreshold(micros, 'threshold').ok;
  assert.deepEqual([-10_000n, 0n, 5_000_000_000n, 5_000_010_000n].map(threshold), [false, true, true, false]);
});

test('a card that is needed stays', () => {
  const code = (card: Parameters<typeof decideRemoval>[0]) => {
    const decision = decideRemoval(card);
    return decision.ok ? 'ok' : decision.refusal.code;
  };
  assert.equal(code({ isLast: true, isRechargeOn: true, isPaying: false }), 'recharge-needs-card');
  assert.equal(code({ isLast: false, isRechargeOn: true, isPaying: false }), 'ok');
  assert.equal(code({ isLast: true, isRechargeOn: false, isPaying: false }), 'ok');
  assert.equal(code({ isLast: false, isRechargeOn: false, isPaying: true }), 'payment-under-way');
});

describe('auto-recharge', () => {
  const facts: RechargeFacts = {
    isOn: true,
    isClosed: false,
    isPaymentUnderWay: false,
    availableMicros: 19_999_999n,
    thresholdMicros: 20_000_000n,
    cardIds: [5, 3, 9],
    triedCardIds: [],
    roundsFailed: 0,
    nextRoundAt: null,
  };
  const decide = (over: Partial<RechargeFacts>) => decideRecharge({ ...facts, ...over }, now);

  test('below the threshold the first card is charged, then its backups in order', () => {
    assert.deepEqual(decide({}), { kind: 'charge', cardId: 5 });
    assert.deepEqual(decide({ triedCardIds: [5] }), { kind: 'charge', cardId: 3 });
    assert.deepEqual(decide({ triedCardIds: [3, 5] }), { kind: 'charge', cardId: 9 });
    assert.deepEqual(decide({ triedCardIds: [3, 5, 9] }), { kind: 'round-failed', nextRoundAt: hours(1) });
    assert.deepEqual(decide({ cardIds: [] }), { kind: 'round-failed', nextRoundAt: hours(1) });
  });

  test('at the threshold, off, closed, paying, or waiting: nothing', () => {
    for (const over of [
      { availableMicros: 20_000_000n },
      { isOn: false },
      { isClosed: true },
      { isPaymentUnderWay: true },
      { nextRoundAt: new Date(now.getTime() + 1) },
    ])
      assert.deepEqual(decide(over), { kind: 'nothing' }, JSON.stringify(Object.keys(over)));
    assert.deepEqual(decide({ nextRoundAt: now }), { kind: 'charge', cardId: 5 });
  });

  test('rounds that fail come ever more rarely', () => {
    assert.deepEqual(
      [0, 1, 2, 3, 4, 50].map((failed) => roundAfter(failed, now)),
      [1, 6, 24, 72, 72, 72].map(hours),
    );
  });
});
