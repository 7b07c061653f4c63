import { finished } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { House } from '../platform/house.ts';
import type { Live } from '../platform/live.ts';
import { fieldsOf } from '../web/read.ts';
import { enterAccount, enterAgency } from './enter.ts';

const heartbeatMs = 25_000;
/** Several changes within this time are one refresh. */
const gatherMs = 250;

/** Event streams that tell open pages to look again; they carry no data, so nothing can leak through them. */
export function registerLiveStreams(app: FastifyInstance, house: House, live: Live): void {
  const open = new Set<FastifyReply>();
  app.addHook('preClose', async () => {
    for (const reply of open) reply.raw.end();
  });

  function stream(ownerIds: readonly number[], since: number, reply: FastifyReply): void {
    reply.hijack();
    const headers = Object.fromEntries(
      Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined),
    ) as Record<string, string>;
    reply.raw.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    reply.raw.write('retry: 2000\n\n');
    open.add(reply);
    let gathering: NodeJS.Timeout | undefined;
    const refresh = () => {
      gathering ??= setTimeout(() => {
        gathering = undefined;
        reply.raw.write('data: <turbo-stream action="refresh"></turbo-stream>\n\n');
      }, gatherMs);
    };
    const watches = ownerIds.map((ownerId) => live.watch(ownerId, since, refresh));
    const heartbeat = setInterval(() => reply.raw.write(': still here\n\n'), heartbeatMs);
    // Who left while the door was being asked has gone already, and nothing would say so again.
    finished(reply.raw, () => {
      for (const stopWatching of watches) stopWatching();
      clearInterval(heartbeat);
      clearTimeout(gathering);
      open.delete(reply);
    });
  }

  // After the 60 days only the page of what is owed is open, and has a stream of its own.
  for (const [path, action] of [
    ['live', undefined],
    ['owed/live', 'view-owed'],
  ] as const) {
    app.get<{ Params: { accountId: string } }>(`/accounts/:accountId/${path}`, async (request, reply) => {
      const { account } = await enterAccount(house, request, action);
      // What its agency does is a fact of the account as well.
      const agencyIds = account.agencyId === null ? [] : [account.agencyId];
      stream([account.accountId, ...agencyIds], sinceOf(request), reply);
    });
    app.get<{ Params: { agencyId: string } }>(`/agencies/:agencyId/${path}`, async (request, reply) => {
      const { agency } = await enterAgency(house, request, action);
      stream([agency.agencyId], sinceOf(request), reply);
    });
  }
}

/** When the page read what it shows; a page that doesn't say is refreshed once. */
function sinceOf(request: FastifyRequest): number {
  const since = Number(fieldsOf(request.query)('since'));
  return Number.isSafeInteger(since) ? since : 0;
}
