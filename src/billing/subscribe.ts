import type { Tx } from '../platform/db.ts';
import { renewalAtReturn } from '../rules/charging.ts';
import { Refused } from '../rules/decision.ts';
import { addMonths } from '../rules/time.ts';
import { settleCharges } from './settle.ts';
import {
  findPlans,
  findSubscription,
  lockWallet,
  movePaidUntil,
  type Plan,
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
  const plan = (await findPlans(tx)).find((each) => each.planCode === planCode && each.kind === owner.kind);
  if (!plan) throw new Refused({ code: 'invalid-input', fields: { plan: 'Choose one of the plans offered.' } });
  await lockWallet(tx, owner.ownerId, plan.currency);
  await recordSubscription(tx, {
    ownerId: owner.ownerId,
    planCode,
    anchor: now,
    paidUntil: addMonths(now, 1, owner.timeZone),
  });
  await chargeSubscription(tx, owner.ownerId, plan, now);
}

/** Charges one month's fee that begins at `from`. */
export async function chargeSubscription(tx: Tx, ownerId: number, plan: Plan, from: Date): Promise<boolean> {
  const charged = await recordCharge(tx, {
    ownerId,
    cause: 'subscription',
    causeKey: `subscription from ${from.toISOString()}`,
    at: from,
    description: `${plan.name} plan, one month`,
    amountMicros: plan.monthlyFeeMicros,
    payerId: ownerId,
  });
  await settleCharges(tx, ownerId, ownerId, from);
  return charged;
}

/** The subscription at reactivation: free inside the month already paid, else a new month from now, charged now. */
export async function resumeSubscription(tx: Tx, ownerId: number, timeZone: string, now: Date): Promise<bigint> {
  const subscription = await findSubscription(tx, ownerId);
  if (!subscription) return 0n;
  const renewal = renewalAtReturn(subscription.paidUntil, subscription.plan.monthlyFeeMicros, timeZone, now);
  if (!renewal.anewFrom) return 0n;
  await movePaidUntil(tx, ownerId, renewal.paidUntil, renewal.anewFrom);
  await chargeSubscription(tx, ownerId, subscription.plan, now);
  return renewal.priceMicros;
}
