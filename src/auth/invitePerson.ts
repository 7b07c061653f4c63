import type { House } from '../platform/house.ts';
import { type Actor, houseId, perform } from '../platform/operation.ts';
import { type Decision, must, Refused } from '../rules/decision.ts';
import { decideGrant, invitationDays, invitationsPerDay } from '../rules/people.ts';
import { type Role, roleNames } from '../rules/permission.ts';
import { addDays } from '../rules/time.ts';
import { findPlace } from './findPlace.ts';
import { mailInvitation } from './mails.ts';
import { isEmail } from './person.ts';
import { countInvitations, findPerson, recordInvitation, withdrawInvitations } from './store.ts';
import { hashToken, newToken } from './tokens.ts';

export interface Invited {
  email: string;
  /** Null, from the operator only: to open an account of one's own. */
  role: Role | null;
}

/**
 * Invites somebody by mail to a role in an account, an agency or the staff. An invitation that still waited for the same
 * address is replaced, so the newest link is the one that works. Answers with the invitation's id.
 */
export async function invitePerson(
  house: House,
  actor: Actor,
  ownerId: number,
  invited: Invited,
  key: string,
): Promise<Decision<number>> {
  const email = invited.email.toLowerCase();
  const { role } = invited;
  const action = ownerId === houseId ? 'manage-staff' : 'manage-users';
  return perform(house, { action, actor, ownerId, key, input: { email, role } }, async (deed) => {
    const { tx, now, by, roles } = deed;
    const place = await findPlace(tx, ownerId, now);
    if (!place) throw new Refused({ code: 'not-found' });
    if (!isEmail(email))
      throw new Refused({
        code: 'invalid-input',
        fields: { email: 'Give an e-mail address, such as pat@example.com.' },
      });
    if (role !== null) must(decideGrant(place.kind, roles, role));
    else if (place.kind !== 'house') throw new Refused({ code: 'invalid-input', fields: { role: 'Choose a role.' } });
    if (role !== null && place.members.some((each) => each.email === email))
      throw new Refused({ code: 'already-member', email });

    const sent = await countInvitations(tx, ownerId, email, addDays(now, -1));
    if (sent.fromOnePlace >= invitationsPerDay.fromOnePlace || sent.toOneAddress >= invitationsPerDay.toOneAddress)
      throw new Refused({ code: 'too-many-invitations' });
    await withdrawInvitations(tx, ownerId, { email }, now);
    const token = newToken();
    const expiresAt = addDays(now, invitationDays);
    const invitation = { ownerId, email, role, tokenHash: hashToken(token), invitedBy: by, invitedAt: now, expiresAt };
    const invitationId = await recordInvitation(tx, invitation);
    const inviterName = (await findPerson(tx, by))?.name ?? 'Somebody';
    const roleName = role && roleNames[role];
    await mailInvitation(house, tx, { email, token, inviterName, roleName, placeName: place.name }, now);
    deed.note({ email, role });
    return invitationId;
  });
}
