import { type Actor, type Doors, perform } from '../../platform/operation.ts';
import { type Decision, Refused } from '../../rules/decision.ts';
import { recordTargetRemoved } from './store.ts';

/** Removes a target number: the website keeps it as it stands. */
export async function removeTarget(
  doors: Doors,
  actor: Actor,
  accountId: number,
  targetNumberId: number,
  key: string,
): Promise<Decision<true>> {
  const input = { targetNumberId, remove: true };
  return perform(
    doors,
    { action: 'edit-sources', actor, ownerId: accountId, key, input },
    async ({ tx, now, note }) => {
      const phoneNumber = await recordTargetRemoved(tx, accountId, targetNumberId, now);
      if (phoneNumber === null) throw new Refused({ code: 'not-found' });
      note({ removedTarget: phoneNumber });
      return true;
    },
  );
}
