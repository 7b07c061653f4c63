import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { HTTPMethods } from 'fastify';
import { openWorld, password, type World } from '../../test/world.ts';
import { findAccount } from '../accounts/store.ts';
import { findAgency } from '../agencies/store.ts';
import { turnAgencySwitch } from '../agencies/turnSwitch.ts';
import { renewSubscriptions } from '../billing/renewSubscriptions.ts';
import { findSubscription } from '../billing/store.ts';
import { answerCall } from '../calls/answer.ts';
import { buyNumber } from '../numbers/buy.ts';
import { orderReturns } from '../numbers/orderReturns.ts';
import { renewNumbers } from '../numbers/renew.ts';
import { changeCarrierSettings } from '../platform/carrier/simulated/settings.ts';
import { newKey } from '../platform/ids.ts';
import { type Decision, must } from '../rules/decision.ts';
import { offerAgencyClosing } from './agencyPlan.ts';
import { type AgencyConfirmation, cancelAgency } from './cancelAgency.ts';
import { carryOutClosures } from './carryOutClosures.ts';
import { closeAccount } from './closeAccount.ts';
import { openSubAccount } from './openSubAccount.ts';
import { offerClosing } from './plan.ts';
import { reactivateAccount } from './reactivateAccount.ts';
import { findClosureProgress } from './store.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});

const codeOf = (decision: Decision<unknown>) => (decision.ok ? 'done' : decision.refusal.code);

async function confirm(over: Partial<AgencyConfirmation> = {}): Promise<AgencyConfirmation> {
  const { hash: planHash, terms } = must(await offerAgencyClosing(world.house.db, world.agencyId, await world.now()));
  return { planHash, terms, name: 'Northwind Agency', password, reason: 'ending', why: 'Retiring', ...over };
}
const cancel = async (
  who: keyof World['cast'] = 'agencyOwner',
  over: Partial<AgencyConfirmation> = {},
  key = newKey(),
) => cancelAgency(world.house, world.cast[who].actor, world.agencyId, await confirm(over), key);

async function openAnother(name: string): Promise<number> {
  const wanted = {
    name,
    timeZone: 'America/Denver',
    personName: 'x',
    email: world.cast.clientAdmin.email,
    password: '',
  };
  return must(await openSubAccount(world.house, world.cast.agencyOwner.actor, world.agencyId, wanted, newKey()));
}

const account = async (accountId: number) => (await findAccount(world.house.db, accountId, await world.now()))!;
const agency = async () => (await findAgency(world.house.db, world.agencyId, await world.now()))!;

let calls = 0;
async function ring(phoneNumber: string): Promise<string> {
  calls += 1;
  const place = { city: null, region: null, postalCode: null, country: null };
  const arrived = {
    callSid: `CA${String(calls).padStart(32, '0')}`,
    from: '+12125550177',
    to: phoneNumber,
    fromPlace: place,
  };
  return (await answerCall(world.house, arrived as unknown as Parameters<typeof answerCall>[1])).kind;
}
const count = async (text: string, values: unknown[] = []) =>
  Number((await world.house.pool.query(`select count(*)::int as n from ${text}`, values)).rows[0].n);

