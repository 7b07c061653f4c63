import type { House } from '../platform/house.ts';
import { type Actor, houseId, perform } from '../platform/operation.ts';
import { type Decision, Refused } from '../rules/decision.ts';
import { hastenCommand } from './store.ts';

/** Lets a waiting carrier command be sent at once: the operator's answer to a carrier that is up again. */
export async function retryCommand(
  house: House,
  actor: Actor,
  commandId: number,
  key: string,
): Promise<Decision<true>> {
  return perform(
    house,
    { action: 'retry-carrier-command', actor, ownerId: houseId, key, input: { commandId } },
    async ({ tx, now, note }) => {
      if ((await hastenCommand(tx, commandId, now)) === 0) throw new Refused({ code: 'not-found' });
      await house.jobs.wake(tx, 'carrier-commands');
      note({ commandId });
      return true;
    },
  );
}
