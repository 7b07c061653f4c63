import { findPerson } from '../auth/store.ts';
import type { House } from '../platform/house.ts';
import { type Actor, perform } from '../platform/operation.ts';
import { type Decision, must, Refused } from '../rules/decision.ts';
import { decideWriting } from '../rules/tickets.ts';
import { findSubject } from './findSubject.ts';
import { mailAnswer } from './mails.ts';
import { mustFindTicket } from './mustFindTicket.ts';
import { recordMessage, setOpenState } from './store.ts';

/** Staff answer: the person who asked is mailed, and nobody else. */
export async function answerTicket(
  house: House,
  actor: Actor,
  ownerId: number,
  { ticketId, words }: { ticketId: number; words: string },
  key: string,
): Promise<Decision<true>> {
  const order = { action: 'answer-ticket', actor, ownerId, key, input: { ticketId, words } } as const;
  return perform(house, order, async ({ tx, now, by, note }) => {
    const ticket = await mustFindTicket(tx, ownerId, ticketId);
    const subject = await findSubject(tx, ownerId, now);
    if (!subject) throw new Refused({ code: 'not-found' });
    must(decideWriting(ticket.state, words));
    await recordMessage(tx, { ownerId, ticketId, at: now, by, fromStaff: true, body: words });
    await setOpenState(tx, ticket, 'answered');
    const asker = await findPerson(tx, ticket.openedBy);
    if (asker) await mailAnswer(house, tx, asker, ticket, subject, now);
    note({ ticketId, kind: ticket.kind, ticket: 'answered' });
    return true;
  });
}
