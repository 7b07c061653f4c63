import fc from 'fast-check';
import { testCards } from '../../src/platform/payments/simulated/cards.ts';
import type { SwitchKind } from '../../src/rules/standing.ts';
import { pick, wait } from './history.ts';

/** One thing that happens in a random life that costs money. Places (accounts, agency) and numbers are picked by index. */
export type MoneyStep =
  | { do: 'wait'; ms: number }
  /** To the end of a month that was paid, or a little before or after it. */
  | { do: 'wait for the next month'; pick: number; offMs: number }
  /** The worker's look, whole or in part, or two workers at once. */
  | { do: 'sweep'; how: 'whole' | 'twice at once' | 'subscriptions' | 'numbers' | 'settle' | 'closures' }
  | { do: 'top up'; place: number; units: number }
  | { do: 'buy'; place: number; kind: 'local' | 'tollfree' }
  | { do: 'release' | 'restore'; pick: number }
  /** A call is answered, and ends by a later step: its talk took so long, if that much time has passed. */
  | { do: 'ring'; pick: number }
  | { do: 'hang up'; pick: number; seconds: number }
  | { do: 'turn' | 'resume'; place: number; kind: SwitchKind }
  | { do: 'close'; place: number }
  | { do: 'reactivate'; place: number; withNumbers: boolean }
  | { do: 'cancel agency' }
  | { do: 'bring agency back'; withAccounts: boolean; withNumbers: boolean }
  | { do: 'bring back alone'; place: number; withNumbers: boolean }
  | { do: 'change plan'; place: number; plan: number }
  /** The other payer is offered, by either side. */
  | { do: 'offer payer'; place: number; plan: number; byAccount: boolean }
  | { do: 'answer offer'; place: number; isAccepted: boolean }
  | { do: 'give card'; place: number; card: string; isFirst: boolean }
  | { do: 'remove card'; place: number; pick: number }
  | { do: 'set auto-recharge'; place: number; isOn: boolean; thresholdUnits: number; units: number }
  | { do: 'ask refund'; place: number }
  | { do: 'decide refund'; place: number; isApproved: boolean }
  | { do: 'pay refund'; place: number }
  /** The operator's new prices of one of the life's plans, from now or from a later moment on. */
  | { do: 'change prices'; place: number; percent: number; inMs: number };

export interface MoneyLife {
  kind: 'standalone' | 'agency';
  zone: string;
  otherZone: string;
  plan: number;
  /** What is paid in at the beginning. */
  units: number;
  start: 'anywhere' | 'the end of a long month' | 'a leap day' | 'a month before a clock change';
  /** The time of day of the start, as the wall clock shows it. */
  timeOfDayMs: number;
  chapters: MoneyStep[][];
}

const hour = 3_600_000;
const day = 24 * hour;
const all = <Do extends string>(...names: Do[]) => fc.constantFrom(...names);
const place = fc.nat({ max: 3 });

const anyWait: fc.Arbitrary<MoneyStep> = fc.oneof(
  { weight: 3, arbitrary: wait.map((ms) => ({ do: 'wait' as const, ms })) },
  // Nobody looked for months.
  { weight: 2, arbitrary: fc.integer({ min: 28 * day, max: 160 * day }).map((ms) => ({ do: 'wait' as const, ms })) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: all('wait for the next month'),
      pick,
      offMs: fc.constantFrom(0, -1, 1, -hour, hour, -day, day),
    }),
  },
);
/** Inside a window of so many days, most of the time. */
const waitAbout = (days: number): fc.Arbitrary<MoneyStep> =>
  fc.integer({ min: 1, max: (days + 1) * day }).map((ms) => ({ do: 'wait', ms }));
const sweep: fc.Arbitrary<MoneyStep> = fc.record({
  do: all('sweep'),
  how: all('whole', 'whole', 'twice at once', 'subscriptions', 'numbers', 'settle', 'closures'),
});
const maybe = (step: fc.Arbitrary<MoneyStep>): fc.Arbitrary<MoneyStep[]> => fc.array(step, { maxLength: 1 });
const only = (step: fc.Arbitrary<MoneyStep>): fc.Arbitrary<MoneyStep[]> => step.map((each) => [each]);
const then = (...parts: fc.Arbitrary<MoneyStep[]>[]): fc.Arbitrary<MoneyStep[]> =>
  fc.tuple(...parts).map((steps) => steps.flat());

const ring = fc.record({ do: all('ring'), pick });
const hangUp = fc.record({
  do: all('hang up'),
  pick,
  seconds: fc.oneof(fc.integer({ min: 0, max: 4 * 3600 }), fc.constantFrom(0, 1, 59, 60, 61, 40 * 86_400)),
});
const fixed = (...steps: MoneyStep[]): fc.Arbitrary<MoneyStep[]> => fc.constant(steps);
const close = (at: number): MoneyStep => ({ do: 'close', place: at });
const cancel: MoneyStep = { do: 'cancel agency' };
const lookAround: MoneyStep = { do: 'sweep', how: 'whole' };
const carryOut: MoneyStep = { do: 'sweep', how: 'closures' };

const offer: fc.Arbitrary<MoneyStep> = fc.record({
  do: all('offer payer'),
  place,
  plan: fc.nat({ max: 4 }),
  byAccount: fc.boolean(),
});
const answer = (at: number): fc.Arbitrary<MoneyStep> =>
  fc.record({ do: all('answer offer'), place: fc.constant(at), isAccepted: fc.constantFrom(true, true, true, false) });
