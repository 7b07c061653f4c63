import { findPerson } from '../auth/store.ts';
import { type AgencyReturn, type AloneReturn, bringAgencyBack, bringBackAlone } from '../lifecycle/bringBack.ts';
import type { House } from '../platform/house.ts';
import { type Actor, type Deed, perform } from '../platform/operation.ts';
import type { Decision } from '../rules/decision.ts';
import { findSubject } from './findSubject.ts';
import { mailAnswer } from './mails.ts';
import { mustConsent } from './mustConsent.ts';
import { recordMessage, setClosed, type Ticket } from './store.ts';

/** Reactivates a canceled agency, on the ticket with which its Agency Administrator asked for it. */
export async function reactivateAgency(
  house: House,
  actor: Actor,
  ticket: Ticket,
  chosen: AgencyReturn,
  key: string,
): Promise<Decision<true>> {
  const { ownerId, ticketId } = ticket;
  const order = { action: 'reactivate-agency', actor, ownerId, key, input: { ticketId, ...chosen } } as const;
  return perform(house, order, async (deed) => {
    const asked = await mustConsent(deed, ownerId, ticketId, 'agency-reactivation');
    await bringAgencyBack(deed, ownerId, chosen);
    return tell(house, deed, asked, `The agency is reactivated, with ${chosen.accountIds.length} of its sub-accounts.`);
  });
}

/** Reactivates one sub-account of a canceled agency alone, on the ticket with which its own Administrator asked for it. */
export async function reactivateAlone(
  house: House,
  actor: Actor,
  ticket: Ticket,
  chosen: AloneReturn,
  key: string,
): Promise<Decision<true>> {
  const { ownerId, ticketId } = ticket;
  const order = { action: 'reactivate-as-standalone', actor, ownerId, key, input: { ticketId, ...chosen } } as const;
  return perform(house, order, async (deed) => {
    const asked = await mustConsent(deed, ownerId, ticketId, 'reactivate-as-standalone');
    await bringBackAlone(deed, ownerId, chosen);
    const words =
      'The account is reactivated as a standalone account. Top up its balance, and its calls connect again.';
    return tell(house, deed, asked, words);
  });
}

/** The ticket says what was done and is over, and whoever asked is mailed that it has an answer. */
async function tell(house: House, { tx, now, by, note }: Deed, ticket: Ticket, body: string): Promise<true> {
  const { ownerId, ticketId } = ticket;
  await recordMessage(tx, { ownerId, ticketId, at: now, by, fromStaff: true, body });
  await setClosed(tx, ticket, by, now);
  const asker = await findPerson(tx, ticket.openedBy);
  const subject = await findSubject(tx, ownerId, now);
  if (asker && subject) await mailAnswer(house, tx, asker, ticket, subject, now);
  note({ ticketId, kind: ticket.kind, ticket: 'carried out' });
  return true;
}
