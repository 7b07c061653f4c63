import { sql } from 'kysely';
import type { Db, Tx } from '../platform/db.ts';

/** What the tracking code keeps, and for how long. */
export interface SwappingSettings {
  cookieDays: number;
  /** At once; once the page says that the visitor agrees; never. */
  storage: 'cookie' | 'consent' | 'none';
  respectsSignals: boolean;
  addressKept: 'truncated' | 'hashed' | 'none';
  visitsKeptDays: number;
}

export async function findSwappingSettings(db: Db | Tx, accountId: number): Promise<SwappingSettings> {
  const row = await db
    .selectFrom('swappingSettings')
    .select(['cookieDays', 'storage', 'respectsSignals', 'addressKept', 'visitsKeptDays'])
    .where('accountId', '=', accountId)
    .executeTakeFirst();
  const usual = {
    cookieDays: 30,
    storage: 'cookie',
    respectsSignals: true,
    addressKept: 'truncated',
    visitsKeptDays: 365,
  };
  return (row ?? usual) as SwappingSettings;
}

export async function keepSwappingSettings(tx: Tx, accountId: number, settings: SwappingSettings): Promise<void> {
  await tx
    .insertInto('swappingSettings')
    .values({ accountId, ...settings })
    .onConflict((clash) => clash.column('accountId').doUpdateSet(settings))
    .execute();
}

/** What of a visitor is gone. */
export interface ErasedVisitor {
  visits: number;
  pageViews: number;
  showings: number;
}

/** Erases a visitor with all that hangs on them; null when there is none. */
export async function eraseVisitorRows(tx: Tx, accountId: number, visitorSid: string): Promise<ErasedVisitor | null> {
  const visitors = sql`(select visitor_id from visitor where account_id = ${accountId} and sid = ${visitorSid})`;
  const visits = sql`(select visit_id from visit where account_id = ${accountId} and visitor_id in ${visitors})`;
  const remove = async (table: string, of: string, which: typeof visits) =>
    Number(
      (
        await sql`delete from ${sql.table(table)} where account_id = ${accountId} and ${sql.ref(of)} in ${which}`.execute(
          tx,
        )
      ).numAffectedRows,
    );
  await remove('call_visit', 'visit_id', visits);
  const showings = await remove('showing', 'visit_id', visits);
  const pageViews = await remove('page_view', 'visit_id', visits);
  const counted = await remove('visit', 'visitor_id', visitors);
  await remove('pool_assignment', 'visitor_id', visitors);
  return (await remove('visitor', 'visitor_id', visitors)) > 0 ? { visits: counted, pageViews, showings } : null;
}
