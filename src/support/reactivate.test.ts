import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { type CastName, form, openWorld, password, type World } from '../../test/world.ts';
import { findAccount } from '../accounts/store.ts';
import { findAgency } from '../agencies/store.ts';
import { offerAgencyClosing } from '../lifecycle/agencyPlan.ts';
import { cancelAgency } from '../lifecycle/cancelAgency.ts';
import { newKey } from '../platform/ids.ts';
import { findMails } from '../platform/mail/store.ts';
import { must } from '../rules/decision.ts';
import type { TicketKind } from '../rules/tickets.ts';
import { openTicket } from './openTicket.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
  await world.rent(world.clientId, world.cast.agencyOwner.actor);
  const { house, cast, agencyId } = world;
  const { hash: planHash, terms } = must(await offerAgencyClosing(house.db, agencyId, await world.now()));
  const confirmation = { planHash, terms, name: 'Northwind Agency', password, reason: null, why: null };
  must(await cancelAgency(house, cast.agencyOwner.actor, agencyId, confirmation, newKey()));
  await world.work();
});

const ask = async (who: CastName, ownerId: number, kind: TicketKind): Promise<string> => {
  const words = { kind, step: null, lastRefusal: null, subject: 'Please bring us back', words: 'It was a mistake.' };
  const ticketId = must(await openTicket(world.house, world.cast[who].actor, ownerId, words, newKey()));
  return `/operations/tickets/${ticketId}/reactivation`;
};
const get = (who: CastName, url: string) => world.ask(world.cast[who], { method: 'GET', url });
const post = (who: CastName, url: string, fields: Record<string, string>) =>
  world.ask(world.cast[who], { ...form(fields), url });
const standings = async () => {
  const now = await world.now();
  const agency = await findAgency(world.house.db, world.agencyId, now);
  return [agency!.standing, (await findAccount(world.house.db, world.clientId, now))!.standing];
};

test('the agency comes back on its Agency Administrator’s ticket, with what was chosen', async () => {
  const url = await ask('agencyOwner', world.agencyId, 'agency-reactivation');
  const page = (await get('supportAgent', url)).body;
  assert.match(page, /Riverside Dental/);
  assert.match(page, /numbers still held \(1\)/);
  const done = await post('supportAgent', url, { [`account${world.clientId}`]: 'yes', restoreNumbers: 'yes' });
  assert.equal(done.statusCode, 303, done.body);
  assert.deepEqual(await standings(), ['open', 'open']);
  const numbers = await get('clientAdmin', `/accounts/${world.clientId}/numbers`);
  assert.match(numbers.body, /\+?\(?\d{3}\)? ?\d{3}-\d{4}/);
  const [mail] = await findMails(world.house.db, 1);
  assert.equal(mail!.toAddress, world.cast.agencyOwner.email);
  assert.match((await get('agencyOwner', `/agencies/${world.agencyId}/tickets`)).body, /Please bring us back/);
});

test('one sub-account alone, on its own Administrator’s ticket', async () => {
  const url = await ask('clientAdmin', world.clientId, 'reactivate-as-standalone');
  assert.match((await get('supportAgent', url)).body, /Performance/);
  assert.equal((await post('supportAgent', url, { plan: 'agency' })).statusCode, 422);
  const done = await post('supportAgent', url, { plan: 'starter', restoreNumbers: 'yes' });
  assert.equal(done.statusCode, 303, done.body);
  assert.deepEqual(await standings(), ['canceled', 'no funds']);
});

test('only support, only on a fitting open ticket of whoever could consent', async () => {
  const url = await ask('agencyOwner', world.agencyId, 'agency-reactivation');
  for (const [who, status] of [
    ['operator', 403],
    ['agencyOwner', 404],
    ['stranger', 404],
  ] as const) {
    assert.equal((await get(who, url)).statusCode, status, who);
    assert.equal((await post(who, url, { which: 'all' })).statusCode, status, who);
  }
  const others = [
    await ask('agencyBilling', world.agencyId, 'agency-reactivation'),
    await ask('agencyOwner', world.clientId, 'reactivate-as-standalone'),
  ];
  for (const each of others) {
    const refused = await post('supportAgent', each, { which: 'all', plan: 'starter' });
    assert.equal(refused.statusCode, 409);
    assert.match(refused.body, /opened\. Ask them to open one/);
  }
  await world.house.pool.query("insert into staff values ($1, 'support-agent', now())", [
    world.cast.agencyOwner.personId,
  ]);
  const own = await post('agencyOwner', url, { which: 'all' });
  assert.match(own.body, /opened this ticket yourself/);
  const trouble = await ask('agencyOwner', world.agencyId, 'trouble');
  assert.equal((await get('supportAgent', trouble)).statusCode, 404);
  assert.deepEqual(await standings(), ['canceled', 'canceled']);
});

test('at day 60 it is too late for both', async () => {
  const urls = [
    await ask('agencyOwner', world.agencyId, 'agency-reactivation'),
    await ask('clientAdmin', world.clientId, 'reactivate-as-standalone'),
  ];
  await world.travel(60);
  for (const url of urls) {
    const refused = await post('supportAgent', url, { which: 'all', plan: 'starter' });
    assert.equal(refused.statusCode, 410);
  }
});
