import { hashPassword, verifyPassword } from 'better-auth/crypto';
import { sql } from 'kysely';
import type { NamedMember } from '../accounts/store.ts';
import type { Db, Tx } from '../platform/db.ts';
import { isUniqueViolation } from '../platform/db.ts';
import { newSid } from '../platform/ids.ts';
import { Refused } from '../rules/decision.ts';
import type { Role } from '../rules/permission.ts';
import { hashToken } from './tokens.ts';

/**
 * Tables that no backup takes along: whoever finds an archive must not find open sign-ins in it, and a restore must not
 * revive what was signed out or a link that was used, nor mail once more what was mailed.
 */
export const leftOutOfBackups: readonly string[] = ['public.session', 'public.verification', 'public.mail'];

export interface NewPerson {
  name: string;
  email: string;
  /** From `hashPassword`: hashing takes a tenth of a second and doesn't belong inside a transaction. */
  passwordHash: string;
}

/** Makes a person who can sign in; refuses an e-mail address that somebody already signs in with. */
export async function recordPerson(tx: Tx, person: NewPerson, now: Date): Promise<string> {
  const id = newSid('USR');
  const email = person.email.toLowerCase();
  try {
    await tx.insertInto('person').values({ id, name: person.name, email, createdAt: now, updatedAt: now }).execute();
  } catch (error) {
    if (isUniqueViolation(error)) throw new Refused({ code: 'email-taken' });
    throw error;
  }
  await tx
    .insertInto('credential')
    .values({
      id: newSid('USR'),
      personId: id,
      providerId: 'credential',
      providerPersonId: id,
      passwordHash: person.passwordHash,
      createdAt: now,
      updatedAt: now,
    })
    .execute();
  return id;
}

export { hashPassword };

/** Whether this is the person's password: asked again before what can't be undone in a moment. */
export async function isPassword(db: Db | Tx, personId: string, password: string): Promise<boolean> {
  const row = await db
    .selectFrom('credential')
    .select('passwordHash')
    .where('personId', '=', personId)
    .where('providerId', '=', 'credential')
    .executeTakeFirst();
  return row?.passwordHash ? verifyPassword({ hash: row.passwordHash, password }) : false;
}

export async function findPersonIdByEmail(db: Db | Tx, email: string): Promise<string | null> {
  const row = await db.selectFrom('person').select('id').where('email', '=', email.toLowerCase()).executeTakeFirst();
  return row?.id ?? null;
}

/** Names for ids of people, for "closed by" and the like; an id that is gone keeps its id. */
export async function findNames(db: Db | Tx, personIds: readonly string[]): Promise<Map<string, string>> {
  if (personIds.length === 0) return new Map();
  const rows = await db.selectFrom('person').select(['id', 'name']).where('id', 'in', personIds).execute();
  return new Map(rows.map((row) => [row.id, row.name]));
}

/** One page of everybody, by e-mail address; `after` is where the page before ended. */
export async function findPeople(
  db: Db,
  { search, after, limit }: { search?: string | undefined; after?: string | undefined; limit: number },
): Promise<{ id: string; name: string; email: string; staffRoles: Role[] }[]> {
  let people = db
    .selectFrom('person as p')
    .select(['p.id', 'p.name', 'p.email'])
    .select(sql<Role[]>`array(select role from staff where staff.person_id = p.id order by role)`.as('staffRoles'))
    .orderBy('p.email')
    .limit(limit);
  if (after) people = people.where('p.email', '>', after.toLowerCase());
  if (search) people = people.where(sql<boolean>`strpos(lower(p.name || ' ' || p.email), lower(${search}::text)) > 0`);
  return people.execute();
}

export async function countPeople(db: Db | Tx): Promise<number> {
  const { count } = await db.selectFrom('person').select(sql<number>`count(*)`.as('count')).executeTakeFirstOrThrow();
  return count;
}

/** People of the installation, as a list of members; it has no owner. */
export async function findStaff(db: Db | Tx): Promise<NamedMember[]> {
  const rows = await db
    .selectFrom('staff as s')
    .innerJoin('person as p', 'p.id', 's.personId')
    .select([
      'p.id as personId',
      'p.name',
      'p.email',
      'p.secondFactorEnabled as hasSecondFactor',
      's.role',
      's.grantedAt',
    ])
    .orderBy('p.name')
    .orderBy('s.role')
    .execute();
  return rows.map((row) => ({ ...row, role: row.role as Role, isOwner: false }));
}

