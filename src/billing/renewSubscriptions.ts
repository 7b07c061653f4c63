import type { Db, Tx } from '../platform/db.ts';
import { record } from '../platform/operation.ts';
import { subscriptionMonths } from '../rules/charging.ts';
import { eachLane } from './eachLane.ts';
import {
  beginMonths,
  type DuePlace,
  findAllPrices,
  findDueOwners,
  findDueSubscriptions,
  holdForBilling,
  type Lane,
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
  const months = (await findDueSubscriptions(tx, ownerIds, now)).flatMap((due) =>
    subscriptionMonths(due, prices, now).map((month) => ({ ...month, ownerId: due.ownerId })),
  );
  const charged = await recordCharges(tx, months.map(subscriptionCharge));
  await beginMonths(tx, months, charged);
  return charged.length;
}
