import { findMembers } from '../accounts/store.ts';
import { findAgency } from '../agencies/store.ts';
import { findBalance, findRenewals, findSubscription } from '../billing/store.ts';
import { findUnusedTime } from '../billing/unusedTime.ts';
import type { Db, Tx } from '../platform/db.ts';
import { hashOf } from '../platform/ids.ts';
import { type AgencyClosingPlan, agencyPlanTerms, planAgencyClosing, type StandingCharge } from '../rules/closing.ts';
import { type Decision, no } from '../rules/decision.ts';
import { roleNames } from '../rules/permission.ts';
import { measureAgency } from './store.ts';

/** An agency's plan, its terms, and the hash of them that a confirmation sends back. */
export interface OfferedAgencyPlan {
  plan: AgencyClosingPlan;
  terms: Record<string, string[]>;
  hash: string;
}

/** Works out what canceling an agency would do, at this instant; canceling works it out again and executes that. */
export async function offerAgencyClosing(
  db: Db | Tx,
  agencyId: number,
  now: Date,
): Promise<Decision<OfferedAgencyPlan>> {
  const agency = await findAgency(db, agencyId, now);
  if (!agency) return no({ code: 'not-found' });
  const { availableMicros } = await findBalance(db, agencyId);
  const decision = planAgencyClosing(
    {
      agencyId,
      agencyName: agency.name,
      closure: agency.closure,
      ...(await measureAgency(db, agencyId)),
      people: (await findMembers(db, agencyId)).map((each) => ({
        personId: each.personId,
        name: each.name,
        role: roleNames[each.role],
      })),
      availableMicros,
      charges: await findStandingCharges(db, agencyId),
      unusedTime: await findUnusedTime(db, agencyId, now),
    },
    now,
  );
  if (!decision.ok) return decision;
  const terms = agencyPlanTerms(decision.value);
  return { ok: true, value: { plan: decision.value, terms, hash: hashOf(terms) } };
}

async function findStandingCharges(db: Db | Tx, agencyId: number): Promise<StandingCharge[]> {
  const next = (await findSubscription(db, agencyId))?.next;
  const { soonest, numbers, sumMicros } = await findRenewals(db, { agencyId }, 1);
  const [first] = soonest;
  return [
    ...(next ? [{ what: `${next.plan.name} plan`, amountMicros: next.amountMicros, nextAt: next.from }] : []),
    ...(first ? [{ what: `${numbers} numbers of sub-accounts`, amountMicros: sumMicros, nextAt: first.at }] : []),
  ];
}
