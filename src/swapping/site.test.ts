import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { addNumbers, addSource, addTarget, beaconOf, chrome, robot } from '../../test/website.ts';
import { atEnd, openWorld, type World } from '../../test/world.ts';
import { holdCalls } from '../accounts/holdCalls.ts';
import { resumeSwitch, turnSwitch } from '../accounts/turnSwitch.ts';
import { resumeAgencySwitch, turnAgencySwitch } from '../agencies/turnSwitch.ts';
import { buildApp } from '../app.ts';
import { offerAgencyClosing } from '../lifecycle/agencyPlan.ts';
import { cancelAgency } from '../lifecycle/cancelAgency.ts';
import { closeAccount } from '../lifecycle/closeAccount.ts';
import { offerClosing } from '../lifecycle/plan.ts';
import { releaseNumber } from '../numbers/release.ts';
import { turnNumberSwitch } from '../numbers/turnSwitch.ts';
import { newKey } from '../platform/ids.ts';
import { startLive } from '../platform/live.ts';
import { must } from '../rules/decision.ts';
import { spell } from '../rules/sharing.ts';
import { addDays } from '../rules/time.ts';
import { keepSites } from './keepSites.ts';
import { readSite } from './readSite.ts';
import { keepSwappingSettings } from './store.ts';

let world: World;
const target = '+13035550142';
before(async () => {
  world = await openWorld();
});

const pool = () => world.house.pool;
const configOf = async (accountId: number) => (await readSite(pool(), accountId))?.config ?? null;

/** An account whose website shows one number to visitors of Google. */
async function openSite(accountId: number, areaCode: number) {
  const source = await addSource(pool(), accountId, { name: `Google ${areaCode}`, referrer: 'google\\.' });
  await addTarget(pool(), accountId, target);
  const [number] = await addNumbers(pool(), accountId, source.id, 1, areaCode);
  return { source, number: number! };
}

describe('what a website is told', () => {
  test('sources in the order of their position, with what they are recognized by and what they show', async () => {
    const there = await openWorld();
    const { shopId, neighborId } = there;
    const db = there.house.pool;
    const google = await addSource(db, shopId, {
      name: 'Google Ads',
      position: 2,
      clickIds: ['gclid', 'gbraid'],
      isLastTouch: true,
    });
    const mail = await addSource(db, shopId, { name: 'Mail', position: 1, utmSource: 'news*' });
    const pooled = await addSource(db, shopId, { name: 'Organic', position: 3, referrer: 'google\\.', isPool: true });
    await addSource(db, shopId, { name: 'A van', referrer: 'x', isOnsite: false });
    await addSource(db, shopId, { name: 'Only a name' });
    await addSource(db, shopId, { name: 'Unreadable', referrer: '(' });
    const [first, second] = [await addTarget(db, shopId, target), await addTarget(db, shopId, '+13035550143')];
    const [one, two, three] = await addNumbers(db, shopId, google.id, 3);
    await db.query('insert into number_target values ($1, $2, $3)', [shopId, one!.id, second]);
    await addNumbers(db, shopId, pooled.id, 2, 910);
    await addSource(db, neighborId, { name: 'Neighbor’s', referrer: 'x' });

    const site = (await readSite(db, shopId))!;
    const { version, ...config } = site.config!;
    assert.match(version, /^[0-9a-f]{16}$/);
    assert.deepEqual(config, {
      siteId: shopId,
      cookieDays: 30,
      storage: 'cookie',
      respectsSignals: true,
      sources: [
        { id: mail.sid, rules: [['?utm_source', true, '^(?:news.*)$']], swaps: [] },
        {
          id: google.sid,
          rules: [['landing', true, '^[^#]*[?&](?:gclid|gbraid)=[^&#]']],
          isLast: true,
          // The first number that stands in for each: one for the second, and the next for every one.
          swaps: [
            ['+1 3035550143', spell(one!.phoneNumber)],
            [spell(target), spell(two!.phoneNumber)],
          ],
        },
        { id: pooled.sid, rules: [['referrer', true, 'google\\.']], isPool: true, swaps: [] },
      ],
    });
    assert.equal((await readSite(db, shopId))!.config!.version, version, 'the same again');
    await db.query('update number_target set target_number_id = $1 where tracking_number_id = $2', [first, one!.id]);
    assert.notEqual((await readSite(db, shopId))!.config!.version, version, 'another as soon as anything is another');
    assert.ok(three);
  });
});

