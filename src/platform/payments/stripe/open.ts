import { Stripe } from 'stripe';
import type { StripeSettings } from '../../config.ts';
import {
  checkKey,
  checkMoney,
  checkReturnUrl,
  type PaymentOrder,
  type Payments,
  PaymentsError,
  type ProviderPayment,
  type ProviderRefund,
  withParameter,
} from '../port.ts';
import { readDecline, readPayment, readRefund } from './read.ts';
import { isMissing, readError } from './readError.ts';
import { readStripeWebhook } from './readWebhook.ts';

const requestTimeoutMs = 12_000;
const refundsPerPage = 100;

/** The payments port over Stripe's API, through Stripe's library. */
export function openStripePayments(settings: StripeSettings & { timeoutMs?: number }): Payments {
  const { secretKey, webhookSecret, apiUrl } = settings;
  const { protocol, hostname, port } = new URL(apiUrl);
  const stripe = new Stripe(secretKey, {
    protocol: protocol === 'http:' ? 'http' : 'https',
    host: hostname,
    ...(port ? { port } : {}),
    timeout: settings.timeoutMs ?? requestTimeoutMs,
    // Rows of ours are sent again, with the pauses that we choose.
    maxNetworkRetries: 0,
    telemetry: false,
  });

  const find = async (providerPaymentId: string): Promise<ProviderPayment | null> => {
    const intent = await stripe.paymentIntents
      .retrieve(providerPaymentId, { expand: ['latest_charge'] })
      .catch((error: unknown) => {
        if (isMissing(error)) return null;
        throw readError(error);
      });
    return intent && readPayment(intent);
  };
  const mustFind = async (providerPaymentId: string): Promise<ProviderPayment> => {
    const payment = await find(providerPaymentId);
    if (!payment) throw new PaymentsError('invalid', 'The payment provider knows no such payment.');
    return payment;
  };

  return {
    name: 'stripe',

    checkAccess: () =>
      told(async () => {
        const account = await stripe.accounts.retrieveCurrent();
        const accountName = account.business_profile?.name || account.settings?.dashboard.display_name || account.id;
        return { accountName, status: account.charges_enabled ? 'active' : 'charges are not enabled' };
      }),

    async openSetup(order) {
      checkKey(order.idempotencyKey);
      checkReturnUrl(order.returnUrl);
      checkReturnUrl(order.cancelUrl);
      const { idempotencyKey } = order;
      const metadata = { owner_id: String(order.ownerId) };
      return told(async () => {
        const customer =
          order.providerCustomerId ??
          (
            await stripe.customers.create(
              { email: order.email, name: order.ownerName, metadata },
              { idempotencyKey: `${idempotencyKey} customer` },
            )
          ).id;
        const session = await stripe.checkout.sessions.create(
          {
            mode: 'setup',
            customer,
            allowed_payment_method_types: ['card'],
            success_url: withParameter(order.returnUrl, 'setup', '{CHECKOUT_SESSION_ID}'),
            cancel_url: order.cancelUrl,
            metadata,
            setup_intent_data: { metadata },
          },
          { idempotencyKey },
        );
        if (!session.url) throw new PaymentsError('invalid', 'The payment provider opened no page.');
        return { setupId: session.id, url: session.url };
      });
    },

    async findSetup(setupId) {
      if (!/^cs_\w{1,200}$/.test(setupId)) throw new PaymentsError('invalid', 'The provider knows no such page.');
      return told(async () => {
        const session = await stripe.checkout.sessions.retrieve(setupId, { expand: ['setup_intent.payment_method'] });
        const ownerId = Number(session.metadata?.owner_id);
        if (!Number.isSafeInteger(ownerId)) throw new PaymentsError('invalid', 'This page was not opened by us.');
        const intent = session.setup_intent;
        const method = intent && typeof intent === 'object' ? intent.payment_method : null;
        const { customer } = session;
        if (session.status !== 'complete' || !customer || !method || typeof method === 'string' || !method.card)
          return { ownerId, method: null };
        const { brand, last4, exp_month: expiresMonth, exp_year: expiresYear } = method.card;
        const providerCustomerId = typeof customer === 'string' ? customer : customer.id;
        return {
          ownerId,
          method: { providerCustomerId, providerMethodId: method.id, brand, last4, expiresMonth, expiresYear },
        };
      });
    },

    forgetMethod: (providerMethodId) =>
      told(async () => {
        const method = await stripe.paymentMethods.retrieve(providerMethodId).catch((error: unknown) => {
          if (isMissing(error)) return null;
          throw error;
        });
        if (method?.customer) await stripe.paymentMethods.detach(providerMethodId);
      }),

    async pay(order) {
      checkMoney(order);
      checkReturnUrl(order.returnUrl);
      try {
        const intent = await stripe.paymentIntents.create(intentOf(order), { idempotencyKey: order.idempotencyKey });
        return mustBeOurs(readPayment(intent));
      } catch (error) {
        return await readDeclined(error, order);
      }
    },

    async findPayment(by) {
      if ('providerPaymentId' in by) return find(by.providerPaymentId);
      checkKey(by.idempotencyKey);
      return told(async () => {
        const query = `metadata['idempotency_key']:'${by.idempotencyKey.replace(/[\\']/g, '\\$&')}'`;
        const { data } = await stripe.paymentIntents.search({ query, limit: 1, expand: ['data.latest_charge'] });
        return data[0] ? readPayment(data[0]) : null;
      });
    },

    async abandonPayment(providerPaymentId) {
      try {
        return mustBeOurs(
          readPayment(await stripe.paymentIntents.cancel(providerPaymentId, { cancellation_reason: 'abandoned' })),
        );
      } catch (error) {
        // It came to an end by itself meanwhile.
        if (error instanceof Stripe.errors.StripeInvalidRequestError) return mustFind(providerPaymentId);
        throw readError(error);
      }
    },

    async refund(order) {
      checkMoney(order);
      const payment = await mustFind(order.providerPaymentId);
      if (payment.currency !== order.currency)
        throw new PaymentsError('invalid', `The payment was made in ${payment.currency}, not in ${order.currency}.`);
      return told(async () => {
        const refund = await stripe.refunds.create(
          {
            payment_intent: order.providerPaymentId,
            amount: Number(order.amountCents),
            metadata: {
              owner_id: String(order.ownerId),
              refund_part_id: String(order.refundPartId),
              idempotency_key: order.idempotencyKey,
            },
          },
          { idempotencyKey: order.idempotencyKey },
        );
        return mustBeOurs(readRefund(refund));
      });
    },

    findRefund: (by) =>
      told(async (): Promise<ProviderRefund | null> => {
        if ('providerRefundId' in by) {
          const refund = await stripe.refunds.retrieve(by.providerRefundId).catch((error: unknown) => {
            if (isMissing(error)) return null;
            throw error;
          });
          return refund && readRefund(refund);
        }
        // Refunds can't be searched for; they are listed, the newest first.
        for await (const refund of stripe.refunds.list({ limit: refundsPerPage })) {
          if (refund.metadata?.idempotency_key === by.idempotencyKey) return readRefund(refund);
        }
        return null;
      }),

    readWebhook: async (rawBody, signature) => readStripeWebhook(rawBody, signature, webhookSecret),

    close: async () => {},
  };
}

