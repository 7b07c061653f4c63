import type { FastifyInstance, FastifyReply } from 'fastify';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import { Refused } from '../../rules/decision.ts';
import type { Refusal } from '../../rules/refusals.ts';
import { kindsFor, type NewTicket, ticketKindNames, ticketLengths } from '../../rules/tickets.ts';
import {
  Button,
  ButtonForm,
  DefinitionList,
  EmptyState,
  Field,
  Form,
  FormActions,
  LinkButton,
  Moment,
  Notice,
  PageHeader,
  Pagination,
  Stack,
  Table,
  TextLink,
} from '../../web/components.tsx';
import { formatMoment } from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import { readId } from '../../web/paging.ts';
import { presentRefusal, statusOf } from '../../web/present.ts';
import { fieldsOf, goOn, idOf, keyOf, sendPage } from '../../web/read.ts';
import { closeTicket } from '../closeTicket.ts';
import { type EnteredPlace, placesOf, type TicketRequest, type Where } from '../enterPlace.ts';
import { mustFindTicket } from '../mustFindTicket.ts';
import { openTicket } from '../openTicket.ts';
import { readTicket } from '../readTicket.ts';
import { replyToTicket } from '../replyToTicket.ts';
import { findTicketsOf, type Ticket } from '../store.ts';
import {
  Conversation,
  countWritten,
  type RefusedWords,
  readConversation,
  StateBadge,
  TicketFacts,
  WritingForm,
} from './conversation.tsx';

const pageSize = 25;

/** Help → Tickets of an account and of an agency: the list, the form, the conversation. */
export function registerTicketPages(app: FastifyInstance, house: House): void {
  for (const where of placesOf(house)) registerPlace(app, house, where);
}

function registerPlace(app: FastifyInstance, house: House, { route, enter }: Where): void {
  const list = `${route}/tickets`;
  const one = `${list}/:ticketId`;

  app.get<TicketRequest>(list, async (request, reply) => {
    const place = await enter(request);
    const before = readId(fieldsOf(request.query)('before'));
    const tickets = await findTicketsOf(house.db, place.ownerId, { before, limit: pageSize + 1 });
    return sendPage(reply, renderPage(await listPage(reply, place, tickets, before !== undefined)));
  });

  app.get<TicketRequest>(`${list}/new`, async (request, reply) => {
    const place = await enter(request, 'open-ticket');
    return sendPage(reply, renderPage(await newPage(reply, place, readTicket(fieldsOf(request.query)))));
  });

  app.post<TicketRequest>(list, async (request, reply) => {
    const place = await enter(request);
    const asked = readTicket(fieldsOf(request.body));
    const decision = await openTicket(house, place.actor, place.ownerId, asked, keyOf(request));
    if (!decision.ok)
      return sendPage(
        reply,
        renderPage(await newPage(reply, place, asked, decision.refusal)),
        statusOf(decision.refusal),
      );
    const text = `Ticket ${decision.value} is open. Support answers here, and you get a mail when they did.`;
    return goOn(reply, `${place.base}/tickets/${decision.value}`, { kind: 'success', text });
  });

  app.get<TicketRequest>(one, async (request, reply) => {
    const place = await enter(request);
    return showTicket(reply, place, idOf(request.params.ticketId));
  });

  app.post<TicketRequest>(`${one}/replies`, async (request, reply) => {
    const place = await enter(request);
    const reaction = { ticketId: idOf(request.params.ticketId), words: fieldsOf(request.body)('words') };
    const decision = await replyToTicket(house, place.actor, place.ownerId, reaction, keyOf(request));
    if (decision.ok) return goOn(reply, `${place.base}/tickets/${reaction.ticketId}`);
    if (decision.refusal.code === 'not-found') throw new Refused(decision.refusal);
    const refused = { words: reaction.words, ...presentRefusal(decision.refusal, place.timeZone) };
    return showTicket(reply, place, reaction.ticketId, refused, statusOf(decision.refusal));
  });

  app.post<TicketRequest>(`${one}/close`, async (request, reply) => {
    const { actor, ownerId, base, timeZone } = await enter(request);
    const ticketId = idOf(request.params.ticketId);
    const decision = await closeTicket(house, actor, 'customer', ownerId, ticketId, keyOf(request));
    if (!decision.ok && decision.refusal.code === 'not-found') throw new Refused(decision.refusal);
    return goOn(
      reply,
      `${base}/tickets/${ticketId}`,
      decision.ok
        ? { kind: 'success', text: 'The ticket is closed.' }
        : { kind: 'refusal', text: presentRefusal(decision.refusal, timeZone).sentence },
    );
  });

  async function showTicket(
    reply: FastifyReply,
    place: EnteredPlace,
    ticketId: number,
    refused?: RefusedWords,
    status = 200,
  ) {
    const ticket = await mustFindTicket(house.db, place.ownerId, ticketId);
    const messages = await readConversation(house.db, ticket);
    const href = `${place.base}/tickets/${ticketId}`;
    const page = (
      <Page
        {...(await place.shell(reply))}
        title={ticket.subject}
        width="reading"
        breadcrumbs={[
          { label: 'Help' },
          { label: 'Tickets', href: `${place.base}/tickets` },
          { label: `Ticket ${ticketId}` },
        ]}
      >
        <PageHeader
          title={ticket.subject}
          badge={<StateBadge ticket={ticket} />}
          description={`Ticket ${ticketId}`}
          actions={
            ticket.state === 'closed' ? undefined : (
              <ButtonForm action={`${href}/close`} idempotencyKey={newKey()}>
                Close ticket
              </ButtonForm>
            )
          }
        />
        <Stack>
          <TicketFacts ticket={ticket} />
          <Conversation messages={messages} timeZone={place.timeZone} />
          {ticket.state === 'closed' ? (
            <Notice kind={refused ? 'refusal' : 'info'}>
              {presentRefusal({ code: 'ticket-closed' }, place.timeZone).sentence}
            </Notice>
          ) : (
            <WritingForm
              action={`${href}/replies`}
              label="Your reply"
              button="Reply"
              written={countWritten(messages, place.actor.personId)}
              refused={refused}
            />
          )}
        </Stack>
      </Page>
    );
    return sendPage(reply, renderPage(page), status);
  }
}

