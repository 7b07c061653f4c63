import { eachDue } from '../billing/eachLane.ts';
import { findAllPrices, holdForBilling, type NewCharge, recordCharges } from '../billing/store.ts';
import type { Db, Tx } from '../platform/db.ts';
import { type Month, numberMonths } from '../rules/charging.ts';
import { isBefore } from '../rules/time.ts';
import { type DueNumber, findDueNumbers, findDueNumbersOf, movePaidUntils } from './store.ts';

/** The worker's look: charges every month of a number that has begun. */
export const renewNumbers = (db: Db): Promise<number> =>
  eachDue(db, {
    what: 'numbers',
    find: findDueNumbers,
    placeOf: ({ paidUntil, trackingNumberId }) => ({ paidUntil, id: trackingNumberId }),
    charge: (tx, due, now) => renewDueNumbers(tx, [...new Set(due.map((each) => each.accountId))], now),
  });

/** Charges accounts the months of their numbers that have begun. A month that began before a release or a closing is still owed. */
export async function renewDueNumbers(tx: Tx, accountIds: readonly number[], now: Date): Promise<number> {
  if (accountIds.length === 0) return 0;
  await holdForBilling(tx, accountIds, now);
  const prices = await findAllPrices(tx);
  const due = (await findDueNumbersOf(tx, accountIds, now)).map((number) => {
    const months = numberMonths(number, prices, now);
    const { planUntil } = number;
    return { number, months, ofPlan: planUntil ? months.filter(({ from }) => isBefore(from, planUntil)) : months };
  });
  const charged = await recordCharges(
    tx,
    due.flatMap(({ number, ofPlan }) => ofPlan.map((month) => numberCharge(number, month))),
  );
  await movePaidUntils(
    tx,
    due.flatMap(({ number, ofPlan }) => ofPlan.slice(-1).map(({ until }) => ({ ...number, paidUntil: until }))),
  );
  const isAllCharged = due.every(({ months, ofPlan }) => months.length === ofPlan.length);
  return charged.length + (isAllCharged ? 0 : await renewDueNumbers(tx, accountIds, now));
}

/** One month of a number, at the prices of its payer's plan. */
export function numberCharge(
  number: Pick<DueNumber, 'accountId' | 'trackingNumberId' | 'phoneNumber' | 'payerId'>,
  { from, amountMicros }: Pick<Month, 'from' | 'amountMicros'>,
): NewCharge {
  return {
    ownerId: number.accountId,
    cause: 'number',
    causeKey: `number ${number.trackingNumberId} from ${from.toISOString()}`,
    at: from,
    description: `${number.phoneNumber}, one month`,
    trackingNumberId: number.trackingNumberId,
    unitMicros: amountMicros,
    payerId: number.payerId,
  };
}
