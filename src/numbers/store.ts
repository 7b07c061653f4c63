import { sql } from 'kysely';
import { closings } from '../accounts/store.ts';
import { type DuePlace, findAllPrices, type Lane, nextOfNumber, type Plan } from '../billing/store.ts';
import type { Db, Tx } from '../platform/db.ts';
import { newSid } from '../platform/ids.ts';
import type { PaidByMonth } from '../rules/charging.ts';
import type { NumberFacts, OpenRelease } from '../rules/numbers.ts';
import type { NamedSource } from '../rules/sourceNames.ts';
import type { SourceRules } from '../rules/sources.ts';
import type { Switch, SwitchKind } from '../rules/standing.ts';

/** A tracking number as pages and operations meet it, with what it stands for and where it leads. */
export interface TrackingNumber extends NumberFacts {
  accountId: number;
  trackingNumberId: number;
  sid: string;
  phoneNumber: string;
  kind: 'local' | 'tollfree';
  name: string | null;
  trackingSourceId: number | null;
  sourceSid: string | null;
  sourceName: string | null;
  receivingNumberId: number | null;
  receivingNumber: string | null;
  carrier: string;
  carrierNumberId: string | null;
  requestedAt: Date;
  failedAt: Date | null;
  failure: string | null;
  renewalAnchor: Date | null;
  release: Release | null;
  /** Its own; those of its account and agency are facts of theirs. A release doesn't end them. */
  switches: Switch[];
  calls30Days: number;
  lastCallAt: Date | null;
}

export interface Release extends OpenRelease {
  releaseId: number;
  closureId: number | null;
  releasedBy: string;
  returnedAt: Date | null;
}

/** Whose wallet pays for an account `a`. */
const payerOf = sql`case a.payer when 'own' then a.account_id else a.agency_id end`;

export type NumberFilter = 'in use' | 'released' | 'all';

interface NumberRow extends Omit<TrackingNumber, 'release' | 'switches' | 'monthlyPriceMicros'> {
  planCode: string | null;
  timeZone: string;
  releaseId: number | null;
  closureId: number | null;
  releasedBy: string | null;
  releasedAt: Date | null;
  restorableUntil: Date | null;
  returnOrderedAt: Date | null;
  returnedAt: Date | null;
}

/**
 * Numbers of an account: in use (bought or being bought, and a purchase that failed within a day), or released and not
 * restored. Index: the primary key; calls by call_of_number.
 */
export async function findNumbers(
  db: Db | Tx,
  accountId: number,
  options: { filter: NumberFilter; now: Date; trackingNumberId?: number },
): Promise<TrackingNumber[]> {
  const { rows } = await sql<NumberRow>`
    select n.account_id, n.tracking_number_id, n.sid, n.phone_number, n.kind, n.name, n.carrier, n.carrier_number_id,
           u.plan_code, a.time_zone, n.requested_at, n.bought_at, n.failed_at, n.failure, n.renewal_anchor, n.paid_until,
           n.receiving_number_id, r.phone_number as receiving_number,
           n.tracking_source_id, s.sid as source_sid, s.name as source_name,
           l.release_id, l.closure_id, l.released_by, l.released_at, l.restorable_until, l.return_ordered_at, l.returned_at,
           (select count(*) from call c
             where c.account_id = n.account_id and c.tracking_number_id = n.tracking_number_id
               and c.called_at > ${options.now}::timestamptz - interval '30 days') as calls_30_days,
           (select max(c.called_at) from call c
             where c.account_id = n.account_id and c.tracking_number_id = n.tracking_number_id) as last_call_at
      from tracking_number n
      join account a on a.account_id = n.account_id
      left join subscription u on u.owner_id = ${payerOf}
      left join receiving_number r on r.account_id = n.account_id and r.receiving_number_id = n.receiving_number_id
      left join tracking_source s on s.account_id = n.account_id and s.tracking_source_id = n.tracking_source_id
      left join release l on l.account_id = n.account_id and l.tracking_number_id = n.tracking_number_id and l.restored_at is null
     where n.account_id = ${accountId}
       and (${options.trackingNumberId ?? null}::bigint is null or n.tracking_number_id = ${options.trackingNumberId ?? null})
       and (${options.filter} = 'all'
            or (${options.filter} = 'released' and l.release_id is not null)
            or (${options.filter} = 'in use' and l.release_id is null
                and (n.failed_at is null or n.failed_at > ${options.now}::timestamptz - interval '1 day')))
     order by coalesce(l.released_at, n.requested_at) desc, n.tracking_number_id desc
  `.execute(db);
  const switches = await findNumberSwitches(db, accountId, options.trackingNumberId);
  const prices = await findAllPrices(db);
  return rows.map(
    ({
      planCode,
      timeZone,
      releaseId,
      closureId,
      releasedBy,
      releasedAt,
      restorableUntil,
      returnOrderedAt,
      returnedAt,
      ...number
    }) => ({
      ...number,
      monthlyPriceMicros: planCode ? priceOfNext({ ...number, planCode, timeZone }, prices, options.now) : 0n,
      switches: switches.get(number.trackingNumberId) ?? [],
      release:
        releaseId === null
          ? null
          : {
              releaseId,
              closureId,
              releasedBy: releasedBy!,
              releasedAt: releasedAt!,
              restorableUntil: restorableUntil!,
              returnOrderedAt,
              returnedAt,
            },
    }),
  );
}

