import { CompiledQuery, sql } from 'kysely';
import { PgBoss } from 'pg-boss';
import type { Db, Tx } from './db.ts';
import type { Log } from './log.ts';
import type { Facts } from './metrics.ts';

/**
 * Wake-up calls for the worker. What is to be done stands in tables of our own; a job only says "look now", so losing
 * one costs a minute and running one twice costs nothing.
 */
export const queues = ['carrier-commands', 'sweep'] as const;
export type Queue = (typeof queues)[number];

export interface Jobs {
  /** Asks for a look, now or later, as part of the caller's transaction: a rolled-back deed wakes nobody. */
  wake(tx: Tx, queue: Queue, afterSeconds?: number): Promise<void>;
  /** The same outside any transaction. */
  wakeNow(queue: Queue): Promise<void>;
  /** Carries out a queue's looks, one at a time in this process; all the calls that have gathered are one look. */
  work(queue: Queue, look: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

const schema = 'pgboss';

/** `role: 'worker'` installs the queues, supervises them and sweeps every minute; `'web'` only asks. */
export async function startJobs(databaseUrl: string, role: 'web' | 'worker', log: Log): Promise<Jobs> {
  const isWorker = role === 'worker';
  const boss = new PgBoss({
    connectionString: databaseUrl,
    schema,
    max: isWorker ? 4 : 2,
    migrate: true,
    supervise: isWorker,
    schedule: isWorker,
    useListenNotify: isWorker,
  });
  boss.on('error', (error: Error) => log.warn({ err: error }, 'the job queue could not reach the database'));
  await boss.start();
  for (const queue of queues) {
    await boss.createQueue(queue, {
      policy: 'standard',
      notify: true,
      retryLimit: 3,
      retryDelay: 1,
      expireInSeconds: 300,
      heartbeatSeconds: 10,
    });
  }
  if (isWorker) await boss.schedule('sweep', '* * * * *');
  return {
    async wake(tx, queue, afterSeconds = 0) {
      const plain = tx.withoutPlugins();
      const executeSql = async (text: string, values: unknown[] = []) => {
        const { rows } = await plain.executeQuery(CompiledQuery.raw(text, values));
        return { rows };
      };
      await boss.send(queue, {}, { startAfter: afterSeconds, db: { executeSql } });
    },
    async wakeNow(queue) {
      await boss.send(queue, {});
    },
    async work(queue, look) {
      await boss.work(queue, { batchSize: 100, pollingIntervalSeconds: 2, notifyPollingIntervalSeconds: 5 }, async () =>
        look(),
      );
    },
    async stop() {
      await boss.stop({ graceful: true, timeout: 5_000 });
    },
  };
}

/** What the queue remembers of the worker's looks; nothing before the first start has installed it. */
export async function readJobFacts(db: Db): Promise<Pick<Facts, 'failedJobs' | 'lastSweep'>> {
  const { rows: installed } = await sql<{ yes: boolean }>`select to_regclass('pgboss.job') is not null as yes`.execute(
    db,
  );
  if (!installed[0]!.yes) return { failedJobs: [], lastSweep: null };
  const { rows: failedJobs } = await sql<Facts['failedJobs'][number]>`
    select name as queue, count(*) filter (where state = 'failed') as failed
      from pgboss.job where name = any (${queues}) group by name
  `.execute(db);
  const { rows: sweeps } = await sql<NonNullable<Facts['lastSweep']>>`
    select completed_on as ended_at, extract(epoch from completed_on - started_on)::float as seconds
      from pgboss.job where name = 'sweep' and state = 'completed' order by completed_on desc limit 1
  `.execute(db);
  return { failedJobs, lastSweep: sweeps[0] ?? null };
}
