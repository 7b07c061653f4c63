import { recordAccount, recordMembership } from '../accounts/store.ts';
import { findAgency } from '../agencies/store.ts';
import { findPersonIdByEmail, hashPassword, recordPerson } from '../auth/store.ts';
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
}

/** Opens a sub-account of an agency, paid by the agency, with its first Administrator. Answers with its id. */
export async function openSubAccount(
  doors: Doors,
  actor: Actor,
  agencyId: number,
  wanted: NewSubAccount,
  key: string,
): Promise<Decision<number>> {
  const passwordHash = await hashPassword(wanted.password);
  const { password: _, ...input } = wanted;
  return perform(
    doors,
    { action: 'open-sub-account', actor, ownerId: agencyId, key, input },
    async ({ tx, now, by, note }) => {
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
      return accountId;
    },
  );
}
