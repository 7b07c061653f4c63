import { findMembers } from '../accounts/store.ts';
import type { Tx } from '../platform/db.ts';
import type { House } from '../platform/house.ts';
import { queueMail } from '../platform/mail/store.ts';
import type { AgencyClosingPlan } from '../rules/closing.ts';
import { formatCount, formatMoment } from '../web/format.ts';
import { composeMail } from '../web/mail.tsx';

/** Tells everybody with a role in the agency that it was canceled, with every date that was promised. */
export async function mailCanceled(
  house: Pick<House, 'secrets' | 'config'>,
  tx: Tx,
  plan: AgencyClosingPlan,
  timeZone: string,
  now: Date,
): Promise<void> {
  const { agencyId, agencyName, numbers, promises, subAccounts } = plan;
  const until = (date: Date) => formatMoment(date, timeZone);
  const content = {
    subject: `${agencyName} is canceled`,
    paragraphs: [
      `${agencyName} was canceled on ${until(now)}, with ${formatCount(subAccounts)} active sub-accounts and ${formatCount(numbers)} tracking numbers. Calls are refused and nothing is charged from that moment.`,
      `Numbers are held until ${until(promises.numbersRestorableUntil)}. Everything can be read until ${until(promises.reactivatableUntil)}; until then support can reactivate the agency, on a ticket.`,
      `The available balance can be asked back until ${until(promises.refundableUntil)}, by a ticket.`,
    ],
    action: { label: 'See what was ended', href: `${house.config.publicUrl}/agencies/${agencyId}/closure` },
    footer: 'You got this because you have a role in the agency. If it was a mistake, open a ticket soon.',
  };
  const people = new Map((await findMembers(tx, agencyId)).map((each) => [each.personId, each]));
  for (const { name, email } of people.values()) {
    const mail = { toName: name, toAddress: email, ...composeMail({ ...content, greeting: `Hello ${name},` }) };
    await queueMail(tx, house.secrets, mail, now);
  }
}
