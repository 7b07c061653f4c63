import { endClosure, findAccount } from '../accounts/store.ts';
import { resumeSubscription } from '../billing/subscribe.ts';
import { type Actor, type Doors, perform } from '../platform/operation.ts';
import { decideReactivation } from '../rules/closing.ts';
import { type Decision, must } from '../rules/decision.ts';

/**
 * Ends a closure inside its 60 days: the account is as it was, with its switches; its numbers come back one by one under
 * Released Numbers. Answers with what was charged, in micro-units. Article, "Canceling a Standalone Account", step 5.
 */
export async function reactivateAccount(
  doors: Doors,
  actor: Actor,
  accountId: number,
  key: string,
): Promise<Decision<string>> {
  return perform(
    doors,
    { action: 'reactivate-account', actor, ownerId: accountId, key, input: {} },
    async ({ tx, now, by, note }) => {
      const account = (await findAccount(tx, accountId, now))!;
      const { closureId } = must(decideReactivation(account.closure, now, account.isAgencyCanceled));
      await endClosure(tx, accountId, closureId!, by, now);
      const chargedMicros = await resumeSubscription(tx, accountId, account.timeZone, now);
      note({ chargedMicros: String(chargedMicros) });
      return String(chargedMicros);
    },
  );
}
