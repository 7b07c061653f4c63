import { followAllBalances } from './billing/dunning/followBalances.ts';
import { remind } from './billing/dunning/remind.ts';
import { finishCardPages } from './billing/payments/addCard.ts';
import { forgetCards } from './billing/payments/forgetCards.ts';
import { rechargeAll } from './billing/payments/recharge.ts';
import { sendPayments } from './billing/payments/sendPayments.ts';
import { moveUnclaimed } from './billing/refunds/moveUnclaimed.ts';
import { sendParts } from './billing/refunds/sendParts.ts';
import { renewSubscriptions } from './billing/renewSubscriptions.ts';
import { settleAll } from './billing/settle.ts';
import { alertBudgets } from './billing/usage/alertBudgets.ts';
import { matchCalls } from './calls/matchCalls.ts';
import { carryOutClosures } from './lifecycle/carryOutClosures.ts';
import { orderReturns } from './numbers/orderReturns.ts';
import { pointNumbers } from './numbers/pointNumbers.ts';
import { renewNumbers } from './numbers/renew.ts';
import { sendCommands } from './numbers/sendCommands.ts';
import { openHouse } from './openHouse.ts';
import { startSimulatedExchange } from './platform/carrier/simulated/runExchange.ts';
import { type Running, runChild } from './platform/children.ts';
import type { Config } from './platform/config.ts';
import type { House } from './platform/house.ts';
import { forgetOldMails, sendMails } from './platform/mail/sendMails.ts';
import { startSimulatedWebhooks } from './platform/payments/simulated/sendWebhooks.ts';
import { followRefund } from './support/refunds/followRefund.ts';
import { forgetVisits } from './swapping/forgetVisits.ts';

/** Everything that becomes due by the clock, in the order in which it matters: money first, then numbers. */
export async function sweep(house: House): Promise<void> {
  await renewSubscriptions(house.db);
  await renewNumbers(house.db);
  await settleAll(house.db);
  await finishCardPages(house);
  await followAllBalances(house.db);
  await remind(house);
  await rechargeAll(house);
  await alertBudgets(house);
  await moveUnclaimed(house.db);
  await forgetCards(house);
  await orderReturns(house);
  await matchCalls(house);
  await forgetOldMails(house);
  await forgetVisits(house.db);
}

/**
 * Waits for wake-up calls and the minute, and looks at what is due; plays the simulated carrier's calls and sends the simulated
 * provider's events where there are such.
 */
export async function startWorker(config: Config, databaseUrl: string): Promise<Running> {
  const house = await openHouse(config, databaseUrl, 'worker');
  await house.jobs.work('carrier-commands', async () => void (await sendCommands(house)));
  const stopTicking = keepLooking(
    async () =>
      void (await Promise.all([
        carryOutClosures(house),
        sendCommands(house),
        sendPayments(house),
        sendParts(house, followRefund),
        sendMails(house),
        matchCalls(house),
      ])),
    (error) =>
      house.log.warn(
        { err: error },
        'carrier commands, payments, mails and calls could not be looked at; trying again',
      ),
  );
  await house.jobs.work('sweep', async () => sweep(house));
  await house.jobs.wakeNow('sweep');
  await pointNumbers(house).catch((error: Error) =>
    house.log.warn({ err: error }, 'numbers could not be pointed at this address yet'),
  );
  await house.jobs.wakeNow('carrier-commands');
  const exchange =
    house.simulation &&
    startSimulatedExchange({
      databaseUrl,
      onTrouble: (error) => house.log.warn({ err: error }, 'the simulated carrier could not go on for a moment'),
    });
  const webhooks =
    house.paymentsSimulation &&
    startSimulatedWebhooks({
      databaseUrl,
      url: `${config.publicUrl}/payments/webhooks`,
      onTrouble: (error) => house.log.warn({ err: error }, 'the simulated provider could not go on for a moment'),
    });
  void sayAccess(house);
  return {
    async stop() {
      await stopTicking();
      await exchange?.stop();
      await webhooks?.stop();
      await house.close();
    },
  };
}

/** Tells an operator early whether the settings are right. Nothing waits for it. */
async function sayAccess({ carrier, payments, log }: House): Promise<void> {
  try {
    log.info({ carrier: carrier.name, ...(await carrier.checkAccess()) }, 'the carrier knows us');
  } catch (error) {
    log.warn({ err: error }, 'the carrier does not say yet that it knows us');
  }
  try {
    log.info({ payments: payments.name, ...(await payments.checkAccess()) }, 'the payment provider knows us');
  } catch (error) {
    log.warn({ err: error }, 'the payment provider does not say yet that it knows us');
  }
}

const tickMs = 2_000;

/**
 * Looks every two seconds, whoever wakes it or not: what a killed worker held becomes due when its lease ends, and no
 * wake-up call marks that moment.
 */
function keepLooking(look: () => Promise<void>, onTrouble: (error: Error) => void): () => Promise<void> {
  let looking: Promise<void> | null = null;
  const ticker = setInterval(() => {
    looking ??= look()
      .catch(onTrouble)
      .finally(() => {
        looking = null;
      });
  }, tickMs);
  return async () => {
    clearInterval(ticker);
    await looking;
  };
}

if (process.env.SWITCHHOOK_DATABASE_URL && process.argv[1]?.endsWith('/worker.ts')) await runChild(startWorker);
