import type { Db, Tx } from '../platform/db.ts';
import { record } from '../platform/operation.ts';
import { dueMonths } from '../rules/charging.ts';
import { eachLane } from './eachLane.ts';
import {
  beginMonths,
  type DuePlace,
  findAllPrices,
  findDueOwners,
  findDueSubscriptions,
  holdForBilling,
  type Lane,
  pricesAt,
  recordCharges,
  takeLane,
} from './store.ts';
import { subscriptionCharge } from './subscribe.ts';

const ownersAtOnce = 500;

/** The worker's look: charges every month that has begun, some hundred owners a transaction; catches up after days away. */
export async function renewSubscriptions(db: Db): Promise<number> {
  return eachLane(async (lane) => {
    let renewed = 0;
    for (let after: DuePlace | null | undefined = null; after !== undefined; ) {
      const place: DuePlace | null = after;
      after = await record(db, async (tx, now) => {
        const due = await takeDue(tx, lane, now, place);
        renewed += await renewDue(
          tx,
          due.map((each) => each.ownerId),
          now,
        );
        const last = due.at(-1);
        return last && { paidUntil: last.paidUntil, id: last.ownerId };
      });
    }
    return renewed;
  });
}

async function takeDue(tx: Tx, lane: Lane, now: Date, after: DuePlace | null) {
  return (await takeLane(tx, 'subscriptions', lane)) ? findDueOwners(tx, lane, now, after, ownersAtOnce) : [];
}

/** Charges owners the months that have begun, up to their closing. Looks again once they are held: a closing may have been faster. */
export async function renewDue(tx: Tx, ownerIds: readonly number[], now: Date): Promise<number> {
  if (ownerIds.length === 0) return 0;
  await holdForBilling(tx, ownerIds, now);
  const prices = await findAllPrices(tx);
  const months = (await findDueSubscriptions(tx, ownerIds, now)).flatMap((due) => {
    const { begins, paidUntil } = dueMonths(due, due.timeZone, due.closedAt, now);
    if (begins.length === 0) return [];
    const planAt = (moment: Date) => pricesAt(prices, due.planCode, moment);
    return [
      {
        ownerId: due.ownerId,
        plan: planAt(begins.at(-1)!),
        paidUntil,
        charges: begins.map((from) => subscriptionCharge(due.ownerId, planAt(from), from)),
      },
    ];
  });
  const charged = await recordCharges(
    tx,
    months.flatMap((each) => each.charges),
  );
  await beginMonths(tx, months);
  return charged.length;
}
