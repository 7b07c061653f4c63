import { type Actor, type Doors, perform } from '../../platform/operation.ts';
import { type Decision, Refused } from '../../rules/decision.ts';
import { type Preset, placeOf, presets } from '../../rules/presets.ts';
import { hasRules } from '../../rules/sources.ts';
import { keepRules } from './addSource.ts';
import { arrangeSources, findSources, type SourceWish, type TrackingSource, updateSource } from './store.ts';

/** What adding a preset comes to, given the sources that are there. */
export type PresetState = 'missing' | 'there' | 'name only';

export function stateOfPreset(preset: Preset, sources: readonly TrackingSource[]): PresetState {
  const same = sources.find((each) => each.name.toLowerCase() === preset.name.toLowerCase());
  if (!same) return 'missing';
  return hasRules(same) ? 'there' : 'name only';
}

/** Adds presets; a source of such a name that is only a name yet gets the preset's rules. Answers with how many there were. */
export async function addPresets(
  doors: Doors,
  actor: Actor,
  accountId: number,
  codes: readonly string[],
  key: string,
): Promise<Decision<number>> {
  const order = { action: 'edit-sources', actor, ownerId: accountId, key, input: { presets: codes } } as const;
  return perform(doors, order, async ({ tx, now, note }) => {
    const wanted = presets.filter((each) => codes.includes(each.code));
    if (wanted.length === 0)
      throw new Refused({ code: 'invalid-input', fields: { presets: 'Choose at least one preset.' } });
    const added: string[] = [];
    for (const preset of wanted) {
      const sources = await findSources(tx, accountId);
      const state = stateOfPreset(preset, sources);
      if (state === 'there') continue;
      const wish: SourceWish = {
        ...preset.rules,
        name: preset.name,
        description: null,
        isOnsite: true,
        isLastTouch: false,
        position: null,
      };
      if (state === 'missing') await keepRules(tx, accountId, wish, now);
      else {
        const named = sources.find((each) => each.name.toLowerCase() === preset.name.toLowerCase())!;
        const others = sources.filter((each) => each !== named);
        await updateSource(tx, accountId, named.trackingSourceId, {
          ...wish,
          name: named.name,
          description: named.description,
          isLastTouch: named.isLastTouch,
        });
        const ids = others.map((each) => each.trackingSourceId);
        await arrangeSources(tx, accountId, ids.toSpliced(placeOf(wish, others), 0, named.trackingSourceId));
      }
      added.push(preset.name);
    }
    note({ presets: added });
    return added.length;
  });
}