/** What the month of a number costs that comes next; it begins at once where the last one is over. */
function priceOfNext(
  number: Pick<NumberRow, 'kind' | 'paidUntil' | 'timeZone'> & { planCode: string },
  prices: readonly Plan[],
  now: Date,
): bigint {
  const from = number.paidUntil && number.paidUntil > now ? number.paidUntil : now;
  return nextOfNumber({ ...number, anchor: from, paidUntil: from, endedAt: null }, prices).amountMicros;
}

export async function findNumber(
  db: Db | Tx,
  accountId: number,
  trackingNumberId: number,
  now: Date,
): Promise<TrackingNumber | null> {
  const [number] = await findNumbers(db, accountId, { filter: 'all', now, trackingNumberId });
  return number ?? null;
}

/** Switches of numbers that nobody has turned back, by number. Index: switch_on. */
async function findNumberSwitches(
  db: Db | Tx,
  accountId: number,
  trackingNumberId: number | undefined,
): Promise<Map<number, Switch[]>> {
  let query = db
    .selectFrom('switch')
    .select(['trackingNumberId', 'kind', 'turnedAt', 'turnedBy', 'why'])
    .where('accountId', '=', accountId)
    .where('trackingNumberId', 'is not', null)
    .where('resumedAt', 'is', null);
  if (trackingNumberId !== undefined) query = query.where('trackingNumberId', '=', trackingNumberId);
  const found = new Map<number, Switch[]>();
  for (const { trackingNumberId: id, kind, turnedAt: since, turnedBy: by, why } of await query.execute()) {
    const on: Switch = { level: 'number', kind: kind as SwitchKind, since, by, why };
    found.set(id!, [...(found.get(id!) ?? []), on]);
  }
  return found;
}

/** How many numbers each account has in use. */
export async function countNumbersInUse(db: Db | Tx, accountIds: readonly number[]): Promise<Map<number, number>> {
  if (accountIds.length === 0) return new Map();
  const { rows } = await sql<{ accountId: number; numbers: number }>`
    select n.account_id, count(*) as numbers
      from tracking_number n
     where n.account_id in (${sql.join(accountIds)}) and n.bought_at is not null
       and not exists (
         select from release l
          where l.account_id = n.account_id and l.tracking_number_id = n.tracking_number_id and l.restored_at is null)
     group by n.account_id
  `.execute(db);
  return new Map(rows.map((row) => [row.accountId, row.numbers]));
}

/** A number of the account that is bought or being bought and not released: buying it again is the same purchase. */
export async function findOwned(tx: Tx, accountId: number, phoneNumber: string): Promise<number | null> {
  const { rows } = await sql<{ trackingNumberId: number }>`
    select n.tracking_number_id
      from number_directory d
      join tracking_number n on n.account_id = d.account_id and n.tracking_number_id = d.tracking_number_id
     where d.phone_number = ${phoneNumber} and d.account_id = ${accountId} and d.returned_at is null
       and not exists (
         select from release l
          where l.account_id = n.account_id and l.tracking_number_id = n.tracking_number_id and l.restored_at is null)
  `.execute(tx);
  return rows[0]?.trackingNumberId ?? null;
}

