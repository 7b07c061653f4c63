import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import { form, openWorld, password, type World } from '../../test/world.ts';
import { newKey } from './ids.ts';
import { createLog, tellError } from './log.ts';

/* Everything a request can carry holds a secret with this word in it; no line of the log may. */
const secret = 'hunter2';

let world: World;
let app: FastifyInstance;
let lines: string[] = [];

before(async () => {
  world = await openWorld({ log: createLog('test', 'trace', { write: (line) => void lines.push(line) }) });
  app = await world.app();
  await world.house.pool.query(
    "insert into house_setting (setting_key, setting_value, set_at) values ('set-up link', $1, now())",
    [secret],
  );
});

const everywhere = {
  cookie: `switchhook.session_token=${secret}; other=${secret}`,
  authorization: `Bearer ${secret}`,
  referer: `http://switchhook.test/setup/${secret}`,
  'user-agent': secret,
  'x-request-id': `${secret} with spaces`,
  'x-forwarded-for': '10.1.2.3',
};

/** Asks, and gives the lines that this left behind; nothing that anybody sent stands in them. */
async function logOf(
  request: InjectOptions,
): Promise<{ status: number; body: string; told: Record<string, unknown>[] }> {
  lines = [];
  const response = await app.inject({ ...request, headers: { ...everywhere, ...request.headers } });
  const said = lines.join('');
  assert.doesNotMatch(said, new RegExp(`${secret}|${password}|@cast\\.example|session_token|10\\.1\\.2\\.3`));
  const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.equal(told.filter((each) => each.msg === 'request').length, 1, said);
  return { status: response.statusCode, body: response.body, told };
}

describe('a line for each request, without what it carried', () => {
  const requests: [string, () => InjectOptions, object][] = [
    ['a query', () => ({ url: `/sign-in?next=/${secret}` }), { method: 'GET', route: '/sign-in', status: 200 }],
    ['no such page', () => ({ url: `/${secret}/x?${secret}` }), { route: 'none', status: 404 }],
    [
      'a wrong password',
      () => ({ ...form({ email: world.cast.shopOwner.email, password: secret }), url: '/sign-in' }),
      { method: 'POST', route: '/sign-in', status: 401 },
    ],
    [
      'a sign-in',
      () => ({ ...form({ email: world.cast.shopOwner.email, password }), url: '/sign-in' }),
      { method: 'POST', route: '/sign-in', status: 303 },
    ],
    ['a set-up link', () => ({ url: `/setup/${secret}` }), { route: '/setup/:token', status: 200 }],
    [
      'a set-up',
      () => ({ ...form({ name: secret, email: secret, password: secret }), url: `/setup/${secret}` }),
      { route: '/setup/:token', status: 422 },
    ],
    [
      'a body that can not be read',
      () => ({
        method: 'POST',
        url: '/api/v1/session',
        payload: `{"password": ${secret}`,
        headers: { 'content-type': 'application/json' },
      }),
      { route: '/api/v1/session', status: 400 },
    ],
    [
      'a webhook that nobody signed',
      () => ({ ...form({ From: secret }), url: `/carriers/voice?${secret}` }),
      { route: '/carriers/voice', status: 403 },
    ],
  ];
  for (const [what, request, expected] of requests) {
    test(what, async () => {
      const { told } = await logOf(request());
      assert.deepEqual(told.length, 1, JSON.stringify(told));
      assert.partialDeepStrictEqual(told[0], expected);
      assert.equal(typeof told[0]!.ms, 'number');
    });
  }

  test('a webhook that is signed', async () => {
    const [token] = await world.house.carrier.voiceAuthTokens();
    const url = `/carriers/voice?via=${secret}`;
    const call = { CallSid: `CA${'1'.repeat(32)}`, AccountSid: `AC${'0'.repeat(32)}`, CallStatus: 'ringing' };
    const parameters = { ...call, From: '+13125550111', To: '+19995550123', FromCity: secret };
    const { told, status } = await logOf({
      method: 'POST',
      url,
      payload: new URLSearchParams(parameters).toString(),
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-twilio-signature': getExpectedTwilioSignature(token!, world.house.config.publicUrl + url, parameters),
      },
    });
    assert.equal(status, 200);
    assert.equal(told.at(-1)!.route, '/carriers/voice');
    assert.ok(!JSON.stringify(told).includes('3125550111'));
  });

  test('somebody who signed in is named by id, and so is the account', async () => {
    const response = await app.inject({ ...form({ email: world.cast.shopOwner.email, password }), url: '/sign-in' });
    const cookie = [response.headers['set-cookie']]
      .flat()
      .map((each) => each!.split(';')[0])
      .join('; ');
    const { told } = await logOf({ url: `/accounts/${world.shopId}?${secret}`, headers: { cookie } });
    const { personId } = world.cast.shopOwner;
    assert.partialDeepStrictEqual(told[0], { route: '/accounts/:accountId', personId, accountId: world.shopId });
    for (const value of cookie.split(/[=;]/).filter((each) => each.length > 20))
      assert.ok(!lines.join('').includes(decodeURIComponent(value).split('.')[0]!));
  });

  test('a request that fails in the database: the row that PostgreSQL shows stays there', async () => {
    const signIn = await app.inject({ ...form({ email: world.cast.neighbor.email, password }), url: '/sign-in' });
    const cookie = [signIn.headers['set-cookie']]
      .flat()
      .map((each) => each!.split(';')[0])
      .join('; ');
    await world.house.pool.query(`alter table switch add constraint never_so check (why is distinct from '${secret}')`);
    const { told, status, body } = await logOf({
      method: 'POST',
      url: `/api/v1/accounts/${world.neighborId}/switches/pause?${secret}`,
      payload: { why: secret },
      headers: { cookie, 'idempotency-key': newKey() },
    });
    assert.equal(status, 500);
    const [failure, request] = told as [{ err: object; requestId: string }, object];
    assert.partialDeepStrictEqual(failure, {
      msg: 'a request failed',
      route: '/api/v1/accounts/:accountId/switches/:kind',
      err: { type: 'error', code: '23514', constraint: 'never_so' },
    });
    assert.partialDeepStrictEqual(request, { status: 500, requestId: failure.requestId });
    assert.ok(body.includes(failure.requestId), 'the page names the line');
  });
});

