import { type Ended, findEnded } from '../../billing/refunds/findEnded.ts';
import { findRefundOfTicket, type Refund } from '../../billing/refunds/store.ts';
import type { Tx } from '../../platform/db.ts';
import { Refused } from '../../rules/decision.ts';
import { mustFindTicket } from '../mustFindTicket.ts';
import type { Ticket } from '../store.ts';

/** The refund that a ticket asked for, for somebody of the desk who did not ask themselves. */
export async function mustFindOnTicket(
  tx: Tx,
  ownerId: number,
  ticketId: number,
  by: string,
  now: Date,
): Promise<{ ticket: Ticket; refund: Refund; owner: Ended }> {
  const ticket = await mustFindTicket(tx, ownerId, ticketId);
  const refund = await findRefundOfTicket(tx, { ownerId, ticketId });
  const owner = await findEnded(tx, ownerId, now);
  if (!refund || !owner) throw new Refused({ code: 'not-found' });
  if (ticket.openedBy === by) throw new Refused({ code: 'own-ticket' });
  return { ticket, refund, owner };
}
