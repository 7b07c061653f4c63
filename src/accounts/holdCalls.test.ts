import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { form, openWorld, type World } from '../../test/world.ts';
import { answerCall } from '../calls/answer.ts';
import { newKey } from '../platform/ids.ts';
import type { Decision } from '../rules/decision.ts';
import { holdCalls, liftHold } from './holdCalls.ts';
import { resumeSwitch, turnSwitch } from './turnSwitch.ts';

let world: World;
let phoneNumber = '';
before(async () => {
  world = await openWorld();
  ({ phoneNumber } = await world.rent(world.shopId, world.cast.shopOwner.actor));
});

const codeOf = (decision: Decision<unknown>) => (decision.ok ? 'done' : decision.refusal.code);
const hold = (who: keyof World['cast'], why = 'Calls to premium numbers') =>
  holdCalls(world.house, world.cast[who].actor, world.shopId, why, newKey());
const lift = (who: keyof World['cast']) => liftHold(world.house, world.cast[who].actor, world.shopId, newKey());

let calls = 0;
async function ring(): Promise<string> {
  calls += 1;
  const callSid = `CA${String(calls).padStart(32, '0')}`;
  const fromPlace = { city: null, region: null, postalCode: null, country: null };
  const arrived = { callSid, from: '+12125550177', to: phoneNumber, fromPlace, callerName: null };
  return (await answerCall(world.house, arrived as Parameters<typeof answerCall>[1])).kind;
}

test('only the operator holds calls, with a reason', async () => {
  assert.equal(codeOf(await hold('shopOwner')), 'role-missing');
  assert.equal(codeOf(await hold('stranger')), 'not-found');
  assert.equal(codeOf(await hold('supportAgent')), 'role-missing');
  assert.equal(codeOf(await hold('operator', '')), 'invalid-input');
  assert.equal(await ring(), 'forward');
});

test('held calls are refused; the account reads why, and can’t resume them itself', async () => {
  assert.equal(codeOf(await hold('operator')), 'done');
  assert.equal(codeOf(await hold('operator')), 'already-held');
  assert.equal(await ring(), 'refuse');
  const status = await world.ask(world.cast.shopOwner, { method: 'GET', url: `/accounts/${world.shopId}/settings` });
  assert.match(status.body, /The operator holds incoming calls/);
  assert.match(status.body, /Calls to premium numbers/);
  assert.match(status.body, /\(stopped\)/);
  const journal = await world.ask(world.cast.shopOwner, { method: 'GET', url: `/accounts/${world.shopId}/journal` });
  assert.match(journal.body, /Calls to premium numbers/);
  assert.equal(
    codeOf(await resumeSwitch(world.house, world.cast.shopOwner.actor, world.shopId, 'stop', newKey())),
    'not-stopped',
  );
  assert.equal(codeOf(await lift('shopOwner')), 'role-missing');
  assert.equal(await ring(), 'refuse');
});

test('lifted, calls connect again, unless the account has stopped them itself', async () => {
  const { actor } = world.cast.shopOwner;
  assert.equal(codeOf(await turnSwitch(world.house, actor, world.shopId, 'stop', null, newKey())), 'done');
  assert.equal(codeOf(await lift('operator')), 'done');
  assert.equal(codeOf(await lift('operator')), 'not-held');
  assert.equal(await ring(), 'refuse', 'its own stop stays');
  assert.equal(codeOf(await resumeSwitch(world.house, actor, world.shopId, 'stop', newKey())), 'done');
  assert.equal(await ring(), 'forward');
});

test('the operator’s page holds, lists and lifts', async () => {
  const ask = (fields: Record<string, string>, url = '/operations/holds') =>
    world.ask(world.cast.operator, { ...form(fields), url });
  assert.equal((await ask({ accountId: '999999', why: 'x' })).statusCode, 422);
  assert.equal((await ask({ accountId: String(world.shopId), why: '' })).statusCode, 422);
  assert.equal((await ask({ accountId: String(world.shopId), why: '<b>Fraud</b>' })).statusCode, 303);
  const list = await world.ask(world.cast.operator, { method: 'GET', url: '/operations/holds' });
  assert.match(list.body, /Anchor Plumbing/);
  assert.match(list.body, /&lt;b(&gt;|>)Fraud/);
  assert.equal((await world.ask(world.cast.supportAgent, { method: 'GET', url: '/operations/holds' })).statusCode, 403);
  assert.equal((await world.ask(world.cast.shopOwner, { method: 'GET', url: '/operations/holds' })).statusCode, 404);
  assert.equal((await ask({}, `/operations/holds/${world.shopId}/lift`)).statusCode, 303);
  assert.equal(await ring(), 'forward');
});
