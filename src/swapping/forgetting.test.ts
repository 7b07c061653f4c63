import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { addNumbers, addSource, addTarget, beaconOf, chrome, hex24 } from '../../test/website.ts';
import { openWorld, type World } from '../../test/world.ts';
import { findCandidates } from '../calls/store.ts';
import { newKey } from '../platform/ids.ts';
import { must } from '../rules/decision.ts';
import type { VisitAnswer, VisitBeacon } from '../rules/swapping.ts';
import { eraseVisitor } from './eraseVisitor.ts';
import { forgetVisits } from './forgetVisits.ts';
import { readSite } from './readSite.ts';
import { recordingVisits } from './recordVisit.ts';
import { findMistakes, offerErasure, setTrackingCode } from './setTrackingCode.ts';
import { findSwappingSettings, firstSettings, type SwappingSettings } from './store.ts';

let world: World;
let visit: (over?: Partial<VisitBeacon>, accountId?: number) => Promise<VisitBeacon>;
let numberId: number;
beforeEach(async () => {
  world = await openWorld();
  for (const accountId of [world.shopId, world.neighborId]) {
    const source = await addSource(pool(), accountId, { name: 'Google', referrer: 'google\\.', isPool: true });
    await addTarget(pool(), accountId, '+13035550142');
    const [number] = await addNumbers(pool(), accountId, source.id, 3, accountId === world.shopId ? 910 : 920);
    if (accountId === world.shopId) numberId = number!.id;
  }
  const record = recordingVisits(world.house);
  visit = async (over = {}, accountId = world.shopId) => {
    const site = (await readSite(pool(), accountId))!;
    const beacon = beaconOf({ source: [...site.sourceIds.keys()][0]!, ...over });
    const sender = { userAgent: chrome, address: '198.51.100.7' };
    const { swaps } = (await record(site, beacon, sender)) as VisitAnswer & { isOn: true };
    // The page says what it shows now.
    if (swaps)
      await record(site, { ...beacon, kind: 'live', shown: swaps.map(([, shown]) => shown.replace(' ', '')) }, sender);
    return beacon;
  };
});

const pool = () => world.house.pool;
const tables = ['visitor', 'visit', 'page_view', 'showing', 'pool_assignment', 'call_visit', 'call'];
async function count(accountId = world.shopId) {
  const counted = tables.map((table) => `(select count(*)::int from ${table} where account_id = $1) as ${table}`);
  return (await pool().query(`select ${counted.join(', ')}`, [accountId])).rows[0];
}
/** A call that is said to have come from all visits of a visitor. */
async function callOf(visitor: string): Promise<void> {
  await pool().query(
    `with calling as (
       insert into call (account_id, sid, carrier_call_sid, tracking_number_id, caller_number, called_at, status, payer_id, matched_at)
       values ($1, $2, $2, $3, '+13035550177', now(), 'answered', $1, now()) returning account_id, call_id)
     insert into call_visit (account_id, call_id, visit_id, rank, likelihood_percent)
     select c.account_id, c.call_id, t.visit_id, row_number() over (order by t.visit_id), 50
       from calling c join visitor v on v.account_id = c.account_id and v.sid = $4 join visit t using (visitor_id)`,
    [world.shopId, newKey(), numberId, visitor],
  );
}

