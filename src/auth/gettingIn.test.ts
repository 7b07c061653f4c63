import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { until } from '../../test/faults/startProduct.ts';
import { codeOf, decodeBase32 } from '../../test/totp.ts';
import { form, openWorld, password, type World } from '../../test/world.ts';
import { closeAccount } from '../lifecycle/closeAccount.ts';
import { offerClosing } from '../lifecycle/plan.ts';
import { newKey } from '../platform/ids.ts';
import { findMail, findMails, openBody } from '../platform/mail/store.ts';
import { houseId } from '../platform/operation.ts';
import { must } from '../rules/decision.ts';
import { changeSignUp } from './changeInstallation.ts';
import { changeRole, removePerson } from './changeRole.ts';
import { invitePerson } from './invitePerson.ts';

let world: World;
let app: FastifyInstance;
let ports = 0;
before(async () => {
  world = await openWorld();
  app = await world.app();
});

const cookieOf = (response: LightMyRequestResponse): string =>
  [response.headers['set-cookie']]
    .flat()
    .map((each) => String(each).split(';')[0])
    .filter((each) => !each!.endsWith('='))
    .join('; ');

/** Posts a form as nobody or with a cookie, each time from another address, so that no limit interferes. */
async function post(url: string, fields: Record<string, string>, cookie?: string): Promise<LightMyRequestResponse> {
  ports += 1;
  const request = form(fields);
  const headers = { ...request.headers, ...(cookie ? { cookie } : {}) };
  return app.inject({ ...request, headers, url, remoteAddress: `10.1.${ports >> 8}.${ports & 255}` });
}
const get = (url: string, cookie?: string) => app.inject({ method: 'GET', url, headers: cookie ? { cookie } : {} });

const signIn = (email: string, word = password) => post('/sign-in', { email, password: word });
const isIn = async (cookie: string) => (await get('/profile', cookie)).statusCode === 200;

/** The link in the newest mail to an address. */
const linkFor = (address: string, kind: 'invitations' | 'reset'): Promise<string> =>
  until(`a mail with a link to /${kind} for ${address}`, async () => {
    for (const { mailId, toAddress } of await findMails(world.house.db, 50)) {
      const body =
        toAddress === address ? openBody(world.house.secrets, (await findMail(world.house.db, mailId))!) : null;
      const link = body?.text.match(new RegExp(`http://switchhook\\.test(/${kind}/\\S+)`))?.[1];
      if (link) return link;
    }
    return null;
  });

describe('a forgotten password', () => {
  test('the answer is the same whether somebody has the address or not', async () => {
    const known = await post('/forgot', { email: world.cast.neighbor.email });
    const unknown = await post('/forgot', { email: 'nobody@cast.example' });
    assert.equal(known.statusCode, 200);
    assert.equal(
      known.body.replaceAll(world.cast.neighbor.email, ''),
      unknown.body.replaceAll('nobody@cast.example', ''),
    );
    await linkFor(world.cast.neighbor.email, 'reset');
    const mails = await findMails(world.house.db, 50);
    assert.equal(mails.filter((each) => each.toAddress === 'nobody@cast.example').length, 0);
  });

  test('a link gives a new password once, and ends every session', async () => {
    const { email } = world.cast.neighbor;
    const before = cookieOf(await signIn(email));
    assert.ok(await isIn(before));
    const older = await linkFor(email, 'reset');
    await post('/forgot', { email });
    const link = await until('another link', async () => {
      const newest = await linkFor(email, 'reset');
      return newest === older ? null : newest;
    });
    const short = await post(link, { password: 'short' });
    assert.equal(short.statusCode, 422);
    const done = await post(link, { password: 'a better password' });
    assert.equal(done.headers.location, '/sign-in');
    assert.ok(!(await isIn(before)), 'whoever was signed in is out');
    assert.equal((await signIn(email)).statusCode, 401, 'the old password is void');
    assert.equal((await signIn(email, 'a better password')).statusCode, 303);
    for (const used of [link, older])
      assert.equal((await post(used, { password: 'another password' })).statusCode, 410, 'each link is over');
    const mails = await findMails(world.house.db, 5);
    assert.ok(mails.some((each) => each.toAddress === email && each.subject === 'Your password was changed'));
  });

  test('a link that nobody sent is too old', async () => {
    assert.equal((await post('/reset/abcdefghijklmnopqrstuvwx', { password: 'a better password' })).statusCode, 410);
  });
});

