import type { Config } from '../platform/config.ts';
import { type Running, readRunning } from '../platform/postgres/running.ts';
import { configOrRefuse, orRefuse, refuse } from './refuse.ts';

interface Instance extends Running {
  config: Config;
}

/** Does something with the instance that runs on the data folder. */
export async function withInstance(work: (instance: Instance) => Promise<void>): Promise<void> {
  const config = configOrRefuse();
  const running = readRunning(config.dataDir);
  if (!running) refuse(`No Switchhook runs on ${config.dataDir}. Start it with npm start, in another window.`);
  await orRefuse(() => work({ config, ...running }));
}