function intentOf(order: PaymentOrder): Stripe.PaymentIntentCreateParams {
  return {
    amount: Number(order.amountCents),
    currency: order.currency.toLowerCase(),
    customer: order.providerCustomerId,
    payment_method: order.providerMethodId,
    allowed_payment_method_types: ['card'],
    confirm: true,
    description: order.description,
    metadata: {
      owner_id: String(order.ownerId),
      payment_id: String(order.paymentId),
      idempotency_key: order.idempotencyKey,
    },
    ...(order.returnUrl === null ? { off_session: true } : { return_url: order.returnUrl }),
  };
}

/** A decline is an error to Stripe, and comes with the payment that was declined. */
async function readDeclined(error: unknown, order: PaymentOrder): Promise<ProviderPayment> {
  if (!(error instanceof Stripe.errors.StripeCardError) || !error.payment_intent) throw readError(error);
  const { ownerId, paymentId, amountCents, currency } = order;
  return {
    providerPaymentId: error.payment_intent.id,
    ...{ ownerId, paymentId, amountCents, currency },
    state: 'declined',
    ...readDecline(error.payment_intent.last_payment_error ?? { ...error, code: error.code as never }),
  };
}

function mustBeOurs<T>(read: T | null): T {
  if (read === null)
    throw new PaymentsError('invalid', 'The payment provider answered with something that is not ours.');
  return read;
}

async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw readError(error);
  }
}
