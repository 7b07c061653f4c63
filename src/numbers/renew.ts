import { eachLane } from '../billing/eachLane.ts';
import {
  type DuePlace,
  findAllPrices,
  holdForBilling,
  type Lane,
  type NewCharge,
  type Plan,
  pricesAt,
  recordCharges,
  takeLane,
} from '../billing/store.ts';
import type { Db, Tx } from '../platform/db.ts';
import { record } from '../platform/operation.ts';
import { dueMonths } from '../rules/charging.ts';
import { monthlyPrice } from './buy.ts';
import { type DueNumber, findDueNumbers, findDueNumbersOf, movePaidUntils } from './store.ts';

const numbersAtOnce = 500;

/** The worker's look: charges every month of a number that has begun, some hundred accounts a transaction; catches up after days away. */
export async function renewNumbers(db: Db): Promise<number> {
  return eachLane(async (lane) => {
    let renewed = 0;
    for (let after: DuePlace | null | undefined = null; after !== undefined; ) {
      const place: DuePlace | null = after;
      after = await record(db, async (tx, now) => {
        const due = await takeDue(tx, lane, now, place);
        renewed += await renewDueNumbers(tx, [...new Set(due.map((each) => each.accountId))], now);
        const last = due.at(-1);
        return last && { paidUntil: last.paidUntil, id: last.trackingNumberId };
      });
    }
    return renewed;
  });
}

async function takeDue(tx: Tx, lane: Lane, now: Date, after: DuePlace | null) {
  return (await takeLane(tx, 'numbers', lane)) ? findDueNumbers(tx, lane, now, after, numbersAtOnce) : [];
}

/** Charges accounts the months of their numbers that have begun. A month that began before a release or a closing is still owed. */
export async function renewDueNumbers(tx: Tx, accountIds: readonly number[], now: Date): Promise<number> {
  if (accountIds.length === 0) return 0;
  await holdForBilling(tx, accountIds, now);
  const prices = await findAllPrices(tx);
  const months = (await findDueNumbersOf(tx, accountIds, now)).flatMap((number) => {
    const { begins, paidUntil } = dueMonths(number, number.timeZone, number.endedAt, now);
    if (begins.length === 0) return [];
    const charges = begins.map((from) => numberCharge(number, pricesAt(prices, number.planCode, from), from));
    return [{ ...number, paidUntil, charges }];
  });
  const charged = await recordCharges(
    tx,
    months.flatMap((each) => each.charges),
  );
  await movePaidUntils(tx, months);
  return charged.length;
}

/** One month of a number that begins at `from`, at the prices of its payer's plan. */
export function numberCharge(
  number: Pick<DueNumber, 'accountId' | 'trackingNumberId' | 'phoneNumber' | 'kind' | 'payerId'>,
  plan: Plan,
  from: Date,
): NewCharge {
  return {
    ownerId: number.accountId,
    cause: 'number',
    causeKey: `number ${number.trackingNumberId} from ${from.toISOString()}`,
    at: from,
    description: `${number.phoneNumber}, one month`,
    trackingNumberId: number.trackingNumberId,
    unitMicros: monthlyPrice(plan, number.kind),
    payerId: number.payerId,
  };
}
