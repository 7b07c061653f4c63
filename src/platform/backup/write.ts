import { existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import pg from 'pg';
import { to } from 'pg-copy-streams';
import { migrationLock } from '../migrate.ts';
import { describeDatabase, type Manifest, nameOf, quoted, type Table } from './describe.ts';
import { type Entry, pack } from './pack.ts';
import { countRows, type RowCounts } from './read.ts';
import { BackupRefused, refuseFile } from './refuse.ts';

const partBytes = 1024 * 1024;

export interface Written {
  /** Null when it went to standard output. */
  path: string | null;
  manifest: Manifest;
  rows: RowCounts;
}

/**
 * Writes everything that a database holds at one moment, while it is at work, as one archive. Without a path it gets a
 * name from that moment, in the current folder; `-` is standard output. `leftOut` names tables that stay behind.
 */
export async function writeBackup(
  databaseUrl: string,
  { path, leftOut }: { path?: string | undefined; leftOut: readonly string[] },
): Promise<Written> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  // The statement that is under way hears of a lost connection too.
  client.on('error', () => {});
  await client.connect();
  try {
    const manifest = await openSnapshot(client, leftOut);
    const rows: RowCounts = {};
    const bytes = pack(readEntries(client, manifest, rows));
    if (path === '-') {
      await pipeline(bytes, createGzip(), process.stdout).catch((error) =>
        refuseFile("The backup can't be written to standard output", error),
      );
      return { path: null, manifest, rows };
    }
    const file = resolve(path ?? `switchhook-backup-${manifest.madeAt.slice(0, 19).replaceAll(':', '-')}Z.tar.gz`);
    await writeWhole(file, bytes);
    return { path: file, manifest, rows };
  } finally {
    await client.end();
  }
}

/** One moment for all tables. No migration comes in between, and until we are done none changes a table. */
async function openSnapshot(client: pg.Client, leftOut: readonly string[]): Promise<Manifest> {
  await client.query(
    `set statement_timeout = 0; set idle_in_transaction_session_timeout = 0; set client_encoding = 'UTF8';
     set search_path = public; set datestyle = 'ISO'; set timezone = 'UTC'; set extra_float_digits = 1`,
  );
  await client.query(`select pg_advisory_lock_shared(${migrationLock})`);
  await client.query('begin isolation level repeatable read, read only');
  const manifest = await describeDatabase(client, leftOut);
  await client.query(`lock table ${manifest.tables.map(quoted).join(', ')} in access share mode`);
  await client.query(`select pg_advisory_unlock_shared(${migrationLock})`);
  return manifest;
}

async function* readEntries(client: pg.Client, manifest: Manifest, counts: RowCounts): AsyncGenerator<Entry> {
  yield { name: 'manifest.json', body: toJson(manifest) };
  for (const table of manifest.tables) {
    const name = nameOf(table);
    counts[name] = 0;
    let part = 0;
    for await (const body of readParts(client, table)) {
      part += 1;
      counts[name] += countRows(body);
      yield { name: `tables/${name}/${String(part).padStart(6, '0')}.copy`, body };
    }
  }
  yield { name: 'rows.json', body: toJson(counts) };
}

/** A table's rows in PostgreSQL's own text form, in parts of about a megabyte that may end inside a row. */
async function* readParts(client: pg.Client, table: Table): AsyncGenerator<Buffer> {
  const columns = table.columns.map(pg.escapeIdentifier).join(', ');
  const rows = client.query(to(`copy (select ${columns} from ${quoted(table)}) to stdout`));
  // Whoever breaks off (the disk is full) closes the connection, which nobody listens to any more.
  rows.on('error', () => {});
  let held: Buffer[] = [];
  let heldBytes = 0;
  for await (const chunk of rows as AsyncIterable<Buffer>) {
    held.push(chunk);
    heldBytes += chunk.length;
    if (heldBytes < partBytes) continue;
    yield Buffer.concat(held, heldBytes);
    held = [];
    heldBytes = 0;
  }
  if (heldBytes > 0) yield Buffer.concat(held, heldBytes);
}

const toJson = (value: object): Buffer => Buffer.from(`${JSON.stringify(value, null, 2)}\n`);

/** Whole and on the disk, or not there at all. For its owner alone: it holds password hashes and secrets. */
async function writeWhole(file: string, bytes: AsyncGenerator<Buffer>): Promise<void> {
  const partial = `${file}.partial`;
  if (existsSync(file))
    throw new BackupRefused(`${file} is there already, and a backup replaces nothing. Choose another name.`);
  const handle = await open(partial, 'wx', 0o600).catch((error) => refuseFile(`${partial} can't be made`, error));
  try {
    await pipeline(bytes, createGzip(), handle.createWriteStream({ flush: true }));
    await rename(partial, file);
    await syncFolder(dirname(file));
  } catch (error) {
    await rm(partial, { force: true });
    refuseFile(`${file} can't be written`, error);
  }
}

/** A name is a change of its folder. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
