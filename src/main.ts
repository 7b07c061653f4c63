import { createServer } from 'node:net';
import { join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { demoSignIns, loadDemo } from '../db/demo.ts';
import { oneTimeSetupLink } from './auth/offerSetup.ts';
import { type Child, keepChild, listenRefusal, surviveClosedOutput } from './platform/children.ts';
import { type Config, readConfig } from './platform/config.ts';
import { migrate } from './platform/migrate.ts';
import { checkServer } from './platform/postgres/checkServer.ts';
import { StartRefused } from './platform/postgres/refuse.ts';
import { type Claimed, claimDataFolder, type Published } from './platform/postgres/running.ts';
import { type PostgresServer, startEmbeddedPostgres } from './platform/postgres/start.ts';

const say = (line: string) => console.log(line);
const backoffMsMax = 30_000;
const steadyAfterMs = 5_000;

let stopping = false;
let claim: Claimed | null = null;
/** What the running instance's note says; null until it serves. */
let published: Published | null = null;
let restarting = Promise.resolve();
let server: Promise<PostgresServer> | null = null;
const children: Child[] = [];

surviveClosedOutput();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop(0));
process.on('SIGHUP', () => {
  restarting = restarting.then(restart);
});
process.on('disconnect', () => stop(0));
process.on('exit', () => claim?.release());

try {
  await start();
} catch (error) {
  // A stop in the middle of a start cuts connections that the start was using.
  if (!stopping) {
    if (error instanceof StartRefused) console.error(error.message);
    else console.error(error);
    await stop(1);
  }
}

async function start(): Promise<void> {
  const read = readConfig(process.env);
  if (!read.ok) {
    for (const mistake of read.mistakes) console.error(mistake);
    process.exit(2);
  }
  const { config } = read;

  const claimed = claimDataFolder(config.dataDir);
  if ('heldBy' in claimed) {
    const { pid, url } = claimed.heldBy;
    // Not a failure: what was asked for is so.
    say(
      url
        ? `Switchhook is already running: ${url} (process ${pid}).`
        : `Switchhook is already starting (process ${pid}).`,
    );
    process.exit(0);
  }
  claim = claimed;
  await checkPort(config);

  const databaseUrl = config.databaseUrl ? await useOwnServer(config.databaseUrl) : await useEmbeddedServer(config);
  await bringForward(databaseUrl);
  const signIn = await settle(config, databaseUrl);
  if (stopping) return;

  // Whoever tries it out reads the sign-ins, not a line for each request.
  const quiet = config.development && !process.env.LOG_LEVEL ? { LOG_LEVEL: 'warn' } : {};
  const env = { ...quiet, SWITCHHOOK_DATABASE_URL: databaseUrl };
  for (const [name, file] of [['web', 'app.ts'] as const, ['worker', 'worker.ts'] as const]) {
    children.push(keepChild({ name, file: join(import.meta.dirname, file), env, note: say }));
  }
  await Promise.all(children.map((child) => child.ready));
  publish({ url: config.publicUrl, databaseUrl, restarts: 0, trouble: null });
  say(`\nSwitchhook is running: ${config.publicUrl}\n`);
  for (const line of signIn) say(line);
  say('Ctrl-C stops it.');
}

function publish(what: Published): void {
  published = what;
  claim?.publish(what);
}

async function bringForward(databaseUrl: string): Promise<void> {
  const migrations = await migrate(databaseUrl);
  if (migrations.length > 0) say(`The database was brought to its newest form (${migrations.length} migrations).`);
}

/** Replaces web and worker by what is on disk, one after the other. Whatever can't start leaves the old ones as they are. */
async function restart(): Promise<void> {
  if (stopping || !published) return;
  say('Restarting.');
  let trouble: string | null = null;
  try {
    await bringForward(published.databaseUrl);
    for (const child of children) await child.replace();
    say('Restarted.');
  } catch (error) {
    trouble = error instanceof Error ? error.message : String(error);
    if (!stopping) say(`Not restarted. ${trouble}`);
  }
  if (!stopping) publish({ ...published, restarts: published.restarts + 1, trouble });
}

async function checkPort(config: Config): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const probe = createServer();
  probe.once('error', reject);
  probe.listen({ port: config.port, host: config.host }, () => probe.close(() => resolve()));
  try {
    await promise;
  } catch (error) {
    const refusal = listenRefusal(error, config);
    throw refusal === null ? error : new StartRefused(refusal);
  }
}

