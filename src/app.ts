import type { FastifyInstance } from 'fastify';
import { registerLiveStreams } from './accounts/live.ts';
import { createAuth } from './auth/auth.ts';
import { mailResetLink, mailSecurityChange } from './auth/mails.ts';
import { registerAuthPages } from './auth/pages.ts';
import { readSessions } from './auth/readSession.ts';
import { endAllSessions } from './auth/store.ts';
import { registerBillingPages } from './billing/pages.tsx';
import { registerPaymentWebhooks } from './billing/payments/webhooks.ts';
import { registerPlanOperations } from './billing/plans/operations.tsx';
import { registerPlanPages } from './billing/plans/pages.tsx';
import { registerPlanRoutes } from './billing/plans/routes.ts';
import { settlePart } from './billing/refunds/settlePart.ts';
import { registerBillingRoutes } from './billing/routes.ts';
import { registerStatementPages } from './billing/statements/pages.tsx';
import { registerStatementRoutes } from './billing/statements/routes.ts';
import { registerBudgetPages } from './billing/usage/budgetPages.tsx';
import { registerUsagePages } from './billing/usage/pages.tsx';
import { registerUsageRoutes } from './billing/usage/routes.ts';
import { registerCallPages } from './calls/pages.tsx';
import { registerReportPages } from './calls/reports/pages.tsx';
import { registerReportRoutes } from './calls/reports/routes.ts';
import { registerCallRoutes } from './calls/routes.ts';
import { registerVoiceWebhooks } from './calls/webhooks.ts';
import { registerLifecyclePages } from './lifecycle/pages.tsx';
import { registerPayerRoutes } from './lifecycle/payerRoutes.ts';
import { registerLifecycleRoutes } from './lifecycle/routes.ts';
import { readFacts } from './lifecycle/store.ts';
import { registerNumberPages } from './numbers/pages.tsx';
import { registerNumberRoutes } from './numbers/routes.ts';
import { openHouse } from './openHouse.ts';
import { type Running, runChild } from './platform/children.ts';
import { readClock } from './platform/clock.ts';
import type { Config } from './platform/config.ts';
import type { House } from './platform/house.ts';
import { type Live, startLive } from './platform/live.ts';
import { record } from './platform/operation.ts';
import { registerSupportPages } from './support/pages.tsx';
import { followRefund } from './support/refunds/followRefund.ts';
import { registerSupportRoutes } from './support/routes.ts';
import { registerSwappingPages } from './swapping/pages.tsx';
import { registerSwappingRoutes } from './swapping/routes.ts';
import { registerSite } from './swapping/serveSite.ts';
import { findLastShown } from './swapping/visitors/store.ts';
import { closeServer, sendOn } from './web/close.ts';
import { createServer } from './web/serve.tsx';
import { serveMetrics } from './web/serveMetrics.ts';

/** All routes over one house: what the web process serves, and what tests call without a socket. */
export async function buildApp(house: House, live: Live): Promise<FastifyInstance> {
  const auth = createAuth({
    pool: house.pool,
    publicUrl: house.config.publicUrl,
    secret: house.secrets.derive('sign-in'),
    tellResetToken: (person, token) => record(house.db, (tx, now) => mailResetLink(house, tx, person, token, now)),
    passwordWasReset: (person) =>
      record(house.db, async (tx, now) => {
        await endAllSessions(tx, person.id);
        await mailSecurityChange(house, tx, person, 'password', now);
      }),
  });
  const app = await createServer(house);
  app.get('/health', async () => {
    await readClock(house.db);
    return { status: 'ok' };
  });
  serveMetrics(app, house, () => readFacts(house.db));
  registerVoiceWebhooks(app, house);
  registerPaymentWebhooks(app, house, {
    refund: (tx, now, refund) => settlePart(house, tx, now, refund, followRefund),
  });
  registerSite(app, house, live);
  await app.register(async (people) => {
    readSessions(people, auth);
    registerAuthPages(people, house, auth);
    registerLiveStreams(people, house, live);
    registerLifecyclePages(people, house);
    registerLifecycleRoutes(people, house);
    registerPayerRoutes(people, house);
    registerBillingPages(people, house);
    registerBillingRoutes(people, house);
    registerStatementPages(people, house);
    registerStatementRoutes(people, house);
    registerUsagePages(people, house);
    registerBudgetPages(people, house);
    registerUsageRoutes(people, house);
    registerPlanPages(people, house);
    registerPlanRoutes(people, house);
    registerPlanOperations(people, house);
    registerNumberPages(people, house, findLastShown);
    registerNumberRoutes(people, house);
    registerSwappingPages(people, house);
    registerSwappingRoutes(people, house);
    registerCallPages(people, house);
    registerCallRoutes(people, house);
    registerReportPages(people, house);
    registerReportRoutes(people, house);
    registerSupportPages(people, house);
    registerSupportRoutes(people, house);
  });
  return app;
}

export async function startWeb(config: Config, databaseUrl: string): Promise<Running> {
  const house = await openHouse(config, databaseUrl, 'web');
  const live = startLive(databaseUrl, house.log);
  const app = await buildApp(house, live);
  await house.carrier.voiceAuthTokens();
  await app.listen({ port: config.port, host: config.host });
  return {
    async stop(isReplaced = false) {
      if (isReplaced) await sendOn(app);
      await closeServer(app);
      await live.stop();
      await house.close();
    },
  };
}

if (process.env.SWITCHHOOK_DATABASE_URL && process.argv[1]?.endsWith('/app.ts')) await runChild(startWeb);
