import assert from 'node:assert/strict';
import { before, beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import { atEnd, openWorld, type World } from '../../test/world.ts';
import { turnSwitch } from '../accounts/turnSwitch.ts';
import { followAllBalances } from '../billing/dunning/followBalances.ts';
import { findArrears } from '../billing/dunning/store.ts';
import { topUp } from '../billing/topUp.ts';
import { closeAccount } from '../lifecycle/closeAccount.ts';
import { offerClosing } from '../lifecycle/plan.ts';
import { reactivateAccount } from '../lifecycle/reactivateAccount.ts';
import { releaseNumber } from '../numbers/release.ts';
import type { TrackingNumber } from '../numbers/store.ts';
import { connect } from '../platform/db.ts';
import { newKey } from '../platform/ids.ts';
import { must } from '../rules/decision.ts';
import { noReceivingNumberMessage } from '../rules/routing.ts';
import { findCalls } from './store.ts';

/* The carrier's door, knocked at with requests that Twilio's own library signed. */

const publicUrl = 'https://calls.example.com';
let world: World;
let app: FastifyInstance;
let token: string;
let number: TrackingNumber;

before(async () => {
  world = await openWorld({ config: { publicUrl } });
  app = await world.app();
  [token] = (await world.house.carrier.voiceAuthTokens()) as [string];
});

const shop = () => world.cast.shopOwner.actor;
const newCallSid = () => `CA${newKey().replaceAll('-', '')}`;

function arriving(callSid: string, to: string, over: Record<string, string> = {}): Record<string, string> {
  return {
    CallSid: callSid,
    AccountSid: `AC${'0'.repeat(32)}`,
    From: '+13125550111',
    To: to,
    Caller: '+13125550111',
    Called: to,
    CallStatus: 'ringing',
    ApiVersion: '2010-04-01',
    Direction: 'inbound',
    FromCity: 'Chicago',
    FromState: 'IL',
    SomethingNew: 'carriers add parameters without notice',
    ...over,
  };
}

async function knock(
  path: string,
  parameters: Record<string, string>,
  over: { signature?: string; body?: string; app?: FastifyInstance } = {},
) {
  const signature = over.signature ?? getExpectedTwilioSignature(token, publicUrl + path, parameters);
  return (over.app ?? app).inject({
    method: 'POST',
    url: path,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-twilio-signature': signature,
      host: 'internal:3000',
    },
    payload: over.body ?? new URLSearchParams(parameters).toString(),
  });
}

const lastCall = async () => (await findCalls(world.house.db, world.shopId, {}, 1))[0]!;

describe('an arriving call', () => {
  before(async () => {
    number = await world.rent(world.shopId, shop(), { receivingNumber: '+12125550199' });
  });

  test('is answered with TwiML that forwards it, and logged while it rings', async () => {
    const response = await knock('/carriers/voice', arriving(newCallSid(), number.phoneNumber));
    assert.equal(response.statusCode, 200);
    assert.match(String(response.headers['content-type']), /^text\/xml/);
    const call = await lastCall();
    const base = `${publicUrl}/carriers/voice/calls/${world.shopId}/${call.callId}`;
    assert.equal(
      response.body,
      `<?xml version="1.0" encoding="UTF-8"?><Response><Dial answerOnBridge="true" timeout="30" action="${base}/dialed" method="POST"><Number statusCallback="${base}/leg#rc=3&amp;rp=all" statusCallbackEvent="initiated ringing answered completed" statusCallbackMethod="POST">+12125550199</Number></Dial></Response>`,
    );
    assert.deepEqual(
      [call.status, call.callerNumber, call.callerCity, call.trackingNumber],
      ['ringing', '+13125550111', 'Chicago', number.phoneNumber],
    );
  });

  test('with one byte changed is refused, in the body, the address or the signature', async () => {
    const parameters = arriving(newCallSid(), number.phoneNumber);
    const signature = getExpectedTwilioSignature(token, `${publicUrl}/carriers/voice`, parameters);
    const before = await lastCall();
    const changed = [
      knock('/carriers/voice', parameters, {
        signature,
        body: new URLSearchParams({ ...parameters, From: '+13125550112' }).toString(),
      }),
      knock('/carriers/voice?a=1', parameters, { signature }),
      knock('/carriers/voice', parameters, {
        signature: `A${signature.slice(1)}` === signature ? `B${signature.slice(1)}` : `A${signature.slice(1)}`,
      }),
      knock('/carriers/voice', parameters, { signature: '' }),
    ];
    for (const response of await Promise.all(changed)) assert.equal(response.statusCode, 403);
    assert.equal((await lastCall()).callId, before.callId, 'nothing was logged');
  });

  test('a query in the address is part of what is signed', async () => {
    const response = await knock('/carriers/voice?via=1', arriving(newCallSid(), number.phoneNumber));
    assert.equal(response.statusCode, 200);
  });

  test('asked about again gets the same answer and stays one row', async () => {
    const parameters = arriving(newCallSid(), number.phoneNumber);
    const first = await knock('/carriers/voice', parameters);
    const { callId } = await lastCall();
    const again = await Promise.all([knock('/carriers/voice', parameters), knock('/carriers/voice', parameters)]);
    for (const response of again) assert.equal(response.body, first.body);
    assert.equal((await lastCall()).callId, callId);
  });

  test('a number that nobody has is turned away, and belongs to no log', async () => {
    const before = await lastCall();
    const response = await knock('/carriers/voice', arriving(newCallSid(), '+19995550123'));
    assert.match(response.body, /<Reject/);
    assert.equal((await lastCall()).callId, before.callId);
  });

  test('what can’t be read gets a sentence that names it', async () => {
    for (const [over, name] of [
      [{ To: 'nobody' }, 'To'],
      [{ CallSid: 'CA1' }, 'CallSid'],
      [{ From: '' }, 'From'],
    ] as const) {
      const response = await knock('/carriers/voice', arriving(newCallSid(), number.phoneNumber, over));
      assert.equal(response.statusCode, 400);
      assert.match(response.json().error, new RegExp(`^${name} `));
    }
    const leg = await knock(`/carriers/voice/calls/${world.shopId}/1/leg`, {
      CallSid: newCallSid(),
      CallStatus: 'dancing',
    });
    assert.equal(leg.statusCode, 400);
    assert.equal((await knock('/carriers/voice/calls/x/y/leg', { CallSid: 'a' })).statusCode, 400);
  });
});