describe('an invitation', () => {
  const users = () => `/accounts/${world.shopId}/users`;

  test('somebody new chooses name and password, and is in', async () => {
    const owner = world.cast.shopOwner;
    const sent = await world.ask(owner, {
      ...form({ email: 'New.Hand@shop.example', role: 'call-manager' }),
      url: users(),
    });
    assert.equal(sent.statusCode, 303, sent.body);
    const list = await world.ask(owner, { method: 'GET', url: users() });
    assert.match(list.body, /new\.hand@shop\.example/);
    const link = await linkFor('new.hand@shop.example', 'invitations');
    const page = await get(link);
    assert.match(page.body, /Anchor Plumbing/);
    assert.match(page.body, /Shop Owner invites new\.hand@shop\.example as Call Manager/);
    assert.equal((await post(link, { personName: '', password: 'x' })).statusCode, 422);
    const joined = await post(link, { personName: 'New Hand', password: 'a fresh password' });
    assert.equal(joined.headers.location, `/accounts/${world.shopId}`);
    const cookie = cookieOf(joined);
    assert.equal((await get(`/accounts/${world.shopId}/calls`, cookie)).statusCode, 200);
    assert.equal((await get(`/accounts/${world.shopId}/billing`, cookie)).statusCode, 403, 'with this role, not more');
    assert.equal((await get(link)).statusCode, 410, 'once');
    assert.equal((await post(link, { personName: 'Again', password: 'a fresh password' })).statusCode, 410);
  });

  test('a second invitation replaces the first; a withdrawn one is over', async () => {
    const email = 'twice@shop.example';
    const invite = () => world.ask(world.cast.shopOwner, { ...form({ email, role: 'call-agent' }), url: users() });
    await invite();
    const first = await linkFor(email, 'invitations');
    await invite();
    const second = await linkFor(email, 'invitations');
    assert.notEqual(first, second);
    assert.equal((await get(first)).statusCode, 410);
    const { rows } = await world.house.pool.query(
      'select invitation_id from invitation where email = $1 and withdrawn_at is null',
      [email],
    );
    const withdrawn = await world.ask(world.cast.shopOwner, {
      ...form({}),
      url: `${users()}/invitations/${rows[0].invitation_id}/withdraw`,
    });
    assert.equal(withdrawn.statusCode, 303);
    assert.equal((await get(second)).statusCode, 410);
  });

  test('it is for its address: somebody else who is signed in can’t use it', async () => {
    const email = world.cast.clientAdmin.email;
    await world.ask(world.cast.shopOwner, { ...form({ email, role: 'report-manager' }), url: users() });
    const link = await linkFor(email, 'invitations');
    const stolen = await world.ask(world.cast.stranger, { ...form({}), url: link });
    assert.equal(stolen.statusCode, 409);
    assert.match(stolen.body, /is for clientadmin@cast\.example/);
    assert.match((await get(link)).body, /Sign in and join/);
    const joined = await world.ask(world.cast.clientAdmin, { ...form({}), url: link });
    assert.equal(joined.statusCode, 303, joined.body);
    const page = await world.ask(world.cast.clientAdmin, { method: 'GET', url: `/accounts/${world.shopId}/numbers` });
    assert.equal(page.statusCode, 200);
  });

  test('nobody grants above themselves, and nobody without the role grants at all', async () => {
    const { administrator } = world.shopPeople;
    const tooHigh = await world.ask(administrator, {
      ...form({ email: 'x@shop.example', role: 'agency-administrator' }),
      url: users(),
    });
    assert.equal(tooHigh.statusCode, 422);
    const manager = await world.ask(world.shopPeople['marketing-manager'], {
      ...form({ email: 'x@shop.example', role: 'call-agent' }),
      url: users(),
    });
    assert.equal(manager.statusCode, 403);
    const member = await world.ask(administrator, {
      ...form({ email: world.cast.callAgent.email, role: 'administrator' }),
      url: users(),
    });
    assert.equal(member.statusCode, 409);
    assert.match(member.body, /has a role here already/);
  });

  test('of somebody who was removed, or of an account that is canceled, is over', async () => {
    const { house, cast, shopId, shopPeople } = world;
    await world.ask(shopPeople.administrator, {
      ...form({ email: 'back@door.example', role: 'administrator' }),
      url: users(),
    });
    const link = await linkFor('back@door.example', 'invitations');
    must(
      await changeRole(
        house,
        cast.shopOwner.actor,
        shopId,
        { personId: shopPeople.administrator.personId, role: 'call-agent' },
        newKey(),
      ),
    );
    assert.equal((await post(link, { personName: 'Back Door', password: 'a fresh password' })).statusCode, 410);
    must(
      await changeRole(
        house,
        cast.shopOwner.actor,
        shopId,
        { personId: shopPeople.administrator.personId, role: 'administrator' },
        newKey(),
      ),
    );

    must(
      await invitePerson(
        house,
        cast.neighbor.actor,
        world.neighborId,
        { email: 'too@late.example', role: 'administrator' },
        newKey(),
      ),
    );
    const late = await linkFor('too@late.example', 'invitations');
    const { hash, terms } = must(await offerClosing(house.db, world.neighborId, await world.now()));
    must(
      await closeAccount(house, cast.neighbor.actor, world.neighborId, { planHash: hash, terms, why: null }, newKey()),
    );
    const refused = await post(late, { personName: 'Too Late', password: 'a fresh password' });
    assert.equal(refused.statusCode, 403);
    assert.match(refused.body, /canceled/);
  });

  test('opens no account while sign-up is closed, unless it is the operator’s and for this address', async () => {
    const { cast, house } = world;
    must(await changeSignUp(house, cast.operator.actor, false, newKey()));
    await world.ask(cast.shopOwner, { ...form({ email: 'agent@shop.example', role: 'call-agent' }), url: users() });
    const shops = (await linkFor('agent@shop.example', 'invitations')).split('/').at(-1)!;
    must(
      await invitePerson(house, cast.operator.actor, houseId, { email: 'new@customer.example', role: null }, newKey()),
    );
    const operators = (await linkFor('new@customer.example', 'invitations')).split('/').at(-1)!;
    const open = (invitation: string, email: string) =>
      post('/sign-up', {
        kind: 'agency',
        businessName: 'Side Door',
        timeZone: 'UTC',
        plan: 'agency',
        topUp: '500',
        personName: 'Side',
        email,
        password,
        invitation,
      });
    for (const [invitation, email] of [
      ['', 'a@b.example'],
      ['junk', 'a@b.example'],
      [shops, 'agent@shop.example'],
      [operators, 'a@b.example'],
    ])
      assert.equal((await open(invitation!, email!)).statusCode, 403, `${invitation} ${email}`);
    assert.equal((await get('/sign-up?invitation=junk')).statusCode, 403);
    assert.equal((await open(operators, 'new@customer.example')).statusCode, 303);
    assert.equal((await open(operators, 'new@customer.example')).statusCode, 403, 'once');
    must(await changeSignUp(house, cast.operator.actor, true, newKey()));
  });

  test('no more than a few to one address in a day', async () => {
    const invite = async () => {
      const response = await world.ask(world.cast.shopOwner, {
        ...form({ email: 'much@mail.example', role: 'call-agent' }),
        url: users(),
      });
      return response.statusCode;
    };
    for (let count = 0; count < 5; count += 1) assert.equal(await invite(), 303);
    assert.equal(await invite(), 429);
  });

  test('too old after a week', async () => {
    await world.ask(world.cast.shopOwner, {
      ...form({ email: 'late@shop.example', role: 'call-agent' }),
      url: users(),
    });
    const link = await linkFor('late@shop.example', 'invitations');
    await world.travel(7);
    assert.equal((await get(link)).statusCode, 410);
  });
});

