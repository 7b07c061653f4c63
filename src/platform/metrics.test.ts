import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import { givePayment } from '../../test/givePayment.ts';
import { atEnd, form, openWorld, type World } from '../../test/world.ts';
import { readFacts } from '../lifecycle/store.ts';
import { releaseNumber } from '../numbers/release.ts';
import { must } from '../rules/decision.ts';
import { createServer } from '../web/serve.tsx';
import { serveMetrics } from '../web/serveMetrics.ts';
import { startWorker } from '../worker.ts';
import { connect } from './db.ts';
import { newKey } from './ids.ts';

const metricsToken = 'known-to-the-watcher';
let world: World;
let app: FastifyInstance;

before(async () => {
  world = await openWorld({ config: { metricsToken } });
  app = await world.app();
});

const scrape = (headers: Record<string, string> = { authorization: `Bearer ${metricsToken}` }, of = app) =>
  of.inject({ url: '/metrics', headers });

/** A sample's value: of one line, whatever order its labels stand in. */
function read(text: string, name: string, labels: Record<string, string> = {}): number | null {
  const line = text
    .split('\n')
    .filter((each) => each.startsWith(`${name}{`) || each.startsWith(`${name} `))
    .find((each) => Object.entries(labels).every(([key, value]) => each.includes(`${key}="${value}"`)));
  return line === undefined ? null : Number(line.split(' ').at(-1));
}

test('a scrape tells of requests by pattern, of calls, commands, numbers, jobs and the process', async (t) => {
  const { shopOwner } = world.cast;
  const rented = await world.rent(world.shopId, shopOwner.actor);
  must(await releaseNumber(world.house, shopOwner.actor, world.shopId, rented.trackingNumberId, newKey()));
  await world.house.pool.query("update carrier_command set attempts = attempts + 2 where kind = 'buy'");
  for (const secret of ['?q=hunter2', '/numbers/77'])
    await world.ask(shopOwner, { url: `/accounts/${world.shopId}${secret}` });
  await app.inject({ url: '/no/such/page' });
  const worker = await startWorker(world.house.config, world.databaseUrl);
  atEnd(() => worker.stop());
  const text = await t.waitFor(
    async () => {
      const { body } = await scrape();
      assert.notEqual(read(body, 'switchhook_sweep_seconds'), null);
      return body;
    },
    { timeout: 120_000, interval: 100 },
  );

  const count = 'switchhook_http_request_seconds_count';
  assert.equal(read(text, count, { method: 'GET', route: '/accounts/:accountId', status: '2xx' }), 1);
  assert.equal(read(text, count, { route: 'none', status: '4xx' }), 1);
  assert.doesNotMatch(text, /hunter2|\/77|no\/such/);
  const attempts = 'switchhook_carrier_command_attempts_total';
  assert.equal(read(text, attempts, { kind: 'buy', outcome: 'done' }), 1);
  assert.equal(read(text, attempts, { kind: 'buy', outcome: 'retried' }), 2);
  assert.equal(read(text, attempts, { kind: 'buy', outcome: 'failed' }), 0);
  assert.equal(read(text, 'switchhook_carrier_commands_due', { kind: 'buy' }), 0);
  assert.equal(read(text, 'switchhook_carrier_command_oldest_seconds', { kind: 'buy' }), 0);
  assert.equal(read(text, 'switchhook_numbers_held'), 1);
  for (const kind of ['payment', 'refund']) {
    assert.ok(read(text, 'switchhook_money_ended', { kind, outcome: 'done' })! >= 0);
    assert.equal(read(text, 'switchhook_money_ended', { kind, outcome: 'failed' }), 0);
    assert.equal(read(text, 'switchhook_money_oldest_seconds', { kind }), 0);
  }
  for (const what of ['disputes_open', 'refunds_undecided', 'unclaimed_owners'])
    assert.equal(read(text, `switchhook_${what}`), 0);
  assert.equal(read(text, 'switchhook_jobs_failed', { queue: 'sweep' }), 0);
  const lastSuccess = read(text, 'switchhook_sweep_success_timestamp_seconds')!;
  assert.ok(Math.abs(lastSuccess - Date.now() / 1000) < 60);
  assert.equal(read(text, 'switchhook_database_up'), 1);
  assert.ok(read(text, 'switchhook_database_connections', { state: 'idle' })! > 0);
  assert.equal(read(text, 'switchhook_database_waiting'), 0);
  assert.ok(read(text, 'process_resident_memory_bytes')! > 0);
});