describe('canceling an agency', () => {
  test('at once: closed for everybody, calls refused, nothing charged any more; then the rows follow', async () => {
    const number = await world.rent(world.clientId, world.cast.agencyOwner.actor);
    const other = await openAnother('Second Client');
    assert.equal(await ring(number.phoneNumber), 'forward');
    assert.equal(codeOf(await cancel()), 'done');
    const closedAt = (await agency()).closure!.closedAt;

    assert.equal((await agency()).standing, 'canceled');
    for (const accountId of [world.clientId, other]) {
      const { closure, standing } = await account(accountId);
      assert.equal(standing, 'canceled');
      assert.deepEqual([closure!.level, closure!.closureId, closure!.closedAt], ['agency', null, closedAt]);
    }
    assert.equal(await ring(number.phoneNumber), 'refuse', 'before any worker looked');
    const ofAgency = () =>
      count('charge where owner_id = $1 or owner_id in (select account_id from account where agency_id = $1)', [
        world.agencyId,
      ]);
    const charged = await ofAgency();
    await world.travel(45);
    await renewSubscriptions(world.house.db);
    await renewNumbers(world.house.db);
    assert.equal(await ofAgency(), charged, 'no month began again');

    assert.equal(await carryOutClosures(world.house), 2);
    const { closure } = await account(world.clientId);
    assert.equal(closure!.level, 'agency');
    assert.ok(closure!.closureId);
    assert.deepEqual(closure!.closedAt, closedAt, 'as of the canceling');
    const { agencyClosureId, carriedOutAt } = (await agency()).closure!;
    assert.ok(carriedOutAt);
    const progress = await findClosureProgress(world.house.db, world.agencyId, agencyClosureId);
    assert.deepEqual(progress, {
      subAccounts: 2,
      closed: 2,
      released: 1,
      held: 1,
      restored: 0,
      returned: 0,
      trouble: null,
    });
    assert.equal(await carryOutClosures(world.house), 0, 'nothing twice');
    assert.equal(
      await count("deed where action = 'cancel-agency' and owner_id = $1", [world.clientId]),
      1,
      'each journal tells it',
    );
    assert.equal(await count("mail where subject = 'Northwind Agency is canceled'"), 2, 'and its people are mailed');
  });

  test('numbers go back to the carrier when their hold is over, each once', async () => {
    const number = await world.rent(world.clientId, world.cast.agencyOwner.actor);
    assert.equal(codeOf(await cancel()), 'done');
    await world.work();
    await world.travelTo(new Date((await agency()).closure!.numbersRestorableUntil.getTime() - 10_000));
    assert.equal(await orderReturns(world.house), 0, 'not a moment sooner');
    await world.travel(10 / 86_400);
    await world.work();
    const { rows } = await world.house.pool.query(
      'select done_at from carrier_command where kind = $1 and tracking_number_id = $2',
      ['return', number.trackingNumberId],
    );
    assert.equal(rows.length, 1);
    assert.ok(rows[0].done_at);
  });

  test('a failing carrier only slows it, and what it says is shown', async () => {
    const number = await world.rent(world.clientId, world.cast.agencyOwner.actor);
    assert.equal(codeOf(await cancel()), 'done');
    await world.work();
    await world.travelTo((await agency()).closure!.numbersRestorableUntil);
    await changeCarrierSettings(world.house.simulation!, { failRate: 1 });
    await world.work();
    const look = async () => {
      const url = `/agencies/${world.agencyId}/closure`;
      const page = await world.ask(world.cast.agencyOwner, { url });
      const { body } = await world.ask(world.cast.agencyOwner, { url: `/api/v1${url}` });
      return { page: page.body, ...JSON.parse(body) };
    };
    const slow = await look();
    assert.match(slow.page, /The carrier is slow/);
    assert.ok(slow.page.includes(slow.carrier_trouble));
    assert.equal(slow.numbers_returned, 0);
    await changeCarrierSettings(world.house.simulation!, { failRate: 0 });
    await world.travel(1 / 24);
    await world.work();
    const over = await look();
    assert.doesNotMatch(over.page, /The carrier is slow/);
    assert.deepEqual([over.carrier_trouble, over.numbers_returned], [null, 1]);
    assert.equal(
      await count('simulated_carrier.rental where phone_number = $1 and released_at is null', [number.phoneNumber]),
      0,
    );
  });

  test('a sub-account that was closed before keeps its own closure and clock', async () => {
    const { hash, terms } = must(await offerClosing(world.house.db, world.clientId, await world.now()));
    const own = { planHash: hash, terms, why: null };
    must(await closeAccount(world.house, world.cast.clientAdmin.actor, world.clientId, own, newKey()));
    const before = (await account(world.clientId)).closure!;
    await world.travel(10);
    await openAnother('Second Client');
    assert.equal(codeOf(await cancel()), 'done');
    await world.work();
    const after = await account(world.clientId);
    assert.deepEqual(after.closure, before);
    assert.equal(after.closure!.level, 'account');
    assert.ok((await agency()).closure!.reactivatableUntil > before.reactivatableUntil);
  });

  test('from inside nothing brings it back, and the refusal says who can', async () => {
    assert.equal(codeOf(await cancel()), 'done');
    for (const carriedOut of [false, true]) {
      if (carriedOut) await world.work();
      for (const who of ['agencyOwner', 'clientAdmin'] as const) {
        const decision = await reactivateAccount(
          world.house,
          world.cast[who].actor,
          world.clientId,
          { restoreNumbers: false },
          newKey(),
        );
        assert.equal(codeOf(decision), 'agency-canceled');
      }
    }
    const again = await offerAgencyClosing(world.house.db, world.agencyId, await world.now());
    assert.equal(codeOf(again), 'already-closed');
  });

  test('only an Agency Administrator may; staff and strangers are refused at every door', async () => {
    assert.equal(codeOf(await cancel('agencyBilling')), 'role-missing');
    for (const who of ['clientAdmin', 'shopOwner', 'stranger', 'supportAgent', 'operator'] as const)
      assert.equal(codeOf(await cancel(who)), 'not-found', who);
    // Every door by which something is ended, from the route table: a new one is tried by itself.
    const doors = (await world.app()).routeTable
      .filter(({ method, url }) => method !== 'GET' && method !== 'HEAD' && /closure|release/.test(url))
      .flatMap(({ method, url }) =>
        [world.clientId, world.shopId].map(
          (accountId) =>
            [
              method as HTTPMethods,
              url
                .replace(':agencyId', String(world.agencyId))
                .replace(':accountId', String(accountId))
                .replace(/:\w+/g, '1'),
            ] as const,
        ),
      );
    assert.ok(doors.length >= 12, `${doors.length} doors`);
    const { planHash, terms, name } = await confirm();
    for (const who of ['supportAgent', 'operator'] as const) {
      for (const [method, url] of doors) {
        const payload = { planHash, plan_hash: planHash, terms, name, password };
        const response = await world.ask(world.cast[who], { method, url, payload });
        assert.equal(response.statusCode, 404, `${who} ${url}`);
      }
    }
    assert.equal((await agency()).closure, null);
    for (const accountId of [world.shopId, world.clientId]) assert.equal((await account(accountId)).closure, null);
  });

  test('asks for the name and the password, and for the plan that was seen', async () => {
    assert.equal(codeOf(await cancel('agencyOwner', { name: 'Northwind' })), 'invalid-input');
    assert.equal(codeOf(await cancel('agencyOwner', { password: 'wrong wrong wrong' })), 'invalid-input');
    const seen = await confirm();
    await openAnother('Opened meanwhile');
    const changed = await cancelAgency(world.house, world.cast.agencyOwner.actor, world.agencyId, seen, newKey());
    assert.equal(codeOf(changed), 'plan-changed');
    assert.equal((await agency()).closure, null);
    assert.equal(codeOf(await cancel('agencyOwner', { reason: null, why: null })), 'done', 'why is never required');
  });

  test('offers silence for less, with what goes on and when next, and only while there are calls to stop', async () => {
    const review = async () =>
      (await world.ask(world.cast.agencyOwner, { method: 'GET', url: `/agencies/${world.agencyId}/closure/review` }))
        .body;
    const offer = /Stop Incoming Calls keeps every number; \$\d+\.\d\d a month goes on being charged, next on /;
    assert.doesNotMatch(await review(), offer);
    await world.rent(world.clientId, world.cast.agencyOwner.actor);
    assert.match(await review(), offer);
    must(await turnAgencySwitch(world.house, world.cast.agencyOwner.actor, world.agencyId, 'stop', null, newKey()));
    assert.doesNotMatch(await review(), offer);
  });

  test('the same request twice is one canceling', async () => {
    const confirmation = await confirm();
    const key = newKey();
    const twice = () => cancelAgency(world.house, world.cast.agencyOwner.actor, world.agencyId, confirmation, key);
    assert.deepEqual((await Promise.all([twice(), twice()])).map(codeOf), ['done', 'done']);
    assert.equal(await count('agency_closure'), 1);
  });

  test('at day 60 it is over for everybody', async () => {
    assert.equal(codeOf(await cancel()), 'done');
    await world.work();
    const open = () =>
      world.ask(world.cast.agencyOwner, { method: 'GET', url: `/agencies/${world.agencyId}/settings` });
    await world.travel(59);
    assert.equal((await open()).statusCode, 200);
    await world.travel(1);
    assert.equal((await open()).statusCode, 410);
    assert.equal((await account(world.clientId)).standing, 'purged');
  });
});

