import { sql } from 'kysely';
import pg from 'pg';
import type { Db, Tx } from './db.ts';
import type { Log } from './log.ts';

const channel = 'owner_changed';

/** Tells open pages that something of an owner (account or agency) changed: the id only, and only if this commits. */
export async function tellOwner(tx: Tx | Db, ownerId: number): Promise<void> {
  await sql`select pg_notify(${channel}, ${String(ownerId)})`.execute(tx);
}

export interface Live {
  /** Calls `changed` whenever something of the owner changed, and once after every reconnect. Returns how to stop. */
  watch(ownerId: number, changed: () => void): () => void;
  stop(): Promise<void>;
}

/** One dedicated connection per web process, fanned out to its open pages; survives a database that goes and returns. */
export function startLive(databaseUrl: string, log: Log): Live {
  const watchers = new Map<number, Set<() => void>>();
  let client: pg.Client | null = null;
  let stopped = false;
  let retry: NodeJS.Timeout | undefined;

  const again = () => {
    client = null;
    if (!stopped) retry ??= setTimeout(() => void listen(), 1_000);
  };
  const listen = async () => {
    retry = undefined;
    const next = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 3_000, keepAlive: true });
    next.on('error', () => {});
    next.once('end', again);
    next.on('notification', ({ payload }) => {
      for (const changed of watchers.get(Number(payload)) ?? []) changed();
    });
    try {
      await next.connect();
      await next.query(`listen ${channel}`);
      client = next;
      for (const each of watchers.values()) for (const changed of each) changed();
    } catch (error) {
      log.warn({ err: error }, 'live pages can’t listen to the database; trying again');
      next.end().catch(() => {});
    }
  };
  void listen();

  return {
    watch(ownerId, changed) {
      const set = watchers.get(ownerId) ?? new Set();
      watchers.set(ownerId, set.add(changed));
      return () => {
        set.delete(changed);
        if (set.size === 0) watchers.delete(ownerId);
      };
    },
    async stop() {
      stopped = true;
      clearTimeout(retry);
      await client?.end();
    },
  };
}
