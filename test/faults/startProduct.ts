import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { projectDir } from '../../src/platform/config.ts';
import { readRunning } from '../../src/platform/postgres/running.ts';

export type Part = 'web' | 'worker' | 'postgres' | 'everything';

export interface Product {
  url: string;
  databaseUrl(): string;
  /** Of whoever signed in. */
  cookie(): string;
  dataDir: string;
  /** Asks over real HTTP as somebody who signed in; waits and asks again while nobody answers. */
  ask(method: string, path: string, body?: object): Promise<{ status: number; body: Record<string, unknown> }>;
  /** The same once, without waiting; null when the connection broke. */
  askOnce(
    method: string,
    path: string,
    body?: object,
    key?: string,
  ): Promise<{ status: number; body: Record<string, unknown> } | null>;
  signIn(email: string, password: string): Promise<void>;
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  pidsOf(part: Part): number[];
  /** kill -9. */
  kill(part: Part): void;
  /** A rolling restart by the command line; resolves with what it said when it did not succeed, or null. */
  restart(): Promise<string | null>;
  /** Until it serves again, started anew when all of it was killed. */
  revive(): Promise<void>;
  stop(keeps?: 'the data folder'): Promise<void>;
}

/** Waits for something to become so; tests never sleep for a time. */
export async function until<T>(
  what: string,
  look: () => Promise<T | null | undefined | false>,
  seconds = 60,
): Promise<T> {
  const deadline = performance.now() + seconds * 1000;
  let last: unknown;
  while (performance.now() < deadline) {
    try {
      const seen = await look();
      if (seen) return seen;
    } catch (error) {
      last = error;
    }
    await delay(50);
  }
  throw new Error(`${what} did not come about within ${seconds} s.`, { cause: last });
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('No port was given.');
  return address.port;
}

/** The whole product as `npm start` runs it, over a data folder of its own, with the demo story, or over what is in a given one. */
export async function startProduct(
  dataDir: string = mkdtempSync(join(tmpdir(), 'switchhook-test-')),
): Promise<Product> {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  let supervisor: ChildProcess;
  let output = '';
  let cookie = '';

  const start = () => {
    supervisor = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), join(projectDir, 'src/main.ts')], {
      cwd: projectDir,
      env: {
        ...process.env,
        PORT: String(port),
        DATA_DIR: dataDir,
        DATABASE_URL: '',
        PUBLIC_URL: '',
        HOST: '',
        LOG_LEVEL: 'silent',
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [supervisor.stdout, supervisor.stderr]) stream?.on('data', (chunk) => (output += chunk));
  };
  const serves = () =>
    until(
      `a product that serves (it said: ${output.slice(-2000)})`,
      async () => {
        if (readRunning(dataDir) === null) return false;
        return (await fetch(`${url}/health`, { signal: AbortSignal.timeout(2_000) })).status === 200;
      },
      600,
    );
  const pidsOf = (part: Part): number[] => {
    const rows = execFileSync('ps', ['-Ao', 'pid=,ppid=,args='], { encoding: 'utf8' })
      .split('\n')
      .map((line) => line.trim().split(/\s+/));
    const children = rows.filter(([, ppid]) => Number(ppid) === supervisor.pid);
    const find = (file: string) =>
      children.filter(([, , ...args]) => args.join(' ').includes(file)).map(([pid]) => Number(pid));
    const postmasters = globSync('**/postmaster.pid', { cwd: dataDir }).map((file) =>
      Number(readFileSync(join(dataDir, file), 'utf8').split('\n')[0]),
    );
    if (part === 'web') return find('src/app.ts');
    if (part === 'worker') return find('src/worker.ts');
    if (part === 'postgres') return postmasters;
    return [supervisor.pid!, ...find('src/app.ts'), ...find('src/worker.ts'), ...postmasters];
  };

  const product: Product = {
    url,
    databaseUrl: () => readRunning(dataDir)!.databaseUrl,
    cookie: () => cookie,
    dataDir,
    async askOnce(method, path, body, key) {
      try {
        const response = await fetch(url + path, {
          method,
          headers: {
            cookie,
            ...(body ? { 'content-type': 'application/json' } : {}),
            ...(key ? { 'idempotency-key': key } : {}),
          },
          ...(body ? { body: JSON.stringify(body) } : {}),
          signal: AbortSignal.timeout(60_000),
        });
        const text = await response.text();
        return { status: response.status, body: text ? (JSON.parse(text) as Record<string, unknown>) : {} };
      } catch {
        return null;
      }
    },
    ask: (method, path, body) =>
      until(`${method} ${path}`, async () => {
        const answer = await product.askOnce(method, path, body);
        return answer && answer.status < 500 ? answer : null;
      }),
    async signIn(email, password) {
      const response = await fetch(`${url}/api/v1/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email, password }),
      });
      if (response.status !== 200) throw new Error(`${email} could not sign in: ${await response.text()}`);
      cookie = response.headers
        .getSetCookie()
        .map((each) => each.split(';')[0])
        .join('; ');
    },
    async query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) {
      return until(`an answer of the database to ${text.slice(0, 60)}`, async () => {
        const client = new pg.Client({ connectionString: product.databaseUrl() });
        client.on('error', () => {});
        await client.connect();
        try {
          return (await client.query<Row>(text, values)).rows;
        } finally {
          await client.end();
        }
      });
    },
    pidsOf,
    async restart() {
      const command = spawn(process.execPath, [join(projectDir, 'bin/switchhook.mjs'), 'restart'], {
        env: { ...process.env, DATA_DIR: dataDir },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let refusal = '';
      command.stderr.on('data', (chunk) => (refusal += chunk));
      const code = await new Promise((resolve) => command.once('close', resolve));
      return code === 0 ? null : refusal;
    },
    kill(part) {
      for (const pid of pidsOf(part)) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // It went by itself between looking and killing.
        }
      }
    },
    async revive() {
      await until(
        'the death of what was killed',
        async () =>
          supervisor.exitCode !== null ||
          supervisor.signalCode !== null ||
          (pidsOf('web').length > 0 && pidsOf('worker').length > 0),
      );
      if (supervisor.exitCode !== null || supervisor.signalCode !== null) start();
      await serves();
    },
    async stop(keeps) {
      const gone = new Promise((resolve) => supervisor.once('exit', resolve));
      if (supervisor.exitCode === null && supervisor.signalCode === null) {
        supervisor.kill('SIGTERM');
        await gone;
      }
      if (!keeps) rmSync(dataDir, { recursive: true, force: true });
    },
  };

  start();
  await serves();
  return product;
}
