import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openWorld } from '../../test/world.ts';

test('lists come in pages, each with the whole address of the next, filters kept', async () => {
  const world = await openWorld();
  for (let count = 0; count < 3; count += 1) await world.rent(world.shopId, world.cast.shopOwner.actor);
  const ask = async (url: string) => {
    const response = await world.ask(world.cast.shopOwner, {
      method: 'GET',
      url,
      headers: { host: 'calls.example.com' },
    });
    return { status: response.statusCode, body: response.json() };
  };
  const list = `/api/v1/accounts/${world.shopId}/numbers`;
  const first = (await ask(`${list}?per_page=2&name=x`)).body;
  assert.deepEqual(
    [first.numbers.length, first.page, first.total_entries, first.total_pages, first.previous_page],
    [2, 1, 3, 2, null],
  );
  assert.equal(first.next_page, `http://calls.example.com${list}?per_page=2&name=x&page=2`);
  const last = (await ask(`${list}?per_page=2&page=2`)).body;
  assert.deepEqual([last.numbers.length, last.next_page], [1, null]);
  const calls = `/api/v1/accounts/${world.shopId}/calls`;
  assert.deepEqual((await ask(calls)).body.total_pages, 1);
  assert.deepEqual(await ask(`${calls}?per_page=151`), { status: 400, body: { error: 'per_page limit is 150' } });
});
