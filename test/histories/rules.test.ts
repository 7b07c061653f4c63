import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { monthAtReturn, nextPeriod, rateCall } from '../../src/rules/charging.ts';
import { decideClosing, decideReactivation, type OpenClosure } from '../../src/rules/closing.ts';
import { decideRelease, decideRestore, decideReuse, isReturnDue, type OpenRelease } from '../../src/rules/numbers.ts';
import { decideRoute } from '../../src/rules/routing.ts';
import { standingOf } from '../../src/rules/standing.ts';
import { addMonths } from '../../src/rules/time.ts';
import { planOf } from '../plans.ts';
import { history, type Step, seed } from './history.ts';

/*
 * Ten thousand random lives of an account against the rules alone. The rules decide; the oracle at the end knows
 * nothing of them: it reads the log of what happened, with its own arithmetic.
 */

const day = 86_400_000;
const zone = 'America/New_York';
const plan = planOf({ monthlyFeeMicros: 79_000_000n });
const monthlyPriceMicros = 2_500_000n;

interface OneNumber {
  id: number;
  boughtAt: Date;
  anchor: Date;
  paidUntil: Date;
  routing: string;
  release: OpenRelease | null;
  returnedAt: Date | null;
}

type Happening =
  | { what: 'closed' | 'reactivated'; at: Date }
  | { what: 'bought' | 'released' | 'restored' | 'returned'; number: number; at: Date; because?: 'closure' | 'asked' }
  | { what: 'charged'; for: 'subscription' | 'call' | number; at: Date }
  | { what: 'rang'; number: number; at: Date; connected: boolean };

function live(steps: readonly Step[]): { log: Happening[]; numbers: OneNumber[] } {
  let now = new Date('2027-01-31T12:00:00.000Z');
  let closure: OpenClosure | null = null;
  let closures: { closedAt: Date }[] = [];
  let paidUntil = addMonths(now, 1, zone);
  let anchor = now;
  const numbers: OneNumber[] = [];
  const log: Happening[] = [{ what: 'charged', for: 'subscription', at: now }];
  const standing = () => standingOf({ closure, noFundsFrom: null, switches: [] }, now);
  const factsOf = (number: OneNumber) => ({ ...number, monthlyPriceMicros });
  const at = (picked: number): OneNumber | undefined => numbers[picked % Math.max(1, numbers.length)];

  for (const step of steps) {
    switch (step.do) {
      case 'wait':
        now = new Date(now.getTime() + step.ms);
        break;
      case 'buy': {
        if (standing() !== 'open') break;
        const id = numbers.length;
        const bought = {
          id,
          boughtAt: now,
          anchor: now,
          paidUntil: addMonths(now, 1, zone),
          routing: `to ${id}`,
          release: null,
          returnedAt: null,
        };
        numbers.push(bought);
        log.push({ what: 'bought', number: id, at: now }, { what: 'charged', for: id, at: now });
        break;
      }
      case 'close': {
        if (standing() === 'purged') break;
        const decision = decideClosing(closure, now);
        if (!decision.ok) break;
        closure = { closedAt: now, ...decision.value };
        closures = [...closures, closure];
        log.push({ what: 'closed', at: now });
        for (const number of numbers.filter((each) => !each.release)) {
          number.release = { releasedAt: now, restorableUntil: closure.numbersRestorableUntil, returnOrderedAt: null };
          log.push({ what: 'released', number: number.id, at: now, because: 'closure' });
        }
        break;
      }
      case 'reactivate': {
        if (!decideReactivation(closure, now).ok) break;
        closure = null;
        log.push({ what: 'reactivated', at: now });
        const subscription = { planCode: plan.planCode, anchor, paidUntil, timeZone: zone, endedAt: null };
        const month = monthAtReturn(subscription, [plan], now);
        if (!month) break;
        log.push({ what: 'charged', for: 'subscription', at: month.from });
        paidUntil = month.until;
        anchor = month.from;
        break;
      }
      case 'release': {
        const number = at(step.pick);
        if (!number || standing() !== 'open') break;
        const decision = decideRelease(factsOf(number), now);
        if (!decision.ok) break;
        number.release = { releasedAt: now, restorableUntil: decision.value.restorableUntil, returnOrderedAt: null };
        log.push({ what: 'released', number: number.id, at: now, because: 'asked' });
        break;
      }
      case 'restore': {
        const number = at(step.pick);
        if (!number || standing() !== 'open') break;
        const decision = decideRestore(factsOf(number), zone, now);
        if (!decision.ok) break;
        number.release = null;
        log.push({ what: 'restored', number: number.id, at: now });
        if (decision.value.priceMicros > 0n) {
          log.push({ what: 'charged', for: number.id, at: now });
          number.anchor = now;
        }
        number.paidUntil = decision.value.paidUntil;
        break;
      }
      case 'call': {
        const number = at(step.pick);
        if (!number || number.returnedAt) break;
        const route = decideRoute({
          standing: standing(),
          released: number.release !== null,
          receivingNumber: number.routing,
          refusalMessage: '',
        });
        log.push({ what: 'rang', number: number.id, at: now, connected: route.kind === 'forward' });
        if (route.kind !== 'forward') break;
        const state = {
          status: 'answered',
          answeredAt: now,
          endedAt: null,
          durationSeconds: null,
          ringSeconds: null,
          talkSeconds: step.minutes * 60,
        } as const;
        const charge = rateCall(state, null);
        if (charge) log.push({ what: 'charged', for: 'call', at: charge.at });
        break;
      }
      case 'sweep':
        while (paidUntil <= now && !(closure && closure.closedAt <= paidUntil)) {
          log.push({ what: 'charged', for: 'subscription', at: paidUntil });
          paidUntil = nextPeriod(anchor, paidUntil, zone).until;
        }
        for (const number of numbers) {
          const over = (moment: Date) =>
            (closure && closure.closedAt <= moment) || (number.release && number.release.releasedAt <= moment);
          while (number.paidUntil <= now && !over(number.paidUntil)) {
            log.push({ what: 'charged', for: number.id, at: number.paidUntil });
            number.paidUntil = nextPeriod(number.anchor, number.paidUntil, zone).until;
          }
          if (!number.release || !isReturnDue(number.release, now)) continue;
          number.release.returnOrderedAt = now;
          number.returnedAt = now;
          log.push({ what: 'returned', number: number.id, at: now });
        }
        break;
    }
  }
  return { log, numbers };
}

