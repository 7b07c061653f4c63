import type pg from 'pg';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/**
 * What stands in rows is read when somebody scrapes, and is not counted along: so it is right after a kill -9 too, and the
 * worker, which has no port, is seen through what it does.
 */
export interface Facts {
  commands: {
    kind: string;
    done: number;
    failed: number;
    retried: number;
    due: number;
    oldestSeconds: number | null;
  }[];
  /** Payments, and parts of refunds that go back to them. */
  money: { kind: 'payment' | 'refund'; done: number; failed: number; oldestSeconds: number | null }[];
  openDisputes: number;
  undecidedRefunds: number;
  unclaimedOwners: number;
  heldNumbers: number;
  failedJobs: { queue: string; failed: number }[];
  lastSweep: { endedAt: Date; seconds: number } | null;
}

export type Metrics = ReturnType<typeof createMetrics>;

/** Every metric there is. Labels come from small fixed sets: a route's pattern, never an address. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requestSeconds = new Histogram({
    name: 'switchhook_http_request_seconds',
    help: 'How long requests took, by method, route pattern and class of status; event streams are left out',
    labelNames: ['method', 'route', 'status'] as const,
    registers,
  });
  const callsAnswered = new Counter({
    name: 'switchhook_calls_answered_total',
    help: 'Arriving calls by what the carrier was told: forward, refuse, or unknown for a number that nobody has',
    labelNames: ['outcome'] as const,
    registers,
  });
  return {
    requestSeconds,
    callsAnswered,
    /** The text of a scrape; without facts when the database is away. */
    async print(pool: pg.Pool, facts: Facts | null): Promise<string> {
      const now = new Registry();
      addPool(now, pool);
      gauge(now, 'switchhook_database_up', 'Whether the database answered this scrape').set(facts ? 1 : 0);
      if (facts) addFacts(now, facts);
      return `${await registry.metrics()}\n${await now.metrics()}`;
    },
  };
}

function addPool(registry: Registry, pool: pg.Pool): void {
  const connections = gauge(registry, 'switchhook_database_connections', 'The web process’s connections', ['state']);
  connections.set({ state: 'in use' }, pool.totalCount - pool.idleCount);
  connections.set({ state: 'idle' }, pool.idleCount);
  gauge(registry, 'switchhook_database_waiting', 'Who waits for a connection in the web process').set(
    pool.waitingCount,
  );
}

function addFacts(registry: Registry, facts: Facts): void {
  const { commands, heldNumbers, failedJobs, lastSweep } = facts;
  addMoney(registry, facts);
  const attempts = new Counter({
    name: 'switchhook_carrier_command_attempts_total',
    help: 'Attempts to send a command to the carrier, by what came of them: done, failed for good, or retried',
    labelNames: ['kind', 'outcome'],
    registers: [registry],
  });
  const due = gauge(registry, 'switchhook_carrier_commands_due', 'Commands that could be sent now', ['kind']);
  const oldest = gauge(
    registry,
    'switchhook_carrier_command_oldest_seconds',
    'Since when the oldest command that is not done has been ordered; 0 without one',
    ['kind'],
  );
  for (const each of commands) {
    for (const outcome of ['done', 'failed', 'retried'] as const)
      attempts.inc({ kind: each.kind, outcome }, each[outcome]);
    due.set({ kind: each.kind }, each.due);
    oldest.set({ kind: each.kind }, each.oldestSeconds ?? 0);
  }
  gauge(registry, 'switchhook_numbers_held', 'Released numbers that can still be restored').set(heldNumbers);
  const failed = gauge(
    registry,
    'switchhook_jobs_failed',
    'Wake-up calls that failed for good, while the queue keeps them',
    ['queue'],
  );
  for (const each of failedJobs) failed.set({ queue: each.queue }, each.failed);
  if (!lastSweep) return;
  gauge(registry, 'switchhook_sweep_seconds', 'How long the last successful sweep took').set(lastSweep.seconds);
  gauge(registry, 'switchhook_sweep_success_timestamp_seconds', 'When a sweep last succeeded').set(
    lastSweep.endedAt.getTime() / 1000,
  );
}

function addMoney(registry: Registry, { money, openDisputes, undecidedRefunds, unclaimedOwners }: Facts): void {
  const ended = gauge(
    registry,
    'switchhook_money_ended',
    'Payments, and parts of refunds to cards, by how they ended: done, or failed (of refunds those that nobody ordered anew)',
    ['kind', 'outcome'],
  );
  const oldest = gauge(
    registry,
    'switchhook_money_oldest_seconds',
    'Since when the oldest payment or part of a refund that is not over has been asked for; 0 without one',
    ['kind'],
  );
  for (const { kind, done, failed, oldestSeconds } of money) {
    ended.set({ kind, outcome: 'done' }, done);
    ended.set({ kind, outcome: 'failed' }, failed);
    oldest.set({ kind }, oldestSeconds ?? 0);
  }
  gauge(registry, 'switchhook_disputes_open', 'Payments that are disputed with a bank now').set(openDisputes);
  gauge(registry, 'switchhook_refunds_undecided', 'Requests for a refund that support has not decided').set(
    undecidedRefunds,
  );
  gauge(registry, 'switchhook_unclaimed_owners', 'Accounts and agencies that an unclaimed balance is owed to').set(
    unclaimedOwners,
  );
}

function gauge(registry: Registry, name: string, help: string, labelNames: string[] = []): Gauge {
  return new Gauge({ name, help, labelNames, registers: [registry] });
}
