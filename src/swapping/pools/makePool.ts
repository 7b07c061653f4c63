import { type Actor, type Doors, perform } from '../../platform/operation.ts';
import { type Decision, Refused } from '../../rules/decision.ts';
import { isLookedFor } from '../../rules/sources.ts';
import { findSource } from '../sources/store.ts';
import { recordPool } from './store.ts';

/** Shares a source's numbers out visitor by visitor from now on. */
export async function makePool(
  doors: Doors,
  actor: Actor,
  accountId: number,
  trackingSourceId: number,
  key: string,
): Promise<Decision<true>> {
  const input = { trackingSourceId, makePool: true };
  return perform(
    doors,
    { action: 'edit-sources', actor, ownerId: accountId, key, input },
    async ({ tx, now, note }) => {
      const source = await findSource(tx, accountId, trackingSourceId);
      if (!source) throw new Refused({ code: 'not-found' });
      if (!isLookedFor(source)) {
        const reason = source.isOnsite ? 'it has no rules yet' : 'it is offsite';
        const sourceId = `${source.name} is never looked for on the website: ${reason}. Change that under Tracking Sources first.`;
        throw new Refused({ code: 'invalid-input', fields: { sourceId } });
      }
      await recordPool(tx, accountId, trackingSourceId, now);
      note({ poolOf: source.name });
      return true;
    },
  );
}