describe('swapping is off', () => {
  test('for an account that isn’t there, and one without a source that is looked for', async () => {
    assert.equal(await configOf(999_999), null);
    assert.equal(await configOf(world.neighborId), null);
    await addSource(pool(), world.neighborId, { name: 'A van', isOnsite: false, referrer: 'x' });
    assert.equal(await configOf(world.neighborId), null);
  });

  test('while anything at any level has it paused or stopped, and on again after', async () => {
    const there = await openWorld();
    const { house, cast, agencyId, clientId } = there;
    const source = await addSource(house.pool, clientId, { name: 'Google', referrer: 'google\\.' });
    await addTarget(house.pool, clientId, target);
    const number = await there.rent(clientId, cast.clientAdmin.actor);
    await house.pool.query('update tracking_number set tracking_source_id = $1', [source.id]);
    const config = async () => (await readSite(house.pool, clientId))!.config;
    const [admin, owner] = [cast.clientAdmin.actor, cast.agencyOwner.actor];
    assert.deepEqual((await config())!.sources[0]!.swaps, [[spell(target), spell(number.phoneNumber)]]);

    for (const kind of ['pause', 'stop'] as const) {
      must(await turnSwitch(house, admin, clientId, kind, null, newKey()));
      assert.equal(await config(), null, `account: ${kind}`);
      must(await resumeSwitch(house, admin, clientId, kind, newKey()));
      must(await turnAgencySwitch(house, owner, agencyId, kind, null, newKey()));
      assert.equal(await config(), null, `agency: ${kind}`);
      must(await resumeAgencySwitch(house, owner, agencyId, kind, newKey()));
      assert.ok(await config());
      must(await turnNumberSwitch(house, admin, clientId, number.trackingNumberId, kind, null, newKey()));
      assert.deepEqual((await config())!.sources[0]!.swaps, [], `number: ${kind}`);
      await house.pool.query('update switch set resumed_at = turned_at, resumed_by = $1 where resumed_at is null', [
        'x',
      ]);
    }
    must(await holdCalls(house, cast.operator.actor, clientId, 'Fraud', newKey()));
    assert.equal(await config(), null, 'held');
    await house.pool.query('update switch set resumed_at = turned_at, resumed_by = $1 where resumed_at is null', ['x']);
    must(await releaseNumber(house, admin, clientId, number.trackingNumberId, newKey()));
    assert.deepEqual((await config())!.sources[0]!.swaps, [], 'released');
    const { hash: planHash, terms } = must(await offerAgencyClosing(house.db, agencyId, await there.now()));
    const confirmation = {
      planHash,
      terms,
      name: 'Northwind Agency',
      password: 'correct horse battery',
      reason: null,
      why: null,
    };
    must(await cancelAgency(house, owner, agencyId, confirmation, newKey()));
    assert.equal(await config(), null, 'agency canceled, its accounts not yet closed');
  });

  test('without funds from the stored moment on, and after closing', async () => {
    const there = await openWorld();
    const { house, shopId, cast } = there;
    await addSource(house.pool, shopId, { name: 'Google', referrer: 'google\\.' });
    const config = async () => (await readSite(house.pool, shopId))!.config;
    const now = await there.now();
    await house.pool.query(
      'insert into arrears (owner_id, began_at, no_funds_from, policy_version) values ($1, $2, $3, 1)',
      [shopId, now, addDays(now, 15)],
    );
    assert.ok(await config(), 'owing is not yet no funds');
    await there.travelTo(addDays(now, 15));
    assert.equal(await config(), null, 'no funds');
    await house.pool.query('update arrears set ended_at = no_funds_from, ended_because = $1', ['paid']);
    assert.ok(await config());
    const { hash: planHash, terms } = must(await offerClosing(house.db, shopId, await there.now()));
    must(await closeAccount(house, cast.shopOwner.actor, shopId, { planHash, terms, why: null }, newKey()));
    assert.equal(await config(), null, 'closed');
  });
});