describe('Manage Users', () => {
  const users = () => `/accounts/${world.shopId}/users`;
  const act = (who: keyof World['cast'], personId: string, what: string, fields = {}) =>
    world.ask(world.cast[who], { ...form(fields), url: `${users()}/${personId}/${what}` });

  test('a role changes at once, for a person who is signed in', async () => {
    const agent = world.cast.callAgent;
    const numbers = () => world.ask(agent, { method: 'GET', url: `/accounts/${world.shopId}/numbers` });
    assert.equal((await numbers()).statusCode, 403);
    await act('shopOwner', agent.personId, 'role', { role: 'marketing-manager' });
    assert.equal((await numbers()).statusCode, 200);
    await act('shopOwner', agent.personId, 'role', { role: 'call-agent' });
    assert.equal((await numbers()).statusCode, 403);
  });

  test('removed, an account is not even there; the person signs in as before', async () => {
    const person = world.shopPeople['report-manager'];
    const open = () => world.ask(person, { method: 'GET', url: `/accounts/${world.shopId}` });
    assert.equal((await open()).statusCode, 200);
    const page = await world.ask(world.cast.shopOwner, { method: 'GET', url: `${users()}/${person.personId}/remove` });
    assert.match(page.body, /Remove report-manager\?/);
    await act('shopOwner', person.personId, 'remove');
    assert.equal((await open()).statusCode, 404);
    assert.equal((await world.ask(person, { method: 'GET', url: '/profile' })).statusCode, 200);
  });

  test('the owner stays until another Administrator is the owner', async () => {
    const owner = world.cast.shopOwner;
    const second = world.shopPeople.administrator;
    const listed = async () => (await world.ask(owner, { method: 'GET', url: users() })).body;
    const refused = await act('shopOwner', owner.personId, 'remove');
    assert.equal(refused.statusCode, 303);
    assert.match(await listed(), /Shop Owner/);
    const notOwner = await world.ask(second, { ...form({}), url: `${users()}/${second.personId}/own` });
    assert.equal(notOwner.statusCode, 303);
    const flag = async () =>
      (
        await world.house.pool.query('select person_id from membership where owner_id = $1 and is_owner', [
          world.shopId,
        ])
      ).rows;
    assert.deepEqual(await flag(), [{ person_id: owner.personId }]);
    await act('shopOwner', second.personId, 'own');
    assert.deepEqual(await flag(), [{ person_id: second.personId }]);
    const mails = await findMails(world.house.db, 5);
    assert.ok(
      mails.some((each) => each.toAddress === second.email && /Anchor Plumbing has a new owner/.test(each.subject)),
    );
    await world.ask(second, { ...form({}), url: `${users()}/${owner.personId}/own` });
    assert.deepEqual(await flag(), [{ person_id: owner.personId }]);
  });

  test('of two who take each other’s role at once, one keeps it: in an account, and among the staff', async () => {
    const { house, cast, shopPeople, shopId } = world;
    const second = shopPeople['billing-manager'];
    const third = shopPeople['call-manager'];
    for (const each of [second, third])
      must(
        await changeRole(
          house,
          cast.shopOwner.actor,
          shopId,
          { personId: each.personId, role: 'administrator' },
          newKey(),
        ),
      );
    // The owner's flag would decide it; without one only the rule of the last Administrator does.
    await house.pool.query('update membership set is_owner = false where owner_id = $1', [shopId]);
    for (const gone of [cast.shopOwner, shopPeople.administrator])
      must(await removePerson(house, second.actor, shopId, gone.personId, newKey()));
    const heads = await Promise.all([
      removePerson(house, second.actor, shopId, third.personId, newKey()),
      removePerson(house, third.actor, shopId, second.personId, newKey()),
    ]);
    assert.equal(heads.filter((each) => each.ok).length, 1);
    const left = heads[0]!.ok ? second : third;
    const alone = await removePerson(house, left.actor, shopId, left.personId, newKey());
    assert.equal(!alone.ok && alone.refusal.code, 'last-administrator');

    await house.pool.query("insert into staff values ($1, 'operator', now())", [cast.stranger.personId]);
    const staff = await Promise.all([
      removePerson(house, cast.operator.actor, houseId, cast.stranger.personId, newKey()),
      removePerson(house, cast.stranger.actor, houseId, cast.operator.personId, newKey()),
    ]);
    assert.equal(staff.filter((each) => each.ok).length, 1);
    await house.pool.query("insert into staff values ($1, 'operator', now()) on conflict do nothing", [
      cast.operator.personId,
    ]);
    await house.pool.query('delete from staff where person_id = $1', [cast.stranger.personId]);
    await house.pool.query(
      "insert into membership (person_id, owner_id, role, granted_at, is_owner) values ($1, $2, 'administrator', now(), true)",
      [cast.shopOwner.personId, shopId],
    );
  });

  test('somebody of another account has no say here, and staff neither', async () => {
    for (const who of ['stranger', 'supportAgent', 'operator', 'agencyOwner'] as const) {
      const response = await act(who, world.cast.callAgent.personId, 'remove');
      assert.equal(response.statusCode, 404, who);
    }
  });
});

