import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from } from 'pg-copy-streams';
import { ourSchemas } from '../catalog.ts';
import { keepRecord, listMigrations, migrationLock, runMigration } from '../migrate.ts';
import { type Manifest, nameOf, quoted, readTables, type Sequence, type Table } from './describe.ts';
import { type Contents, type RowCounts, readBackup } from './read.ts';
import { BackupRefused } from './refuse.ts';

export interface Restored extends Contents {
  /** The migrations that are newer than the archive. */
  migrated: string[];
}

/**
 * Puts an archive into an empty database, or with `replace` in the place of the Switchhook that is there. One
 * transaction: whatever breaks it off leaves the database as it was.
 */
export async function restoreBackup(
  databaseUrl: string,
  path: string,
  { replace, note }: { replace: boolean; note: (line: string) => void },
): Promise<Restored> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query(
      `set statement_timeout = 0; set lock_timeout = '10s'; set client_encoding = 'UTF8'; set search_path = public;
       set datestyle = 'ISO'; set timezone = 'UTC'`,
    );
    await client.query('begin');
    await refuseOthers(client);
    // An instance that starts meanwhile waits here, and then finds what was restored.
    await client.query(`select pg_advisory_xact_lock(${migrationLock})`);
    await clearAway(client, replace, note);
    const contents = await readBackup(path, {
      async begin(manifest) {
        await refuseUnknownMigrations(path, manifest);
        await rebuild(client, manifest);
      },
      load: (table, rows) => load(client, table, rows),
    });
    await compareCounts(client, contents.rows);
    for (const sequence of contents.manifest.sequences) await setSequence(client, sequence);
    const migrated = (await listMigrations()).slice(contents.manifest.migrations.length);
    for (const name of migrated) await runMigration(client, name);
    await client.query(`analyze ${(await readTables(client)).map(quoted).join(', ')}`);
    await client.query('commit');
    return { ...contents, migrated };
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    throw new BackupRefused(`Nothing was changed, because PostgreSQL refused: ${error.message}.`, { cause: error });
  } finally {
    await client.end();
  }
}

/** A restore runs an archive's own migrations, then the rest: they have to be the beginning of ours. */
export async function refuseUnknownMigrations(path: string, { migrations }: Manifest): Promise<void> {
  const ours = await listMigrations();
  const unknown = migrations.find((name, index) => ours[index] !== name);
  if (unknown === undefined) return;
  throw new BackupRefused(
    `${path} was made by a newer or another Switchhook: its migration ${unknown} does not follow in this one. Update Switchhook, then restore.`,
  );
}

/** Somebody at work in the database, such as a Switchhook on another machine, would mix old and new. */
async function refuseOthers(client: pg.ClientBase): Promise<void> {
  const { rowCount } = await client.query(
    `select from pg_stat_activity
      where datname = current_database() and usename = current_user and pid <> pg_backend_pid()`,
  );
  if (rowCount === 0) return;
  throw new BackupRefused(
    `Somebody else is connected to this database (${rowCount} times), perhaps a Switchhook on another machine. Stop it, then restore.`,
  );
}

async function clearAway(client: pg.ClientBase, replace: boolean, note: (line: string) => void): Promise<void> {
  const tables = await readTables(client);
  if (tables.length === 0) return;
  if (!tables.some((table) => nameOf(table) === 'public.migration'))
    throw new BackupRefused(
      `This database holds tables of something else (${tables.slice(0, 3).map(nameOf).join(', ')}). Restore into a database of Switchhook's own.`,
    );
  let rowCount = 0;
  for (const table of tables) rowCount += await countRowsOf(client, quoted(table));
  const what = `the Switchhook in this database: ${tables.length} tables with ${rowCount.toLocaleString('en-US')} rows`;
  if (!replace)
    throw new BackupRefused(
      `Nothing was changed: this would destroy ${what}. To do that, say it: restore <file> --replace.`,
    );
  note(`Replacing ${what}.`);
  const { rows } = await client.query<{ statement: string }>(
    `select format('drop %s if exists %s cascade',
                   case c.relkind when 'S' then 'sequence' when 'v' then 'view' when 'm' then 'materialized view' else 'table' end,
                   c.oid::regclass) as statement
       from pg_class c
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'S')
        and not exists (select from pg_depend d where d.objid = c.oid and d.deptype in ('e', 'i'))`,
  );
  await client.query(rows.map((row) => row.statement).join(';'));
  for (const schema of ourSchemas)
    if (schema !== 'public') await client.query(`drop schema if exists ${pg.escapeIdentifier(schema)} cascade`);
}

/** The schema of the archive's moment, without the rows that migrations put there. */
async function rebuild(client: pg.ClientBase, { migrations }: Manifest): Promise<void> {
  await keepRecord(client);
  for (const name of migrations) await runMigration(client, name);
  await client.query(`truncate ${(await readTables(client)).map(quoted).join(', ')}`);
}

async function load(client: pg.ClientBase, table: Table, rows: AsyncIterable<Buffer>): Promise<void> {
  const columns = table.columns.map(pg.escapeIdentifier).join(', ');
  await pipeline(rows, client.query(from(`copy ${quoted(table)} (${columns}) from stdin`)));
}

async function compareCounts(client: pg.ClientBase, expected: RowCounts): Promise<void> {
  for (const table of await readTables(client)) {
    const count = await countRowsOf(client, quoted(table));
    if (count !== (expected[nameOf(table)] ?? 0))
      throw new Error(`${nameOf(table)} has ${count} rows after loading; the archive has ${expected[nameOf(table)]}.`);
  }
}

async function countRowsOf(client: pg.ClientBase, table: string): Promise<number> {
  const { rows } = await client.query<{ count: string }>(`select count(*) as count from ${table}`);
  return Number(rows[0]!.count);
}

async function setSequence(client: pg.ClientBase, sequence: Sequence): Promise<void> {
  const { position, isGiven } = sequence;
  await client.query('select setval($1::regclass, $2::bigint, $3)', [quoted(sequence), position, isGiven]);
}
