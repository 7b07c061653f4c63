import { hashPassword } from 'better-auth/crypto';
import { sql } from 'kysely';
import type { Db, Tx } from '../platform/db.ts';
import { isUniqueViolation } from '../platform/db.ts';
import { newSid } from '../platform/ids.ts';
import { Refused } from '../rules/decision.ts';
import type { Role } from '../rules/permission.ts';

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

export async function countPeople(db: Db | Tx): Promise<number> {
  const { count } = await db.selectFrom('person').select(sql<number>`count(*)`.as('count')).executeTakeFirstOrThrow();
  return count;
}

export async function recordStaff(tx: Tx, personId: string, role: Role, now: Date): Promise<void> {
  await tx.insertInto('staff').values({ personId, role, grantedAt: now }).execute();
}

/** A secret of this installation, made at the first asking. */
export async function keepSecret(db: Db | Tx, key: string, make: () => string, now: Date): Promise<string> {
  await db
    .insertInto('houseSetting')
    .values({ settingKey: key, settingValue: make(), setAt: now })
    .onConflict((clash) => clash.doNothing())
    .execute();
  const row = await db
    .selectFrom('houseSetting')
    .select('settingValue')
    .where('settingKey', '=', key)
    .executeTakeFirstOrThrow();
  return row.settingValue;
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
