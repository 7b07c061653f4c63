import type { Db, Tx } from '../../platform/db.ts';
import { hashOf } from '../../platform/ids.ts';
import { type Actor, type Doors, perform } from '../../platform/operation.ts';
import {
  type Month,
  type PaidMonth,
  type Period,
  partOf,
  periodEnding,
  subscriptionMonths,
  type Unused,
  unusedOf,
} from '../../rules/charging.ts';
import { planDifferences } from '../../rules/closing.ts';
import { type Decision, must, no, Refused, yes } from '../../rules/decision.ts';
import { compareFeatures, type Feature, features } from '../../rules/features.ts';
import { renewDue } from '../renewSubscriptions.ts';
import { settleCharges } from '../settle.ts';
import {
  changeMonth,
  findAllPrices,
  findBalance,
  findMonthAt,
  findSubscription,
  type NewCharge,
  recordCharges,
} from '../store.ts';
import { countTollFree, findOfferedPlans, type OfferedPlan } from './store.ts';

/** How long what a preview shows can be confirmed to the cent. */
export const previewHoldsMinutes = 15;

/** What changing to another plan would do, as of one moment. */
export interface PlanChange {
  asOf: Date;
  /** With the prices of the month that runs. */
  from: OfferedPlan;
  to: OfferedPlan;
  gained: Feature[];
  lost: Feature[];
  tollFreeNumbers: number;
  month: PaidMonth;
  /** The whole month that the part is a share of. */
  whole: Period;
  unused: Unused;
  part: Omit<PaidMonth, 'usedMinutes'>;
  /** Charged at once; a credit when it is less than nothing. */
  netMicros: bigint;
  next: Month;
}

export interface OfferedChange {
  change: PlanChange;
  terms: Record<string, string[]>;
  hash: string;
}

/** Works out a change of plan as of a moment; changing works it out again as of the same one, and executes that. */
export async function offerPlanChange(
  db: Db | Tx,
  ownerId: number,
  planCode: string,
  asOf: Date,
): Promise<Decision<OfferedChange>> {
  const subscription = await findSubscription(db, ownerId);
  if (!subscription) return no({ code: 'paid-by-agency' });
  const offered = await findOfferedPlans(db, subscription.nextPlan.kind, asOf);
  const to = offered.find((each) => each.planCode === planCode);
  if (!to || planCode === subscription.planCode)
    return no({ code: 'invalid-input', fields: { plan: 'Choose one of the other plans offered.' } });
  const month = await findMonthAt(db, ownerId, asOf);
  const { has } = offered.find((each) => each.planCode === subscription.planCode)!;
  const from = { ...month.plan, has };
  const whole = periodEnding(subscription.anchor, month.until, subscription.timeZone);
  const unused = unusedOf(month, asOf);
  const part = partOf(to, asOf, whole);
  const following = { ...subscription, planCode, paidUntil: month.until, endedAt: null };
  const change = {
    asOf,
    from,
    to,
    ...compareFeatures(from, to),
    tollFreeNumbers: await countTollFree(db, ownerId),
    month,
    whole,
    unused,
    part,
    netMicros: part.paidMicros - unused.creditMicros,
    next: subscriptionMonths(following, await findAllPrices(db), month.until)[0]!,
  };
  const terms = termsOf(change);
  return yes({ change, terms, hash: hashOf(terms) });
}

function termsOf({ from, to, gained, lost, month, unused, part, next }: PlanChange): Record<string, string[]> {
  const named = (each: Feature) => features[each].name;
  return {
    plan: [`${from.name}, version ${from.version}, to ${to.name}, version ${to.version}`],
    gained: gained.map(named),
    lost: lost.map(named),
    proration: [`credit ${unused.creditMicros}`, `charge ${part.paidMicros}`, `${part.includedMinutes} minutes`],
    next: [`${next.amountMicros} on ${month.until.toISOString()}`],
  };
}

export interface ConfirmedChange {
  planCode: string;
  /** The moment of the preview: its cents hold for a quarter of an hour. */
  asOf: Date;
  planHash: string;
  terms: Record<string, string[]>;
}

/** Changes the plan at once: the unused share of the month is credited, the same share of the new fee charged; month ends stay. */
export async function changePlan(
  doors: Doors,
  actor: Actor,
  ownerId: number,
  { planCode, asOf, planHash, terms }: ConfirmedChange,
  key: string,
): Promise<Decision<string>> {
  const order = { action: 'change-plan', actor, ownerId, key, input: { planCode, asOf, planHash } } as const;
  return perform(doors, order, async ({ tx, now, note }) => {
    const isFresh = asOf <= now && now.getTime() - asOf.getTime() < previewHoldsMinutes * 60_000;
    const since = (what: string) => new Refused({ code: 'plan-changed', differences: [what] });
    if (!isFresh) throw since(`the preview is more than ${previewHoldsMinutes} minutes old`);
    await renewDue(tx, [ownerId], now);
    const { change, hash, terms: termsNow } = must(await offerPlanChange(tx, ownerId, planCode, asOf));
    const { from, to, month, unused, part, netMicros } = change;
    if (month.until <= now) throw since('another month has begun, or the plan was changed');
    if (hash !== planHash) throw new Refused({ code: 'plan-changed', differences: planDifferences(terms, termsNow) });
    const { availableMicros } = await findBalance(tx, ownerId);
    if (netMicros > 0n && availableMicros < netMicros)
      throw new Refused({ code: 'balance-short', needMicros: netMicros, haveMicros: availableMicros });

    const line = (name: string, description: string, unitMicros: bigint): NewCharge => ({
      ownerId,
      cause: 'plan-change',
      causeKey: `plan change ${key}, ${name}`,
      at: now,
      description,
      unitMicros,
      payerId: ownerId,
    });
    await recordCharges(tx, [
      line('unused', `${from.name} plan, unused share of the month`, -unused.creditMicros),
      line('share', `${to.name} plan, share of the month`, part.paidMicros),
    ]);
    await changeMonth(tx, ownerId, { ...part, from: now });
    await settleCharges(tx, ownerId, ownerId, now);
    note({ planName: `${from.name} → ${to.name}`, planCode, amountMicros: String(netMicros) });
    return String(netMicros);
  });
}