describe('a visitor is erased', () => {
  test('with everything of theirs, and nothing of anybody else’s; the call stays', async () => {
    const { visitor } = await visit();
    await visit({ visitor });
    const other = await visit();
    await visit({ visitor }, world.neighborId);
    await callOf(visitor);
    await callOf(other.visitor);
    const neighbors = await count(world.neighborId);
    const by = (who: 'shopOwner' | 'neighbor' | 'callAgent' | 'operator') =>
      eraseVisitor(world.house, world.cast[who].actor, world.shopId, visitor, newKey());
    for (const who of ['neighbor', 'callAgent', 'operator'] as const) assert.equal((await by(who)).ok, false, who);
    assert.deepEqual(must(await by('shopOwner')), { visits: 2, pageViews: 2, showings: 2 });
    assert.deepEqual(await count(), {
      visitor: 1,
      visit: 1,
      page_view: 1,
      showing: 1,
      pool_assignment: 1,
      call_visit: 1,
      call: 2,
    });
    assert.deepEqual(await count(world.neighborId), neighbors);
    const again = await by('shopOwner');
    assert.equal(!again.ok && again.refusal.code, 'not-found');
    const { rows } = await pool().query("select detail::text from deed where action = 'erase-person'");
    assert.equal(rows.length, 1);
    assert.doesNotMatch(rows[0].detail, new RegExp(visitor), 'the journal doesn’t say who');
  });

  test('and whoever was the next likeliest does not pass for them', async () => {
    const { visitor } = await visit();
    const other = await visit();
    await callOf(visitor);
    const { rows } = await pool().query<{ callId: number }>(
      `insert into call_visit (account_id, call_id, visit_id, rank, likelihood_percent)
       select m.account_id, m.call_id, t.visit_id, 2, 10
         from call_visit m join visitor v on v.account_id = m.account_id and v.sid = $2
         join visit t on t.account_id = v.account_id and t.visitor_id = v.visitor_id
        where m.account_id = $1
       returning call_id::int as "callId"`,
      [world.shopId, other.visitor],
    );
    const call = { accountId: world.shopId, callId: rows[0]!.callId, trackingNumberId: numberId };
    assert.equal((await findCandidates(world.house.db, call)).length, 2);
    must(await eraseVisitor(world.house, world.cast.shopOwner.actor, world.shopId, visitor, newKey()));
    assert.deepEqual(await findCandidates(world.house.db, call), []);
  });

  test('while their beacons arrive: nothing is left half', async () => {
    const { visitor } = await visit();
    await Promise.all([
      ...Array.from({ length: 20 }, () => visit({ visitor, kind: 'live' })),
      eraseVisitor(world.house, world.cast.shopOwner.actor, world.shopId, visitor, newKey()),
    ]);
    must(await eraseVisitor(world.house, world.cast.shopOwner.actor, world.shopId, visitor, newKey()));
    const { call, ...rows } = await count();
    assert.deepEqual(new Set(Object.values(rows)), new Set([0]));
    assert.equal(call, 0);
  });
});

describe('visits are forgotten', () => {
  test('when they are older than their account keeps them, with all that hangs on them', async () => {
    const settings = { ...firstSettings, visitsKeptDays: 30 };
    must(await setTrackingCode(world.house, world.cast.shopOwner.actor, world.shopId, settings, newKey()));
    const { visitor } = await visit();
    const gone = await visit();
    await callOf(gone.visitor);
    await visit({}, world.neighborId);
    await world.travel(20);
    await visit({ visitor });
    await world.travel(9.9);
    assert.equal(await forgetVisits(world.house.db), 0);
    await world.travel(0.2);
    assert.equal(await forgetVisits(world.house.db), 2, 'a visitor, and the older visit of the one who came back');
    assert.deepEqual(await count(), {
      visitor: 1,
      visit: 1,
      page_view: 1,
      showing: 1,
      pool_assignment: 1,
      call_visit: 0,
      call: 1,
    });
    assert.equal((await count(world.neighborId)).visit, 1, 'kept for a year');
    await world.travel(336);
    await world.work();
    assert.deepEqual([(await count()).visitor, (await count(world.neighborId)).visitor], [0, 0]);
  });

  test('in more than one go where there are many', async () => {
    await pool().query(
      `insert into visitor (account_id, sid, first_seen_at, last_seen_at)
       select $1, i, now() - interval '2 years', now() - interval '400 days' from generate_series(1, 2500) i`,
      [world.shopId],
    );
    assert.equal(await forgetVisits(world.house.db), 2_500);
  });
});

