import { chownSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { refuseFolder, StartRefused } from './refuse.ts';

/** What has to be known again at the next start. */
export type Settings = {
  password: string;
  port: number;
  /** Only when the cluster could not lie in the data folder. */
  clusterDir: string | null;
};

export function makeDataFolder(dataDir: string): void {
  try {
    makeFolder(dataDir);
    const probe = join(dataDir, '.writable');
    writeFileSync(probe, 'Written and removed at each start.');
    rmSync(probe);
  } catch (error) {
    refuseFolder(dataDir, error);
  }
}

/** Node's own recursive mkdir never returns where the system denies that a folder's parent is there, as below /proc. */
function makeFolder(dir: string): void {
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(dir) !== dir) makeFolder(dirname(dir));
  mkdirSync(dir);
}

export function readSettings(dataDir: string): Settings | null {
  const path = join(dataDir, 'postgres.json');
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Settings;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw new StartRefused(`${path}, which holds the password of the embedded database, can't be read.`);
  }
}

export function writeSettings(dataDir: string, settings: Settings): void {
  writePrivately(join(dataDir, 'postgres.json'), settings);
}

/** Whole or not at all, for the folder's owner alone, even when root writes it. */
export function writePrivately(path: string, value: unknown): void {
  const staging = `${path}.${process.pid}`;
  try {
    writeFileSync(staging, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
    giveToOwnerOf(dirname(path), staging);
    renameSync(staging, path);
  } catch (error) {
    refuseFolder(dirname(path), error);
  }
}

export function giveToOwnerOf(dir: string, path: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(dir);
  chownSync(path, uid, gid);
}
