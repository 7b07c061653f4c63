import assert from 'node:assert/strict';
import { before, beforeEach, describe, test } from 'node:test';
import { plantPool, plantVisit } from '../../test/plantVisit.ts';
import { form, openWorld, type World } from '../../test/world.ts';
import type { TrackingNumber } from '../numbers/store.ts';
import { newKey } from '../platform/ids.ts';
import { must } from '../rules/decision.ts';
import { answerCall } from './answer.ts';
import { eraseCaller } from './eraseCaller.ts';
import { matchCalls } from './matchCalls.ts';
import { findCall } from './store.ts';

/* A call that rang finds its visit, and loses it when its caller is erased. */

let world: World;
let number: TrackingNumber;
let plain: TrackingNumber;
let sourceId: number;

before(async () => {
  world = await openWorld();
  number = await world.rent(world.shopId, world.cast.shopOwner.actor);
  plain = await world.rent(world.shopId, world.cast.shopOwner.actor);
  sourceId = await plantPool(world.house.pool, world.shopId, 'Google Ads', [number.trackingNumberId]);
});

const ago = async (minutes: number): Promise<Date> => new Date((await world.now()).getTime() - minutes * 60_000);

async function ring(from = '+12125550177', to = number): Promise<number> {
  const fromPlace = { city: 'NEW YORK', region: 'NY', postalCode: null, country: 'US' };
  const callSid = `CA${newKey().replaceAll('-', '')}`;
  const arrived = { callSid, from, to: to.phoneNumber, fromPlace, callerName: null };
  const answer = await answerCall(world.house, arrived as Parameters<typeof answerCall>[1]);
  assert.equal(answer.kind, 'forward');
  return answer.kind === 'forward' ? answer.callId : 0;
}

const plant = async (minutes: number, more: Partial<Parameters<typeof plantVisit>[2]> = {}) =>
  plantVisit(world.house.pool, world.shopId, {
    trackingNumberId: number.trackingNumberId,
    sourceId,
    begunAt: await ago(minutes),
    landing: 'https://shop.example/offer?utm_campaign=spring',
    ...more,
  });

async function matched(callId: number) {
  await matchCalls(world.house);
  const call = await findCall(world.house.db, world.shopId, callId);
  assert.ok(call?.matchedAt);
  return call.visit;
}

