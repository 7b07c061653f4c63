import { sql } from 'kysely';
import { closings } from '../../accounts/store.ts';
import type { Db, Tx } from '../../platform/db.ts';
import type { ArrearsDates, Reminder, StoppedArrears } from '../../rules/arrears.ts';

/** What is left to spend of the wallet `w`: what was charged and is not booked yet counts. Index: charge_unsettled. */
const available = sql`(w.available_micros - coalesce((
  select sum(c.amount_micros) from charge c where c.payer_id = w.owner_id and c.settled_at is null), 0))`;

const isClosed = (ownerId: ReturnType<typeof sql>) => sql`exists (
  select from ${closings} k where k.owner_id = ${ownerId} and k.reactivated_at is null)`;

/** Only who pays for something can owe: an owner with a subscription of its own. */
const pays = sql`exists (select from subscription s where s.owner_id = w.owner_id and s.ended_at is null)`;

/** Holds wallets in the order of their ids, so that what their balances say stays true until the transaction ends. */
export async function holdWallets(tx: Tx, ownerIds: readonly number[]): Promise<void> {
  await sql`select from wallet where owner_id = any (${ownerIds}::bigint[]) order by owner_id for update`.execute(tx);
}

export interface Astray {
  /** In arrears, and above zero again, or paying for nothing any more, or closed. */
  paid: number[];
  /** Paying, open, at zero or less, and in no arrears yet. */
  usedUp: number[];
}

/** Of some owners, those with nothing left or in arrears: a look that costs little, since it nearly always finds nobody. */
export async function findConcerned(tx: Tx, ownerIds: readonly number[]): Promise<number[]> {
  const { rows } = await sql<{ ownerId: number }>`
    select w.owner_id from wallet w
     where w.owner_id = any (${ownerIds}::bigint[])
       and (${available} <= 0 or exists (select from arrears a where a.owner_id = w.owner_id and a.ended_at is null))
  `.execute(tx);
  return rows.map((row) => row.ownerId);
}

/** Those of some owners whose arrears don't fit their balance. */
export async function findAstrayAmong(tx: Tx, ownerIds: readonly number[]): Promise<Astray> {
  const { rows } = await sql<{ ownerId: number; isOwing: boolean }>`
    select owner_id, arrears_id is not null as is_owing
      from (select w.owner_id, a.arrears_id, ${available} > 0 or not ${pays} or ${isClosed(sql`w.owner_id`)} as is_fine
              from wallet w left join arrears a on a.owner_id = w.owner_id and a.ended_at is null
             where w.owner_id = any (${ownerIds}::bigint[])) w
     where (arrears_id is not null) = is_fine
     order by owner_id
  `.execute(tx);
  return {
    paid: rows.filter((row) => row.isOwing).map((row) => row.ownerId),
    usedUp: rows.filter((row) => !row.isOwing).map((row) => row.ownerId),
  };
}

export async function endArrears(tx: Tx, ownerIds: readonly number[], now: Date): Promise<void> {
  await sql`
    update arrears a
       set ended_at = greatest(${now}::timestamptz, a.began_at),
           ended_because = case when ${isClosed(sql`a.owner_id`)} then 'closed' else 'paid' end
     where a.owner_id = any (${ownerIds}::bigint[]) and a.ended_at is null
  `.execute(tx);
}

/** Ends arrears with a closing: of an account, or of an agency with those of its sub-accounts that pay for themselves. */
export async function stopArrears(tx: Tx, ownerId: number, now: Date): Promise<void> {
  await sql`
    update arrears
       set ended_at = greatest(${now}::timestamptz, began_at), ended_because = 'closed'
     where ended_at is null
       and owner_id in (select ${ownerId}::bigint union all select account_id from account where agency_id = ${ownerId})
  `.execute(tx);
}

/** The last arrears of these owners, where a closing ended them and nothing was paid since. */
export async function findStopped(tx: Tx, ownerIds: readonly number[]): Promise<Map<number, StoppedArrears>> {
  const { rows } = await sql<{ ownerId: number; endedAt: Date; noFundsFrom: Date; days: number[]; dues: Date[] }>`
    select a.owner_id, a.ended_at, a.no_funds_from,
           array(select r.day from reminder r where r.owner_id = a.owner_id and r.arrears_id = a.arrears_id
                    and r.sent_at is null order by r.day) as days,
           array(select r.due_at from reminder r where r.owner_id = a.owner_id and r.arrears_id = a.arrears_id
                    and r.sent_at is null order by r.day) as dues
      from arrears a
     where a.owner_id = any (${ownerIds}::bigint[]) and a.ended_because = 'closed'
       and not exists (select from arrears later where later.owner_id = a.owner_id and later.arrears_id > a.arrears_id)
  `.execute(tx);
  return new Map(
    rows.map(({ ownerId, endedAt, noFundsFrom, days, dues }) => [
      ownerId,
      { endedAt, noFundsFrom, reminders: days.map((day, index) => ({ day, dueAt: dues[index]! })) },
    ]),
  );
}