export async function endStaff(tx: Tx, personId: string): Promise<void> {
  await tx.deleteFrom('staff').where('personId', '=', personId).execute();
}

export interface FoundPerson {
  personId: string;
  name: string;
  email: string;
}

export async function findPerson(db: Db | Tx, personId: string): Promise<FoundPerson | null> {
  const row = await db
    .selectFrom('person')
    .select(['id as personId', 'name', 'email'])
    .where('id', '=', personId)
    .executeTakeFirst();
  return row ?? null;
}

export async function renamePerson(tx: Tx, personId: string, name: string, now: Date): Promise<void> {
  await tx.updateTable('person').set({ name, updatedAt: now }).where('id', '=', personId).execute();
}

/** Whoever opened a link that was mailed there has shown that the address is theirs. */
export async function confirmEmail(tx: Tx, personId: string, now: Date): Promise<void> {
  await tx.updateTable('person').set({ emailVerified: true, updatedAt: now }).where('id', '=', personId).execute();
}

/** A place where somebody is signed in. */
export interface SignedInPlace {
  sessionId: string;
  userAgent: string | null;
  ipAddress: string | null;
  createdAt: Date;
  seenAt: Date;
  isCurrent: boolean;
}

/** A person's sessions that have not ended, the current one first. `currentToken`: of the request that asks. */
export async function findSessions(db: Db | Tx, personId: string, currentToken: string): Promise<SignedInPlace[]> {
  const rows = await db
    .selectFrom('session')
    .select(['id as sessionId', 'userAgent', 'ipAddress', 'createdAt', 'updatedAt as seenAt', 'tokenHash'])
    .where('personId', '=', personId)
    .where('expiresAt', '>', sql<Date>`now()`)
    .orderBy('updatedAt', 'desc')
    .execute();
  const current = hashToken(currentToken);
  return rows
    .map(({ tokenHash, ...row }) => ({ ...row, isCurrent: tokenHash === current }))
    .toSorted((a, b) => Number(b.isCurrent) - Number(a.isCurrent));
}

/** Ends one session of a person; theirs only, whatever id is asked for. */
export async function endSession(db: Db | Tx, personId: string, sessionId: string): Promise<void> {
  await db.deleteFrom('session').where('personId', '=', personId).where('id', '=', sessionId).execute();
}

/** Ends every session, and the trust in devices: wherever somebody is, they sign in from the start. */
export async function endAllSessions(db: Db | Tx, personId: string): Promise<void> {
  await endLinksAndTrust(db, personId);
  await db.deleteFrom('session').where('personId', '=', personId).execute();
}

/** Voids what the library keeps for a person: links to a new password, devices that need no code, half-done sign-ins. */
export async function endLinksAndTrust(db: Db | Tx, personId: string): Promise<void> {
  await db.deleteFrom('verification').where('value', '=', personId).execute();
}

export async function endSessionByToken(db: Db | Tx, token: string): Promise<void> {
  await db.deleteFrom('session').where('tokenHash', '=', hashToken(token)).execute();
}

const codeKeptMinutes = 10;

/** Marks a code of the second factor as used; false when it was already. The library clears away what is old. */
export async function spendCode(db: Db | Tx, personId: string, code: string): Promise<boolean> {
  const id = hashToken(`${personId}/${code}`);
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('verification')
    .values({
      id,
      identifier: `spent-code-${id}`,
      value: 'spent',
      expiresAt: sql`now() + make_interval(mins => ${codeKeptMinutes})`,
      createdAt: sql`now()`,
      updatedAt: sql`now()`,
    })
    .onConflict((clash) => clash.doNothing())
    .executeTakeFirstOrThrow();
  return (numInsertedOrUpdatedRows ?? 0n) > 0n;
}

export interface Invitation {
  invitationId: number;
  ownerId: number;
  email: string;
  role: Role | null;
  invitedBy: string;
  invitedAt: Date;
  expiresAt: Date;
}

const invitationColumns = ['invitationId', 'ownerId', 'email', 'role', 'invitedBy', 'invitedAt', 'expiresAt'] as const;