const giveCard = (at: fc.Arbitrary<number>): fc.Arbitrary<MoneyStep> =>
  fc.record({
    do: all('give card'),
    place: at,
    card: fc.constantFrom(...Object.keys(testCards)),
    isFirst: fc.constantFrom(true, true, false),
  });
const setRecharge = (at: fc.Arbitrary<number>): fc.Arbitrary<MoneyStep> =>
  fc.record({
    do: all('set auto-recharge'),
    place: at,
    isOn: fc.constantFrom(true, true, true, true, false),
    thresholdUnits: fc.constantFrom(0, 100, 1_000, 5_000, 5_000),
    units: fc.integer({ min: 10, max: 1_000 }),
  });

/** Steps that go together: left to chance alone they would hardly ever meet. */
const chapter: fc.Arbitrary<MoneyStep[]> = fc.oneof(
  { weight: 6, arbitrary: only(anyWait) },
  { weight: 4, arbitrary: only(sweep) },
  { weight: 2, arbitrary: only(fc.record({ do: all('buy'), place, kind: all('local', 'local', 'tollfree') })) },
  { weight: 1, arbitrary: only(fc.record({ do: all('top up'), place, units: fc.integer({ min: 10, max: 500 }) })) },
  {
    weight: 1,
    arbitrary: only(fc.record({ do: all('turn', 'turn', 'resume'), place, kind: all<SwitchKind>('pause', 'stop') })),
  },
  {
    weight: 3,
    arbitrary: only(
      fc.record({
        do: all('change prices'),
        place,
        percent: fc.constantFrom(0, 50, 90, 110, 200),
        inMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 45 * day })),
      }),
    ),
  },
  { weight: 4, arbitrary: only(fc.record({ do: all('change plan'), place, plan: fc.nat({ max: 4 }) })) },
  { weight: 4, arbitrary: then(only(ring), maybe(anyWait), only(hangUp)) },
  {
    weight: 5,
    arbitrary: place
      .map(fc.constant)
      .chain((at) =>
        then(
          only(giveCard(at)),
          maybe(giveCard(at)),
          only(setRecharge(at)),
          maybe(fc.constant(lookAround)),
          maybe(anyWait),
          maybe(giveCard(at)),
          maybe(fc.constant(lookAround)),
          maybe(at.map(close)),
        ),
      ),
  },
  { weight: 1, arbitrary: only(fc.record({ do: all('remove card'), place, pick })) },
  {
    weight: 6,
    arbitrary: offer.chain((offered) =>
      then(
        maybe(ring),
        fixed(offered),
        maybe(waitAbout(14)),
        only(answer('place' in offered ? offered.place : 0)),
        maybe(hangUp),
      ),
    ),
  },
  { weight: 1, arbitrary: then(only(ring), only(place.map(close)), maybe(anyWait), only(hangUp)) },
  { weight: 1, arbitrary: only(place.map(close)) },
  {
    weight: 4,
    arbitrary: fc
      .record({ at: place, withNumbers: fc.boolean() })
      .chain(({ at, withNumbers }) =>
        then(fixed(close(at)), only(waitAbout(60)), maybe(sweep), fixed({ do: 'reactivate', place: at, withNumbers })),
      ),
  },
  {
    weight: 4,
    arbitrary: pick.chain((at) =>
      then(fixed({ do: 'release', pick: at }), only(waitAbout(14)), maybe(sweep), fixed({ do: 'restore', pick: at })),
    ),
  },
  {
    weight: 2,
    arbitrary: then(
      fixed(cancel, carryOut),
      only(waitAbout(60)),
      only(
        fc.oneof(
          fc.record({ do: all('bring agency back'), withAccounts: fc.boolean(), withNumbers: fc.boolean() }),
          fc.record({ do: all('bring back alone'), place, withNumbers: fc.boolean() }),
        ),
      ),
    ),
  },
  { weight: 1, arbitrary: fixed(cancel) },
  {
    weight: 3,
    arbitrary: fc
      .record({ at: place, isApproved: fc.boolean() })
      .chain(({ at, isApproved }) =>
        then(
          fc.constantFrom([close(at)], [cancel, carryOut]),
          maybe(waitAbout(100)),
          fixed({ do: 'ask refund', place: at }),
          maybe(waitAbout(100)),
          maybe(sweep),
          fixed({ do: 'decide refund', place: at, isApproved }),
          maybe(fc.constant<MoneyStep>({ do: 'pay refund', place: at })),
        ),
      ),
  },
);

/** Zones whose clocks turn by an hour, by half an hour, on different dates, or never, on both sides of the date line. */
const zone = fc.constantFrom(
  'America/New_York',
  'Europe/Berlin',
  'Australia/Lord_Howe',
  'Pacific/Auckland',
  'Asia/Kolkata',
  'UTC',
);

export const moneyLife = (chaptersMax: number): fc.Arbitrary<MoneyLife> =>
  fc.record({
    kind: fc.constantFrom('standalone', 'agency'),
    zone,
    otherZone: zone,
    plan: fc.nat({ max: 4 }),
    units: fc.constantFrom(10_000, 4_000, 300),
    start: fc.constantFrom(
      'anywhere',
      'the end of a long month',
      'the end of a long month',
      'a leap day',
      'a month before a clock change',
    ),
    timeOfDayMs: fc.oneof(fc.integer({ min: 0, max: day - 1 }), fc.constantFrom(0, 2.5 * hour, day - 1)),
    chapters: fc.array(chapter, { minLength: 2, maxLength: chaptersMax, size: 'max' }),
  });
