import { findAccount } from '../accounts/store.ts';
import { mayUse } from '../billing/plans/mayUse.ts';
import { findBalance, findPlanNow } from '../billing/store.ts';
import type { House } from '../platform/house.ts';
import { type Actor, perform } from '../platform/operation.ts';
import { type Decision, must, Refused } from '../rules/decision.ts';
import { mustFit, nameLengthMax } from '../rules/lengths.ts';
import { decideReuse } from '../rules/numbers.ts';
import { monthlyPrice } from '../rules/plans.ts';
import { type ChosenSource, chooseSource, type SourceChoice } from './chooseSource.ts';
import { featuresOfNumber, kindOf, parsePhone } from './parsePhone.ts';
import { findOwned, keepReceivingNumber, lockPast, recordRequest } from './store.ts';

export interface Purchase {
  phoneNumber: string;
  name: string | null;
  source: SourceChoice | null;
  receivingNumber: string | null;
}

export type Bought = {
  trackingNumberId: number;
  /** Null where the account had the number already. */
  source: ChosenSource | null;
};

/**
 * Buys a tracking number for an account. The carrier is asked by a command, after the commit: the number shows as being
 * bought until the carrier answers, and is charged when it does. Buying what the account already has answers with that.
 */
export async function buyNumber(
  house: House,
  actor: Actor,
  accountId: number,
  purchase: Purchase,
  key: string,
): Promise<Decision<Bought>> {
  return perform(
    house,
    { action: 'buy-number', actor, ownerId: accountId, key, input: purchase },
    async ({ tx, now, note }) => {
      const phoneNumber = mustBePhone(purchase.phoneNumber, 'phoneNumber');
      const owned = await findOwned(tx, accountId, phoneNumber);
      if (owned !== null) return { trackingNumberId: owned, source: null };

      mustFit({ name: purchase.name }, nameLengthMax);
      must(decideReuse(phoneNumber, await lockPast(tx, phoneNumber), now));
      const account = (await findAccount(tx, accountId, now))!;
      for (const feature of featuresOfNumber(phoneNumber)) must(await mayUse(tx, account, feature, now));
      const kind = kindOf(phoneNumber);
      const priceMicros = monthlyPrice(await findPlanNow(tx, account.payerId, now), kind);
      const { availableMicros } = await findBalance(tx, account.payerId);
      if (availableMicros < priceMicros)
        throw new Refused({ code: 'balance-short', needMicros: priceMicros, haveMicros: availableMicros });

      const receivingNumber = purchase.receivingNumber
        ? mustBePhone(purchase.receivingNumber, 'receivingNumber')
        : null;
      const { trackingNumberId } = await recordRequest(tx, {
        accountId,
        phoneNumber,
        kind,
        name: purchase.name,
        receivingNumberId: receivingNumber
          ? await keepReceivingNumber(tx, accountId, receivingNumber, null, now)
          : null,
        carrier: house.carrier.name,
        requestedAt: now,
      });
      const source = await chooseSource(tx, accountId, trackingNumberId, purchase.source, now);
      await house.jobs.wake(tx, 'carrier-commands');
      note({ phoneNumber, trackingNumberId, source });
      return { trackingNumberId, source };
    },
  );
}

export function mustBePhone(text: string, field: string): string {
  const phoneNumber = parsePhone(text);
  if (phoneNumber) return phoneNumber;
  throw new Refused({
    code: 'invalid-input',
    fields: { [field]: 'Give a phone number with its area code, such as (212) 555-0142 or +44 20 7946 0958.' },
  });
}
