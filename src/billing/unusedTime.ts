import type { Db, Tx } from '../platform/db.ts';
import { unusedOf } from '../rules/charging.ts';
import type { UnusedTime } from '../rules/closing.ts';
import { renewDue } from './renewSubscriptions.ts';
import { settleCharges } from './settle.ts';
import { endMonth, findMonthAt, findSubscription, recordCharge } from './store.ts';

/** What a closing at this moment does with the month that is paid; null for a sub-account that its agency pays. */
export async function findUnusedTime(db: Db | Tx, ownerId: number, now: Date): Promise<UnusedTime | null> {
  const subscription = await findSubscription(db, ownerId);
  if (!subscription) return null;
  // A month that would begin at this very moment never does.
  const month = await findMonthAt(db, ownerId, lastBefore(now));
  const { plan, paidMicros, until: paidUntil } = month;
  const unused = unusedOf(month, now);
  const creditMicros = plan.creditsUnusedTime ? unused.creditMicros : 0n;
  return { ...unused, planName: plan.name, isCredited: plan.creditsUnusedTime, paidMicros, paidUntil, creditMicros };
}

/**
 * Gives back what is left of the month at a closing, in the last moment before it, where the plan does so; the paid time then ends
 * with the closing. Answers with how much.
 */
export async function creditUnusedTime(tx: Tx, ownerId: number, unused: UnusedTime | null, now: Date): Promise<bigint> {
  if (!unused || unused.creditMicros === 0n) return 0n;
  const at = lastBefore(now);
  await renewDue(tx, [ownerId], at);
  const credit = {
    ownerId,
    cause: 'unused-time' as const,
    causeKey: `unused time until ${unused.paidUntil.toISOString()}, from ${now.toISOString()}`,
    at,
    description: sayUnused(unused),
    unitMicros: -unused.creditMicros,
    payerId: ownerId,
  };
  if (!(await recordCharge(tx, credit))) return 0n;
  await settleCharges(tx, ownerId, ownerId, now);
  await endMonth(tx, ownerId, now);
  return unused.creditMicros;
}

const lastBefore = (moment: Date): Date => new Date(moment.getTime() - 1);

function sayUnused({ planName, leftMs, wholeMs, overusedMinutes }: UnusedTime): string {
  const days = (ms: number) => (ms / 86_400_000).toFixed(2).replace(/\.?0+$/, '');
  const less = overusedMinutes > 0 ? `, less ${overusedMinutes} included minutes beyond their share` : '';
  return `${planName} plan, ${days(leftMs)} of ${days(wholeMs)} days unused${less}`;
}
