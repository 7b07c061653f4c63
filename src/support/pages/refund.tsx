import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { enterOperations, houseShell } from '../../accounts/enter.ts';
import { findEnded, findOwed } from '../../billing/refunds/findEnded.ts';
import { RefundParts, RefundStateBadge } from '../../billing/refunds/sayRefund.tsx';
import {
  findOriginalPayments,
  findRefundOfTicket,
  findRefundsOfAll,
  type ListedRefund,
  type OriginalPayment,
  type Refund,
} from '../../billing/refunds/store.ts';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import type { Actor } from '../../platform/operation.ts';
import { type Decision, must, Refused } from '../../rules/decision.ts';
import { decidePermission } from '../../rules/permission.ts';
import {
  isInTime,
  partStateOf,
  payableMicros,
  type RefundWay,
  refundLengths,
  refundWays,
  splitRefund,
} from '../../rules/refund.ts';
import type { Refusal } from '../../rules/refusals.ts';
import {
  Button,
  ButtonForm,
  Card,
  DefinitionList,
  EmptyState,
  Field,
  Form,
  FormActions,
  Moment,
  Notice,
  PageHeader,
  Pagination,
  Stack,
  Table,
  TextLink,
} from '../../web/components.tsx';
import { formatMoment, formatMoney } from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import { readId } from '../../web/paging.ts';
import { presentRefusal, statusOf } from '../../web/present.ts';
import { fieldsOf, goOn, idOf, keyOf, sendPage } from '../../web/read.ts';
import { approveOnTicket, declineOnTicket } from '../refunds/decide.ts';
import { markPaidByHand, orderAnew } from '../refunds/payPart.ts';
import type { Ticket } from '../store.ts';
import { enterTicket } from './queue.tsx';

type TicketRequest = { Params: { ticketId: string } };
type PartRequest = { Params: { ticketId: string; partId: string } };

const route = '/operations/tickets/:ticketId/refund';
const list = '/operations/refunds';
const pageSize = 25;
const timeZone = 'UTC';

/** What was sent and not taken. */
interface RefusedForm {
  form: 'approve' | 'decline' | 'part';
  /** Which part's form it was. */
  partId: number | null;
  refusal: Refusal;
  field(name: string): string;
}