describe('the tracking code’s settings', () => {
  const save = (settings: SwappingSettings, agreed?: string, key = newKey()) =>
    setTrackingCode(world.house, world.cast.shopOwner.actor, world.shopId, settings, key, agreed);
  const offer = async (settings: SwappingSettings) =>
    offerErasure(world.house.db, world.shopId, settings, await world.now());

  test('are the first ones until somebody sets others', async () => {
    assert.deepEqual(await findSwappingSettings(world.house.db, world.shopId), firstSettings);
    const settings = {
      cookieDays: 1,
      storage: 'none',
      respectsSignals: false,
      addressKept: 'hashed',
      visitsKeptDays: 3_650,
    } as const;
    for (const cookieDays of [90, 1]) {
      const wish = { ...settings, cookieDays };
      must(await setTrackingCode(world.house, world.cast.shopOwner.actor, world.shopId, wish, newKey()));
    }
    assert.deepEqual(await findSwappingSettings(world.house.db, world.shopId), settings);
    assert.deepEqual((await readSite(pool(), world.shopId))!.settings, settings);
    await pool().query('insert into swapping_settings (account_id) values ($1)', [world.clientId]);
    assert.deepEqual(await findSwappingSettings(world.house.db, world.clientId), firstSettings, 'as the table says');
  });

  test('with no address kept, the addresses of earlier visits go as well', async () => {
    await visit();
    const kept = async () =>
      (await pool().query('select count(address)::int as kept from visit where account_id = $1', [world.shopId]))
        .rows[0].kept;
    assert.ok((await kept()) > 0);
    const wish = { ...firstSettings, addressKept: 'none' } as const;
    const unasked = await save(wish);
    assert.deepEqual(!unasked.ok && unasked.refusal, { code: 'erasure-unconfirmed', visits: 0, addresses: 1 });
    assert.ok((await kept()) > 0);
    must(await save(wish, (await offer(wish))!.hash));
    assert.equal(await kept(), 0);
    assert.equal(await offer(wish), null, 'there is nothing left');
  });

  test('that would erase visits are saved once somebody has seen how many, and agreed', async () => {
    const begun = await world.now();
    await visit();
    await visit();
    await world.travel(10);
    await visit();
    const short = { ...firstSettings, visitsKeptDays: 10 };
    const unasked = await save(short);
    assert.deepEqual(!unasked.ok && unasked.refusal, { code: 'erasure-unconfirmed', visits: 2, addresses: 0 });
    assert.deepEqual(await findSwappingSettings(world.house.db, world.shopId), firstSettings);
    const offered = (await offer(short))!;
    assert.equal(offered.visits, 2);
    assert.ok(offered.oldestAt! >= begun && offered.oldestAt!.getTime() < begun.getTime() + 60_000);
    assert.equal((await save(short, 'something else')).ok, false);
    const key = newKey();
    const both = await Promise.all([save(short, offered.hash, key), save(short, offered.hash, key)]);
    assert.deepEqual(
      both.map(({ ok }) => ok),
      [true, true],
      'a double submit is one',
    );
    const { rows } = await pool().query("select detail from deed where action = 'set-tracking-code'");
    assert.equal(rows.length, 1);
    assert.equal(rows[0].detail.erasedVisits, 2);
    assert.equal(await forgetVisits(world.house.db), 2);
    assert.equal((await count()).visit, 1);
  });

  test('what was agreed to holds for the settings that stood then, whatever was visited meanwhile', async () => {
    await visit();
    await world.travel(10);
    const short = { ...firstSettings, visitsKeptDays: 5 };
    const { hash } = (await offer(short))!;
    await visit();
    const longer = { ...firstSettings, visitsKeptDays: 900 };
    must(await save(longer));
    const answer = await save(short, hash);
    assert.equal(!answer.ok && answer.refusal.code, 'erasure-unconfirmed', 'somebody wants to keep them');
    assert.deepEqual(await findSwappingSettings(world.house.db, world.shopId), longer);
    const again = (await offer(short))!;
    await visit();
    must(await save(short, again.hash));
  });

  test('that erase nothing are saved at once', async () => {
    await visit();
    await world.travel(10);
    for (const visitsKeptDays of [366, 11, 400]) must(await save({ ...firstSettings, visitsKeptDays }));
    must(await save({ ...firstSettings, addressKept: 'hashed' }));
    await world.travel(400);
    // What is older than was kept so far is going anyway.
    assert.equal(await offer({ ...firstSettings, visitsKeptDays: 1 }), null);
  });

  test('are refused where they can’t be, and to whoever may not', async () => {
    assert.deepEqual(findMistakes(firstSettings), {});
    const wrong = {
      cookieDays: 0,
      storage: 'x' as 'none',
      respectsSignals: true,
      addressKept: '' as 'none',
      visitsKeptDays: 1.5,
    };
    assert.deepEqual(Object.keys(findMistakes(wrong)), ['cookieDays', 'visitsKeptDays', 'storage', 'addressKept']);
    assert.ok(findMistakes({ ...firstSettings, cookieDays: Number.NaN }).cookieDays);
    const answer = await setTrackingCode(world.house, world.cast.shopOwner.actor, world.shopId, wrong, newKey());
    assert.equal(!answer.ok && answer.refusal.code, 'invalid-input');
    const marketer = world.shopPeople['marketing-manager'].actor;
    assert.equal((await setTrackingCode(world.house, marketer, world.shopId, firstSettings, newKey())).ok, false);
  });
});

test('a visitor who was erased is a new one when they come again', async () => {
  const beacon = await visit({ visitor: hex24() });
  must(await eraseVisitor(world.house, world.cast.shopOwner.actor, world.shopId, beacon.visitor, newKey()));
  await visit({ visitor: beacon.visitor, visit: beacon.visit, kind: 'live' });
  assert.equal((await count()).visit, 1);
});
