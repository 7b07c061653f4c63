import pg from 'pg';
import { ourSchemas } from '../catalog.ts';
import { BackupRefused } from './refuse.ts';

/** What an archive says of itself, in its first entry. */
export interface Manifest {
  format: typeof format;
  /** The snapshot's moment, by the database's clock. */
  madeAt: string;
  migrations: string[];
  /** In the order in which foreign keys let them be loaded. */
  tables: Table[];
  sequences: Sequence[];
}

export interface Table {
  schema: string;
  name: string;
  columns: string[];
}

export interface Sequence {
  schema: string;
  name: string;
  position: string;
  /** Whether `position` was given out already. */
  isGiven: boolean;
}

export const format = 'switchhook-backup-1';

/** How a table is called in an archive and on the screen. */
export const nameOf = ({ schema, name }: Pick<Table, 'schema' | 'name'>): string => `${schema}.${name}`;

/** The same for SQL. */
export const quoted = ({ schema, name }: Pick<Table, 'schema' | 'name'>): string =>
  `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`;

/**
 * Describes the database as the client's transaction sees it. Sequences take no part in a transaction: read after the
 * snapshot was taken, they are at least as far as every row in it.
 */
export async function describeDatabase(client: pg.ClientBase, leftOut: readonly string[]): Promise<Manifest> {
  const { rows } = await client.query<{ madeAt: Date; record: string | null }>(
    `select date_trunc('milliseconds', now()) as "madeAt", to_regclass('public.migration')::text as record`,
  );
  const { madeAt, record } = rows[0]!;
  if (record === null) throw new BackupRefused('This database holds no Switchhook: there is nothing to back up.');
  const migrations = await client.query<{ name: string }>('select name from migration order by name collate "C"');
  const tables = await readTables(client);
  return {
    format,
    madeAt: madeAt.toISOString(),
    migrations: migrations.rows.map((row) => row.name),
    tables: tables.filter((table) => !leftOut.includes(nameOf(table))),
    sequences: await readSequences(client),
  };
}

/** Our tables with what a COPY of them has to name. A partition is reached through its table. */
export async function readTables(client: pg.ClientBase): Promise<Table[]> {
  const { rows } = await client.query<Table & { id: string; parents: string[] }>(
    `select n.nspname as schema, c.relname as name, c.oid::text as id,
            array(select a.attname::text from pg_attribute a
                   where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
                   order by a.attnum) as columns,
            array(select k.confrelid::text from pg_constraint k
                   where k.conrelid = c.oid and k.contype = 'f' and k.confrelid <> c.oid) as parents
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = any ($1) and c.relkind in ('r', 'p') and not c.relispartition
      order by n.nspname collate "C", c.relname collate "C"`,
    [ourSchemas],
  );
  const ordered: Table[] = [];
  for (let left = rows; left.length > 0; ) {
    const waits = left.filter(({ parents }) => left.some(({ id }) => parents.includes(id)));
    if (waits.length === left.length)
      throw new Error(`Foreign keys go in a circle among ${left.map(nameOf).join(', ')}.`);
    for (const table of left) {
      const { schema, name, columns } = table;
      if (!waits.includes(table)) ordered.push({ schema, name, columns });
    }
    left = waits;
  }
  return ordered;
}

async function readSequences(client: pg.ClientBase): Promise<Sequence[]> {
  const { rows: found } = await client.query<Pick<Sequence, 'schema' | 'name'>>(
    `select schemaname as schema, sequencename as name from pg_sequences where schemaname = any ($1)
      order by schemaname collate "C", sequencename collate "C"`,
    [ourSchemas],
  );
  const sequences: Sequence[] = [];
  for (const each of found) {
    const { rows } = await client.query<Pick<Sequence, 'position' | 'isGiven'>>(
      `select last_value::text as position, is_called as "isGiven" from ${quoted(each)}`,
    );
    sequences.push({ ...each, ...rows[0]! });
  }
  return sequences;
}
