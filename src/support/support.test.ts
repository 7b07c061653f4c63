import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { type CastName, form, openWorld, type World } from '../../test/world.ts';
import { closeAccount } from '../lifecycle/closeAccount.ts';
import { offerClosing } from '../lifecycle/plan.ts';
import { releaseNumber } from '../numbers/release.ts';
import { newKey } from '../platform/ids.ts';
import { findMail, findMails, openBody } from '../platform/mail/store.ts';
import { type Decision, must } from '../rules/decision.ts';
import { ticketsPerDay } from '../rules/tickets.ts';
import { formatPhone } from '../web/format.ts';
import { answerTicket } from './answerTicket.ts';
import { closeTicket, reopenTicket } from './closeTicket.ts';
import { openTicket } from './openTicket.ts';
import { replyToTicket } from './replyToTicket.ts';
import { findQueue, findTicket } from './store.ts';

let world: World;
let shop = '';
before(async () => {
  world = await openWorld();
  shop = `/accounts/${world.shopId}`;
});

const asked = {
  kind: 'trouble',
  step: 'Settings → Account Settings → Status → Close account',
  lastRefusal: 'What this would do has changed since you looked.',
  subject: 'The button does nothing',
  words: 'I press it, and it says no.',
};
const codeOf = (decision: Decision<unknown>) => (decision.ok ? 'done' : decision.refusal.code);
const actorOf = (who: CastName) => world.cast[who].actor;
const open = (who: CastName, ownerId: number, over: Partial<typeof asked> = {}) =>
  openTicket(world.house, actorOf(who), ownerId, { ...asked, ...over }, newKey());
const reply = (who: CastName, ownerId: number, ticketId: number, words = 'And now?') =>
  replyToTicket(world.house, actorOf(who), ownerId, { ticketId, words }, newKey());
const answer = (who: CastName, ownerId: number, ticketId: number, words = 'Look again, and confirm.') =>
  answerTicket(world.house, actorOf(who), ownerId, { ticketId, words }, newKey());
const close = (who: CastName, as: 'customer' | 'staff', ownerId: number, ticketId: number) =>
  closeTicket(world.house, actorOf(who), as, ownerId, ticketId, newKey());
const get = (who: CastName, url: string) => world.ask(world.cast[who], { method: 'GET', url });
const stateOf = async (ownerId: number, ticketId: number) =>
  (await findTicket(world.house.db, ownerId, ticketId))?.state;

test('asked, queued, answered, mailed to whoever asked, replied to, closed, reopened', async () => {
  const ticketId = must(await open('callAgent', world.shopId));
  assert.deepEqual(
    (await findQueue(world.house.db, 'open', { limit: 10 })).map((each) => [each.ticketId, each.ownerName]),
    [[ticketId, 'Anchor Plumbing']],
  );
  assert.match((await get('supportAgent', '/operations/tickets')).body, /The button does nothing/);
  const desk = (await get('supportAgent', `/operations/tickets/${ticketId}`)).body;
  for (const said of [
    'Anchor Plumbing',
    String(world.shopId),
    'Call Agent',
    asked.step,
    asked.lastRefusal,
    asked.words,
  ])
    assert.ok(desk.includes(said), said);

  const mailsBefore = (await findMails(world.house.db, 100)).length;
  assert.equal(codeOf(await answer('supportAgent', world.shopId, ticketId)), 'done');
  assert.equal(await stateOf(world.shopId, ticketId), 'answered');
  const mails = await findMails(world.house.db, 100);
  assert.equal(mails.length, mailsBefore + 1);
  assert.equal(mails[0]!.toAddress, world.cast.callAgent.email);
  const body = openBody(world.house.secrets, (await findMail(world.house.db, mails[0]!.mailId))!)!;
  assert.ok(body.text.includes(`http://switchhook.test${shop}/tickets/${ticketId}`));
  assert.ok(!body.text.includes('Look again, and confirm.'), 'the answer is read inside only');

  assert.match((await get('shopOwner', `${shop}/tickets/${ticketId}`)).body, /Look again, and confirm\./);
  assert.equal(codeOf(await reply('shopOwner', world.shopId, ticketId)), 'done');
  assert.equal(await stateOf(world.shopId, ticketId), 'open');
  assert.equal(codeOf(await close('callAgent', 'customer', world.shopId, ticketId)), 'done');
  assert.equal(codeOf(await close('callAgent', 'customer', world.shopId, ticketId)), 'ticket-closed');
  assert.equal(codeOf(await reply('shopOwner', world.shopId, ticketId)), 'ticket-closed');
  assert.equal(codeOf(await answer('operator', world.shopId, ticketId)), 'ticket-closed');
  const again = () => reopenTicket(world.house, actorOf('operator'), world.shopId, ticketId, newKey());
  assert.equal(codeOf(await again()), 'done');
  assert.equal(codeOf(await again()), 'ticket-not-closed');
  assert.equal(await stateOf(world.shopId, ticketId), 'open');

  const journal = (await get('shopOwner', `${shop}/journal`)).body;
  for (const said of [
    'Asked support',
    'Answered as support',
    'Wrote to support',
    'Closed a ticket',
    'Reopened a ticket',
  ])
    assert.ok(journal.includes(`${said}: ticket ${ticketId}, Trouble with a step`), said);
});

