import { type ChildProcess, spawn } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { projectDir } from '../src/platform/config.ts';
import { systemBinaries } from '../src/platform/postgres/findBinaries.ts';
import { StartRefused } from '../src/platform/postgres/refuse.ts';
import { ensureBrowser } from './ensureBrowser.ts';
import { withTemporaryServer } from './temporaryServer.ts';

type Stage = { name: string; run: () => Promise<boolean> };

const isSoak = process.env.SOAK === '1';
const filters = process.argv.slice(2);
const testTimeoutMs = (isSoak ? 120 : 30) * 60_000;
/** Node's own limit is for tests: a file that hangs before or between them would hold up everything for good. */
const stageTimeoutMs = (isSoak ? 240 : 75) * 60_000;

let current: ChildProcess | null = null;
let isInterrupted = false;
/** What is running now ends, its server is stopped and removed, and nothing else begins. */
const interrupt = () => {
  isInterrupted = true;
  if (current?.pid) process.kill(-current.pid, 'SIGTERM');
};
for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const) process.on(event, interrupt);
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

process.exit((await runStages(isSoak ? soakStages() : testStages())) ? 0 : 1);

function testStages(): Stage[] {
  const files = select('{src,test,bin,db,bench}/**/*.test.{ts,tsx}');
  const databaseFiles = files.filter(needsDatabase);
  const system = systemBinaries();
  if (system === null) {
    console.log('This machine has no PostgreSQL 15 or newer of its own: the tests run on the embedded one only.');
  }
  return [
    ...(files.some((file) => reaches(file, /launchBrowser/)) ? [{ name: 'browser', run: prepareBrowser }] : []),
    // Whoever asks for some files wants their answer soon.
    ...(filters.length > 0 ? [] : checks()),
    {
      name: 'tests on the embedded PostgreSQL',
      run: () => withTemporaryServer(null, ({ url }) => runFiles(files, url)),
    },
    ...(system !== null && databaseFiles.length > 0
      ? [
          {
            name: `database tests on this machine's PostgreSQL ${system.version}`,
            run: () => withTemporaryServer(system, ({ url }) => runFiles(databaseFiles, url)),
          },
        ]
      : []),
  ];
}

function soakStages(): Stage[] {
  const files = select('{src,test,bench}/**/*.soak.{ts,tsx}');
  return [{ name: 'soak', run: () => withTemporaryServer(null, ({ url }) => runFiles(files, url)) }];
}

function checks(): Stage[] {
  return [
    { name: 'format and lint', run: () => run('node_modules/@biomejs/biome/bin/biome', ['check', '.']) },
    { name: 'types', run: () => run('node_modules/typescript/bin/tsc', []) },
    { name: 'types of the website’s script', run: () => run('node_modules/typescript/bin/tsc', ['-p', 'snippet']) },
  ];
}

async function prepareBrowser(): Promise<boolean> {
  process.env.CHROMIUM_PATH = await ensureBrowser();
  console.log(`The browser is ${process.env.CHROMIUM_PATH}.`);
  return true;
}

function select(pattern: string): string[] {
  const files = globSync(pattern, { cwd: projectDir, exclude: ['**/node_modules'] }).sort();
  const chosen = files.filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)));
  if (chosen.length > 0) return chosen;
  console.error(`No file matches ${filters.join(' or ') || pattern}.`);
  process.exit(1);
}

/**
 * Pages and stories are about the browser, random lives take minutes and use the same SQL as each verb's own test, and what never
 * opens the test world is pure: a second PostgreSQL tells nothing about them.
 */
function needsDatabase(file: string): boolean {
  return !/^test\/(?:pages|stories|histories)\//.test(file) && reaches(file, /TEST_DATABASE_URL/);
}

/** Whether a file, or one of the test files that it imports, holds the pattern. */
function reaches(file: string, pattern: RegExp, seen = new Set<string>()): boolean {
  if (seen.has(file)) return false;
  seen.add(file);
  const text = read(file);
  const imports = [...text.matchAll(/from '(\.[^']+\.tsx?)'/g)].map((match) => join(file, '..', match[1]!));
  return pattern.test(text) || imports.some((path) => path.startsWith('test') && reaches(path, pattern, seen));
}

function read(file: string): string {
  return readFileSync(join(projectDir, file), 'utf8');
}

function runFiles(files: string[], databaseUrl: string): Promise<boolean> {
  const options = [
    `--import=${import.meta.resolve('tsx')}`,
    '--test',
    `--test-concurrency=${Math.max(2, availableParallelism())}`,
    `--test-timeout=${testTimeoutMs}`,
  ];
  return run(null, [...options, ...files], { TEST_DATABASE_URL: databaseUrl });
}

/** Runs a script (or, without one, Node itself) and tells whether it succeeded. */
async function run(script: string | null, args: string[], env: Record<string, string> = {}): Promise<boolean> {
  if (isInterrupted) return false;
  const child = spawn(process.execPath, script ? [script, ...args] : args, {
    cwd: projectDir,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
    // A group of its own, so that an interruption ends the files' processes too.
    detached: true,
  });
  current = child;
  const late = setTimeout(() => {
    console.error(`Ended, because it was not done after ${stageTimeoutMs / 60_000} minutes.`);
    process.kill(-child.pid!, 'SIGTERM');
  }, stageTimeoutMs);
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  clearTimeout(late);
  current = null;
  return code === 0;
}

async function runStages(stages: Stage[]): Promise<boolean> {
  const lines: string[] = [];
  let goesOn = true;
  for (const { name, run } of stages) {
    if (!goesOn || isInterrupted) {
      lines.push(`  not run  ${name}`);
      continue;
    }
    const begun = performance.now();
    console.log(`\n— ${name}`);
    goesOn = await run().catch((error: unknown) => {
      console.error(error instanceof StartRefused ? error.message : error);
      return false;
    });
    lines.push(`  ${goesOn ? 'passed ' : 'FAILED '}  ${name} (${((performance.now() - begun) / 1000).toFixed(1)} s)`);
  }
  console.log(`\nSeed ${process.env.SEED}\n${lines.join('\n')}`);
  return goesOn && !isInterrupted;
}