/** What the directory knows of a phone number, locked; null when it never was ours or was forgotten after a failed purchase. */
export async function lockPast(tx: Tx, phoneNumber: string): Promise<{ returnedAt: Date | null } | null> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`number ${phoneNumber}`}, 0))`.execute(tx);
  const row = await tx
    .selectFrom('numberDirectory')
    .select('returnedAt')
    .where('phoneNumber', '=', phoneNumber)
    .executeTakeFirst();
  return row ?? null;
}

/** Phone numbers out of `phoneNumbers` that the directory holds: in use, held or resting. */
export async function findListed(
  db: Db | Tx,
  phoneNumbers: readonly string[],
): Promise<Map<string, { returnedAt: Date | null }>> {
  if (phoneNumbers.length === 0) return new Map();
  const rows = await db
    .selectFrom('numberDirectory')
    .select(['phoneNumber', 'returnedAt'])
    .where('phoneNumber', 'in', phoneNumbers)
    .execute();
  return new Map(rows.map((row) => [row.phoneNumber, { returnedAt: row.returnedAt }]));
}

/** The carrier's ids of all numbers that were ever bought there for an account. Reads the whole table: for a start. */
export async function findCarrierNumberIds(db: Db | Tx, carrier: string): Promise<Set<string>> {
  const rows = await db
    .selectFrom('trackingNumber')
    .select('carrierNumberId')
    .where('carrier', '=', carrier)
    .where('carrierNumberId', 'is not', null)
    .execute();
  return new Set(rows.map((row) => row.carrierNumberId!));
}

export interface RequestedNumber {
  accountId: number;
  phoneNumber: string;
  kind: 'local' | 'tollfree';
  name: string | null;
  receivingNumberId: number | null;
  carrier: string;
  requestedAt: Date;
}

/** Writes down a purchase that is meant: the number, its place in the directory, and the carrier command that carries it out. */
export async function recordRequest(
  tx: Tx,
  number: RequestedNumber,
): Promise<{ trackingNumberId: number; sid: string }> {
  const sid = newSid('TPN');
  const { trackingNumberId } = await tx
    .insertInto('trackingNumber')
    .values({ ...number, sid })
    .returning('trackingNumberId')
    .executeTakeFirstOrThrow();
  const entry = { phoneNumber: number.phoneNumber, accountId: number.accountId, trackingNumberId, returnedAt: null };
  await tx
    .insertInto('numberDirectory')
    .values(entry)
    .onConflict((clash) => clash.column('phoneNumber').doUpdateSet(entry))
    .execute();
  await recordCommand(tx, {
    accountId: number.accountId,
    trackingNumberId,
    kind: 'buy',
    idempotencyKey: `buy ${sid}`,
    orderedAt: number.requestedAt,
  });
  return { trackingNumberId, sid };
}

export async function recordBought(
  tx: Tx,
  number: { accountId: number; trackingNumberId: number },
  bought: { carrierNumberId: string; boughtAt: Date; paidUntil: Date },
): Promise<void> {
  await tx
    .updateTable('trackingNumber')
    .set({ ...bought, renewalAnchor: bought.boughtAt })
    .where('accountId', '=', number.accountId)
    .where('trackingNumberId', '=', number.trackingNumberId)
    .where('boughtAt', 'is', null)
    .execute();
}

/** A purchase that came to nothing: the number says why, and leaves the directory so that it can be bought again. */
export async function recordFailedPurchase(
  tx: Tx,
  number: { accountId: number; trackingNumberId: number },
  failure: string,
  now: Date,
): Promise<void> {
  await tx
    .updateTable('trackingNumber')
    .set({ failedAt: now, failure })
    .where('accountId', '=', number.accountId)
    .where('trackingNumberId', '=', number.trackingNumberId)
    .where('boughtAt', 'is', null)
    .execute();
  await tx
    .deleteFrom('numberDirectory')
    .where('accountId', '=', number.accountId)
    .where('trackingNumberId', '=', number.trackingNumberId)
    .execute();
}

export async function updateNumber(
  tx: Tx,
  accountId: number,
  trackingNumberId: number,
  change: { name: string | null; receivingNumberId: number | null },
): Promise<void> {
  await tx
    .updateTable('trackingNumber')
    .set(change)
    .where('accountId', '=', accountId)
    .where('trackingNumberId', '=', trackingNumberId)
    .execute();
}

export async function movePaidUntil(
  tx: Tx,
  accountId: number,
  trackingNumberId: number,
  paidUntil: Date,
  anchor?: Date,
): Promise<void> {
  await tx
    .updateTable('trackingNumber')
    .set({ paidUntil, ...(anchor ? { renewalAnchor: anchor } : {}) })
    .where('accountId', '=', accountId)
    .where('trackingNumberId', '=', trackingNumberId)
    .execute();
}

/** Numbers of one lane with a month to charge, in the order in which they became due. Index: tracking_number_due. */
export async function findDueNumbers(
  db: Db | Tx,
  lane: Lane,
  now: Date,
  after: DuePlace | null,
  limit: number,
): Promise<{ accountId: number; trackingNumberId: number; paidUntil: Date }[]> {
  const { rows } = await sql<{ accountId: number; trackingNumberId: number; paidUntil: Date }>`
    select n.account_id, n.tracking_number_id, n.paid_until
      from tracking_number n
     where n.paid_until <= ${now} and n.bought_at is not null and n.account_id % ${lane.of} = ${lane.number}
       and ${after ? sql`(n.paid_until, n.tracking_number_id) > (${after.paidUntil}, ${after.id})` : sql`true`}
       and not exists (
         select from release l
          where l.account_id = n.account_id and l.tracking_number_id = n.tracking_number_id
            and l.restored_at is null and l.released_at <= n.paid_until)
       and not exists (
         select from ${closings} c
          where c.owner_id = n.account_id and c.reactivated_at is null and c.closed_at <= n.paid_until)
     order by n.paid_until, n.tracking_number_id
     limit ${limit}
  `.execute(db);
  return rows;
}

/** A number whose paid month is over, of an account that is held. It ends with its account's closing or its own release. */
export interface DueNumber extends PaidByMonth {
  accountId: number;
  trackingNumberId: number;
  phoneNumber: string;
  kind: 'local' | 'tollfree';
  payerId: number;
  /** When its payer's plan became another, if it did after the month that is due. */
  planUntil: Date | null;
}

/** The numbers of accounts with a month to charge: all of them, since their account is held anyway. */
export async function findDueNumbersOf(tx: Tx, accountIds: readonly number[], now: Date): Promise<DueNumber[]> {
  const { rows } = await sql<DueNumber>`
    select n.account_id, n.tracking_number_id, n.phone_number, n.kind, n.renewal_anchor as anchor, n.paid_until,
           a.time_zone, s.owner_id as payer_id,
           -- A month that began before the plan was changed costs what it did then.
           coalesce(m.plan_code, s.plan_code) as plan_code,
           (select min(c.began_at) from subscription_month c
             where c.owner_id = m.owner_id and c.began_at > n.paid_until and c.plan_code <> m.plan_code) as plan_until,
           least((select min(c.closed_at) from ${closings} c where c.owner_id = n.account_id and c.reactivated_at is null),
                 l.released_at) as ended_at
      from tracking_number n
      join account a using (account_id)
      join subscription s on s.owner_id = ${payerOf}
      left join subscription_month m on m.owner_id = s.owner_id and m.began_at <= n.paid_until and n.paid_until < m.ends_at
      left join release l on l.account_id = n.account_id and l.tracking_number_id = n.tracking_number_id and l.restored_at is null
     where n.account_id = any (${accountIds}::bigint[]) and n.paid_until <= ${now} and n.bought_at is not null
  `.execute(tx);
  return rows;
}

/** Moves numbers on to the end of the month that was charged last. */
export async function movePaidUntils(
  tx: Tx,
  numbers: readonly { accountId: number; trackingNumberId: number; paidUntil: Date }[],
): Promise<void> {
  await sql`
    update tracking_number n
       set paid_until = m.paid_until
      from unnest(${numbers.map((each) => each.accountId)}::bigint[], ${numbers.map((each) => each.trackingNumberId)}::bigint[],
                  ${numbers.map((each) => each.paidUntil)}::timestamptz[])
             m (account_id, tracking_number_id, paid_until)
     where n.account_id = m.account_id and n.tracking_number_id = m.tracking_number_id
  `.execute(tx);
}

// ---- Releases ----

export async function recordRelease(
  tx: Tx,
  release: {
    accountId: number;
    trackingNumberId: number;
    releasedAt: Date;
    releasedBy: string;
    closureId: number | null;
    restorableUntil: Date;
  },
): Promise<void> {
  await tx.insertInto('release').values(release).execute();
}

/** Releases every number in use, as one statement: what a closing does. Numbers already in the hold keep their own dates. */
export async function releaseAll(
  tx: Tx,
  accountId: number,
  release: { closureId: number; releasedAt: Date; releasedBy: string; restorableUntil: Date },
): Promise<number> {
  const { rows } = await sql<{ releaseId: number }>`
    insert into release (account_id, tracking_number_id, released_at, released_by, closure_id, restorable_until)
    select n.account_id, n.tracking_number_id, ${release.releasedAt}::timestamptz, ${release.releasedBy},
           ${release.closureId}::bigint, ${release.restorableUntil}::timestamptz
      from tracking_number n
     where n.account_id = ${accountId} and n.bought_at is not null
       and not exists (
         select from release l
          where l.account_id = n.account_id and l.tracking_number_id = n.tracking_number_id and l.restored_at is null)
    returning release_id
  `.execute(tx);
  return rows.length;
}

/** Ends a release by restoring; zero means that its return was ordered or somebody restored it first. */
export async function endRelease(tx: Tx, accountId: number, releaseId: number, by: string, now: Date): Promise<number> {
  const { numUpdatedRows } = await tx
    .updateTable('release')
    .set({ restoredAt: now, restoredBy: by })
    .where('accountId', '=', accountId)
    .where('releaseId', '=', releaseId)
    .where('restoredAt', 'is', null)
    .where('returnOrderedAt', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}

/** Which of the numbers that are held come back: all of them, or those with these ids. */
export type NumberChoice = 'all' | readonly number[];

const isChosen = (choice: NumberChoice) =>
  choice === 'all' ? sql`true` : sql`l.tracking_number_id = any (${choice}::bigint[])`;

export interface HeldNumber {
  accountId: number;
  trackingNumberId: number;
  phoneNumber: string;
  name: string | null;
  restorableUntil: Date;
}

/** Numbers that are held, to be chosen from. */
export async function findHeld(
  db: Db | Tx,
  accountIds: readonly number[],
  now: Date,
  limit: number,
): Promise<HeldNumber[]> {
  const { rows } = await sql<HeldNumber>`
    select n.account_id, n.tracking_number_id, n.phone_number, n.name, l.restorable_until
      from release l join tracking_number n using (account_id, tracking_number_id)
     where l.account_id = any (${accountIds}::bigint[])
       and l.restored_at is null and l.return_ordered_at is null and l.restorable_until > ${now}
     order by n.account_id, n.tracking_number_id
     limit ${limit}
  `.execute(db);
  return rows;
}

/** Numbers of accounts that are held and can be brought back at this moment, and what their next months cost from now. */
export async function measureHeld(
  db: Db | Tx,
  accountIds: readonly number[],
  now: Date,
): Promise<{ numbers: number; priceMicros: bigint }> {
  const { rows } = await sql<{
    kind: TrackingNumber['kind'];
    planCode: string;
    numbers: number;
    lapsed: number;
  }>`
    select n.kind, s.plan_code, count(*) as numbers, count(*) filter (where n.paid_until <= ${now}) as lapsed
      from release l join tracking_number n using (account_id, tracking_number_id)
      join account a using (account_id)
      join subscription s on s.owner_id = ${payerOf}
     where l.account_id = any (${accountIds}::bigint[])
       and l.restored_at is null and l.return_ordered_at is null and l.restorable_until > ${now}
     group by n.kind, s.plan_code
  `.execute(db);
  const prices = await findAllPrices(db);
  return {
    numbers: rows.reduce((sum, each) => sum + each.numbers, 0),
    priceMicros: rows.reduce((sum, { kind, planCode, lapsed }) => {
      const price = priceOfNext({ kind, planCode, paidUntil: null, timeZone: 'UTC' }, prices, now);
      return sum + price * BigInt(lapsed);
    }, 0n),
  };
}

/**
 * Brings back numbers that are still held, each with its source, routing, name and switches, in one statement for all of the
 * accounts. Whose paid month is over begins a new one now: the renewals charge it like any other. Answers with how many.
 */
export async function restoreHeld(
  tx: Tx,
  accountIds: readonly number[],
  choice: NumberChoice,
  by: string,
  now: Date,
): Promise<number> {
  const { rows } = await sql<{ restored: number }>`
    with restored as (
      update release l
         set restored_at = ${now}, restored_by = ${by}
       where l.account_id = any (${accountIds}::bigint[]) and ${isChosen(choice)}
         and l.restored_at is null and l.return_ordered_at is null and l.restorable_until > ${now}
      returning l.account_id, l.tracking_number_id
    ), renewed as (
      update tracking_number n
         set paid_until = ${now}, renewal_anchor = ${now}
        from restored r
       where n.account_id = r.account_id and n.tracking_number_id = r.tracking_number_id and n.paid_until <= ${now}
    )
    select count(*) as restored from restored
  `.execute(tx);
  return rows[0]!.restored;
}

/**
 * Orders the return of numbers whose hold is over at this moment, some at a time: the releases say so, and each gets its
 * carrier command, in one statement. A restore that was faster holds its row, and is seen here. Index: release_hold_ends.
 */
export async function orderNextReturns(tx: Tx, now: Date, limit: number): Promise<number> {
  const { rows } = await sql<{ ordered: number }>`
    with due as (
      select account_id, release_id from release
       where restorable_until <= ${now} and restored_at is null and return_ordered_at is null
       order by restorable_until, account_id, release_id
       limit ${limit}
         for update skip locked
    ), ordered as (
      update release l set return_ordered_at = ${now}
        from due
       where l.account_id = due.account_id and l.release_id = due.release_id
         and l.restored_at is null and l.return_ordered_at is null
      returning l.account_id, l.release_id, l.tracking_number_id
    ), commanded as (
      insert into carrier_command (account_id, tracking_number_id, kind, idempotency_key, ordered_at, next_attempt_at)
      select o.account_id, o.tracking_number_id, 'return', 'return ' || n.sid || '/' || o.release_id, ${now}, ${now}
        from ordered o join tracking_number n using (account_id, tracking_number_id)
      on conflict (idempotency_key) do nothing
    )
    select count(*) as ordered from ordered
  `.execute(tx);
  return rows[0]!.ordered;
}

/** The carrier has the number back: the release says when, and the directory lets the number rest. */
export async function recordReturned(
  tx: Tx,
  number: { accountId: number; trackingNumberId: number },
  now: Date,
): Promise<void> {
  await tx
    .updateTable('release')
    .set({ returnedAt: now })
    .where('accountId', '=', number.accountId)
    .where('trackingNumberId', '=', number.trackingNumberId)
    .where('restoredAt', 'is', null)
    .where('returnedAt', 'is', null)
    .execute();
  await tx
    .updateTable('numberDirectory')
    .set({ returnedAt: now })
    .where('accountId', '=', number.accountId)
    .where('trackingNumberId', '=', number.trackingNumberId)
    .execute();
}

// ---- Receiving numbers and tracking sources ----

export interface ReceivingNumber {
  receivingNumberId: number;
  sid: string;
  phoneNumber: string;
  name: string | null;
  usedBy: number;
}

export async function findReceivingNumbers(db: Db | Tx, accountId: number): Promise<ReceivingNumber[]> {
  const { rows } = await sql<ReceivingNumber>`
    select r.receiving_number_id, r.sid, r.phone_number, r.name,
           (select count(*) from tracking_number n
             where n.account_id = r.account_id and n.receiving_number_id = r.receiving_number_id and n.bought_at is not null) as used_by
      from receiving_number r
     where r.account_id = ${accountId}
     order by coalesce(r.name, r.phone_number), r.receiving_number_id
  `.execute(db);
  return rows;
}

/** The account's receiving number of that phone number, made if need be. */
export async function keepReceivingNumber(
  tx: Tx,
  accountId: number,
  phoneNumber: string,
  name: string | null,
  now: Date,
): Promise<number> {
  await tx
    .insertInto('receivingNumber')
    .values({ accountId, sid: newSid('RPN'), phoneNumber, name, createdAt: now })
    .onConflict((clash) => clash.columns(['accountId', 'phoneNumber']).doNothing())
    .execute();
  const row = await tx
    .selectFrom('receivingNumber')
    .select('receivingNumberId')
    .where('accountId', '=', accountId)
    .where('phoneNumber', '=', phoneNumber)
    .executeTakeFirstOrThrow();
  return row.receivingNumberId;
}

/** Names a receiving number; zero when the account has no such one. */
export async function nameReceivingNumber(
  tx: Tx,
  accountId: number,
  receivingNumberId: number,
  name: string | null,
): Promise<number> {
  const { numUpdatedRows } = await tx
    .updateTable('receivingNumber')
    .set({ name })
    .where('accountId', '=', accountId)
    .where('receivingNumberId', '=', receivingNumberId)
    .executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}

/** The account's tracking source of that name, whatever its case; a removed one only if no other has it. */
export async function findSourceNamed(
  db: Db | Tx,
  accountId: number,
  name: string,
  exceptId: number | null = null,
): Promise<NamedSource | null> {
  const { rows } = await sql<NamedSource>`
    select tracking_source_id, name, removed_at
      from tracking_source
     where account_id = ${accountId} and lower(name) = lower(${name}::text)
       and tracking_source_id is distinct from ${exceptId}::bigint
     order by removed_at is not null, name <> ${name}, removed_at desc
     limit 1
  `.execute(db);
  return rows[0] ?? null;
}

/** The account's sources by name, without the removed ones. */
export async function findNamedSources(db: Db | Tx, accountId: number): Promise<NamedSource[]> {
  return db
    .selectFrom('trackingSource')
    .select(['trackingSourceId', 'name', 'removedAt'])
    .where('accountId', '=', accountId)
    .where('removedAt', 'is', null)
    .orderBy(sql`lower(name)`)
    .execute();
}

/** What a source is from its first moment on. */
export interface NewSource extends SourceRules {
  name: string;
  description: string | null;
  isOnsite: boolean;
  isLastTouch: boolean;
}

/**
 * Adds a source, to be tried last. A removed one of its name comes back as this one, since earlier calls bear it: nothing of
 * its rules is left.
 */
export async function recordSource(tx: Tx, accountId: number, source: NewSource, now: Date): Promise<number> {
  const columns = { ...source, clickIds: [...source.clickIds], position: 9_999, removedAt: null };
  const removed = await findSourceNamed(tx, accountId, source.name);
  if (removed?.removedAt) {
    await tx
      .updateTable('trackingSource')
      .set(columns)
      .where('accountId', '=', accountId)
      .where('trackingSourceId', '=', removed.trackingSourceId)
      .execute();
    return removed.trackingSourceId;
  }
  const { trackingSourceId } = await tx
    .insertInto('trackingSource')
    .values({ ...columns, accountId, sid: newSid('TSO'), createdAt: now })
    .returning('trackingSourceId')
    .executeTakeFirstOrThrow();
  return trackingSourceId;
}

/**
 * Lets a tracking number stand for this source, or for none: the one way in which it comes to. Whoever had it of a pool has it
 * no more. Answers with the name of the source whose pool it left.
 */
export async function setSourceOfNumber(
  tx: Tx,
  accountId: number,
  trackingNumberId: number,
  trackingSourceId: number | null,
): Promise<string | null> {
  const { rows } = await sql<{ name: string }>`
    with changed as (
      select account_id, tracking_number_id, tracking_source_id
        from tracking_number
       where account_id = ${accountId} and tracking_number_id = ${trackingNumberId}
         and tracking_source_id is distinct from ${trackingSourceId}::bigint
    ), freed as (
      delete from pool_assignment a using changed c
       where a.account_id = c.account_id and a.tracking_number_id = c.tracking_number_id
    ), given as (
      update tracking_number n set tracking_source_id = ${trackingSourceId}::bigint
        from changed c
       where n.account_id = c.account_id and n.tracking_number_id = c.tracking_number_id
    )
    select s.name
      from changed c join number_pool p using (account_id, tracking_source_id) join tracking_source s using (account_id, tracking_source_id)
  `.execute(tx);
  return rows[0]?.name ?? null;
}

// ---- Carrier commands ----

export interface Command {
  commandId: number;
  accountId: number;
  trackingNumberId: number;
  kind: 'buy' | 'return';
  idempotencyKey: string;
  attempts: number;
}

export async function recordCommand(
  tx: Tx,
  command: {
    accountId: number;
    trackingNumberId: number;
    kind: 'buy' | 'return';
    idempotencyKey: string;
    orderedAt: Date;
  },
): Promise<void> {
  await tx
    .insertInto('carrierCommand')
    .values({ ...command, nextAttemptAt: command.orderedAt })
    .onConflict((clash) => clash.column('idempotencyKey').doNothing())
    .execute();
}

/** Takes the next due commands for `leaseSeconds`; two workers never hold the same one. Index: carrier_command_due. */
export async function leaseCommands(tx: Tx, now: Date, leaseSeconds: number, limit: number): Promise<Command[]> {
  const { rows } = await sql<Command>`
    update carrier_command c
       set attempts = c.attempts + 1, leased_until = ${now}::timestamptz + ${leaseSeconds} * interval '1 second'
      from (select command_id
              from carrier_command
             where done_at is null and failed_at is null and next_attempt_at <= ${now}
               and (leased_until is null or leased_until <= ${now})
             order by next_attempt_at, command_id
             limit ${limit}
               for update skip locked) due
     where c.command_id = due.command_id
    returning c.command_id, c.account_id, c.tracking_number_id, c.kind, c.idempotency_key, c.attempts
  `.execute(tx);
  return rows;
}

export async function finishCommand(tx: Tx, commandId: number, now: Date): Promise<void> {
  await tx
    .updateTable('carrierCommand')
    .set({ doneAt: now, leasedUntil: null, lastError: null })
    .where('commandId', '=', commandId)
    .execute();
}

export async function failCommand(tx: Tx, commandId: number, why: string, now: Date): Promise<void> {
  await tx
    .updateTable('carrierCommand')
    .set({ failedAt: now, leasedUntil: null, lastError: why })
    .where('commandId', '=', commandId)
    .execute();
}

export async function postponeCommand(tx: Tx, commandId: number, why: string, nextAttemptAt: Date): Promise<void> {
  await tx
    .updateTable('carrierCommand')
    .set({ nextAttemptAt, leasedUntil: null, lastError: why })
    .where('commandId', '=', commandId)
    .execute();
}

/** Lets a command that waits or failed be sent at once. Zero means that it is done already. */
export async function hastenCommand(tx: Tx, commandId: number, now: Date): Promise<number> {
  const { numUpdatedRows } = await tx
    .updateTable('carrierCommand')
    .set({ nextAttemptAt: now })
    .where('commandId', '=', commandId)
    .where('doneAt', 'is', null)
    .where('failedAt', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}

export interface CommandLine extends Command {
  phoneNumber: string;
  accountName: string;
  orderedAt: Date;
  nextAttemptAt: Date;
  doneAt: Date | null;
  failedAt: Date | null;
  lastError: string | null;
}

/** The newest commands, for the operator's page or for one account. Index: carrier_command_log. */
export async function findCommands(
  db: Db | Tx,
  options: { accountId?: number; waitingOnly?: boolean; limit: number },
): Promise<CommandLine[]> {
  const { rows } = await sql<CommandLine>`
    select c.command_id, c.account_id, c.tracking_number_id, c.kind, c.idempotency_key, c.attempts, c.ordered_at,
           c.next_attempt_at, c.done_at, c.failed_at, c.last_error, n.phone_number, a.name as account_name
      from carrier_command c
      join tracking_number n on n.account_id = c.account_id and n.tracking_number_id = c.tracking_number_id
      join account a on a.account_id = c.account_id
     where (${options.accountId ?? null}::bigint is null or c.account_id = ${options.accountId ?? null})
       and (not ${options.waitingOnly ?? false} or (c.done_at is null and c.failed_at is null))
     order by c.ordered_at desc, c.command_id desc
     limit ${options.limit}
  `.execute(db);
  return rows;
}
