import { type Actor, type Doors, perform } from '../platform/operation.ts';
import { type Decision, must } from '../rules/decision.ts';
import { decideClosingTicket, decideReopening } from '../rules/tickets.ts';
import { mustFindTicket } from './mustFindTicket.ts';
import { setClosed, setOpenState } from './store.ts';

/** Closes a ticket: whoever asked has what they wanted, or staff have nothing more to say. */
export async function closeTicket(
  doors: Doors,
  actor: Actor,
  as: 'customer' | 'staff',
  ownerId: number,
  ticketId: number,
  key: string,
): Promise<Decision<true>> {
  const action = as === 'staff' ? 'answer-ticket' : 'open-ticket';
  return perform(doors, { action, actor, ownerId, key, input: { close: ticketId } }, async ({ tx, now, by, note }) => {
    const ticket = await mustFindTicket(tx, ownerId, ticketId);
    must(decideClosingTicket(ticket.state));
    await setClosed(tx, ticket, by, now);
    note({ ticketId, kind: ticket.kind, ticket: 'closed' });
    return true;
  });
}

/** Staff take a closed ticket up again. */
export async function reopenTicket(
  doors: Doors,
  actor: Actor,
  ownerId: number,
  ticketId: number,
  key: string,
): Promise<Decision<true>> {
  const order = { action: 'answer-ticket', actor, ownerId, key, input: { reopen: ticketId } } as const;
  return perform(doors, order, async ({ tx, note }) => {
    const ticket = await mustFindTicket(tx, ownerId, ticketId);
    must(decideReopening(ticket.state));
    await setOpenState(tx, ticket, 'open');
    note({ ticketId, kind: ticket.kind, ticket: 'reopened' });
    return true;
  });
}
