import { sql } from 'kysely';
import type { Db, Tx } from '../../platform/db.ts';
import { newSid } from '../../platform/ids.ts';

/** A number that stands on the website. */
export interface TargetNumber {
  targetNumberId: number;
  sid: string;
  phoneNumber: string;
  name: string | null;
  createdAt: Date;
  removedAt: Date | null;
}

/** The account's target numbers, removed ones only if asked for: what stood in for one keeps saying so. */
export async function findTargets(
  db: Db | Tx,
  accountId: number,
  options: { withRemoved?: boolean } = {},
): Promise<TargetNumber[]> {
  let query = db
    .selectFrom('targetNumber')
    .select(['targetNumberId', 'sid', 'phoneNumber', 'name', 'createdAt', 'removedAt'])
    .where('accountId', '=', accountId)
    .orderBy('targetNumberId');
  if (!options.withRemoved) query = query.where('removedAt', 'is', null);
  return query.execute();
}

/** Adds a target number, or brings back the removed one with that phone number: by its name, unless another is given. */
export async function recordTarget(
  tx: Tx,
  accountId: number,
  target: { phoneNumber: string; name: string | null },
  now: Date,
): Promise<{ targetNumberId: number; name: string | null }> {
  return tx
    .insertInto('targetNumber')
    .values({ ...target, accountId, sid: newSid('TGN'), createdAt: now })
    .onConflict((clash) =>
      clash
        .columns(['accountId', 'phoneNumber'])
        .doUpdateSet({ name: sql`coalesce(excluded.name, target_number.name)`, removedAt: null }),
    )
    .returning(['targetNumberId', 'name'])
    .executeTakeFirstOrThrow();
}

/** Names a target number; zero when the account has no such one. */
export async function nameTarget(
  tx: Tx,
  accountId: number,
  targetNumberId: number,
  name: string | null,
): Promise<number> {
  const { numUpdatedRows } = await tx
    .updateTable('targetNumber')
    .set({ name })
    .where('accountId', '=', accountId)
    .where('targetNumberId', '=', targetNumberId)
    .where('removedAt', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}

/** The choices that name it stay: a number that stood in for it alone is not let loose on others. */
export async function recordTargetRemoved(
  tx: Tx,
  accountId: number,
  targetNumberId: number,
  now: Date,
): Promise<string | null> {
  const row = await tx
    .updateTable('targetNumber')
    .set({ removedAt: now })
    .where('accountId', '=', accountId)
    .where('targetNumberId', '=', targetNumberId)
    .where('removedAt', 'is', null)
    .returning('phoneNumber')
    .executeTakeFirst();
  return row?.phoneNumber ?? null;
}

/** Which target numbers each tracking number was chosen to stand in for; one that isn't in the map stands in for every one. */
export async function findStandIns(db: Db | Tx, accountId: number): Promise<Map<number, number[]>> {
  const rows = await db
    .selectFrom('numberTarget')
    .select(['trackingNumberId', 'targetNumberId'])
    .where('accountId', '=', accountId)
    .orderBy('targetNumberId')
    .execute();
  const chosen = new Map<number, number[]>();
  for (const { trackingNumberId, targetNumberId } of rows)
    chosen.set(trackingNumberId, [...(chosen.get(trackingNumberId) ?? []), targetNumberId]);
  return chosen;
}

/** Lets a tracking number stand in for these target numbers; for none of them named, every one. */
export async function setStandIns(
  tx: Tx,
  accountId: number,
  trackingNumberId: number,
  targetNumberIds: readonly number[],
): Promise<void> {
  await tx
    .deleteFrom('numberTarget')
    .where('accountId', '=', accountId)
    .where('trackingNumberId', '=', trackingNumberId)
    .execute();
  await sql`
    insert into number_target (account_id, tracking_number_id, target_number_id)
    select ${accountId}, ${trackingNumberId}, t.target_number_id
      from target_number t
     where t.account_id = ${accountId} and t.target_number_id = any (${targetNumberIds}::bigint[])
  `.execute(tx);
}
