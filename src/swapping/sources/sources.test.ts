import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { form, openWorld, type World } from '../../../test/world.ts';
import { editNumber } from '../../numbers/edit.ts';
import { findNumber } from '../../numbers/store.ts';
import { newKey } from '../../platform/ids.ts';
import { type Decision, must } from '../../rules/decision.ts';
import { presets } from '../../rules/presets.ts';
import { noRules } from '../../rules/sources.ts';
import { addPresets } from './addPresets.ts';
import { addSource } from './addSource.ts';
import { editSource } from './editSource.ts';
import { moveSource } from './moveSource.ts';
import { sayPatternTrouble } from './mustBeSource.ts';
import { removeSource } from './removeSource.ts';
import { findSources, type SourceWish } from './store.ts';

let world: World;
before(async () => {
  world = await openWorld();
});

const wishOf = (name: string, more: Partial<SourceWish> = {}): SourceWish => ({
  ...noRules,
  name,
  description: null,
  isOnsite: true,
  isLastTouch: false,
  position: null,
  ...more,
});
const actor = () => world.cast.shopOwner.actor;
const names = async () => (await findSources(world.house.db, world.shopId)).map((each) => each.name);
const fieldsOf = (decision: Decision<unknown>) =>
  !decision.ok && decision.refusal.code === 'invalid-input' ? decision.refusal.fields : {};
const add = (wish: SourceWish) => addSource(world.house, actor(), world.shopId, wish, newKey());

describe('patterns', () => {
  test('of every preset are good', () => {
    for (const { code, rules } of presets)
      for (const pattern of [
        rules.referrerPattern,
        rules.landingPattern,
        rules.notReferrerPattern,
        rules.notLandingPattern,
      ])
        assert.equal(pattern && sayPatternTrouble(pattern), pattern && null, code);
  });

  test('that people write are good', () => {
    for (const pattern of [
      'gclid=.+',
      '^https?://partner\\.example/',
      '/spring-(sale|offer)',
      '.',
      '^$',
      'utm_source=van',
    ])
      assert.equal(sayPatternTrouble(pattern), null, pattern);
  });

  test('that could keep a browser busy are refused with what to do, and so are long and broken ones', () => {
    for (const pattern of ['(a+)+$', '(x*)*y', '.*a.*a.*a.*b$', '(.|a)*(.|a)*c', '([a-z]+)*\\d'])
      assert.match(sayPatternTrouble(pattern) ?? '', /very long/, pattern);
    assert.match(sayPatternTrouble('x'.repeat(501)) ?? '', /at most 500 characters; this one has 501/);
    assert.match(sayPatternTrouble('gclid=(') ?? '', /no regular expression: .*\. A literal/);
  });

  test('that older Safaris can’t read are refused, and what only looks like it is not', () => {
    for (const pattern of ['(?<!www\\.)example', 'a(?<=a)b', '[(](?<!x)'])
      assert.match(sayPatternTrouble(pattern) ?? '', /Safari/);
    for (const pattern of ['(?<year>20\\d\\d)', '(?!x)y', '\\(?<!', '[(?<!]x'])
      assert.equal(sayPatternTrouble(pattern), null, pattern);
  });
});

