import type { FastifyInstance } from 'fastify';
import type { House } from '../platform/house.ts';

/** Measures every request, by its route's pattern: addresses hold ids and tokens. */
export function observe(app: FastifyInstance, house: Pick<House, 'metrics'>): void {
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions } = request;
    const route = routeOptions.url ?? 'none';
    // An event stream lasts as long as its page is open.
    if (route.endsWith('/live')) return;
    const status = `${Math.floor(reply.statusCode / 100)}xx`;
    house.metrics.requestSeconds.observe({ method, route, status }, reply.elapsedTime / 1000);
  });
}
