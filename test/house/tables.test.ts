import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import pg from 'pg';
import { migrate } from '../../src/platform/migrate.ts';
import type { Fates } from '../../src/rules/retention.ts';
import { openDatabase } from '../world.ts';

const root = join(import.meta.dirname, '../..');

/** Tables that bear no tenant, each with its reason. Everything else starts its keys with account_id or owner_id. */
const withoutTenant: Record<string, string> = {
  clock: 'one row, the whole installation’s',
  migration: 'which migrations ran',
  house_setting: 'secrets of the installation',
  person: 'a directory: a person may belong to many accounts',
  credential: 'goes with the person',
  session: 'goes with the person',
  verification: 'goes with the person',
  second_factor: 'goes with the person',
  invitation: 'a directory: whoever has the link finds it by the link',
  mail: 'a local queue of the coordinator',
  membership: 'a directory, keyed by person',
  staff: 'people of the installation',
  plan: 'a reference table',
  plan_price: 'a reference table',
  plan_feature: 'a reference table',
  agency: 'a reference table; its id is the owner’s',
  agency_closure: 'a reference table, keyed by agency',
  agency_switch: 'a reference table, keyed by agency',
  number_directory: 'a directory, keyed by the phone number that must be unique across accounts',
  carrier_command: 'a local queue of the coordinator',
};

let tables: string[] = [];
let keys: { table: string; kind: string; definition: string; target: string | null }[] = [];
let triggers: string[] = [];

before(async () => {
  const databaseUrl = await openDatabase('empty');
  await migrate(databaseUrl);
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  tables = (
    await client.query<{ relname: string }>(
      "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by 1",
    )
  ).rows.map((row) => row.relname);
  keys = (
    await client.query<(typeof keys)[number]>(
      `select c.relname as "table", k.contype::text as kind, pg_get_constraintdef(k.oid) as definition, t.relname as target
         from pg_constraint k join pg_class c on c.oid = k.conrelid left join pg_class t on t.oid = k.confrelid
        where c.relnamespace = 'public'::regnamespace and k.contype in ('p', 'u', 'f')
       union all
       select c.relname, 'u', pg_get_indexdef(x.indexrelid), null
         from pg_index x join pg_class c on c.oid = x.indrelid
        where c.relnamespace = 'public'::regnamespace and x.indisunique
          and not exists (select from pg_constraint k where k.conindid = x.indexrelid)`,
    )
  ).rows;
  triggers = (await client.query<{ tgname: string }>('select tgname from pg_trigger where not tgisinternal')).rows.map(
    (row) => row.tgname,
  );
  await client.end();
});

describe('the schema can be sharded by account', () => {
  test('every table bears its tenant first in its primary key, or a written reason not to', () => {
    for (const table of tables) {
      const primary = keys.find((key) => key.table === table && key.kind === 'p');
      assert.ok(primary, `${table} has no primary key`);
      const bears = /PRIMARY KEY \((account_id|owner_id)\b/.test(primary.definition);
      assert.equal(bears, withoutTenant[table] === undefined, `${table}: ${primary.definition}`);
    }
  });

  test('unique rules of tenant tables start with the tenant', () => {
    for (const key of keys.filter((each) => each.kind === 'u' && withoutTenant[each.table] === undefined)) {
      assert.match(key.definition, /\((account_id|owner_id)\b/, `${key.table}: ${key.definition}`);
    }
  });

  test('foreign keys between tenant tables carry the account; none leads from a small shared table to a tenant table', () => {
    for (const key of keys.filter((each) => each.kind === 'f')) {
      const fromTenant = withoutTenant[key.table] === undefined;
      const toTenant = withoutTenant[key.target!] === undefined;
      assert.ok(fromTenant || !toTenant, `${key.table} → ${key.target}`);
      if (fromTenant && toTenant)
        assert.match(key.definition, /FOREIGN KEY \((account_id|owner_id)\b/, `${key.table}: ${key.definition}`);
      if (key.table === key.target) assert.match(key.definition, /FOREIGN KEY \(account_id\b/);
    }
  });

  test('no triggers: what must hold, holds by construction or by CHECK', () => assert.deepEqual(triggers, []));

  test('the reasons name tables that exist', () => {
    assert.deepEqual(
      Object.keys(withoutTenant).filter((table) => !tables.includes(table)),
      [],
    );
  });
});

test('every table has its fate in a purge, declared once, by its own folder', async () => {
  const declared = new Map<string, string[]>();
  for (const file of globSync('src/*/retention.ts', { cwd: root }).filter(
    (each) => each !== 'src/rules/retention.ts',
  )) {
    const { fates } = (await import(join(root, file))) as { fates: Fates };
    for (const [table, fate] of Object.entries(fates)) {
      declared.set(table, [...(declared.get(table) ?? []), file]);
      if (fate.fate !== 'purged') assert.ok(fate.why.length > 20, `${table}: say why it stays`);
    }
  }
  assert.deepEqual([...declared.keys()].toSorted(), tables.toSorted());
  assert.deepEqual(
    [...declared].filter(([, files]) => files.length > 1),
    [],
  );
});