describe('sources of an account', () => {
  test('presets come into their order, by hand before them, offsite last', async () => {
    must(await addPresets(world.house, actor(), world.shopId, ['direct', 'google-organic'], newKey()));
    must(await add(wishOf('The van', { isOnsite: false })));
    assert.equal(must(await addPresets(world.house, actor(), world.shopId, ['google-ads', 'direct'], newKey())), 1);
    must(await add(wishOf('Spring', { utmCampaign: 'spring*' })));
    assert.deepEqual(await names(), ['Spring', 'Google Ads', 'Google organic', 'Direct', 'The van']);
  });

  test('a name that stands there without rules gets those of its preset, and keeps its numbers', async () => {
    const { trackingNumberId } = await world.rent(world.shopId, actor());
    const change = { name: null, source: { name: 'Bing organic' }, receivingNumber: null };
    must(await editNumber(world.house, actor(), world.shopId, trackingNumberId, change, newKey()));
    assert.equal((await names()).at(-1), 'Bing organic');
    must(await addPresets(world.house, actor(), world.shopId, ['bing-organic'], newKey()));
    assert.deepEqual(await names(), ['Spring', 'Google Ads', 'Google organic', 'Bing organic', 'Direct', 'The van']);
    const source = (await findSources(world.house.db, world.shopId))[3]!;
    assert.equal(source.numbers, 1);
    assert.equal(source.isOnsite, true);
  });

  test('moved up and down, and not past the ends', async () => {
    const [first, second] = await findSources(world.house.db, world.shopId);
    const move = (id: number, way: 'up' | 'down') => moveSource(world.house, actor(), world.shopId, id, way, newKey());
    must(await move(second!.trackingSourceId, 'up'));
    assert.deepEqual((await names()).slice(0, 2), ['Google Ads', 'Spring']);
    must(await move(second!.trackingSourceId, 'up'));
    must(await move(first!.trackingSourceId, 'up'));
    assert.deepEqual((await names()).slice(0, 2), ['Spring', 'Google Ads']);
  });

  test('a name is there once, whatever its case; fields say what is wrong', async () => {
    assert.match(fieldsOf(await add(wishOf('google ads'))).name!, /named Google Ads already/);
    const wrong = wishOf('', { referrerPattern: '(a+)+', utmSource: 'a*b*c*', clickIds: ['no spaces'], position: 0 });
    assert.deepEqual(Object.keys(fieldsOf(await add(wrong))), [
      'name',
      'referrerPattern',
      'utmSource',
      'clickIds',
      'position',
    ]);
  });

  test('removed: its number has no source, calls keep it; adding the name brings it back', async () => {
    const sources = await findSources(world.house.db, world.shopId);
    const bing = sources.find((each) => each.name === 'Bing organic')!;
    const { rows } = await world.house.pool.query<{ id: string }>(
      'select tracking_number_id as id from tracking_number where account_id = $1 and tracking_source_id = $2',
      [world.shopId, bing.trackingSourceId],
    );
    const numberId = Number(rows[0]!.id);
    must(await removeSource(world.house, actor(), world.shopId, bing.trackingSourceId, newKey()));
    const number = () => world.now().then((now) => findNumber(world.house.db, world.shopId, numberId, now));
    assert.equal((await number())!.sourceName, null);
    assert.ok(!(await names()).includes('Bing organic'));
    const again = await removeSource(world.house, actor(), world.shopId, bing.trackingSourceId, newKey());
    assert.deepEqual(again, { ok: false, refusal: { code: 'not-found' } });

    const van = sources.find((each) => each.name === 'The van')!;
    const renamed = { ...van, name: 'Bing organic', position: null };
    const clash = await editSource(world.house, actor(), world.shopId, van.trackingSourceId, renamed, newKey());
    assert.match(fieldsOf(clash).name!, /removed, and earlier calls bear it/);

    const otherwise = wishOf('BING organic', { isOnsite: false, position: null });
    must(await editSource(world.house, actor(), world.shopId, van.trackingSourceId, otherwise, newKey()));
    const asBefore = wishOf('The van', { isOnsite: false, position: null });
    must(await editSource(world.house, actor(), world.shopId, van.trackingSourceId, asBefore, newKey()));

    const id = must(await add(wishOf('bing Organic', { utmSource: 'bing' })));
    assert.equal(id, bing.trackingSourceId);
    const back = (await findSources(world.house.db, world.shopId)).find((each) => each.trackingSourceId === id)!;
    assert.deepEqual([back.name, back.referrerPattern, back.utmSource], ['bing Organic', null, 'bing']);
  });

  test('who only sees reports changes nothing', async () => {
    const reporter = world.shopPeople['report-manager'];
    const decision = await addSource(world.house, reporter.actor, world.shopId, wishOf('Mine'), newKey());
    assert.equal(!decision.ok && decision.refusal.code, 'role-missing');
  });
});

