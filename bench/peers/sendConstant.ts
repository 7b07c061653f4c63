import type { FastifyInstance } from 'fastify';
import { sendPage } from '../../src/web/read.ts';

/** A page that costs nothing to make. */
export async function sendConstant(app: FastifyInstance, path: string, length: number): Promise<void> {
  const page = 'x'.repeat(length);
  app.get(path, async (_, reply) => sendPage(reply, page));
}
