import type { Decision } from './decision.ts';
import { no, yes } from './decision.ts';
import { permissions, type Role, roleNames } from './permission.ts';
import { isBefore } from './time.ts';

/* What may be asked of the support desk, and what a ticket's state leaves room for. */

export const ticketKinds = [
  'trouble',
  'agency-reactivation',
  'reactivate-as-standalone',
  'late-restore',
  'refund',
  'transfer',
  'other',
] as const;
export type TicketKind = (typeof ticketKinds)[number];

/** As staff and journal call it. */
export const ticketKindNames: Record<TicketKind, string> = {
  trouble: 'Trouble with a step',
  'agency-reactivation': 'Reactivate the agency',
  'reactivate-as-standalone': 'Reactivate as a standalone account',
  'late-restore': 'Restore a returned number',
  refund: 'Refund of the available balance',
  transfer: 'Transfer to another owner',
  other: 'Something else',
};

export type TicketState = 'open' | 'answered' | 'closed';
export const ticketStates: readonly TicketState[] = ['open', 'answered', 'closed'];

/** Who asks: an agency, one of its sub-accounts, or an account of its own. */
export type Asker = 'agency' | 'sub-account' | 'standalone';

const asked: Partial<Record<TicketKind, readonly Asker[]>> = {
  'agency-reactivation': ['agency'],
  'reactivate-as-standalone': ['sub-account'],
  'late-restore': ['sub-account', 'standalone'],
};

/** What an owner of this kind can ask for. */
export function kindsFor(asker: Asker): TicketKind[] {
  return ticketKinds.filter((kind) => asked[kind]?.includes(asker) ?? true);
}

/** One owner opens no more than this in 24 hours. */
export const ticketsPerDay = 20;

export const ticketLengths = { subject: 150, words: 5_000, step: 200, lastRefusal: 600 };

export interface NewTicket {
  kind: string;
  step: string | null;
  lastRefusal: string | null;
  subject: string;
  words: string;
}

/** Whether this can be asked, by that asker, after so many within a day. */
export function decideOpening(ticket: NewTicket, asker: Asker, openedToday: number): Decision<TicketKind> {
  const kind = kindsFor(asker).find((each) => each === ticket.kind);
  const { subject, step, lastRefusal } = ticketLengths;
  const fields = {
    ...(kind ? {} : { kind: 'Choose from the list.' }),
    ...(ticket.subject === '' || ticket.subject.length > subject
      ? { subject: `Say in up to ${subject} characters what this is about.` }
      : {}),
    ...wordsWrong(ticket.words),
    ...((ticket.step?.length ?? 0) > step ? { step: `Name the step in up to ${step} characters.` } : {}),
    ...((ticket.lastRefusal?.length ?? 0) > lastRefusal
      ? { lastRefusal: `Give the refusal in up to ${lastRefusal} characters.` }
      : {}),
  };
  if (!kind || Object.keys(fields).length > 0) return no({ code: 'invalid-input', fields });
  if (openedToday >= ticketsPerDay) return no({ code: 'too-many-tickets', perDay: ticketsPerDay });
  return yes(kind);
}

/** Whose asking stands for the customer's consent: those who could have done it from inside, were it not canceled. */
const consenting: Partial<Record<TicketKind, readonly Role[]>> = {
  'agency-reactivation': ['agency-administrator'],
  'reactivate-as-standalone': ['administrator'],
  refund: permissions['ask-refund'].who,
};

/** Doing for a customer what only the support desk does: on their own open ticket for exactly that. */
export function decideActing(
  ticket: { kind: TicketKind; state: TicketState; openedBy: string; openedAt: Date },
  kind: TicketKind,
  now: {
    /** Who carries it out. */
    by: string;
    /** What whoever asked is there at this moment: a role that was lost consents to nothing. */
    askerRoles: readonly Role[];
    /** The canceling that is asked to be undone; an older ticket was about something else. */
    closedAt: Date | null;
  },
): Decision<true> {
  if (ticket.state === 'closed') return no({ code: 'ticket-closed' });
  if (ticket.openedBy === now.by) return no({ code: 'own-ticket' });
  const roles = consenting[kind] ?? [];
  const isLater = now.closedAt === null || !isBefore(ticket.openedAt, now.closedAt);
  if (ticket.kind !== kind || !roles.some((each) => now.askerRoles.includes(each)) || !isLater)
    return no({
      code: 'ticket-does-not-fit',
      asks: ticketKindNames[kind],
      role: roles.map((each) => roleNames[each]).join(' or '),
    });
  return yes(true);
}

function wordsWrong(words: string): Record<string, string> {
  const max = ticketLengths.words;
  return words === '' || words.length > max
    ? { words: `Write what support should know, in up to ${max.toLocaleString('en-US')} characters.` }
    : {};
}

/** Writing on a ticket: customers and staff alike, until it is closed. */
export function decideWriting(state: TicketState, words: string): Decision<true> {
  if (state === 'closed') return no({ code: 'ticket-closed' });
  const fields = wordsWrong(words);
  return Object.keys(fields).length > 0 ? no({ code: 'invalid-input', fields }) : yes(true);
}

export const decideClosingTicket = (state: TicketState): Decision<true> =>
  state === 'closed' ? no({ code: 'ticket-closed' }) : yes(true);

export const decideReopening = (state: TicketState): Decision<true> =>
  state === 'closed' ? yes(true) : no({ code: 'ticket-not-closed' });
