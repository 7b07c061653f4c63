import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { projectDir } from '../src/platform/config.ts';
import { isAlive, parentOf } from '../src/platform/postgres/findProcess.ts';
import { readRunning } from '../src/platform/postgres/running.ts';

const onLinux = process.platform === 'linux';
const patient = { timeout: 600_000, interval: 50 };
const dataDir = mkdtempSync(join(tmpdir(), 'switchhook-start-'));
const startedProcesses = new Set<number>();
let port = 0;

before(async () => {
  port = await freePort();
});
after(() => {
  for (const pid of startedProcesses) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  rmSync(dataDir, { recursive: true, force: true });
});

type Started = { process: ChildProcess; output: () => string; exitCode: Promise<number | null> };

function start(env: Record<string, string> = {}): Started {
  const { npm_lifecycle_event: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [join(projectDir, 'bin/start.mjs')], {
    env: { ...inherited, DATA_DIR: dataDir, PORT: String(port), LOG_LEVEL: 'silent', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  startedProcesses.add(child.pid!);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const exitCode = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { process: child, output: () => output, exitCode };
}

async function startAndServe(t: TestContext): Promise<Started> {
  const started = start();
  await t.waitFor(() => assert.match(started.output(), /Ctrl-C stops it/), patient);
  const health = await fetch(`http://localhost:${port}/health`);
  assert.equal(health.status, 200);
  return started;
}

/** Everything that hangs below a process, at any depth. */
function descendantsOf(pid: number): number[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  const children = all.filter((other) => parentOf(other) === pid);
  const found = children.flatMap((child) => [child, ...descendantsOf(child)]);
  for (const each of found) startedProcesses.add(each);
  return found;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  assert.ok(address && typeof address === 'object');
  return address.port;
}

describe('npm start', { skip: !onLinux }, () => {
  test('serves, says where and for whom, refuses a second one, and stops cleanly', async (t) => {
    const first = await startAndServe(t);
    assert.match(first.output(), new RegExp(`Switchhook is running: http://localhost:${port}\n`));
    assert.match(first.output(), /Agency Administrator +\S+@\S+ +\S+\n/);
    const running = readRunning(dataDir);
    assert.equal(running?.url, `http://localhost:${port}`);
    const below = descendantsOf(first.process.pid!);
    assert.ok(below.includes(running.pid));

    const second = start();
    assert.equal(await second.exitCode, 0);
    assert.match(second.output(), new RegExp(`already running: http://localhost:${port} \\(process ${running.pid}\\)`));

    const elsewhere = mkdtempSync(join(tmpdir(), 'switchhook-other-'));
    const third = start({ DATA_DIR: elsewhere });
    assert.equal(await third.exitCode, 1);
    assert.equal(
      third.output(),
      `PORT ${port} is in use by another program. End that one, or set PORT to another number, such as PORT=${port + 1}.\n`,
    );
    rmSync(elsewhere, { recursive: true });

    first.process.kill('SIGINT');
    assert.equal(await first.exitCode, 0);
    assert.match(
      first.output(),
      /\nStopping\.\nThe web process has stopped\.\nThe worker process has stopped\.\nPostgreSQL has stopped\.\n$/,
    );
    assert.deepEqual(below.filter(isAlive), []);
    assert.equal(readRunning(dataDir), null);
  });

  test('comes back when its parts are killed, and leaves nothing behind when it is killed itself', async (t) => {
    const first = await startAndServe(t);
    const main = readRunning(dataDir)!.pid;
    const parts = descendantsOf(main).filter((pid) => parentOf(pid) === main);
    assert.ok(parts.length >= 3, 'web, worker and PostgreSQL');
    for (const pid of parts) process.kill(pid, 'SIGKILL');
    await t.waitFor(() => {
      assert.match(first.output(), /The web process serves again/);
      assert.match(first.output(), /The worker process serves again/);
      assert.match(first.output(), /PostgreSQL is running again/);
    }, patient);
    const health = await fetch(`http://localhost:${port}/health`);
    assert.equal(health.status, 200);

    const below = descendantsOf(first.process.pid!);
    first.process.kill('SIGKILL');
    await t.waitFor(() => assert.deepEqual(below.filter(isAlive), []), patient);

    const second = await startAndServe(t);
    const belowSecond = descendantsOf(second.process.pid!);
    process.kill(readRunning(dataDir)!.pid, 'SIGKILL');
    assert.equal(await second.exitCode, 1);
    await t.waitFor(() => assert.deepEqual(belowSecond.filter(isAlive), []), patient);
  });

  test('names every mistake in the settings, and nothing else', async () => {
    const started = start({ PORT: 'abc', PUBLIC_URL: 'example.com' });
    assert.equal(await started.exitCode, 2);
    assert.match(started.output(), /^PORT is "abc"; [^\n]+\nPUBLIC_URL is "example\.com"; [^\n]+\n$/);
  });

  test('says why a PostgreSQL of your own can not be used', async () => {
    const started = start({ DATABASE_URL: 'postgres://me:secret@127.0.0.1:1/switchhook' });
    assert.equal(await started.exitCode, 1);
    assert.equal(started.output(), "The database of DATABASE_URL can't be used: no server listens on 127.0.0.1:1.\n");
  });

  test('starts again after all that, but never serves the demo story to the world', async () => {
    const started = start({ PUBLIC_URL: 'https://calls.example.com', HOST: '127.0.0.1' });
    assert.equal(await started.exitCode, 1);
    assert.match(started.output(), /This database holds the demo story, whose passwords everybody knows/);
  });
});
