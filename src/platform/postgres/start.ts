import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { type Binaries, binary, embeddedBinaries } from './findBinaries.ts';
import { type Footing, findFooting, parentDeathPrefix } from './findFooting.ts';
import { isAlive, isServerOf, serverProcesses } from './findProcess.ts';
import { initialize, isInitialized, serverEnvironment, superuser } from './initialize.ts';
import { giveToOwnerOf, makeDataFolder, readSettings, type Settings, writeSettings } from './keepSettings.ts';
import { reasonIn, refuseFolder, refuseFullDisk, StartRefused } from './refuse.ts';

export type StartOptions = {
  dataDir: string;
  /** False gives up safety at a power cut for speed: for tests, whose data is thrown away. */
  durable?: boolean;
  note: (line: string) => void;
  /** Where things go that another user has to read, when that can't be the data folder. */
  publicDir?: string;
};

export type PostgresServer = {
  url: string;
  /** Where the cluster really lies. */
  dataDir: string;
  version: string;
  pid: number;
  /** Resolves when the server is gone, for whatever reason. */
  ended: Promise<void>;
  stop(): Promise<void>;
  /** Ends the server without waiting for its clients or a checkpoint; nothing acknowledged is lost. */
  stopAtOnce(): void;
};

type Running = { pid: number; ended: Promise<void>; hasEnded: () => boolean };

const database = 'switchhook';
const dyingWaitSeconds = 15;
const stopWaitSeconds = 20;
const logBytesMax = 5_000_000;

export async function startEmbeddedPostgres(options: StartOptions): Promise<PostgresServer> {
  return startServer(embeddedBinaries(), options);
}

/** Starts a server of this machine's own installation (see systemBinaries) exactly as the embedded one. */
export async function startSystemPostgres(binaries: Binaries, options: StartOptions): Promise<PostgresServer> {
  return startServer(binaries, options);
}

async function startServer(binaries: Binaries, options: StartOptions): Promise<PostgresServer> {
  const { dataDir, note, durable = true } = options;
  makeDataFolder(dataDir);
  const recorded = readSettings(dataDir);
  if (recorded?.clusterDir && !existsSync(recorded.clusterDir)) {
    throw new StartRefused(
      `The database of ${dataDir} was in ${recorded.clusterDir}, which is gone. Bring it back, or set DATA_DIR to another folder.`,
    );
  }
  const footing = findFooting({
    dataDir,
    binaries,
    recordedClusterDir: recorded?.clusterDir ?? null,
    note,
    publicDir: options.publicDir ?? '/var/lib/switchhook',
  });
  const { clusterDir } = footing;

  if (isInitialized(footing, binaries)) {
    if (recorded === null) {
      throw new StartRefused(
        `${join(dataDir, 'postgres.json')}, which holds the password of the database in ${clusterDir}, is missing. Bring it back, or set DATA_DIR to another folder.`,
      );
    }
    const living = await awaitFormerServer(recorded, clusterDir);
    if (living) return attend(recorded, clusterDir, binaries, adopt(living), note);
  }

  const settings: Settings = {
    password: recorded?.password ?? randomBytes(24).toString('base64url'),
    port: await freePort(recorded?.port ?? 0),
    clusterDir: clusterDir === join(dataDir, 'postgres') ? null : clusterDir,
  };
  writeSettings(dataDir, settings);
  if (!existsSync(clusterDir)) initialize(footing, binaries, settings.password, durable);
  const launched = await launch(footing, settings, options);
  return attend(settings, clusterDir, binaries, launched, note);
}

/**
 * The server that an earlier start left behind: its pid when it serves, null when there is none any more. One that is on
 * its way out is waited for, because a second server on the same folder would destroy it.
 */
async function awaitFormerServer(settings: Settings, clusterDir: string): Promise<number | null> {
  const lockFile = join(clusterDir, 'postmaster.pid');
  for (let tries = 0; tries < dyingWaitSeconds * 10; tries += 1) {
    const lock = readLock(lockFile);
    const holds = lock !== null && isServerOf(lock.pid, clusterDir);
    if (holds && lock.port === settings.port && (await answers(settings))) return lock.pid;
    if (!holds && serverProcesses(clusterDir).length === 0) {
      // The server itself would take a stranger that got the old number, or a zombie, for the lock's living owner.
      rmSync(lockFile, { force: true });
      return null;
    }
    await delay(100);
  }
  const pid = readLock(lockFile)?.pid ?? serverProcesses(clusterDir)[0];
  throw new StartRefused(
    `A PostgreSQL server (process ${pid}) is at work in ${clusterDir} and neither answers nor ends. Stop it (kill -INT ${pid}) and start again.`,
  );
}

function readLock(lockFile: string): { pid: number; port: number } | null {
  if (!existsSync(lockFile)) return null;
  const lines = readFileSync(lockFile, 'utf8').split('\n');
  return { pid: Number(lines[0]), port: Number(lines[3]) };
}

