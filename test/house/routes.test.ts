import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { FastifyInstance, HTTPMethods } from 'fastify';
import { openTicket } from '../../src/support/openTicket.ts';
import { form, openWorld, password, type World } from '../world.ts';

/* What every route must hold, read from the route table: a new route is covered by itself. */

let world: World;
let app: FastifyInstance;
let routes: { method: HTTPMethods; url: string }[];
/** Open to people who did not sign in; /metrics has a guard of its own, and a test of it. */
const open = [
  '/health',
  '/metrics',
  '/sign-in',
  '/sign-in/second-factor',
  '/sign-out',
  '/sign-up',
  '/forgot',
  '/reset/:token',
  '/setup/:token',
  '/invitations/:token',
  '/development/mail',
  '/development/mail/:mailId',
  '/api/v1/session',
  // The provider's: its pages by an address that can't be guessed, its events by their signature.
  '/simulated-payments/cards/:setupId',
  '/simulated-payments/bank/:providerPaymentId',
  '/payments/webhooks',
  '/assets/*',
  // Strangers' websites: their visitors' browsers load the script here and tell of visits.
  '/:site/t.js',
  '/:site/visit',
];
/** The only ones to which another site's page may send; they look at no cookie, so nothing is done in anybody's name. */
const forAnySite = ['/:site/visit'];

before(async () => {
  world = await openWorld();
  app = await world.app();
  routes = app.routeTable.filter((route) => route.method !== 'HEAD' && route.method !== 'OPTIONS') as typeof routes;
  await world.rent(world.shopId, world.cast.shopOwner.actor);
});

/** The address with the shop's and the agency's real ids in it, so that only the person decides. */
async function fill(url: string): Promise<string> {
  const { rows } = await world.house.pool.query<{ tracking_number_id: string }>(
    'select tracking_number_id from tracking_number where account_id = $1',
    [world.shopId],
  );
  return url
    .replace(':accountId', String(world.shopId))
    .replace(':agencyId', String(world.agencyId))
    .replace(':numberId', rows[0]!.tracking_number_id)
    .replace(':personId', world.cast.callAgent.personId)
    .replace(/:kind\b/, 'pause')
    .replace(/:[a-zA-Z]+/g, '1')
    .replace('*', 'x');
}

const ofTenants = () => routes.filter(({ url }) => /:accountId|:agencyId/.test(url) && !url.startsWith('/carriers/'));
const countDeeds = async () => Number((await world.house.pool.query('select count(*)::int as n from deed')).rows[0].n);

test('the table is real', () => {
  assert.ok(routes.length > 40, `${routes.length} routes`);
  assert.ok(ofTenants().length > 25);
});

describe('somebody else’s things answer 404, whoever asks', () => {
  for (const who of ['neighbor', 'stranger', 'supportAgent', 'operator'] as const) {
    test(who, async () => {
      const deeds = await countDeeds();
      for (const { method, url } of ofTenants()) {
        const address = await fill(url);
        const response = await world.ask(
          world.cast[who],
          method === 'GET' ? { method, url: address } : { ...form({ name: 'x' }), method, url: address },
        );
        assert.equal(response.statusCode, 404, `${method} ${url} as ${who}`);
        assert.doesNotMatch(response.body, /Anchor Plumbing|Northwind/, `${method} ${url} names it`);
      }
      assert.equal(await countDeeds(), deeds, 'and nothing was done');
    });
  }
});

test('a number, a person, an invitation of another account is not found inside one’s own', async () => {
  const inner = ofTenants().filter((route) => /:(?!accountId|agencyId|kind)\w+/.test(route.url));
  assert.ok(inner.length > 10);
  for (const { method, url } of inner.filter((route) => route.url.includes(':accountId'))) {
    const address = (await fill(url)).replace(String(world.shopId), String(world.neighborId));
    const response = await world.ask(
      world.cast.neighbor,
      method === 'GET' ? { method, url: address } : { ...form({ role: 'call-agent' }), method, url: address },
    );
    // An invitation that isn't there is one that is over; the list says so.
    const expected = url.includes('/invitations/') ? 303 : 404;
    assert.equal(response.statusCode, expected, `${method} ${url}`);
  }
});

