import type { Config } from '../platform/config.ts';
import { checkServer } from '../platform/postgres/checkServer.ts';
import { readSettings } from '../platform/postgres/keepSettings.ts';
import { StartRefused } from '../platform/postgres/refuse.ts';
import { claimDataFolder, readRunning } from '../platform/postgres/running.ts';
import { startEmbeddedPostgres } from '../platform/postgres/start.ts';

type Work = (databaseUrl: string) => Promise<void>;

/** Does something with the database, whether or not an instance runs on it. */
export async function withDatabase(config: Config, work: Work): Promise<void> {
  const databaseUrl = config.databaseUrl ?? readRunning(config.dataDir)?.databaseUrl;
  if (databaseUrl) {
    await checkServer(databaseUrl);
    await work(databaseUrl);
  } else if (readSettings(config.dataDir) === null) {
    throw new StartRefused(
      `There is no database in ${config.dataDir} yet. Set DATA_DIR or DATABASE_URL to where it is.`,
    );
  } else await withStoppedInstance(config, work);
}

/** Does something with the database while no instance runs on the data folder; the embedded server runs just for that. */
export async function withStoppedInstance(config: Config, work: Work): Promise<void> {
  if (config.databaseUrl) await checkServer(config.databaseUrl);
  const claimed = claimDataFolder(config.dataDir);
  if ('heldBy' in claimed)
    throw new StartRefused(
      `A Switchhook runs on ${config.dataDir} (process ${claimed.heldBy.pid}), or starts. Stop it (Ctrl-C, or kill ${claimed.heldBy.pid}), then do this again.`,
    );
  process.once('exit', claimed.release);
  try {
    if (config.databaseUrl) await work(config.databaseUrl);
    else await withEmbeddedServer(config.dataDir, work);
  } finally {
    claimed.release();
  }
}

async function withEmbeddedServer(dataDir: string, work: Work): Promise<void> {
  const server = await startEmbeddedPostgres({ dataDir, note: (line) => console.error(line) });
  try {
    await work(server.url);
  } finally {
    await server.stop();
  }
}
