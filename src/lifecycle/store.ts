import { sql } from 'kysely';
import { closings } from '../accounts/store.ts';
import { countPayments } from '../billing/payments/store.ts';
import { countParts, sumUnclaimed } from '../billing/refunds/store.ts';
import { readClock } from '../platform/clock.ts';
import type { Db, Tx } from '../platform/db.ts';
import { readJobFacts } from '../platform/jobs.ts';
import type { Facts } from '../platform/metrics.ts';

/** Calls of each number within the last days. Index: call_log. */
export async function countRecentCalls(
  db: Db | Tx,
  accountId: number,
  now: Date,
  days: number,
): Promise<Map<number, number>> {
  const { rows } = await sql<{ trackingNumberId: number; calls: number }>`
    select tracking_number_id, count(*) as calls
      from call
     where account_id = ${accountId} and called_at > ${now}::timestamptz - ${days} * interval '1 day'
     group by tracking_number_id
  `.execute(db);
  return new Map(rows.map((row) => [row.trackingNumberId, row.calls]));
}

export interface DeedLine {
  deedId: number;
  at: Date;
  personName: string | null;
  role: string;
  action: string;
  detail: Record<string, unknown>;
}

/** An owner's journal, newest first. Index: deed_log. */
export async function findDeeds(db: Db | Tx, ownerId: number, limit: number): Promise<DeedLine[]> {
  const rows = await db
    .selectFrom('deed as d')
    .leftJoin('person as p', 'p.id', 'd.personId')
    .select(['d.deedId', 'd.at', 'p.name as personName', 'd.role', 'd.action', 'd.detail'])
    .where('d.ownerId', '=', ownerId)
    .orderBy('d.at', 'desc')
    .orderBy('d.deedId', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ ...row, detail: row.detail as Record<string, unknown> }));
}

export interface WorkCount {
  charges: number;
  returned: number;
  held: number;
  /** What the worker has yet to do at this moment. */
  due: number;
}

/** How much has been done in the whole house, and how much is due: what the command line waits for after turning the clock. */
export async function countWork(db: Db | Tx, now: Date): Promise<WorkCount> {
  const { rows } = await sql<WorkCount>`
    select (select count(*) from charge) as charges,
           (select count(*) from release where returned_at is not null) as returned,
           (select count(*) from release where restored_at is null and return_ordered_at is null) as held,
           (select count(*) from subscription s where s.paid_until <= ${now} and s.ended_at is null and not exists (
              select from ${closings} c where c.owner_id = s.owner_id and c.reactivated_at is null and c.closed_at <= s.paid_until))
           + (select count(*) from tracking_number n where n.paid_until <= ${now} and not exists (
              select from release l where l.account_id = n.account_id and l.tracking_number_id = n.tracking_number_id
                 and l.restored_at is null and l.released_at <= n.paid_until) and not exists (
              select from ${closings} c where c.owner_id = n.account_id and c.reactivated_at is null and c.closed_at <= n.paid_until))
           + (select count(*) from charge where settled_at is null)
           + (select count(*) from arrears a join reminder r using (owner_id, arrears_id)
               where a.ended_at is null and r.sent_at is null and r.due_at <= ${now} and not exists (
                 select from ${closings} c where c.owner_id = a.owner_id and c.reactivated_at is null))
           + (select count(*) from release where restored_at is null and return_ordered_at is null and restorable_until <= ${now})
           + (select count(*) from carrier_command where done_at is null and failed_at is null) as due
  `.execute(db);
  return rows[0]!;
}

/** What /metrics tells of the whole house. An attempt that is under way counts as none yet. Index: release_hold_ends. */
export async function readFacts(db: Db): Promise<Facts> {
  const now = await readClock(db);
  const { rows: commands } = await sql<Facts['commands'][number]>`
    select kind, count(done_at) as done, count(failed_at) as failed,
           sum(attempts) - count(done_at) - count(failed_at) - count(*) filter (where waits and leased_until > ${now}) as retried,
           count(*) filter (where waits and next_attempt_at <= ${now}) as due,
           extract(epoch from ${now} - min(ordered_at) filter (where waits))::float as oldest_seconds
      from carrier_command, lateral (select done_at is null and failed_at is null as waits) as state
     group by kind
  `.execute(db);
  const { rows: held } = await sql<{ numbers: number }>`
    select count(*) as numbers from release where restored_at is null and return_ordered_at is null
  `.execute(db);
  const payments = await countPayments(db, now);
  const parts = await countParts(db, now);
  return {
    commands,
    money: [
      { kind: 'payment', ...payments },
      { kind: 'refund', ...parts },
    ],
    openDisputes: payments.openDisputes,
    undecidedRefunds: parts.undecided,
    unclaimedOwners: (await sumUnclaimed(db)).reduce((sum, each) => sum + each.owners, 0),
    heldNumbers: held[0]!.numbers,
    ...(await readJobFacts(db)),
  };
}