async function useOwnServer(databaseUrl: string): Promise<string> {
  const version = await checkServer(databaseUrl);
  say(`Using PostgreSQL ${version} on ${new URL(databaseUrl).host || 'this machine'}.`);
  return databaseUrl;
}

async function useEmbeddedServer(config: Config): Promise<string> {
  const options = { dataDir: config.dataDir, note: say };
  server = startEmbeddedPostgres(options);
  const { url, version, dataDir } = await server;
  say(`PostgreSQL ${version} is running; its data is in ${shorten(dataDir)}.`);
  reviveServer(config, url);
  return url;
}

/** Brings the embedded server up again, however often it dies, on the port that the children know. */
async function reviveServer(config: Config, firstUrl: string): Promise<void> {
  let knownUrl = firstUrl;
  let backoffMs = 100;
  while (!stopping) {
    try {
      const { ended, url } = await (server as Promise<PostgresServer>);
      if (url !== knownUrl) {
        knownUrl = url;
        if (published) publish({ ...published, databaseUrl: url });
        for (const child of children) child.restart({ SWITCHHOOK_DATABASE_URL: url });
      }
      const upSince = performance.now();
      await ended;
      if (stopping) return;
      if (performance.now() - upSince > steadyAfterMs) backoffMs = 100;
      say('PostgreSQL is gone and starts again.');
    } catch (error) {
      if (stopping) return;
      say(error instanceof Error ? error.message : String(error));
    }
    await delay(backoffMs);
    backoffMs = Math.min(backoffMs * 2, backoffMsMax);
    if (stopping) return;
    server = startEmbeddedPostgres({ dataDir: config.dataDir, note: say });
    server.then(
      () => say('PostgreSQL is running again.'),
      () => {},
    );
  }
}

/** Fills an empty house and says how to get in. */
async function settle(config: Config, databaseUrl: string): Promise<string[]> {
  const population = await countPeople(databaseUrl);
  if (!config.development) {
    if (population.hasDemo) {
      throw new StartRefused(
        'This database holds the demo story, whose passwords everybody knows, so it is served on this machine only: with the embedded database, the simulated carrier, simulated payments, and PUBLIC_URL and HOST unset. For real use set DATA_DIR to a new folder or DATABASE_URL to a new database.',
      );
    }
    const link = await oneTimeSetupLink(databaseUrl, config.publicUrl);
    return link === null ? [] : [`The first operator sets up Switchhook here, once:\n  ${link}\n`];
  }
  if (population.hasPeople && !population.hasDemo) return [];
  if (!population.hasPeople) {
    say('Loading the demo story.');
    await loadDemo(databaseUrl);
  }
  return printSignIns();
}

async function countPeople(databaseUrl: string): Promise<{ hasPeople: boolean; hasDemo: boolean }> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ hasPeople: boolean; hasDemo: boolean }>(
      `select exists (select from person) as "hasPeople",
              exists (select from person where email = any ($1)) as "hasDemo"`,
      [demoSignIns.map(({ email }) => email)],
    );
    return rows[0]!;
  } finally {
    await client.end();
  }
}

function printSignIns(): string[] {
  const rows = [{ role: 'Role', email: 'E-mail', password: 'Password' }, ...demoSignIns];
  const width = (column: 'role' | 'email') => Math.max(...rows.map((row) => row[column].length));
  const lines = rows.map(
    ({ role, email, password }) => `  ${role.padEnd(width('role'))}  ${email.padEnd(width('email'))}  ${password}`,
  );
  return [...lines, ''];
}

/** The web first, so that nobody is let in any more, and the database last. A second wish to stop waits for nothing. */
async function stop(exitCode: number): Promise<void> {
  if (stopping) {
    for (const child of children) child.stopAtOnce();
    (await server?.catch(() => null))?.stopAtOnce();
    process.exit(1);
  }
  stopping = true;
  if (exitCode === 0) say('\nStopping.');
  for (const [index, child] of children.entries()) {
    await child.stop();
    say(`The ${index === 0 ? 'web' : 'worker'} process has stopped.`);
  }
  const started = await server?.catch(() => null);
  if (started) {
    await started.stop();
    say('PostgreSQL has stopped.');
  }
  process.exit(exitCode);
}

function shorten(path: string): string {
  const below = relative(process.cwd(), path);
  return below.startsWith('..') ? path : `./${below}`;
}
