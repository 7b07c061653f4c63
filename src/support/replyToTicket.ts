import { type Actor, type Doors, perform } from '../platform/operation.ts';
import { type Decision, must } from '../rules/decision.ts';
import { decideWriting } from '../rules/tickets.ts';
import { mustFindTicket } from './mustFindTicket.ts';
import { recordMessage, setOpenState } from './store.ts';

/** A customer goes on writing: the ticket stands in the queue of open ones again. */
export async function replyToTicket(
  doors: Doors,
  actor: Actor,
  ownerId: number,
  { ticketId, words }: { ticketId: number; words: string },
  key: string,
): Promise<Decision<true>> {
  const order = { action: 'open-ticket', actor, ownerId, key, input: { ticketId, words } } as const;
  return perform(doors, order, async ({ tx, now, by, note }) => {
    const ticket = await mustFindTicket(tx, ownerId, ticketId);
    must(decideWriting(ticket.state, words));
    await recordMessage(tx, { ownerId, ticketId, at: now, by, fromStaff: false, body: words });
    await setOpenState(tx, ticket, 'open');
    note({ ticketId, kind: ticket.kind, ticket: 'replied' });
    return true;
  });
}
