import { type NewTicket, ticketLengths } from '../rules/tickets.ts';
import { orNull } from '../web/read.ts';

/**
 * A ticket out of a form, an address or a body. What a page said by itself is cut to what fits; what a person wrote is
 * not, so that they are told.
 */
export function readTicket(field: (name: string) => string): NewTicket {
  const step = field('step').slice(0, ticketLengths.step);
  return {
    kind: field('kind'),
    step: orNull(step),
    lastRefusal: orNull(field('refusal').slice(0, ticketLengths.lastRefusal)),
    subject: field('subject') || step.slice(0, ticketLengths.subject),
    words: field('words'),
  };
}
