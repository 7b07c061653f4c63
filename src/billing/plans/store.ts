import { sql } from 'kysely';
import type { Db, Tx } from '../../platform/db.ts';
import type { Feature, Featured } from '../../rules/features.ts';
import type { Plan, Prices } from '../../rules/plans.ts';
import { findAllPrices, findPlans } from '../store.ts';

/** A plan with the prices of a moment and what it has. */
export interface OfferedPlan extends Plan, Featured {}

/** The plans of one kind, in the order in which they are offered. */
export async function findOfferedPlans(db: Db | Tx, kind: Plan['kind'], now: Date): Promise<OfferedPlan[]> {
  const has = await findFeatures(db);
  const plans = (await findPlans(db, now)).filter((each) => each.kind === kind);
  return plans.map((each) => ({ ...each, has: has.get(each.planCode) ?? [] }));
}

async function findFeatures(db: Db | Tx): Promise<Map<string, Feature[]>> {
  const rows = await db.selectFrom('planFeature').select(['planCode', 'feature']).execute();
  const found = new Map<string, Feature[]>();
  for (const { planCode, feature } of rows) found.set(planCode, [...(found.get(planCode) ?? []), feature as Feature]);
  return found;
}

/** How many toll-free numbers an owner pays for. */
export async function countTollFree(db: Db | Tx, payerId: number): Promise<number> {
  const { rows } = await sql<{ numbers: number }>`
    select count(*) as numbers
      from account a
      join tracking_number n on n.account_id = a.account_id and n.kind = 'tollfree' and n.bought_at is not null
     where (a.account_id = ${payerId} and a.payer = 'own' or a.agency_id = ${payerId} and a.payer = 'agency')
       and not exists (select from release l where l.account_id = n.account_id
                          and l.tracking_number_id = n.tracking_number_id and l.restored_at is null)
  `.execute(db);
  return rows[0]!.numbers;
}

/** A version of a plan's prices, with who set it; null for those it came with. */
export interface PriceVersion extends Plan {
  setAt: Date;
  setBy: string | null;
}

/** Every version of a plan's prices, the newest first. */
export async function findVersions(db: Db | Tx, planCode: string): Promise<PriceVersion[]> {
  const prices = (await findAllPrices(db)).filter((each) => each.planCode === planCode);
  const rows = await db
    .selectFrom('planPrice')
    .select(['version', 'setAt', 'setBy'])
    .where('planCode', '=', planCode)
    .execute();
  return prices.map((each) => {
    const { setAt, setBy } = rows.find((row) => row.version === each.version)!;
    return { ...each, setAt, setBy };
  });
}

/** Adds a version, numbered after the last; false when one holds from that very moment already. */
export async function recordPrices(
  tx: Tx,
  planCode: string,
  prices: Omit<Prices, 'version'>,
  set: { setAt: Date; setBy: string },
): Promise<boolean> {
  const row = await tx
    .insertInto('planPrice')
    .values({
      planCode,
      ...prices,
      ...set,
      version: sql<number>`(select max(version) + 1 from plan_price where plan_code = ${planCode})`,
    })
    .onConflict((clash) => clash.columns(['planCode', 'effectiveFrom']).doNothing())
    .returning('version')
    .executeTakeFirst();
  return row !== undefined;
}
