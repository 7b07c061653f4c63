import { sql } from 'kysely';
import type { NewSource } from '../../numbers/store.ts';
import type { Db, Tx } from '../../platform/db.ts';
import type { SourceFacts } from '../../rules/sources.ts';

/** A tracking source with its rules, in the order in which sources are tried. */
export interface TrackingSource extends SourceFacts {
  accountId: number;
  trackingSourceId: number;
  description: string | null;
  position: number;
  /** In use: bought and not released. */
  numbers: number;
}

/** What a person says of a source. */
export interface SourceWish extends NewSource {
  /** Null: where it fits among the others. */
  position: number | null;
}

/** The account's sources by position. */
export async function findSources(db: Db | Tx, accountId: number): Promise<TrackingSource[]> {
  const { rows } = await sql<TrackingSource>`
    select s.account_id, s.tracking_source_id, s.sid, s.name, s.description, s.position, s.is_onsite, s.is_last_touch,
           s.referrer_pattern, s.landing_pattern, s.not_referrer_pattern, s.not_landing_pattern,
           s.utm_source, s.utm_medium, s.utm_campaign, s.click_ids,
           (p.tracking_source_id is not null) as is_pool,
           (select count(*) from tracking_number n
             where n.account_id = s.account_id and n.tracking_source_id = s.tracking_source_id and n.bought_at is not null
               and not exists (select from release l
                                where l.account_id = n.account_id and l.tracking_number_id = n.tracking_number_id
                                  and l.restored_at is null)) as numbers
      from tracking_source s
      left join number_pool p using (account_id, tracking_source_id)
     where s.account_id = ${accountId} and s.removed_at is null
     order by s.position, s.tracking_source_id
  `.execute(db);
  return rows;
}

/** One that is not removed. */
export async function findSource(
  db: Db | Tx,
  accountId: number,
  trackingSourceId: number,
): Promise<TrackingSource | null> {
  return (await findSources(db, accountId)).find((each) => each.trackingSourceId === trackingSourceId) ?? null;
}

const columnsOf = ({ position, clickIds, ...wish }: SourceWish) => ({ ...wish, clickIds: [...clickIds] });

export async function updateSource(
  tx: Tx,
  accountId: number,
  trackingSourceId: number,
  wish: SourceWish,
): Promise<void> {
  await tx
    .updateTable('trackingSource')
    .set(columnsOf(wish))
    .where('accountId', '=', accountId)
    .where('trackingSourceId', '=', trackingSourceId)
    .execute();
}

/** Gives a source the position that a client of the API names; of equals the older is tried first. */
export async function setPosition(
  tx: Tx,
  accountId: number,
  trackingSourceId: number,
  position: number,
): Promise<void> {
  await tx
    .updateTable('trackingSource')
    .set({ position })
    .where('accountId', '=', accountId)
    .where('trackingSourceId', '=', trackingSourceId)
    .execute();
}

/** Puts sources into this order, counting from one. */
export async function arrangeSources(tx: Tx, accountId: number, trackingSourceIds: readonly number[]): Promise<void> {
  await sql`
    update tracking_source s
       set position = o.position
      from unnest(${trackingSourceIds}::bigint[]) with ordinality o (tracking_source_id, position)
     where s.account_id = ${accountId} and s.tracking_source_id = o.tracking_source_id and s.position <> o.position
  `.execute(tx);
}

/** Removes a source: its numbers stand for none, a pool of it ends; calls and visits keep it. Answers with the numbers. */
export async function recordRemoved(tx: Tx, accountId: number, trackingSourceId: number, now: Date): Promise<string[]> {
  await sql`
    delete from pool_assignment a
     using tracking_number n
     where a.account_id = ${accountId} and n.account_id = a.account_id and n.tracking_number_id = a.tracking_number_id
       and n.tracking_source_id = ${trackingSourceId}
  `.execute(tx);
  await tx
    .deleteFrom('numberPool')
    .where('accountId', '=', accountId)
    .where('trackingSourceId', '=', trackingSourceId)
    .execute();
  const numbers = await tx
    .updateTable('trackingNumber')
    .set({ trackingSourceId: null })
    .where('accountId', '=', accountId)
    .where('trackingSourceId', '=', trackingSourceId)
    .returning('phoneNumber')
    .execute();
  await tx
    .updateTable('trackingSource')
    .set({ removedAt: now })
    .where('accountId', '=', accountId)
    .where('trackingSourceId', '=', trackingSourceId)
    .execute();
  return numbers.map((each) => each.phoneNumber);
}
