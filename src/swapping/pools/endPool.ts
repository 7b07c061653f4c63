import { type Actor, type Doors, perform } from '../../platform/operation.ts';
import { type Decision, Refused } from '../../rules/decision.ts';
import { findSource } from '../sources/store.ts';
import { recordPoolEnded } from './store.ts';

/** Ends a pool: every visitor of the source is shown the same number again. */
export async function endPool(
  doors: Doors,
  actor: Actor,
  accountId: number,
  trackingSourceId: number,
  key: string,
): Promise<Decision<true>> {
  const input = { trackingSourceId, endPool: true };
  return perform(doors, { action: 'edit-sources', actor, ownerId: accountId, key, input }, async ({ tx, note }) => {
    const source = await findSource(tx, accountId, trackingSourceId);
    if (!source || (await recordPoolEnded(tx, accountId, trackingSourceId)) === 0)
      throw new Refused({ code: 'not-found' });
    note({ endedPoolOf: source.name });
    return true;
  });
}