// ---- Canceling an agency ----

export interface AgencyExtent {
  subAccounts: number;
  numbers: number;
  digest: string;
  lastCallAt: Date | null;
}

/** How much an agency's canceling would close: sub-accounts that are not closed, and their numbers in use. */
export async function measureAgency(db: Db | Tx, agencyId: number): Promise<AgencyExtent> {
  const { rows } = await sql<AgencyExtent>`
    with active as (
      select a.account_id
        from account a
       where a.agency_id = ${agencyId}
         and not exists (select from closure c where c.account_id = a.account_id and c.reactivated_at is null)
    ), used as (
      select n.account_id, n.tracking_number_id
        from active join tracking_number n using (account_id)
       where n.bought_at is not null
         and not exists (select from release l where l.account_id = n.account_id
                            and l.tracking_number_id = n.tracking_number_id and l.restored_at is null)
    )
    select (select count(*) from active) as sub_accounts,
           (select count(*) from used) as numbers,
           md5((select coalesce(string_agg(account_id::text, ',' order by account_id), '') from active) || '/' ||
               (select coalesce(string_agg(tracking_number_id::text, ',' order by account_id, tracking_number_id), '') from used)) as digest,
           (select max(last.called_at) from active
              cross join lateral (select called_at from call k where k.account_id = active.account_id
                                   order by called_at desc limit 1) last) as last_call_at
  `.execute(db);
  return rows[0]!;
}

export async function recordAgencyClosure(
  tx: Tx,
  closure: {
    agencyId: number;
    closedAt: Date;
    closedBy: string;
    closedByRole: string;
    reason: string | null;
    why: string | null;
    numbersRestorableUntil: Date;
    reactivatableUntil: Date;
    refundableUntil: Date;
    policyVersion: number;
    planHash: string;
  },
): Promise<void> {
  await tx.insertInto('agencyClosure').values(closure).execute();
}

export interface UnfinishedClosure {
  agencyId: number;
  agencyClosureId: number;
  closedAt: Date;
}

/** An agency's closure that has not come round to all sub-accounts; locked, and no other worker's. */
export async function takeUnfinishedClosure(tx: Tx): Promise<UnfinishedClosure | null> {
  const { rows } = await sql<UnfinishedClosure>`
    select agency_id, agency_closure_id, closed_at from agency_closure
     where carried_out_at is null order by closed_at limit 1 for update skip locked
  `.execute(tx);
  return rows[0] ?? null;
}

/**
 * Closes the next sub-accounts of a canceled agency as of its moment and under its promises, releases their numbers into
 * the hold, and writes their journals; one statement for all of them. What was closed before keeps its own closure, what
 * was released before its own hold. Answers with how many were closed, and which of them have a subscription of their own.
 */
export async function closeNextSubAccounts(tx: Tx, { agencyId, agencyClosureId }: UnfinishedClosure, limit: number) {
  const { rows } = await sql<{ closed: number; subscribers: string[] }>`
    with agencys as (
      select * from agency_closure where agency_id = ${agencyId} and agency_closure_id = ${agencyClosureId}
    ), closed as (
      insert into closure (account_id, closed_at, closed_by, closed_by_role, why, numbers_restorable_until,
                           reactivatable_until, refundable_until, policy_version, plan_hash, agency_closure_id)
      select a.account_id, g.closed_at, g.closed_by, g.closed_by_role, g.why, g.numbers_restorable_until,
             g.reactivatable_until, g.refundable_until, g.policy_version, g.plan_hash, g.agency_closure_id
        from agencys g join account a on a.agency_id = g.agency_id
       where not exists (select from closure c where c.account_id = a.account_id and c.reactivated_at is null)
       order by a.account_id
       limit ${limit}
      returning account_id, closure_id
    ), released as (
      insert into release (account_id, tracking_number_id, released_at, released_by, closure_id, restorable_until)
      select n.account_id, n.tracking_number_id, g.closed_at, g.closed_by, closed.closure_id, g.numbers_restorable_until
        from agencys g, closed join tracking_number n using (account_id)
       where n.bought_at is not null
         and not exists (select from release l where l.account_id = n.account_id
                            and l.tracking_number_id = n.tracking_number_id and l.restored_at is null)
      returning account_id
    ), journaled as (
      insert into deed (owner_id, at, person_id, role, action, idempotency_key, input_hash, detail, answer)
      select closed.account_id, g.closed_at, g.closed_by, g.closed_by_role, 'cancel-agency',
             'agency closure ' || g.agency_closure_id, g.plan_hash,
             jsonb_build_object('releasedNumbers', coalesce(r.numbers, 0)), 'true'
        from agencys g
       cross join closed
        left join (select account_id, count(*) as numbers from released group by account_id) r using (account_id)
      returning owner_id
    )
    select (select count(*) from journaled) as closed,
           array(select account_id from closed join subscription s on s.owner_id = account_id and s.ended_at is null order by 1) as subscribers
  `.execute(tx);
  const { closed, subscribers } = rows[0]!;
  return { closed, subscribers: subscribers.map(Number) };
}