test('a command that waits shows with its age', async () => {
  await world.house.pool.query(
    `update carrier_command set done_at = null, next_attempt_at = ordered_at, leased_until = now() + interval '1 hour',
            ordered_at = ordered_at - interval '1 hour' where kind = 'buy'`,
  );
  const { body } = await scrape();
  assert.equal(read(body, 'switchhook_carrier_commands_due', { kind: 'buy' }), 1);
  assert.ok(read(body, 'switchhook_carrier_command_oldest_seconds', { kind: 'buy' })! >= 3_600);
});

test('a payment that waits, and one that is disputed, show', async () => {
  await givePayment(world.house, world.shopId, { dollars: 10n, daysAgo: 1 });
  await world.house.pool.query(
    `insert into dispute (owner_id, provider_dispute_id, payment_id, amount_micros, reason, told_at)
     select owner_id, 'dp_1', payment_id, amount_micros, 'fraudulent', now() from payment where owner_id = $1 limit 1`,
    [world.shopId],
  );
  await world.house.pool.query('update payment set succeeded_at = null where owner_id = $1', [world.shopId]);
  const { body } = await scrape();
  assert.ok(read(body, 'switchhook_money_oldest_seconds', { kind: 'payment' })! >= 86_000);
  assert.equal(read(body, 'switchhook_disputes_open'), 1);
});

test('arriving calls are counted by what the carrier was told', async () => {
  const [token] = await world.house.carrier.voiceAuthTokens();
  const parameters = {
    CallSid: `CA${newKey().replaceAll('-', '')}`,
    AccountSid: `AC${'0'.repeat(32)}`,
    From: '+13125550111',
    To: '+19995550123',
    CallStatus: 'ringing',
  };
  const address = `${world.house.config.publicUrl}/carriers/voice`;
  const signature = getExpectedTwilioSignature(token!, address, parameters);
  const call = { ...form(parameters), payload: new URLSearchParams(parameters).toString() };
  const headers = { ...call.headers, 'x-twilio-signature': signature };
  const answer = await app.inject({ ...call, url: '/carriers/voice', headers });
  assert.equal(answer.statusCode, 200, answer.body);
  const { body } = await scrape();
  assert.equal(read(body, 'switchhook_calls_answered_total', { outcome: 'unknown' }), 1);
});

test('without the token, or with another one, nothing is told', async () => {
  const wrong = ['', metricsToken, 'Bearer', 'Bearer ', `Bearer ${metricsToken}x`, `Basic ${metricsToken}`];
  for (const authorization of wrong) {
    const response = await scrape({ authorization });
    assert.equal(response.statusCode, 401, authorization);
    assert.doesNotMatch(response.body, /switchhook_|process_/);
  }
  assert.equal((await scrape({})).statusCode, 401);
  assert.equal((await app.inject({ url: `/metrics?token=${metricsToken}` })).statusCode, 401);
});

test('without the setting there is no such page', async () => {
  const there = await openWorld();
  const response = await scrape({ authorization: 'Bearer null' }, await there.app());
  assert.equal(response.statusCode, 404);
});

test('while the database is away a scrape says so, and nothing that it can not know', async () => {
  const gone = connect('postgres://nobody@127.0.0.1:9/nothing', { max: 2 });
  const house = { ...world.house, ...gone };
  const lost = await createServer(house);
  serveMetrics(lost, house, () => readFacts(house.db));
  const response = await scrape(undefined, lost);
  assert.equal(response.statusCode, 200);
  assert.equal(read(response.body, 'switchhook_database_up'), 0);
  assert.equal(read(response.body, 'switchhook_numbers_held'), null);
  await lost.close();
  await gone.db.destroy();
});
