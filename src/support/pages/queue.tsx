import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { enterOperations, houseShell, labelOf } from '../../accounts/enter.ts';
import { findNames } from '../../auth/store.ts';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import type { Actor } from '../../platform/operation.ts';
import { type Decision, Refused } from '../../rules/decision.ts';
import { roleNames } from '../../rules/permission.ts';
import { ticketKindNames, ticketStates } from '../../rules/tickets.ts';
import { answerButton } from '../../web/answer.ts';
import {
  ButtonForm,
  EmptyState,
  Moment,
  PageHeader,
  Pagination,
  Stack,
  StandingLabel,
  Table,
  Tabs,
  TextLink,
} from '../../web/components.tsx';
import { formatMoment } from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import { readId } from '../../web/paging.ts';
import { presentRefusal, statusOf } from '../../web/present.ts';
import { fieldsOf, goOn, idOf, keyOf, sendPage } from '../../web/read.ts';
import type { TicketAction } from '../actions.tsx';
import { answerTicket } from '../answerTicket.ts';
import { closeTicket, reopenTicket } from '../closeTicket.ts';
import { findSubject } from '../findSubject.ts';
import { findQueue, findTicketByNumber, type QueuedTicket, type Ticket } from '../store.ts';
import {
  Conversation,
  countWritten,
  type RefusedWords,
  readConversation,
  StateBadge,
  TicketFacts,
  WritingForm,
} from './conversation.tsx';

type TicketRequest = { Params: { ticketId: string } };

const href = '/operations/tickets';
const pageSize = 25;
const stateNames = { open: 'Open', answered: 'Answered', closed: 'Closed' };

/** Operations → Tickets: the queue, and each ticket with what staff can do on it. */
export function registerQueuePages(app: FastifyInstance, house: House, actions: readonly TicketAction[]): void {
  app.get(href, async (request, reply) => {
    const { viewer } = await enterOperations(house, request, 'answer-ticket');
    const query = fieldsOf(request.query);
    const state = ticketStates.find((each) => each === query('state')) ?? 'open';
    const after = readId(query('after'));
    const found = await findQueue(house.db, state, { after, limit: pageSize + 1 });
    const tickets = found.slice(0, pageSize);
    const page = (
      <Page
        {...(await houseShell(house, request, reply, viewer))}
        title="Tickets"
        breadcrumbs={[{ label: 'Operations' }, { label: 'Tickets' }]}
      >
        <PageHeader title="Tickets" description="What customers ask of the support desk, the oldest first." />
        <Stack>
          <Tabs
            label="State"
            tabs={ticketStates.map((each) => ({
              label: stateNames[each],
              href: `${href}?state=${each}`,
              current: each === state,
            }))}
          />
          <Queue tickets={tickets} />
          {(after || found.length > pageSize) && (
            <Pagination
              summary="Oldest first"
              previousHref={after ? `${href}?state=${state}` : undefined}
              previousLabel="Oldest"
              nextHref={
                found.length > pageSize ? `${href}?state=${state}&after=${tickets.at(-1)!.ticketId}` : undefined
              }
              nextLabel="Newer"
            />
          )}
        </Stack>
      </Page>
    );
    return sendPage(reply, renderPage(page));
  });

  app.get<TicketRequest>(`${href}/:ticketId`, async (request, reply) => {
    const { ticket } = await enterTicket(house, request);
    return showTicket(request, reply, ticket);
  });

  app.post<TicketRequest>(`${href}/:ticketId/answers`, async (request, reply) => {
    const { ticket, actor } = await enterTicket(house, request);
    const { ownerId, ticketId } = ticket;
    const words = fieldsOf(request.body)('words');
    const decision = await answerTicket(house, actor, ownerId, { ticketId, words }, keyOf(request));
    if (decision.ok) return goOn(reply, `${href}/${ticketId}`, { kind: 'success', text: 'Answered, and mailed.' });
    const refused = { words, ...presentRefusal(decision.refusal, 'UTC') };
    return showTicket(request, reply, ticket, refused, statusOf(decision.refusal));
  });

  app.post<TicketRequest>(`${href}/:ticketId/close`, async (request, reply) => {
    const { ticket, actor } = await enterTicket(house, request);
    const { ownerId, ticketId } = ticket;
    const decision = await closeTicket(house, actor, 'staff', ownerId, ticketId, keyOf(request));
    return answer(reply, ticketId, decision, 'The ticket is closed.');
  });

  app.post<TicketRequest>(`${href}/:ticketId/reopen`, async (request, reply) => {
    const { ticket, actor } = await enterTicket(house, request);
    const { ownerId, ticketId } = ticket;
    const decision = await reopenTicket(house, actor, ownerId, ticketId, keyOf(request));
    return answer(reply, ticketId, decision, 'The ticket is open again.');
  });

  async function showTicket(
    request: FastifyRequest,
    reply: FastifyReply,
    ticket: Ticket,
    refused?: RefusedWords,
    status = 200,
  ) {
    const { viewer, now } = await enterOperations(house, request, 'answer-ticket');
    const subject = await findSubject(house.db, ticket.ownerId, now);
    if (!subject) throw new Refused({ code: 'not-found' });
    const messages = await readConversation(house.db, ticket);
    const asker = (await findNames(house.db, [ticket.openedBy])).get(ticket.openedBy) ?? 'Somebody who left';
    const offered = await Promise.all(actions.map((each) => each(house, ticket)));
    const address = `${href}/${ticket.ticketId}`;
    const page = (
      <Page
        {...(await houseShell(house, request, reply, viewer))}
        title={ticket.subject}
        width="reading"
        breadcrumbs={[{ label: 'Operations' }, { label: 'Tickets', href }, { label: `Ticket ${ticket.ticketId}` }]}
      >
        <PageHeader
          title={ticket.subject}
          badge={
            <>
              <StateBadge ticket={ticket} /> <StandingLabel label={labelOf(subject.standing)} />
            </>
          }
          description={`Ticket ${ticket.ticketId}`}
          actions={
            <ButtonForm
              action={`${address}/${ticket.state === 'closed' ? 'reopen' : 'close'}`}
              idempotencyKey={newKey()}
            >
              {ticket.state === 'closed' ? 'Reopen ticket' : 'Close ticket'}
            </ButtonForm>
          }
        />
        <Stack>
          <TicketFacts
            ticket={ticket}
            more={[
              {
                term: subject.asker === 'agency' ? 'Agency' : 'Account',
                description: `${subject.name}, number ${ticket.ownerId}${subject.agencyName ? `, of ${subject.agencyName}` : ''}`,
              },
              { term: 'Asked by', description: `${asker}, ${roleNames[ticket.openedByRole]}` },
            ]}
          />
          {offered}
          <Conversation messages={messages} timeZone="UTC" />
          {ticket.state !== 'closed' && (
            <WritingForm
              action={`${address}/answers`}
              label="Your answer"
              button="Answer"
              written={countWritten(messages, viewer.personId)}
              refused={refused}
            />
          )}
        </Stack>
      </Page>
    );
    return sendPage(reply, renderPage(page), status);
  }
}

