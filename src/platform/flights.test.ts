import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openWorld, type World } from '../../test/world.ts';
import { type Prepared, recordInTwoFlights } from './flights.ts';

let world: World;
before(async () => {
  world = await openWorld();
  await world.house.pool.query('create table mark (id bigint primary key, made_by text not null)');
});

const now: Prepared = { name: 'test: now', text: 'select txid_current()::text as "madeBy"', values: [] };
const mark = (id: number, madeBy: string | null): Prepared => ({
  name: 'test: mark',
  text: 'insert into mark values ($1, $2) on conflict do nothing returning id',
  values: [id, madeBy],
});
const marks = async () => (await world.house.pool.query('select id::int, made_by as "madeBy" from mark')).rows;

test('what is asked and what is written are one transaction', async () => {
  const write = (found?: { madeBy: string }) => mark(1, found!.madeBy);
  const { found, written } = await recordInTwoFlights<{ madeBy: string }, { id: number }>(
    world.house.pool,
    [now],
    write,
  );
  assert.deepEqual(written, { id: 1 });
  assert.deepEqual(await marks(), [{ id: 1, madeBy: found!.madeBy }]);
  const { rows } = await world.house.pool.query('select xmin::text as by from mark');
  assert.equal(rows[0].by, found!.madeBy);
  const again = await recordInTwoFlights(world.house.pool, [now], write);
  assert.equal(again.written, undefined);
});

test('what fails leaves nothing, and no connection in a transaction', async () => {
  const before = await marks();
  const ask = () => recordInTwoFlights(world.house.pool, [now, mark(2, 'asked')], () => mark(3, null));
  for (let times = 0; times < 15; times += 1) await assert.rejects(ask, /null value/);
  const confused = recordInTwoFlights(world.house.pool, [mark(4, 'asked')], () => assert.fail('undecided'));
  await assert.rejects(confused, /undecided/);
  await assert.rejects(
    recordInTwoFlights(world.house.pool, [mark(5, null), now], () => undefined),
    /null value/,
  );
  assert.deepEqual(await marks(), before);
});
