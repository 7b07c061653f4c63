import { type Actor, type Doors, perform } from '../../platform/operation.ts';
import { type Decision, Refused } from '../../rules/decision.ts';
import { mustBeSource } from './mustBeSource.ts';
import { findSourcesEver, type SourceWish, setPosition, updateSource } from './store.ts';

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
    const ever = await findSourcesEver(tx, accountId);
    const source = ever.find((each) => each.trackingSourceId === trackingSourceId && each.removedAt === null);
    if (!source) throw new Refused({ code: 'not-found' });
    mustBeSource(
      wish,
      ever.filter((each) => each !== source),
      false,
    );
    await updateSource(tx, accountId, trackingSourceId, wish);
    if (wish.position !== null) await setPosition(tx, accountId, trackingSourceId, wish.position);
    note({ trackingSourceId, edited: wish.name });
    return true;
  });
}
