import { findAuthority } from './accounts/findAuthority.ts';
import type { Carrier } from './platform/carrier/port.ts';
import { openBooks } from './platform/carrier/simulated/books.ts';
import { openSimulatedCarrier } from './platform/carrier/simulated/open.ts';
import type { Config } from './platform/config.ts';
import { connect } from './platform/db.ts';
import type { House } from './platform/house.ts';
import { startJobs } from './platform/jobs.ts';
import { createLog } from './platform/log.ts';
import { openMailer } from './platform/mail/openMailer.ts';
import { createMetrics } from './platform/metrics.ts';
import type { Payments } from './platform/payments/port.ts';
import { openPaymentBooks } from './platform/payments/simulated/books.ts';
import { openSimulatedPayments } from './platform/payments/simulated/open.ts';
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
  const mailer = config.smtpUrl === null ? null : openMailer(config.smtpUrl, config.mailFrom);
  const carrier = await openCarrier(config, databaseUrl);
  const simulation = carrier.name === 'simulated' ? openBooks(databaseUrl, 2) : null;
  const payments = await openPayments(config, databaseUrl);
  const paymentsSimulation = payments.name === 'simulated' ? openPaymentBooks(databaseUrl, 2) : null;
  const jobs = await startJobs(databaseUrl, part, log);
  return {
    config,
    db,
    pool,
    findAuthority,
    carrier,
    simulation,
    payments,
    paymentsSimulation,
    mailer,
    secrets: openSecrets(keepKey(config)),
    jobs,
    log,
    metrics: createMetrics(),
    async close() {
      await jobs.stop();
      mailer?.close();
      await paymentsSimulation?.end();
      await payments.close();
      await simulation?.end();
      await carrier.close();
      await db.destroy();
    },
  };
}

/** Twilio's client costs a process almost half a second at start, so it is loaded only for whoever asks for it. */
async function openCarrier({ carrier }: Config, databaseUrl: string): Promise<Carrier> {
  if (carrier.name === 'simulated') return openSimulatedCarrier({ databaseUrl });
  const { openTwilioCarrier } = await import('./platform/carrier/twilio/open.ts');
  return openTwilioCarrier(carrier);
}

/** Stripe's library is as heavy, and loaded in the same way. */
async function openPayments({ payments, publicUrl }: Config, databaseUrl: string): Promise<Payments> {
  if (payments.name === 'simulated') return openSimulatedPayments({ databaseUrl, publicUrl });
  const { openStripePayments } = await import('./platform/payments/stripe/open.ts');
  return openStripePayments(payments);
}
