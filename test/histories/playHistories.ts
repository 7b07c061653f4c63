import assert from 'node:assert/strict';
import fc from 'fast-check';
import { sql } from 'kysely';
import { findAccount, recordAccount, recordMembership } from '../../src/accounts/store.ts';
import { findBalance, findDriftedWallets } from '../../src/billing/store.ts';
import { openSubscription } from '../../src/billing/subscribe.ts';
import { addMoney, topUp } from '../../src/billing/topUp.ts';
import { answerCall } from '../../src/calls/answer.ts';
import { followCall } from '../../src/calls/follow.ts';
import { closeAccount } from '../../src/lifecycle/closeAccount.ts';
import { offerClosing } from '../../src/lifecycle/plan.ts';
import { reactivateAccount } from '../../src/lifecycle/reactivateAccount.ts';
import { buyNumber } from '../../src/numbers/buy.ts';
import { releaseNumber } from '../../src/numbers/release.ts';
import { restoreNumber } from '../../src/numbers/restore.ts';
import { sendCommands } from '../../src/numbers/sendCommands.ts';
import { findNumbers } from '../../src/numbers/store.ts';
import { changeCarrierSettings } from '../../src/platform/carrier/simulated/settings.ts';
import { turnClock } from '../../src/platform/clock.ts';
import { newKey } from '../../src/platform/ids.ts';
import { type Actor, record } from '../../src/platform/operation.ts';
import { microsPerUnit } from '../../src/rules/money.ts';
import { giveTestCard } from '../giveTestCard.ts';
import { openWorld, type World } from '../world.ts';
import { history, type Step, seed } from './history.ts';

/** Plays random lives on the database, each in an account of its own, and reads what must always hold from the rows. */
export async function playHistories(count: number): Promise<void> {
  const world = await openWorld();
  await changeCarrierSettings(world.house.simulation!, { requestsPerSecond: null });
  let life = 0;
  await fc.assert(
    fc.asyncProperty(history(18), async (steps) => {
      life += 1;
      const { accountId, actor } = await openLife(world, life);
      for (const step of steps) await play(world, accountId, actor, step, life);
      await checkLife(world, accountId);
      await endLife(world, accountId, actor);
    }),
    { numRuns: count, seed, endOnFailure: true },
  );
  assert.deepEqual(await findDriftedWallets(world.house.db), []);
}

/** A fresh standalone account of the shop's owner, with money enough for every life. */
async function openLife(world: World, life: number): Promise<{ accountId: number; actor: Actor }> {
  const { actor, personId } = world.cast.shopOwner;
  const timeZone = 'America/New_York';
  const accountId = await record(world.house.db, async (tx, now) => {
    const id = await recordAccount(tx, {
      name: `Life ${life}`,
      timeZone,
      agencyId: null,
      payer: 'own',
      createdAt: now,
    });
    await recordMembership(tx, { personId, ownerId: id, role: 'administrator', grantedAt: now, grantedBy: personId });
    await addMoney(tx, id, 10_000n * microsPerUnit, `life ${life}`, now);
    await openSubscription(tx, { ownerId: id, kind: 'standalone', timeZone }, 'starter', now);
    return id;
  });
  await giveTestCard(world.house, accountId);
  return { accountId, actor };
}

/** Refusals are part of life: what may not be done is simply not done. */
async function play(world: World, accountId: number, actor: Actor, step: Step, life: number): Promise<void> {
  const { house } = world;
  const now = await world.now();
  const numbers = await findNumbers(house.db, accountId, { filter: 'all', now });
  const picked = 'pick' in step ? numbers[step.pick % Math.max(1, numbers.length)] : undefined;
  switch (step.do) {
    case 'wait':
      await turnClock(house.db, step.ms);
      return;
    case 'sweep':
      return world.work();
    case 'buy': {
      const [offer] = await house.carrier.search({
        country: 'US',
        kind: 'local',
        areaCode: ['212', '415', '312', '617'][life % 4]!,
        limit: 1,
      });
      if (!offer) return;
      await buyNumber(
        house,
        actor,
        accountId,
        {
          phoneNumber: offer.phoneNumber,
          name: `No. ${life}`,
          source: { name: 'Google Ads' },
          receivingNumber: '+12125550199',
        },
        newKey(),
      );
      await sendCommands(house);
      return;
    }
    case 'close': {
      const offered = await offerClosing(house.db, accountId, now);
      if (!offered.ok) return;
      await closeAccount(
        house,
        actor,
        accountId,
        { planHash: offered.value.hash, terms: offered.value.terms, why: null },
        newKey(),
      );
      return;
    }
    case 'reactivate':
      await reactivateAccount(house, actor, accountId, { restoreNumbers: false }, newKey());
      return;
    case 'release':
      if (picked) await releaseNumber(house, actor, accountId, picked.trackingNumberId, newKey());
      return;
    case 'restore':
      if (picked) await restoreNumber(house, actor, accountId, picked.trackingNumberId, newKey());
      return;
    case 'call':
      if (picked) await ring(world, accountId, picked.phoneNumber, step.minutes);
  }
}

