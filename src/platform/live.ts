import { sql } from 'kysely';
import pg from 'pg';
import type { Db, Tx } from './db.ts';
import type { Log } from './log.ts';

const channel = 'owner_changed';

/** Tells open pages that something of an owner (account or agency) changed: the id only, and only if this commits. */
export async function tellOwner(tx: Tx | Db, ownerId: number): Promise<void> {
  await sql`select pg_notify(${channel}, ${String(ownerId)})`.execute(tx);
}

/** Long enough to gather the notices of many calls, too short for anybody who looks at a page. */
const gatherMs = 50;
const gathered = new WeakMap<Db, Set<number>>();

/**
 * The same shortly after a commit, for what happens too often to be told one by one: a notice inside a transaction lets no
 * other such transaction reach the disk beside it. A crash in between costs other processes' pages one refresh.
 */
export function tellOwnerSoon(db: Db, ownerId: number): void {
  const gathering = gathered.get(db);
  if (gathering) {
    gathering.add(ownerId);
    return;
  }
  const ownerIds = new Set([ownerId]);
  gathered.set(db, ownerIds);
  setTimeout(() => {
    gathered.delete(db);
    sql`select pg_notify(${channel}, owner_id::text) from unnest(${[...ownerIds]}::bigint[]) owner_id`
      .execute(db)
      // Pages that listen to a database that is away look again when it is back.
      .catch(() => {});
  }, gatherMs).unref();
}

/** Machines' clocks differ a little; a page that is refreshed once too often shows the same. */
const skewMs = 250;
const rememberedOwnersMax = 10_000;

/** The moment to hand to `watch`: taken before a page reads what it shows. Wall time, for ordering only. */
export function liveSince(): number {
  return Date.now();
}

export interface Live {
  /**
   * Calls `changed` whenever something of the owner changed since that moment (so what happens between a page's reading
   * and its listening is not missed), and once after every reconnect. Returns how to stop.
   */
  watch(ownerId: number, since: number, changed: () => void): () => void;
  stop(): Promise<void>;
}

/** One dedicated connection per web process, fanned out to its open pages; survives a database that goes and returns. */
export function startLive(databaseUrl: string, log: Log): Live {
  const watchers = new Map<number, Set<() => void>>();
  const changes = new Map<number, number>();
  /** Changes before this moment may have gone unheard. */
  let heardSince = Number.POSITIVE_INFINITY;
  let client: pg.Client | null = null;
  let stopped = false;
  let retry: NodeJS.Timeout | undefined;

  const again = () => {
    client = null;
    heardSince = Number.POSITIVE_INFINITY;
    if (!stopped) retry ??= setTimeout(() => void listen(), 1_000);
  };
  const listen = async () => {
    retry = undefined;
    const next = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 3_000, keepAlive: true });
    next.on('error', () => {});
    next.once('end', again);
    next.on('notification', ({ payload }) => {
      const ownerId = Number(payload);
      changes.delete(ownerId);
      changes.set(ownerId, Date.now());
      const [oldest] = changes.keys();
      if (changes.size > rememberedOwnersMax && oldest !== undefined) changes.delete(oldest);
      for (const changed of watchers.get(ownerId) ?? []) changed();
    });
    try {
      await next.connect();
      await next.query(`listen ${channel}`);
      client = next;
      heardSince = Date.now();
      for (const each of watchers.values()) for (const changed of each) changed();
    } catch (error) {
      log.warn({ err: error }, 'live pages can’t listen to the database; trying again');
      next.end().catch(() => {});
    }
  };
  void listen();

  return {
    watch(ownerId, since, changed) {
      const set = watchers.get(ownerId) ?? new Set();
      watchers.set(ownerId, set.add(changed));
      if (since < heardSince || (changes.get(ownerId) ?? 0) >= since - skewMs) changed();
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
