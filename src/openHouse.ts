import { findAuthority } from './accounts/findAuthority.ts';
import { openBooks } from './platform/carrier/simulated/books.ts';
import { openSimulatedCarrier } from './platform/carrier/simulated/open.ts';
import type { Config } from './platform/config.ts';
import { connect } from './platform/db.ts';
import type { House } from './platform/house.ts';
import { startJobs } from './platform/jobs.ts';
import { createLog } from './platform/log.ts';
import { openMailer } from './platform/mail/openMailer.ts';
import { keepKey, openSecrets } from './platform/secrets.ts';

/** Wires the system together for one process. `close` gives everything back, in the reverse order. */
export async function openHouse(
  config: Config,
  databaseUrl: string,
  part: 'web' | 'worker',
): Promise<House & { close(): Promise<void> }> {
  const log = createLog(part);
  const { db, pool } = connect(databaseUrl, {
    max: 10,
    onIdleError: (error) => log.warn({ err: error }, 'a database connection was lost'),
  });
  const carrier = openSimulatedCarrier({ databaseUrl });
  const simulation = openBooks(databaseUrl, 2);
  const mailer = config.smtpUrl === null ? null : openMailer(config.smtpUrl, config.mailFrom);
  const jobs = await startJobs(databaseUrl, part, log);
  return {
    config,
    db,
    pool,
    findAuthority,
    carrier,
    simulation,
    mailer,
    secrets: openSecrets(keepKey(config)),
    jobs,
    log,
    async close() {
      await jobs.stop();
      mailer?.close();
      await simulation.end();
      await carrier.close();
      await db.destroy();
    },
  };
}
