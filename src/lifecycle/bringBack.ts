import { endClosure, findAccount, makeStandalone } from '../accounts/store.ts';
import { findAgency } from '../agencies/store.ts';
import { renewDue } from '../billing/renewSubscriptions.ts';
import { findSubscribers, findSubscription } from '../billing/store.ts';
import { openSubscription, resumeSubscription } from '../billing/subscribe.ts';
import { renewDueNumbers } from '../numbers/renew.ts';
import { type NumberChoice, restoreHeld } from '../numbers/store.ts';
import type { Deed } from '../platform/operation.ts';
import { decideAgencyReactivation, decideReactivation } from '../rules/closing.ts';
import { must, Refused } from '../rules/decision.ts';
import { endAgencyClosure, findClosedWith, reopenAccounts } from './store.ts';

/* What only the support desk does, on a ticket, inside the 60 days. Article, "Canceling an Agency", step 6. */

export interface AgencyReturn {
  /** The sub-accounts that come back with the agency; the others stay canceled, with the dates they were promised. */
  accountIds: readonly number[];
  /** Which of their numbers come back as well, of those that are still held. */
  numbers: NumberChoice;
}

/** Reactivates an agency, with the sub-accounts that were chosen with the customer. */
export async function bringAgencyBack(
  { tx, now, by, note }: Deed,
  agencyId: number,
  chosen: AgencyReturn,
): Promise<void> {
  const agency = await findAgency(tx, agencyId, now);
  const closure = must(decideAgencyReactivation(agency?.closure ?? null, now));
  const theirs = new Set(await findClosedWith(tx, agencyId, closure.agencyClosureId));
  if (chosen.accountIds.some((accountId) => !theirs.has(accountId))) throw new Refused({ code: 'not-found' });

  // What began before the canceling and was not charged yet is owed; months that begin now would pass over it.
  const subscribers = [agencyId, ...(await findSubscribers(tx, chosen.accountIds))];
  await renewDue(tx, subscribers, now);
  await renewDueNumbers(tx, chosen.accountIds, now);
  await endAgencyClosure(tx, closure, agencyId, by, now);
  await reopenAccounts(tx, chosen.accountIds, closure.agencyClosureId, by, now);
  let chargedMicros = 0n;
  for (const ownerId of subscribers) chargedMicros += await resumeSubscription(tx, ownerId, now);
  const restoredNumbers = await restoreHeld(tx, chosen.accountIds, chosen.numbers, by, now);
  note({ subAccounts: chosen.accountIds.length, restoredNumbers, chargedMicros: String(chargedMicros) });
}

export interface AloneReturn {
  planCode: string;
  numbers: NumberChoice;
}

/**
 * Reactivates one sub-account of a canceled agency as a standalone account with a plan and a wallet of its own, which its
 * people then top up. The agency's people have no more to do with it. One that paid for itself goes on with what it has.
 */
export async function bringBackAlone(
  { tx, now, by, note }: Deed,
  accountId: number,
  chosen: AloneReturn,
): Promise<void> {
  const account = await findAccount(tx, accountId, now);
  if (!account?.isAgencyCanceled) throw new Refused({ code: 'not-closed' });
  const { closureId } = must(decideReactivation(account.closure, now));
  if (closureId === null) throw new Refused({ code: 'still-closing' });

  const own = await findSubscription(tx, accountId);
  const planCode = own?.plan.planCode ?? chosen.planCode;
  await renewDue(tx, [accountId], now);
  await renewDueNumbers(tx, [accountId], now);
  await makeStandalone(tx, accountId);
  await endClosure(tx, accountId, closureId, by, now);
  const { timeZone } = account;
  if (own) await resumeSubscription(tx, accountId, now);
  else await openSubscription(tx, { ownerId: accountId, kind: 'standalone', timeZone }, planCode, now);
  const restoredNumbers = await restoreHeld(tx, [accountId], chosen.numbers, by, now);
  note({ planCode, restoredNumbers });
}
