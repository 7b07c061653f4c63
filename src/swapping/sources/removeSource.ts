import { type Actor, type Doors, perform } from '../../platform/operation.ts';
import { type Decision, Refused } from '../../rules/decision.ts';
import { findSource, recordRemoved } from './store.ts';

/** Removes a source. Calls and visits keep it in their history; its numbers stand for none until they are given another. */
export async function removeSource(
  doors: Doors,
  actor: Actor,
  accountId: number,
  trackingSourceId: number,
  key: string,
): Promise<Decision<true>> {
  const input = { trackingSourceId, remove: true };
  return perform(
    doors,
    { action: 'edit-sources', actor, ownerId: accountId, key, input },
    async ({ tx, now, note }) => {
      const source = await findSource(tx, accountId, trackingSourceId);
      if (!source) throw new Refused({ code: 'not-found' });
      const numbers = await recordRemoved(tx, accountId, trackingSourceId, now);
      note({ removed: source.name, numbers });
      return true;
    },
  );
}