/** What the support desk does with a refund, on its ticket: approve or decline, mark as paid, order anew. */
export function registerRefundPages(app: FastifyInstance, house: House): void {
  app.get(list, async (request, reply) => {
    const { viewer } = await enterOperations(house, request, 'pay-refund');
    const before = readId(fieldsOf(request.query)('before'));
    const found = await findRefundsOfAll(house.db, { before, limit: pageSize + 1 });
    const shell = await houseShell(house, request, reply, viewer);
    const page = (
      <Page {...shell} title="Refunds" breadcrumbs={[{ label: 'Operations' }, { label: 'Refunds' }]}>
        <PageHeader
          title="Refunds"
          description="What customers asked to be paid back, newest first, and how far each is."
        />
        <Refunds refunds={found.slice(0, pageSize)} />
        {(before || found.length > pageSize) && (
          <Pagination
            summary="Newest first"
            previousHref={before ? list : undefined}
            previousLabel="Newest"
            nextHref={found.length > pageSize ? `${list}?before=${found[pageSize - 1]!.refundId}` : undefined}
            nextLabel="Older"
          />
        )}
      </Page>
    );
    return sendPage(reply, renderPage(page));
  });

  app.get<TicketRequest>(route, async (request, reply) => show(request, reply));

  app.post<TicketRequest>(`${route}/approve`, async (request, reply) => {
    const { ticket, actor } = await enterRefund(house, request);
    const field = fieldsOf(request.body);
    const decision = await approveOnTicket(house, actor, ticket, readPayout(field), keyOf(request));
    return answer(request, reply, ticket, decision, 'approve', 'Approved. Whoever asked was mailed how it is paid.');
  });

  app.post<TicketRequest>(`${route}/decline`, async (request, reply) => {
    const { ticket, actor } = await enterRefund(house, request);
    const reason = fieldsOf(request.body)('reason');
    const decision = await declineOnTicket(house, actor, ticket, reason, keyOf(request));
    return answer(request, reply, ticket, decision, 'decline', 'Declined. Whoever asked was mailed the reason.');
  });

  app.post<PartRequest>(`${route}/parts/:partId/paid`, async (request, reply) => {
    const { ticket, actor } = await enterRefund(house, request);
    const marked = { refundPartId: idOf(request.params.partId), reference: fieldsOf(request.body)('reference') };
    const decision = await markPaidByHand(house, actor, ticket, marked, keyOf(request));
    return answer(request, reply, ticket, decision, 'part', 'Marked as paid.');
  });

  app.post<PartRequest>(`${route}/parts/:partId/again`, async (request, reply) => {
    const { ticket, actor } = await enterRefund(house, request);
    const wanted = { refundPartId: idOf(request.params.partId), payee: null };
    const decision = await orderAnew(house, actor, ticket, wanted, keyOf(request));
    return answer(request, reply, ticket, decision, 'part', 'It is sent again.');
  });

  app.post<PartRequest>(`${route}/parts/:partId/by-hand`, async (request, reply) => {
    const { ticket, actor } = await enterRefund(house, request);
    const wanted = { refundPartId: idOf(request.params.partId), payee: fieldsOf(request.body)('payee') };
    const decision = await orderAnew(house, actor, ticket, wanted, keyOf(request));
    return answer(request, reply, ticket, decision, 'part', 'It is to be paid by hand now.');
  });

  async function answer(
    request: FastifyRequest<TicketRequest>,
    reply: FastifyReply,
    ticket: Ticket,
    decision: Decision<unknown>,
    form: RefusedForm['form'],
    text: string,
  ) {
    if (decision.ok) return goOn(reply, `/operations/tickets/${ticket.ticketId}/refund`, { kind: 'success', text });
    if (decision.refusal.code === 'not-found') throw new Refused(decision.refusal);
    const partId = 'partId' in request.params ? Number(request.params.partId) : null;
    return show(request, reply, { form, partId, refusal: decision.refusal, field: fieldsOf(request.body) });
  }

  async function show(request: FastifyRequest<TicketRequest>, reply: FastifyReply, refused?: RefusedForm) {
    const { ticket } = await enterRefund(house, request);
    const { viewer, now } = await enterOperations(house, request, 'pay-refund');
    const refund = await findRefundOfTicket(house.db, ticket);
    const owner = await findEnded(house.db, ticket.ownerId, now);
    if (!refund || !owner) throw new Refused({ code: 'not-found' });
    const { currency: _, ...owed } = await findOwed(house.db, ticket.ownerId);
    const payments = await findOriginalPayments(house.db, ticket.ownerId, refund.currency);
    const href = `/operations/tickets/${ticket.ticketId}`;
    const shown = refused && presentRefusal(refused.refusal, timeZone);
    const marked = shown && Object.keys(shown.fields).length > 0;
    const page = (
      <Page
        {...(await houseShell(house, request, reply, viewer))}
        title="Refund"
        breadcrumbs={[
          { label: 'Operations' },
          { label: 'Tickets', href: '/operations/tickets' },
          { label: `Ticket ${ticket.ticketId}`, href },
          { label: 'Refund' },
        ]}
      >
        <PageHeader
          title={`Refund for ${owner.name}`}
          badge={<RefundStateBadge state={refund.state} />}
          description={`${owner.kind === 'agency' ? 'Agency' : 'Account'} number ${owner.ownerId}, on ticket ${ticket.ticketId}.`}
        />
        <Stack>
          {shown && <Notice kind="refusal">{marked ? Object.values(shown.fields).join(' ') : shown.sentence}</Notice>}
          <Facts refund={refund} refundableUntil={owner.closure?.refundableUntil ?? null} />
          {refund.state === 'requested' ? (
            <Undecided
              href={`${href}/refund`}
              refund={refund}
              payableNowMicros={owner.closure?.closureId === refund.closureId ? payableMicros(owed) : 0n}
              payments={payments}
              refused={refused}
            />
          ) : (
            refund.parts.length > 0 && (
              <>
                <RefundParts refund={refund} payments={payments} timeZone={timeZone} forDesk />
                <ToDo href={`${href}/refund`} refund={refund} refused={refused} />
              </>
            )
          )}
        </Stack>
      </Page>
    );
    return sendPage(reply, renderPage(page), refused ? statusOf(refused.refusal) : 200);
  }
}

