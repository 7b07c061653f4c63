import { sql } from 'kysely';
import { type Arrears, findAgencySwitches } from '../agencies/store.ts';
import type { Db, Tx } from '../platform/db.ts';
import type { Member } from '../rules/people.ts';
import type { Role } from '../rules/permission.ts';
import { type Standing, type Switch, standingOf } from '../rules/standing.ts';

/** An account as every page and operation meets it: its own row, its agency's name, its standing now. */
export interface Account {
  accountId: number;
  agencyId: number | null;
  agencyName: string | null;
  name: string;
  timeZone: string;
  website: string | null;
  payer: 'own' | 'agency';
  /** The wallet that pays: the account itself, or its agency. */
  payerId: number;
  refusalMessage: string;
  createdAt: Date;
  /** Its agency is canceled: it comes back with the agency, or on its own by support. */
  isAgencyCanceled: boolean;
  closure: Closure | null;
  /** Its own and its agency's; those of its numbers are facts of the numbers. */
  switches: Switch[];
  /** Of whoever pays for it. */
  arrears: Arrears | null;
  standing: Standing;
}

/** The open closure of an account, with the dates it was promised. */
export interface Closure {
  /** Null while the agency's closure has not come round to this account yet. */
  closureId: number | null;
  /** Whether it was closed by itself, or with its agency. */
  level: 'agency' | 'account';
  closedAt: Date;
  closedBy: string;
  closedByRole: string;
  why: string | null;
  numbersRestorableUntil: Date;
  reactivatableUntil: Date;
  refundableUntil: Date;
  policyVersion: number;
}

/**
 * Every closure there ever was of an account or agency, by `owner_id`; an agency's stands for its sub-accounts as well, from
 * the moment on in which it was canceled. For a `from`: whatever must not happen inside a closure looks here.
 */
export const closings = sql.raw(`(
  select account_id as owner_id, closed_at, reactivated_at from closure
  union all
  select agency_id, closed_at, reactivated_at from agency_closure
  union all
  select a.account_id, g.closed_at, g.reactivated_at from agency_closure g join account a on a.agency_id = g.agency_id)`);

/**
 * Takes the account's row lock; every deed of an account does, so deeds of one account stand in line. Its agency is held
 * shared before: an agency is canceled entirely before a deed of a sub-account or entirely after it.
 */
export async function lockAccount(tx: Tx, accountId: number): Promise<boolean> {
  await sql`select from agency where agency_id = (select agency_id from account where account_id = ${accountId})
               for key share`.execute(tx);
  const row = await tx
    .selectFrom('account')
    .select('accountId')
    .where('accountId', '=', accountId)
    .forUpdate()
    .executeTakeFirst();
  return row !== undefined;
}

/** One account with its facts, or null. Its payer's arrears are read with it: they are a fact of its standing. */
export async function findAccount(db: Db | Tx, accountId: number, now: Date): Promise<Account | null> {
  const [account] = await findAccounts(db, [accountId], now);
  return account ?? null;
}

