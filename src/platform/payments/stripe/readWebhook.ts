import { Stripe } from 'stripe';
import { PaymentsError, type PaymentsEvent } from '../port.ts';
import { readDispute, readPayment, readRefund } from './read.ts';

/** Verifies and reads one event with Stripe's library: its signature covers the body's very bytes and is five minutes good. */
export function readStripeWebhook(
  rawBody: Buffer,
  signature: string | undefined,
  secret: string,
): PaymentsEvent | null {
  const event = verify(rawBody, signature, secret);
  switch (event.type) {
    case 'payment_intent.succeeded':
    case 'payment_intent.payment_failed':
    case 'payment_intent.processing':
    case 'payment_intent.requires_action':
    case 'payment_intent.canceled': {
      const payment = readPayment(event.data.object);
      return payment && { kind: 'payment', eventId: event.id, payment };
    }
    case 'refund.created':
    case 'refund.updated':
    case 'refund.failed': {
      const refund = readRefund(event.data.object);
      return refund && { kind: 'refund', eventId: event.id, refund };
    }
    case 'charge.dispute.created':
    case 'charge.dispute.funds_withdrawn':
    case 'charge.dispute.funds_reinstated':
    case 'charge.dispute.closed': {
      const dispute = readDispute(event.type, event.data.object);
      return dispute && { kind: 'dispute', eventId: event.id, dispute };
    }
    default:
      return null;
  }
}

function verify(rawBody: Buffer, signature: string | undefined, secret: string): Stripe.Event {
  try {
    return Stripe.webhooks.constructEvent(rawBody, signature ?? '', secret);
  } catch {
    // The library's message would show the body; it may be anybody's.
    throw new PaymentsError('invalid', 'The event is not signed with our secret, or was signed too long ago.');
  }
}