/** Begins arrears with all their dates; whoever is in arrears already keeps those that were promised. */
export async function recordArrears(
  tx: Tx,
  ownerId: number,
  { noFundsFrom, reminders }: ArrearsDates,
  policyVersion: number,
  now: Date,
): Promise<void> {
  await sql`
    with begun as (
      insert into arrears (owner_id, began_at, no_funds_from, policy_version)
      values (${ownerId}, ${now}, ${noFundsFrom}, ${policyVersion})
      on conflict (owner_id) where ended_at is null do nothing
      returning owner_id, arrears_id
    )
    insert into reminder (owner_id, arrears_id, day, due_at)
    select b.owner_id, b.arrears_id, r.day, r.due_at
      from begun b
     cross join unnest(${reminders.map((each) => each.day)}::integer[], ${reminders.map((each) => each.dueAt)}::timestamptz[])
           r (day, due_at)
  `.execute(tx);
}

/** Owners whose arrears don't fit their balance. Indexes: wallet_used_up, arrears_open. */
export async function findAstray(db: Db | Tx, after: number, limit: number): Promise<number[]> {
  const { rows } = await sql<{ ownerId: number }>`
    select w.owner_id
      from wallet w
     where w.available_micros <= 0 and w.owner_id > ${after} and ${pays}
       and not exists (select from arrears a where a.owner_id = w.owner_id and a.ended_at is null)
       and not ${isClosed(sql`w.owner_id`)}
    union
    select w.owner_id
      from arrears a join wallet w using (owner_id)
     where a.ended_at is null and w.owner_id > ${after} and (${available} > 0 or ${isClosed(sql`w.owner_id`)})
     order by owner_id
     limit ${limit}
  `.execute(db);
  return rows.map((row) => row.ownerId);
}

export interface OpenArrears {
  ownerId: number;
  arrearsId: number;
  beganAt: Date;
  noFundsFrom: Date;
}

/** A step of an owner's calendar, with what became of it. */
export interface Step extends Reminder {
  sentAt: Date | null;
}

/** The arrears that an owner is in, with the calendar that was promised. */
export async function findArrears(
  db: Db | Tx,
  ownerId: number,
): Promise<(OpenArrears & { steps: readonly Step[] }) | null> {
  const arrears = await db
    .selectFrom('arrears')
    .select(['ownerId', 'arrearsId', 'beganAt', 'noFundsFrom'])
    .where('ownerId', '=', ownerId)
    .where('endedAt', 'is', null)
    .executeTakeFirst();
  if (!arrears) return null;
  const steps = await db
    .selectFrom('reminder')
    .select(['day', 'dueAt', 'sentAt'])
    .where('ownerId', '=', ownerId)
    .where('arrearsId', '=', arrears.arrearsId)
    .orderBy('day')
    .execute();
  return { ...arrears, steps };
}

/** Arrears that nobody has paid, with a mail that is due; locked, and no other worker's. Index: arrears_open. */
export async function takeDueArrears(tx: Tx, now: Date): Promise<OpenArrears | null> {
  const { rows } = await sql<OpenArrears>`
    select a.owner_id, a.arrears_id, a.began_at, a.no_funds_from
      from arrears a
     where a.ended_at is null
       and exists (select from reminder r where r.owner_id = a.owner_id and r.arrears_id = a.arrears_id
                      and r.sent_at is null and r.due_at <= ${now})
       and not ${isClosed(sql`a.owner_id`)}
     order by a.owner_id
     limit 1
       for update of a skip locked
  `.execute(tx);
  return rows[0] ?? null;
}

/** Says of everything that is due that it went out: one mail tells all of it. */
export async function markSent(tx: Tx, { ownerId, arrearsId }: OpenArrears, now: Date): Promise<void> {
  await tx
    .updateTable('reminder')
    .set({ sentAt: now })
    .where('ownerId', '=', ownerId)
    .where('arrearsId', '=', arrearsId)
    .where('sentAt', 'is', null)
    .where('dueAt', '<=', now)
    .execute();
}
