import { moveOwnership } from '../accounts/store.ts';
import type { House } from '../platform/house.ts';
import { type Actor, perform } from '../platform/operation.ts';
import { type Decision, must, Refused } from '../rules/decision.ts';
import { decideOwnerChange } from '../rules/people.ts';
import { findPlace } from './findPlace.ts';
import { mailNewOwner } from './mails.ts';
import { findPerson } from './store.ts';

/** Makes another person the owner of an account or agency: the one the platform turns to, who can't be removed. */
export async function changeOwner(
  house: House,
  actor: Actor,
  ownerId: number,
  personId: string,
  key: string,
): Promise<Decision<true>> {
  return perform(house, { action: 'change-owner', actor, ownerId, key, input: { personId } }, async (deed) => {
    const { tx, now, by, roles: held } = deed;
    const place = await findPlace(tx, ownerId, now);
    if (!place || place.kind === 'house') throw new Refused({ code: 'not-found' });
    must(decideOwnerChange(place.kind, { personId: by, held }, place.members, personId));
    const next = place.members.find((each) => each.personId === personId)!;
    const before = place.members.find((each) => each.isOwner);
    await moveOwnership(tx, ownerId, personId, place.kind === 'agency' ? 'agency-administrator' : 'administrator');
    const byName = (await findPerson(tx, by))?.name ?? 'Somebody';
    const change = { placeName: place.name, ownerName: next.name, byName };
    for (const told of [next, before])
      if (told && told.personId !== by) await mailNewOwner(house, tx, told, change, now);
    deed.note({ from: before?.personId ?? null, to: personId });
    return true;
  });
}
