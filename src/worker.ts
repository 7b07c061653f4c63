import { renewSubscriptions } from './billing/renewSubscriptions.ts';
import { settleAll } from './billing/settle.ts';
import { orderReturns } from './numbers/orderReturns.ts';
import { pointNumbers } from './numbers/pointNumbers.ts';
import { renewNumbers } from './numbers/renew.ts';
import { sendCommands } from './numbers/sendCommands.ts';
import { openHouse } from './openHouse.ts';
import { startSimulatedExchange } from './platform/carrier/simulated/runExchange.ts';
import { runChild } from './platform/children.ts';
import type { Config } from './platform/config.ts';
import type { House } from './platform/house.ts';

/** Everything that becomes due by the clock, in the order in which it matters: money first, then numbers. */
export async function sweep(house: House): Promise<void> {
  await renewSubscriptions(house.db);
  await renewNumbers(house.db);
  await settleAll(house.db);
  await orderReturns(house);
}

/** Waits for wake-up calls and the minute, and looks at what is due; plays the simulated carrier's calls. */
export async function startWorker(config: Config, databaseUrl: string): Promise<{ stop(): Promise<void> }> {
  const house = await openHouse(config, databaseUrl, 'worker');
  await house.jobs.work('carrier-commands', async () => void (await sendCommands(house)));
  await house.jobs.work('sweep', async () => sweep(house));
  await house.jobs.wakeNow('sweep');
  await pointNumbers(house).catch((error: Error) =>
    house.log.warn({ err: error }, 'numbers could not be pointed at this address yet'),
  );
  await house.jobs.wakeNow('carrier-commands');
  const exchange = startSimulatedExchange({
    databaseUrl,
    onTrouble: (error) => house.log.warn({ err: error }, 'the simulated carrier could not go on for a moment'),
  });
  return {
    async stop() {
      await exchange.stop();
      await house.close();
    },
  };
}

if (process.env.SWITCHHOOK_DATABASE_URL && process.argv[1]?.endsWith('/worker.ts')) await runChild(startWorker);
