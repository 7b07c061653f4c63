import { type Actor, type Doors, perform } from '../platform/operation.ts';
import { type Decision, Refused } from '../rules/decision.ts';
import { blankCaller, findCall } from './store.ts';

/**
 * Forgets who called: number and place are blanked in every call of that number, and no visit is named for them any more. When it
 * rang, how long they talked and what it cost stay. The journal says that it was done, and not whom.
 */
export async function eraseCaller(
  doors: Doors,
  actor: Actor,
  accountId: number,
  callId: number,
  key: string,
): Promise<Decision<number>> {
  const order = { action: 'erase-person', actor, ownerId: accountId, key, input: { callId } } as const;
  return perform(doors, order, async ({ tx, now, note }) => {
    const call = await findCall(tx, accountId, callId);
    if (!call) throw new Refused({ code: 'not-found' });
    if (!call.callerNumber) throw new Refused({ code: 'no-caller-to-erase' });
    const calls = await blankCaller(tx, accountId, call.callerNumber, now);
    note({ erased: 'caller', calls });
    return calls;
  });
}
