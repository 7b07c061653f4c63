import type { Tx } from '../platform/db.ts';
import { Refused } from '../rules/decision.ts';
import { type NamedSource, sayNameTrouble, sayTooManySources } from '../rules/sourceNames.ts';
import { noRules } from '../rules/sources.ts';
import { findNamedSources, findSourceNamed, recordSource, setSourceOfNumber } from './store.ts';

/** What a number shall stand for: one of the account's sources, or the one of a name, made if need be. */
export type SourceChoice = { trackingSourceId: number } | { name: string };

/** What a choice came to, so that whoever made it can be told. */
export type ChosenSource = {
  name: string | null;
  /** Whether the choice made it: as a new one, or by bringing back the removed one of that name. */
  made: 'new' | 'back' | null;
  /** The source whose pool the number left. */
  leftPoolOf: string | null;
};

/** Lets a number stand for what was chosen; null: for nothing. */
export async function chooseSource(
  tx: Tx,
  accountId: number,
  trackingNumberId: number,
  choice: SourceChoice | null,
  now: Date,
): Promise<ChosenSource> {
  const source =
    choice &&
    ('name' in choice
      ? await keepSource(tx, accountId, choice.name, now)
      : await mustBeThere(tx, accountId, choice.trackingSourceId));
  const leftPoolOf = await setSourceOfNumber(tx, accountId, trackingNumberId, source?.trackingSourceId ?? null);
  return { name: source?.name ?? null, made: source?.made ?? null, leftPoolOf };
}

type Source = Pick<NamedSource, 'trackingSourceId' | 'name'> & Pick<ChosenSource, 'made'>;

/** The form offers the sources; one that is none of them was made up or has gone since. */
async function mustBeThere(tx: Tx, accountId: number, trackingSourceId: number): Promise<Source> {
  const source = (await findNamedSources(tx, accountId)).find((each) => each.trackingSourceId === trackingSourceId);
  if (!source) throw new Refused({ code: 'invalid-input', fields: { sourceId: 'Choose one of the sources.' } });
  return { ...source, made: null };
}

/** The account's source of that name, made if need be: tried last, and without rules a mere name. */
async function keepSource(tx: Tx, accountId: number, name: string, now: Date): Promise<Source> {
  const same = await findSourceNamed(tx, accountId, name);
  if (same && !same.removedAt) return { ...same, made: null };
  const count = (await findNamedSources(tx, accountId)).length;
  const trouble = sayNameTrouble(name, same, true) ?? sayTooManySources(count);
  if (trouble) throw new Refused({ code: 'invalid-input', fields: { sourceName: trouble } });
  const source = { ...noRules, name, description: null, isOnsite: false, isLastTouch: false };
  const trackingSourceId = await recordSource(tx, accountId, source, now);
  return { trackingSourceId, name, made: same ? 'back' : 'new' };
}
