import { lockOwner } from '../accounts/findAuthority.ts';
import { recordMembership } from '../accounts/store.ts';
import { readClock } from '../platform/clock.ts';
import type { Tx } from '../platform/db.ts';
import { type Actor, type Deed, type Doors, houseId, perform } from '../platform/operation.ts';
import { type Decision, no, Refused } from '../rules/decision.ts';
import { decideGrant } from '../rules/people.ts';
import { fitsStanding, type Role } from '../rules/permission.ts';
import { findPlace, findRolesAt } from './findPlace.ts';
import { findPersonMistakes } from './person.ts';
import * as store from './store.ts';
import { hashToken } from './tokens.ts';

/** Somebody who accepts: a person who is signed in, or a newcomer who chooses a name and a password. */
export type Acceptor = { personId: string } | { personName: string; password: string };

/** Takes the role of an invitation, once. The link came by mail, so the address is confirmed. Answers with the owner's id. */
export async function acceptInvitation(
  doors: Doors,
  token: string,
  acceptor: Acceptor,
  key: string,
): Promise<Decision<number>> {
  const tokenHash = hashToken(token);
  const invitation = await store.findInvitationByToken(doors.db, tokenHash, await readClock(doors.db));
  if (!invitation?.role) return no({ code: 'invitation-over' });
  const { ownerId } = invitation;
  const isNew = !('personId' in acceptor);
  const passwordHash = isNew ? await store.hashPassword(acceptor.password) : '';
  const actor: Actor = isNew ? { kind: 'newcomer' } : { kind: 'person', personId: acceptor.personId };
  const input = { tokenHash, personName: isNew ? acceptor.personName : null };
  return perform(doors, { action: 'accept-invitation', actor, ownerId, key, input }, async (deed) => {
    const { tx, now } = deed;
    // The owner before the invitation, as whoever invites and withdraws.
    if (!(await lockOwner(tx, ownerId))) throw new Refused({ code: 'invitation-over' });
    const open = await store.findInvitationByToken(tx, tokenHash, now, true);
    if (!open?.role) throw new Refused({ code: 'invitation-over' });
    const { email, invitationId, invitedBy, role } = open;
    const personId = isNew
      ? await makePerson(tx, { ...acceptor, email, passwordHash }, now)
      : await mustBeInvited(tx, acceptor.personId, email);
    deed.becomes(personId);
    await store.confirmEmail(tx, personId, now);
    await join(deed, ownerId, { personId, role, invitedBy, email });
    await store.acceptInvitation(tx, invitationId, personId, now);
    deed.note({ email, role });
    return ownerId;
  });
}

async function makePerson(
  tx: Tx,
  person: { personName: string; email: string; password: string; passwordHash: string },
  now: Date,
): Promise<string> {
  const fields = findPersonMistakes(person);
  if (Object.keys(fields).length > 0) throw new Refused({ code: 'invalid-input', fields });
  const { personName: name, email, passwordHash } = person;
  return store.recordPerson(tx, { name, email, passwordHash }, now);
}

async function mustBeInvited(tx: Tx, personId: string, email: string): Promise<string> {
  const person = await store.findPerson(tx, personId);
  if (person?.email !== email) throw new Refused({ code: 'invitation-for-another', email });
  return personId;
}

/** Under the owner's lock everything is looked at again: that it is open, and that the inviter may still give this role. */
async function join(
  { tx, now }: Deed,
  ownerId: number,
  { personId, role, invitedBy, email }: { personId: string; role: Role; invitedBy: string; email: string },
): Promise<void> {
  const place = await findPlace(tx, ownerId, now);
  if (!place) throw new Refused({ code: 'invitation-over' });
  if (!fitsStanding('leave', place.standing)) throw new Refused({ code: 'account-canceled', does: 'join it' });
  if (!decideGrant(place.kind, await findRolesAt(tx, invitedBy, ownerId, now), role).ok)
    throw new Refused({ code: 'invitation-over' });
  if (place.members.some((each) => each.personId === personId)) throw new Refused({ code: 'already-member', email });
  if (ownerId === houseId) await store.recordStaff(tx, personId, role, now);
  else await recordMembership(tx, { personId, ownerId, role, grantedAt: now, grantedBy: invitedBy });
}