test('what any site may send to is only that, needs no cookie, sets none, and says so to browsers', async () => {
  for (const url of forAnySite) {
    assert.deepEqual(
      routes.filter((route) => route.url === url).map(({ method }) => method),
      ['GET', 'POST'],
    );
    const deeds = await countDeeds();
    const address = await fill(url);
    const sent = { payload: '{}', headers: { 'content-type': 'text/plain', 'sec-fetch-site': 'cross-site' } };
    const [asOwner, asNobody] = [
      await world.ask(world.cast.shopOwner, { method: 'POST', url: address, ...sent }),
      await world.ask(null, { method: 'POST', url: address, ...sent }),
    ];
    assert.deepEqual([asOwner.statusCode, asOwner.body], [asNobody.statusCode, asNobody.body]);
    assert.equal(asOwner.headers['set-cookie'], undefined);
    assert.equal(asOwner.headers['access-control-allow-origin'], '*');
    assert.equal(asOwner.headers['access-control-allow-credentials'], undefined);
    assert.equal(await countDeeds(), deeds);
  }
});

test('nobody gets in without signing in: pages ask to, routes answer 401', async () => {
  for (const { method, url } of routes.filter(
    (route) => !open.includes(route.url) && !route.url.startsWith('/carriers/'),
  )) {
    const response = await app.inject({ ...(method === 'GET' ? {} : form({})), method, url: await fill(url) });
    const expected = url.startsWith('/api/') ? 401 : 303;
    assert.equal(response.statusCode, expected, `${method} ${url}`);
    if (expected === 303) assert.match(String(response.headers.location), /^\/sign-in\?next=/);
    else assert.equal(response.json().authentication, 'failed');
  }
});

test('a change that another site’s page sends is refused before anything looks at it', async () => {
  const deeds = await countDeeds();
  const foreign = [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
  ] as Record<string, string>[];
  for (const { method, url } of routes.filter((route) => route.method !== 'GET' && !forAnySite.includes(route.url))) {
    for (const headers of foreign) {
      const request = form({});
      const response = await world.ask(world.cast.shopOwner, {
        ...request,
        headers: { ...request.headers, ...headers },
        method,
        url: await fill(url),
      });
      assert.equal(response.statusCode, 403, `${method} ${url} ${JSON.stringify(headers)}`);
    }
  }
  assert.equal(await countDeeds(), deeds);
});

test('every answer forbids inline code, framing and guessing of types', async () => {
  for (const { url } of routes.filter((route) => route.method === 'GET' && !route.url.endsWith('/live'))) {
    const response = await world.ask(world.cast.shopOwner, { method: 'GET', url: await fill(url) });
    const policy = String(response.headers['content-security-policy']);
    assert.match(policy, /default-src 'self'/, url);
    assert.match(policy, /frame-ancestors 'none'/, url);
    assert.doesNotMatch(policy, /unsafe-/, url);
    assert.equal(response.headers['x-content-type-options'], 'nosniff', url);
    assert.ok(response.statusCode < 500, `${url}: ${response.statusCode}`);
    if (String(response.headers['content-type']).startsWith('text/html'))
      assert.doesNotMatch(response.body, /<script(?![^>]*\bsrc=)|\son[a-z]+="|\sstyle="/, url);
  }
});

