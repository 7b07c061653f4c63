import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import { buildApp } from '../src/app.ts';
import { openHouse } from '../src/openHouse.ts';
import { readConfig } from '../src/platform/config.ts';
import { connect } from '../src/platform/db.ts';
import type { House } from '../src/platform/house.ts';
import { startLive } from '../src/platform/live.ts';
import { migrate } from '../src/platform/migrate.ts';
import { createServer } from '../src/web/serve.tsx';

/** What carriers and visitors would call; nobody looks it up. */
export const publicUrl = 'https://calls.example.com';

/**
 * The product as its web process serves it, and beside it the same server stack with only a peer's routes, over a pool of
 * the same size to the same database. Answers with the addresses of both.
 */
export async function serveSides(
  databaseUrl: string,
  registerPeer: (peer: FastifyInstance, ours: { house: House; app: FastifyInstance; pool: pg.Pool }) => Promise<void>,
): Promise<{ house: House; ours: string; floor: string; close(): Promise<void> }> {
  await migrate(databaseUrl);
  const at = { host: '127.0.0.1', port: 0 };
  const read = readConfig({ PUBLIC_URL: publicUrl, SECRET_KEY: randomBytes(32).toString('base64url') });
  if (!read.ok) throw new Error(read.mistakes.join(' '));
  const config = { ...read.config, ...at, development: true };
  const house = await openHouse(config, databaseUrl, 'web');
  const live = startLive(databaseUrl, house.log);
  const app = await buildApp(house, live);
  const peer = await createServer(house);
  const { db, pool } = connect(databaseUrl, { max: house.pool.options.max });
  const close = async () => {
    await app.close();
    await peer.close();
    await live.stop();
    await db.destroy();
    await house.close();
  };
  try {
    await registerPeer(peer, { house, app, pool });
    return { house, ours: await app.listen(at), floor: await peer.listen(at), close };
  } catch (error) {
    await close();
    throw error;
  }
}
