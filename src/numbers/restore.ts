import { findAccount } from '../accounts/store.ts';
import { settleCharges } from '../billing/settle.ts';
import { findBalance, findPlanNow, recordCharge } from '../billing/store.ts';
import type { Tx } from '../platform/db.ts';
import { type Actor, type Doors, perform } from '../platform/operation.ts';
import { type Decision, must, Refused } from '../rules/decision.ts';
import { decideRestore } from '../rules/numbers.ts';
import { monthlyPrice } from '../rules/plans.ts';
import { numberCharge, renewDueNumbers } from './renew.ts';
import { endRelease, findNumber, movePaidUntil, type TrackingNumber } from './store.ts';

/**
 * Brings a released number back while it is held, with its source, routing and name. Free inside the month already
 * paid, one month's price after it. Article: Numbers → Tracking Numbers → Released Numbers → Restore.
 */
export async function restoreNumber(
  doors: Doors,
  actor: Actor,
  accountId: number,
  trackingNumberId: number,
  key: string,
): Promise<Decision<string>> {
  return perform(
    doors,
    { action: 'restore-number', actor, ownerId: accountId, key, input: { trackingNumberId } },
    async ({ tx, now, by, note }) => {
      // A month that began before the release is still owed, and would be passed over by the one that begins now.
      await renewDueNumbers(tx, [accountId], now);
      const number = await findNumber(tx, accountId, trackingNumberId, now);
      if (!number) throw new Refused({ code: 'not-found' });
      const account = (await findAccount(tx, accountId, now))!;
      const { priceMicros, paidUntil } = must(decideRestore(number, account.timeZone, now));
      if (priceMicros > 0n) await mustAfford(tx, account.payerId, priceMicros);
      // Only the return to the carrier can have been faster: deeds of the account stand in line.
      if ((await endRelease(tx, accountId, number.release!.releaseId, by, now)) === 0)
        throw new Refused({ code: 'too-late-to-restore', until: number.release!.restorableUntil });
      // A month that costs nothing begins all the same.
      if (paidUntil.getTime() !== number.paidUntil?.getTime()) {
        await chargeNumber(tx, number, account.payerId, now);
        await movePaidUntil(tx, accountId, trackingNumberId, paidUntil, now);
      }
      note({ phoneNumber: number.phoneNumber, priceMicros: String(priceMicros) });
      return String(priceMicros);
    },
  );
}

export async function mustAfford(tx: Tx, payerId: number, needMicros: bigint): Promise<void> {
  const { availableMicros: haveMicros } = await findBalance(tx, payerId);
  if (haveMicros < needMicros) throw new Refused({ code: 'balance-short', needMicros, haveMicros });
}

/** Charges the month of a number that begins now, and settles it. */
export async function chargeNumber(tx: Tx, number: TrackingNumber, payerId: number, now: Date): Promise<void> {
  const amountMicros = monthlyPrice(await findPlanNow(tx, payerId, now), number.kind);
  await recordCharge(tx, numberCharge({ ...number, payerId }, { from: now, amountMicros }));
  await settleCharges(tx, number.accountId, payerId, now);
}
