import { type Actor, type Doors, perform } from '../../platform/operation.ts';
import { type Decision, Refused } from '../../rules/decision.ts';
import { mustFit, nameLengthMax } from '../../rules/lengths.ts';
import { nameTarget } from './store.ts';

/** Changes what a target number is called. */
export async function renameTarget(
  doors: Doors,
  actor: Actor,
  accountId: number,
  targetNumberId: number,
  name: string | null,
  key: string,
): Promise<Decision<true>> {
  const input = { targetNumberId, name };
  return perform(doors, { action: 'edit-sources', actor, ownerId: accountId, key, input }, async ({ tx, note }) => {
    mustFit({ name }, nameLengthMax);
    if ((await nameTarget(tx, accountId, targetNumberId, name)) === 0) throw new Refused({ code: 'not-found' });
    note(input);
    return true;
  });
}