test('staff are no customers, customers no staff, and another’s tickets are not there', async () => {
  const ticketId = must(await open('shopOwner', world.shopId));
  for (const who of ['supportAgent', 'operator', 'neighbor', 'stranger', 'agencyOwner'] as const) {
    assert.equal(codeOf(await open(who, world.shopId)), 'not-found', who);
    assert.equal(codeOf(await reply(who, world.shopId, ticketId)), 'not-found', who);
    assert.equal(codeOf(await close(who, 'customer', world.shopId, ticketId)), 'not-found', who);
    assert.equal((await get(who, `${shop}/tickets/${ticketId}`)).statusCode, 404, who);
  }
  assert.equal(codeOf(await answer('shopOwner', world.shopId, ticketId)), 'role-missing');
  assert.equal(codeOf(await close('shopOwner', 'staff', world.shopId, ticketId)), 'role-missing');
  assert.equal((await get('shopOwner', `/operations/tickets/${ticketId}`)).statusCode, 404);
  // Through one's own account, somebody else's number leads nowhere.
  assert.equal(codeOf(await reply('neighbor', world.neighborId, ticketId)), 'not-found');
  assert.equal(codeOf(await answer('supportAgent', world.neighborId, ticketId)), 'not-found');
  assert.equal((await get('neighbor', `/accounts/${world.neighborId}/tickets/${ticketId}`)).statusCode, 404);
  assert.equal(await stateOf(world.shopId, ticketId), 'open');
});

