import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type CallEvent, foldCall } from './calls.ts';

const calledAt = new Date('2027-03-03T12:00:00.400Z');
const at = (seconds: number) => new Date(Date.parse('2027-03-03T12:00:00Z') + seconds * 1000);
const leg = (
  sequenceNumber: number,
  status: CallEvent['status'],
  seconds: number,
  durationSeconds: number | null = null,
): CallEvent => ({
  leg: 'receiver',
  sequenceNumber,
  status,
  at: at(seconds),
  durationSeconds,
});

const answered: CallEvent[] = [
  leg(0, 'initiated', 0),
  leg(1, 'ringing', 1),
  leg(2, 'in-progress', 6),
  leg(3, 'completed', 96, 90),
  { leg: 'receiver', sequenceNumber: 1_000_000, status: 'completed', at: at(97), durationSeconds: 90 },
  { leg: 'caller', sequenceNumber: 0, status: 'completed', at: at(97), durationSeconds: 97 },
];

test('an answered call', () => {
  assert.deepEqual(foldCall(calledAt, false, answered), {
    status: 'answered',
    answeredAt: at(6),
    endedAt: at(97),
    durationSeconds: 97,
    ringSeconds: 6,
    talkSeconds: 90,
  });
});

test('events in any order and repeated give the same call', () => {
  const expected = foldCall(calledAt, false, answered);
  fc.assert(
    fc.property(fc.shuffledSubarray([...answered, ...answered], { minLength: 12 }), (events) => {
      assert.deepEqual(foldCall(calledAt, false, events), expected);
    }),
    { numRuns: 500 },
  );
});

test('as it goes on, a call rings, talks and ends, and never goes back', () => {
  const order = ['ringing', 'in-progress', 'answered'];
  let reached = 0;
  for (let known = 0; known <= answered.length; known += 1) {
    const { status } = foldCall(calledAt, false, answered.slice(0, known));
    assert.ok(order.indexOf(status) >= reached, `${status} after ${known} events`);
    reached = order.indexOf(status);
  }
  assert.equal(reached, 2);
});

test('busy, unanswered, failed, and a caller who hangs up while it rings', () => {
  const end = (status: CallEvent['status']) =>
    foldCall(calledAt, false, [leg(0, 'initiated', 0), leg(1, status, 20, 0)]);
  assert.equal(end('busy').status, 'busy');
  assert.equal(end('no-answer').status, 'no-answer');
  assert.equal(end('failed').status, 'failed');
  assert.equal(end('canceled').status, 'no-answer');
  assert.equal(end('no-answer').talkSeconds, 0);
  const hungUp = foldCall(calledAt, false, [
    { leg: 'caller', sequenceNumber: 0, status: 'completed', at: at(8), durationSeconds: 8 },
  ]);
  assert.equal(hungUp.status, 'no-answer');
});

test('a lost answer is read back from the end; nothing is answered before it arrived', () => {
  const lost = foldCall(calledAt, false, [leg(3, 'completed', 96, 90)]);
  assert.equal(lost.answeredAt?.toISOString(), at(6).toISOString());
  const early = foldCall(calledAt, false, [leg(2, 'in-progress', 0), leg(3, 'completed', 5, 5)]);
  assert.equal(early.answeredAt?.toISOString(), calledAt.toISOString());
});

test('a refused call stays refused', () => {
  const refused = foldCall(calledAt, true, [
    { leg: 'caller', sequenceNumber: 0, status: 'completed', at: at(4), durationSeconds: 4 },
  ]);
  assert.equal(refused.status, 'refused');
  assert.equal(refused.durationSeconds, 4);
});
