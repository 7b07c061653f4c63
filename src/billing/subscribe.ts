import type { Tx } from '../platform/db.ts';
import { firstMonth, type Month, monthAtReturn } from '../rules/charging.ts';
import { Refused } from '../rules/decision.ts';
import { settleCharges } from './settle.ts';
import {
  beginMonths,
  findAllPrices,
  findPlans,
  findSubscription,
  lockWallet,
  monthKey,
  type NewCharge,
  type NewMonth,
  type Plan,
  recordCharges,
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
  await recordSubscription(tx, { ownerId: owner.ownerId, planCode, anchor: now });
  await beginAnew(tx, owner.ownerId, firstMonth({ ...owner, planCode }, await findAllPrices(tx), now));
}

/** One month's fee, as it is charged when the month begins. */
export function subscriptionCharge(month: NewMonth): NewCharge {
  const { ownerId, plan, from, amountMicros } = month;
  return {
    ownerId,
    cause: 'subscription',
    causeKey: monthKey(month),
    at: from,
    description: `${plan.name} plan, one month`,
    unitMicros: amountMicros,
    payerId: ownerId,
  };
}

/** Begins counting with a month: it is charged at once. */
async function beginAnew(tx: Tx, ownerId: number, month: Month): Promise<void> {
  const begun = { ...month, ownerId };
  await beginMonths(tx, [begun], await recordCharges(tx, [subscriptionCharge(begun)]), month.from);
  await settleCharges(tx, ownerId, ownerId, month.from);
}

/** The subscription at reactivation: free inside the time already paid, else a new month from now, charged now. */
export async function resumeSubscription(tx: Tx, ownerId: number, now: Date): Promise<bigint> {
  const subscription = await findSubscription(tx, ownerId);
  const month = subscription && monthAtReturn(subscription, await findAllPrices(tx), now);
  if (!month) return 0n;
  await beginAnew(tx, ownerId, month);
  return month.amountMicros;
}
