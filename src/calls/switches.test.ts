import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openWorld, type World } from '../../test/world.ts';
import { findAccount } from '../accounts/store.ts';
import { resumeSwitch, turnSwitch } from '../accounts/turnSwitch.ts';
import { resumeAgencySwitch, turnAgencySwitch } from '../agencies/turnSwitch.ts';
import { releaseNumber } from '../numbers/release.ts';
import { restoreNumber } from '../numbers/restore.ts';
import { findNumber, type TrackingNumber } from '../numbers/store.ts';
import { resumeNumberSwitch, turnNumberSwitch } from '../numbers/turnSwitch.ts';
import { newKey } from '../platform/ids.ts';
import { type Decision, must } from '../rules/decision.ts';
import { numberStateOf } from '../rules/numberState.ts';
import type { Level, SwitchKind } from '../rules/standing.ts';
import { answerCall } from './answer.ts';

/* The switches of agency, account and number, turned by their verbs: what the rule says, and what a call meets. */

let world: World;
let number: TrackingNumber;
before(async () => {
  world = await openWorld();
  number = await world.rent(world.clientId, world.cast.clientAdmin.actor);
});

const codeOf = (decision: Decision<unknown>) => (decision.ok ? 'done' : decision.refusal.code);

async function ring(): Promise<string> {
  const fromPlace = { city: null, region: null, postalCode: null, country: null };
  const callSid = `CA${newKey().replaceAll('-', '')}`;
  const arrived = { callSid, from: '+12125550177', to: number.phoneNumber, fromPlace, callerName: null };
  return (await answerCall(world.house, arrived as Parameters<typeof answerCall>[1])).kind;
}

async function look() {
  const { db } = world.house;
  const now = await world.now();
  const account = (await findAccount(db, world.clientId, now))!;
  const found = (await findNumber(db, world.clientId, number.trackingNumberId, now))!;
  return { account, switches: found.switches, state: numberStateOf(account, found.switches) };
}

const levels: readonly Level[] = ['agency', 'account', 'number'];
const places = levels.flatMap((level) => (['pause', 'stop'] as const).map((kind) => ({ level, kind })));

function flip(level: Level, kind: SwitchKind, isOn: boolean, why: string | null = null): Promise<Decision<true>> {
  const { house, cast, agencyId, clientId } = world;
  const agency = cast.agencyOwner.actor;
  const client = cast.clientAdmin.actor;
  const { trackingNumberId } = number;
  switch (level) {
    case 'agency':
      return isOn
        ? turnAgencySwitch(house, agency, agencyId, kind, why, newKey())
        : resumeAgencySwitch(house, agency, agencyId, kind, newKey());
    case 'account':
      return isOn
        ? turnSwitch(house, client, clientId, kind, why, newKey())
        : resumeSwitch(house, client, clientId, kind, newKey());
    case 'number':
      return isOn
        ? turnNumberSwitch(house, client, clientId, trackingNumberId, kind, why, newKey())
        : resumeNumberSwitch(house, client, clientId, trackingNumberId, kind, newKey());
  }
}

test('the rule and the routing of calls agree on all 64 combinations of three levels and two switches', async () => {
  const on = new Set<string>();
  for (let turn = 0; turn < 2 ** places.length; turn += 1) {
    const isOn = ({ level, kind }: (typeof places)[number]) => on.has(`${level} ${kind}`);
    const said = [...on].join(', ');
    const { state, switches, account } = await look();
    assert.equal(state.callsConnect, !places.some((each) => each.kind === 'stop' && isOn(each)), said);
    assert.equal(state.swapping, on.size === 0, said);
    assert.equal(await ring(), state.callsConnect ? 'forward' : 'refuse', said);
    const strongest = places.some((each) => each.kind === 'stop' && isOn(each)) ? 'stop' : 'pause';
    const highest = places.find((each) => each.kind === strongest && isOn(each));
    assert.deepEqual(state.because && { level: state.because.level, kind: state.because.kind }, highest ?? null, said);
    const facts = [...account.switches, ...switches].map((each) => `${each.level} ${each.kind}`);
    assert.deepEqual(facts.toSorted(), [...on].toSorted());
    // Each combination is one switch away from the one before (a Gray code), and the last from none.
    const next = places[Math.min(places.length - 1, Math.log2((turn + 1) & -(turn + 1)))]!;
    must(await flip(next.level, next.kind, !isOn(next)));
    if (isOn(next)) on.delete(`${next.level} ${next.kind}`);
    else on.add(`${next.level} ${next.kind}`);
  }
  assert.equal(on.size, 0);
});