/** The oracle: reads the log with nothing but dates and plain arithmetic. */
function check(log: readonly Happening[]): void {
  const closed: { from: number; until: number }[] = [];
  const numbers = new Map<number, { releasedAt: number | null; returnedAt: number | null }>();
  for (const each of log) {
    const at = each.at.getTime();
    switch (each.what) {
      case 'closed':
        assert.ok(
          closed.every((one) => one.until <= at),
          'closed once at a time',
        );
        closed.push({ from: at, until: Number.POSITIVE_INFINITY });
        break;
      case 'reactivated': {
        const open = closed.at(-1)!;
        assert.ok(at - open.from < 60 * day, 'reactivated inside the 60 days');
        open.until = at;
        break;
      }
      case 'bought':
        numbers.set(each.number, { releasedAt: null, returnedAt: null });
        break;
      case 'released':
        assert.equal(numbers.get(each.number)!.releasedAt, null, 'released once at a time');
        numbers.get(each.number)!.releasedAt = at;
        break;
      case 'restored': {
        const number = numbers.get(each.number)!;
        assert.ok(
          number.releasedAt !== null && at - number.releasedAt < 14 * day,
          'restored inside the 14 days of its own release',
        );
        assert.equal(number.returnedAt, null, 'never restored after its return');
        number.releasedAt = null;
        break;
      }
      case 'returned': {
        const number = numbers.get(each.number)!;
        assert.ok(number.releasedAt !== null, 'returned only after a release that somebody asked for');
        assert.ok(at - number.releasedAt >= 14 * day, 'returned not before the hold ended');
        number.returnedAt = at;
        assert.equal(decideReuse('+1', { returnedAt: each.at }, new Date(at + 45 * day - 1)).ok, false);
        break;
      }
      case 'rang': {
        const number = numbers.get(each.number)!;
        const isClosed = closed.some((one) => one.from <= at && at < one.until);
        assert.equal(
          each.connected,
          !isClosed && number.releasedAt === null,
          'rings for an open account that has it, and nobody else',
        );
        break;
      }
      case 'charged':
        assert.ok(!closed.some((one) => one.from <= at && at < one.until), `charged for ${each.for} inside a closure`);
        break;
    }
  }
}

test(`10,000 random lives against the rules (seed ${seed})`, () => {
  fc.assert(
    fc.property(history(60), (steps) => check(live(steps).log)),
    { numRuns: 10_000, seed },
  );
});

test('close, reactivate, restore all: the state before, but for the declared list', () => {
  const declared = ['release', 'paidUntil', 'anchor'];
  fc.assert(
    fc.property(history(20), fc.integer({ min: 0, max: 14 * day - 1 }), (before, away) => {
      const prior = live(before);
      const all = prior.numbers.map((_, pick): Step => ({ do: 'restore', pick }));
      const back = live([...before, { do: 'close' }, { do: 'wait', ms: away }, { do: 'reactivate' }, ...all]);
      const kept = (number: OneNumber) => Object.entries(number).filter(([field]) => !declared.includes(field));
      assert.deepEqual(back.numbers.map(kept), prior.numbers.map(kept));
      const wasOpen =
        prior.log.filter((each) => each.what === 'closed' || each.what === 'reactivated').at(-1)?.what !== 'closed';
      for (const [index, number] of prior.numbers.entries()) {
        if (wasOpen && !number.release)
          assert.equal(back.numbers[index]!.release, null, 'every number that was in use is in use again');
      }
    }),
    { numRuns: 2_000, seed },
  );
});