/** What the carrier tells of a call that is answered: four steps of the leg, the end of the forwarding, the caller's end. */
function story(callSid: string, callId: number, to: string, talkSeconds: number): [string, Record<string, string>][] {
  const legSid = newCallSid();
  const start = Date.now();
  const rfc2822 = (seconds: number) => new Date(start + seconds * 1000).toUTCString().replace('GMT', '+0000');
  const leg = (
    sequence: number,
    status: string,
    seconds: number,
    more: Record<string, string> = {},
  ): [string, Record<string, string>] => [
    `/carriers/voice/calls/${world.shopId}/${callId}/leg`,
    {
      ParentCallSid: callSid,
      CallSid: legSid,
      CallStatus: status,
      SequenceNumber: String(sequence),
      Timestamp: rfc2822(seconds),
      From: '+13125550111',
      To: '+12125550199',
      ...more,
    },
  ];
  return [
    leg(0, 'initiated', 0),
    leg(1, 'ringing', 1),
    leg(2, 'in-progress', 5),
    leg(3, 'completed', 5 + talkSeconds, { CallDuration: String(talkSeconds) }),
    [
      `/carriers/voice/calls/${world.shopId}/${callId}/dialed`,
      {
        CallSid: callSid,
        CallStatus: 'completed',
        DialCallStatus: 'completed',
        DialCallSid: legSid,
        DialCallDuration: String(talkSeconds),
      },
    ],
    [
      '/carriers/voice/status',
      {
        CallSid: callSid,
        CallStatus: 'completed',
        To: to,
        CallDuration: String(talkSeconds + 6),
        SequenceNumber: '0',
        Timestamp: rfc2822(6 + talkSeconds),
      },
    ],
  ];
}

describe('the events of a call', () => {
  test('in any order, and each twice, give one row and one charge', async () => {
    const { rows } = await world.house.pool.query<{ n: number }>(
      "select count(*)::int as n from charge where cause = 'call'",
    );
    let calls = rows[0]!.n;
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5], { minLength: 12 }), async (order) => {
        const callSid = newCallSid();
        await knock('/carriers/voice', arriving(callSid, number.phoneNumber));
        const { callId } = await lastCall();
        const events = story(callSid, callId, number.phoneNumber, 75);
        for (const index of order) {
          const response = await knock(...events[index]!);
          assert.ok(response.statusCode < 300, `${response.statusCode} ${response.body}`);
        }
        const call = await lastCall();
        assert.deepEqual(
          [call.status, call.talkSeconds, call.durationSeconds, call.ringSeconds],
          ['answered', 75, 81, 5],
        );
        calls += 1;
        assert.equal(call.chargeMicros, 90_000n, 'two minutes begun at $0.045');
      }),
      { numRuns: 15 },
    );
    const after = await world.house.pool.query<{ n: number }>(
      "select count(*)::int as n from charge where cause = 'call'",
    );
    assert.equal(after.rows[0]!.n, calls);
  });

  test('a call in progress at the closing goes on, is logged to its end, and is charged up to the closing', async () => {
    const callSid = newCallSid();
    await knock('/carriers/voice', arriving(callSid, number.phoneNumber));
    const { callId, calledAt } = await lastCall();
    const events = story(callSid, callId, number.phoneNumber, 600);
    for (const event of events.slice(0, 3)) await knock(...event);
    await world.travelTo(new Date(calledAt.getTime() + 70_000));
    const { hash: planHash, terms } = must(await offerClosing(world.house.db, world.shopId, await world.now()));
    must(await closeAccount(world.house, shop(), world.shopId, { planHash, terms, why: null }, newKey()));
    for (const event of events.slice(3)) assert.ok((await knock(...event)).statusCode < 300);
    const call = await lastCall();
    assert.deepEqual([call.status, call.talkSeconds], ['answered', 600]);
    assert.equal(call.chargeMicros, 90_000n, 'five to seventy seconds: two minutes, not ten');
    const next = await knock('/carriers/voice', arriving(newCallSid(), number.phoneNumber));
    assert.match(next.body, /<Say/);
    assert.match(next.body, /<Hangup/);
    must(await reactivateAccount(world.house, shop(), world.shopId, { restoreNumbers: false }, newKey()));
  });
});

