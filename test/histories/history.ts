import fc from 'fast-check';

/** One thing that happens in a random life of an account. Numbers are picked by index, whatever there is then. */
export type Step =
  | { do: 'buy' }
  | { do: 'close' }
  | { do: 'reactivate' }
  | { do: 'release'; pick: number }
  | { do: 'restore'; pick: number }
  | { do: 'call'; pick: number; minutes: number }
  | { do: 'wait'; ms: number }
  | { do: 'sweep' };

const hour = 3_600_000;
const day = 24 * hour;

/** Waits that end near a deadline are the interesting ones: 14, 45 and 60 days, a month, and a millisecond around each. */
export const wait = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 20 * day }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      14 * day,
      14 * day - 1,
      14 * day + 1,
      31 * day,
      45 * day,
      60 * day,
      60 * day - 1,
      7 * day,
      1,
    ),
  },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 5 * hour }) },
);
export const pick = fc.nat({ max: 5 });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Step>({ do: 'buy' }) },
  { weight: 2, arbitrary: fc.constant<Step>({ do: 'close' }) },
  { weight: 3, arbitrary: fc.constant<Step>({ do: 'reactivate' }) },
  { weight: 2, arbitrary: pick.map<Step>((at) => ({ do: 'release', pick: at })) },
  { weight: 4, arbitrary: pick.map<Step>((at) => ({ do: 'restore', pick: at })) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('call' as const), pick, minutes: fc.integer({ min: 1, max: 90 }) }),
  },
  { weight: 5, arbitrary: wait.map<Step>((ms) => ({ do: 'wait', ms })) },
  { weight: 4, arbitrary: fc.constant<Step>({ do: 'sweep' }) },
);

export const history = (lengthMax: number): fc.Arbitrary<Step[]> =>
  fc.array(step, { minLength: 3, maxLength: lengthMax });

/** The seed of this run, printed by the runner and set with SEED. */
export const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);

/** A run of hours says now and then how far it is, so that one that is ended early still proved something. */
export function sayLives(lives: number, count: number, of: number): void {
  if (count >= 1_000 && lives % 250 === 0) console.log(`${lives} of ${count} lives played (seed ${of})`);
}
