import { type ChildProcess, fork } from 'node:child_process';
import { type Config, projectDir, readConfig } from './config.ts';
import { StartRefused } from './postgres/refuse.ts';

/** What a child tells its supervisor. */
type Report = { ready: true } | { refused: string };

const childStopWaitSeconds = 10;
const backoffMsMax = 30_000;
const steadyAfterMs = 5_000;

/** The last line of a process that the supervisor forks: it serves until it is told to stop or its supervisor is gone. */
export async function runChild(
  start: (config: Config, databaseUrl: string) => Promise<{ stop(): Promise<void> }>,
): Promise<void> {
  const read = readConfig(process.env);
  const databaseUrl = process.env.SWITCHHOOK_DATABASE_URL;
  if (!read.ok || !databaseUrl) {
    for (const mistake of read.ok ? ['This process is started by npm start.'] : read.mistakes) console.error(mistake);
    process.exit(2);
  }

  surviveClosedOutput();
  let running: { stop(): Promise<void> } | null = null;
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), childStopWaitSeconds * 1000).unref();
    await running?.stop();
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('disconnect', stop);
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
  /** Ends it and lets it come up again with another environment. */
  restart(env: Record<string, string>): void;
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

/** Forks a file whose last line is runChild, and forks it again whenever it dies. */
export function keepChild({ name, file, env, note }: KeepOptions): Child {
  let child: ChildProcess;
  let environment = env;
  let stopping = false;
  let wasReady = false;
  let backoffMs = 500;
  let revival: NodeJS.Timeout | undefined;
  const ready = Promise.withResolvers<void>();
  ready.promise.catch(() => {});

  const forkOnce = () => {
    const forkedAt = performance.now();
    let refusal: string | null = null;
    child = fork(file, {
      cwd: projectDir,
      execArgv: ['--import', import.meta.resolve('tsx')],
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    child.on('message', (message: Report) => {
      if ('refused' in message) refusal = message.refused;
      else {
        if (wasReady) note(`The ${name} process serves again.`);
        wasReady = true;
        ready.resolve();
      }
    });
    child.once('exit', (code, signal) => {
      if (stopping) return;
      const how = refusal ?? `It ended ${signal ? `by ${signal}` : `with code ${code}`}.`;
      if (!wasReady) {
        ready.reject(new StartRefused(`The ${name} process could not start. ${how}`));
        return;
      }
      if (performance.now() - forkedAt > steadyAfterMs) backoffMs = 500;
      note(`The ${name} process is gone and starts again in ${backoffMs / 1000} s. ${how}`);
      revival = setTimeout(forkOnce, backoffMs);
      backoffMs = Math.min(backoffMs * 2, backoffMsMax);
    });
  };
  forkOnce();

  const isGone = () => child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
  return {
    ready: ready.promise,
    pid: () => child.pid,
    restart(newEnv) {
      environment = newEnv;
      child.kill('SIGTERM');
    },
    async stop() {
      stopping = true;
      clearTimeout(revival);
      if (isGone()) return;
      const exit = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), (childStopWaitSeconds + 1) * 1000);
      await exit;
      clearTimeout(late);
    },
    stopAtOnce() {
      stopping = true;
      clearTimeout(revival);
      child.kill('SIGKILL');
    },
  };
}
