import type { FastifyInstance } from 'fastify';
import type { House } from '../platform/house.ts';
import { type TicketAction, ticketActions } from './actions.tsx';
import { registerOwedPages } from './pages/owed.tsx';
import { registerQueuePages } from './pages/queue.tsx';
import { registerReactivationPages } from './pages/reactivation.tsx';
import { registerRefundPages } from './pages/refund.tsx';
import { registerTicketPages } from './pages/tickets.tsx';
import { registerUnclaimedPages } from './pages/unclaimed.tsx';

/** The ticket portal of customers, and the support desk of staff. `actions`: what staff can do on a ticket. */
export function registerSupportPages(
  app: FastifyInstance,
  house: House,
  actions: readonly TicketAction[] = ticketActions,
): void {
  registerTicketPages(app, house);
  registerQueuePages(app, house, actions);
  registerReactivationPages(app, house);
  registerOwedPages(app, house);
  registerRefundPages(app, house);
  registerUnclaimedPages(app, house);
}
