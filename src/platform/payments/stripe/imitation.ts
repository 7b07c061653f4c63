import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Stripe } from 'stripe';

/** A card as a test gives it on the imitated page: what it does, never a number. */
export type ImitatedCard = 'pays' | 'insufficient-funds' | 'expired' | 'needs-authentication';

export type Imitation = {
  url: string;
  secretKey: string;
  /** What happens to the next request (`fail`, `mumble`), the next that moves money (`drop`, `hang`), or all requests (`limit`). */
  trouble: 'none' | 'fail' | 'mumble' | 'drop' | 'hang' | 'limit' | 'forbid';
  readonly moves: readonly { kind: 'take' | 'give back'; cents: number }[];
  readonly requests: readonly { method: string; path: string; form: URLSearchParams; key: string | null }[];
  giveCard(sessionId: string, card: ImitatedCard): void;
  answerBank(authenticateUrl: string, agrees: boolean): void;
  /** The object of an event, as Stripe would send it. */
  objectOf(id: string): unknown;
  close(): Promise<void>;
};

/* The objects are typed by Stripe's own library, so that the imitation has no field that the original has not. */
type Intent = Pick<
  Stripe.PaymentIntent,
  | 'id'
  | 'object'
  | 'amount'
  | 'amount_received'
  | 'cancellation_reason'
  | 'currency'
  | 'customer'
  | 'description'
  | 'last_payment_error'
  | 'latest_charge'
  | 'metadata'
  | 'next_action'
  | 'payment_method'
  | 'status'
>;
type Refund = Pick<
  Stripe.Refund,
  'id' | 'object' | 'amount' | 'currency' | 'metadata' | 'payment_intent' | 'status' | 'charge'
>;
type Session = Pick<Stripe.Checkout.Session, 'id' | 'object' | 'customer' | 'metadata' | 'mode' | 'status' | 'url'> & {
  setup_intent: string | null;
};
type Method = { id: string; object: 'payment_method'; customer: string | null; doing: ImitatedCard; expires: number };
type Reply = { status: number; body: unknown; moved?: Imitation['moves'][number] };
type Call = { method: string; path: string; query: URLSearchParams; form: URLSearchParams; key: string | null };

const declines = {
  'insufficient-funds': ['card_declined', 'insufficient_funds', 'Your card has insufficient funds.'],
  expired: ['expired_card', 'expired_card', 'Your card has expired.'],
  authentication: [
    'authentication_required',
    'authentication_required',
    'Your card was declined. It requires authentication.',
  ],
  bank: ['payment_intent_authentication_failure', undefined, 'The provided payment method has failed authentication.'],
} as const;

const makeId = (prefix: string) => `${prefix}_${randomBytes(12).toString('hex')}`;

