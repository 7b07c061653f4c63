import cookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { isDatabaseAway } from '../platform/db.ts';
import type { House } from '../platform/house.ts';
import type { Log } from '../platform/log.ts';
import { Refused } from '../rules/decision.ts';
import { sentenceFor } from '../rules/refusals.ts';
import { contentSecurityPolicy, serveAssets } from './assets.ts';
import { ErrorPage, renderPage } from './layout.tsx';
import { nameRequest, observe } from './observe.ts';
import { showIn, statusOf } from './present.ts';
import { sendPage } from './read.ts';

/** Who signed in, as every page knows them. */
export interface SignedIn {
  personId: string;
  name: string;
  email: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Null while nobody is signed in; set before any handler runs. */
    viewer: SignedIn | null;
  }
  interface FastifyContextConfig {
    /** Strangers' pages may send here: it knows no cookies and does nothing in anybody's name. */
    isForAnySite?: boolean;
  }
  interface FastifyInstance {
    /** Every route there is: tests of safety go through all of them, so that a new one is covered by itself. */
    routeTable: readonly { method: string; url: string }[];
  }
}

const bodyBytesMax = 256 * 1024;
const requestsPerMinuteMax = 1_200;

/** The server with what every route shares: headers, cookies, forms, limits, and an answer for every error. */
export async function createServer(house: Pick<House, 'config' | 'log' | 'metrics'>): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: serverLog(house.log),
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: nameRequest,
    bodyLimit: bodyBytesMax,
    // Who got in before the closing is answered.
    return503OnClosing: false,
    trustProxy: house.config.trustedProxies,
    routerOptions: { ignoreTrailingSlash: true },
  });
  const isHttps = house.config.publicUrl.startsWith('https:');
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { ...contentSecurityPolicy, ...(isHttps ? { upgradeInsecureRequests: [] } : {}) },
    },
    strictTransportSecurity: isHttps,
    referrerPolicy: { policy: 'same-origin' },
  });
  await app.register(cookie);
  await app.register(formbody);
  await app.register(rateLimit, {
    max: requestsPerMinuteMax,
    timeWindow: '1 minute',
    allowList: (request) =>
      request.url.startsWith('/carriers/') ||
      request.url === '/payments/webhooks' ||
      request.url.startsWith('/assets/') ||
      request.url === '/health',
  });
  acceptEmptyJson(app);
  app.decorateRequest('viewer', null);
  const routeTable: { method: string; url: string }[] = [];
  app.decorate('routeTable', routeTable);
  app.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) routeTable.push({ method: each, url });
  });
  observe(app, house);
  app.addHook('onRequest', refuseForeignForms);
  await serveAssets(app);
  app.setErrorHandler((error: FastifyError, request, reply) => answerError(house, error, request, reply));
  app.setNotFoundHandler((request, reply) => answerError(house, new Refused({ code: 'not-found' }), request, reply));
  return app;
}

/** Fastify's own lines: its warnings name addresses, queries and all, so only errors are kept. */
function serverLog(log: Log): FastifyBaseLogger {
  return log.child({}, { level: log.isLevelEnabled('error') ? 'error' : 'silent' }) as FastifyBaseLogger;
}

/** Clients of the older API send an empty body under a JSON header. */
function acceptEmptyJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, {});
    else parse(request, body as string, done);
  });
}

/**
 * Refuses a change that another site's page sends with our visitor's cookies. Browsers say where a request comes from
 * (Sec-Fetch-Site, and Origin before it); scripts without a browser say neither and carry no cookies by accident.
 */
async function refuseForeignForms(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (request.method === 'GET' || request.method === 'HEAD' || request.method === 'OPTIONS') return;
  if (request.routeOptions.config?.isForAnySite) return;
  const site = request.headers['sec-fetch-site'];
  const origin = request.headers.origin;
  const sameSite =
    site === undefined
      ? origin === undefined || hostOf(origin) === request.headers.host
      : site === 'same-origin' || site === 'none';
  if (!sameSite) {
    const sentence =
      'This request came from another site’s page, so nothing was done. Open the page here and try again.';
    if (wantsJson(request)) await reply.code(403).send({ status: 'error', code: 'foreign-origin', reason: sentence });
    else await sendPage(reply, renderPage(<ErrorPage status={403} sentence={sentence} next="" />), 403);
  }
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}

export function wantsJson(request: FastifyRequest): boolean {
  if (request.routeOptions.config?.isForAnySite) return true;
  return ['/api/', '/carriers/', '/payments/'].some((start) => request.url.startsWith(start));
}

function answerError(
  house: Pick<House, 'log'>,
  error: FastifyError | Error,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  if (error instanceof Refused && error.refusal.code === 'sign-in-first' && !wantsJson(request)) {
    const next = request.method === 'GET' ? request.url : '/';
    return reply.redirect(`/sign-in?next=${encodeURIComponent(next)}`, 303);
  }
  const { status, code, sentence, fields } = readError(house, error, request);
  if (status === 503) reply.header('retry-after', '5');
  if (wantsJson(request)) {
    const legacy = code === 'sign-in-first' ? { authentication: 'failed' } : {};
    return reply
      .code(status)
      .send({ status: 'error', code, reason: sentence, ...(fields ? { fields } : {}), ...legacy });
  }
  return sendPage(reply, renderPage(<ErrorPage status={status} sentence={sentence} next="" />), status);
}

function readError(house: Pick<House, 'log'>, error: FastifyError | Error, request: FastifyRequest) {
  if (error instanceof Refused) {
    const { refusal } = error;
    const fields = refusal.code === 'invalid-input' ? refusal.fields : undefined;
    return {
      status: statusOf(refusal),
      code: refusal.code as string,
      sentence: sentenceFor(refusal, showIn('UTC')),
      fields,
    };
  }
  const where = { err: error, route: request.routeOptions.url, requestId: request.id };
  if (isDatabaseAway(error)) {
    house.log.error(where, 'the database is away');
    return {
      status: 503,
      code: 'database-away',
      sentence: 'Our database does not answer just now. Nothing was lost; try again in a few seconds.',
    };
  }
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
  if (status === 429)
    return { status, code: 'too-many-requests', sentence: 'Too many requests at once. Wait a minute and try again.' };
  if (status >= 400 && status < 500)
    return { status, code: 'bad-request', sentence: `The request could not be read: ${error.message}` };
  house.log.error(where, 'a request failed');
  return {
    status: 500,
    code: 'internal',
    sentence: `Something went wrong on our side and nothing was changed. Try again; if it stays, tell the operator this reference: ${request.id}.`,
  };
}
