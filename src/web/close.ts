import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

const sendOnMs = 2_000;
const idleLookMs = 100;

/**
 * For a moment after another process has taken over, every answer asks its client for a new connection, which the other
 * gets. Closing at once would break the request that is just arriving on a connection that seems idle.
 */
export async function sendOn(app: FastifyInstance): Promise<void> {
  app.server.prependListener('request', (_request, response) => response.setHeader('connection', 'close'));
  await delay(sendOnMs);
}

/** Takes nothing new, ends event streams and finishes what is under way; a connection goes as soon as it is idle. */
export async function closeServer(app: FastifyInstance): Promise<void> {
  const looking = setInterval(() => app.server.closeIdleConnections(), idleLookMs);
  await app.close();
  clearInterval(looking);
}