describe('races', () => {
  test('cancel × new sub-account: it is opened before and canceled with the rest, or refused', async () => {
    const confirmation = await confirm();
    const wanted = {
      name: 'In between',
      timeZone: 'UTC',
      personName: 'x',
      email: world.cast.clientAdmin.email,
      password: '',
    };
    const [canceled, opened] = await Promise.all([
      cancelAgency(world.house, world.cast.agencyOwner.actor, world.agencyId, confirmation, newKey()),
      openSubAccount(world.house, world.cast.agencyOwner.actor, world.agencyId, wanted, newKey()),
    ]);
    if (canceled.ok) assert.equal(codeOf(opened), 'account-canceled');
    else assert.deepEqual([codeOf(canceled), codeOf(opened)], ['plan-changed', 'done']);
  });

  test('cancel × buying a number: no number is left in use', async () => {
    const confirmation = await confirm();
    const [canceled] = await Promise.all([
      cancelAgency(world.house, world.cast.agencyOwner.actor, world.agencyId, confirmation, newKey()),
      buyNumber(
        world.house,
        world.cast.clientAdmin.actor,
        world.clientId,
        { phoneNumber: '+13035550144', name: null, source: null, receivingNumber: '+12125550199' },
        newKey(),
      ),
    ]);
    assert.equal(codeOf(canceled), 'done');
    await world.work();
    await world.work();
    assert.equal(
      await count(
        `tracking_number n where bought_at is not null and account_id = $1 and not exists (
        select from release l where l.account_id = n.account_id and l.tracking_number_id = n.tracking_number_id)`,
        [world.clientId],
      ),
      0,
    );
    const { closedAt } = (await agency()).closure!;
    assert.equal(await count('charge where owner_id = $1 and at >= $2', [world.clientId, closedAt]), 0);
  });

  test('cancel × incoming call: a call is routed by what was before, or refused after; never logged in between', async () => {
    const { phoneNumber } = await world.rent(world.clientId, world.cast.agencyOwner.actor);
    const confirmation = await confirm();
    const [canceled, ...kinds] = await Promise.all([
      cancelAgency(world.house, world.cast.agencyOwner.actor, world.agencyId, confirmation, newKey()),
      ...Array.from({ length: 12 }, () => ring(phoneNumber)),
    ]);
    assert.equal(codeOf(canceled), 'done');
    const { closedAt } = (await agency()).closure!;
    assert.equal(await count("call where status = 'ringing' and called_at >= $1", [closedAt]), 0);
    assert.equal(await count("call where status = 'refused' and called_at < $1", [closedAt]), 0);
    assert.equal(kinds.length, 12);
  });

  test('cancel × renewal: a month that would begin after the canceling waits for it, and is not charged', async () => {
    const { house, agencyId } = world;
    const { paidUntil } = (await findSubscription(house.db, agencyId))!;
    await world.travelTo(new Date(paidUntil.getTime() - 400));
    const confirmation = await confirm();
    const lock = await house.pool.connect();
    await lock.query('begin');
    await lock.query('select from agency where agency_id = $1 for update', [agencyId]);
    const canceling = cancelAgency(house, world.cast.agencyOwner.actor, agencyId, confirmation, newKey());
    await world.travel(1 / 86_400);
    const renewing = renewSubscriptions(house.db);
    await lock.query('commit');
    lock.release();
    const [canceled] = await Promise.all([canceling, renewing]);
    assert.equal(codeOf(canceled), 'done');
    const { closedAt } = (await agency()).closure!;
    assert.equal(await count('charge where owner_id = $1 and at >= $2', [agencyId, closedAt]), 0);
  });

  test('cancel × losing the right to: looked at again when the agency is held', async () => {
    const { house, agencyId, cast } = world;
    const confirmation = await confirm();
    const lock = await house.pool.connect();
    await lock.query('begin');
    await lock.query('select from agency where agency_id = $1 for update', [agencyId]);
    const canceling = cancelAgency(house, cast.agencyOwner.actor, agencyId, confirmation, newKey());
    await lock.query("update membership set role = 'agency-billing-manager' where owner_id = $1 and person_id = $2", [
      agencyId,
      cast.agencyOwner.personId,
    ]);
    await lock.query('commit');
    lock.release();
    assert.equal(codeOf(await canceling), 'role-missing');
    assert.equal((await agency()).closure, null);
  });

  test('two workers × one cascade: everything once', async () => {
    for (let index = 0; index < 8; index += 1) await openAnother(`Client ${index}`);
    await world.rent(world.clientId, world.cast.agencyOwner.actor);
    assert.equal(codeOf(await cancel()), 'done');
    const closed = await Promise.all([
      carryOutClosures(world.house),
      carryOutClosures(world.house),
      carryOutClosures(world.house),
    ]);
    assert.equal(
      closed.reduce((sum, each) => sum + each, 0),
      9,
    );
    assert.equal(await count('closure where agency_closure_id is not null'), 9);
    assert.equal(await count('release'), 1);
  });
});
