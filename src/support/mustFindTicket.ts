import type { Db, Tx } from '../platform/db.ts';
import { Refused } from '../rules/decision.ts';
import { findTicket, type Ticket } from './store.ts';

/** A ticket of this owner; another owner's is not there. */
export async function mustFindTicket(db: Db | Tx, ownerId: number, ticketId: number): Promise<Ticket> {
  const ticket = await findTicket(db, ownerId, ticketId);
  if (!ticket) throw new Refused({ code: 'not-found' });
  return ticket;
}