describe('a call', () => {
  beforeEach(async () => {
    await world.house.pool.query(
      'delete from call_visit; delete from showing; update call set caller_number = $$+1999$$',
    );
  });

  test('finds the visit of minutes ago, and what it came by', async () => {
    await plant(700);
    const { visitId } = await plant(3, {
      utm: { source: 'google', medium: 'cpc', campaign: 'spring', term: 'plumber near me' },
      clickId: ['gclid', 'abc'],
      pages: ['https://shop.example/contact'],
      referrer: 'https://www.google.com/',
    });
    const callId = await ring();
    const visit = await matched(callId);
    assert.equal(visit?.visitId, visitId);
    assert.ok(visit.likelihoodPercent > 90);
    const { body, ...response } = await world.ask(world.cast.shopOwner, {
      url: `/api/v1/accounts/${world.shopId}/calls/${callId}`,
    });
    assert.equal(response.statusCode, 200);
    const told = JSON.parse(body);
    assert.equal(told.visitor, true);
    assert.equal(told.web_source, 'google');
    assert.equal(told.medium, 'cpc');
    assert.equal(told.campaign, 'spring');
    assert.equal(told.keyword, 'plumber near me');
    assert.equal(told.referrer, 'https://www.google.com/');
    assert.equal(told.location, 'https://shop.example/offer?utm_campaign=spring');
    assert.equal(told.last_location, 'https://shop.example/contact');
    assert.deepEqual(told.ga, { gclid: 'abc' });
    assert.match(told.visitor_sid, /^[0-9a-f]{24}$/);
    assert.equal(told.first_touch.campaign, 'spring');
    assert.equal(told.last_touch.source, 'Google Ads');
  });

  test('a visit that began after the call is never its', async () => {
    const callId = await ring();
    await plant(-1);
    assert.equal(await matched(callId), null);
  });

  test('the same telephone leads to the same visitor, in spite of somebody who is on the page now', async () => {
    const { visitorId } = await plant(200, { lastShownAt: await ago(199) });
    const first = await ring('+12125550150');
    assert.equal((await matched(first))?.visitorId, visitorId);
    await plant(1, { lastShownAt: await ago(0) });
    assert.equal((await matched(await ring('+12125550150')))?.visitorId, visitorId);
    assert.notEqual((await matched(await ring('+12125550151')))?.visitorId, visitorId);
    assert.notEqual((await matched(await ring('')))?.visitorId, visitorId, 'withheld numbers are nobody’s');
  });

  test('dialing again proves nothing: the same visitor, as likely as before', async () => {
    for (let minutes = 60; minutes < 100; minutes += 1) await plant(minutes);
    const said = [];
    for (let dialed = 0; dialed < 4; dialed += 1) said.push(await matched(await ring('+12125550152')));
    const [first, ...more] = said.map((visit) => [visit?.visitId, visit?.likelihoodPercent]);
    assert.ok(first?.[1]);
    for (const each of more) assert.deepEqual(each, first);
  });

  test('who had pressed the link is known days later, by a call to another number in between as well', async () => {
    const { visitorId } = await plant(5_000, { dialedAt: await ago(4_999) });
    const first = await ring('+12125550153');
    await world.house.pool.query('update call set called_at = $2 where call_id = $1', [first, await ago(4_998.5)]);
    const certain = (await matched(first))!;
    assert.ok(certain.likelihoodPercent >= 98);
    for (let minutes = 100; minutes < 130; minutes += 1) await plant(minutes);
    await matched(await ring('+12125550153', plain));
    const later = (await matched(await ring('+12125550153')))!;
    assert.deepEqual([later.visitorId, later.likelihoodPercent], [visitorId, certain.likelihoodPercent]);
  });

  test('on a number of no pool it is looked at, and has no visit', async () => {
    await plant(1, { trackingNumberId: plain.trackingNumberId });
    assert.equal(await matched(await ring('+12125550177', plain)), null);
  });

  test('its page leads to the visit and says how long before pages were seen, and the visit’s page leads back', async () => {
    const begunAt = await ago(8 * 24 * 60 + 60);
    const { visitId, visitorId } = await plant(0, {
      begunAt,
      lastShownAt: await ago(1),
      pages: ['https://shop.example/a'],
    });
    await world.house.pool.query("update page_view set viewed_at = $1 where visit_id = $2 and url like '%/a'", [
      await ago(2),
      visitId,
    ]);
    const callId = await ring('+12125550154');
    assert.equal((await matched(callId))?.visitId, visitId);
    const base = `/accounts/${world.shopId}`;
    const read = async (url: string, who = world.cast.shopOwner) =>
      (await world.ask(who, { url: `${base}${url}` })).body;
    const page = await read(`/calls/${callId}`);
    assert.ok(page.includes(`href="${base}/visits/${visitId}"`));
    assert.match(page, /8 days before/);
    assert.match(page, /− 2:\d\d/);
    const visitPage = await read(`/visits/${visitId}`);
    assert.ok(visitPage.includes(`href="${base}/calls/${callId}"`));
    assert.ok(visitPage.includes(`href="${base}/visitors/${visitorId}/erase"`));
    assert.ok((await read(`/calls/${callId}/erasure/new`)).includes(`href="${base}/visits/${visitId}"`));
    const agents = await read(`/calls/${callId}`, world.cast.callAgent);
    assert.ok(!agents.includes(`/visits/${visitId}`), 'an agent may not see visitors');
  });

  test('without a visit, its page says all that may be why', async () => {
    const callId = await ring('+12125550155');
    await matched(callId);
    const { body } = await world.ask(world.cast.shopOwner, { url: `/accounts/${world.shopId}/calls/${callId}` });
    assert.match(
      body,
      /shown to nobody in the 30 days before the call, or its visitor was erased since, or the visit is older than/,
    );
  });

  test('the log is filtered by source, and by the campaign of a visit that is likely enough', async () => {
    const { visitId } = await plant(2, { lastShownAt: await ago(0), utm: { campaign: 'spring & summer' } });
    const callId = await ring('+12125550156');
    assert.equal((await matched(callId))?.visitId, visitId);
    const log = async (query: Record<string, string>) => {
      const url = `/accounts/${world.shopId}/calls?${new URLSearchParams(query)}`;
      const api = await world.ask(world.cast.shopOwner, { url: `/api/v1${url}` });
      return {
        page: (await world.ask(world.cast.shopOwner, { url })).body,
        ids: api.json().calls.map((each: { id: number }) => each.id),
      };
    };
    const bySource = await log({ source: String(sourceId), caller: '5550156' });
    assert.deepEqual(bySource.ids, [callId]);
    assert.match(bySource.page, new RegExp(`<option value="${sourceId}" selected`));
    assert.deepEqual((await log({ source: String(sourceId + 999), caller: '5550156' })).ids, []);
    const byCampaign = await log({ campaign: 'spring & summer' });
    assert.deepEqual(byCampaign.ids, [callId]);
    assert.match(byCampaign.page, /name="campaign"[^>]*value="spring &amp; summer"/);
    await world.house.pool.query('update call_visit set likelihood_percent = 49 where call_id = $1', [callId]);
    assert.deepEqual((await log({ campaign: 'spring & summer' })).ids, []);
  });

  test('its erased caller is gone from every call of theirs; time and charge stay, and nothing is matched again', async () => {
    await plant(2);
    const [first, second, other] = [await ring('+12125550160'), await ring('+12125550160'), await ring('+12125550161')];
    await matchCalls(world.house);
    const third = await ring('+12125550160');
    const { callId: _, ...kept } = (await findCall(world.house.db, world.shopId, first))!;
    const erase = () => eraseCaller(world.house, world.cast.shopOwner.actor, world.shopId, first, newKey());
    assert.equal(must(await erase()), 3);
    for (const callId of [first, second, third]) {
      const visit = await matched(callId);
      const call = (await findCall(world.house.db, world.shopId, callId))!;
      assert.equal(visit, null);
      assert.deepEqual([call.callerNumber, call.callerCity, call.callerRegion], ['', null, null]);
      assert.ok(call.callerErasedAt);
    }
    const after = (await findCall(world.house.db, world.shopId, first))!;
    assert.deepEqual(after.calledAt, kept.calledAt);
    assert.equal((await findCall(world.house.db, world.shopId, other))?.callerNumber, '+12125550161');
    const again = await erase();
    assert.equal(!again.ok && again.refusal.code, 'no-caller-to-erase');
    const { rows } = await world.house.pool.query(
      "select detail::text, input_hash from deed where action = 'erase-person'",
    );
    assert.equal(rows.length, 1);
    assert.doesNotMatch(JSON.stringify(rows), /5550160/);
  });

  test('only who may erase is offered it, and may', async () => {
    const callId = await ring('+12125550170');
    const address = `/accounts/${world.shopId}/calls/${callId}`;
    const asked = await world.ask(world.cast.shopOwner, { url: `${address}/erasure/new` });
    assert.match(asked.body, /all|the one call/);
    assert.match(asked.body, /charge stay/);
    const agent = await world.ask(world.cast.callAgent, { url: address });
    assert.doesNotMatch(agent.body, /Erase caller/);
    for (const who of [world.cast.callAgent, world.shopPeople['marketing-manager']])
      assert.equal((await world.ask(who, { ...form({}), url: `${address}/erasure` })).statusCode, 403);
    const done = await world.ask(world.cast.shopOwner, { ...form({}), url: `${address}/erasure` });
    assert.equal(done.statusCode, 303);
  });
});
