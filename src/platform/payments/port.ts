/**
 * The payments port: what Switchhook asks of whoever takes people's money. Two doors fit it, `simulated` and `stripe`;
 * `contract.ts` holds what both must do. A card's number never comes near us: it is typed on the provider's own page, and
 * we keep the provider's id of it, its brand, its last four digits and its expiry.
 *
 * Amounts are whole cents as bigint (a provider knows no micros), currencies ISO 4217 codes in capitals, moments `Date`s.
 */
export interface Payments {
  readonly name: 'simulated' | 'stripe';

  /** Who we are to the provider, in its words: for an operator who wants to know whether the settings are right. */
  checkAccess(): Promise<{ accountName: string; status: string }>;

  /**
   * Opens the provider's page on which somebody gives a card for an owner. The same key answers with the same page. When it is
   * done the person comes back to `returnUrl`, to which the door adds `setup=<setupId>`.
   */
  openSetup(order: SetupOrder): Promise<{ setupId: string; url: string }>;

  /** What came of a page: a method of the owner, once the person has given one. */
  findSetup(setupId: string): Promise<{ ownerId: number; method: ProviderMethod | null }>;

  /** Makes the provider forget a method. Already gone is done. */
  forgetMethod(providerMethodId: string): Promise<void>;

  /**
   * Takes money from a method. The same key again answers with the same payment and takes nothing more, however often it is
   * sent; after `unavailable` nobody knows whether it was taken: send the same key again. `returnUrl` is where a person comes
   * back to who had to prove to their bank that it is them; without one (nobody is there) such a payment is declined with
   * `authentication_required`.
   */
  pay(order: PaymentOrder): Promise<ProviderPayment>;

  /** A payment as the provider has it now, by its id or by our key; null when it has none. */
  findPayment(by: { providerPaymentId: string } | { idempotencyKey: string }): Promise<ProviderPayment | null>;

  /**
   * Gives back a payment, or a part of it, to where it came from. The same key again gives nothing more. More than is left of
   * the payment is `invalid`.
   */
  refund(order: RefundOrder): Promise<ProviderRefund>;

  /**
   * Gives up a payment that waits for a person who did not go to their bank, and answers with what it came to: it may have
   * succeeded a moment before.
   */
  abandonPayment(providerPaymentId: string): Promise<ProviderPayment>;

  findRefund(by: { providerRefundId: string } | { idempotencyKey: string }): Promise<ProviderRefund | null>;

  /**
   * Reads what the provider tells us by itself, with its own library and over the raw body. Throws `invalid` for anything that
   * is not signed with our secret, and null for what does not concern us.
   */
  readWebhook(rawBody: Buffer, signature: string | undefined): Promise<PaymentsEvent | null>;

  close(): Promise<void>;
}

export type SetupOrder = {
  ownerId: number;
  /** The provider's customer, when the owner has one already. */
  providerCustomerId: string | null;
  email: string;
  ownerName: string;
  returnUrl: string;
  cancelUrl: string;
  idempotencyKey: string;
};

export type ProviderMethod = {
  providerCustomerId: string;
  providerMethodId: string;
  brand: string;
  last4: string;
  expiresMonth: number;
  expiresYear: number;
};

export type PaymentOrder = {
  ownerId: number;
  paymentId: number;
  providerCustomerId: string;
  providerMethodId: string;
  amountCents: bigint;
  currency: string;
  description: string;
  idempotencyKey: string;
  returnUrl: string | null;
};

/**
 * `processing`: neither taken nor declined yet; a webhook or a later look tells. `authentication`: the person has to go to
 * `authenticateUrl` first. `declined` is final for this key; `declineCode` is the provider's word, `declineSentence` for people.
 */
export type ProviderPayment = {
  providerPaymentId: string;
  ownerId: number;
  paymentId: number;
  amountCents: bigint;
  currency: string;
} & (
  | { state: 'succeeded'; refundedCents: bigint }
  | { state: 'processing' }
  | { state: 'authentication'; authenticateUrl: string }
  | { state: 'declined'; declineCode: string; declineSentence: string }
);

