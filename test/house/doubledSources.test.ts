import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import pg from 'pg';
import { keepRecord, listMigrations, migrate, runMigration } from '../../src/platform/migrate.ts';
import { atEnd, openDatabase } from '../world.ts';

/* A database of before source names were compared without case, brought forward. */

let client: pg.Client;
before(async () => {
  const databaseUrl = await openDatabase('empty');
  client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  atEnd(() => client.end());
  await keepRecord(client);
  for (const name of (await listMigrations()).filter((each) => each < '0013')) await runMigration(client, name);
  await client.query(`
    insert into account (account_id, name, time_zone, payer, refusal_message, created_at)
    values (1, 'Shop', 'UTC', 'own', 'Not now.', now());
    insert into tracking_source (account_id, tracking_source_id, sid, name, created_at, position, is_onsite, click_ids, removed_at)
    overriding system value values
      (1, 1, 'a', 'google ads', now(), 9999, false, '{}', null),
      (1, 2, 'b', 'Google Ads', now(), 2, true, '{gclid}', null),
      (1, 3, 'c', 'GOOGLE ADS', now(), 1, true, '{}', now()),
      (1, 4, 'd', 'Radio', now(), 3, false, '{}', null);
    insert into number_pool values (1, 2, now());
    insert into visitor (account_id, visitor_id, sid, first_seen_at, last_seen_at) overriding system value
    values (1, 1, 'v', now(), now());
    insert into tracking_number (account_id, tracking_number_id, sid, phone_number, kind, carrier, requested_at, tracking_source_id)
    overriding system value
    select 1, n, n::text, '+1303555010' || n, 'local', 'simulated', now(), source
      from (values (1, 1), (2, 2), (3, 4)) numbers (n, source);
    insert into pool_assignment select 1, n, 1, now(), now() from generate_series(2, 3) n`);
  await migrate(databaseUrl);
});

const read = async (query: string): Promise<unknown[]> =>
  (await client.query({ text: query, rowMode: 'array' })).rows.map(String);

test('of two sources with one name, the one that websites look for stays, and gets the other’s numbers', async () => {
  assert.deepEqual(await read('select name from tracking_source where removed_at is null order by 1'), [
    'Google Ads',
    'Radio',
  ]);
  assert.deepEqual(await read('select tracking_number_id, tracking_source_id from tracking_number order by 1'), [
    '1,2',
    '2,2',
    '3,4',
  ]);
});

test('nobody has a number that left its pool', async () => {
  assert.deepEqual(await read('select tracking_number_id from pool_assignment'), ['2']);
});
