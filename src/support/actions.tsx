import type { ComponentChildren } from 'preact';
import type { House } from '../platform/house.ts';
import type { Ticket } from './store.ts';

/**
 * Something that staff can do for a customer on a ticket, beside answering it: `Setting`s with a button, or null where it
 * doesn't fit the ticket. Its deed asks permission by itself; what is offered here is only the way to it.
 */
export type TicketAction = (house: House, ticket: Ticket) => Promise<ComponentChildren>;

/** Shown on the staff's page of a ticket, in this order. */
export const ticketActions: readonly TicketAction[] = [];
