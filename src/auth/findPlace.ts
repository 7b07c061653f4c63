import { findAccount, findMembers, findRoles, type NamedMember } from '../accounts/store.ts';
import { findAgency } from '../agencies/store.ts';
import type { Db, Tx } from '../platform/db.ts';
import { houseId } from '../platform/operation.ts';
import type { OwnerKind } from '../rules/people.ts';
import type { Role } from '../rules/permission.ts';
import type { Standing } from '../rules/standing.ts';
import { findStaff } from './store.ts';

/** Where people have roles: an account, an agency, or the house itself. */
export interface PeoplePlace {
  kind: OwnerKind;
  name: string;
  standing: Standing;
  members: NamedMember[];
}

/** An owner's people; null when there is no such owner. */
export async function findPlace(db: Db | Tx, ownerId: number, now: Date): Promise<PeoplePlace | null> {
  if (ownerId === houseId) return { kind: 'house', name: 'the staff', standing: 'open', members: await findStaff(db) };
  const account = await findAccount(db, ownerId, now);
  const agency = account ? null : await findAgency(db, ownerId, now);
  if (!account && !agency) return null;
  const members = await findMembers(db, ownerId);
  const { name, standing } = (account ?? agency)!;
  return { kind: account ? 'account' : 'agency', name, standing, members };
}

/** What a person is there now, the agency's roles included. */
export async function findRolesAt(tx: Tx, personId: string, ownerId: number, now: Date): Promise<readonly Role[]> {
  if (ownerId === houseId)
    return (await findStaff(tx)).filter((each) => each.personId === personId).map((each) => each.role);
  const account = await findAccount(tx, ownerId, now);
  return findRoles(tx, personId, { accountId: ownerId, agencyId: account?.agencyId ?? null });
}
