import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { isDatabaseAway } from '../platform/db.ts';
import type { House } from '../platform/house.ts';
import type { Facts } from '../platform/metrics.ts';
import { Refused } from '../rules/decision.ts';

/** `GET /metrics` for Prometheus, for whoever knows METRICS_TOKEN; without that setting there is no such page. */
export function serveMetrics(app: FastifyInstance, house: House, readFacts: () => Promise<Facts>): void {
  app.get('/metrics', async (request, reply) => {
    const { metricsToken } = house.config;
    if (metricsToken === null) throw new Refused({ code: 'not-found' });
    if (!isSame(request.headers.authorization ?? '', `Bearer ${metricsToken}`))
      return reply.code(401).header('www-authenticate', 'Bearer').type('text/plain').send('METRICS_TOKEN, please.\n');
    const facts = await readFacts().catch((error: unknown) => {
      if (isDatabaseAway(error)) return null;
      throw error;
    });
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(await house.metrics.print(house.pool, facts));
  });
}

/** In the same time, however much of it fits. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
