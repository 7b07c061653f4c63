import type { FastifyInstance } from 'fastify';
import { enterOperations } from '../accounts/enter.ts';
import type { House } from '../platform/house.ts';
import { must } from '../rules/decision.ts';
import { ticketStates } from '../rules/tickets.ts';
import { readId } from '../web/paging.ts';
import { fieldsOf, idOf, keyOf } from '../web/read.ts';
import { answerTicket } from './answerTicket.ts';
import { closeTicket, reopenTicket } from './closeTicket.ts';
import { placesOf, type TicketRequest, type Where } from './enterPlace.ts';
import { mustFindTicket } from './mustFindTicket.ts';
import { openTicket } from './openTicket.ts';
import { type NamedMessage, readConversation } from './pages/conversation.tsx';
import { enterTicket } from './pages/queue.tsx';
import { reactivateAgency, reactivateAlone } from './reactivate.ts';
import { readTicket } from './readTicket.ts';
import { registerRefundRoutes } from './refunds/routes.ts';
import { replyToTicket } from './replyToTicket.ts';
import { findQueue, findTicketsOf, type Ticket } from './store.ts';

type NumberedRequest = { Params: { ticketId: string } };

const listedMax = 100;

/** The ticket portal and the support desk for scripts. */
export function registerSupportRoutes(app: FastifyInstance, house: House): void {
  for (const where of placesOf(house)) registerPlace(app, house, where);
  registerDesk(app, house);
  registerRefundRoutes(app, house);
}

function registerPlace(app: FastifyInstance, house: House, { route, enter }: Where): void {
  const list = `/api/v1${route}/tickets`;

  /** Newest first; `before` is the id at which the page before ended. */
  app.get<TicketRequest>(list, async (request) => {
    const { ownerId } = await enter(request);
    const before = readId(fieldsOf(request.query)('before'));
    const tickets = await findTicketsOf(house.db, ownerId, { before, limit: listedMax });
    return { tickets: tickets.map((each) => present(each)) };
  });

  /** Body: `kind`, `subject`, `words`, and if known `step` and `refusal`. */
  app.post<TicketRequest>(list, async (request) => {
    const { actor, ownerId } = await enter(request);
    const id = must(await openTicket(house, actor, ownerId, readTicket(fieldsOf(request.body)), keyOf(request)));
    return { status: 'success', id };
  });

  app.get<TicketRequest>(`${list}/:ticketId`, async (request) => {
    const { ownerId } = await enter(request);
    const ticket = await mustFindTicket(house.db, ownerId, idOf(request.params.ticketId));
    return present(ticket, await readConversation(house.db, ticket));
  });

  app.post<TicketRequest>(`${list}/:ticketId/replies`, async (request) => {
    const { actor, ownerId } = await enter(request);
    const reply = { ticketId: idOf(request.params.ticketId), words: fieldsOf(request.body)('words') };
    must(await replyToTicket(house, actor, ownerId, reply, keyOf(request)));
    return { status: 'success' };
  });

  app.post<TicketRequest>(`${list}/:ticketId/close`, async (request) => {
    const { actor, ownerId } = await enter(request);
    must(await closeTicket(house, actor, 'customer', ownerId, idOf(request.params.ticketId), keyOf(request)));
    return { status: 'success' };
  });
}

function registerDesk(app: FastifyInstance, house: House): void {
  const list = '/api/v1/operations/tickets';

  /** Oldest first; `state` is open unless it says otherwise, `after` the id at which the page before ended. */
  app.get(list, async (request) => {
    await enterOperations(house, request, 'answer-ticket');
    const query = fieldsOf(request.query);
    const state = ticketStates.find((each) => each === query('state')) ?? 'open';
    const tickets = await findQueue(house.db, state, { after: readId(query('after')), limit: listedMax });
    return { tickets: tickets.map((each) => ({ ...present(each), owner_name: each.ownerName })) };
  });

  app.get<NumberedRequest>(`${list}/:ticketId`, async (request) => {
    const { ticket } = await enterTicket(house, request);
    return present(ticket, await readConversation(house.db, ticket));
  });

  /**
   * Carries a reactivation out. Body: `numbers`, "all" or ids; for an agency `account_ids` of the sub-accounts that come
   * back; for a sub-account alone `plan`.
   */
  app.post<NumberedRequest>(`${list}/:ticketId/reactivation`, async (request) => {
    const { ticket, actor } = await enterTicket(house, request);
    const body = (request.body ?? {}) as { account_ids?: unknown; numbers?: unknown };
    const numbers = body.numbers === 'all' ? ('all' as const) : idsIn(body.numbers);
    const key = keyOf(request);
    must(
      ticket.kind === 'agency-reactivation'
        ? await reactivateAgency(house, actor, ticket, { accountIds: idsIn(body.account_ids), numbers }, key)
        : await reactivateAlone(house, actor, ticket, { planCode: fieldsOf(request.body)('plan'), numbers }, key),
    );
    return { status: 'success' };
  });

  app.post<NumberedRequest>(`${list}/:ticketId/answers`, async (request) => {
    const { ticket, actor } = await enterTicket(house, request);
    const { ownerId, ticketId } = ticket;
    const words = fieldsOf(request.body)('words');
    must(await answerTicket(house, actor, ownerId, { ticketId, words }, keyOf(request)));
    return { status: 'success' };
  });

  app.post<NumberedRequest>(`${list}/:ticketId/close`, async (request) => {
    const { ticket, actor } = await enterTicket(house, request);
    must(await closeTicket(house, actor, 'staff', ticket.ownerId, ticket.ticketId, keyOf(request)));
    return { status: 'success' };
  });

  app.post<NumberedRequest>(`${list}/:ticketId/reopen`, async (request) => {
    const { ticket, actor } = await enterTicket(house, request);
    must(await reopenTicket(house, actor, ticket.ownerId, ticket.ticketId, keyOf(request)));
    return { status: 'success' };
  });
}

function present(ticket: Ticket, messages?: readonly NamedMessage[]) {
  return {
    id: ticket.ticketId,
    owner_id: ticket.ownerId,
    kind: ticket.kind,
    step: ticket.step,
    last_refusal: ticket.lastRefusal,
    subject: ticket.subject,
    state: ticket.state,
    opened_at: ticket.openedAt,
    closed_at: ticket.closedAt,
    ...(messages && {
      messages: messages.map((each) => ({
        id: each.messageId,
        at: each.at,
        by: each.name,
        from_staff: each.fromStaff,
        body: each.body,
      })),
    }),
  };
}

const idsIn = (given: unknown): number[] =>
  Array.isArray(given) ? given.map(Number).filter(Number.isSafeInteger) : [];
