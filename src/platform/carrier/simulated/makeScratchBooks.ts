import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import pg from 'pg';

export type ScratchBooks = {
  databaseUrl: string;
  pool: pg.Pool;
  /** Turns the development clock, which the carrier follows. */
  travel(days: number): Promise<void>;
  drop(): Promise<void>;
};

/** A database of its own for one test file: the development clock and the simulated carrier, nothing else of the product. */
export async function makeScratchBooks(): Promise<ScratchBooks> {
  const adminUrl = process.env.TEST_DATABASE_URL;
  if (!adminUrl) throw new Error('TEST_DATABASE_URL must name a PostgreSQL server where tests may create databases.');
  const name = `carrier_${randomBytes(6).toString('hex')}`;
  await runOnce(adminUrl, `create database ${name}`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  const databaseUrl = url.toString();
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  pool.on('error', () => {});
  await pool.query('create table public.clock (only_row boolean primary key default true, offset_ms bigint not null)');
  await pool.query('insert into public.clock (offset_ms) values (0)');
  const migration = new URL('../../../../db/migrations/0002_simulated_carrier.sql', import.meta.url);
  await pool.query(await readFile(migration, 'utf8'));
  return {
    databaseUrl,
    pool,
    travel: async (days) => {
      await pool.query('update public.clock set offset_ms = offset_ms + $1', [days * 86_400_000]);
    },
    drop: async () => {
      await pool.end();
      await runOnce(adminUrl, `drop database ${name} with (force)`);
    },
  };
}

async function runOnce(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