/** A call arrives and, when it is forwarded, is answered at once and talks for a while. */
export async function ring(world: World, accountId: number, to: string, minutes: number): Promise<void> {
  const nowhere = { city: null, region: null, postalCode: null, country: null };
  const callSid = `CA${newKey().replaceAll('-', '')}`;
  const at = await world.now();
  const answer = await answerCall(world.house, {
    callSid,
    carrierAccountSid: 'AC0',
    from: '+13125550111',
    to,
    callerName: null,
    forwardedFrom: null,
    fromPlace: nowhere,
    toPlace: nowhere,
    verification: null,
  });
  if (answer.kind === 'unknown') return;
  const account = await findAccount(world.house.db, accountId, at);
  if (account?.closure) assert.equal(answer.kind, 'refuse', 'a canceled account connects no call');
  if (answer.kind !== 'forward') return;
  assert.equal(answer.accountId, accountId, 'a number rings for its own account');
  const events = [
    { leg: 'receiver', status: 'in-progress', sequenceNumber: 2, at, durationSeconds: null },
    {
      leg: 'receiver',
      status: 'completed',
      sequenceNumber: 3,
      at: new Date(at.getTime() + minutes * 60_000),
      durationSeconds: minutes * 60,
    },
  ] as const;
  for (const event of events) await followCall(world.house, accountId, { callId: answer.callId }, () => event);
}

/** What must always hold, read from the rows alone; the constants are written here once more, on purpose. */
async function checkLife(world: World, accountId: number): Promise<void> {
  const { db, simulation } = world.house;
  const wrong = async (what: string, query: ReturnType<typeof sql<{ detail: string }>>) => {
    const { rows } = await query.execute(db);
    assert.deepEqual(rows, [], what);
  };
  await wrong(
    'a charge bears a moment inside a closure',
    sql`select h.description || ' at ' || h.at as detail from charge h join closure c on c.account_id = h.owner_id
         where h.owner_id = ${accountId} and c.closed_at <= h.at and (c.reactivated_at is null or h.at < c.reactivated_at)`,
  );
  await wrong(
    'something was earned inside a closure of its owner; what is owed may move to unclaimed',
    sql`select p.description || ' at ' || p.at as detail from posting p join closure c on c.account_id = p.owner_id
         where p.owner_id = ${accountId} and p.credit = 'revenue'
           and c.closed_at <= p.at and (c.reactivated_at is null or p.at < c.reactivated_at)`,
  );
  await wrong(
    'a number went back before its hold ended, or was restored after it',
    sql`select release_id::text as detail from release
         where account_id = ${accountId}
           and (restorable_until < released_at + interval '336 hours'
                or return_ordered_at < released_at + interval '336 hours'
                or restored_at >= restorable_until)`,
  );
  await wrong(
    'a number is rented at the carrier without being in use or held, or the other way round',
    sql`select n.phone_number as detail
          from tracking_number n
          left join release l on l.account_id = n.account_id and l.tracking_number_id = n.tracking_number_id and l.restored_at is null
         where n.account_id = ${accountId} and n.bought_at is not null
           and (l.returned_at is null) is distinct from exists (
             select from simulated_carrier.rental r
              where r.sid = n.carrier_number_id and r.released_at is null)
           and l.return_ordered_at is not distinct from l.returned_at`,
  );
  await wrong(
    'a month was charged twice, or two months of one thing overlap',
    sql`select a.description as detail from charge a join charge b
           on b.owner_id = a.owner_id and b.cause = a.cause and b.charge_id > a.charge_id
          and b.tracking_number_id is not distinct from a.tracking_number_id
         where a.owner_id = ${accountId} and a.cause <> 'call'
           and abs(extract(epoch from a.at - b.at)) < 27 * 86400
           and not exists (select from closure c where c.account_id = a.owner_id and c.reactivated_at = greatest(a.at, b.at))
           and not exists (select from release l where l.account_id = a.owner_id and l.tracking_number_id = a.tracking_number_id
                              and l.restored_at = greatest(a.at, b.at))`,
  );
  const { rows } = await simulation!.query<{ phone_number: string }>(
    'select phone_number from simulated_carrier.rental where released_at is null group by phone_number having count(*) > 1',
  );
  assert.deepEqual(rows, [], 'a number is rented twice at once');
}

/** Closes what is open, so that later lives’ waiting costs this one nothing; the balance never ran out. */
async function endLife(world: World, accountId: number, actor: Actor): Promise<void> {
  const balance = await findBalance(world.house.db, accountId);
  if (balance.availableMicros <= 0n) await topUp(world.house, actor, accountId, 10_000n * microsPerUnit, newKey());
  await play(world, accountId, actor, { do: 'close' }, 0);
}
