import { sql } from 'kysely';
import type { Db } from '../../src/platform/db.ts';

/** Reads every row that belongs to some owners as one digest, whatever tables there are. */
export type ReadEverything = (ownerIds: readonly number[]) => Promise<string>;

/** Looks once which tables bear an owner. */
export async function openSnapshots(db: Db): Promise<ReadEverything> {
  const { rows } = await sql<{ tableName: string; columnName: string }>`
    select c.table_name, min(c.column_name) filter (where c.column_name in ('owner_id', 'account_id', 'agency_id')) as column_name
      from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
     where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.column_name in ('owner_id', 'account_id', 'agency_id')
     group by c.table_name order by c.table_name
  `.execute(db);
  const parts = rows.map(
    ({ tableName, columnName }) =>
      `select '${tableName} ' || t::text as line from ${tableName} t where ${columnName} = any (array(select id from ours))`,
  );
  return async (ownerIds) => {
    const digest = await sql<{ everything: string | null }>`
      with ours as materialized (select unnest(${ownerIds}::bigint[]) as id)
      select string_agg(line, E'\n' order by line) as everything from (${sql.raw(parts.join(' union all '))}) every`.execute(
      db,
    );
    return digest.rows[0]!.everything ?? '';
  };
}
