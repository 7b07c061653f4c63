import { type Actor, type Doors, perform } from '../platform/operation.ts';
import { type Decision, Refused } from '../rules/decision.ts';
import { removeSeenSite } from './store.ts';

/** Takes a host off the list of those where the script was seen. It is on it again when the script is loaded there once more. */
export async function removeSite(
  doors: Doors,
  actor: Actor,
  accountId: number,
  host: string,
  key: string,
): Promise<Decision<true>> {
  const order = { action: 'set-tracking-code', actor, ownerId: accountId, key, input: { removeSite: host } } as const;
  return perform(doors, order, async ({ tx, note }) => {
    if ((await removeSeenSite(tx, accountId, host)) === 0) throw new Refused({ code: 'not-found' });
    note({ removedSite: host });
    return true;
  });
}
