import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Binaries } from './findBinaries.ts';
import { binary } from './findBinaries.ts';
import { StartRefused } from './refuse.ts';

/** Where the cluster lies and as whom its programs run: PostgreSQL refuses to run as root. */
export type Footing = {
  clusterDir: string;
  binDir: string;
  /** What goes before a program's own command line. */
  prefix: string[];
  owner: Owner | null;
};

export type Owner = { uid: number; gid: number };

export type Ground = {
  dataDir: string;
  binaries: Binaries;
  /** Where an earlier start had to put the cluster, when that was outside of the data folder. */
  recordedClusterDir: string | null;
  note: (line: string) => void;
  /** Where the cluster and the programs go when the server's user can't enter the data folder or ours. */
  publicDir: string;
};

const asNobodyInNamespace = ['unshare', '--user', '--map-user=65534', '--map-group=65534'];

export function findFooting(ground: Ground): Footing {
  const { dataDir, binaries, recordedClusterDir } = ground;
  const clusterDir = recordedClusterDir ?? join(dataDir, 'postgres');
  const asOurselves = { clusterDir, binDir: binaries.binDir, prefix: [], owner: null };
  if (process.getuid?.() !== 0) return asOurselves;

  const { uid, gid } = existsSync(clusterDir) ? statSync(clusterDir) : { uid: 0, gid: 0 };
  if (uid !== 0) return asOwner({ uid, gid }, clusterDir, ground);
  if (works(asNobodyInNamespace)) return { ...asOurselves, prefix: asNobodyInNamespace };
  return asNobody(clusterDir, ground);
}

/** Asks the kernel to end the server with its parent, so that no kill -9 of ours can orphan it. */
export function parentDeathPrefix(): string[] {
  const prefix = ['setpriv', '--pdeathsig', 'INT'];
  return process.platform === 'linux' && works(prefix) ? prefix : [];
}

function asOwner(owner: Owner, clusterDir: string, ground: Ground): Footing {
  if (!canEnter(clusterDir, owner)) {
    throw new StartRefused(
      `The database in ${clusterDir} belongs to user ${owner.uid}, who can't enter that folder; start Switchhook as that user, or open the folders above it.`,
    );
  }
  return { clusterDir, binDir: readableBinDir(owner, ground), prefix: [], owner };
}

/** For a root whose kernel or container forbids user namespaces. */
function asNobody(clusterDir: string, ground: Ground): Footing {
  const owner = { uid: idOf('-u'), gid: idOf('-g') };
  const isMade = existsSync(clusterDir);
  if (canEnter(ground.dataDir, owner)) {
    if (isMade) handOver(clusterDir, owner);
    return { clusterDir, binDir: readableBinDir(owner, ground), prefix: [], owner };
  }
  if (isMade) {
    throw new StartRefused(
      `User namespaces are blocked here and the user "nobody" can't enter ${ground.dataDir}; move that folder to where everybody may enter (such as /var/lib) and set DATA_DIR to it.`,
    );
  }
  const name = createHash('sha256').update(ground.dataDir).digest('hex').slice(0, 12);
  const elsewhere = join(publicFolder(ground), `postgres-data-${name}`);
  ground.note(
    `User namespaces are blocked here and the user "nobody" can't enter ${ground.dataDir}: the database lies in ${elsewhere}.`,
  );
  return { clusterDir: elsewhere, binDir: readableBinDir(owner, ground), prefix: [], owner };
}

function readableBinDir(owner: Owner, ground: Ground): string {
  const { binaries } = ground;
  const runs = (binDir: string) =>
    spawnSync(binary(binDir, 'postgres'), ['-V'], { ...owner, cwd: '/', stdio: 'ignore' }).status === 0;
  if (runs(binaries.binDir)) return binaries.binDir;
  if (binaries.copyableDir === null) {
    throw new StartRefused(`User ${owner.uid} can't run the programs in ${binaries.binDir}.`);
  }

  const copyDir = join(publicFolder(ground), `postgres-${binaries.version}`);
  if (!runs(join(copyDir, 'bin'))) {
    const stagingDir = `${copyDir}.${process.pid}`;
    rmSync(copyDir, { recursive: true, force: true });
    cpSync(binaries.copyableDir, stagingDir, { recursive: true, verbatimSymlinks: true });
    renameSync(stagingDir, copyDir);
    ground.note(`The server's programs were copied to ${copyDir}, where its user can read them.`);
  }
  if (!runs(join(copyDir, 'bin'))) {
    throw new StartRefused(`User ${owner.uid} can't run the copied programs in ${copyDir}.`);
  }
  return join(copyDir, 'bin');
}

function publicFolder(ground: Ground): string {
  mkdirSync(ground.publicDir, { recursive: true, mode: 0o755 });
  return ground.publicDir;
}

function handOver(path: string, { uid, gid }: Owner): void {
  chownSync(path, uid, gid);
  for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (!lstatSync(file).isSymbolicLink()) chownSync(file, uid, gid);
  }
}

function canEnter(dir: string, owner: Owner): boolean {
  return spawnSync('/bin/sh', ['-c', 'cd "$0"', dir], { ...owner, cwd: '/', stdio: 'ignore' }).status === 0;
}

function idOf(flag: '-u' | '-g'): number {
  const { stdout } = spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' });
  const id = Number.parseInt(stdout ?? '', 10);
  if (Number.isNaN(id)) throw new StartRefused('PostgreSQL does not run as root, and there is no user "nobody" here.');
  return id;
}

function works(prefix: string[]): boolean {
  const [command = '', ...args] = [...prefix, '/bin/sh', '-c', ':'];
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}