export async function recordInvitation(
  tx: Tx,
  invitation: Omit<Invitation, 'invitationId'> & { tokenHash: string },
): Promise<number> {
  const { invitationId } = await tx
    .insertInto('invitation')
    .values(invitation)
    .returning('invitationId')
    .executeTakeFirstOrThrow();
  return invitationId;
}

/** How many invitations were sent since a moment: from one place, and to one address from wherever. */
export async function countInvitations(
  tx: Tx,
  ownerId: number,
  email: string,
  since: Date,
): Promise<{ fromOnePlace: number; toOneAddress: number }> {
  const { rows } = await sql<{ fromOnePlace: number; toOneAddress: number }>`
    select count(*) filter (where owner_id = ${ownerId}) as from_one_place,
           count(*) filter (where email = ${email}) as to_one_address
      from invitation
     where invited_at > ${since} and (owner_id = ${ownerId} or email = ${email})
  `.execute(tx);
  return rows[0]!;
}

/** Invitations that wait to be accepted, the newest first. */
export async function findInvitations(db: Db | Tx, ownerId: number, now: Date): Promise<Invitation[]> {
  const rows = await db
    .selectFrom('invitation')
    .select(invitationColumns)
    .where('ownerId', '=', ownerId)
    .where('acceptedAt', 'is', null)
    .where('withdrawnAt', 'is', null)
    .where('expiresAt', '>', now)
    .orderBy('invitationId', 'desc')
    .execute();
  return rows.map((row) => ({ ...row, role: row.role as Role | null }));
}

/** The invitation of a link while it can be accepted; locked, so that it is accepted once. */
export async function findInvitationByToken(db: Db | Tx, tokenHash: string, now: Date, lock = false) {
  const query = db
    .selectFrom('invitation')
    .select(invitationColumns)
    .where('tokenHash', '=', tokenHash)
    .where('acceptedAt', 'is', null)
    .where('withdrawnAt', 'is', null)
    .where('expiresAt', '>', now);
  const row = await (lock ? query.forUpdate() : query).executeTakeFirst();
  return row ? ({ ...row, role: row.role as Role | null } satisfies Invitation) : null;
}

export async function acceptInvitation(tx: Tx, invitationId: number, personId: string, now: Date): Promise<void> {
  await tx
    .updateTable('invitation')
    .set({ acceptedAt: now, acceptedBy: personId })
    .where('invitationId', '=', invitationId)
    .execute();
}

/** Withdraws by id, or whatever still waits for this address here; zero means that there was nothing. */
export async function withdrawInvitations(
  tx: Tx,
  ownerId: number,
  which: { invitationId: number } | { email: string },
  now: Date,
): Promise<number> {
  const open = tx
    .updateTable('invitation')
    .set({ withdrawnAt: now })
    .where('ownerId', '=', ownerId)
    .where('acceptedAt', 'is', null)
    .where('withdrawnAt', 'is', null);
  const { numUpdatedRows } = await ('email' in which
    ? open.where('email', '=', which.email)
    : open.where('invitationId', '=', which.invitationId)
  ).executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}

export async function recordStaff(tx: Tx, personId: string, role: Role, now: Date): Promise<void> {
  await tx
    .insertInto('staff')
    .values({ personId, role, grantedAt: now })
    .onConflict((clash) => clash.doNothing())
    .execute();
}

/** Takes a setting away for good; false when it was gone already, or is another value. */
export async function spendSecret(tx: Tx, key: string, value: string): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('houseSetting')
    .where('settingKey', '=', key)
    .where('settingValue', '=', value)
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}

export async function findSetting(db: Db | Tx, key: string): Promise<string | null> {
  const row = await db
    .selectFrom('houseSetting')
    .select('settingValue')
    .where('settingKey', '=', key)
    .executeTakeFirst();
  return row?.settingValue ?? null;
}

export async function setSetting(tx: Tx, settingKey: string, settingValue: string, setAt: Date): Promise<void> {
  const values = { settingKey, settingValue, setAt };
  await tx
    .insertInto('houseSetting')
    .values(values)
    .onConflict((clash) => clash.column('settingKey').doUpdateSet(values))
    .execute();
}