test('steps lead to the form with what was refused; late numbers, balances and lost agencies to forms of their own', async () => {
  await using other = await openWorld();
  const { house, shopId, clientId, agencyId, cast } = other;
  const look = async (who: CastName, url: string) =>
    (await other.ask(cast[who], { method: 'GET', url })).body.replaceAll('&amp;', '&');
  const linkTo = (body: string, given: Record<string, string>) => {
    const links = [...body.matchAll(/tickets\/new\?([^"]+)"/g)].map((match) => new URLSearchParams(match[1]));
    return links.find((link) => Object.entries(given).every(([name, value]) => link.get(name)?.includes(value)));
  };
  const base = `/accounts/${shopId}`;
  const status = await look('shopOwner', `${base}/settings`);
  for (const step of ['Pause Tracking Code', 'Stop Incoming Calls', 'Close account'])
    assert.ok(linkTo(status, { kind: 'trouble', step }), step);
  const wrong = await other.ask(cast.shopOwner, { ...form({ phoneNumber: 'x' }), url: `${base}/numbers` });
  assert.ok(linkTo(wrong.body.replaceAll('&amp;', '&'), { kind: 'trouble', step: 'Buy', refusal: 'number' }));
  for (const [page, step] of [
    ['accounts', 'Accounts'],
    ['accounts/new', 'New Sub-account'],
    ['settings', 'Pause Tracking Code'],
    ['settings', 'Stop Incoming Calls'],
    ['settings', 'Cancel Agency Account & All Sub-Accounts'],
    ['closure/new', 'Cancel Agency, pop-up'],
    ['closure/review', 'Cancel Agency, list'],
  ] as const)
    assert.ok(linkTo(await look('agencyOwner', `/agencies/${agencyId}/${page}`), { kind: 'trouble', step }), step);
  const unsaid = await other.ask(cast.agencyOwner, { ...form({ name: 'x' }), url: `/agencies/${agencyId}/closure` });
  const stuck = { kind: 'trouble', step: 'Cancel Agency, list', refusal: 'not your password' };
  assert.ok(linkTo(unsaid.body.replaceAll('&amp;', '&'), stuck));

  const number = await other.rent(shopId, cast.shopOwner.actor);
  const edit = `${base}/numbers/${number.trackingNumberId}`;
  for (const step of ['Pause this number', 'Stop Calls', 'Release'])
    assert.ok(linkTo(await look('shopOwner', edit), { kind: 'trouble', step }), step);
  assert.ok(linkTo(await look('shopOwner', `${base}/numbers`), { kind: 'trouble', step: 'Tracking Numbers' }));
  assert.ok(linkTo(await look('shopOwner', `${edit}/release`), { kind: 'trouble', step: 'confirmation' }));
  must(await releaseNumber(house, cast.shopOwner.actor, shopId, number.trackingNumberId, newKey()));
  const released = () => look('shopOwner', `${base}/numbers/released`);
  assert.equal(linkTo(await released(), { kind: 'late-restore' }), undefined);
  await other.travel(14);
  const late = linkTo(await released(), { kind: 'late-restore' });
  assert.ok(late?.get('words')?.includes(formatPhone(number.phoneNumber)));

  const refund = /action="[^"]+\/refunds"[\s\S]*Request a refund of \$918\.50/;
  assert.doesNotMatch(await look('shopOwner', `${base}/billing`), refund);
  const offered = must(await offerClosing(house.db, shopId, await other.now()));
  const terms = { planHash: offered.hash, terms: offered.terms, why: null };
  must(await closeAccount(house, cast.shopOwner.actor, shopId, terms, newKey()));
  for (const page of ['billing', 'settings', 'owed']) assert.match(await look('shopOwner', `${base}/${page}`), refund);
  assert.ok(linkTo(await look('shopOwner', `${base}/settings`), { kind: 'trouble', step: 'Reactivate Account' }));

  await house.pool.query(
    `insert into agency_closure (agency_id, closed_at, closed_by, closed_by_role, numbers_restorable_until,
                                 reactivatable_until, refundable_until, policy_version, plan_hash)
     select $1, $2, 'x', 'agency-administrator', $2, $2::timestamptz + interval '60 days', $2::timestamptz + interval '90 days', 1, 'x'`,
    [agencyId, await other.now()],
  );
  for (const page of ['closure', 'settings'])
    assert.ok(linkTo(await look('agencyOwner', `/agencies/${agencyId}/${page}`), { step: 'Canceled' }), page);
  const lost = await look('clientAdmin', `/accounts/${clientId}/settings`);
  assert.ok(linkTo(lost, { kind: 'reactivate-as-standalone', subject: 'Riverside Dental' }));
});

test('an agency asks for itself, and reaches into its sub-accounts', async () => {
  const own = must(await open('agencyBilling', world.agencyId, { kind: 'agency-reactivation' }));
  assert.equal((await get('agencyOwner', `/agencies/${world.agencyId}/tickets/${own}`)).statusCode, 200);
  assert.equal(codeOf(await open('clientAdmin', world.agencyId)), 'not-found');
  assert.equal(codeOf(await open('agencyOwner', world.clientId, { kind: 'reactivate-as-standalone' })), 'done');
  assert.equal(codeOf(await open('agencyOwner', world.clientId, { kind: 'agency-reactivation' })), 'invalid-input');
});

test('a canceled account asks for its 60 days; then nobody opens it any more', async () => {
  const { db } = world.house;
  const offered = must(await offerClosing(db, world.clientId, await world.now()));
  const terms = { planHash: offered.hash, terms: offered.terms, why: null };
  must(await closeAccount(world.house, actorOf('clientAdmin'), world.clientId, terms, newKey()));
  await world.travel(59);
  const ticketId = must(await open('clientAdmin', world.clientId, { kind: 'late-restore' }));
  assert.match((await get('operator', `/operations/tickets/${ticketId}`)).body, /\(canceled\)/);
  const page = await get('clientAdmin', `/accounts/${world.clientId}/tickets/new?kind=late-restore`);
  assert.equal(page.statusCode, 200);
  await world.travel(1);
  assert.equal(codeOf(await open('clientAdmin', world.clientId)), 'purged');
  assert.equal((await get('clientAdmin', `/accounts/${world.clientId}/tickets`)).statusCode, 410);
  assert.equal(codeOf(await answer('operator', world.clientId, ticketId)), 'done', 'staff can still answer');
});

test('the form is filled in by the link, says what it knows, and keeps what was typed', async () => {
  const { step, lastRefusal } = asked;
  const url = `${shop}/tickets/new?${new URLSearchParams({ kind: 'refund', step, refusal: lastRefusal })}`;
  const page = (await get('shopOwner', url)).body;
  for (const said of ['Anchor Plumbing', String(world.shopId), step, lastRefusal, 'value="refund" selected'])
    assert.ok(page.includes(said), said);
  const post = (url: string, fields: Record<string, string>) =>
    world.ask(world.cast.shopOwner, { ...form(fields), url });
  const refused = await post(`${shop}/tickets`, { kind: 'other', subject: 'Kept', words: '', step });
  assert.equal(refused.statusCode, 422);
  assert.ok(refused.body.includes('value="Kept"') && refused.body.includes(step));
  const done = await post(`${shop}/tickets`, { kind: 'other', subject: 'Kept', words: 'Please', step });
  assert.equal(done.statusCode, 303);
  const address = String(done.headers.location);
  assert.equal((await post(`${address}/replies`, { words: '' })).statusCode, 422);
  assert.equal((await post(`${address}/replies`, { words: 'More' })).statusCode, 303);
  assert.equal((await post(`${address}/close`, {})).statusCode, 303);
  assert.equal((await post(`${address}/replies`, { words: 'More' })).statusCode, 409);
});

test('lists go on page by page, and an odd place in an address is the beginning', async () => {
  for (const odd of ['x', '1e99', '-1', '1.5', '99999999999999999999']) {
    assert.equal((await get('shopOwner', `${shop}/tickets?before=${odd}`)).statusCode, 200, odd);
    assert.equal((await get('operator', `/operations/tickets?state=nothing&after=${odd}`)).statusCode, 200, odd);
  }
  const [first, second] = await findQueue(world.house.db, 'open', { limit: 2 });
  assert.deepEqual((await findQueue(world.house.db, 'open', { after: first!.ticketId, limit: 1 }))[0], second);
});

test('the same for scripts', async () => {
  const api = `/api/v1${shop}/tickets`;
  const send = (who: CastName, url: string, payload: Record<string, string>) =>
    world.ask(world.cast[who], { method: 'POST', url, payload });
  const { id } = (await send('shopOwner', api, { kind: 'other', subject: 'A question', words: 'Which?' })).json();
  assert.equal((await get('shopOwner', api)).json().tickets[0].id, id);
  const desk = '/api/v1/operations/tickets';
  assert.ok((await get('operator', desk)).json().tickets.some((each: { id: number }) => each.id === id));
  assert.equal((await send('operator', `${desk}/${id}/answers`, { words: 'This.' })).statusCode, 200);
  const read = (await get('shopOwner', `${api}/${id}`)).json();
  assert.equal(read.state, 'answered');
  assert.deepEqual(
    read.messages.map((each: { body: string; from_staff: boolean }) => [each.body, each.from_staff]),
    [
      ['Which?', false],
      ['This.', true],
    ],
  );
  assert.equal((await send('operator', `${desk}/${id}/close`, {})).statusCode, 200);
  assert.equal((await send('shopOwner', `${api}/${id}/replies`, { words: 'But' })).json().code, 'ticket-closed');
  assert.equal((await send('operator', `${desk}/${id}/reopen`, {})).statusCode, 200);
  assert.equal((await send('shopOwner', `${api}/${id}/close`, {})).statusCode, 200);
  assert.equal((await get('operator', `${desk}/${id}`)).json().state, 'closed');
});

test(`${ticketsPerDay} tickets within a day are enough, and the same key opens one`, async () => {
  const key = newKey();
  const once = () => openTicket(world.house, actorOf('neighbor'), world.neighborId, asked, key);
  assert.deepEqual(await once(), await once());
  for (let count = 1; count < ticketsPerDay; count += 1)
    assert.equal(codeOf(await open('neighbor', world.neighborId)), 'done');
  assert.equal(codeOf(await open('neighbor', world.neighborId)), 'too-many-tickets');
  await world.travel(1);
  assert.equal(codeOf(await open('neighbor', world.neighborId)), 'done');
});
