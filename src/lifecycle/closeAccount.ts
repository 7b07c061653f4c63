import { recordClosure } from '../accounts/store.ts';
import { stopArrears } from '../billing/dunning/store.ts';
import { endOffersOf } from '../billing/payers/store.ts';
import { creditUnusedTime } from '../billing/unusedTime.ts';
import { releaseAll } from '../numbers/store.ts';
import { type Actor, type Doors, perform } from '../platform/operation.ts';
import { planDifferences } from '../rules/closing.ts';
import { type Decision, must, Refused } from '../rules/decision.ts';
import { offerClosing } from './plan.ts';

export interface Confirmation {
  /** The hash of the plan that the person saw. */
  planHash: string;
  /** The terms behind that hash, so that a refusal can say what changed. */
  terms: Record<string, string[]>;
  why: string | null;
}

/**
 * Closes a standalone account or a sub-account. From this instant its calls are refused and nothing is charged; its
 * numbers go into the hold, and the promised dates are stored. Article, "Canceling a Standalone Account" and
 * "Canceling a Sub-Account". Answers with the number of released numbers.
 */
export async function closeAccount(
  doors: Doors,
  actor: Actor,
  accountId: number,
  confirmation: Confirmation,
  key: string,
): Promise<Decision<number>> {
  const { planHash, terms, why } = confirmation;
  return perform(
    doors,
    { action: 'close-account', actor, ownerId: accountId, key, input: { planHash, why } },
    async ({ tx, now, by, role, note }) => {
      const offered = must(await offerClosing(tx, accountId, now));
      if (offered.hash !== planHash)
        throw new Refused({ code: 'plan-changed', differences: planDifferences(terms, offered.terms) });

      const creditedMicros = await creditUnusedTime(tx, accountId, offered.plan.unusedTime, now);
      const { numbersRestorableUntil, ...promises } = offered.plan.promises;
      const closureId = await recordClosure(tx, {
        accountId,
        closedAt: now,
        closedBy: by,
        closedByRole: role,
        why,
        numbersRestorableUntil,
        ...promises,
        planHash,
      });
      const released = await releaseAll(tx, accountId, {
        closureId,
        releasedAt: now,
        releasedBy: by,
        restorableUntil: numbersRestorableUntil,
      });

      await stopArrears(tx, accountId, now);
      await endOffersOf(tx, accountId, by, now);
      note({
        why,
        releasedNumbers: released,
        ...(creditedMicros > 0n ? { creditedMicros: String(creditedMicros) } : {}),
        numbersRestorableUntil,
        reactivatableUntil: promises.reactivatableUntil,
        refundableUntil: promises.refundableUntil,
      });
      return released;
    },
  );
}