/** As much of Stripe's API as the door asks for, with books in memory; its idempotency keys answer as they did, byte by byte. */
export async function startImitation(): Promise<Imitation> {
  const secretKey = `sk_test_${randomBytes(12).toString('hex')}`;
  const sessions = new Map<string, Session>();
  const methods = new Map<string, Method>();
  const intents = new Map<string, Intent>();
  const charges = new Map<string, { id: string; object: 'charge'; amount: number; amount_refunded: number }>();
  const refunds = new Map<string, Refund>();
  const answered = new Map<string, { fingerprint: string; reply: Reply }>();
  const moves: Imitation['moves'][number][] = [];
  const requests: Imitation['requests'][number][] = [];
  let dropped: string | null = null;

  const collect = (intent: Intent): Reply['moved'] => {
    const charge = { id: makeId('ch'), object: 'charge' as const, amount: intent.amount, amount_refunded: 0 };
    charges.set(charge.id, charge);
    Object.assign(intent, {
      status: 'succeeded',
      amount_received: intent.amount,
      latest_charge: charge.id,
      next_action: null,
    });
    return { kind: 'take', cents: intent.amount };
  };
  const decline = (intent: Intent, why: keyof typeof declines): Stripe.PaymentIntent.LastPaymentError => {
    const [code, declineCode, message] = declines[why];
    const error = { type: 'card_error', code, message, ...(declineCode ? { decline_code: declineCode } : {}) };
    Object.assign(intent, { status: 'requires_payment_method', last_payment_error: error, next_action: null });
    return error as Stripe.PaymentIntent.LastPaymentError;
  };

  const createIntent = ({ form }: Call): Reply => {
    const method = methods.get(form.get('payment_method') ?? '');
    const customer = form.get('customer');
    if (!method || method.customer !== customer)
      return refuse(400, 'payment_method_unexpected_state', 'The PaymentMethod is not attached to this customer.');
    const isAlone = form.get('off_session') === 'true';
    const intent: Intent = {
      id: makeId('pi'),
      object: 'payment_intent',
      amount: Number(form.get('amount')),
      amount_received: 0,
      cancellation_reason: null,
      currency: form.get('currency')!,
      customer,
      description: form.get('description'),
      last_payment_error: null,
      latest_charge: null,
      metadata: metadataOf(form),
      next_action: null,
      payment_method: method.id,
      status: 'processing',
    };
    intents.set(intent.id, intent);
    if (method.doing === 'pays') {
      const moved = collect(intent);
      return { status: 200, body: { ...intent }, ...(moved ? { moved } : {}) };
    }
    if (method.doing === 'needs-authentication' && !isAlone) {
      const redirect = { url: `https://hooks.stripe.com/3d_secure_2/${intent.id}`, return_url: form.get('return_url') };
      Object.assign(intent, {
        status: 'requires_action',
        next_action: { type: 'redirect_to_url', redirect_to_url: redirect },
      });
      return { status: 200, body: { ...intent } };
    }
    const error = decline(intent, method.doing === 'needs-authentication' ? 'authentication' : method.doing);
    return { status: 402, body: { error: { ...error, payment_intent: { ...intent } } } };
  };

  const answerIntent = ({ method, path, query }: Call, id: string): Reply => {
    const intent = intents.get(id);
    if (!intent) return refuse(404, 'resource_missing', `No such payment_intent: '${id}'`);
    if (method === 'POST' && path.endsWith('/cancel')) {
      if (intent.status === 'succeeded' || intent.status === 'canceled')
        return refuse(400, 'payment_intent_unexpected_state', 'You cannot cancel this PaymentIntent.');
      Object.assign(intent, { status: 'canceled', cancellation_reason: 'abandoned', next_action: null });
      return { status: 200, body: { ...intent } };
    }
    return { status: 200, body: expandCharge(intent, query, 'expand[0]') };
  };
  const expandCharge = (intent: Intent, query: URLSearchParams, name: string) =>
    query.has(name) && typeof intent.latest_charge === 'string'
      ? { ...intent, latest_charge: charges.get(intent.latest_charge) }
      : { ...intent };

  const createRefund = ({ form }: Call): Reply => {
    const intent = intents.get(form.get('payment_intent') ?? '');
    const charge = intent && charges.get(String(intent.latest_charge));
    if (!charge) return refuse(400, 'resource_missing', 'No such payment_intent');
    const amount = Number(form.get('amount'));
    if (charge.amount_refunded === charge.amount)
      return refuse(400, 'charge_already_refunded', 'The charge has already been refunded.');
    if (amount > charge.amount - charge.amount_refunded)
      return refuse(400, 'amount_too_large', 'Refund amount is greater than unrefunded amount on charge');
    charge.amount_refunded += amount;
    const refund: Refund = {
      id: makeId('re'),
      object: 'refund',
      amount,
      charge: charge.id,
      currency: intent!.currency,
      metadata: metadataOf(form),
      payment_intent: intent!.id,
      status: 'succeeded',
    };
    refunds.set(refund.id, refund);
    return { status: 200, body: refund, moved: { kind: 'give back', cents: amount } };
  };

  const createSession = ({ form }: Call): Reply => {
    const session: Session = {
      id: `cs_test_${randomBytes(16).toString('hex')}`,
      object: 'checkout.session',
      customer: form.get('customer'),
      metadata: metadataOf(form),
      mode: 'setup',
      status: 'open',
      url: 'https://checkout.stripe.com/c/pay/',
      setup_intent: makeId('seti'),
    };
    session.url += session.id;
    sessions.set(session.id, session);
    return { status: 200, body: { ...session } };
  };
  const answerSession = (id: string): Reply => {
    const session = sessions.get(id);
    if (!session) return refuse(404, 'resource_missing', `No such checkout.session: ${id}`);
    const method = methods.get(session.setup_intent ?? '');
    const setupIntent = {
      id: session.setup_intent,
      object: 'setup_intent',
      payment_method: method ? describe(method) : null,
    };
    return { status: 200, body: { ...session, setup_intent: setupIntent } };
  };
  const answerMethod = ({ method: verb, path }: Call, id: string): Reply => {
    const method = methods.get(id);
    if (!method) return refuse(404, 'resource_missing', `No such PaymentMethod: '${id}'`);
    if (verb === 'POST' && path.endsWith('/detach')) method.customer = null;
    return { status: 200, body: describe(method) };
  };

  const route = (call: Call): Reply => {
    const { method, path, query } = call;
    const id = path.split('/')[3] ?? '';
    if (path === '/v1/account')
      return {
        status: 200,
        body: {
          id: 'acct_imitated',
          object: 'account',
          charges_enabled: true,
          settings: { dashboard: { display_name: 'Imitated' } },
        },
      };
    if (path === '/v1/customers') return { status: 200, body: { id: makeId('cus'), object: 'customer' } };
    if (path === '/v1/checkout/sessions') return createSession(call);
    if (path.startsWith('/v1/checkout/sessions/')) return answerSession(path.split('/')[4]!);
    if (path.startsWith('/v1/payment_methods/')) return answerMethod(call, id);
    if (path === '/v1/payment_intents') return createIntent(call);
    if (path === '/v1/payment_intents/search') {
      const wanted = /^metadata\['idempotency_key'\]:'(.*)'$/.exec(query.get('query') ?? '')?.[1];
      const found = [...intents.values()].filter((each) => each.metadata.idempotency_key === wanted);
      const data = found.map((each) => expandCharge(each, query, 'expand[0]'));
      return { status: 200, body: { object: 'search_result', data, has_more: false, next_page: null, url: path } };
    }
    if (path.startsWith('/v1/payment_intents/')) return answerIntent(call, id);
    if (path === '/v1/refunds' && method === 'POST') return createRefund(call);
    if (path === '/v1/refunds')
      return {
        status: 200,
        body: { object: 'list', data: [...refunds.values()].reverse(), has_more: false, url: path },
      };
    const refund = refunds.get(id);
    if (path.startsWith('/v1/refunds/') && refund) return { status: 200, body: refund };
    return refuse(404, 'resource_missing', `Nothing at ${path}`);
  };

  const answer = (call: Call, authorization: string | undefined): Reply => {
    if (authorization !== `Bearer ${secretKey}`)
      return {
        status: 401,
        body: { error: { type: 'invalid_request_error', message: `Invalid API Key provided: ${authorization}` } },
      };
    if (imitation.trouble === 'limit')
      return {
        status: 429,
        body: { error: { type: 'invalid_request_error', code: 'rate_limit', message: 'Too many requests' } },
      };
    if (imitation.trouble === 'forbid')
      return { status: 403, body: { error: { type: 'invalid_request_error', message: 'This key may not' } } };
    if (call.method !== 'POST' || call.key === null) return route(call);
    const fingerprint = createHash('sha256').update(`${call.path} ${call.form}`).digest('hex');
    const earlier = answered.get(call.key);
    if (earlier && earlier.fingerprint !== fingerprint)
      return {
        status: 400,
        body: {
          error: {
            type: 'idempotency_error',
            message: 'Keys for idempotent requests can only be used with the same parameters.',
          },
        },
      };
    if (earlier) return { status: earlier.reply.status, body: earlier.reply.body };
    const reply = route(call);
    // Stripe keeps what was answered once the request began to be carried out; a mistake in it may be corrected.
    if (reply.status === 200 || reply.status === 402) answered.set(call.key, { fingerprint, reply });
    return reply;
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname: path, searchParams: query } = new URL(request.url ?? '/', 'http://stripe.test');
    const form = new URLSearchParams(await readBody(request));
    const header = request.headers['idempotency-key'];
    const call: Call = {
      method: request.method ?? '',
      path,
      query,
      form,
      key: typeof header === 'string' ? header : null,
    };
    requests.push(call);
    const { trouble } = imitation;
    if (trouble === 'fail' || trouble === 'mumble') {
      imitation.trouble = 'none';
      response.statusCode = trouble === 'fail' ? 500 : 200;
      response.end(trouble === 'fail' ? '{"error":{"type":"api_error","message":"Oops"}}' : '<html>Gateway</html>');
      return;
    }
    const { status, body, moved } = answer(call, request.headers.authorization);
    if (moved) moves.push(moved);
    if (moved && (trouble === 'drop' || trouble === 'hang')) {
      imitation.trouble = 'none';
      if (trouble === 'drop') {
        dropped = call.key;
        request.socket.destroy();
      }
      return;
    }
    // The library sends once more, by itself and under the same key, what a closed connection swallowed.
    if (dropped !== null && call.key === dropped) {
      dropped = null;
      request.socket.destroy();
      return;
    }
    response.statusCode = status;
    response.setHeader('content-type', 'application/json');
    response.setHeader('request-id', makeId('req'));
    response.end(JSON.stringify(body));
  };

  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const imitation: Imitation = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    secretKey,
    trouble: 'none',
    moves,
    requests,
    giveCard(sessionId, doing) {
      const session = sessions.get(sessionId)!;
      const customer = String(session.customer);
      const method: Method = { id: makeId('pm'), object: 'payment_method', customer, doing, expires: 2031 };
      session.status = 'complete';
      methods.set(method.id, method);
      methods.set(session.setup_intent!, method);
    },
    answerBank(authenticateUrl, agrees) {
      const intent = intents.get(authenticateUrl.split('/').at(-1)!)!;
      if (agrees) moves.push(collect(intent)!);
      else decline(intent, 'bank');
    },
    objectOf: (id) => intents.get(id) ?? refunds.get(id),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return imitation;
}

const describe = ({ id, object, customer, expires }: Method) => ({
  id,
  object,
  customer,
  type: 'card',
  card: { brand: 'visa', last4: '4242', exp_month: 12, exp_year: expires },
});

function metadataOf(form: URLSearchParams): Record<string, string> {
  return Object.fromEntries(
    [...form].flatMap(([name, value]) => {
      const inner = /^metadata\[(\w+)\]$/.exec(name)?.[1];
      return inner ? [[inner, value]] : [];
    }),
  );
}

const refuse = (status: number, code: string, message: string): Reply => ({
  status,
  body: { error: { type: 'invalid_request_error', code, message } },
});

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
