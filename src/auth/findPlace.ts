import { findAccount, findMembers, type NamedMember } from '../accounts/store.ts';
import { findAgency } from '../agencies/store.ts';
import type { Db, Tx } from '../platform/db.ts';
import { houseId } from '../platform/operation.ts';
import type { OwnerKind } from '../rules/people.ts';
import { findStaff } from './store.ts';

/** Where people have roles: an account, an agency, or the house itself. */
export interface PeoplePlace {
  kind: OwnerKind;
  name: string;
  members: NamedMember[];
}

/** An owner's people; null when there is no such owner. */
export async function findPlace(db: Db | Tx, ownerId: number, now: Date): Promise<PeoplePlace | null> {
  if (ownerId === houseId) return { kind: 'house', name: 'the staff', members: await findStaff(db) };
  const account = await findAccount(db, ownerId, now);
  const agency = account ? null : await findAgency(db, ownerId);
  if (!account && !agency) return null;
  const members = await findMembers(db, ownerId);
  return { kind: account ? 'account' : 'agency', name: (account ?? agency)!.name, members };
}