/** The ticket of a refund, for somebody who may pay it. */
export async function enterRefund(
  house: House,
  request: FastifyRequest<TicketRequest>,
): Promise<{ ticket: Ticket; actor: Actor }> {
  const entered = await enterTicket(house, request);
  const { roles } = await enterOperations(house, request, 'answer-ticket');
  must(decidePermission('pay-refund', roles, 'canceled'));
  if (entered.ticket.kind !== 'refund') throw new Refused({ code: 'not-found' });
  return entered;
}

export function readPayout(field: (name: string) => string): { way: RefundWay; payee: string } {
  return { way: refundWays.find((each) => each === field('way')) ?? 'payments', payee: field('payee') };
}

function Facts({ refund, refundableUntil }: { refund: Refund; refundableUntil: Date | null }) {
  const money = (micros: bigint) => formatMoney(micros, refund.currency);
  const show = (at: Date) => <Moment at={at} text={formatMoment(at, timeZone)} />;
  const { amountMicros, approvedAt, declinedAt, declineReason, requestedAt, requestedMicros } = refund;
  return (
    <DefinitionList
      items={[
        {
          term: 'Requested',
          description: (
            <>
              {money(requestedMicros)} on {show(requestedAt)}
            </>
          ),
          hint: refundableUntil
            ? isInTime(requestedAt, refundableUntil)
              ? `In time: the balance was refundable until ${formatMoment(refundableUntil, timeZone)}.`
              : `A claim after ${formatMoment(refundableUntil, timeZone)}: paid from what is unclaimed.`
            : 'It was reactivated since.',
        },
        ...(approvedAt && amountMicros
          ? [
              {
                term: 'Approved',
                description: (
                  <>
                    {money(amountMicros)} on {show(approvedAt)}
                  </>
                ),
              },
            ]
          : []),
        ...(declinedAt ? [{ term: 'Declined', description: show(declinedAt), hint: declineReason ?? undefined }] : []),
      ]}
    />
  );
}

interface UndecidedProps {
  href: string;
  refund: Refund;
  payableNowMicros: bigint;
  payments: readonly OriginalPayment[];
  refused: RefusedForm | undefined;
}

/** Where the money would go, and the two decisions. The amount is worked out anew when it is approved. */
function Undecided({ href, refund, payableNowMicros, payments, refused }: UndecidedProps) {
  const money = (micros: bigint) => formatMoney(micros, refund.currency);
  const parts = splitRefund(payableNowMicros, payments);
  const byHandMicros = parts.find((each) => each.paymentId === null)?.amountMicros ?? 0n;
  const typed = (form: RefusedForm['form'], name: string) => (refused?.form === form ? refused.field(name) : '');
  const wrong = (form: RefusedForm['form'], name: string) =>
    refused?.form === form ? presentRefusal(refused.refusal, timeZone).fields[name] : undefined;
  return (
    <>
      <Table
        caption="The payments it came from"
        captionShown
        rows={payments}
        rowKey={(payment) => payment.paymentId}
        columns={[
          {
            header: 'Payment',
            main: true,
            cell: (payment) => (
              <>
                <Moment at={payment.succeededAt} text={formatMoment(payment.succeededAt, timeZone)} />, {payment.card}
              </>
            ),
            wraps: true,
          },
          { header: 'Amount', numeric: true, cell: (payment) => money(payment.amountMicros) },
          { header: 'Still refundable', numeric: true, cell: (payment) => money(payment.refundableMicros) },
          {
            header: 'Goes back now',
            numeric: true,
            cell: (payment) => money(parts.find((each) => each.paymentId === payment.paymentId)?.amountMicros ?? 0n),
          },
        ]}
        empty={
          <EmptyState icon="billing" title="No card payment can take it back">
            All of it is paid by hand.
          </EmptyState>
        }
      />
      <Card
        title={`Approve ${money(payableNowMicros)}`}
        description="Everything is settled first; what is left then is paid. It leaves the balance at once."
      >
        <Form id={`approve-${refund.refundId}`} action={`${href}/approve`} idempotencyKey={newKey()}>
          <Field
            name="way"
            label="How it is paid"
            kind="radio"
            value={typed('approve', 'way') || 'payments'}
            options={[
              {
                value: 'payments',
                label: 'Back to the payments, newest first',
                hint:
                  byHandMicros > 0n
                    ? `They take ${money(payableNowMicros - byHandMicros)}; ${money(byHandMicros)} is paid by hand.`
                    : 'They take all of it.',
              },
              { value: 'by-hand', label: 'All of it by hand', hint: 'When the cards are no more.' },
            ]}
          />
          <Field
            name="payee"
            label="Payee of what is paid by hand"
            required={byHandMicros > 0n}
            hint="The name, and what the desk needs to find the account; no card number."
            maxlength={refundLengths.payee}
            value={typed('approve', 'payee')}
            error={wrong('approve', 'payee')}
          />
          <FormActions>
            <Button variant="primary">Approve the refund</Button>
          </FormActions>
        </Form>
      </Card>
      <Card title="Decline" description="The balance stays owed, and can be asked for again.">
        <Form id={`decline-${refund.refundId}`} action={`${href}/decline`} idempotencyKey={newKey()}>
          <Field
            name="reason"
            label="Reason, as the customer reads it"
            kind="textarea"
            rows={3}
            required
            maxlength={refundLengths.reason}
            value={typed('decline', 'reason')}
            error={wrong('decline', 'reason')}
          />
          <FormActions>
            <Button>Decline the refund</Button>
          </FormActions>
        </Form>
      </Card>
    </>
  );
}

