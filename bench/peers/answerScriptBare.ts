import type { FastifyInstance } from 'fastify';

/** The least that answers for a script: the same bytes for everybody, with what caches have to know. */
export async function answerScriptBare(app: FastifyInstance, script: Buffer): Promise<void> {
  app.get('/:site/t.js', { config: { rateLimit: false } }, async (_, reply) =>
    reply.header('cache-control', 'public, max-age=60').type('text/javascript; charset=utf-8').send(script),
  );
}
