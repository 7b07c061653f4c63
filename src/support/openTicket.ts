import { mustRequestable } from '../billing/refunds/mustRequestable.ts';
import { recordRefund } from '../billing/refunds/store.ts';
import { type Actor, type Deed, type Doors, perform } from '../platform/operation.ts';
import { type Decision, must, Refused } from '../rules/decision.ts';
import { decidePermission, type Role } from '../rules/permission.ts';
import { decideOpening, type NewTicket } from '../rules/tickets.ts';
import { addDays } from '../rules/time.ts';
import { findSubject } from './findSubject.ts';
import { countTicketsSince, recordMessage, recordTicket } from './store.ts';

/**
 * A customer asks the support desk, canceled or not. Answers with the ticket's number. A ticket for a refund is the request for it,
 * whether it was opened in the ticket portal or by the one click beside the balance.
 */
export async function openTicket(
  doors: Doors,
  actor: Actor,
  ownerId: number,
  asked: NewTicket,
  key: string,
): Promise<Decision<number>> {
  const order = { action: 'open-ticket', actor, ownerId, key, input: asked } as const;
  return perform(doors, order, async (deed) => {
    if (asked.kind !== 'refund') return recordOpening(deed, asked);
    must(decidePermission('ask-refund', deed.roles, deed.standing));
    return recordRequest(deed, () => asked);
  });
}

/** Opens the ticket of a refund, and writes down what is asked for: the amount is what we owe, never what a form says. */
export async function recordRequest(
  deed: Deed,
  ticketFor: (requestedMicros: bigint, currency: string) => NewTicket,
): Promise<number> {
  const { tx, now, by, ownerId, role, note } = deed;
  const { closureId, requestedMicros, currency } = await mustRequestable(tx, ownerId, now);
  const ticketId = await recordOpening(deed, ticketFor(requestedMicros, currency));
  const requested = { requestedAt: now, requestedBy: by, requestedByRole: role, requestedMicros };
  await recordRefund(tx, { ownerId, closureId, ticketId, currency, ...requested });
  note({ ticket: 'refund asked', amountMicros: String(requestedMicros) });
  return ticketId;
}

async function recordOpening({ tx, now, by, ownerId, role, note }: Deed, asked: NewTicket): Promise<number> {
  const subject = await findSubject(tx, ownerId, now);
  if (!subject) throw new Refused({ code: 'not-found' });
  const openedToday = await countTicketsSince(tx, ownerId, addDays(now, -1));
  const kind = must(decideOpening(asked, subject.asker, openedToday));
  const { words, ...said } = asked;
  // `perform` knows newcomers too, but they open no tickets.
  const opened = { openedBy: by, openedByRole: role as Role, openedAt: now };
  const ticketId = await recordTicket(tx, { ...said, ...opened, ownerId, kind });
  await recordMessage(tx, { ownerId, ticketId, at: now, by, fromStaff: false, body: words });
  note({ ticketId, kind, ticket: 'opened' });
  return ticketId;
}
