import { recordAccount, recordMembership } from '../accounts/store.ts';
import { recordAgency } from '../agencies/store.ts';
import { isSignUpOpen } from '../auth/changeInstallation.ts';
import { findPersonMistakes } from '../auth/person.ts';
import { acceptInvitation, findInvitationByToken, hashPassword, type Invitation, recordPerson } from '../auth/store.ts';
import { hashToken } from '../auth/tokens.ts';
import { payFirst } from '../billing/payments/payFirst.ts';
import { openSubscription } from '../billing/subscribe.ts';
import type { Tx } from '../platform/db.ts';
import type { House } from '../platform/house.ts';
import { type Doors, houseId, perform } from '../platform/operation.ts';
import { type Decision, no, Refused } from '../rules/decision.ts';
import { decideAmount } from '../rules/payments.ts';
import { isTimeZone } from '../rules/time.ts';

export interface NewCustomer {
  kind: 'standalone' | 'agency';
  businessName: string;
  timeZone: string;
  planCode: string;
  personName: string;
  email: string;
  password: string;
  /** The token of an invitation; needed while sign-up is closed. */
  invitation?: string | undefined;
}

/** Signs up a standalone business or an agency, with its first administrator and plan. Answers with its id. */
export async function signUp(
  doors: Doors & Pick<House, 'config'>,
  customer: NewCustomer,
  key: string,
): Promise<Decision<number>> {
  const fields = { ...findMistakes(customer), ...findPersonMistakes(customer) };
  if (Object.keys(fields).length > 0) return no({ code: 'invalid-input', fields });
  const passwordHash = await hashPassword(customer.password);
  const { password: _, invitation, ...input } = customer;
  return perform(
    doors,
    { action: 'sign-up', actor: { kind: 'newcomer' }, ownerId: houseId, key, input },
    async (deed) => {
      const { tx, now } = deed;
      const invited = invitation ? await findSignUpInvitation(tx, invitation, customer.email, now) : null;
      if (!invited && !(await isSignUpOpen(tx, doors.config))) throw new Refused({ code: 'sign-up-closed' });
      const { kind, businessName: name, timeZone, email } = customer;
      const personId = await recordPerson(tx, { name: customer.personName, email, passwordHash }, now);
      deed.becomes(personId);
      const ownerId =
        kind === 'agency'
          ? await recordAgency(tx, { name, timeZone, createdAt: now })
          : await recordAccount(tx, { name, timeZone, agencyId: null, payer: 'own', createdAt: now });
      const role = kind === 'agency' ? 'agency-administrator' : 'administrator';
      await recordMembership(tx, { personId, ownerId, role, grantedAt: now, grantedBy: personId, isOwner: true });
      await openSubscription(tx, { ownerId, kind, timeZone }, customer.planCode, now);
      if (invited) await acceptInvitation(tx, invited.invitationId, personId, now);
      deed.note({ ownerId, kind, name, planCode: customer.planCode });
      return ownerId;
    },
  );
}

/**
 * The same with a first payment in one step, where payments are simulated: by a test card. A real card is given afterwards, on its
 * provider's page.
 */
export async function signUpWithTestCard(
  house: House,
  customer: NewCustomer,
  firstPaymentMicros: bigint,
  key: string,
): Promise<Decision<number>> {
  const amount = decideAmount(firstPaymentMicros, 'topUp');
  if (!amount.ok) return amount;
  const decision = await signUp(house, customer, key);
  if (decision.ok) await payFirst(house, decision.value, firstPaymentMicros, 'sign-up', 'now');
  return decision;
}

/** The operator's invitation to open an account: for this very address, and to nothing else. */
async function findSignUpInvitation(tx: Tx, token: string, email: string, now: Date): Promise<Invitation | null> {
  const invited = await findInvitationByToken(tx, hashToken(token), now, true);
  const fits = invited?.ownerId === houseId && invited.role === null && invited.email === email.toLowerCase();
  return fits ? invited : null;
}

function findMistakes(customer: NewCustomer): Record<string, string> {
  const fields: Record<string, string> = {};
  if (customer.businessName === '' || customer.businessName.length > 120)
    fields.businessName = 'Give a name of 1 to 120 characters.';
  if (!isTimeZone(customer.timeZone)) fields.timeZone = 'Choose a time zone from the list.';
  return fields;
}

/** What is wrong with a person's fields, as a refusal that ends an operation. */
export function mustBePerson(person: { personName: string; email: string; password: string }): void {
  const fields = findPersonMistakes(person);
  if (Object.keys(fields).length > 0) throw new Refused({ code: 'invalid-input', fields });
}