/** What waits for a person: a transfer to make, or a part that failed for good. */
function ToDo({ href, refund, refused }: Pick<UndecidedProps, 'href' | 'refund' | 'refused'>) {
  return refund.parts.map((part) => {
    const address = `${href}/parts/${part.refundPartId}`;
    const amount = formatMoney(part.amountMicros, refund.currency);
    const state = partStateOf(part);
    const isRefused = refused?.partId === part.refundPartId;
    const fields = isRefused ? presentRefusal(refused.refusal, timeZone).fields : {};
    if (state === 'by hand')
      return (
        <Card key={part.refundPartId} title={`Pay ${amount} by hand`} description={`To ${part.payee}.`}>
          <Form id={`paid-${part.refundPartId}`} action={`${address}/paid`} idempotencyKey={newKey()} inline>
            <Field
              name="reference"
              id={`reference-${part.refundPartId}`}
              label="Reference of the transfer"
              required
              maxlength={refundLengths.reference}
              value={isRefused ? refused.field('reference') : ''}
              error={fields.reference}
            />
            <Button variant="primary">Mark as paid</Button>
          </Form>
        </Card>
      );
    if (state !== 'failed') return null;
    return (
      <Card
        key={part.refundPartId}
        title={`${amount} did not arrive`}
        description={part.failure}
        actions={
          part.paymentId !== null && (
            <ButtonForm action={`${address}/again`} idempotencyKey={newKey()}>
              Send again
            </ButtonForm>
          )
        }
      >
        <Form id={`by-hand-${part.refundPartId}`} action={`${address}/by-hand`} idempotencyKey={newKey()} inline>
          <Field
            name="payee"
            id={`payee-${part.refundPartId}`}
            label="Or pay it by hand to"
            required
            maxlength={refundLengths.payee}
            value={isRefused ? refused.field('payee') : ''}
            error={fields.payee}
          />
          <Button variant="primary">Pay by hand</Button>
        </Form>
      </Card>
    );
  });
}

function Refunds({ refunds }: { refunds: readonly ListedRefund[] }) {
  return (
    <Table
      caption="Refunds"
      rows={refunds}
      rowKey={(refund) => refund.refundId}
      columns={[
        {
          header: 'For',
          main: true,
          wraps: true,
          cell: (refund) => (
            <TextLink href={`/operations/tickets/${refund.ticketId}/refund`} quiet>
              {refund.ownerName}
            </TextLink>
          ),
        },
        {
          header: 'Amount',
          numeric: true,
          cell: (refund) => formatMoney(refund.amountMicros ?? refund.requestedMicros, refund.currency),
        },
        { header: 'State', cell: (refund) => <RefundStateBadge state={refund.state} /> },
        {
          header: 'Requested',
          cell: (refund) => <Moment at={refund.requestedAt} text={formatMoment(refund.requestedAt, timeZone)} />,
        },
        { header: 'Ticket', cell: (refund) => refund.ticketId },
      ]}
      empty={
        <EmptyState icon="billing" title="No refunds">
          Nobody has asked for one yet.
        </EmptyState>
      }
    />
  );
}
