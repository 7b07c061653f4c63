import { findAccount } from '../accounts/store.ts';
import { findAgency } from '../agencies/store.ts';
import type { Db, Tx } from '../platform/db.ts';
import type { Standing } from '../rules/standing.ts';
import type { Asker } from '../rules/tickets.ts';

/** Whom a ticket is about, as far as its staff may know. */
export interface Subject {
  asker: Asker;
  name: string;
  agencyName: string | null;
  standing: Standing;
  /** The start of its addresses. */
  base: string;
}

export async function findSubject(db: Db | Tx, ownerId: number, now: Date): Promise<Subject | null> {
  const account = await findAccount(db, ownerId, now);
  if (account) {
    const { name, agencyName, standing } = account;
    const asker = account.agencyId === null ? 'standalone' : 'sub-account';
    return { asker, name, agencyName, standing, base: `/accounts/${ownerId}` };
  }
  const agency = await findAgency(db, ownerId, now);
  if (!agency) return null;
  return {
    asker: 'agency',
    name: agency.name,
    agencyName: null,
    standing: agency.standing,
    base: `/agencies/${ownerId}`,
  };
}