describe('a second factor', () => {
  let secret = '';
  let codes: string[] = [];
  let cookie = '';

  test('is on only after a first code', async () => {
    const { email } = world.cast.stranger;
    cookie = cookieOf(await signIn(email));
    assert.equal((await post('/profile/second-factor', { password: 'wrong' }, cookie)).statusCode, 422);
    const begun = await post('/profile/second-factor', { password }, cookie);
    assert.equal(begun.statusCode, 200);
    const shown = begun.body.match(/<code>([A-Z2-7]{20,})<\/code>/)?.[1];
    assert.ok(shown, 'the secret stands there as text');
    secret = decodeBase32(shown);
    codes = [...begun.body.matchAll(/<code>([\w]{5}-[\w]{5})<\/code>/g)].map((match) => match[1]!);
    assert.equal(codes.length, 10);
    assert.equal((await signIn(email)).headers.location, '/', 'not on yet');
    assert.equal((await post('/profile/second-factor/confirm', { code: '000000' }, cookie)).statusCode, 422);
    const on = await post('/profile/second-factor/confirm', { code: codeOf(secret) }, cookie);
    assert.equal(on.headers.location, '/profile', on.body);
    cookie = cookieOf(on);
    assert.ok(await isIn(cookie));
  });

  test('the password alone opens nothing any more; a code does, once', async () => {
    const { email } = world.cast.stranger;
    await world.house.pool.query("delete from verification where value = 'spent'");
    const half = await signIn(email);
    assert.match(String(half.headers.location), /^\/sign-in\/second-factor/);
    assert.ok(!(await isIn(cookieOf(half))));
    const wrong = await post('/sign-in/second-factor', { code: '000000' }, cookieOf(half));
    assert.equal(wrong.statusCode, 401);
    const code = codeOf(secret);
    const whole = await post(
      '/sign-in/second-factor',
      { code: `${code.slice(0, 3)} ${code.slice(3)}`, next: '/profile' },
      cookieOf(half),
    );
    assert.equal(whole.headers.location, '/profile', whole.body);
    assert.ok(await isIn(cookieOf(whole)));
    const other = await signIn(email);
    const replayed = await post('/sign-in/second-factor', { code }, cookieOf(other));
    assert.equal(replayed.headers.location, '/sign-in', 'the same code again is refused');
    assert.ok(!(await isIn(cookieOf(replayed))));
  });

  test('scripts send the code along', async () => {
    const { email } = world.cast.stranger;
    await world.house.pool.query("delete from verification where value = 'spent'");
    const ask = (fields: Record<string, string>) =>
      app.inject({
        method: 'POST',
        url: '/api/v1/session',
        payload: { email, password, ...fields },
        remoteAddress: '10.2.0.1',
      });
    const half = await ask({});
    assert.equal(half.statusCode, 401);
    assert.equal(half.json().code, 'second-factor-needed');
    assert.equal((await ask({ code: '000000' })).json().code, 'wrong-code');
    const whole = await ask({ code: codeOf(secret) });
    assert.equal(whole.statusCode, 200, whole.body);
    assert.ok(await isIn(cookieOf(whole)));
  });

  test('a recovery code signs in once', async () => {
    const { email } = world.cast.stranger;
    const use = async () =>
      post('/sign-in/second-factor', { code: codes[0]!, recovery: 'yes' }, cookieOf(await signIn(email)));
    const first = await use();
    assert.equal(first.headers.location, '/', first.body);
    assert.equal((await use()).statusCode, 401);
  });

  test('guessing codes ends the challenge', async () => {
    const half = cookieOf(await signIn(world.cast.stranger.email));
    const answers = [];
    for (let guess = 0; guess < 7; guess += 1) {
      const response = await post('/sign-in/second-factor', { code: String(100_000 + guess) }, half);
      answers.push(response.headers.location ?? response.statusCode);
    }
    assert.ok(answers.includes('/sign-in'), answers.join(' '));
  });

  test('after too many wrong codes no code works for a while, and that is said', async () => {
    await world.house.pool.query(
      "update second_factor set failed_count = 10, locked_until = now() + interval '15 minutes'",
    );
    await world.house.pool.query("delete from verification where value = 'spent'");
    const half = cookieOf(await signIn(world.cast.stranger.email));
    const response = await post('/sign-in/second-factor', { code: codeOf(secret) }, half);
    assert.equal(response.headers.location, '/sign-in');
    assert.match((await get('/sign-in', cookieOf(response))).body, /quarter of an hour/);
    await world.house.pool.query('update second_factor set failed_count = 0, locked_until = null');
  });

  test('a trusted device is asked for the code again after “Sign out everywhere”', async () => {
    const { email } = world.cast.stranger;
    await world.house.pool.query("delete from verification where value = 'spent'");
    const half = cookieOf(await signIn(email));
    const trusting = cookieOf(await post('/sign-in/second-factor', { code: codeOf(secret), trust: 'yes' }, half));
    const again = () => post('/sign-in', { email, password }, trusting);
    assert.equal((await again()).headers.location, '/');
    await post('/profile/sessions/end', {}, trusting);
    assert.match(String((await again()).headers.location), /second-factor/);
    await world.house.pool.query("delete from verification where value = 'spent'");
    cookie = cookieOf(await post('/sign-in/second-factor', { code: codeOf(secret) }, cookieOf(await signIn(email))));
  });

  test('turning it off asks for the password', async () => {
    await world.house.pool.query('update second_factor set failed_count = 0, locked_until = null');
    assert.equal((await post('/profile/second-factor/off', { password: 'wrong' }, cookie)).statusCode, 422);
    assert.equal((await post('/profile/second-factor/off', { password }, cookie)).headers.location, '/profile');
    assert.equal((await signIn(world.cast.stranger.email)).headers.location, '/');
  });
});