test('turning twice and resuming what is on say so; each level by itself', async () => {
  for (const level of levels) {
    assert.equal(codeOf(await flip(level, 'pause', false)), 'not-paused');
    assert.equal(codeOf(await flip(level, 'pause', true, `of the ${level}`)), 'done');
    assert.equal(codeOf(await flip(level, 'pause', true)), 'already-paused');
  }
  const { account, switches } = await look();
  assert.deepEqual(
    [...account.switches, ...switches].map((each) => each.why),
    levels.map((level) => `of the ${level}`),
  );
  for (const level of levels) must(await flip(level, 'pause', false));
});

test('who may: marketers pause a number, closers stop it; of an agency its Agency Administrator alone', async () => {
  const { house, cast, shopPeople, shopId, agencyId } = world;
  const ours = await world.rent(shopId, cast.shopOwner.actor);
  const turn = (who: keyof typeof shopPeople, kind: SwitchKind) =>
    turnNumberSwitch(house, shopPeople[who].actor, shopId, ours.trackingNumberId, kind, null, newKey());
  assert.equal(codeOf(await turn('call-manager', 'pause')), 'role-missing');
  assert.equal(codeOf(await turn('marketing-manager', 'pause')), 'done');
  assert.equal(codeOf(await turn('marketing-manager', 'stop')), 'role-missing');
  assert.equal(codeOf(await turn('administrator', 'stop')), 'done');
  const foreign = turnNumberSwitch(
    house,
    cast.neighbor.actor,
    world.neighborId,
    ours.trackingNumberId,
    'stop',
    null,
    '1',
  );
  assert.equal(codeOf(await foreign), 'not-found');
  for (const [who, code] of [
    ['agencyBilling', 'role-missing'],
    ['clientAdmin', 'not-found'],
    ['operator', 'not-found'],
    ['supportAgent', 'not-found'],
  ] as const) {
    assert.equal(codeOf(await turnAgencySwitch(house, cast[who].actor, agencyId, 'stop', null, newKey())), code, who);
  }
});

test('a number that is released and restored comes back with its own earlier switches', async () => {
  const { house, cast, clientId } = world;
  const { actor } = cast.clientAdmin;
  const { trackingNumberId } = number;
  must(await flip('number', 'pause', true, 'The campaign rests'));
  must(await flip('number', 'stop', true));
  const { switches: before } = await look();
  must(await releaseNumber(house, actor, clientId, trackingNumberId, newKey()));
  assert.equal(codeOf(await flip('number', 'stop', false)), 'already-released');
  await world.travel(3);
  must(await restoreNumber(house, actor, clientId, trackingNumberId, newKey()));
  const { switches, state } = await look();
  assert.deepEqual(switches, before);
  assert.equal(state.standing, 'stopped');
  assert.equal(await ring(), 'refuse');
  must(await flip('number', 'stop', false));
  must(await flip('number', 'pause', false));
});

test('the same over JSON: a number by its sid, an agency, with a reason; the journal says which', async () => {
  const { cast, clientId, agencyId } = world;
  const ofNumber = `/api/v1/accounts/${clientId}/numbers/${number.sid}`;
  const payload = { why: 'Rehearsal' };
  const post = await world.ask(cast.clientAdmin, { method: 'POST', url: `${ofNumber}/switches/stop`, payload });
  assert.equal(post.statusCode, 200);
  const shown = (await world.ask(cast.clientAdmin, { method: 'GET', url: ofNumber })).json();
  assert.deepEqual(
    shown.switches.map((each: { kind: string; why: string }) => [each.kind, each.why]),
    [['stop', 'Rehearsal']],
  );
  const journal = await world.ask(cast.clientAdmin, { method: 'GET', url: `/accounts/${clientId}/journal` });
  assert.match(journal.body, /Stopped incoming calls: \(\d{3}\) [\d-]+, because: Rehearsal/);
  assert.equal(await ring(), 'refuse');
  await world.ask(cast.clientAdmin, { method: 'DELETE', url: `${ofNumber}/switches/stop` });

  const ofAgency = `/api/v1/agencies/${agencyId}/switches/stop`;
  assert.equal((await world.ask(cast.agencyOwner, { method: 'POST', url: ofAgency, payload })).statusCode, 200);
  assert.equal(await ring(), 'refuse');
  assert.equal((await world.ask(cast.agencyOwner, { method: 'POST', url: ofAgency })).json().code, 'already-stopped');
  assert.equal((await world.ask(cast.agencyOwner, { method: 'DELETE', url: ofAgency })).statusCode, 200);
  assert.equal(await ring(), 'forward');
  const unknown = await world.ask(cast.agencyOwner, { method: 'POST', url: ofAgency.replace('/stop', '/hold') });
  assert.equal(unknown.statusCode, 404);
});