export async function findAccounts(db: Db | Tx, accountIds: readonly number[], now: Date): Promise<Account[]> {
  if (accountIds.length === 0) return [];
  const accounts = await db
    .selectFrom('account as a')
    .leftJoin('agency as g', 'g.agencyId', 'a.agencyId')
    .leftJoin('closure as c', (join) => join.onRef('c.accountId', '=', 'a.accountId').on('c.reactivatedAt', 'is', null))
    .leftJoin('agencyClosure as ac', (join) =>
      join.onRef('ac.agencyId', '=', 'a.agencyId').on('ac.reactivatedAt', 'is', null),
    )
    .leftJoin('arrears as ar', (join) =>
      join
        .on((eb) => eb('ar.ownerId', '=', sql<number>`case a.payer when 'own' then a.account_id else a.agency_id end`))
        .on('ar.endedAt', 'is', null),
    )
    .select([
      'a.accountId',
      'a.agencyId',
      'g.name as agencyName',
      'a.name',
      'a.timeZone',
      'a.website',
      'a.payer',
      'a.refusalMessage',
      'a.createdAt',
      'c.closureId',
      'c.agencyClosureId',
      'ac.agencyClosureId as agencyClosureNow',
      'ar.beganAt',
      'ar.noFundsFrom',
    ])
    .select((eb) => [
      // Its own closure comes first: an account that was closed before its agency keeps its own clock.
      eb.fn.coalesce('c.closedAt', 'ac.closedAt').as('closedAt'),
      eb.fn.coalesce('c.closedBy', 'ac.closedBy').as('closedBy'),
      eb.fn.coalesce('c.closedByRole', 'ac.closedByRole').as('closedByRole'),
      eb.case().when('c.closureId', 'is', null).then(eb.ref('ac.why')).else(eb.ref('c.why')).end().as('why'),
      eb.fn.coalesce('c.numbersRestorableUntil', 'ac.numbersRestorableUntil').as('numbersRestorableUntil'),
      eb.fn.coalesce('c.reactivatableUntil', 'ac.reactivatableUntil').as('reactivatableUntil'),
      eb.fn.coalesce('c.refundableUntil', 'ac.refundableUntil').as('refundableUntil'),
      eb.fn.coalesce('c.policyVersion', 'ac.policyVersion').as('policyVersion'),
    ])
    .where('a.accountId', 'in', accountIds)
    .orderBy('a.name')
    .orderBy('a.accountId')
    .execute();
  const switches = await db
    .selectFrom('switch')
    .select(['accountId', 'kind', 'turnedAt', 'turnedBy', 'why'])
    .where('accountId', 'in', accountIds)
    .where('trackingNumberId', 'is', null)
    .where('resumedAt', 'is', null)
    .execute();
  const ofAgencies = await findAgencySwitches(db, [
    ...new Set(accounts.map((row) => row.agencyId).filter((agencyId) => agencyId !== null)),
  ]);
  return accounts.map((row) => {
    const own: Switch[] = switches
      .filter((each) => each.accountId === row.accountId)
      .map((each) => ({
        level: 'account',
        kind: each.kind as Switch['kind'],
        since: each.turnedAt,
        by: each.turnedBy,
        why: each.why,
      }));
    const all = [...((row.agencyId !== null && ofAgencies.get(row.agencyId)) || []), ...own];
    const closure: Closure | null =
      row.closedAt === null
        ? null
        : {
            closureId: row.closureId,
            level: row.closureId === null || row.agencyClosureId !== null ? 'agency' : 'account',
            closedAt: row.closedAt,
            closedBy: row.closedBy!,
            closedByRole: row.closedByRole!,
            why: row.why,
            numbersRestorableUntil: row.numbersRestorableUntil!,
            reactivatableUntil: row.reactivatableUntil!,
            refundableUntil: row.refundableUntil!,
            policyVersion: row.policyVersion!,
          };
    const payer = row.payer as Account['payer'];
    return {
      accountId: row.accountId,
      agencyId: row.agencyId,
      agencyName: row.agencyName,
      name: row.name,
      timeZone: row.timeZone,
      website: row.website,
      payer,
      payerId: payer === 'own' ? row.accountId : row.agencyId!,
      refusalMessage: row.refusalMessage,
      createdAt: row.createdAt,
      isAgencyCanceled: row.agencyClosureNow !== null,
      closure,
      switches: all,
      arrears: row.beganAt && { beganAt: row.beganAt, noFundsFrom: row.noFundsFrom! },
      standing: standingOf({ closure, noFundsFrom: row.noFundsFrom, switches: all }, now),
    };
  });
}

/** The roles that a person has in an account: its own, and those of its agency. */
export async function findRoles(
  db: Db | Tx,
  personId: string,
  account: { accountId: number; agencyId: number | null },
): Promise<Role[]> {
  const owners = account.agencyId === null ? [account.accountId] : [account.accountId, account.agencyId];
  const rows = await db
    .selectFrom('membership')
    .select('role')
    .where('personId', '=', personId)
    .where('ownerId', 'in', owners)
    .execute();
  return rows.map((row) => row.role as Role);
}

/** Somebody with a role in an account or agency itself. */
export interface NamedMember extends Member {
  name: string;
  email: string;
  hasSecondFactor: boolean;
  grantedAt: Date;
}

