import { type Actor, type Doors, perform } from '../platform/operation.ts';
import { type Decision, must, Refused } from '../rules/decision.ts';
import type { Role } from '../rules/permission.ts';
import { decideOpening, type NewTicket } from '../rules/tickets.ts';
import { addDays } from '../rules/time.ts';
import { findSubject } from './findSubject.ts';
import { countTicketsSince, recordMessage, recordTicket } from './store.ts';

/** A customer asks the support desk, canceled or not. Answers with the ticket's number. */
export async function openTicket(
  doors: Doors,
  actor: Actor,
  ownerId: number,
  asked: NewTicket,
  key: string,
): Promise<Decision<number>> {
  const order = { action: 'open-ticket', actor, ownerId, key, input: asked } as const;
  return perform(doors, order, async ({ tx, now, by, role, note }) => {
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
  });
}