describe('who is refused hears the words of the account', () => {
  const words = 'Anchor Plumbing is away. Call back in spring.';
  let fresh: TrackingNumber;
  beforeEach(async () => {
    await world.house.pool.query('update account set refusal_message = $1 where account_id = $2', [
      words,
      world.shopId,
    ]);
    fresh = await world.rent(world.shopId, shop(), { receivingNumber: '+12125550199' });
  });
  const connects = async () => {
    await knock('/carriers/voice', arriving(newCallSid(), fresh.phoneNumber));
    assert.equal((await lastCall()).status, 'ringing');
  };
  const hears = async (what: string) => {
    const response = await knock('/carriers/voice', arriving(newCallSid(), fresh.phoneNumber));
    assert.ok(response.body.includes(`>${what}</Say>`), response.body);
    assert.equal((await lastCall()).status, 'refused');
  };

  test('stopped', async () => {
    must(await turnSwitch(world.house, shop(), world.shopId, 'stop', null, newKey()));
    await hears(words);
    await world.house.pool.query(
      'update switch set resumed_at = turned_at, resumed_by = turned_by where account_id = $1',
      [world.shopId],
    );
  });
  test('released', async () => {
    must(await releaseNumber(world.house, shop(), world.shopId, fresh.trackingNumberId, newKey()));
    await hears(words);
  });
  test('no receiving number: other words', async () => {
    await world.house.pool.query(
      'update tracking_number set receiving_number_id = null where tracking_number_id = $1',
      [fresh.trackingNumberId],
    );
    await hears(noReceivingNumberMessage);
  });
  test('no funds', async () => {
    await world.house.pool.query('update wallet set available_micros = 0 where owner_id = $1', [world.shopId]);
    await followAllBalances(world.house.db);
    const begin = async () => (await findArrears(world.house.db, world.shopId))!.noFundsFrom;
    await world.travelTo(new Date((await begin()).getTime() - 60_000));
    await connects();
    await world.travelTo(await begin());
    await hears(words);
    must(await topUp(world.house, shop(), world.shopId, 900_000_000n, newKey()));
    assert.equal(await findArrears(world.house.db, world.shopId), null, 'paid');
    await connects();
  });
  test('a late event after the number went back still finds its call', async () => {
    const callSid = newCallSid();
    await knock('/carriers/voice', arriving(callSid, fresh.phoneNumber));
    const { callId } = await lastCall();
    must(await releaseNumber(world.house, shop(), world.shopId, fresh.trackingNumberId, newKey()));
    await world.travel(14);
    await world.work();
    assert.equal(await world.house.carrier.find(fresh.phoneNumber), null);
    for (const event of story(callSid, callId, fresh.phoneNumber, 30))
      assert.ok((await knock(...event)).statusCode < 300);
    assert.equal((await lastCall()).status, 'answered');
  });
});

test('while the database is away callers hear a message and are asked about again; events are told once more', async () => {
  const gone = connect('postgres://nobody@127.0.0.1:9/nothing', { max: 2 });
  // The house is handed down as an object: from here on this one's database is a port where nobody listens.
  const house = { ...world.house, db: gone.db, pool: gone.pool };
  const lost = await buildLost(house);
  const call = await knock('/carriers/voice', arriving(newCallSid(), number.phoneNumber), { app: lost });
  assert.equal(call.statusCode, 200);
  assert.match(call.body, /<Say[^>]*>One moment please/);
  assert.ok(call.body.includes(`<Redirect method="POST">${publicUrl}/carriers/voice</Redirect>`), call.body);
  const event = await knock(
    '/carriers/voice/status',
    { CallSid: newCallSid(), CallStatus: 'completed', To: number.phoneNumber },
    { app: lost },
  );
  assert.equal(event.statusCode, 503);
  assert.equal(event.headers['retry-after'], '2');
  const dialed = await knock(
    `/carriers/voice/calls/${world.shopId}/1/dialed`,
    { CallSid: newCallSid(), CallStatus: 'completed', DialCallStatus: 'completed' },
    { app: lost },
  );
  assert.match(dialed.body, /<Hangup/);
  const page = await lost.inject({ url: '/health' });
  assert.equal(page.statusCode, 503);
  await gone.db.destroy();
});

/** Only the parts that need no database to be built. */
async function buildLost(house: World['house']): Promise<FastifyInstance> {
  const { createServer } = await import('../web/serve.tsx');
  const { registerVoiceWebhooks } = await import('./webhooks.ts');
  const { readClock } = await import('../platform/clock.ts');
  const lost = await createServer(house);
  lost.get('/health', () => readClock(house.db));
  registerVoiceWebhooks(lost, house);
  atEnd(() => lost.close());
  return lost;
}
