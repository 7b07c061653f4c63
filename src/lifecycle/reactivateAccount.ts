import { endClosure, findAccount } from '../accounts/store.ts';
import { renewDue } from '../billing/renewSubscriptions.ts';
import { resumeSubscription } from '../billing/subscribe.ts';
import { renewDueNumbers } from '../numbers/renew.ts';
import { mustAfford } from '../numbers/restore.ts';
import { measureHeld, restoreHeld } from '../numbers/store.ts';
import { type Actor, type Doors, perform } from '../platform/operation.ts';
import { decideReactivation } from '../rules/closing.ts';
import { type Decision, must } from '../rules/decision.ts';

/** What came back, and what it cost, in micro-units. A type and not an interface: it goes through JSON. */
export type Reactivated = { chargedMicros: string; restoredNumbers: number; numbersMicros: string };

/**
 * Ends a closure inside its 60 days: the account is as it was, with its switches. Its numbers come along when that is asked
 * for, each that is still held; or one by one under Released Numbers. Article, "Canceling a Standalone Account", step 5.
 */
export async function reactivateAccount(
  doors: Doors,
  actor: Actor,
  accountId: number,
  wish: { restoreNumbers: boolean },
  key: string,
): Promise<Decision<Reactivated>> {
  const order = { action: 'reactivate-account', actor, ownerId: accountId, key, input: wish } as const;
  return perform(doors, order, async ({ tx, now, by, note }) => {
    const account = (await findAccount(tx, accountId, now))!;
    const { closureId } = must(decideReactivation(account.closure, now, account.isAgencyCanceled));
    // What began before the closing and was not charged yet is owed; months that begin now would pass over it.
    await renewDue(tx, [accountId], now);
    await renewDueNumbers(tx, [accountId], now);
    await endClosure(tx, accountId, closureId!, by, now);
    const chargedMicros = await resumeSubscription(tx, accountId, now);
    let numbersMicros = 0n;
    let restoredNumbers = 0;
    if (wish.restoreNumbers) {
      numbersMicros = (await measureHeld(tx, [accountId], now)).priceMicros;
      if (numbersMicros > 0n) await mustAfford(tx, account.payerId, numbersMicros);
      restoredNumbers = await restoreHeld(tx, [accountId], 'all', by, now);
    }
    const came = { chargedMicros: String(chargedMicros), restoredNumbers, numbersMicros: String(numbersMicros) };
    note(came);
    return came;
  });
}
