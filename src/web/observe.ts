import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { House } from '../platform/house.ts';

/** Logs and measures every request, by its route's pattern: addresses hold ids, queries and tokens. */
export function observe(app: FastifyInstance, house: Pick<House, 'log' | 'metrics'>): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    reply.raw.once('close', () => tell(request, reply));
  });

  function tell(request: FastifyRequest, reply: FastifyReply): void {
    const { id: requestId, method, routeOptions, viewer } = request;
    // 499 is nginx's word for a client that went before it was answered.
    const status = reply.raw.headersSent ? reply.raw.statusCode : 499;
    const route = routeOptions.url ?? 'none';
    house.log.info(
      {
        requestId,
        method,
        route,
        status,
        ms: Math.round(reply.elapsedTime),
        ...(viewer ? { personId: viewer.personId } : {}),
        ...ownerOf(request.params),
      },
      'request',
    );
    // An event stream lasts as long as its page is open.
    if (route.endsWith('/live')) return;
    const labels = { method, route, status: `${Math.floor(status / 100)}xx` };
    house.metrics.requestSeconds.observe(labels, reply.elapsedTime / 1000);
  }
}

/** The account or agency that the address names, if it is an id at all. */
function ownerOf(params: unknown): { accountId?: number; agencyId?: number } {
  const { accountId, agencyId } = (params ?? {}) as Record<string, string | undefined>;
  const isId = (text: string | undefined) => /^\d{1,12}$/.test(text ?? '');
  return {
    ...(isId(accountId) ? { accountId: Number(accountId) } : {}),
    ...(isId(agencyId) ? { agencyId: Number(agencyId) } : {}),
  };
}

/** A proxy on this machine may have named the request already, for its own log; nobody else's name is taken. */
export function nameRequest({ headers, socket }: IncomingMessage): string {
  const given = headers['x-request-id'];
  const isOurProxy = /^(::ffff:)?127\.|^::1$/.test(socket.remoteAddress ?? '');
  return isOurProxy && typeof given === 'string' && /^[\w.-]{8,64}$/.test(given) ? given : randomUUID();
}
