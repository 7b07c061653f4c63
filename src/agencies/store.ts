import type { Db, Tx } from '../platform/db.ts';

export interface Agency {
  agencyId: number;
  name: string;
  timeZone: string;
  createdAt: Date;
}

export async function findAgency(db: Db | Tx, agencyId: number): Promise<Agency | null> {
  return (await db.selectFrom('agency').selectAll().where('agencyId', '=', agencyId).executeTakeFirst()) ?? null;
}

/** Agencies in which the person has a role of the agency itself. */
export async function findAgenciesOf(db: Db | Tx, personId: string): Promise<Agency[]> {
  return db
    .selectFrom('agency as g')
    .innerJoin('membership as m', 'm.ownerId', 'g.agencyId')
    .selectAll('g')
    .distinct()
    .where('m.personId', '=', personId)
    .orderBy('g.name')
    .execute();
}

export async function lockAgency(tx: Tx, agencyId: number): Promise<boolean> {
  const row = await tx
    .selectFrom('agency')
    .select('agencyId')
    .where('agencyId', '=', agencyId)
    .forUpdate()
    .executeTakeFirst();
  return row !== undefined;
}

export async function recordAgency(
  tx: Tx,
  agency: { name: string; timeZone: string; createdAt: Date },
): Promise<number> {
  const { agencyId } = await tx.insertInto('agency').values(agency).returning('agencyId').executeTakeFirstOrThrow();
  return agencyId;
}
