import assert from 'node:assert/strict';
import fc from 'fast-check';
import { agencyHistory } from './agencyHistory.ts';
import { seed } from './history.ts';
import { agency, type Happening, liveAgency } from './liveAgency.ts';

/* Knows none of the rules: reads what happened to an agency with nothing but dates and plain arithmetic. */

const day = 86_400_000;

interface Span {
  from: number;
  until: number;
}

/** Lets so many agencies live by the rules alone. */
export function checkLives(count: number): void {
  fc.assert(
    fc.property(agencyHistory(60, true), (steps) => check(liveAgency(steps))),
    { numRuns: count, seed },
  );
}

function check(log: readonly Happening[]): void {
  const closed = new Map<number, Span[]>([[agency, []]]);
  const stopped = new Set<number>();
  const demoted = new Set<number>();
  const numbers = new Map<number, { account: number; releasedAt: number | null; isReturned: boolean }>();
  let micros = 0n;
  let usedUpSince: number | null = null;
  let canceledAt = Number.POSITIVE_INFINITY;
  const isInside = (account: number, at: number) =>
    at >= canceledAt || closed.get(account)!.some((span) => span.from <= at && at < span.until);

  for (const each of log) {
    const at = each.at.getTime();
    const { account } = each;
    if ('by' in each && each.by === 'client')
      assert.ok(!demoted.has(account), `${each.what} by somebody whose role was taken away`);
    switch (each.what) {
      case 'opened':
        assert.ok(at < canceledAt, 'a canceled agency opens nothing');
        closed.set(account, []);
        break;
      case 'demoted':
        demoted.add(account);
        break;
      case 'promoted':
        demoted.delete(account);
        break;
      case 'closed': {
        const asOf = each.asOf.getTime();
        const isOwn = asOf !== canceledAt;
        const spans = closed.get(account)!;
        assert.ok(!spans.some((span) => span.until === Number.POSITIVE_INFINITY), 'closed once at a time');
        assert.ok(account === agency || !isOwn || at < canceledAt, 'nothing closes inside a canceled agency');
        if (isOwn) assert.equal(asOf, at, 'closed at the moment it was asked for');
        assert.equal(each.until.getTime(), asOf + 60 * day, 'an own clock, from its own closing');
        if (account === agency) canceledAt = at;
        spans.push({ from: asOf, until: Number.POSITIVE_INFINITY });
        break;
      }
      case 'reactivated': {
        const open = closed.get(account)!.at(-1)!;
        assert.equal(canceledAt, Number.POSITIVE_INFINITY, 'under a canceled agency nothing comes back');
        assert.ok(at - open.from < 60 * day, 'reactivated inside its own 60 days');
        open.until = at;
        break;
      }
      case 'turned':
      case 'resumed':
        assert.ok(!isInside(account, at), 'switches of a closed account stay as they are');
        if (each.kind === 'stop') stopped[each.what === 'turned' ? 'add' : 'delete'](account);
        break;
      case 'bought':
        assert.ok(!isInside(account, at) && micros >= 2_500_000n, 'bought by whoever is open and can pay');
        assert.ok(usedUpSince === null, 'and owes nothing');
        numbers.set(each.number, { account, releasedAt: null, isReturned: false });
        break;
      case 'released':
        assert.equal(numbers.get(each.number)!.releasedAt, null, 'released once at a time');
        numbers.get(each.number)!.releasedAt = each.asOf.getTime();
        break;
      case 'restored': {
        const number = numbers.get(each.number)!;
        assert.ok(!isInside(account, at), 'nothing comes back into a closure');
        assert.ok(number.releasedAt !== null && at - number.releasedAt < 14 * day, 'inside its own 14 days');
        assert.ok(!number.isReturned, 'never after its return');
        number.releasedAt = null;
        break;
      }
      case 'returned': {
        const number = numbers.get(each.number)!;
        assert.ok(number.releasedAt !== null, 'returned only after a release');
        assert.ok(at - number.releasedAt >= 14 * day, 'not before its hold ended');
        assert.ok(!number.isReturned, 'returned once');
        number.isReturned = true;
        break;
      }
      case 'rang': {
        const { releasedAt } = numbers.get(each.number)!;
        const hasFunds: boolean = usedUpSince === null || at - usedUpSince < 15 * day;
        const connects: boolean = !isInside(account, at) && releasedAt === null && !stopped.has(account) && hasFunds;
        assert.equal(each.connected, connects, 'rings for an account that is open, not stopped, and has funds');
        break;
      }
      case 'paid':
        micros += each.micros;
        if (micros > 0n) usedUpSince = null;
        break;
      case 'charged':
        assert.ok(!isInside(account, at), `account ${account} is charged inside a closure`);
        micros -= each.micros;
        if (micros <= 0n) usedUpSince ??= each.seenAt.getTime();
    }
  }
}
