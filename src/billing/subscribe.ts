import type { Tx } from '../platform/db.ts';
import { renewalAtReturn } from '../rules/charging.ts';
import { Refused } from '../rules/decision.ts';
import { addMonths } from '../rules/time.ts';
import { settleCharges } from './settle.ts';
import {
  beginMonth,
  findAllPrices,
  findPlans,
  findSubscription,
  lockWallet,
  type NewCharge,
  type Plan,
  pricesAt,
  recordCharge,
  recordSubscription,
} from './store.ts';

/** Starts a subscription now: the first month is charged in advance. Refuses a plan of the other kind. */
export async function openSubscription(
  tx: Tx,
  owner: { ownerId: number; kind: Plan['kind']; timeZone: string },
  planCode: string,
  now: Date,
): Promise<void> {
  const plan = (await findPlans(tx, now)).find((each) => each.planCode === planCode && each.kind === owner.kind);
  if (!plan) throw new Refused({ code: 'invalid-input', fields: { plan: 'Choose one of the plans offered.' } });
  await lockWallet(tx, owner.ownerId, plan.currency);
  const paidUntil = addMonths(now, 1, owner.timeZone);
  await recordSubscription(tx, { ownerId: owner.ownerId, plan, anchor: now, paidUntil });
  await chargeSubscription(tx, owner.ownerId, plan, now);
}

/** One month's fee that begins at `from`. */
export function subscriptionCharge(ownerId: number, plan: Plan, from: Date): NewCharge {
  return {
    ownerId,
    cause: 'subscription',
    causeKey: `subscription from ${from.toISOString()}`,
    at: from,
    description: `${plan.name} plan, one month`,
    unitMicros: plan.monthlyFeeMicros,
    payerId: ownerId,
  };
}

async function chargeSubscription(tx: Tx, ownerId: number, plan: Plan, from: Date): Promise<void> {
  await recordCharge(tx, subscriptionCharge(ownerId, plan, from));
  await settleCharges(tx, ownerId, ownerId, from);
}

/** The subscription at reactivation: free inside the month already paid, else a new month from now, charged now. */
export async function resumeSubscription(tx: Tx, ownerId: number, timeZone: string, now: Date): Promise<bigint> {
  const subscription = await findSubscription(tx, ownerId);
  if (!subscription) return 0n;
  const plan = pricesAt(await findAllPrices(tx), subscription.plan.planCode, now);
  const renewal = renewalAtReturn(subscription.paidUntil, plan.monthlyFeeMicros, timeZone, now);
  if (!renewal.anewFrom) return 0n;
  await beginMonth(tx, ownerId, { plan, paidUntil: renewal.paidUntil, anchor: renewal.anewFrom });
  await chargeSubscription(tx, ownerId, plan, now);
  return renewal.priceMicros;
}
