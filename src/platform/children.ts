import cluster, { type Worker } from 'node:cluster';
import { type Config, projectDir, readConfig } from './config.ts';
import { StartRefused } from './postgres/refuse.ts';

/** What a child tells its supervisor. */
type Report = { ready: true } | { refused: string };

export interface Running {
  /** `isReplaced`: another process has taken over, so whoever still comes here is sent on, not cut off. */
  stop(isReplaced?: boolean): Promise<void>;
}

/** To a child: another one has taken over. */
const replacedSignal = 'SIGUSR2';
const childStopWaitSeconds = 10;
const replaceWaitSeconds = 60;
const backoffMsMax = 30_000;
const steadyAfterMs = 5_000;

/** The last line of a process that the supervisor forks: it serves until it is told to stop; without its supervisor it ends. */
export async function runChild(start: (config: Config, databaseUrl: string) => Promise<Running>): Promise<void> {
  const read = readConfig(process.env);
  const databaseUrl = process.env.SWITCHHOOK_DATABASE_URL;
  if (!read.ok || !databaseUrl) {
    for (const mistake of read.ok ? ['This process is started by npm start.'] : read.mistakes) console.error(mistake);
    process.exit(2);
  }

  surviveClosedOutput();
  let running: Running | null = null;
  let stopping = false;
  const stop = async (isReplaced: boolean) => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), childStopWaitSeconds * 1000).unref();
    await running?.stop(isReplaced);
    process.exit(0);
  };
  process.on('SIGTERM', () => stop(false));
  process.on(replacedSignal, () => stop(true));
  // A Ctrl-C at the terminal reaches this process too; the supervisor decides what goes when.
  process.on('SIGINT', () => {});

  try {
    running = await start(read.config, databaseUrl);
    await report({ ready: true });
  } catch (error) {
    const refusal = listenRefusal(error, read.config);
    if (refusal === null) console.error(error);
    await report({ refused: refusal ?? (error instanceof Error ? error.message : String(error)) });
    process.exit(1);
  }
}

/** When whoever read our output was killed, writing to it fails; that must not end an orderly stop. */
export function surviveClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}

async function report(message: Report): Promise<void> {
  if (!process.connected) return;
  await new Promise<void>((resolve) => process.send?.(message, undefined, undefined, () => resolve()));
}

/** The sentence for an address that can't be listened on, or null when the error is about something else. */
export function listenRefusal(error: unknown, { port, host }: Config): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'EADDRINUSE') {
    return `PORT ${port} is in use by another program. End that one, or set PORT to another number, such as PORT=${port + 1}.`;
  }
  if (code === 'EACCES') return `PORT ${port} is not allowed for this user. Set PORT to a number from 1024 on.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `HOST ${host} is not an address of this machine. Set HOST to one that is, such as 127.0.0.1.`;
  }
  return null;
}

export type Child = {
  /** Resolves when it serves for the first time; rejects when it ends before that. */
  ready: Promise<void>;
  pid(): number | undefined;
  /** Ends it and lets it come up again with these settings changed. */
  restart(env: Record<string, string>): void;
  /** Starts a second one from what is on disk and, once that serves, lets the first finish. If it can't, the first stays. */
  replace(): Promise<void>;
  stop(): Promise<void>;
  stopAtOnce(): void;
};

export type KeepOptions = {
  name: string;
  /** The file to run, absolute. */
  file: string;
  env: Record<string, string>;
  note: (line: string) => void;
};

type Fork = {
  worker: Worker;
  forkedAt: number;
  /** Rejects with how it ended before it served. */
  ready: Promise<void>;
  /** Resolves with how it ended. */
  ended: Promise<string>;
};

/**
 * By Node's cluster: this process holds the listening socket and deals out connections, so that while one child hands
 * over to the next there is always one that takes them.
 */
function forkOnce(file: string, env: Record<string, string>): Fork {
  cluster.setupPrimary({
    exec: file,
    args: [],
    cwd: projectDir,
    execArgv: ['--import', import.meta.resolve('tsx')],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const worker = cluster.fork(env);
  const ready = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<string>();
  let refusal: string | null = null;
  worker.on('message', (message: Report) => {
    if ('refused' in message) refusal = message.refused;
    else ready.resolve();
  });
  worker.once('exit', (code, signal) => {
    const how = refusal ?? `It ended ${signal ? `by ${signal}` : `with code ${code}`}.`;
    ready.reject(new Error(how));
    ended.resolve(how);
  });
  ready.promise.catch(() => {});
  return { worker, forkedAt: performance.now(), ready: ready.promise, ended: ended.promise };
}

/** Forks a file whose last line is runChild, and forks it again whenever it dies. */
export function keepChild({ name, file, env, note }: KeepOptions): Child {
  let environment = env;
  let stopping = false;
  let hasServed = false;
  let backoffMs = 500;
  let revival: NodeJS.Timeout | undefined;
  const living = new Set<Fork>();

  const begin = (): Fork => {
    const fork = forkOnce(file, environment);
    living.add(fork);
    fork.ended.then((how) => {
      living.delete(fork);
      if (fork === current && hasServed && !stopping) reviveAfter(fork, how);
    });
    return fork;
  };
  const reviveAfter = (fork: Fork, how: string) => {
    if (performance.now() - fork.forkedAt > steadyAfterMs) backoffMs = 500;
    note(`The ${name} process is gone and starts again in ${backoffMs / 1000} s. ${how}`);
    revival = setTimeout(() => {
      current = begin();
      current.ready.then(
        () => note(`The ${name} process serves again.`),
        () => {},
      );
    }, backoffMs);
    backoffMs = Math.min(backoffMs * 2, backoffMsMax);
  };
  const end = async (fork: Fork, signal: NodeJS.Signals) => {
    fork.worker.process.kill(signal);
    const late = setTimeout(() => fork.worker.process.kill('SIGKILL'), (childStopWaitSeconds + 1) * 1000);
    await fork.ended;
    clearTimeout(late);
  };

  let current = begin();
  const ready = current.ready.then(
    () => {
      hasServed = true;
    },
    (error: Error) => {
      throw new StartRefused(`The ${name} process could not start. ${error.message}`);
    },
  );
  ready.catch(() => {});

  return {
    ready,
    pid: () => current.worker.process.pid,
    restart(newEnv) {
      environment = { ...environment, ...newEnv };
      for (const fork of living) fork.worker.process.kill('SIGTERM');
    },
    async replace() {
      const next = begin();
      const late = setTimeout(() => next.worker.process.kill('SIGKILL'), replaceWaitSeconds * 1000);
      try {
        await next.ready;
      } catch (error) {
        throw new Error(`The new ${name} process could not start, so the old one stays. ${(error as Error).message}`);
      } finally {
        clearTimeout(late);
      }
      clearTimeout(revival);
      const old = current;
      current = next;
      if (living.has(old)) await end(old, replacedSignal);
    },
    async stop() {
      stopping = true;
      clearTimeout(revival);
      await Promise.all([...living].map((fork) => end(fork, 'SIGTERM')));
    },
    stopAtOnce() {
      stopping = true;
      clearTimeout(revival);
      for (const fork of living) fork.worker.process.kill('SIGKILL');
    },
  };
}
