import { findSourceNamed, recordSource } from '../../numbers/store.ts';
import type { Tx } from '../../platform/db.ts';
import { type Actor, type Doors, perform } from '../../platform/operation.ts';
import { type Decision, Refused } from '../../rules/decision.ts';
import { placeOf } from '../../rules/presets.ts';
import { sayTooManySources } from '../../rules/sourceNames.ts';
import { mustBeSource } from './mustBeSource.ts';
import { arrangeSources, findSources, type SourceWish, setPosition } from './store.ts';

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
  mustBeSource(wish, await findSourceNamed(tx, accountId, wish.name), true);
  const others = await findSources(tx, accountId);
  const tooMany = sayTooManySources(others.length);
  if (tooMany) throw new Refused({ code: 'invalid-input', fields: { name: tooMany } });
  const { position, ...source } = wish;
  const trackingSourceId = await recordSource(tx, accountId, source, now);
  if (position !== null) await setPosition(tx, accountId, trackingSourceId, position);
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
