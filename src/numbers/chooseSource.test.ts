import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { giveVisits } from '../../test/giveVisits.ts';
import { addSource as plantSource } from '../../test/website.ts';
import { form, openWorld, type World } from '../../test/world.ts';
import { newKey } from '../platform/ids.ts';
import { type Decision, must } from '../rules/decision.ts';
import { sourcesMax } from '../rules/sources.ts';
import { giveNumber } from '../swapping/sources/giveNumber.ts';
import { removeSource } from '../swapping/sources/removeSource.ts';
import { findSources } from '../swapping/sources/store.ts';
import { buyNumber } from './buy.ts';
import type { SourceChoice } from './chooseSource.ts';
import { editNumber } from './edit.ts';
import { findNumber } from './store.ts';

/* What a number stands for: chosen from the sources that are there, or made by name, and said. */

let world: World;
let numberId: number;
let adsId: number;
before(async () => {
  world = await openWorld();
  const { pool } = world.house;
  adsId = (
    await plantSource(pool, world.shopId, { name: 'Google Ads', clickIds: ['gclid'], position: 1, isPool: true })
  ).id;
  numberId = (await world.rent(world.shopId, actor())).trackingNumberId;
});

const actor = () => world.cast.shopOwner.actor;
const edit = (source: SourceChoice | null, name: string | null = null) =>
  editNumber(world.house, actor(), world.shopId, numberId, { name, source, receivingNumber: null }, newKey());
const number = async () => (await findNumber(world.house.db, world.shopId, numberId, await world.now()))!;
const sources = () => findSources(world.house.db, world.shopId);
const sourceNamed = async (name: string) => (await sources()).find((each) => each.name === name);
const fieldsOf = (decision: Decision<unknown>) =>
  !decision.ok && decision.refusal.code === 'invalid-input' ? decision.refusal.fields : {};
const holders = async () =>
  (
    await world.house.pool.query('select from pool_assignment where account_id = $1 and tracking_number_id = $2', [
      world.shopId,
      numberId,
    ])
  ).rowCount;
const send = async (url: string, fields: Record<string, string>) => {
  const base = `/accounts/${world.shopId}`;
  const answer = await world.ask(world.cast.shopOwner, { ...form(fields), method: 'POST', url: base + url });
  const cookie = answer.cookies.find((each) => each.name === 'switchhook.notice');
  const notice = cookie && JSON.parse(Buffer.from(cookie.value, 'base64url').toString()).text;
  return { status: answer.statusCode, body: answer.body, notice: notice as string | undefined };
};

describe('choosing the source of a number', () => {
  test('a name that is there in another case is that source', async () => {
    assert.deepEqual(must(await edit({ name: 'google ADS' })), { name: 'Google Ads', made: null, leftPoolOf: null });
    assert.equal((await number()).trackingSourceId, adsId);
    assert.equal((await sources()).length, 1);
  });

  test('staying in a pool keeps the visitor who has the number; leaving it is said, and nobody has it any more', async () => {
    await giveVisits(world, world.shopId, { trackingSourceId: adsId, trackingNumberId: numberId });
    must(await edit({ trackingSourceId: adsId }, 'Renamed'));
    assert.equal(await holders(), 1);
    const given = must(await edit({ name: 'Goggle Ads' }));
    assert.deepEqual(given, { name: 'Goggle Ads', made: 'new', leftPoolOf: 'Google Ads' });
    assert.equal(await holders(), 0);
    must(await giveNumber(world.house, actor(), world.shopId, adsId, numberId, newKey()));
    assert.deepEqual(must(await edit(null)), { name: null, made: null, leftPoolOf: 'Google Ads' });
    assert.equal((await number()).trackingSourceId, null);
  });

  test('a new one is a mere name, tried last', async () => {
    const made = (await sources()).at(-1)!;
    assert.deepEqual([made.name, made.isOnsite, made.landingPattern], ['Goggle Ads', false, null]);
  });

  test('a removed one comes back without its rules, at the end, and that is said', async () => {
    const { pool } = world.house;
    const { id } = await plantSource(pool, world.shopId, { name: 'Radio', referrer: 'radio', position: 1 });
    must(await removeSource(world.house, actor(), world.shopId, id, newKey()));
    assert.equal(must(await edit({ name: 'RADIO' })).made, 'back');
    const back = (await sources()).at(-1)!;
    assert.deepEqual([back.trackingSourceId, back.name], [id, 'RADIO']);
    assert.deepEqual([back.referrerPattern, back.isOnsite, back.isLastTouch], [null, false, false]);
  });

  test('what can’t be is refused at its field, and changes nothing', async () => {
    const kept = await sources();
    assert.match(fieldsOf(await edit({ name: '' })).sourceName!, /Give the source a name/);
    assert.match(fieldsOf(await edit({ name: 'x'.repeat(121) })).sourceName!, /at most 120 characters; this has 121/);
    assert.match(fieldsOf(await edit(null, 'x'.repeat(121))).name!, /at most 120 characters/);
    const foreign = await plantSource(world.house.pool, world.neighborId, { name: 'Theirs' });
    for (const trackingSourceId of [0, foreign.id])
      assert.equal(fieldsOf(await edit({ trackingSourceId })).sourceId, 'Choose one of the sources.');
    for (let each = kept.length; each < sourcesMax; each += 1)
      await plantSource(world.house.pool, world.shopId, { name: `Flyer ${each}`, position: 50 });
    assert.match(fieldsOf(await edit({ name: 'One more' })).sourceName!, /at most 300 sources/);
    assert.equal(must(await edit({ name: 'flyer 299' })).name, 'Flyer 299');
    await world.house.pool.query(
      `delete from tracking_source where account_id = $1 and name like 'Flyer %' and name <> 'Flyer 299'`,
      [world.shopId],
    );
    assert.equal(await sourceNamed('One more'), undefined);
  });

  test('the database keeps names apart without case', async () => {
    const double = plantSource(world.house.pool, world.shopId, { name: 'GOOGLE ads' });
    await assert.rejects(double, /tracking_source_name/);
  });

  test('when buying as well', async () => {
    const purchase = (phoneNumber: string, source: SourceChoice | null) => ({
      phoneNumber,
      name: null,
      source,
      receivingNumber: null,
    });
    const buy = (phoneNumber: string, source: SourceChoice | null) =>
      buyNumber(world.house, actor(), world.shopId, purchase(phoneNumber, source), newKey());
    const bought = must(await buy('+13035550125', { name: 'The van' }));
    assert.equal(bought.source?.made, 'new');
    assert.match(fieldsOf(await buy('+13035550126', { name: 'x'.repeat(121) })).sourceName!, /at most 120/);
    const found = await findNumber(world.house.db, world.shopId, bought.trackingNumberId, await world.now());
    assert.equal(found!.sourceName, 'The van');
  });
});

