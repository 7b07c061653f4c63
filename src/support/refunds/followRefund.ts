import type { FollowRefund } from '../../billing/refunds/settlePart.ts';
import { findTicket, setClosed, setOpenState } from '../store.ts';

/** The ticket goes with its refund: over once everything is paid, and in the desk's queue again when a part failed. */
export const followRefund: FollowRefund = async (tx, { ownerId, ticketId, state }, now) => {
  const ticket = await findTicket(tx, ownerId, ticketId);
  if (!ticket) return;
  if (state === 'paid' && ticket.state !== 'closed') await setClosed(tx, ticket, 'house', now);
  if (state === 'failed' && ticket.state !== 'open') await setOpenState(tx, ticket, 'open');
};
