import type { Db, Tx } from '../platform/db.ts';
import { subscriptionMonths } from '../rules/charging.ts';
import { eachDue } from './eachLane.ts';
import {
  beginMonths,
  findAllPrices,
  findDueOwners,
  findDueSubscriptions,
  holdForBilling,
  recordCharges,
} from './store.ts';
import { subscriptionCharge } from './subscribe.ts';

/** The worker's look: charges every month of a subscription that has begun. */
export const renewSubscriptions = (db: Db): Promise<number> =>
  eachDue(db, {
    what: 'subscriptions',
    find: findDueOwners,
    placeOf: ({ paidUntil, ownerId }) => ({ paidUntil, id: ownerId }),
    charge: (tx, due, now) =>
      renewDue(
        tx,
        due.map((each) => each.ownerId),
        now,
      ),
  });

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