describe('sessions', () => {
  test('are listed, ended one by one, and all at once', async () => {
    const { email } = world.cast.agencyBilling;
    const [one, two, three] = [
      cookieOf(await signIn(email)),
      cookieOf(await signIn(email)),
      cookieOf(await signIn(email)),
    ];
    const page = (await get('/profile', one)).body;
    const others = [...page.matchAll(/\/profile\/sessions\/(\w+)\/end/g)].map((match) => match[1]!);
    assert.equal(others.length, 2, 'the others have a button, this one has not');
    await post(`/profile/sessions/${others[0]}/end`, {}, one);
    assert.deepEqual([await isIn(one), (await isIn(two)) !== (await isIn(three))], [true, true]);
    await post('/profile/sessions/end', {}, one);
    for (const cookie of [one, two, three]) assert.ok(!(await isIn(cookie)));
  });

  test('somebody else’s session is not mine to end', async () => {
    const mine = cookieOf(await signIn(world.cast.agencyBilling.email));
    const theirs = cookieOf(await signIn(world.cast.agencyOwner.email));
    const { rows } = await world.house.pool.query('select id from session where person_id = $1', [
      world.cast.agencyOwner.personId,
    ]);
    for (const { id } of rows) await post(`/profile/sessions/${id}/end`, {}, mine);
    assert.ok(await isIn(theirs));
  });

  test('signing in begins a session of its own, whatever cookie came along', async () => {
    const { email } = world.cast.agencyBilling;
    const planted = cookieOf(await signIn(world.cast.agencyOwner.email));
    const response = await post('/sign-in', { email, password }, planted);
    const own = cookieOf(response);
    const token = (cookie: string) => cookie.match(/session_token=([^;]+)/)?.[1];
    assert.notEqual(token(own), token(planted));
    assert.match((await get('/profile', own)).body, /agencybilling@cast\.example/);
  });

  test('a new password ends the others', async () => {
    const { email } = world.cast.agencyBilling;
    const [here, there] = [cookieOf(await signIn(email)), cookieOf(await signIn(email))];
    assert.equal(
      (await post('/profile/password', { current: 'wrong', password: 'a better password' }, here)).statusCode,
      422,
    );
    const changed = await post('/profile/password', { current: password, password: 'a better password' }, here);
    assert.equal(changed.headers.location, '/profile', changed.body);
    assert.ok(!(await isIn(there)));
    assert.ok(await isIn(cookieOf(changed)));
  });
});