/** A ticket, for staff who answer tickets. */
export async function enterTicket(
  house: House,
  request: FastifyRequest<TicketRequest>,
): Promise<{ ticket: Ticket; actor: Actor }> {
  const { actor } = await enterOperations(house, request, 'answer-ticket');
  const ticket = await findTicketByNumber(house.db, idOf(request.params.ticketId));
  if (!ticket) throw new Refused({ code: 'not-found' });
  return { ticket, actor };
}

function answer(reply: FastifyReply, ticketId: number, decision: Decision<true>, done: string) {
  return answerButton(reply, decision, { href: `${href}/${ticketId}`, timeZone: 'UTC', done });
}

function Queue({ tickets }: { tickets: readonly QueuedTicket[] }) {
  return (
    <Table
      caption="Tickets"
      rows={tickets}
      rowKey={(ticket) => ticket.ticketId}
      columns={[
        { header: 'Ticket', cell: (ticket) => ticket.ticketId },
        {
          header: 'Subject',
          main: true,
          wraps: true,
          cell: (ticket) => (
            <TextLink href={`${href}/${ticket.ticketId}`} quiet>
              {ticket.subject}
            </TextLink>
          ),
        },
        { header: 'About', wraps: true, cell: (ticket) => ticket.ownerName },
        { header: 'Kind', wraps: true, cell: (ticket) => ticketKindNames[ticket.kind] },
        {
          header: 'Opened',
          cell: (ticket) => <Moment at={ticket.openedAt} text={formatMoment(ticket.openedAt, 'UTC')} />,
        },
      ]}
      empty={<EmptyState icon="ticket" title="No tickets here" />}
    />
  );
}
