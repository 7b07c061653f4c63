import { type Actor, type Doors, houseId, perform } from '../../platform/operation.ts';
import { type Decision, Refused } from '../../rules/decision.ts';
import type { Prices } from '../../rules/plans.ts';
import { findVersions, recordPrices } from './store.ts';

export interface NewPrices extends Omit<Prices, 'version' | 'effectiveFrom'> {
  /** Null for as soon as may be. */
  effectiveFrom: Date | null;
}

const minuteMs = 60_000;

/**
 * Sets the prices of a plan from a moment on. Months that run keep theirs. The earliest moment is the next full minute: whatever is
 * under way now finds the prices that it was shown. Answers with that moment.
 */
export async function setPrices(
  doors: Doors,
  actor: Actor,
  planCode: string,
  { effectiveFrom, ...prices }: NewPrices,
  key: string,
): Promise<Decision<string>> {
  const amounts = Object.fromEntries(Object.entries(prices).map(([name, value]) => [name, String(value)]));
  const input = { planCode, effectiveFrom, ...amounts };
  return perform(
    doors,
    { action: 'set-prices', actor, ownerId: houseId, key, input },
    async ({ tx, now, by, note }) => {
      if ((await findVersions(tx, planCode)).length === 0) throw new Refused({ code: 'not-found' });
      const soonest = new Date((Math.floor(now.getTime() / minuteMs) + 1) * minuteMs);
      const from = effectiveFrom ?? soonest;
      if (from < soonest)
        throw new Refused({
          code: 'invalid-input',
          fields: { effectiveFrom: 'Choose a moment that is still to come, or leave it empty.' },
        });
      const set = { setAt: now, setBy: by };
      if (!(await recordPrices(tx, planCode, { ...prices, effectiveFrom: from }, set)))
        throw new Refused({ code: 'price-version-taken', at: from });
      note(input);
      return from.toISOString();
    },
  );
}
