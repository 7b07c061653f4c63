import { type Actor, type Doors, houseId, perform } from '../platform/operation.ts';
import { type Decision, Refused } from '../rules/decision.ts';
import { withdrawInvitations } from './store.ts';

/** Takes an invitation back: its link stops working. */
export async function withdrawInvitation(
  doors: Doors,
  actor: Actor,
  ownerId: number,
  invitationId: number,
  key: string,
): Promise<Decision<true>> {
  const action = ownerId === houseId ? 'manage-staff' : 'remove-user';
  return perform(doors, { action, actor, ownerId, key, input: { invitationId } }, async ({ tx, now, note }) => {
    if ((await withdrawInvitations(tx, ownerId, { invitationId }, now)) === 0)
      throw new Refused({ code: 'invitation-over' });
    note({ invitationId });
    return true;
  });
}
