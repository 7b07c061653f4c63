import { findAccount } from '../accounts/store.ts';
import { findAgency } from '../agencies/store.ts';
import { findRolesAt } from '../auth/findPlace.ts';
import type { Deed } from '../platform/operation.ts';
import { must } from '../rules/decision.ts';
import { decideActing, type TicketKind } from '../rules/tickets.ts';
import { mustFindTicket } from './mustFindTicket.ts';
import type { Ticket } from './store.ts';

/** The customer's ticket, looked at under the owner's lock: that it asks for this, by somebody who may still. */
export async function mustConsent(
  { tx, now, by }: Deed,
  ownerId: number,
  ticketId: number,
  kind: TicketKind,
): Promise<Ticket> {
  const ticket = await mustFindTicket(tx, ownerId, ticketId);
  const askerRoles = await findRolesAt(tx, ticket.openedBy, ownerId, now);
  const owner = (await findAccount(tx, ownerId, now)) ?? (await findAgency(tx, ownerId, now));
  must(decideActing(ticket, kind, { by, askerRoles, closedAt: owner?.closure?.closedAt ?? null }));
  return ticket;
}
