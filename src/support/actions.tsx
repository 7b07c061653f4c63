import type { ComponentChildren } from 'preact';
import { RefundStateBadge } from '../billing/refunds/sayRefund.tsx';
import { findRefundOfTicket } from '../billing/refunds/store.ts';
import type { House } from '../platform/house.ts';
import { Card, LinkButton, Row, Stack } from '../web/components.tsx';
import { formatMoney } from '../web/format.ts';
import type { Ticket } from './store.ts';

/**
 * Something that staff can do for a customer on a ticket, beside answering it: `Card`s with a button, or null where it
 * doesn't fit the ticket. Its deed asks permission by itself; what is offered here is only the way to it.
 */
export type TicketAction = (house: House, ticket: Ticket) => Promise<ComponentChildren>;

const reactivation: TicketAction = async (_, ticket) => {
  const isAgency = ticket.kind === 'agency-reactivation';
  if (ticket.state === 'closed' || !(isAgency || ticket.kind === 'reactivate-as-standalone')) return null;
  return (
    <Card title={isAgency ? 'Reactivate the agency' : 'Reactivate as a standalone account'}>
      <Stack>
        <p>
          {isAgency
            ? 'With the sub-accounts and numbers that the customer wants, inside the 60 days.'
            : 'With a plan and a balance of its own, inside the 60 days. The agency has no more to do with it.'}
        </p>
        <Row>
          <LinkButton href={`/operations/tickets/${ticket.ticketId}/reactivation`} variant="primary">
            Reactivate
          </LinkButton>
        </Row>
      </Stack>
    </Card>
  );
};

const refund: TicketAction = async ({ db }, ticket) => {
  const asked = ticket.kind === 'refund' ? await findRefundOfTicket(db, ticket) : null;
  if (!asked) return null;
  const amount = formatMoney(asked.amountMicros ?? asked.requestedMicros, asked.currency);
  const isUndecided = asked.state === 'requested';
  return (
    <Card title={`Refund of ${amount}`} actions={<RefundStateBadge state={asked.state} />}>
      <Stack>
        <p>
          {isUndecided
            ? 'Approve or decline it: the page shows the payments it came from, and how it will be split.'
            : 'How each part is paid, and what is left to do.'}
        </p>
        <Row>
          <LinkButton href={`/operations/tickets/${ticket.ticketId}/refund`} variant="primary">
            {isUndecided ? 'Decide' : 'See how it is paid'}
          </LinkButton>
        </Row>
      </Stack>
    </Card>
  );
};

/** Shown on the staff's page of a ticket, in this order. */
export const ticketActions: readonly TicketAction[] = [reactivation, refund];
