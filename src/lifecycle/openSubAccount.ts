import { findAccount, recordAccount, recordMembership } from '../accounts/store.ts';
import { findAgency } from '../agencies/store.ts';
import { findPersonIdByEmail, hashPassword, recordPerson } from '../auth/store.ts';
import type { Letters } from '../billing/payers/mails.ts';
import { makeOffer } from '../billing/payers/offerPayer.ts';
import { journalBeside } from '../billing/payers/store.ts';
import { type Actor, type Doors, perform } from '../platform/operation.ts';
import { type Decision, Refused } from '../rules/decision.ts';
import { isTimeZone } from '../rules/time.ts';
import { mustBePerson } from './signUp.ts';

export interface NewSubAccount {
  name: string;
  timeZone: string;
  /** The first Administrator. Somebody who signs in already keeps their password. */
  personName: string;
  email: string;
  password: string;
  /** Given when the account is to pay for itself: its first Administrator gets the offer, and until then the agency pays. */
  ownPlan?: { planCode: string; note: string | null } | undefined;
}

/**
 * Opens a sub-account of an agency with its first Administrator. The agency pays, until the account accepts an offer to pay for
 * itself. Answers with its id.
 */
export async function openSubAccount(
  house: Doors & Letters,
  actor: Actor,
  agencyId: number,
  wanted: NewSubAccount,
  key: string,
): Promise<Decision<number>> {
  const passwordHash = await hashPassword(wanted.password);
  const { password: _, ...input } = wanted;
  return perform(house, { action: 'open-sub-account', actor, ownerId: agencyId, key, input }, async (deed) => {
    const { tx, now, by, role, roles, note } = deed;
    if (!(await findAgency(tx, agencyId, now))) throw new Refused({ code: 'not-found' });
    const fields: Record<string, string> = {};
    if (wanted.name === '' || wanted.name.length > 120) fields.name = 'Give a name of 1 to 120 characters.';
    if (!isTimeZone(wanted.timeZone)) fields.timeZone = 'Choose a time zone from the list.';
    if (Object.keys(fields).length > 0) throw new Refused({ code: 'invalid-input', fields });

    const known = await findPersonIdByEmail(tx, wanted.email);
    if (!known) mustBePerson(wanted);
    const accountId = await recordAccount(tx, {
      name: wanted.name,
      timeZone: wanted.timeZone,
      agencyId,
      payer: 'agency',
      createdAt: now,
    });
    const personId =
      known ?? (await recordPerson(tx, { name: wanted.personName, email: wanted.email, passwordHash }, now));
    await recordMembership(tx, {
      personId,
      ownerId: accountId,
      role: 'administrator',
      grantedAt: now,
      grantedBy: by,
      isOwner: true,
    });
    note({ accountId, name: wanted.name });
    if (wanted.ownPlan) {
      const account = (await findAccount(tx, accountId, now))!;
      const { payerOfferId, detail } = await makeOffer(
        house,
        deed,
        account,
        { payer: 'own', ...wanted.ownPlan },
        roles,
      );
      note(detail);
      const beside = { ownerId: accountId, at: now, by, role, action: 'offer-payer', detail };
      await journalBeside(tx, { ...beside, key: `payer offer ${payerOfferId}` });
    }
    return accountId;
  });
}