test('what people type comes out escaped, on every page', async () => {
  const evil = '<script>alert(1)</script>"\'';
  const { pool } = world.house;
  await pool.query('update account set name = $1, website = $2, refusal_message = $1 where account_id = $3', [
    evil,
    'https://x.example/"><script>',
    world.shopId,
  ]);
  await pool.query('update tracking_number set name = $1 where account_id = $2', [evil, world.shopId]);
  await pool.query('update person set name = $1', [evil]);
  await pool.query('update agency set name = $1', [evil]);
  await pool.query(
    `insert into switch (account_id, kind, turned_at, turned_by, why) values ($1, 'hold', now(), 'x', $2), ($1, 'pause', now(), 'x', $2)`,
    [world.shopId, evil],
  );
  await pool.query(
    `insert into invitation (owner_id, email, role, token_hash, invited_by, invited_at, expires_at)
     select owner, $2, 'call-agent', owner::text, $3, now(), now() + interval '1 day' from unnest($1::bigint[]) owner`,
    [[world.shopId, world.agencyId, 0], `${evil}@x.example`, world.cast.shopOwner.personId],
  );
  await pool.query(
    `insert into mail (to_name, to_address, subject, queued_at, next_attempt_at, last_error) values ($1, $1, $1, now(), now(), $1)`,
    [evil],
  );
  const ticket = await openTicket(
    world.house,
    world.cast.shopOwner.actor,
    world.shopId,
    { kind: 'other', step: evil, lastRefusal: evil, subject: evil, words: evil },
    'evil',
  );
  assert.deepEqual(ticket, { ok: true, value: 1 }, 'the ticket that the addresses name');
  let seen = 0;
  for (const who of ['shopOwner', 'agencyOwner', 'operator'] as const) {
    for (const { url } of routes.filter((route) => route.method === 'GET' && !route.url.endsWith('/live'))) {
      const response = await world.ask(world.cast[who], { method: 'GET', url: await fill(url) });
      if (!String(response.headers['content-type']).startsWith('text/html')) continue;
      assert.doesNotMatch(response.body, /<script>alert|"><script>/, `${url} as ${who}`);
      if (response.body.includes('&lt;script>alert') || response.body.includes('&lt;script&gt;alert')) seen += 1;
    }
  }
  assert.ok(seen > 20, `only ${seen} pages showed what was typed`);
});

test('cookies are kept from scripts and other sites; over https they are secure', async () => {
  const cookiesOf = async (publicUrl: string) => {
    const there = await openWorld({ config: { publicUrl } });
    const response = await (await there.app()).inject({
      method: 'POST',
      url: '/api/v1/session',
      payload: { email: there.cast.shopOwner.email, password },
    });
    return [response.headers['set-cookie']].flat().map(String);
  };
  for (const cookie of await cookiesOf('http://switchhook.test')) {
    assert.match(cookie, /HttpOnly/i);
    assert.match(cookie, /SameSite=Lax/i);
  }
  for (const cookie of await cookiesOf('https://switchhook.test')) assert.match(cookie, /Secure/i);
});

test('signing in leads to our own pages only', async () => {
  for (const next of ['https://evil.example/', '//evil.example/', '/\\evil.example', 'javascript:alert(1)']) {
    const response = await app.inject({
      ...form({ email: world.cast.neighbor.email, password, next }),
      url: '/sign-in',
      remoteAddress: '10.0.0.1',
    });
    assert.equal(response.headers.location, '/', next);
  }
});

test('guessing passwords is slowed down, and tells nothing of who exists', async () => {
  const attempt = (email: string, remoteAddress: string) =>
    app.inject({ ...form({ email, password: 'wrong wrong wrong' }), url: '/sign-in', remoteAddress });
  const [known, unknown] = [
    await attempt(world.cast.shopOwner.email, '10.0.0.2'),
    await attempt('nobody@cast.example', '10.0.0.2'),
  ];
  assert.equal(known.statusCode, 401);
  assert.equal(
    known.body.replaceAll(world.cast.shopOwner.email, ''),
    unknown.body.replaceAll('nobody@cast.example', ''),
  );
  const statuses = [];
  for (let count = 0; count < 12; count += 1)
    statuses.push((await attempt(world.cast.shopOwner.email, '10.0.0.3')).statusCode);
  assert.ok(statuses.includes(429), statuses.join(' '));
});

test('a body that is too large, or that can’t be read, gets a sentence', async () => {
  const large = await world.ask(world.cast.shopOwner, {
    ...form({ name: 'x'.repeat(300_000) }),
    url: `/accounts/${world.shopId}/settings`,
  });
  assert.equal(large.statusCode, 413);
  const garbled = await world.ask(world.cast.shopOwner, {
    method: 'POST',
    url: `/api/v1/accounts/${world.shopId}/numbers`,
    headers: { 'content-type': 'application/json' },
    payload: '{"a":',
  });
  assert.equal(garbled.statusCode, 400);
  assert.match(garbled.json().reason, /could not be read/);
});
