import type { Stripe } from 'stripe';
import type { ProviderDispute, ProviderPayment, ProviderRefund } from '../port.ts';

/* Stripe's objects in the port's words. Whatever does not bear our ids is of other software, and null. */

export function readPayment(intent: Stripe.PaymentIntent): ProviderPayment | null {
  const ids = readIds(intent.metadata, 'payment_id');
  if (!ids) return null;
  const payment = {
    providerPaymentId: intent.id,
    ownerId: ids.ownerId,
    paymentId: ids.id,
    amountCents: BigInt(intent.status === 'succeeded' ? intent.amount_received : intent.amount),
    currency: intent.currency.toUpperCase(),
  };
  switch (intent.status) {
    case 'succeeded': {
      const charge = intent.latest_charge;
      // An event has the charge's id only; whoever needs the refunds looks the payment up.
      const refundedCents = BigInt(charge !== null && typeof charge === 'object' ? charge.amount_refunded : 0);
      return { ...payment, state: 'succeeded', refundedCents };
    }
    case 'requires_action': {
      const authenticateUrl = intent.next_action?.redirect_to_url?.url;
      return authenticateUrl
        ? { ...payment, state: 'authentication', authenticateUrl }
        : { ...payment, state: 'processing' };
    }
    case 'requires_payment_method':
      return { ...payment, state: 'declined', ...readDecline(intent.last_payment_error) };
    case 'canceled':
      return {
        ...payment,
        state: 'declined',
        declineCode: intent.cancellation_reason ?? 'canceled',
        declineSentence: 'The payment was given up before anything was taken.',
      };
    default:
      return { ...payment, state: 'processing' };
  }
}

/** Stripe's own sentence is written for the card's holder. */
export function readDecline(
  error: Pick<Stripe.PaymentIntent.LastPaymentError, 'code' | 'decline_code' | 'message'> | null,
): { declineCode: string; declineSentence: string } {
  const declineCode = error?.decline_code ?? error?.code ?? 'declined';
  const sentence = error?.message?.trim() || 'The card was declined.';
  return { declineCode, declineSentence: /[.!?]$/.test(sentence) ? sentence : `${sentence}.` };
}

export function readRefund(refund: Stripe.Refund): ProviderRefund | null {
  const ids = readIds(refund.metadata, 'refund_part_id');
  const intent = refund.payment_intent;
  if (!ids || !intent) return null;
  const read = {
    providerRefundId: refund.id,
    providerPaymentId: typeof intent === 'string' ? intent : intent.id,
    ownerId: ids.ownerId,
    refundPartId: ids.id,
    amountCents: BigInt(refund.amount),
    currency: refund.currency.toUpperCase(),
  };
  if (refund.status === 'succeeded') return { ...read, state: 'succeeded' };
  if (refund.status === 'failed' || refund.status === 'canceled') {
    const why = refund.failure_reason?.replaceAll('_', ' ') ?? 'no reason given';
    return { ...read, state: 'failed', failureSentence: `The bank did not take the refund (${why}).` };
  }
  return { ...read, state: 'processing' };
}

const disputeNews = {
  'charge.dispute.created': 'told',
  'charge.dispute.funds_withdrawn': 'withdrawn',
  'charge.dispute.funds_reinstated': 'reinstated',
} as const;

export function readDispute(
  type: keyof typeof disputeNews | 'charge.dispute.closed',
  dispute: Stripe.Dispute,
): ProviderDispute | null {
  const intent = dispute.payment_intent;
  if (!intent) return null;
  return {
    providerDisputeId: dispute.id,
    providerPaymentId: typeof intent === 'string' ? intent : intent.id,
    amountCents: BigInt(dispute.amount),
    currency: dispute.currency.toUpperCase(),
    reason: dispute.reason,
    news: type === 'charge.dispute.closed' ? endOf(dispute.status) : disputeNews[type],
  };
}

/** An inquiry that came to nothing never took money. */
const endOf = (status: Stripe.Dispute['status']) =>
  (status === 'won' || status === 'lost' ? status : 'dropped') as 'won' | 'lost' | 'dropped';

function readIds(metadata: Stripe.Metadata | null, name: string): { ownerId: number; id: number } | null {
  const [ownerId, id] = [metadata?.owner_id, metadata?.[name]].map((text) =>
    /^[1-9]\d{0,15}$/.test(text ?? '') ? Number(text) : Number.NaN,
  );
  return Number.isSafeInteger(ownerId) && Number.isSafeInteger(id) ? { ownerId: ownerId!, id: id! } : null;
}
