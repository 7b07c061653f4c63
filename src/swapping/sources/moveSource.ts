import { type Actor, type Doors, perform } from '../../platform/operation.ts';
import { type Decision, Refused } from '../../rules/decision.ts';
import { arrangeSources, findSources } from './store.ts';

/** Lets a source be tried one place earlier or later; at the end of the list nothing changes. */
export async function moveSource(
  doors: Doors,
  actor: Actor,
  accountId: number,
  trackingSourceId: number,
  way: 'up' | 'down',
  key: string,
): Promise<Decision<true>> {
  const input = { trackingSourceId, move: way };
  return perform(doors, { action: 'edit-sources', actor, ownerId: accountId, key, input }, async ({ tx, note }) => {
    const sources = await findSources(tx, accountId);
    const from = sources.findIndex((each) => each.trackingSourceId === trackingSourceId);
    if (from < 0) throw new Refused({ code: 'not-found' });
    const ids = sources.map((each) => each.trackingSourceId);
    const to = Math.max(0, Math.min(ids.length - 1, from + (way === 'up' ? -1 : 1)));
    await arrangeSources(tx, accountId, ids.toSpliced(from, 1).toSpliced(to, 0, trackingSourceId));
    note({ moved: sources[from]!.name, way });
    return true;
  });
}