/** People with a role in the account or agency itself, one line for each role. */
export async function findMembers(db: Db | Tx, ownerId: number): Promise<NamedMember[]> {
  const rows = await db
    .selectFrom('membership as m')
    .innerJoin('person as p', 'p.id', 'm.personId')
    .select([
      'p.id as personId',
      'p.name',
      'p.email',
      'p.secondFactorEnabled as hasSecondFactor',
      'm.role',
      'm.isOwner',
      'm.grantedAt',
    ])
    .where('m.ownerId', '=', ownerId)
    .orderBy('p.name')
    .orderBy('m.role')
    .execute();
  return rows.map((row) => ({ ...row, role: row.role as Role }));
}

export interface NewAccount {
  name: string;
  timeZone: string;
  agencyId: number | null;
  payer: 'own' | 'agency';
  createdAt: Date;
}

const firstRefusalMessage =
  'The number you have called is not in service. Please check the number, or look for a new one on the website. Goodbye.';

export async function recordAccount(tx: Tx, account: NewAccount): Promise<number> {
  const { accountId } = await tx
    .insertInto('account')
    .values({ ...account, refusalMessage: firstRefusalMessage })
    .returning('accountId')
    .executeTakeFirstOrThrow();
  return accountId;
}

/** Where these people have which roles, by the name of the account or agency. */
export async function findRolesOf(
  db: Db,
  personIds: readonly string[],
): Promise<{ personId: string; role: Role; ownerName: string }[]> {
  if (personIds.length === 0) return [];
  const rows = await db
    .selectFrom('membership as m')
    .leftJoin('account as a', 'a.accountId', 'm.ownerId')
    .leftJoin('agency as g', 'g.agencyId', 'm.ownerId')
    .select(['m.personId', 'm.role', sql<string>`coalesce(a.name, g.name)`.as('ownerName')])
    .where('m.personId', 'in', personIds)
    .orderBy('ownerName')
    .orderBy('m.role')
    .execute();
  return rows.map((row) => ({ ...row, role: row.role as Role }));
}

export async function recordMembership(
  tx: Tx,
  membership: { personId: string; ownerId: number; role: Role; grantedAt: Date; grantedBy: string; isOwner?: boolean },
): Promise<void> {
  await tx
    .insertInto('membership')
    .values(membership)
    .onConflict((clash) => clash.doNothing())
    .execute();
}

/** Takes every role here from somebody. */
export async function endMemberships(tx: Tx, ownerId: number, personId: string): Promise<void> {
  await tx.deleteFrom('membership').where('ownerId', '=', ownerId).where('personId', '=', personId).execute();
}

/** Moves the owner's flag to another person's membership. */
export async function moveOwnership(tx: Tx, ownerId: number, personId: string, role: Role): Promise<void> {
  await tx.updateTable('membership').set({ isOwner: false }).where('ownerId', '=', ownerId).execute();
  await tx
    .updateTable('membership')
    .set({ isOwner: true })
    .where('ownerId', '=', ownerId)
    .where('personId', '=', personId)
    .where('role', '=', role)
    .execute();
}

export interface AccountSettings {
  name: string;
  timeZone: string;
  website: string | null;
  refusalMessage: string;
}

export async function updateSettings(tx: Tx, accountId: number, settings: AccountSettings): Promise<void> {
  await tx.updateTable('account').set(settings).where('accountId', '=', accountId).execute();
}

