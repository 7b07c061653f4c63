import { findSourceNamed } from '../../numbers/store.ts';
import { type Actor, type Doors, perform } from '../../platform/operation.ts';
import { type Decision, Refused } from '../../rules/decision.ts';
import { mustBeSource } from './mustBeSource.ts';
import { findSource, type SourceWish, setPosition, updateSource } from './store.ts';

/** Changes a source's name and rules. Reaches visitors within a minute. */
export async function editSource(
  doors: Doors,
  actor: Actor,
  accountId: number,
  trackingSourceId: number,
  wish: SourceWish,
  key: string,
): Promise<Decision<true>> {
  const input = { trackingSourceId, edit: wish };
  return perform(doors, { action: 'edit-sources', actor, ownerId: accountId, key, input }, async ({ tx, note }) => {
    if (!(await findSource(tx, accountId, trackingSourceId))) throw new Refused({ code: 'not-found' });
    mustBeSource(wish, await findSourceNamed(tx, accountId, wish.name, trackingSourceId), false);
    await updateSource(tx, accountId, trackingSourceId, wish);
    if (wish.position !== null) await setPosition(tx, accountId, trackingSourceId, wish.position);
    note({ trackingSourceId, edited: wish.name });
    return true;
  });
}
