import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { before, describe, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { addNumbers, addSource, addTarget, beaconOf, chrome, hex24, robot } from '../../test/website.ts';
import { atEnd, openWorld, type World } from '../../test/world.ts';
import { buildApp } from '../app.ts';
import { closeAccount } from '../lifecycle/closeAccount.ts';
import { offerClosing } from '../lifecycle/plan.ts';
import { newKey } from '../platform/ids.ts';
import { startLive } from '../platform/live.ts';
import { must } from '../rules/decision.ts';
import type { VisitAnswer, VisitBeacon } from '../rules/swapping.ts';
import { keepAddress } from './keepAddress.ts';
import { readLanding } from './readLanding.ts';
import { readSite, type Site } from './readSite.ts';
import { recordingVisits } from './recordVisit.ts';
import { keepSwappingSettings } from './store.ts';

let world: World;
let app: FastifyInstance;
let source: { id: number; sid: string };
let theirs: { id: number; sid: string };
let number: { id: number; phoneNumber: string };
let theirNumber: { id: number; phoneNumber: string };
before(async () => {
  world = await openWorld();
  app = await world.app();
  source = await addSource(pool(), world.shopId, { name: 'Google', referrer: 'google\\.' });
  theirs = await addSource(pool(), world.neighborId, { name: 'Google', referrer: 'google\\.' });
  await addTarget(pool(), world.shopId, '+13035550142');
  [number] = (await addNumbers(pool(), world.shopId, source.id, 1)) as [typeof number];
  [theirNumber] = (await addNumbers(pool(), world.neighborId, theirs.id, 1, 910)) as [typeof number];
});

const pool = () => world.house.pool;
const send = (body: unknown, { site = world.shopId as number | string, headers = {} as Record<string, string> } = {}) =>
  app.inject({
    method: 'POST',
    url: `/${site}/visit`,
    remoteAddress: `203.0.${randomInt(250)}.${randomInt(250)}`,
    headers: {
      'content-type': 'text/plain;charset=UTF-8',
      'user-agent': chrome,
      origin: 'https://anchor.example',
      ...headers,
    },
    payload: typeof body === 'string' ? body : JSON.stringify(body),
  });
const answerTo = async (beacon: VisitBeacon, options?: Parameters<typeof send>[1]) => {
  const answer = await send(beacon, options);
  assert.equal(answer.statusCode, 200, answer.body);
  return answer.json() as VisitAnswer;
};
const query = async <Row extends object>(text: string, values: unknown[] = []) =>
  (await pool().query<Row>(text, values)).rows;
const tables = ['visitor', 'visit', 'page_view', 'showing', 'pool_assignment', 'seen_site'];
const countRows = async () =>
  (
    await query<object>(
      `select ${tables.map((table) => `(select count(*)::int from ${table}) as ${table}`).join(', ')}`,
    )
  )[0];

describe('a visit', () => {
  test('is kept with where it came from, on what, and what stood on its page', async () => {
    const beacon = beaconOf({ source: source.sid, shown: [number.phoneNumber] });
    const answer = await send(beacon);
    assert.equal(answer.headers['access-control-allow-origin'], '*');
    assert.equal(answer.headers['cross-origin-resource-policy'], 'cross-origin');
    assert.equal(answer.headers['cache-control'], 'no-store');
    const said = answer.json();
    assert.equal(said.isOn, true);
    assert.equal(said.config.siteId, world.shopId, 'the script had another version');
    assert.deepEqual(await answerTo({ ...beacon, kind: 'live', version: said.config.version }), { isOn: true });
    const [visit] = await query<Record<string, unknown>>(
      `select t.account_id::int, t.tracking_source_id::int, referrer, landing_url, page_url, page_count, utm_source, utm_medium,
              utm_campaign, utm_term, click_id_kind, click_id, device, browser, begun_at <= t.last_seen_at as ordered,
              address ~ '^203\\.0\\.\\d+\\.0$' as truncated
         from visit t where t.sid = $1`,
      [beacon.visit],
    );
    assert.deepEqual(visit, {
      account_id: world.shopId,
      tracking_source_id: source.id,
      referrer: 'https://www.google.com/',
      landing_url: beacon.landing,
      page_url: beacon.page,
      page_count: 1,
      utm_source: 'google',
      utm_medium: 'cpc',
      utm_campaign: 'Spring drains',
      utm_term: null,
      click_id_kind: 'gclid',
      click_id: 'Cj0abc',
      device: 'desktop',
      browser: 'Chrome',
      ordered: true,
      truncated: true,
    });
    const showings = 'select tracking_number_id::int as id, page_url, dialed_at is not null as dialed from showing';
    assert.deepEqual(await query(showings), [{ id: number.id, page_url: beacon.page, dialed: false }]);
    await answerTo({ ...beacon, kind: 'dial' });
    assert.deepEqual(await query(showings), [{ id: number.id, page_url: beacon.page, dialed: true }]);
    assert.deepEqual(await query('select host, page_url from seen_site where account_id = $1', [world.shopId]), [
      { host: 'anchor.example', page_url: 'https://anchor.example/contact' },
    ]);
  });

  test('adds up to the same in any order, and when beacons come twice', async () => {
    const read = async (visit: string) =>
      query(
        `select page_count, page_url, tracking_source_id::int,
                array(select url from page_view p where p.visit_id = t.visit_id order by url) as pages,
                array(select tracking_number_id::int from showing s where s.visit_id = t.visit_id) as shown,
                (select count(*)::int from visit o where o.visitor_id = t.visitor_id) as visits
           from visit t where sid = $1`,
        [visit],
      );
    const page = (path: string) => `https://anchor.example/${path}`;
    const orders = [
      [0, 1, 2, 3],
      [3, 2, 0, 1],
      [2, 0, 0, 3, 1],
      [1, 0, 2, 3, 3, 1],
    ];
    for (const order of orders) {
      const { visitor, visit } = beaconOf();
      const one = { visitor, visit, source: source.sid, shown: [number.phoneNumber] };
      const beacons = [
        beaconOf({ ...one, page: page('a') }),
        beaconOf({ ...one, kind: 'live', page: page('a') }),
        beaconOf({ ...one, kind: 'dial', page: page('a') }),
        beaconOf({ ...one, kind: 'live', page: page('a') }),
      ];
      for (const index of order) await answerTo(beacons[index]!);
      assert.deepEqual(
        await read(visit),
        [
          {
            page_count: 1,
            page_url: page('a'),
            tracking_source_id: source.id,
            pages: [page('a')],
            shown: [number.id],
            visits: 1,
          },
        ],
        order.join(),
      );
    }
    const { visitor, visit } = beaconOf();
    const beacons = ['a', 'b', 'c'].map((path) => beaconOf({ visitor, visit, page: page(path), source: source.sid }));
    await Promise.all(
      [...beacons, ...beacons.map((each) => ({ ...each, kind: 'live' as const }))].map((each) => answerTo(each)),
    );
    const [{ pages, page_count }] = (await read(visit)) as [{ pages: string[]; page_count: number }];
    assert.deepEqual([pages, page_count], [beacons.map((each) => each.page), 3]);
  });

  test('of another visitor stays theirs: a guessed visit id adds nothing to it', async () => {
    const mine = beaconOf();
    await answerTo(mine);
    await answerTo({ ...mine, visitor: hex24(), page: 'https://anchor.example/forged' });
    assert.deepEqual(await query('select page_url, page_count from visit where sid = $1', [mine.visit]), [
      { page_url: mine.page, page_count: 1 },
    ]);
  });

  test('names nothing of another account: their source and number are as if they weren’t named', async () => {
    const beacon = beaconOf({ source: theirs.sid, shown: [theirNumber.phoneNumber, '+19995550100'] });
    await answerTo(beacon);
    const [visit] = await query<{ account_id: string; tracking_source_id: null; shown: string }>(
      `select account_id::int, tracking_source_id, (select count(*)::int from showing s where s.visit_id = t.visit_id) as shown
         from visit t where sid = $1`,
      [beacon.visit],
    );
    assert.deepEqual(visit, { account_id: world.shopId, tracking_source_id: null, shown: 0 });
    // The same digits in two accounts are two visitors.
    await answerTo(beacon, { site: world.neighborId });
    assert.deepEqual(
      await query(
        'select account_id::int, tracking_source_id::int as source from visit where sid = $1 order by account_id',
        [beacon.visit],
      ),
      [
        { account_id: world.shopId, source: null },
        { account_id: world.neighborId, source: theirs.id },
      ].toSorted((a, b) => a.account_id - b.account_id),
    );
  });
});

describe('nothing is kept', () => {
  test('of robots, who are answered as anybody', async () => {
    const before = await countRows();
    const answer = await answerTo(beaconOf({ source: source.sid }), { headers: { 'user-agent': robot } });
    assert.equal(answer.isOn, true);
    assert.deepEqual(await countRows(), before);
  });

  test('where swapping is off, whatever it is sent', async () => {
    const before = await countRows();
    for (const site of [world.clientId, 999_999, 'x', '0'])
      for (const beacon of [beaconOf({ source: source.sid, shown: [number.phoneNumber] }), beaconOf({ visit: '?' })])
        assert.deepEqual(await answerTo(beacon, { site }), { isOn: false });
    assert.deepEqual(await countRows(), before);
  });

  test('of a page that somebody opened from a file, or inside an app', async () => {
    const before = await countRows();
    for (const page of ['file:///home/anna/contact.html', 'capacitor://localhost/contact'])
      assert.deepEqual(await answerTo(beaconOf({ page, landing: page, referrer: '' })), { isOn: true });
    assert.deepEqual(await countRows(), before);
  });

  test('of what can’t be read, which is answered with what is wrong', async () => {
    const before = await countRows();
    const beacon = beaconOf();
    const long = `https://anchor.example/${'x'.repeat(2_000)}`;
    const malformed: unknown[] = [
      '',
      '{',
      '[]',
      'null',
      '"x"',
      { ...beacon, kind: 'look' },
      { ...beacon, visitor: 'x' },
      { ...beacon, visitor: beacon.visitor.toUpperCase().replace(/^./, 'A') },
      { ...beacon, visit: undefined },
      { ...beacon, visit: `${beacon.visit}0` },
      { ...beacon, page: 'javascript:alert(1)' },
      { ...beacon, page: long },
      { ...beacon, landing: '/relative' },
      { ...beacon, referrer: 'data:text/html,x' },
      { ...beacon, referrer: null },
      { ...beacon, source: 7 },
      { ...beacon, source: "TSO'; drop table visit" },
      { ...beacon, shown: '+13035550142' },
      { ...beacon, shown: ['555-0142'] },
      { ...beacon, shown: Array(201).fill('+13035550142') },
      { ...beacon, version: 'x'.repeat(65) },
    ];
    for (const body of malformed) {
      const answer = await send(body);
      assert.equal(answer.statusCode, 400, `${JSON.stringify(body)}: ${answer.body}`);
      const { code, reason } = answer.json();
      assert.match(code, /^(malformed-beacon|bad-request)$/);
      assert.ok(reason.length > 20);
      assert.equal(answer.headers['access-control-allow-origin'], '*');
    }
    assert.equal((await send(`{"x":"${'x'.repeat(20_000)}"}`)).statusCode, 413);
    assert.deepEqual(await countRows(), before);
  });

  test('that PostgreSQL could not hold, or that nobody should see', async () => {
    const beacon = beaconOf({
      page: 'https://anna:secret@anchor.example/é?x=%00',
      landing: 'https://anchor.example/?utm_source=a%00b&utm_campaign=%F0%28&utm_term=%ED%A0%80',
      referrer: 'android-app://com.google.android.gm/',
    });
    await answerTo(beacon);
    const [visit] = await query<{ page_url: string; utm_source: string; referrer: string }>(
      'select page_url, utm_source, referrer from visit where sid = $1',
      [beacon.visit],
    );
    assert.deepEqual(visit, {
      page_url: 'https://anchor.example/%C3%A9?x=%00',
      utm_source: 'ab',
      referrer: 'android-app://com.google.android.gm/',
    });
  });
});

test('an address is kept as the settings say', async () => {
  const by = { accountId: 7, key: 'k' };
  const truncated = (address: string) => keepAddress(address, 'truncated', by);
  assert.equal(truncated('203.0.113.77'), '203.0.113.0');
  assert.equal(truncated('::ffff:203.0.113.77'), '203.0.113.0');
  assert.equal(truncated('2001:db8:85a3::8a2e:370:7334'), '2001:db8:85a3::');
  assert.equal(truncated('2001:db8::1'), '2001:db8:0::');
  assert.equal(truncated('::1'), '0:0:0::');
  assert.equal(truncated('fe80::1%eth0'), 'fe80:0:0::');
  assert.equal(truncated('nonsense'), null);
  const hashed = keepAddress('203.0.113.77', 'hashed', by)!;
  assert.match(hashed, /^[0-9a-f]{32}$/);
  assert.equal(keepAddress('::ffff:203.0.113.77', 'hashed', by), hashed);
  assert.notEqual(keepAddress('203.0.113.77', 'hashed', { ...by, accountId: 8 }), hashed);
  assert.notEqual(keepAddress('203.0.113.77', 'hashed', { ...by, key: 'other' }), hashed);
  assert.equal(keepAddress('203.0.113.77', 'none', by), null);

  const there = await openWorld();
  await addSource(there.house.pool, there.shopId, { name: 'Google', referrer: 'google\\.' });
  const record = recordingVisits(there.house);
  for (const [addressKept, expected] of [
    ['hashed', /^[0-9a-f]{32}$/],
    ['none', /^$/],
    ['truncated', /^198\.51\.100\.0$/],
  ] as const) {
    const settings = {
      cookieDays: 30,
      storage: 'cookie',
      respectsSignals: true,
      visitsKeptDays: 30,
      addressKept,
    } as const;
    await there.house.db.transaction().execute((tx) => keepSwappingSettings(tx, there.shopId, settings));
    const beacon = beaconOf();
    await record((await readSite(there.house.pool, there.shopId))!, beacon, {
      userAgent: chrome,
      address: '198.51.100.7',
    });
    const { rows } = await there.house.pool.query(`select coalesce(address, '') as address from visit where sid = $1`, [
      beacon.visit,
    ]);
    assert.match(rows[0].address, expected);
    assert.doesNotMatch(
      JSON.stringify((await there.house.pool.query('select * from visit')).rows),
      /198\.51\.100\.7\b/,
    );
  }
});

test('of several click ids the more telling one is kept', () => {
  assert.deepEqual(readLanding('https://x.example/?fbclid=f&wbraid=w&UTM_SOURCE=x&utm_source=%20'), {
    utmSource: null,
    utmMedium: null,
    utmCampaign: null,
    utmTerm: null,
    utmContent: null,
    clickIdKind: 'wbraid',
    clickId: 'w',
  });
});

test('one visitor among many in a group that fails takes nobody along', async () => {
  const site = (await readSite(pool(), world.shopId))!;
  const ghost: Site = { ...site, accountId: 888_888 };
  const record = recordingVisits(world.house);
  const beacons = Array.from({ length: 30 }, () => beaconOf());
  const answers = await Promise.allSettled(
    beacons.map((beacon, index) =>
      record(index % 10 === 3 ? ghost : site, beacon, { userAgent: chrome, address: '198.51.100.7' }),
    ),
  );
  assert.deepEqual(
    answers.map(({ status }) => status),
    beacons.map((_, index) => (index % 10 === 3 ? 'rejected' : 'fulfilled')),
  );
  const kept = await query('select from visit where sid = any ($1)', [beacons.map(({ visit }) => visit)]);
  assert.equal(kept.length, 27);
});

test('an account that closes while beacons arrive: each is answered, and none is kept once that was told', async () => {
  const there = await openWorld();
  const { house, shopId, cast } = there;
  await addSource(house.pool, shopId, { name: 'Google', referrer: 'google\\.' });
  const live = startLive(there.databaseUrl, house.log);
  const closing = await buildApp(house, live);
  atEnd(async () => {
    await closing.close();
    await live.stop();
  });
  const ask = async () => {
    const beacon = beaconOf();
    const answer = await closing.inject({
      method: 'POST',
      url: `/${shopId}/visit`,
      remoteAddress: `10.${randomInt(250)}.${randomInt(250)}.1`,
      headers: { 'content-type': 'text/plain', 'user-agent': chrome },
      payload: JSON.stringify(beacon),
    });
    assert.equal(answer.statusCode, 200, answer.body);
    return { visit: beacon.visit, isOn: (answer.json() as VisitAnswer).isOn };
  };
  assert.equal((await ask()).isOn, true);
  const { hash: planHash, terms } = must(await offerClosing(house.db, shopId, await there.now()));
  const heard: { visit: string; isOn: boolean }[] = [];
  let isClosed = false;
  const visitors = Array.from({ length: 8 }, async () => {
    // Goes on until the closing has reached this process.
    for (let off = 0; off < 5; ) {
      const each = await ask();
      heard.push(each);
      off = each.isOn ? 0 : off + 1;
      if (off > 0) assert.ok(isClosed || heard.length > 0);
    }
  });
  must(await closeAccount(house, cast.shopOwner.actor, shopId, { planHash, terms, why: null }, newKey()));
  isClosed = true;
  await Promise.all(visitors);
  const kept = new Set((await house.pool.query('select sid from visit')).rows.map((row) => row.sid));
  for (const { visit, isOn } of heard)
    assert.equal(kept.has(visit), isOn, 'kept exactly if the page was told that it is on');
  const { rows } = await house.pool.query(
    `select coalesce(max(extract(epoch from t.begun_at - c.closed_at)), 0)::float as seconds from visit t, closure c`,
  );
  assert.ok(rows[0].seconds < 6, `${rows[0].seconds} seconds after the closing`);
});

test('DNT is the script’s to respect: the server keeps what it is sent', async () => {
  const beacon = beaconOf();
  await answerTo(beacon, { headers: { dnt: '1', 'sec-gpc': '1' } });
  assert.equal((await query('select from visit where sid = $1', [beacon.visit])).length, 1);
});

test('one address can’t flood it, and many at one office can visit', async () => {
  const said: object[] = [];
  for (let count = 0; count < 605; count += 1) {
    const answer = await app.inject({
      method: 'POST',
      url: `/${world.clientId}/visit`,
      remoteAddress: '10.77.0.2',
      headers: { 'content-type': 'text/plain' },
      payload: JSON.stringify(beaconOf()),
    });
    assert.equal(answer.statusCode, 200, 'anything else would stand in the page’s console');
    assert.equal(answer.headers['access-control-allow-origin'], '*');
    said.push(answer.json());
  }
  // Which leaves a page as it is, whether it was told before that swapping is on or off.
  assert.deepEqual(said.slice(-6), [{ isOn: false }, ...Array(5).fill({})]);
});