describe('on the pages and in the API', () => {
  test('the form sends what was chosen, and the notice says what became of it', async () => {
    must(await edit({ trackingSourceId: adsId }));
    const url = `/numbers/${numberId}`;
    const saved = await send(url, { sourceId: 'new', sourceName: 'Yard signs', name: '', receivingNumber: '' });
    assert.match(saved.notice!, /The source “Yard signs” is new\. \(\d{3}\) 555-01\d\d left the pool of Google Ads\./);
    const back = await send(url, { sourceId: String(adsId), sourceName: 'left over' });
    assert.doesNotMatch(back.notice!, /new/);
    assert.equal((await number()).trackingSourceId, adsId);
    const refused = await send(url, { sourceId: 'new', sourceName: '', name: 'Kept' });
    assert.equal(refused.status, 422);
    assert.match(refused.body, /Give the source a name/);
    assert.match(refused.body, /value="Kept"/);
    const bought = await send('/numbers', { phoneNumber: '+13035550127', sourceId: 'new', sourceName: 'Mailer' });
    assert.match(bought.notice!, /The source “Mailer” is new\./);
    await send(url, { sourceId: 'none', sourceName: 'left over' });
    assert.equal((await number()).trackingSourceId, null);
  });

  test('a page of the version before, which names the source, is understood', async () => {
    await send(`/numbers/${numberId}`, { sourceName: 'Google Ads' });
    assert.equal((await number()).trackingSourceId, adsId);
  });

  test('a name that is too long is refused at its field, in every form, and nothing is cut', async () => {
    const name = 'x'.repeat(121);
    for (const [url, fields] of [
      [`/numbers/${numberId}`, { name, sourceId: 'none' }],
      ['/numbers', { phoneNumber: '+13035550128', name }],
      ['/receiving-numbers', { phoneNumber: '+12125550190', name }],
      ['/target-numbers', { phoneNumber: '+12125550191', name }],
      ['/sources', { name }],
      ['/sources', { name: 'Short', description: 'x'.repeat(501) }],
    ] as const) {
      const answer = await send(url, fields);
      assert.equal(answer.status, 422, url);
      assert.match(answer.body, /id="field-(name|description)-error"[\s\S]*at most (120|500) characters/, url);
    }
  });

  test('clients name the source, and what they don’t mention stays', async () => {
    const put = async (fields: Record<string, string>) => {
      const url = `/api/v1/accounts/${world.shopId}/numbers/${numberId}`;
      return (await world.ask(world.cast.shopOwner, { ...form(fields), method: 'PUT', url })).json();
    };
    assert.equal((await put({ name: 'Website' })).number.source.name, 'Google Ads');
    assert.equal((await put({ source_name: 'yard SIGNS' })).number.source.name, 'Yard signs');
    assert.equal((await put({ source_name: 'Cinema' })).number.source.name, 'Cinema');
    assert.equal((await put({ source_name: 'x'.repeat(121) })).status, 'error');
  });
});
