import type { ComponentChildren } from 'preact';
import type { House } from '../platform/house.ts';
import { LinkButton, Setting, Settings } from '../web/components.tsx';
import type { Ticket } from './store.ts';

/**
 * Something that staff can do for a customer on a ticket, beside answering it: `Setting`s with a button, or null where it
 * doesn't fit the ticket. Its deed asks permission by itself; what is offered here is only the way to it.
 */
export type TicketAction = (house: House, ticket: Ticket) => Promise<ComponentChildren>;

const reactivation: TicketAction = async (_, ticket) => {
  const isAgency = ticket.kind === 'agency-reactivation';
  if (ticket.state === 'closed' || !(isAgency || ticket.kind === 'reactivate-as-standalone')) return null;
  return (
    <Settings>
      <Setting
        title={isAgency ? 'Reactivate the agency' : 'Reactivate as a standalone account'}
        description={
          isAgency
            ? 'With the sub-accounts and numbers that the customer wants, inside the 60 days.'
            : 'With a plan and a balance of its own, inside the 60 days. The agency has no more to do with it.'
        }
        action={
          <LinkButton href={`/operations/tickets/${ticket.ticketId}/reactivation`} variant="primary">
            Reactivate
          </LinkButton>
        }
      />
    </Settings>
  );
};

/** Shown on the staff's page of a ticket, in this order. */
export const ticketActions: readonly TicketAction[] = [reactivation];
