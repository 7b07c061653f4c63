import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openWorld, type World } from '../../test/world.ts';
import { turnAgencySwitch } from '../agencies/turnSwitch.ts';
import { releaseNumber } from '../numbers/release.ts';
import { newKey } from '../platform/ids.ts';
import { must } from '../rules/decision.ts';
import { findOngoing } from './sayOngoing.tsx';

let world: World;
before(async () => {
  world = await openWorld();
});

const text = async (who: 'agencyOwner' | 'clientAdmin', url: string) =>
  (await world.ask(world.cast[who], { method: 'GET', url })).body.replaceAll(/<[^>]*>/g, '').replaceAll(/\s+/g, ' ');

test('what a stopped agency is told it goes on being charged is what it is charged', async () => {
  const { house, cast, agencyId, clientId } = world;
  const { actor } = cast.agencyOwner;
  for (let numbers = 0; numbers < 2; numbers += 1) await world.rent(clientId, actor);
  const released = await world.rent(clientId, actor);
  must(await releaseNumber(house, actor, clientId, released.trackingNumberId, newKey()));
  must(await turnAgencySwitch(house, actor, agencyId, 'stop', null, newKey()));

  const { subscription, renewals } = await findOngoing(house.db, { agencyId });
  assert.equal(renewals.numbers, 2);
  const shown = await text('agencyOwner', `/agencies/${agencyId}/settings`);
  assert.match(
    shown,
    /Still charged: \$199\.00 for the plan on [^$]* and \$3\.50 a month for 2 numbers \(next on [^$]*\)\./,
  );

  const asked = await world.now();
  await world.travelTo(
    new Date(Math.max(subscription!.paidUntil.getTime(), renewals.soonest[0]!.at.getTime()) + 60_000),
  );
  await world.work();
  const { rows } = await house.pool.query<{ sum: string }>(
    'select sum(amount_micros)::text as sum from charge where payer_id = $1 and at > $2',
    [agencyId, asked],
  );
  assert.equal(BigInt(rows[0]!.sum), subscription!.nextPlan.monthlyFeeMicros + renewals.sumMicros);
});

test('one number of several names its own renewal and no plan', async () => {
  const { house, cast, shopId } = world;
  const number = await world.rent(shopId, cast.shopOwner.actor);
  await world.rent(shopId, cast.shopOwner.actor);
  const owner = { accountId: shopId, trackingNumberId: number.trackingNumberId };
  const { subscription, renewals } = await findOngoing(house.db, owner);
  assert.equal(subscription, null);
  assert.deepEqual(
    [renewals.numbers, renewals.sumMicros, renewals.soonest[0]!.at],
    [1, number.monthlyPriceMicros, number.paidUntil],
  );
});

test('closing a sub-account: its agency’s subscription goes on; how much is told to the agency’s own people', async () => {
  const url = `/accounts/${world.clientId}/closure/new`;
  const ofAgency = await text('agencyOwner', url);
  assert.match(ofAgency, /The subscription of Northwind Agency goes on ?Charged next: \$199\.00\./);
  const ofClient = await text('clientAdmin', url);
  assert.match(ofClient, /The subscription of Northwind Agency goes on/);
  assert.doesNotMatch(ofClient, /\$199/);
});