describe('an error in the log', () => {
  test('keeps its type, code, message and way, and nothing that hangs on it', () => {
    const cause = Object.assign(new Error('the cause'), { parameters: [secret] });
    const error = Object.assign(new TypeError('broken', { cause }), { code: 'E_X', detail: secret, where: secret });
    const told = tellError(error);
    assert.partialDeepStrictEqual(told, {
      type: 'TypeError',
      message: 'broken',
      code: 'E_X',
      causes: [{ message: 'the cause' }],
    });
    assert.match(told.stack!, /^ {4}at .*log\.test\.ts/);
    assert.doesNotMatch(JSON.stringify(told), new RegExp(secret));
    assert.doesNotMatch(JSON.stringify([tellError(secret), tellError({ message: secret })]), new RegExp(secret));
  });

  test('does not repeat what could not be read', async () => {
    const errors = await Promise.all([
      world.house.pool.query('select $1::int', [`${secret} "and" more`]).catch((error: Error) => error),
      new Response(`{"password":\n${secret}`).json().catch((error: Error) => error),
    ]);
    for (const error of errors) {
      assert.match(error.message, new RegExp(secret));
      assert.doesNotMatch(JSON.stringify(tellError(error)), new RegExp(secret));
    }
  });
});

describe('the name of a request', () => {
  const nameOf = async (given: string, remoteAddress = '127.0.0.1') =>
    (await app.inject({ url: '/health', headers: { 'x-request-id': given }, remoteAddress })).headers['x-request-id'];
  const uuid = /^[\da-f]{8}-[\da-f-]{27}$/;

  test('is the proxy’s when it looks sane, and goes back with the answer', async () => {
    assert.equal(await nameOf('proxy-4711.b'), 'proxy-4711.b');
    for (const given of ['short', 'with spaces in it', 'x'.repeat(65), '{"a":"bcdefgh"}'])
      assert.match(String(await nameOf(given)), uuid);
  });

  test('is never a stranger’s', async () => assert.match(String(await nameOf('proxy-4711.b', '10.0.0.1')), uuid));
});

test('LOG_LEVEL says how much, and what is forgotten among the fields is kept out', () => {
  const told: string[] = [];
  const log = createLog('test', 'warn', { write: (line) => void told.push(line) });
  log.info('not told');
  log.warn({ password: secret, request: { headers: { cookie: secret }, token: secret } }, 'told');
  assert.equal(told.length, 1);
  assert.doesNotMatch(told[0]!, new RegExp(secret));
});

test('a carrier’s tokens are kept out of the log, from wherever in the house they come', () => {
  const carrier = { authToken: secret, secondaryAuthToken: secret, accountSid: 'AC1' };
  const things = [carrier, { carrier }, { config: { carrier } }, { house: { config: { carrier, secretKey: secret } } }];
  const told: string[] = [];
  const log = createLog('test', 'info', { write: (line) => void told.push(line) });
  for (const each of things) log.info(each, 'said');
  assert.equal(told.join('').match(/"AC1"/g)?.length, things.length);
  assert.doesNotMatch(told.join(''), new RegExp(secret));
});
