import type pg from 'pg';
import type { Carrier } from './carrier/port.ts';
import type { Config } from './config.ts';
import type { Jobs } from './jobs.ts';
import type { Log } from './log.ts';
import type { Doors } from './operation.ts';

/** Everything an edge or a worker's look needs of the system: handed down, never imported. */
export interface House extends Doors {
  config: Config;
  pool: pg.Pool;
  carrier: Carrier;
  /** The simulated carrier's books, for placing calls and setting failures; null behind a real carrier. */
  simulation: pg.Pool | null;
  jobs: Jobs;
  log: Log;
}
