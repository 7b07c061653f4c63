import type { FoundPerson } from '../auth/store.ts';
import type { Tx } from '../platform/db.ts';
import type { House } from '../platform/house.ts';
import { queueMail } from '../platform/mail/store.ts';
import { composeMail } from '../web/mail.tsx';
import type { Subject } from './findSubject.ts';
import type { Ticket } from './store.ts';

/** Tells whoever asked that support has answered. The answer itself is read where only they and their colleagues get in. */
export async function mailAnswer(
  house: Pick<House, 'secrets' | 'config'>,
  tx: Tx,
  to: FoundPerson,
  ticket: Ticket,
  subject: Subject,
  now: Date,
): Promise<void> {
  const content = composeMail({
    subject: `Support answered: ${ticket.subject}`,
    greeting: `Hello ${to.name},`,
    paragraphs: [`Support has answered your ticket ${ticket.ticketId} about ${subject.name}: “${ticket.subject}”.`],
    action: { label: 'Read the answer', href: `${house.config.publicUrl}${subject.base}/tickets/${ticket.ticketId}` },
    footer: 'You got this because you opened the ticket. To reply, open it: answers to this mail are not read.',
  });
  await queueMail(tx, house.secrets, { toName: to.name, toAddress: to.email, ...content }, now);
}