export type RefundOrder = {
  ownerId: number;
  refundPartId: number;
  providerPaymentId: string;
  amountCents: bigint;
  currency: string;
  idempotencyKey: string;
};

export type ProviderRefund = {
  providerRefundId: string;
  providerPaymentId: string;
  ownerId: number;
  refundPartId: number;
  amountCents: bigint;
  currency: string;
} & ({ state: 'succeeded' | 'processing' } | { state: 'failed'; failureSentence: string });

/**
 * A holder wants a payment back from their bank. `told`: that it is so. `withdrawn` and `reinstated`: the bank has taken the money from
 * us, or given it back to us. It bears no ids of ours: look up its payment.
 */
export type ProviderDispute = {
  providerDisputeId: string;
  providerPaymentId: string;
  amountCents: bigint;
  currency: string;
  /** The provider's word. */
  reason: string;
  news: 'told' | 'withdrawn' | 'reinstated' | 'won' | 'lost' | 'dropped';
};

export type PaymentsEvent =
  | { kind: 'payment'; eventId: string; payment: ProviderPayment }
  | { kind: 'refund'; eventId: string; refund: ProviderRefund }
  | { kind: 'dispute'; eventId: string; dispute: ProviderDispute };

/**
 * - `unavailable`: down, too slow, or the answer was lost; what we asked for may have happened. Try again with the same key.
 * - `rate-limited`: nothing happened; try again after `retryAfterSeconds`.
 * - `invalid`: what we sent makes no sense to the provider. Final, and a bug or a bad setting of ours.
 * - `refused`: understood, and not allowed (credentials, a suspended account). Final until a person acts.
 */
export type PaymentsErrorKind = 'unavailable' | 'rate-limited' | 'invalid' | 'refused';

export class PaymentsError extends Error {
  readonly kind: PaymentsErrorKind;
  readonly retry: boolean;
  /** Whole seconds, for `rate-limited` only. */
  readonly retryAfterSeconds: number | null;

  /** `message` is a sentence for a person. */
  constructor(kind: PaymentsErrorKind, message: string, more: { retryAfterSeconds?: number; cause?: unknown } = {}) {
    super(message, { cause: more.cause });
    this.name = 'PaymentsError';
    this.kind = kind;
    this.retry = kind === 'unavailable' || kind === 'rate-limited';
    this.retryAfterSeconds = more.retryAfterSeconds ?? null;
  }
}

const idempotencyKeyLengthMax = 200;
/** What providers take at most in one payment, whatever our own limits say: eight digits of cents. */
const amountCentsMax = 99_999_999n;

/** What every door refuses before it asks its provider, so that one bad request reads the same behind all of them. */
export function checkMoney(order: { amountCents: bigint; currency: string; idempotencyKey: string }): void {
  if (order.amountCents <= 0n || order.amountCents > amountCentsMax)
    throw new PaymentsError('invalid', 'An amount is between one cent and 99,999,999 cents.');
  if (!/^[A-Z]{3}$/.test(order.currency))
    throw new PaymentsError('invalid', `${JSON.stringify(order.currency)} is not a currency code of three capitals.`);
  checkKey(order.idempotencyKey);
}

export function checkKey(idempotencyKey: string): void {
  if (idempotencyKey === '' || idempotencyKey.length > idempotencyKeyLengthMax)
    throw new PaymentsError('invalid', `An idempotency key has 1 to ${idempotencyKeyLengthMax} characters.`);
}

export function checkReturnUrl(url: string | null): void {
  if (url !== null && (!URL.canParse(url) || !/^https?:\/\//i.test(url)))
    throw new PaymentsError('invalid', 'The address to come back to must be an absolute http or https address.');
}

/** The address with one more parameter; `value` goes in as it is, since a provider may fill in a mark of its own. */
export function withParameter(url: string, name: string, value: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}${name}=${value}`;
}
