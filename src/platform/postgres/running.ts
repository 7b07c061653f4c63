import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startOf } from './findProcess.ts';
import { giveToOwnerOf, makeDataFolder, writePrivately } from './keepSettings.ts';
import { refuseFolder } from './refuse.ts';

/** What others may know of a Switchhook that serves. */
export type Published = {
  url: string;
  databaseUrl: string;
  /** Rolling restarts so far, and why the last one did not succeed. */
  restarts: number;
  trouble: string | null;
};

export type Running = Published & { pid: number };

/** Nothing is published while it is still starting. */
type Claim = { pid: number; startedAt: string } & Partial<Published>;

export type Claimed = {
  publish(published: Published): void;
  release(): void;
};

/** The Switchhook that runs on this data folder and serves, or null. */
export function readRunning(dataDir: string): Running | null {
  const claim = readClaim(claimFile(dataDir));
  if (claim === null || !isHeld(claim) || claim.url === undefined || claim.databaseUrl === undefined) return null;
  const { pid, url, databaseUrl, restarts = 0, trouble = null } = claim;
  return { pid, url, databaseUrl, restarts, trouble };
}

/** Makes this process the only one that runs on the data folder, or tells which one does. */
export function claimDataFolder(dataDir: string): Claimed | { heldBy: { pid: number; url: string | null } } {
  makeDataFolder(dataDir);
  const path = claimFile(dataDir);
  const ours: Claim = { pid: process.pid, startedAt: startOf(process.pid) ?? 'unknown' };
  for (;;) {
    if (createClaim(dataDir, path, ours)) break;
    const theirs = readClaim(path);
    if (theirs && isHeld(theirs)) return { heldBy: { pid: theirs.pid, url: theirs.url ?? null } };
    removeStaleClaim(path, theirs);
  }
  return {
    publish: (published) => writePrivately(path, { ...ours, ...published } satisfies Claim),
    release: () => rmSync(path, { force: true }),
  };
}

function claimFile(dataDir: string): string {
  return join(dataDir, 'running.json');
}

/** By a link, which fails when the name is taken and never shows a half-written file. */
function createClaim(dataDir: string, path: string, claim: Claim): boolean {
  const staging = `${path}.${process.pid}`;
  try {
    writeFileSync(staging, JSON.stringify(claim), { mode: 0o600 });
    giveToOwnerOf(dataDir, staging);
    linkSync(staging, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    refuseFolder(dataDir, error);
  } finally {
    rmSync(staging, { force: true });
  }
}

/** Two starts may find the same stale claim: whoever moved away a newer one than it had read puts it back. */
function removeStaleClaim(path: string, stale: Claim | null): void {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
    const moved = readClaim(aside);
    if (moved?.pid !== stale?.pid || moved?.startedAt !== stale?.startedAt) linkSync(aside, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && ['ENOENT', 'EEXIST'].includes(String(error.code)))) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function isHeld({ pid, startedAt }: Claim): boolean {
  return startOf(pid) === startedAt;
}

function readClaim(path: string): Claim | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Claim;
  } catch {
    return null;
  }
}
