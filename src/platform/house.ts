import type pg from 'pg';
import type { Carrier } from './carrier/port.ts';
import type { Config } from './config.ts';
import type { Jobs } from './jobs.ts';
import type { Log } from './log.ts';
import type { Mailer } from './mail/port.ts';
import type { Metrics } from './metrics.ts';
import type { Doors } from './operation.ts';
import type { Payments } from './payments/port.ts';
import type { Secrets } from './secrets.ts';

/** Everything an edge or a worker's look needs of the system: handed down, never imported. */
export interface House extends Doors {
  config: Config;
  pool: pg.Pool;
  carrier: Carrier;
  /** The simulated carrier's books, for placing calls and setting failures; null behind a real carrier. */
  simulation: pg.Pool | null;
  payments: Payments;
  /** The simulated payment provider's books, for its pages and settings; null behind a real provider. */
  paymentsSimulation: pg.Pool | null;
  /** The mail server; null while none is set, and mails wait. */
  mailer: Mailer | null;
  secrets: Secrets;
  jobs: Jobs;
  log: Log;
  metrics: Metrics;
}
