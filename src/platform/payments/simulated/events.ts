import { type Books, makeId, type PaymentRow, providerNow, type RefundRow } from './books.ts';
import { declineSentenceFor, testCards } from './cards.ts';

/* Events as Stripe sends them, so that one webhook door, verified and read by Stripe's library, serves both providers. */

const intentStates = {
  succeeded: { status: 'succeeded', type: 'payment_intent.succeeded' },
  authentication: { status: 'requires_action', type: 'payment_intent.requires_action' },
  declined: { status: 'requires_payment_method', type: 'payment_intent.payment_failed' },
} as const;

export function describeIntent(payment: PaymentRow, authenticateUrl: string): Record<string, unknown> {
  const amount = Number(payment.amountCents);
  const isDeclined = payment.declineCode !== null;
  return {
    id: payment.paymentId,
    object: 'payment_intent',
    amount,
    amount_received: payment.state === 'succeeded' ? amount : 0,
    created: Math.floor(payment.madeAt.getTime() / 1000),
    currency: payment.currency.toLowerCase(),
    customer: payment.customerId,
    description: payment.description,
    last_payment_error: isDeclined
      ? {
          type: 'card_error',
          code: 'card_declined',
          decline_code: payment.declineCode,
          message: declineSentenceFor(payment.declineCode!),
        }
      : null,
    latest_charge: null,
    livemode: false,
    metadata: {
      owner_id: String(payment.ownerId),
      payment_id: String(payment.ourPaymentId),
      idempotency_key: payment.idempotencyKey,
    },
    next_action:
      payment.state === 'authentication'
        ? { type: 'redirect_to_url', redirect_to_url: { url: authenticateUrl, return_url: payment.returnUrl } }
        : null,
    card: payment.methodId,
    status: intentStates[payment.state].status,
  };
}

export const describeRefund = (refund: RefundRow): Record<string, unknown> => ({
  id: refund.refundId,
  object: 'refund',
  amount: Number(refund.amountCents),
  created: Math.floor(refund.madeAt.getTime() / 1000),
  currency: refund.currency.toLowerCase(),
  metadata: {
    owner_id: String(refund.ownerId),
    refund_part_id: String(refund.refundPartId),
    idempotency_key: refund.idempotencyKey,
  },
  payment_intent: refund.paymentId,
  status: 'succeeded',
});

export async function tellOfPayment(books: Books, payment: PaymentRow, authenticateUrl: string): Promise<string> {
  const { type } = intentStates[payment.state];
  const times = testCards[payment.card]?.tellsTwice ? 2 : 1;
  return recordEvent(books, type, describeIntent(payment, authenticateUrl), payment.idempotencyKey, times);
}

export async function tellOfRefund(books: Books, refund: RefundRow): Promise<string> {
  return recordEvent(books, 'refund.updated', describeRefund(refund), refund.idempotencyKey, 1);
}

/** The bank has taken a payment back: that it does, and that the money is gone, as two events. */
export async function tellOfDispute(books: Books, payment: PaymentRow): Promise<void> {
  const dispute = {
    id: makeId('dp'),
    object: 'dispute',
    amount: Number(payment.amountCents),
    created: Math.floor(payment.madeAt.getTime() / 1000),
    currency: payment.currency.toLowerCase(),
    payment_intent: payment.paymentId,
    reason: 'fraudulent',
    status: 'needs_response',
  };
  for (const type of ['charge.dispute.created', 'charge.dispute.funds_withdrawn'])
    await recordEvent(books, type, dispute, payment.idempotencyKey, 1);
}

/** An event is due as the provider's settings say at the moment when it happens. */
async function recordEvent(
  books: Books,
  type: string,
  object: Record<string, unknown>,
  idempotencyKey: string,
  times: number,
): Promise<string> {
  const eventId = makeId('evt');
  const body = JSON.stringify({
    id: eventId,
    object: 'event',
    api_version: null,
    created: object.created,
    data: { object },
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: idempotencyKey },
    type,
  });
  await books.query(
    `insert into simulated_payments.event (event_id, body, made_at, due_at, deliveries_left)
     select $1, $2, ${providerNow},
            case webhooks
              when 'never' then null
              when 'late' then clock_timestamp() + webhook_delay_seconds * interval '1 second'
              when 'soon' then clock_timestamp() + interval '0.3 seconds'
              else clock_timestamp()
            end,
            case webhooks when 'never' then 0 when 'twice' then 2 else $3 end
       from simulated_payments.settings`,
    [eventId, body, times],
  );
  return eventId;
}