/** Ends a switch of the account itself, or of one of its numbers; zero rows means that somebody was faster. */
export async function endSwitch(
  tx: Tx,
  accountId: number,
  kind: Switch['kind'],
  by: string,
  now: Date,
  trackingNumberId: number | null = null,
): Promise<number> {
  const { numUpdatedRows } = await tx
    .updateTable('switch')
    .set({ resumedAt: now, resumedBy: by })
    .where('accountId', '=', accountId)
    .where('trackingNumberId', 'is not distinct from', trackingNumberId)
    .where('kind', '=', kind)
    .where('resumedAt', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}

export async function recordSwitch(
  tx: Tx,
  accountId: number,
  kind: Switch['kind'],
  by: string,
  why: string | null,
  now: Date,
  trackingNumberId: number | null = null,
): Promise<void> {
  const turned = { accountId, trackingNumberId, kind, turnedAt: now, turnedBy: by, why };
  await tx.insertInto('switch').values(turned).execute();
}

export interface PlannedClosure {
  accountId: number;
  closedAt: Date;
  closedBy: string;
  closedByRole: string;
  why: string | null;
  numbersRestorableUntil: Date;
  reactivatableUntil: Date;
  refundableUntil: Date;
  policyVersion: number;
  planHash: string;
}

export async function recordClosure(tx: Tx, closure: PlannedClosure): Promise<number> {
  const { closureId } = await tx.insertInto('closure').values(closure).returning('closureId').executeTakeFirstOrThrow();
  return closureId;
}

/** Takes an account out of its agency: from now on it pays for itself. Its id, its history and its people stay. */
export async function makeStandalone(tx: Tx, accountId: number): Promise<void> {
  await tx.updateTable('account').set({ agencyId: null, payer: 'own' }).where('accountId', '=', accountId).execute();
}

/** Whose wallet is charged from now on; what was charged before keeps its payer. */
export async function setPayer(tx: Tx, accountId: number, payer: Account['payer']): Promise<void> {
  await tx.updateTable('account').set({ payer }).where('accountId', '=', accountId).execute();
}

/** Ends a closure by reactivating: the row stays, as history. */
export async function endClosure(tx: Tx, accountId: number, closureId: number, by: string, now: Date): Promise<void> {
  await tx
    .updateTable('closure')
    .set({ reactivatedAt: now, reactivatedBy: by })
    .where('accountId', '=', accountId)
    .where('closureId', '=', closureId)
    .where('reactivatedAt', 'is', null)
    .execute();
}

/** Which accounts a person can pick in the switcher, newest standing included; agencies' sub-accounts come along. */
export async function findAccountIdsOf(
  db: Db | Tx,
  personId: string,
  options: { search?: string; limit: number },
): Promise<number[]> {
  let query = db
    .selectFrom('account as a')
    .innerJoin('membership as m', (join) =>
      join.on((eb) => eb.or([eb('m.ownerId', '=', eb.ref('a.accountId')), eb('m.ownerId', '=', eb.ref('a.agencyId'))])),
    )
    .select('a.accountId')
    .distinct()
    .where('m.personId', '=', personId)
    .select('a.name')
    .orderBy('a.name')
    .limit(options.limit);
  if (options.search)
    query = query.where(sql<boolean>`a.name ilike ${`%${options.search.replace(/[\\%_]/g, '\\$&')}%`}`);
  const rows = await query.execute();
  return rows.map((row) => row.accountId);
}

export type SubAccountFilter = 'active' | 'canceled' | 'all';

/**
 * A page of an agency's sub-accounts: "active" are those not canceled. One whose days to come back are over can't be opened
 * any more, and is in no list.
 */
export async function findSubAccountIds(
  db: Db | Tx,
  agencyId: number,
  options: { filter: SubAccountFilter; search: string; now: Date; page: number; pageSize: number },
): Promise<{ accountIds: number[]; total: number }> {
  const { rows } = await sql<{ accountId: number; total: number }>`
    select a.account_id, count(*) over () as total
      from account a
     where a.agency_id = ${agencyId}
       and (${options.search} = '' or a.name ilike ${`%${options.search.replace(/[\\%_]/g, '\\$&')}%`})
       and (${options.filter} = 'all'
            or (${options.filter} = 'canceled') = exists (
                 select from ${closings} c where c.owner_id = a.account_id and c.reactivated_at is null))
       and not exists (select from closure p where p.account_id = a.account_id and p.reactivated_at is null
                          and p.reactivatable_until <= ${options.now})
     order by a.name, a.account_id
     limit ${options.pageSize} offset ${(options.page - 1) * options.pageSize}
  `.execute(db);
  return { accountIds: rows.map((row) => row.accountId), total: rows[0]?.total ?? 0 };
}

export interface HeldAccount {
  accountId: number;
  name: string;
  agencyName: string | null;
  since: Date;
  by: string;
  why: string | null;
}

/** Accounts whose calls the operator holds, the latest first. */
export async function findHeldAccounts(db: Db | Tx): Promise<HeldAccount[]> {
  return db
    .selectFrom('switch as s')
    .innerJoin('account as a', 'a.accountId', 's.accountId')
    .leftJoin('agency as g', 'g.agencyId', 'a.agencyId')
    .select(['a.accountId', 'a.name', 'g.name as agencyName', 's.turnedAt as since', 's.turnedBy as by', 's.why'])
    .where('s.kind', '=', 'hold')
    .where('s.resumedAt', 'is', null)
    .orderBy('s.turnedAt', 'desc')
    .limit(500)
    .execute();
}
