import { sql } from 'kysely';
import { findAgency, lockAgency } from '../agencies/store.ts';
import { readClock } from '../platform/clock.ts';
import type { Db, Tx } from '../platform/db.ts';
import { type Authority, type FindAuthority, houseId } from '../platform/operation.ts';
import type { Role } from '../rules/permission.ts';
import type { Standing } from '../rules/standing.ts';
import { type Account, findAccount, findRoles, lockAccount } from './store.ts';

/**
 * What a person is to an owner: their roles there and the standing of the account. Null for a stranger, so that the
 * edge answers 404 and not even a name leaks. The house itself (owner 0) is its staff's.
 */
export const findAuthority: FindAuthority = async (tx, actor, ownerId, lock) => {
  if (actor.kind !== 'person') return null;
  if (ownerId === houseId) {
    if (lock) await lockHouse(tx);
    return findStaffAuthority(tx, actor.personId);
  }
  const locked = lock ? await lockAccount(tx, ownerId) : true;
  const account = locked ? await findAccount(tx, ownerId, await readClock(tx)) : null;
  if (account) return ofAccount(tx, actor.personId, account);
  if (lock && !(await lockAgency(tx, ownerId))) return null;
  const agency = await findAgency(tx, ownerId, await readClock(tx));
  if (!agency) return null;
  const own = await findAgencyRoles(tx, actor.personId, ownerId);
  return withStaff(tx, actor.personId, own, agency.standing);
};

/**
 * Staff are somebody to every account, for the few deeds that are theirs (the permission table gives them no other). No
 * page opens for that: see `enterAccount`.
 */
async function ofAccount(tx: Tx, personId: string, account: Account): Promise<Authority | null> {
  return withStaff(tx, personId, await findRoles(tx, personId, account), account.standing);
}

async function withStaff(tx: Tx, personId: string, own: Role[], standing: Standing): Promise<Authority | null> {
  const staff = (await findStaffAuthority(tx, personId))?.roles ?? [];
  return own.length + staff.length > 0 ? { roles: [...own, ...staff], standing } : null;
}

async function findAgencyRoles(db: Db | Tx, personId: string, agencyId: number): Promise<Role[]> {
  return findRoles(db, personId, { accountId: agencyId, agencyId: null });
}

async function findStaffAuthority(db: Db | Tx, personId: string): Promise<Authority | null> {
  const rows = await db.selectFrom('staff').select('role').where('personId', '=', personId).execute();
  return rows.length > 0 ? { roles: rows.map((row) => row.role as Role), standing: 'open' } : null;
}

/** Takes an owner's lock, whatever it is; false when there is no such owner. */
export async function lockOwner(tx: Tx, ownerId: number): Promise<boolean> {
  if (ownerId !== houseId) return (await lockAccount(tx, ownerId)) || (await lockAgency(tx, ownerId));
  await lockHouse(tx);
  return true;
}

/** The house has no row of its own to lock; deeds of its staff stand in line here. */
const lockHouse = (tx: Tx) => sql`select pg_advisory_xact_lock(hashtextextended('the house', 0))`.execute(tx);