describe('t.js', () => {
  let app: FastifyInstance;
  before(async () => {
    await openSite(world.shopId, 920);
    app = await world.app();
  });
  const ask = (site: number | string, headers: Record<string, string> = {}) =>
    app.inject({ url: `/${site}/t.js`, headers: { 'user-agent': chrome, ...headers } });

  test('is JavaScript that any site may load and any cache may keep for a minute', async () => {
    const answer = await ask(world.shopId);
    assert.equal(answer.statusCode, 200);
    assert.equal(answer.headers['content-type'], 'text/javascript; charset=utf-8');
    assert.equal(answer.headers['cache-control'], 'public, max-age=60');
    assert.match(String(answer.headers.age), /^[0-5]$/);
    assert.equal(answer.headers['cross-origin-resource-policy'], 'cross-origin');
    assert.equal(answer.headers['set-cookie'], undefined);
    assert.match(answer.body, /\+1 9205550100/);
    const again = await ask(world.shopId, { 'if-none-match': String(answer.headers.etag) });
    assert.equal(again.statusCode, 304);
    assert.equal(again.body, '');
    for (const [accepted, encoding, unpack] of [
      ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
      ['gzip;q=1.0, deflate', 'gzip', gunzipSync],
    ] as const) {
      const packed = await ask(world.shopId, { 'accept-encoding': accepted });
      assert.equal(packed.headers['content-encoding'], encoding);
      assert.equal(packed.headers.vary, 'accept-encoding');
      assert.equal(unpack(packed.rawPayload).toString(), answer.body);
    }
  });

  test('is a comment, with 200, wherever there is nothing to do', async () => {
    for (const site of [world.clientId, 999_999, 0, 'x', '99999999999999999999', '1e3', '%00']) {
      const answer = await ask(site);
      assert.equal(answer.statusCode, 200, String(site));
      assert.match(answer.body, /^\/\*[^*]*\*\/\s*$/, String(site));
      assert.equal(answer.headers['cache-control'], 'public, max-age=60');
    }
  });

  test('who may not be asked about hears what everybody hears, and nothing is kept of it', async () => {
    const hear = (site: number) => app.inject({ url: `/${site}/visit`, headers: { 'user-agent': chrome } });
    const on = await hear(world.shopId);
    assert.deepEqual([on.json().isOn, on.json().config.siteId], [true, world.shopId]);
    // With the 45 seconds between two questions it makes a minute.
    assert.equal(on.headers['cache-control'], 'public, max-age=15');
    assert.match(String(on.headers.age), /^[0-5]$/);
    assert.equal(on.headers['access-control-allow-origin'], '*');
    assert.deepEqual((await hear(world.clientId)).json(), { isOn: false });
    assert.deepEqual((await hear(999_999)).json(), { isOn: false });
    const { rows } = await pool().query('select from visitor where account_id = $1', [world.shopId]);
    assert.equal(rows.length, 0);
  });

  test('is asked for by many at one address without an end', async () => {
    for (let count = 0; count < 1_300; count += 1)
      await app.inject({ url: `/${world.shopId}/t.js`, remoteAddress: '10.77.0.1' });
    const answer = await app.inject({ url: `/${world.shopId}/t.js`, remoteAddress: '10.77.0.1' });
    assert.equal(answer.statusCode, 200);
  });

  test('notes where it runs before there is anything to do, and robots don’t count', async () => {
    await addSource(pool(), world.neighborId, { name: 'Another van', isOnsite: false });
    await ask(world.neighborId, { referer: 'https://robot.example/', 'user-agent': robot });
    await ask(world.neighborId, { referer: 'https://bakery.example/bread?mail=a@b.example#top' });
    const seen = async () =>
      (await pool().query('select host, page_url from seen_site where account_id = $1', [world.neighborId])).rows;
    while ((await seen()).length === 0) await new Promise(setImmediate);
    assert.deepEqual(await seen(), [{ host: 'bakery.example', page_url: 'https://bakery.example/bread' }]);
  });
});

