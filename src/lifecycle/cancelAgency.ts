import { findAgency } from '../agencies/store.ts';
import { isPassword } from '../auth/store.ts';
import { stopArrears } from '../billing/dunning/store.ts';
import { endOffersOf } from '../billing/payers/store.ts';
import { creditUnusedTime } from '../billing/unusedTime.ts';
import type { House } from '../platform/house.ts';
import { type Actor, type Doors, perform } from '../platform/operation.ts';
import { type LeavingReason, planDifferences } from '../rules/closing.ts';
import { type Decision, must, no, Refused } from '../rules/decision.ts';
import { offerAgencyClosing } from './agencyPlan.ts';
import { mailCanceled } from './mails.ts';
import { recordAgencyClosure } from './store.ts';

export interface AgencyConfirmation {
  /** The hash of the plan that the person saw, and its terms, so that a refusal can say what changed. */
  planHash: string;
  terms: Record<string, string[]>;
  /** The agency's name as typed, and the password once more: nobody cancels an agency by accident. */
  name: string;
  password: string;
  reason: LeavingReason | null;
  why: string | null;
}

/**
 * Cancels an agency with all its sub-accounts. In this one transaction it is closed for everybody, calls are refused and
 * charges end; the sub-accounts' own closures and the release of their numbers follow in the background
 * (`carryOutClosures`), as of this moment. Article, "Canceling an Agency". Answers with the number of sub-accounts.
 */
export async function cancelAgency(
  house: Doors & Pick<House, 'secrets' | 'config'>,
  actor: Actor,
  agencyId: number,
  confirmation: AgencyConfirmation,
  key: string,
): Promise<Decision<number>> {
  const { planHash, terms, name, password, reason, why } = confirmation;
  const isThem = actor.kind === 'person' && (await isPassword(house.db, actor.personId, password));
  const order = { action: 'cancel-agency', actor, ownerId: agencyId, key, input: { planHash, reason, why } } as const;
  const decision = await perform(house, order, async ({ tx, now, by, role, note }) => {
    const { plan, hash, terms: termsNow } = must(await offerAgencyClosing(tx, agencyId, now));
    const fields: Record<string, string> = {};
    if (name.trim() !== plan.agencyName) fields.name = `Type the agency’s name: ${plan.agencyName}`;
    if (!isThem) fields.password = 'This is not your password. Try again.';
    if (Object.keys(fields).length > 0) throw new Refused({ code: 'invalid-input', fields });
    if (hash !== planHash) throw new Refused({ code: 'plan-changed', differences: planDifferences(terms, termsNow) });

    const creditedMicros = await creditUnusedTime(tx, agencyId, plan.unusedTime, now);
    const moment = { closedAt: now, closedBy: by, closedByRole: role };
    await recordAgencyClosure(tx, { agencyId, ...moment, reason, why, ...plan.promises, planHash });
    await stopArrears(tx, agencyId, now);
    await endOffersOf(tx, agencyId, by, now);
    const { timeZone } = (await findAgency(tx, agencyId, now))!;
    await mailCanceled(house, tx, plan, timeZone, now);
    note({
      reason,
      why,
      subAccounts: plan.subAccounts,
      numbers: plan.numbers,
      ...(creditedMicros > 0n ? { creditedMicros: String(creditedMicros) } : {}),
      ...plan.promises,
    });
    return plan.subAccounts;
  });
  return decision.ok ? decision : no(decision.refusal);
}