describe('in the older API’s words', () => {
  const api = (path: string) => `/api/v1/accounts/${world.shopId}${path}`;
  const ask = async (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: Record<string, string>) => {
    const response = await world.ask(world.cast.shopOwner, {
      ...(body ? form(body) : {}),
      method,
      url: api(path),
    });
    return { status: response.statusCode, body: response.json() };
  };

  test('sources: create, get, list, update, delete', async () => {
    const made = await ask('POST', '/sources', {
      name: 'Partner',
      referring_url: 'partner\\.example',
      landing_url: 'gclid=.+',
      position: '3',
      online: '1',
    });
    assert.equal(made.status, 200);
    const { source } = made.body;
    assert.match(source.id, /^TSO[0-9A-F]{64}$/);
    assert.equal(source.position, 3);
    assert.equal(source.online, true);
    assert.equal(source.not_landing_url, null);
    assert.equal(source.account_id, world.shopId);
    const changed = await ask('PUT', `/sources/${source.id}`, {
      landing_url: '',
      not_landing_url: 'x',
      online: 'false',
    });
    assert.equal(changed.body.source.landing_url, null);
    assert.equal(changed.body.source.referring_url, 'partner\\.example', 'what is not mentioned stays');
    assert.equal(changed.body.source.online, false);
    const bare = await ask('GET', `/sources/${source.filter_id}`);
    assert.equal(bare.body.not_landing_url, 'x');
    const list = await ask('GET', '/sources?per_page=2&name=Partner');
    assert.equal(list.body.total_entries, 1);
    assert.equal(list.body.sources[0].id, source.id);
    const refused = await ask('POST', '/sources', { name: 'Bad', referring_url: '(a+)+' });
    assert.equal(refused.status, 422);
    assert.match(refused.body.reason, /very long/);
    assert.equal((await ask('DELETE', `/sources/${source.id}`)).body.status, 'success');
    assert.equal((await ask('GET', `/sources/${source.id}`)).status, 404);
  });

  test('a number gets its source by adding it, and by name', async () => {
    const number = await world.rent(world.shopId, actor());
    const [first] = (await ask('GET', '/sources')).body.sources;
    const added = await ask('POST', `/sources/${first.id}/numbers/${number.sid}/add`, {});
    assert.equal(added.body.source.id, first.id);
    const own = await ask('GET', `/sources/${first.id}/numbers`);
    assert.deepEqual(
      own.body.numbers.map((each: { id: string; source: { id: string } }) => [each.id, each.source.id]),
      [[number.sid, first.id]],
    );
    const named = await ask('POST', `/numbers/${number.sid}/tracking_sources`, { name: 'Radio', ref_pattern: 'radio' });
    assert.equal(named.body.source.referring_url, 'radio');
    assert.equal((await ask('GET', `/sources/${first.id}/numbers`)).body.total_entries, 0);
    const same = await ask('POST', `/numbers/${number.trackingNumberId}/tracking_sources`, { name: 'radio' });
    assert.equal(same.body.source.id, named.body.source.id);
  });

  test('target numbers of the account and of a tracking number', async () => {
    const number = await world.rent(world.shopId, actor());
    const main = (await ask('POST', '/target_numbers', { number: '(212) 555-0142', name: 'Main' })).body.target_number;
    const second = (await ask('POST', '/target_numbers', { number: '+442079460958' })).body.target_number;
    assert.match(main.id, /^TGN[0-9A-F]{64}$/);
    assert.equal(main.number, '+12125550142');
    const ofNumber = `/numbers/${number.sid}/target_numbers`;
    const standsInFor = async () =>
      (await ask('GET', ofNumber)).body.numbers.map((each: { number: string }) => each.number);
    assert.deepEqual(await standsInFor(), [main.number, second.number], 'every one, as nothing was chosen');
    assert.equal((await ask('DELETE', `${ofNumber}/${main.id}/rem`)).body.status, 'success');
    assert.deepEqual(await standsInFor(), [second.number]);
    const last = await ask('DELETE', `${ofNumber}/${second.filter_id}`);
    assert.equal(last.status, 422);
    assert.match(last.body.reason, /at least one target number/);
    await ask('POST', `${ofNumber}/${main.id}/add`, {});
    assert.deepEqual(await standsInFor(), [main.number, second.number]);
    const third = (await ask('POST', ofNumber, { number: '3035550100' })).body.target_number;
    assert.deepEqual(await standsInFor(), [main.number, second.number, third.number]);
    assert.equal((await ask('PUT', `/target_numbers/${third.id}`, { name: 'Third' })).body.target_number.name, 'Third');
    await ask('POST', '/target_numbers', { number: '3035550100' });
    await ask('POST', '/target_numbers', { number: '3035550100', name: 'Other' });
    await ask('POST', '/target_numbers', { number: second.number, name: 'London' });
    const names = (await ask('GET', '/target_numbers')).body.numbers.map((each: { name: string }) => each.name);
    assert.deepEqual(
      names,
      ['Main', 'London', 'Third'],
      'one that is there keeps its name, and takes one if it had none',
    );
    assert.equal((await ask('POST', '/target_numbers', { number: '3035550101', name: 'x'.repeat(121) })).status, 422);
    await ask('DELETE', `/target_numbers/${third.id}`);
    assert.equal((await ask('GET', `/target_numbers/${third.id}`)).status, 404);
    assert.deepEqual(await standsInFor(), [main.number, second.number]);
    assert.equal((await ask('GET', '/target_numbers')).body.total_entries, 2);
    assert.equal((await ask('POST', '/target_numbers', { number: '12' })).status, 422);
  });
});
