import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { basename } from 'node:path';

const onLinux = process.platform === 'linux';

/** A zombie is dead: in a container nobody may ever collect it, and kill(pid, 0) would call it alive for good. */
export function isAlive(pid: number): boolean {
  if (onLinux) {
    const state = readStat(pid)?.[0];
    return state !== undefined && state !== 'Z' && state !== 'X';
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** The moment a process began, in whatever form the system tells it: with it a reused pid can't pass for the old process. */
export function startOf(pid: number): string | null {
  if (!isAlive(pid)) return null;
  if (onLinux) {
    const startTicks = readStat(pid)?.[19];
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${startTicks}`;
  }
  if (process.platform === 'win32') return 'unknown';
  return ps(pid, 'lstart');
}

export function parentOf(pid: number): number | null {
  const parent = onLinux ? readStat(pid)?.[1] : ps(pid, 'ppid');
  return parent ? Number(parent) : null;
}

/** Whether `pid` is a server of ours or another program that got its number after a crash or in a new container. */
export function isServerOf(pid: number, clusterDir: string): boolean {
  if (!isAlive(pid)) return false;
  if (onLinux) return workingFolderOf(pid) === realpathSync(clusterDir) && commandOf(pid).startsWith('postgres');
  if (process.platform === 'win32') return true;
  return ps(pid, 'command')?.includes('postgres') ?? false;
}

/** Every process of a server has the cluster's folder as its working folder, the orphaned ones too. */
export function serverProcesses(clusterDir: string): number[] {
  if (!onLinux) return [];
  const realDir = realpathSync(clusterDir);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => workingFolderOf(pid) === realDir && commandOf(pid).startsWith('postgres') && isAlive(pid));
}

/** The fields of /proc/pid/stat from the state on: the name before it may hold spaces and brackets. */
function readStat(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

function workingFolderOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null;
  }
}

/** A server renames its processes ("postgres: checkpointer"), so the name is what the command line begins with. */
function commandOf(pid: number): string {
  try {
    const [program = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return program.startsWith('postgres:') ? program : basename(program);
  } catch {
    return '';
  }
}

function ps(pid: number, field: string): string | null {
  const { status, stdout } = spawnSync('ps', ['-o', `${field}=`, '-p', String(pid)], { encoding: 'utf8' });
  return status === 0 && stdout.trim() !== '' ? stdout.trim() : null;
}
