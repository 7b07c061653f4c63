import { sql } from 'kysely';
import { closings } from '../accounts/store.ts';
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
           (select count(*) from subscription s where s.paid_until <= ${now} and not exists (
              select from ${closings} c where c.owner_id = s.owner_id and c.reactivated_at is null and c.closed_at <= s.paid_until))
           + (select count(*) from tracking_number n where n.paid_until <= ${now} and not exists (
              select from release l where l.account_id = n.account_id and l.tracking_number_id = n.tracking_number_id
                 and l.restored_at is null and l.released_at <= n.paid_until) and not exists (
              select from ${closings} c where c.owner_id = n.account_id and c.reactivated_at is null and c.closed_at <= n.paid_until))
           + (select count(*) from charge where settled_at is null)
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
  return { commands, heldNumbers: held[0]!.numbers, ...(await readJobFacts(db)) };
}