test('what was read is believed for five seconds, and its age is told; one read serves all who ask at once', async () => {
  let seconds = 100;
  let reads = 0;
  const counting = {
    pool: new Proxy(pool(), {
      get: (target, name) =>
        name === 'query'
          ? (...asked: unknown[]) => {
              reads += 1;
              return (target.query as (...all: unknown[]) => unknown)(...asked);
            }
          : Reflect.get(target, name),
    }),
  };
  let changed = () => {};
  const siteOf = keepSites(
    counting,
    {
      watch: (_, __, tell) => {
        changed = tell;
        return () => {};
      },
    },
    () => seconds,
  );
  await Promise.all(Array.from({ length: 50 }, () => siteOf(world.shopId)));
  assert.equal(reads, 1);
  seconds += 4.9;
  assert.equal((await siteOf(world.shopId)).age(), 5);
  assert.equal(reads, 1);
  seconds += 0.1;
  const kept = await siteOf(world.shopId);
  assert.deepEqual([reads, kept.age()], [2, 0]);
  changed();
  assert.equal((await siteOf(world.shopId)).script.etag, kept.script.etag);
  assert.equal(reads, 3, 'a change that is told of is read at once');
});

test('a pause is on its way to visitors as soon as it is told of', async () => {
  const there = await openWorld();
  const { house, shopId, cast } = there;
  await addSource(house.pool, shopId, { name: 'Google', referrer: 'google\\.' });
  const live = startLive(there.databaseUrl, house.log);
  const app = await buildApp(house, live);
  atEnd(async () => {
    await app.close();
    await live.stop();
  });
  const ask = async () => (await app.inject({ url: `/${shopId}/t.js` })).body;
  const beacon = async () =>
    (
      await app.inject({
        method: 'POST',
        url: `/${shopId}/visit`,
        headers: { 'content-type': 'text/plain' },
        payload: JSON.stringify(beaconOf()),
      })
    ).json();
  assert.match(await ask(), /google/);
  assert.equal((await beacon()).isOn, true);
  must(await turnSwitch(house, cast.shopOwner.actor, shopId, 'pause', null, newKey()));
  const begun = performance.now();
  while (/google/.test(await ask())) await new Promise(setImmediate);
  assert.ok(performance.now() - begun < 6_000);
  assert.deepEqual(await beacon(), { isOn: false });
  must(await resumeSwitch(house, cast.shopOwner.actor, shopId, 'pause', newKey()));
  while (!/google/.test(await ask())) await new Promise(setImmediate);
});

test('while the database is away, the script does nothing and is asked for again soon', async () => {
  const there = await openWorld();
  await addSource(there.house.pool, there.shopId, { name: 'Google', referrer: 'google\\.' });
  const broken = Object.assign(Object.create(there.house.pool), {
    query: async () => {
      throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    },
  });
  const app = await buildApp({ ...there.house, pool: broken }, { watch: () => () => {}, stop: async () => {} });
  atEnd(() => app.close());
  const answer = await app.inject({ url: `/${there.shopId}/t.js` });
  assert.equal(answer.statusCode, 200);
  assert.match(answer.body, /^\/\*[^*]*\*\/\s*$/);
  assert.equal(answer.headers['cache-control'], 'public, max-age=5');
  const visit = await app.inject({
    method: 'POST',
    url: `/${there.shopId}/visit`,
    headers: { 'content-type': 'text/plain', origin: 'https://anchor.example' },
    payload: JSON.stringify(beaconOf()),
  });
  assert.equal(visit.statusCode, 200);
  assert.deepEqual(visit.json(), {}, 'a page that was told to keep its own numbers goes on doing so');
});

test('settings reach the configuration', async () => {
  const settings = {
    cookieDays: 7,
    storage: 'consent',
    respectsSignals: false,
    addressKept: 'none',
    visitsKeptDays: 30,
  } as const;
  await world.house.db.transaction().execute((tx) => keepSwappingSettings(tx, world.shopId, settings));
  const config = (await configOf(world.shopId))!;
  assert.deepEqual([config.cookieDays, config.storage, config.respectsSignals], [7, 'consent', false]);
});
