import { spawnSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Binaries, binary } from './findBinaries.ts';
import type { Footing } from './findFooting.ts';
import { reasonIn, refuseFolder, refuseFullDisk, StartRefused } from './refuse.ts';

export const superuser = 'switchhook';

/** Says no to a folder that this server would misread; true when there is a cluster to start, false when it is to be made. */
export function isInitialized({ clusterDir }: Footing, { major }: Binaries): boolean {
  if (!existsSync(clusterDir)) return false;
  let made: string;
  try {
    made = readFileSync(join(clusterDir, 'PG_VERSION'), 'utf8').trim();
  } catch {
    throw new StartRefused(
      `${clusterDir} is not a PostgreSQL data folder. Move it away, or set DATA_DIR to another folder.`,
    );
  }
  if (Number.parseInt(made, 10) === major) return true;
  throw new StartRefused(
    `The database in ${clusterDir} was made by PostgreSQL ${made}, and this is PostgreSQL ${major}: bring its contents over with PostgreSQL's own pg_upgrade, or set DATA_DIR to another folder.`,
  );
}

/** Makes the cluster beside its final place: a start that is killed halfway leaves nothing that looks finished. */
export function initialize(footing: Footing, binaries: Binaries, password: string, durable: boolean): void {
  const { clusterDir, owner } = footing;
  const stagingDir = `${clusterDir}.new`;
  const secretDir = mkdtempSync(join(tmpdir(), 'switchhook-'));
  const secretFile = join(secretDir, 'password');
  try {
    rmSync(stagingDir, { recursive: true, force: true });
    mkdirSync(stagingDir, { mode: 0o700 });
    writeFileSync(secretFile, password, { mode: 0o600 });
    if (owner) for (const path of [stagingDir, secretDir, secretFile]) chownSync(path, owner.uid, owner.gid);
    runInitdb(footing, binaries, [
      '-D',
      stagingDir,
      `--username=${superuser}`,
      '--auth=scram-sha-256',
      `--pwfile=${secretFile}`,
      '--encoding=UTF8',
      ...localeOptions(binaries),
      ...(durable ? [] : ['--no-sync']),
    ]);
    renameSync(stagingDir, clusterDir);
  } catch (error) {
    refuseFolder(dirname(clusterDir), error);
  } finally {
    rmSync(secretDir, { recursive: true, force: true });
    rmSync(stagingDir, { recursive: true, force: true });
  }
}

function runInitdb(footing: Footing, { version }: Binaries, options: string[]): void {
  const [command = '', ...args] = [...footing.prefix, binary(footing.binDir, 'initdb'), ...options];
  const { status, stderr, stdout, error } = spawnSync(command, args, {
    ...footing.owner,
    cwd: '/',
    env: serverEnvironment(),
    encoding: 'utf8',
  });
  if (error) throw error;
  if (status === 0) return;
  const output = `${stdout}${stderr}`;
  refuseFullDisk(dirname(footing.clusterDir), output);
  throw new StartRefused(
    `PostgreSQL ${version} could not make a database in ${footing.clusterDir}: ${reasonIn(output)}.`,
  );
}

/** Byte order for sorting and Unicode for letters, the same on every machine. Before 17 only the system's own locales know that. */
function localeOptions({ major }: Binaries): string[] {
  if (major >= 17) return ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  return [process.platform === 'linux' ? '--locale=C.UTF-8' : '--locale=C'];
}

/** The person's own PG… settings are about other servers. */
export function serverEnvironment(): Record<string, string | undefined> {
  const ours = Object.entries(process.env).filter(([name]) => !name.startsWith('PG'));
  return { ...Object.fromEntries(ours), LC_ALL: 'C' };
}