async function listPage(reply: FastifyReply, place: EnteredPlace, found: readonly Ticket[], isOlderPage: boolean) {
  const { base, name, timeZone } = place;
  const tickets = found.slice(0, pageSize);
  const open = (
    <LinkButton href={`${base}/tickets/new`} variant="primary" icon="plus">
      New ticket
    </LinkButton>
  );
  return (
    <Page {...(await place.shell(reply))} title="Tickets" breadcrumbs={[{ label: 'Help' }, { label: 'Tickets' }]}>
      <PageHeader title="Tickets" description={`What was asked of support about ${name}.`} actions={open} />
      <Table
        caption="Tickets"
        rows={tickets}
        rowKey={(ticket) => ticket.ticketId}
        grey={(ticket) => ticket.state === 'closed'}
        columns={[
          { header: 'Ticket', cell: (ticket) => ticket.ticketId },
          {
            header: 'Subject',
            main: true,
            wraps: true,
            cell: (ticket) => (
              <TextLink href={`${base}/tickets/${ticket.ticketId}`} quiet>
                {ticket.subject}
              </TextLink>
            ),
          },
          { header: 'Kind', wraps: true, cell: (ticket) => ticketKindNames[ticket.kind] },
          { header: 'State', cell: (ticket) => <StateBadge ticket={ticket} /> },
          {
            header: 'Opened',
            cell: (ticket) => <Moment at={ticket.openedAt} text={formatMoment(ticket.openedAt, timeZone)} />,
          },
        ]}
        empty={
          <EmptyState icon="ticket" title="No tickets">
            Support helps with every step, and never does it for you.
          </EmptyState>
        }
      />
      {(isOlderPage || found.length > pageSize) && (
        <Pagination
          summary="Newest first"
          previousHref={isOlderPage ? `${base}/tickets` : undefined}
          previousLabel="Newest"
          nextHref={found.length > pageSize ? `${base}/tickets?before=${tickets.at(-1)!.ticketId}` : undefined}
          nextLabel="Older"
        />
      )}
    </Page>
  );
}

/** The form says by itself whom it is about, at which step, and what was refused there. */
async function newPage(reply: FastifyReply, place: EnteredPlace, asked: NewTicket, refusal?: Refusal) {
  const { base, name, ownerId, agencyName, asker, timeZone } = place;
  const refused = refusal && presentRefusal(refusal, timeZone);
  const kinds = kindsFor(asker);
  return (
    <Page
      {...(await place.shell(reply))}
      title="New ticket"
      width="reading"
      breadcrumbs={[{ label: 'Help' }, { label: 'Tickets', href: `${base}/tickets` }, { label: 'New ticket' }]}
    >
      <PageHeader title="New ticket" description="Support reads what stands here, and nothing else of yours." />
      <Stack>
        <DefinitionList
          items={[
            {
              term: asker === 'agency' ? 'Agency' : 'Account',
              description: `${name}, number ${ownerId}`,
              hint: agencyName ? `Of ${agencyName}` : undefined,
            },
            ...(asked.step ? [{ term: 'Step', description: asked.step }] : []),
            ...(asked.lastRefusal ? [{ term: 'Last refusal', description: asked.lastRefusal }] : []),
          ]}
        />
        <Form
          action={`${base}/tickets`}
          idempotencyKey={newKey()}
          hidden={{ step: asked.step ?? '', refusal: asked.lastRefusal ?? '' }}
          refusal={refused?.sentence}
        >
          <Field
            name="kind"
            label="What is it about?"
            kind="select"
            value={asked.kind || 'other'}
            options={kinds.map((kind) => ({ value: kind, label: ticketKindNames[kind] }))}
            error={refused?.fields.kind}
          />
          <Field
            name="subject"
            label="Subject"
            required
            maxlength={ticketLengths.subject}
            value={asked.subject}
            error={refused?.fields.subject}
          />
          <Field
            name="words"
            label="What should support know?"
            kind="textarea"
            required
            rows={8}
            maxlength={ticketLengths.words}
            value={asked.words}
            error={refused?.fields.words}
          />
          <FormActions>
            <Button variant="primary">Open ticket</Button>
            <LinkButton href={`${base}/tickets`} variant="ghost">
              Never mind
            </LinkButton>
          </FormActions>
        </Form>
      </Stack>
    </Page>
  );
}
