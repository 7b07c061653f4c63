import type { FastifyInstance } from 'fastify';
import { enterOperations } from '../../accounts/enter.ts';
import { findOwedFacts } from '../../billing/refunds/findEnded.ts';
import {
  findOriginalPayments,
  findRefundOfTicket,
  findRefundsOfAll,
  type Refund,
} from '../../billing/refunds/store.ts';
import type { House } from '../../platform/house.ts';
import { must, Refused } from '../../rules/decision.ts';
import { toCents } from '../../rules/money.ts';
import { partStateOf } from '../../rules/refund.ts';
import { readId } from '../../web/paging.ts';
import { fieldsOf, idOf, keyOf } from '../../web/read.ts';
import { placesOf, type TicketRequest, type Where } from '../enterPlace.ts';
import { enterRefund, readPayout } from '../pages/refund.tsx';
import { askRefund } from './ask.ts';
import { approveOnTicket, declineOnTicket } from './decide.ts';
import { markPaidByHand, orderAnew } from './payPart.ts';

type NumberedRequest = { Params: { ticketId: string } };
type PartRequest = { Params: { ticketId: string; partId: string } };

const listedMax = 100;

/** What is owed, refunds, and what the desk does with them, for scripts; amounts in cents. */
export function registerRefundRoutes(app: FastifyInstance, house: House): void {
  for (const where of placesOf(house)) registerPlace(app, house, where);
  registerDesk(app, house);
}

function registerPlace(app: FastifyInstance, house: House, { route, enter }: Where): void {
  const list = `/api/v1${route}/refunds`;

  app.get<TicketRequest>(list, async (request) => {
    const { ownerId, now } = await enter(request, 'view-owed');
    const facts = await findOwedFacts(house.db, ownerId, now);
    if (!facts?.owner.closure) throw new Refused({ code: 'not-found' });
    const { currency, owed, owner, refunds } = facts;
    const { closedAt, closedByRole, reactivatableUntil, refundableUntil } = owner.closure!;
    const paidByAgency = owner.paidBy !== null;
    return {
      paid_by_agency: paidByAgency,
      balance: paidByAgency ? null : { cents: Number(toCents(owed.walletMicros)), currency },
      unclaimed: paidByAgency ? null : { cents: Number(toCents(owed.unclaimedMicros)), currency },
      closure: {
        closed_at: closedAt,
        closed_by_role: closedByRole,
        reactivatable_until: reactivatableUntil,
        refundable_until: refundableUntil,
      },
      refunds: refunds.map(present),
    };
  });

  /** No body: the amount is the balance. Answers with the number of the ticket that it opened. */
  app.post<TicketRequest>(list, async (request) => {
    const { actor, ownerId } = await enter(request, 'view-owed');
    return { status: 'success', ticket_id: must(await askRefund(house, actor, ownerId, keyOf(request))) };
  });
}

function registerDesk(app: FastifyInstance, house: House): void {
  /** Newest first; `before` is the id at which the page before ended. */
  app.get('/api/v1/operations/refunds', async (request) => {
    await enterOperations(house, request, 'pay-refund');
    const before = readId(fieldsOf(request.query)('before'));
    const refunds = await findRefundsOfAll(house.db, { before, limit: listedMax });
    return { refunds: refunds.map((each) => ({ ...present(each), owner_name: each.ownerName })) };
  });

  const one = '/api/v1/operations/tickets/:ticketId/refund';

  app.get<NumberedRequest>(one, async (request) => {
    const { ticket } = await enterRefund(house, request);
    const refund = await findRefundOfTicket(house.db, ticket);
    if (!refund) throw new Refused({ code: 'not-found' });
    const payments = await findOriginalPayments(house.db, ticket.ownerId, refund.currency);
    return {
      ...present(refund),
      payments: payments.map((each) => ({
        id: each.paymentId,
        at: each.succeededAt,
        cents: Number(toCents(each.amountMicros)),
        refundable_cents: Number(toCents(each.refundableMicros)),
      })),
    };
  });

  /** Body: `way`, "payments" (newest first; the rest by hand) or "by-hand"; `payee` of what is paid by hand. */
  app.post<NumberedRequest>(`${one}/approve`, async (request) => {
    const { ticket, actor } = await enterRefund(house, request);
    const payout = readPayout(fieldsOf(request.body));
    const micros = must(await approveOnTicket(house, actor, ticket, payout, keyOf(request)));
    return { status: 'success', cents: Number(toCents(BigInt(micros))) };
  });

  /** Body: `reason`, as the customer reads it. */
  app.post<NumberedRequest>(`${one}/decline`, async (request) => {
    const { ticket, actor } = await enterRefund(house, request);
    must(await declineOnTicket(house, actor, ticket, fieldsOf(request.body)('reason'), keyOf(request)));
    return { status: 'success' };
  });

  /** Body: `reference` of the transfer. */
  app.post<PartRequest>(`${one}/parts/:partId/paid`, async (request) => {
    const { ticket, actor } = await enterRefund(house, request);
    const marked = { refundPartId: idOf(request.params.partId), reference: fieldsOf(request.body)('reference') };
    must(await markPaidByHand(house, actor, ticket, marked, keyOf(request)));
    return { status: 'success' };
  });

  app.post<PartRequest>(`${one}/parts/:partId/again`, async (request) => {
    const { ticket, actor } = await enterRefund(house, request);
    const wanted = { refundPartId: idOf(request.params.partId), payee: null };
    must(await orderAnew(house, actor, ticket, wanted, keyOf(request)));
    return { status: 'success' };
  });

  /** Body: `payee`. */
  app.post<PartRequest>(`${one}/parts/:partId/by_hand`, async (request) => {
    const { ticket, actor } = await enterRefund(house, request);
    const wanted = { refundPartId: idOf(request.params.partId), payee: fieldsOf(request.body)('payee') };
    must(await orderAnew(house, actor, ticket, wanted, keyOf(request)));
    return { status: 'success' };
  });
}

function present(refund: Refund) {
  const cents = (micros: bigint | null) => (micros === null ? null : Number(toCents(micros)));
  return {
    id: refund.refundId,
    owner_id: refund.ownerId,
    ticket_id: refund.ticketId,
    state: refund.state,
    currency: refund.currency,
    requested_at: refund.requestedAt,
    requested_cents: cents(refund.requestedMicros),
    approved_at: refund.approvedAt,
    cents: cents(refund.amountMicros),
    declined_at: refund.declinedAt,
    decline_reason: refund.declineReason,
    parts: refund.parts.map((part) => ({
      id: part.refundPartId,
      payment_id: part.paymentId,
      payee: part.payee,
      cents: cents(part.amountMicros),
      state: partStateOf(part),
      paid_at: part.paidAt,
      reference: part.reference,
      failure: part.failure,
    })),
  };
}
