import { createServer } from 'node:http';
import { startEmbeddedPostgres } from '../../src/platform/postgres/start.ts';

/* The least that starts: the embedded database, and one process that answers a constant once it is up. */

const postgres = await startEmbeddedPostgres({ dataDir: process.env.DATA_DIR!, note: () => {} });
const server = createServer((_, response) => response.end('ok')).listen(Number(process.env.PORT), '127.0.0.1');
const stop = async () => {
  server.close();
  await postgres.stop();
  process.exit();
};
for (const event of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.on(event, stop);
