import type { Db, Tx } from '../../platform/db.ts';
import { type Decision, yes } from '../../rules/decision.ts';
import { allFeatures, decideFeature, type Feature } from '../../rules/features.ts';
import { findSubscription } from '../store.ts';
import { findOfferedPlans } from './store.ts';

/** Whose plan decides, and who would change it. */
export interface PaidFor {
  payerId: number;
  payer: 'own' | 'agency';
}

/** Whether the plan of whoever pays for an account has a feature. One answer for pages, scripts and deeds. */
export async function mayUse(
  db: Db | Tx,
  { payerId, payer }: PaidFor,
  feature: Feature,
  now: Date,
): Promise<Decision<true>> {
  const subscription = await findSubscription(db, payerId);
  if (!subscription) return yes(true);
  const offered = await findOfferedPlans(db, subscription.nextPlan.kind, now);
  const plan = offered.find((each) => each.planCode === subscription.planCode)!;
  return decideFeature(feature, plan, offered, payer);
}

/** All that it has, for a page that leaves out what it hasn't. */
export async function findUsable(db: Db | Tx, paidFor: PaidFor, now: Date): Promise<Set<Feature>> {
  const usable = new Set<Feature>();
  for (const feature of allFeatures) if ((await mayUse(db, paidFor, feature, now)).ok) usable.add(feature);
  return usable;
}