/** No other server knows the password, so an answer can only come from ours. */
async function answers(settings: Settings): Promise<boolean> {
  const client = new pg.Client({ connectionString: urlOf(settings, 'postgres'), connectionTimeoutMillis: 2000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

function adopt(pid: number): Running {
  const ended = (async () => {
    while (isAlive(pid)) await delay(200, undefined, { ref: false });
  })();
  endWithUs(pid, ended);
  return { pid, ended, hasEnded: () => !isAlive(pid) };
}

async function launch(footing: Footing, settings: Settings, options: StartOptions): Promise<Running> {
  const { dataDir, note, durable = true } = options;
  const logFile = join(dataDir, 'postgres.log');
  const { descriptor, offset } = openLog(dataDir, logFile);
  const tiedToUs = parentDeathPrefix();
  const [command = '', ...args] = [
    ...footing.prefix,
    ...tiedToUs,
    binary(footing.binDir, 'postgres'),
    '-D',
    footing.clusterDir,
    ...Object.entries(serverSettings(settings.port, durable)).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  // Detached, because a Ctrl-C at the terminal reaches its whole group and the database has to go last.
  const child = spawn(command, args, {
    ...footing.owner,
    cwd: '/',
    env: serverEnvironment(),
    stdio: ['ignore', descriptor, descriptor],
    detached: true,
  });
  closeSync(descriptor);
  const ended = endOf(child);
  if (child.pid === undefined) throw new StartRefused(`PostgreSQL could not be started: ${command} does not run.`);
  if (tiedToUs.length === 0) endWithUs(child.pid, ended);

  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  for (let tries = 0; !(await answers(settings)); tries += 1) {
    if (hasEnded()) refuseStart(dataDir, logFile, offset);
    if (tries === 100) note(`PostgreSQL is recovering after an unclean end; ${logFile} tells how far it is.`);
    await delay(tries < 100 ? 30 : 200);
  }
  return { pid: child.pid, ended, hasEnded };
}

function serverSettings(port: number, durable: boolean): Record<string, string | number> {
  return {
    port,
    listen_addresses: '127.0.0.1',
    // A socket's path may have 107 characters at most, and nobody needs one.
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    max_connections: durable ? 100 : 300,
    jit: 'off',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
}

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
}

/** Where the kernel won't end the server with us (or it is not our child), a shell waits for our end of a pipe to close. */
function endWithUs(pid: number, ended: Promise<void>): void {
  if (process.platform === 'win32') return;
  const watcher = spawn('/bin/sh', ['-c', 'read -r line; kill -INT "$0" 2>/dev/null', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
  });
  watcher.on('error', () => {});
  watcher.unref();
  (watcher.stdin as Socket).unref();
  // A pid can be used again, so the watcher must not outlive the server.
  ended.then(() => watcher.kill('SIGKILL'));
}

async function attend(
  settings: Settings,
  clusterDir: string,
  { version }: Binaries,
  { pid, ended, hasEnded }: Running,
  note: (line: string) => void,
): Promise<PostgresServer> {
  const signal = (name: NodeJS.Signals) => {
    if (!hasEnded()) process.kill(pid, name);
  };
  const stop = async () => {
    signal('SIGINT');
    if (await endsWithin(ended, stopWaitSeconds)) return;
    note(`PostgreSQL did not end within ${stopWaitSeconds} seconds and is ended at once; nothing is lost.`);
    signal('SIGQUIT');
    if (await endsWithin(ended, stopWaitSeconds)) return;
    signal('SIGKILL');
    await ended;
  };
  try {
    await makeDatabase(settings);
  } catch (error) {
    await stop();
    refuseFullDisk(clusterDir, String(error));
    throw error;
  }
  const url = urlOf(settings, database);
  return { url, dataDir: clusterDir, version, pid, ended, stop, stopAtOnce: () => signal('SIGQUIT') };
}

async function endsWithin(ended: Promise<void>, seconds: number): Promise<boolean> {
  const timer = new AbortController();
  const late = delay(seconds * 1000, false, { signal: timer.signal }).catch(() => false);
  const inTime = await Promise.race([ended.then(() => true), late]);
  timer.abort();
  return inTime;
}

async function makeDatabase(settings: Settings): Promise<void> {
  const client = new pg.Client({ connectionString: urlOf(settings, 'postgres') });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [database]);
    if (rowCount === 0) await client.query(`create database ${database}`);
  } finally {
    await client.end();
  }
}

function urlOf({ password, port }: Settings, name: string): string {
  return `postgres://${superuser}:${password}@127.0.0.1:${port}/${name}`;
}

/** The wished port when it is free, any other one when it is not. */
async function freePort(wishedPort: number): Promise<number> {
  const probe = (port: number) =>
    new Promise<number | null>((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(null));
      server.listen({ port, host: '127.0.0.1' }, () => {
        const address = server.address();
        server.close(() => resolve(typeof address === 'object' ? (address?.port ?? null) : null));
      });
    });
  const port = (await probe(wishedPort)) ?? (await probe(0));
  if (port === null) throw new StartRefused('No port is free on 127.0.0.1 for the embedded PostgreSQL.');
  return port;
}

function openLog(dataDir: string, logFile: string): { descriptor: number; offset: number } {
  try {
    if (existsSync(logFile) && statSync(logFile).size > logBytesMax) renameSync(logFile, `${logFile}.1`);
    const descriptor = openSync(logFile, 'a', 0o600);
    giveToOwnerOf(dataDir, logFile);
    return { descriptor, offset: statSync(logFile).size };
  } catch (error) {
    refuseFolder(dataDir, error);
  }
}

function refuseStart(dataDir: string, logFile: string, offset: number): never {
  const output = readFileSync(logFile).subarray(offset).toString('utf8');
  refuseFullDisk(dataDir, output);
  throw new StartRefused(`PostgreSQL could not be started: ${reasonIn(output)}. More is in ${logFile}.`);
}
