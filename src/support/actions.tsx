import type { ComponentChildren } from 'preact';
import { RefundStateBadge } from '../billing/refunds/sayRefund.tsx';
import { findRefundOfTicket } from '../billing/refunds/store.ts';
import type { House } from '../platform/house.ts';
import { LinkButton, Setting, Settings } from '../web/components.tsx';
import { formatMoney } from '../web/format.ts';
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

const refund: TicketAction = async ({ db }, ticket) => {
  if (ticket.kind !== 'refund') return null;
  const asked = await findRefundOfTicket(db, ticket);
  if (!asked) return null;
  const amount = formatMoney(asked.amountMicros ?? asked.requestedMicros, asked.currency);
  return (
    <Settings>
      <Setting
        title={`Refund of ${amount}`}
        badge={<RefundStateBadge state={asked.state} />}
        description={
          asked.state === 'requested'
            ? 'Approve or decline it: the page shows the payments it came from, and how it will be split.'
            : 'How each part is paid, and what is left to do.'
        }
        action={
          <LinkButton href={`/operations/tickets/${ticket.ticketId}/refund`} variant="primary">
            {asked.state === 'requested' ? 'Decide' : 'See how it is paid'}
          </LinkButton>
        }
      />
    </Settings>
  );
};

/** Shown on the staff's page of a ticket, in this order. */
export const ticketActions: readonly TicketAction[] = [reactivation, refund];
