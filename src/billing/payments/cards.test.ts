import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { before, describe, test } from 'node:test';
import { form, openWorld, type Person, type World } from '../../../test/world.ts';
import { newKey } from '../../platform/ids.ts';
import { createLog } from '../../platform/log.ts';
import { giveCard } from '../../platform/payments/simulated/hosted.ts';
import { takeProviderDown } from '../../platform/payments/simulated/settings.ts';
import { must } from '../../rules/decision.ts';
import { finishCardPages, openCardPage } from './addCard.ts';
import { removeCard } from './arrangeCards.ts';
import { forgetCards } from './forgetCards.ts';
import { findCards } from './store.ts';

let world: World;
let logged = '';
before(async () => {
  const kept = new Writable({
    write(chunk, _, done) {
      logged += chunk;
      done();
    },
  });
  world = await openWorld({ log: createLog('test', 'trace', kept) });
});
const cardsOf = (ownerId: number) => findCards(world.house.db, ownerId);
const get = (person: Person | null, url: string) => world.ask(person, { method: 'GET', url });
const pathOf = (url: string) => url.replace('http://switchhook.test', '');

/** The whole way by its pages: to the provider, a card, and back. */
async function walk(person: Person, base: string, card: string) {
  const leaving = await world.ask(person, { ...form({}), url: `${base}/billing/cards` });
  assert.equal(leaving.statusCode, 200);
  const hosted = pathOf(String(leaving.headers.refresh).replace('0; url=', ''));
  assert.equal((await get(null, hosted)).statusCode, 200);
  const given = await world.ask(null, { ...form({ card }), url: hosted });
  return { hosted, given, back: pathOf(String(given.headers.location)) };
}

describe('a card', () => {
  test('is given on the provider’s page and is there after coming back, once, however often one does', async () => {
    const { shopOwner } = world.cast;
    const base = `/accounts/${world.shopId}`;
    const { back, given } = await walk(shopOwner, base, 'mastercard');
    assert.equal(given.statusCode, 303);
    for (let time = 0; time < 2; time += 1)
      assert.equal((await get(shopOwner, back)).headers.location, `${base}/billing#cards`);
    assert.deepEqual(
      (await cardsOf(world.shopId)).map((each) => each.last4),
      ['4242', '4444'],
    );
    const billing = await get(shopOwner, `${base}/billing`);
    assert.match(billing.body, /Mastercard ending in 4444/);
  });

  test('of an agency, by its billing manager', async () => {
    const { agencyBilling } = world.cast;
    const { back } = await walk(agencyBilling, `/agencies/${world.agencyId}`, 'visa');
    await get(agencyBilling, back);
    assert.equal((await cardsOf(world.agencyId)).length, 2);
  });

  test('comes back to whom its page was opened for, and to nobody else', async () => {
    const { back } = await walk(world.cast.shopOwner, `/accounts/${world.shopId}`, 'visa');
    const before = (await cardsOf(world.neighborId)).length;
    const stolen = back.replace(`/accounts/${world.shopId}`, `/accounts/${world.neighborId}`);
    assert.equal((await get(world.cast.neighbor, stolen)).statusCode, 404);
    assert.equal((await get(world.cast.neighbor, back)).statusCode, 404);
    assert.equal((await cardsOf(world.neighborId)).length, before);
  });

  test('is found by the worker when nobody comes back', async () => {
    const { neighborId, house, cast } = world;
    const url = must(await openCardPage(house, cast.neighbor.actor, neighborId, newKey()));
    await giveCard(house.paymentsSimulation!, url.split('/').at(-1)!, 'mastercard');
    await finishCardPages(house);
    assert.equal((await cardsOf(neighborId)).length, 1, 'they may still be on their way');
    await world.travel(1 / 1_440);
    await finishCardPages(house);
    await finishCardPages(house);
    assert.equal((await cardsOf(neighborId)).length, 2);
  });

  test('that is removed is forgotten at the provider, and tried until it is', async () => {
    const { neighborId, house, cast } = world;
    const card = (await cardsOf(neighborId)).at(-1)!;
    must(await removeCard(house, cast.neighbor.actor, neighborId, card.cardId, newKey()));
    const isForgotten = async () =>
      (
        await house.paymentsSimulation!.query(
          'select forgotten_at is not null as yes from simulated_payments.method where method_id = $1',
          [card.providerMethodId],
        )
      ).rows[0].yes;
    await takeProviderDown(house.paymentsSimulation!, 60);
    await forgetCards(house);
    assert.equal(await isForgotten(), false);
    await takeProviderDown(house.paymentsSimulation!, 0);
    await forgetCards(house);
    assert.equal(await isForgotten(), true);
  });

  test('can’t be added while the provider is away; nothing is half done', async () => {
    await takeProviderDown(world.house.paymentsSimulation!, 60);
    const response = await world.ask(world.cast.shopOwner, {
      ...form({}),
      url: `/accounts/${world.shopId}/billing/cards`,
    });
    await takeProviderDown(world.house.paymentsSimulation!, 0);
    assert.equal(response.statusCode, 303);
    const page = await world.ask(world.cast.shopOwner, {
      method: 'GET',
      url: `/accounts/${world.shopId}/billing`,
      headers: { cookie: String(response.headers['set-cookie']).split(';')[0]! },
    });
    assert.equal(page.statusCode, 200);
  });

  test('a sub-account that its agency pays has none, and its people are told who has', async () => {
    const { clientAdmin } = world.cast;
    const page = await get(clientAdmin, `/accounts/${world.clientId}/billing`);
    assert.doesNotMatch(page.body, /Add a card/);
    const decision = await openCardPage(world.house, clientAdmin.actor, world.clientId, newKey());
    assert.equal(!decision.ok && decision.refusal.code, 'paid-by-agency');
  });
});