export async function finishAgencyClosure(tx: Tx, { agencyId, agencyClosureId }: UnfinishedClosure, now: Date) {
  await tx
    .updateTable('agencyClosure')
    // A worker whose moment began just before the canceling came may be the one that finds nothing to do.
    .set({ carriedOutAt: sql<Date>`greatest(${now}::timestamptz, closed_at)` })
    .where('agencyId', '=', agencyId)
    .where('agencyClosureId', '=', agencyClosureId)
    .execute();
}

/** How far an agency's closure has come, in its sub-accounts and in their numbers. */
export interface ClosureProgress {
  subAccounts: number;
  closed: number;
  released: number;
  held: number;
  restored: number;
  returned: number;
  /** What the carrier said last to a return that it has not taken yet. */
  trouble: string | null;
}

export async function findClosureProgress(db: Db | Tx, agencyId: number, agencyClosureId: number) {
  const { rows } = await sql<ClosureProgress>`
    with closed as (
      select account_id, closure_id from closure join account using (account_id)
       where agency_id = ${agencyId} and agency_closure_id = ${agencyClosureId}
    ), waiting as (
      select count(*) as accounts from account a
       where a.agency_id = ${agencyId}
         and not exists (select from closure c where c.account_id = a.account_id and c.reactivated_at is null)
    ), numbers as (
      select count(*) as released,
             count(*) filter (where restored_at is null and returned_at is null) as held,
             count(restored_at) as restored,
             count(returned_at) as returned
        from closed join release using (account_id, closure_id)
    )
    select (select count(*) from closed) as closed,
           (select count(*) from closed) + (select accounts from waiting) as sub_accounts,
           numbers.*,
           (select k.last_error from carrier_command k
             where k.kind = 'return' and k.done_at is null and k.last_error is not null
               and k.account_id in (select account_id from closed) limit 1) as trouble
      from numbers
  `.execute(db);
  return rows[0]!;
}

/** Sub-accounts that were closed with their agency and are so still. */
export async function findClosedWith(db: Db | Tx, agencyId: number, agencyClosureId: number): Promise<number[]> {
  const rows = await db
    .selectFrom('closure as c')
    .innerJoin('account as a', 'a.accountId', 'c.accountId')
    .select('a.accountId')
    .where('a.agencyId', '=', agencyId)
    .where('c.agencyClosureId', '=', agencyClosureId)
    .where('c.reactivatedAt', 'is', null)
    .orderBy('a.accountId')
    .execute();
  return rows.map((row) => row.accountId);
}

export async function endAgencyClosure(
  tx: Tx,
  { agencyClosureId }: { agencyClosureId: number },
  agencyId: number,
  by: string,
  now: Date,
): Promise<void> {
  await tx
    .updateTable('agencyClosure')
    .set({ reactivatedAt: now, reactivatedBy: by })
    .where('agencyId', '=', agencyId)
    .where('agencyClosureId', '=', agencyClosureId)
    .where('reactivatedAt', 'is', null)
    .execute();
}

/** Ends the closures that accounts got from their agency's. */
export async function reopenAccounts(
  tx: Tx,
  accountIds: readonly number[],
  agencyClosureId: number,
  by: string,
  now: Date,
): Promise<void> {
  await sql`
    update closure set reactivated_at = ${now}, reactivated_by = ${by}
     where account_id = any (${accountIds}::bigint[]) and agency_closure_id = ${agencyClosureId} and reactivated_at is null
  `.execute(tx);
}