test('every door where somebody could guess gets slow', async () => {
  const doors: [string, Record<string, string>][] = [
    ['/sign-in', { email: 'guess@cast.example', password: 'wrong wrong wrong' }],
    ['/api/v1/session', { email: 'guess@cast.example', password: 'wrong wrong wrong' }],
    ['/sign-in/second-factor', { code: '000000' }],
    ['/forgot', { email: 'guess@cast.example' }],
    ['/reset/some-token', { password: 'a better password' }],
    ['/sign-up', {}],
  ];
  for (const [url, fields] of doors) {
    const remoteAddress = `2001:db8:1:${doors.findIndex(([each]) => each === url)}::`;
    const statuses = [];
    for (let count = 0; count < 12; count += 1)
      statuses.push(
        (await app.inject({ ...form(fields), url, remoteAddress: `${remoteAddress}${count + 1}` })).statusCode,
      );
    assert.ok(statuses.includes(429), `${url}: ${statuses.join(' ')}`);
  }
});

describe('at rest', () => {
  test('no secret that lets somebody in stands readable in any table', async () => {
    const { email } = world.cast.agencyOwner;
    const cookie = cookieOf(await signIn(email));
    const token = decodeURIComponent(cookie.match(/session_token=([^;]+)/)![1]!).split('.')[0]!;
    await post('/forgot', { email });
    const reset = (await linkFor(email, 'reset')).split('/').at(-1)!;
    await world.ask(world.cast.agencyOwner, {
      ...form({ email: 'rest@shop.example', role: 'agency-billing-manager' }),
      url: `/agencies/${world.agencyId}/users`,
    });
    const invitation = (await linkFor('rest@shop.example', 'invitations')).split('/').at(-1)!;
    const begun = await post('/profile/second-factor', { password }, cookie);
    const shown = begun.body.match(/<code>([A-Z2-7]{20,})<\/code>/)![1]!;
    const code = begun.body.match(/<code>([\w]{5}-[\w]{5})<\/code>/)![1]!;
    const secrets = { password, token, reset, invitation, secret: decodeBase32(shown), shown, code };
    const { rows: tables } = await world.house.pool.query<{ name: string }>(
      "select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'",
    );
    for (const { name } of tables) {
      const { rows } = await world.house.pool.query<{ line: string }>(
        `select row_to_json(t)::text as line from ${name} t`,
      );
      for (const [what, secret] of Object.entries(secrets)) {
        assert.ok(secret.length >= 10);
        const hex = Buffer.from(secret).toString('hex');
        for (const { line } of rows)
          assert.ok(!line.includes(secret) && !line.includes(hex), `${what} stands in ${name}`);
      }
    }
  });
});
