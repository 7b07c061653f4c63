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
  assert.match(page, /Numbers still held \(1\)/);
  const number = page.match(/name="(number\d+)"/)![1]!;
  const done = await post('supportAgent', url, { [`account${world.clientId}`]: 'yes', [number]: 'yes' });
  assert.equal(done.statusCode, 303, done.body);
  assert.deepEqual(await standings(), ['open', 'open']);
  const numbers = await get('clientAdmin', `/accounts/${world.clientId}/numbers`);
  assert.match(numbers.body, /\+?\(?\d{3}\)? ?\d{3}-\d{4}/);
  const [mail] = await findMails(world.house.db, 1);
  assert.equal(mail!.toAddress, world.cast.agencyOwner.email);
  assert.match((await get('agencyOwner', `/agencies/${world.agencyId}/tickets`)).body, /Please bring us back/);
});

test('what coming back costs is said first: the months that begin, at the prices of whoever pays', async () => {
  const agency = await ask('agencyOwner', world.agencyId, 'agency-reactivation');
  const alone = await ask('clientAdmin', world.clientId, 'reactivate-as-standalone');
  const look = async (url: string) => (await get('supportAgent', url)).body;
  assert.match(await look(agency), /its month is already paid/);
  assert.match(await look(alone), /a month, charged now; a number \$3\.50/);
  await world.house.pool.query('update subscription set paid_until = anchor where owner_id = $1', [world.agencyId]);
  await world.house.pool.query('update tracking_number set paid_until = renewal_anchor where account_id = $1', [
    world.clientId,
  ]);
  assert.match(await look(agency), /One month of the agency’s plan is charged: \$199\.00/);
  assert.match(await look(agency), /For all of them \$\d\.\d\d would be charged/);
  assert.match(await look(alone), /begin one now, at the price of the plan above/);
  assert.doesNotMatch(await look(alone), /For all of them \$/);
});

test('one sub-account alone, on its own Administrator’s ticket', async () => {
  const url = await ask('clientAdmin', world.clientId, 'reactivate-as-standalone');
  assert.match((await get('supportAgent', url)).body, /Performance/);
  assert.equal((await post('supportAgent', url, { plan: 'agency' })).statusCode, 422);
  const done = await post('supportAgent', url, { plan: 'starter', numbers: 'all' });
  assert.equal(done.statusCode, 303, done.body);
  assert.deepEqual(await standings(), ['canceled', 'open']);
  const alone = await findAccount(world.house.db, world.clientId, await world.now());
  assert.ok(alone!.arrears, 'its first month is owed, and its people are told when');
});

test('the same for scripts: chosen sub-accounts and numbers', async () => {
  const url = `/api/v1${await ask('agencyOwner', world.agencyId, 'agency-reactivation')}`;
  const send = (payload: object) => world.ask(world.cast.supportAgent, { method: 'POST', url, payload });
  assert.equal(
    (await send({ account_ids: [world.shopId] })).statusCode,
    404,
    'another’s account is not theirs to choose',
  );
  const done = await send({ account_ids: [world.clientId], numbers: [] });
  assert.equal(done.statusCode, 200, done.body);
  assert.deepEqual(await standings(), ['open', 'open']);
  const released = await get('clientAdmin', `/accounts/${world.clientId}/numbers/released`);
  assert.match(released.body, /Restore/, 'no number was chosen');
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
    assert.match(refused.body, /opened after the canceling\. Ask them to open one/);
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

test('a right that was lost after asking consents to nothing, and a ticket is used once', async () => {
  const { house, cast, agencyId, clientId } = world;
  const url = await ask('agencyOwner', agencyId, 'agency-reactivation');
  const alone = await ask('clientAdmin', clientId, 'reactivate-as-standalone');
  await house.pool.query('update membership set role = $1 where person_id = any ($2)', [
    'call-agent',
    [cast.agencyOwner.personId, cast.clientAdmin.personId],
  ]);
  for (const each of [url, alone])
    assert.equal((await post('supportAgent', each, { which: 'all', plan: 'starter' })).statusCode, 409);
  assert.deepEqual(await standings(), ['canceled', 'canceled']);
  await house.pool.query("update membership set role = 'agency-administrator' where person_id = $1", [
    cast.agencyOwner.personId,
  ]);
  assert.equal((await post('supportAgent', url, {})).statusCode, 303);
  const { hash: planHash, terms } = must(await offerAgencyClosing(house.db, agencyId, await world.now()));
  const confirmation = { planHash, terms, name: 'Northwind Agency', password, reason: null, why: null };
  must(await cancelAgency(house, cast.agencyOwner.actor, agencyId, confirmation, newKey()));
  await world.work();
  assert.equal((await post('supportAgent', url, {})).statusCode, 409, 'the ticket is closed with what was done');
  assert.deepEqual(await standings(), ['canceled', 'canceled']);
});

test('a canceled agency’s Billing says that charges ended, and offers the refund', async () => {
  const page = (await get('agencyOwner', `/agencies/${world.agencyId}/billing`)).body;
  assert.match(page, /Charges have ended/);
  assert.match(page, /Request a refund of \$\d/);
  assert.doesNotMatch(page, /What is charged next/);
  const json = (await get('agencyOwner', `/api/v1/agencies/${world.agencyId}/billing`)).json();
  assert.deepEqual([json.next_charges, json.monthly_cents], [[], 0]);
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
