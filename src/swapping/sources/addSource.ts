import type { Tx } from '../../platform/db.ts';
import { type Actor, type Doors, perform } from '../../platform/operation.ts';
import { type Decision, Refused } from '../../rules/decision.ts';
import { placeOf } from '../../rules/presets.ts';
import { sourcesMax } from '../../rules/sources.ts';
import { mustBeSource } from './mustBeSource.ts';
import { arrangeSources, findSourcesEver, recordSource, type SourceWish, setPosition } from './store.ts';

/** Adds a tracking source, or brings back the removed one of that name with these rules. Answers with its id. */
export async function addSource(
  doors: Doors,
  actor: Actor,
  accountId: number,
  wish: SourceWish,
  key: string,
): Promise<Decision<number>> {
  const order = { action: 'edit-sources', actor, ownerId: accountId, key, input: { add: wish } } as const;
  return perform(doors, order, async ({ tx, now, note }) => {
    const trackingSourceId = await keepRules(tx, accountId, wish, now);
    note({ added: wish.name, trackingSourceId });
    return trackingSourceId;
  });
}

/** Where no position is asked for, the source comes where its rules fit among the others. */
export async function keepRules(tx: Tx, accountId: number, wish: SourceWish, now: Date): Promise<number> {
  const ever = await findSourcesEver(tx, accountId);
  mustBeSource(wish, ever, true);
  const others = ever.filter((each) => each.removedAt === null);
  if (others.length >= sourcesMax) {
    const name = `An account has at most ${sourcesMax} sources. Remove one that is no longer used first.`;
    throw new Refused({ code: 'invalid-input', fields: { name } });
  }
  const trackingSourceId = await recordSource(tx, accountId, wish, now);
  if (wish.position !== null) await setPosition(tx, accountId, trackingSourceId, wish.position);
  else {
    const ids = others.map((each) => each.trackingSourceId);
    await arrangeSources(
      tx,
      accountId,
      ids.toSpliced(wish.isOnsite ? placeOf(wish, others) : ids.length, 0, trackingSourceId),
    );
  }
  return trackingSourceId;
}
