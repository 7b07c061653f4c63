import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measure, published, type Scenario } from './matchingScenario.ts';

const say = (value: number): string => `${(value * 100).toFixed(1)} %`;

/** What chance alone makes of a few thousand calls. */
const luck = 0.025;

/** Plays the published scenario and its variants with these choices; registers tests. */
export function checkScenario(seed: number, calls = 3_000): void {
  const share = (other: Partial<Scenario>) => {
    const measured = measure({ ...published, calls, ...other }, seed);
    return { right: measured.right / measured.calls, bound: measured.bound / measured.calls };
  };

  for (const pressShare of [0, 0.6])
    test(`who dials with the page before them is found in 95 % of cases; ${pressShare * 100} % press the link`, () => {
      const { right, bound } = share({ pressShare });
      assert.ok(right >= 0.95, `${say(right)}, where ${say(bound)} can be reached`);
    });

  for (const early of ['from the open page', 'open or not'] as const)
    for (const late of ['opens the site again', 'dials from memory'] as const)
      test(`no rule does better: ${early}, ${late}`, () => {
        const { right, bound } = share({ early, late });
        assert.ok(right >= bound - luck, `${say(right)}, where ${say(bound)} can be reached`);
      });

  test('pressed links make it no worse', () => {
    const other = { early: 'open or not' } as const;
    const [without, withPresses] = [share(other), share({ ...other, pressShare: 0.6 })];
    assert.ok(withPresses.right >= without.right - luck, `${say(withPresses.right)}, without ${say(without.right)}`);
  });
}
