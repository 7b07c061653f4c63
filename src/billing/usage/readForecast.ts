import type { Db } from '../../platform/db.ts';
import { daysOfMonth, monthOf } from '../../rules/calendar.ts';
import { type Forecast, forecastMonth, paceDays } from '../../rules/spending.ts';
import { addDays, isBefore } from '../../rules/time.ts';
import type { BilledOwner } from '../owners.ts';
import { findBalance, findRenewals, findSubscription } from '../store.ts';
import { findCosts } from './store.ts';

const numbersMax = 100_000;

export interface ComingCharge {
  /** Null for the plan. */
  phoneNumber: string | null;
  what: string;
  at: Date;
  amountMicros: bigint;
}

export interface ReadForecast extends Forecast {
  month: string;
  monthEnds: Date;
  currency: string;
  next: ComingCharge | null;
  /** How many charges fall due before the month ends. */
  known: number;
  /** Calls since then tell the pace. */
  paceSince: Date;
}

export type ForecastOwner = Pick<
  BilledOwner,
  'kind' | 'ownerId' | 'payerId' | 'timeZone' | 'createdAt' | 'closedAt' | 'now'
>;

/** What is charged by itself, on the dates and at the prices with which the billing run will charge it. */
async function findComing(db: Db, { kind, ownerId, closedAt }: ForecastOwner): Promise<ComingCharge[]> {
  if (closedAt) return [];
  const subscription = await findSubscription(db, ownerId);
  const owner = kind === 'agency' ? { agencyId: ownerId } : { accountId: ownerId };
  const { soonest } = await findRenewals(db, owner, numbersMax);
  const numbers = soonest.map(({ phoneNumber, accountName, at, amountMicros }) => ({
    phoneNumber,
    what: accountName,
    at,
    amountMicros,
  }));
  const plan = subscription?.next && {
    phoneNumber: null,
    what: subscription.nextPlan.name,
    at: subscription.next.from,
    amountMicros: subscription.next.amountMicros,
  };
  return [...(plan ? [plan] : []), ...numbers].toSorted((a, b) => a.at.getTime() - b.at.getTime());
}

/** What the month that runs will cost, as far as anybody can know. */
export async function readForecast(db: Db, owner: ForecastOwner): Promise<ReadForecast> {
  const { timeZone, now, createdAt, closedAt, payerId } = owner;
  const days = daysOfMonth(monthOf(now, timeZone), timeZone)!;
  const since = addDays(now, -paceDays);
  const paceSince = isBefore(since, createdAt) ? createdAt : since;
  const coming = await findComing(db, owner);
  const past = await findCosts(db, owner, { from: paceSince, until: now });
  const facts = {
    spentMicros: (await findCosts(db, owner, days)).totalMicros,
    coming,
    paceMicros: closedAt ? 0n : past.callMicros,
    paceSince,
    monthEnds: days.until,
  };
  return {
    ...forecastMonth(facts, now),
    month: days.month!,
    monthEnds: days.until,
    currency: (await findBalance(db, payerId)).currency,
    next: coming[0] ?? null,
    known: coming.filter((each) => each.at < days.until).length,
    paceSince,
  };
}
