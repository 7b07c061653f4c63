import type { Db, Tx } from '../platform/db.ts';
import { type Standing, type Switch, type SwitchKind, standingOf } from '../rules/standing.ts';

/** An agency as every page and operation meets it: its own row, and its standing now. */
export interface Agency {
  agencyId: number;
  name: string;
  timeZone: string;
  createdAt: Date;
  closure: AgencyClosure | null;
  switches: Switch[];
  arrears: Arrears | null;
  standing: Standing;
}

/** Since when an available balance is used up, while nobody has paid. */
export interface Arrears {
  beganAt: Date;
  noFundsFrom: Date;
}

/** The open closure of an agency, with the dates it was promised. */
export interface AgencyClosure {
  agencyClosureId: number;
  closedAt: Date;
  closedBy: string;
  closedByRole: string;
  reason: string | null;
  why: string | null;
  numbersRestorableUntil: Date;
  reactivatableUntil: Date;
  refundableUntil: Date;
  policyVersion: number;
  /** When its last sub-account was closed and the numbers released; null while that goes on. */
  carriedOutAt: Date | null;
}

const closureColumns = [
  'agencyClosureId',
  'closedAt',
  'closedBy',
  'closedByRole',
  'reason',
  'why',
  'numbersRestorableUntil',
  'reactivatableUntil',
  'refundableUntil',
  'policyVersion',
  'carriedOutAt',
] as const;

export async function findAgency(db: Db | Tx, agencyId: number, now: Date): Promise<Agency | null> {
  const agency = await db
    .selectFrom('agency as g')
    .leftJoin('arrears as ar', (join) => join.onRef('ar.ownerId', '=', 'g.agencyId').on('ar.endedAt', 'is', null))
    .select(['g.agencyId', 'g.name', 'g.timeZone', 'g.createdAt', 'ar.beganAt', 'ar.noFundsFrom'])
    .where('g.agencyId', '=', agencyId)
    .executeTakeFirst();
  if (!agency) return null;
  const closure =
    (await db
      .selectFrom('agencyClosure')
      .select(closureColumns)
      .where('agencyId', '=', agencyId)
      .where('reactivatedAt', 'is', null)
      .executeTakeFirst()) ?? null;
  const switches = (await findAgencySwitches(db, [agencyId])).get(agencyId) ?? [];
  const { beganAt, noFundsFrom, ...row } = agency;
  const arrears = beganAt && { beganAt, noFundsFrom: noFundsFrom! };
  return { ...row, closure, switches, arrears, standing: standingOf({ closure, noFundsFrom, switches }, now) };
}

/** The switches that agencies have turned on: facts of all their sub-accounts. */
export async function findAgencySwitches(db: Db | Tx, agencyIds: readonly number[]): Promise<Map<number, Switch[]>> {
  const found = new Map<number, Switch[]>();
  if (agencyIds.length === 0) return found;
  const rows = await db
    .selectFrom('agencySwitch')
    .select(['agencyId', 'kind', 'turnedAt', 'turnedBy', 'why'])
    .where('agencyId', 'in', agencyIds)
    .where('resumedAt', 'is', null)
    .execute();
  for (const { agencyId, kind, turnedAt: since, turnedBy: by, why } of rows) {
    const known = found.get(agencyId) ?? [];
    found.set(agencyId, [...known, { level: 'agency', kind: kind as SwitchKind, since, by, why }]);
  }
  return found;
}

export async function recordAgencySwitch(
  tx: Tx,
  agencyId: number,
  kind: SwitchKind,
  by: string,
  why: string | null,
  now: Date,
): Promise<void> {
  await tx.insertInto('agencySwitch').values({ agencyId, kind, turnedAt: now, turnedBy: by, why }).execute();
}

export async function endAgencySwitch(
  tx: Tx,
  agencyId: number,
  kind: SwitchKind,
  by: string,
  now: Date,
): Promise<void> {
  await tx
    .updateTable('agencySwitch')
    .set({ resumedAt: now, resumedBy: by })
    .where('agencyId', '=', agencyId)
    .where('kind', '=', kind)
    .where('resumedAt', 'is', null)
    .execute();
}

export type ListedAgency = Pick<Agency, 'agencyId' | 'name' | 'timeZone' | 'createdAt' | 'standing'>;

/** Agencies in which the person has a role of the agency itself. What it has paused or stopped is not looked up. */
export async function findAgenciesOf(db: Db | Tx, personId: string, now: Date): Promise<ListedAgency[]> {
  const rows = await db
    .selectFrom('agency as g')
    .innerJoin('membership as m', 'm.ownerId', 'g.agencyId')
    .leftJoin('agencyClosure as c', (join) =>
      join.onRef('c.agencyId', '=', 'g.agencyId').on('c.reactivatedAt', 'is', null),
    )
    .select(['g.agencyId', 'g.name', 'g.timeZone', 'g.createdAt', 'c.closedAt', 'c.reactivatableUntil'])
    .distinct()
    .where('m.personId', '=', personId)
    .orderBy('g.name')
    .execute();
  return rows.map(({ closedAt, reactivatableUntil, ...row }) => {
    const closure = closedAt && reactivatableUntil ? { closedAt, reactivatableUntil } : null;
    return { ...row, standing: standingOf({ closure, noFundsFrom: null, switches: [] }, now) };
  });
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
