import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { projectDir } from '../../src/platform/config.ts';
import { freePort } from '../../test/faults/startProduct.ts';
import type { Case, Sample } from '../compare.ts';

const startMsMax = 120_000;

export const coldStart: Case = {
  name: 'cold-start',
  ours: 'npm start, until /health is 200, over a data folder that exists',
  floor: 'the embedded PostgreSQL and one Node process with tsx that answers a constant',
  unit: 'ms',
  better: 'lower',
  aim: 12,
  roundsMax: 5,
  async open({ interrupted }) {
    const sides = [
      keepStarting([join(projectDir, 'bin/start.mjs')], interrupted),
      keepStarting(
        ['--import', import.meta.resolve('tsx'), join(import.meta.dirname, '../peers/startBare.ts')],
        interrupted,
      ),
    ] as const;
    return {
      ours: sides[0].start,
      floor: sides[1].start,
      close: async () => {
        for (const { remove } of sides) remove();
      },
    };
  },
};

/** Something that is started, timed until it is healthy, and stopped, over a data folder of its own. */
function keepStarting(args: string[], interrupted: AbortSignal): { start(): Promise<Sample>; remove(): void } {
  // A run's folder by its name: what a killed run leaves, the next one takes away.
  const dataDir = mkdtempSync(join(tmpdir(), `switchhook-run-${process.pid}-`));
  // Where the database has to run as another user, that one must get through.
  chmodSync(dataDir, 0o711);
  return {
    async start() {
      const port = await freePort();
      const begun = performance.now();
      const env = { ...process.env, DATA_DIR: dataDir, PORT: String(port), HOST: '', DATABASE_URL: '', PUBLIC_URL: '' };
      const child = spawn(process.execPath, args, {
        env,
        cwd: projectDir,
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
        detached: true,
      });
      try {
        while (!(await isHealthy(port))) {
          interrupted.throwIfAborted();
          if (child.exitCode !== null || performance.now() - begun > startMsMax)
            throw new Error(`${args.at(-1)} does not start.`);
          await delay(5);
        }
        return { value: performance.now() - begun };
      } finally {
        await end(child);
      }
    },
    remove: () => rmSync(dataDir, { recursive: true, force: true }),
  };
}

async function isHealthy(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/health`)).status === 200;
  } catch {
    return false;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}
