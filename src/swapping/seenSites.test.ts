import assert from 'node:assert/strict';
import { before, beforeEach, describe, test } from 'node:test';
import { addNumbers, addSource, addTarget, beaconOf, chrome } from '../../test/website.ts';
import { openWorld, type World } from '../../test/world.ts';
import { newKey } from '../platform/ids.ts';
import { must } from '../rules/decision.ts';
import { findSeenSites } from './code/store.ts';
import { forgetVisits } from './forgetVisits.ts';
import { readSite } from './readSite.ts';
import { recordingVisits } from './recordVisit.ts';
import { removeSite } from './removeSite.ts';
import { seeSite } from './seeSite.ts';

/* Where the script was seen: anybody can name a host, and nobody keeps another off the list with it. */

let world: World;
let look: (host: string) => Promise<unknown>;
before(async () => {
  world = await openWorld();
  const { id } = await addSource(pool(), world.shopId, { name: 'Google', referrer: 'google\\.' });
  await addTarget(pool(), world.shopId, '+13035550142');
  await addNumbers(pool(), world.shopId, id, 1, 930);
  const record = recordingVisits(world.house, () => true);
  const site = (await readSite(pool(), world.shopId))!;
  look = (host) =>
    record(site, beaconOf({ page: `https://${host}/contact` }), { userAgent: chrome, address: '198.51.100.7' });
});
beforeEach(() => pool().query('delete from seen_site'));

const pool = () => world.house.pool;
const see = (host: string) => seeSite(world.house.db, world.shopId, { host, pageUrl: `https://${host}/` });
const listed = async () =>
  (await findSeenSites(world.house.db, world.shopId, await world.now(), 500)).map(({ host }) => host);
const stored = async () =>
  (await pool().query('select host from seen_site where account_id = $1', [world.shopId])).rows.map(({ host }) => host);

describe('of more than 200 hosts', () => {
  test('the oldest makes room for the newest', async () => {
    await see('first.example');
    await world.travel(0.01);
    for (let count = 0; count < 199; count += 1) await see(`made-up-${count}.example`);
    assert.ok((await stored()).includes('first.example'));
    await world.travel(0.01);
    await look('real.example');
    const hosts = await stored();
    assert.equal(hosts.length, 200);
    assert.ok(hosts.includes('real.example') && !hosts.includes('first.example'));
  });

  test('none is over, however many come at once', async () => {
    for (let round = 0; round < 6; round += 1)
      await Promise.all(Array.from({ length: 50 }, (_, count) => look(`made-up-${round}-${count}.example`)));
    assert.equal((await stored()).length, 200);
    await look('real.example');
    assert.ok((await stored()).includes('real.example'));
    assert.equal((await stored()).length, 200);
  });
});

test('a host of which nothing was heard for 30 days is not listed, and then not kept', async () => {
  await see('old.example');
  await see('shop.example');
  await world.travel(29);
  await see('shop.example');
  assert.deepEqual((await listed()).toSorted(), ['old.example', 'shop.example']);
  await world.travel(1.1);
  assert.deepEqual(await listed(), ['shop.example']);
  await forgetVisits(world.house.db);
  assert.deepEqual(await stored(), ['shop.example']);
});

test('hosts with visits come first, however lately others were named', async () => {
  await look('twice.example');
  await look('twice.example');
  await look('once.example');
  await world.travel(0.01);
  await see('never.example');
  const hosts = await listed();
  assert.deepEqual(hosts, ['twice.example', 'once.example', 'never.example']);
});

test('an administrator takes one off the list; it comes back when it is seen again', async () => {
  await see('stranger.example');
  await see('shop.example');
  const by = (who: 'shopOwner' | 'neighbor' | 'callAgent', host = 'stranger.example') =>
    removeSite(world.house, world.cast[who].actor, world.shopId, host, newKey());
  for (const who of ['neighbor', 'callAgent'] as const) assert.equal((await by(who)).ok, false, who);
  must(await by('shopOwner'));
  assert.deepEqual(await listed(), ['shop.example']);
  const again = await by('shopOwner');
  assert.equal(!again.ok && again.refusal.code, 'not-found');
  await see('stranger.example');
  assert.equal((await listed()).length, 2);
});
