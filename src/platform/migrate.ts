import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';

const folder = new URL('../../db/migrations/', import.meta.url);

/** Held while the schema changes; whoever asks for it next waits. */
export const migrationLock = "hashtextextended('switchhook migrations', 0)";

/** The files of `db/migrations`, in the order in which they run. */
export async function listMigrations(): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted();
}

/**
 * Brings a database to the newest schema: the files of `db/migrations` in the order of their names, each in a
 * transaction, forward only. Returns the names it ran. Two at once wait for each other.
 */
export async function migrate(databaseUrl: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(`select pg_advisory_lock(${migrationLock})`);
    await keepRecord(client);
    const { rows } = await client.query<{ name: string }>('select name from migration');
    const ran = new Set(rows.map((row) => row.name));
    const due = (await listMigrations()).filter((name) => !ran.has(name));
    for (const name of due) await runAlone(client, name);
    return due;
  } finally {
    await client.end();
  }
}

/** The table of what ran; it is older than the first migration. */
export async function keepRecord(client: pg.ClientBase): Promise<void> {
  await client.query(
    'create table if not exists migration (name text primary key, ran_at timestamptz not null default now())',
  );
}

/** Runs one as a part of the caller's transaction. */
export async function runMigration(client: pg.ClientBase, name: string): Promise<void> {
  await client.query(await readFile(new URL(name, folder), 'utf8'));
  await client.query('insert into migration (name) values ($1)', [name]);
}

async function runAlone(client: pg.Client, name: string): Promise<void> {
  try {
    await client.query('begin');
    await runMigration(client, name);
    await client.query('commit');
  } catch (cause) {
    await client.query('rollback');
    throw new Error(`The migration ${name} failed, and nothing of it was kept: ${(cause as Error).message}`, { cause });
  }
}
