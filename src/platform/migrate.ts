import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';

const folder = new URL('../../db/migrations/', import.meta.url);

/**
 * Brings a database to the newest schema: the files of `db/migrations` in the order of their names, each in a
 * transaction, forward only. Returns the names it ran. Two at once wait for each other.
 */
export async function migrate(databaseUrl: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query("select pg_advisory_lock(hashtextextended('switchhook migrations', 0))");
    await client.query(
      'create table if not exists migration (name text primary key, ran_at timestamptz not null default now())',
    );
    const { rows } = await client.query<{ name: string }>('select name from migration');
    const ran = new Set(rows.map((row) => row.name));
    const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted();
    const due = names.filter((name) => !ran.has(name));
    for (const name of due) await runOne(client, name);
    return due;
  } finally {
    await client.end();
  }
}

async function runOne(client: pg.Client, name: string): Promise<void> {
  const text = await readFile(new URL(name, folder), 'utf8');
  try {
    await client.query('begin');
    await client.query(text);
    await client.query('insert into migration (name) values ($1)', [name]);
    await client.query('commit');
  } catch (cause) {
    await client.query('rollback');
    throw new Error(`The migration ${name} failed, and nothing of it was kept: ${(cause as Error).message}`, { cause });
  }
}