describe('for scripts', () => {
  const api = () => `/api/v1/accounts/${world.shopId}/billing`;
  const ask = async (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, payload?: object) => {
    const response = await world.ask(world.cast.shopOwner, {
      method,
      url: `${api()}${path}`,
      ...(payload ? { payload } : {}),
    });
    return { status: response.statusCode, body: response.json() };
  };

  test('cards, a top-up, its payment, and auto-recharge', async () => {
    const opened = await ask('POST', '/cards', {});
    assert.match(opened.body.url, /\/simulated-payments\/cards\/cs_test_/);
    const { body } = await ask('GET', '/cards');
    const [first, second] = body.cards;
    assert.equal(first.first, true);
    assert.equal((await ask('POST', `/cards/${second.id}/first`, {})).status, 200);
    assert.equal((await ask('GET', '/cards')).body.cards[0].id, second.id);
    const paid = await ask('POST', '/top_ups', { cents: 2_500, card_id: second.id, currency: 'USD' });
    assert.equal(paid.status, 200);
    assert.equal(paid.body.payment.state, 'succeeded');
    assert.deepEqual((await ask('GET', `/payments/${paid.body.payment.id}`)).body, paid.body.payment);
    assert.equal((await ask('GET', '/payments')).body.payments.length, 1);
    for (const wrong of [{ cents: -100 }, { cents: 0 }, { cents: 1.5 }, { cents: 'x' }, { cents: 99_999_999_999 }, {}])
      assert.equal((await ask('POST', '/top_ups', wrong)).status, 422, JSON.stringify(wrong));
    assert.equal((await ask('POST', '/top_ups', { cents: 2_500, currency: 'EUR' })).body.code, 'currency-mismatch');
    assert.equal(
      (await ask('PUT', '/auto_recharge', { on: true, threshold_cents: 2_000, amount_cents: 5_000 })).status,
      200,
    );
    assert.deepEqual((await ask('GET', '/auto_recharge')).body, {
      on: true,
      threshold_cents: 2_000,
      amount_cents: 5_000,
      next_try_at: null,
    });
    assert.equal((await ask('DELETE', `/cards/${first.id}`)).status, 200);
    assert.equal((await ask('DELETE', `/cards/${first.id}`)).status, 404);
  });
});

test('no card number ever reaches the database or the logs, whatever somebody types', async () => {
  const number = '4242424242424242';
  const { shopOwner } = world.cast;
  const base = `/accounts/${world.shopId}`;
  const { hosted, given } = await walk(shopOwner, base, number);
  assert.equal(given.statusCode, 422, 'there is no such card, and no field for a number');
  assert.doesNotMatch(given.body, /4242 ?4242/);
  assert.doesNotMatch((await get(null, hosted)).body, /type="(?:text|tel|number)"/);
  await world.ask(null, { ...form({ card: 'visa', number, cvc: '123' }), url: hosted });
  await world.ask(shopOwner, {
    ...form({ amount: number, other: number, card: number }),
    url: `${base}/billing/top-ups`,
  });
  await world.ask(shopOwner, {
    ...form({ threshold: number, rechargeAmount: number }),
    url: `${base}/billing/auto-recharge`,
  });
  await world.ask(shopOwner, {
    method: 'POST',
    url: `/api/v1${base}/billing/top_ups`,
    payload: { cents: 2_500, number },
  });
  await world.ask(null, { method: 'POST', url: '/payments/webhooks', payload: { number } });

  const { pool } = world.house;
  const { rows: tables } = await pool.query<{ name: string }>(
    `select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname in ('public', 'simulated_payments') and c.relkind = 'r'`,
  );
  assert.ok(tables.length > 30);
  for (const { name } of tables) {
    const { rows } = await pool.query(`select t::text as line from ${name} t where t::text ~ '(?:4242[ -]?){3}'`);
    assert.deepEqual(rows, [], name);
  }
  assert.ok(logged.length > 1_000, 'the walk was logged');
  assert.doesNotMatch(logged, /(?:4242[ -]?){3}/);
});
