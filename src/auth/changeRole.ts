import { endMemberships, recordMembership } from '../accounts/store.ts';
import { type Actor, type Deed, type Doors, houseId, perform } from '../platform/operation.ts';
import { type Decision, must, Refused } from '../rules/decision.ts';
import { decideRemoval, decideRoleChange } from '../rules/people.ts';
import type { Role } from '../rules/permission.ts';
import { findPlace } from './findPlace.ts';
import { endStaff, recordStaff } from './store.ts';

/** Gives somebody another role here, instead of those they had. */
export async function changeRole(
  doors: Doors,
  actor: Actor,
  ownerId: number,
  wanted: { personId: string; role: Role },
  key: string,
): Promise<Decision<true>> {
  const action = ownerId === houseId ? 'manage-staff' : 'manage-users';
  return perform(doors, { action, actor, ownerId, key, input: wanted }, async (deed) => {
    const { tx, now, by, roles, note } = deed;
    const { personId, role } = wanted;
    const place = await findPlace(tx, ownerId, now);
    if (!place) throw new Refused({ code: 'not-found' });
    must(decideRoleChange(place.kind, roles, place.members, personId, role));
    const before = place.members.filter((each) => each.personId === personId);
    const isOwner = before.some((each) => each.isOwner);
    await endRoles(deed, ownerId, personId);
    if (ownerId === houseId) await recordStaff(tx, personId, role, now);
    else await recordMembership(tx, { personId, ownerId, role, grantedAt: now, grantedBy: by, isOwner });
    note({ personId, from: before.map((each) => each.role), to: role });
    return true;
  });
}

/** Takes every role here from somebody. They keep their sign-in, and what they are elsewhere. */
export async function removePerson(
  doors: Doors,
  actor: Actor,
  ownerId: number,
  personId: string,
  key: string,
): Promise<Decision<true>> {
  const action = ownerId === houseId ? 'manage-staff' : 'remove-user';
  return perform(doors, { action, actor, ownerId, key, input: { personId } }, async (deed) => {
    const place = await findPlace(deed.tx, ownerId, deed.now);
    if (!place) throw new Refused({ code: 'not-found' });
    must(decideRemoval(place.kind, deed.roles, place.members, personId));
    await endRoles(deed, ownerId, personId);
    deed.note({ personId });
    return true;
  });
}

const endRoles = ({ tx }: Deed, ownerId: number, personId: string): Promise<void> =>
  ownerId === houseId ? endStaff(tx, personId) : endMemberships(tx, ownerId, personId);
