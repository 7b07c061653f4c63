import { findAccount, findMembers } from '../accounts/store.ts';
import { findBalance, findSubscription } from '../billing/store.ts';
import { findUnusedTime } from '../billing/unusedTime.ts';
import { findNumbers } from '../numbers/store.ts';
import type { Db, Tx } from '../platform/db.ts';
import { hashOf } from '../platform/ids.ts';
import { type ClosingFacts, type ClosingPlan, planClosing, planTerms, type StandingCharge } from '../rules/closing.ts';
import type { Decision } from '../rules/decision.ts';
import { roleNames } from '../rules/permission.ts';
import { countRecentCalls } from './store.ts';

/** A plan, its terms, and the hash of them that a confirmation sends back. */
export interface OfferedPlan {
  plan: ClosingPlan;
  terms: Record<string, string[]>;
  hash: string;
}

/** Works out what closing an account would do, at this instant; closing works it out again and executes that. */
export async function offerClosing(db: Db | Tx, accountId: number, now: Date): Promise<Decision<OfferedPlan>> {
  const decision = planClosing(await gatherFacts(db, accountId, now), now);
  if (!decision.ok) return decision;
  const terms = planTerms(decision.value);
  return { ok: true, value: { plan: decision.value, terms, hash: hashOf(terms) } };
}

async function gatherFacts(db: Db | Tx, accountId: number, now: Date): Promise<ClosingFacts> {
  const account = (await findAccount(db, accountId, now))!;
  const numbers = await findNumbers(db, accountId, { filter: 'all', now });
  const inUse = numbers.filter((each) => each.boughtAt && !each.release);
  const calls7Days = await countRecentCalls(db, accountId, now, 7);
  const next = (await findSubscription(db, accountId))?.next;
  const { availableMicros } = await findBalance(db, accountId);
  const charges: StandingCharge[] = [
    ...(next ? [{ what: `${next.plan.name} plan`, amountMicros: next.amountMicros, nextAt: next.from }] : []),
    ...inUse.map((each) => ({
      what: each.phoneNumber,
      amountMicros: each.monthlyPriceMicros,
      nextAt: each.paidUntil!,
    })),
  ];
  return {
    accountId,
    accountName: account.name,
    agencyName: account.agencyName,
    closure: account.closure,
    numbers: inUse.map((each) => ({
      trackingNumberId: each.trackingNumberId,
      phoneNumber: each.phoneNumber,
      name: each.name,
      calls7Days: calls7Days.get(each.trackingNumberId) ?? 0,
      calls30Days: each.calls30Days,
      lastCallAt: each.lastCallAt,
    })),
    heldNumbers: numbers.filter((each) => each.release && !each.release.returnOrderedAt).length,
    people: (await findMembers(db, accountId)).map((each) => ({
      personId: each.personId,
      name: each.name,
      role: roleNames[each.role],
    })),
    lastCallAt: numbers.reduce<Date | null>(
      (last, each) => (each.lastCallAt && (!last || each.lastCallAt > last) ? each.lastCallAt : last),
      null,
    ),
    balance: { paidByAgency: account.payer === 'agency', availableMicros },
    charges,
    unusedTime: await findUnusedTime(db, accountId, now),
  };
}
