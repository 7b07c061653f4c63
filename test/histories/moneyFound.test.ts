import { before, describe, test } from 'node:test';
import type { MoneyLife, MoneyStep } from './moneyHistory.ts';
import { type Lane, openLane, playLife } from './moneyPlay.ts';

/* Lives in which something was once charged wrongly, as short as they could be made. */

const day = 86_400_000;
let lane: Lane;
before(async () => {
  lane = await openLane();
});

const live = (kind: MoneyLife['kind'], chapters: MoneyStep[][], plan = 0): Promise<void> =>
  playLife(lane, {
    kind,
    zone: 'America/New_York',
    otherZone: 'Europe/Berlin',
    plan,
    units: 10_000,
    start: 'anywhere',
    timeOfDayMs: 12 * 3_600_000,
    chapters,
  });
const wait = (days: number): MoneyStep => ({ do: 'wait', ms: days * day });
const canceled: MoneyStep[] = [{ do: 'cancel agency' }, { do: 'sweep', how: 'closures' }];
const selfPaying = 2;
const essentials = 3;

describe('what random lives found', () => {
  test('a sub-account that pays for itself begins a month when it comes back with its agency', () =>
    live('agency', [
      canceled,
      [wait(45), { do: 'bring agency back', withAccounts: true, withNumbers: false }, wait(40)],
    ]));

  test('a sub-account that pays for itself goes on with its plan when it comes back alone', () =>
    live('agency', [
      canceled,
      [wait(45), { do: 'bring back alone', place: selfPaying, withNumbers: false }, wait(40)],
    ]));

  test('a restored number whose month costs nothing begins a month all the same', () =>
    live('standalone', [
      [wait(25), { do: 'release', pick: 0 }, wait(10)],
      [
        { do: 'change prices', place: 0, percent: 0, inMs: 0 },
        { do: 'restore', pick: 0 },
      ],
      [{ do: 'change prices', place: 0, percent: 100, inMs: day }, wait(40)],
    ]));

  test('a number’s months that are charged late cost what the plan did when each began', () =>
    live('standalone', [[wait(45), { do: 'change plan', place: 0, plan: 1 }, wait(45)]]));

  test('minutes that were used in a month that nobody has charged yet count at its closing', () =>
    live(
      'standalone',
      [
        [wait(32), { do: 'ring', pick: 0 }, wait(1), { do: 'hang up', pick: 0, seconds: 12_000 }],
        [{ do: 'close', place: 0 }],
      ],
      essentials,
    ));
});
