import assert from 'node:assert/strict';
import fc from 'fast-check';
import { sql } from 'kysely';
import { recordAccount, recordMembership } from '../../src/accounts/store.ts';
import { resumeSwitch, turnSwitch } from '../../src/accounts/turnSwitch.ts';
import { recordAgency } from '../../src/agencies/store.ts';
import { changeRole } from '../../src/auth/changeRole.ts';
import { findDriftedWallets } from '../../src/billing/store.ts';
import { openSubscription } from '../../src/billing/subscribe.ts';
import { addMoney, topUp } from '../../src/billing/topUp.ts';
import { offerAgencyClosing } from '../../src/lifecycle/agencyPlan.ts';
import { cancelAgency } from '../../src/lifecycle/cancelAgency.ts';
import { carryOutClosures } from '../../src/lifecycle/carryOutClosures.ts';
import { closeAccount } from '../../src/lifecycle/closeAccount.ts';
import { openSubAccount } from '../../src/lifecycle/openSubAccount.ts';
import { offerClosing } from '../../src/lifecycle/plan.ts';
import { reactivateAccount } from '../../src/lifecycle/reactivateAccount.ts';
import { buyNumber } from '../../src/numbers/buy.ts';
import { releaseNumber } from '../../src/numbers/release.ts';
import { restoreNumber } from '../../src/numbers/restore.ts';
import { sendCommands } from '../../src/numbers/sendCommands.ts';
import { changeCarrierSettings } from '../../src/platform/carrier/simulated/settings.ts';
import { turnClock } from '../../src/platform/clock.ts';
import { newKey } from '../../src/platform/ids.ts';
import { type Actor, record } from '../../src/platform/operation.ts';
import type { Decision } from '../../src/rules/decision.ts';
import { microsPerUnit } from '../../src/rules/money.ts';
import { giveTestCard } from '../giveTestCard.ts';
import { openWorld, password, type World } from '../world.ts';
import { type AgencyStep, type Asker, agencyHistory } from './agencyHistory.ts';
import { checkAgencyRows } from './checkAgencyRows.ts';
import { sayLives, seed } from './history.ts';
import { ring } from './playHistories.ts';

interface Life {
  world: World;
  agencyId: number;
  name: string;
  areaCode: string;
  actors: Record<Asker, Actor>;
}

/** Plays random lives of agencies on the database, and reads what must always hold from the rows. */
export async function playAgencies(count: number, lifeSeed = seed): Promise<void> {
  const world = await openWorld();
  await changeCarrierSettings(world.house.simulation!, { requestsPerSecond: null });
  let lives = 0;
  await fc.assert(
    fc.asyncProperty(agencyHistory(24), async (steps) => {
      lives += 1;
      const life = await openLife(world, lives);
      for (const step of steps) await play(life, step);
      // Every life ends so; and what is closed costs later lives' waiting nothing.
      await play(life, { do: 'cancel' });
      await carryOutClosures(world.house);
      await checkAgencyRows(world.house.db, life.agencyId, world.cast.clientAdmin.personId);
      sayLives(lives, count, lifeSeed);
    }),
    { numRuns: count, seed: lifeSeed, endOnFailure: true },
  );
  assert.deepEqual(await findDriftedWallets(world.house.db), []);
}

/** An agency with two sub-accounts that it pays for, until the money is gone. */
async function openLife(world: World, life: number): Promise<Life> {
  const { agencyOwner, clientAdmin } = world.cast;
  const name = `Agency ${life}`;
  const timeZone = 'America/New_York';
  const agencyId = await record(world.house.db, async (tx, now) => {
    const id = await recordAgency(tx, { name, timeZone, createdAt: now });
    const grant = { grantedAt: now, grantedBy: agencyOwner.personId };
    await recordMembership(tx, {
      ...grant,
      personId: agencyOwner.personId,
      ownerId: id,
      role: 'agency-administrator',
    });
    await addMoney(tx, id, 600n * microsPerUnit, `life ${life}`, now);
    await openSubscription(tx, { ownerId: id, kind: 'agency', timeZone }, 'agency', now);
    for (const account of ['First', 'Second']) await openAccount(world, tx, id, `${account} of ${life}`, now);
    return id;
  });
  await giveTestCard(world.house, agencyId);
  const areaCode = ['212', '415', '312', '617'][life % 4]!;
  return { world, agencyId, name, areaCode, actors: { agency: agencyOwner.actor, client: clientAdmin.actor } };
}

/** With two Administrators, so that one may lose the role. */
async function openAccount(
  { cast }: World,
  tx: Parameters<typeof recordAccount>[0],
  agencyId: number,
  name: string,
  now: Date,
) {
  const account = { name, timeZone: 'America/New_York', agencyId, payer: 'agency', createdAt: now } as const;
  const ownerId = await recordAccount(tx, account);
  const grant = { ownerId, role: 'administrator', grantedAt: now, grantedBy: cast.agencyOwner.personId } as const;
  for (const { personId } of [cast.clientAdmin, cast.stranger]) await recordMembership(tx, { ...grant, personId });
}

async function play(life: Life, step: AgencyStep): Promise<void> {
  const { world, agencyId, actors } = life;
  const { house, cast } = world;
  const now = await world.now();
  const accountId = 'account' in step ? await pickAccount(life, step.account) : 0;
  const number = 'pick' in step ? await pickNumber(life, step.pick) : null;
  const deed = (attempt: () => Promise<Decision<unknown>>) => refusedChangesNothing(life, attempt);
  const changeClient = (role: 'call-agent' | 'administrator') =>
    changeRole(house, actors.agency, accountId, { personId: cast.clientAdmin.personId, role }, newKey());
  switch (step.do) {
    case 'wait':
      await turnClock(house.db, step.ms);
      return;
    case 'sweep':
      return world.work();
    case 'carry out':
      await carryOutClosures(house);
      return;
    case 'top up':
      return deed(() => topUp(house, actors.agency, agencyId, BigInt(step.units) * microsPerUnit, newKey()));
    case 'open': {
      const wanted = { name: 'Another', timeZone: 'America/New_York', personName: '', email: cast.clientAdmin.email };
      return deed(() => openSubAccount(house, actors.agency, agencyId, { ...wanted, password: '' }, newKey()));
    }
    case 'cancel': {
      const offered = await offerAgencyClosing(house.db, agencyId, now);
      if (!offered.ok) return;
      const { hash: planHash, terms } = offered.value;
      const confirmation = { planHash, terms, name: life.name, password, reason: null, why: null };
      return deed(() => cancelAgency(house, actors.agency, agencyId, confirmation, newKey()));
    }
    case 'close': {
      const closing = await seePlan(life, accountId, actors[step.by], now);
      return closing ? deed(closing) : undefined;
    }
    case 'reactivate':
      return deed(() => reactivateAccount(house, actors[step.by], accountId, { restoreNumbers: false }, newKey()));
    case 'turn':
      return deed(() => turnSwitch(house, actors[step.by], accountId, step.kind, null, newKey()));
    case 'resume':
      return deed(() => resumeSwitch(house, actors[step.by], accountId, step.kind, newKey()));
    case 'promote':
      return deed(() => changeClient('administrator'));
    case 'demote': {
      const closing = step.isAsking ? await seePlan(life, accountId, actors.client, now) : null;
      await Promise.all([changeClient('call-agent'), closing?.()]);
      return;
    }
    case 'buy': {
      const wish = { country: 'US', kind: 'local', areaCode: life.areaCode, limit: 1 } as const;
      const [offer] = await house.carrier.search(wish);
      if (!offer) return;
      const { phoneNumber } = offer;
      const purchase = { phoneNumber, name: null, source: null, receivingNumber: '+12125550199' };
      await deed(() => buyNumber(house, actors[step.by], accountId, purchase, newKey()));
      await sendCommands(house);
      return;
    }
    case 'release':
      if (!number) return;
      return deed(() => releaseNumber(house, actors[step.by], number.accountId, number.trackingNumberId, newKey()));
    case 'restore':
      if (!number) return;
      return deed(() => restoreNumber(house, actors[step.by], number.accountId, number.trackingNumberId, newKey()));
    case 'call':
      if (number) await ring(world, number.accountId, number.phoneNumber, step.minutes);
  }
}

/** What somebody does who has seen what closing would do: confirms that very plan. */
async function seePlan({ world: { house } }: Life, accountId: number, actor: Actor, now: Date) {
  const offered = await offerClosing(house.db, accountId, now);
  if (!offered.ok) return null;
  const { hash: planHash, terms } = offered.value;
  return () => closeAccount(house, actor, accountId, { planHash, terms, why: null }, newKey());
}

async function pickAccount({ world, agencyId }: Life, index: number): Promise<number> {
  const { rows } = await sql<{ accountId: number }>`
    select account_id from account where agency_id = ${agencyId} order by account_id`.execute(world.house.db);
  return rows[index % rows.length]!.accountId;
}

async function pickNumber({ world, agencyId }: Life, index: number) {
  const { rows } = await sql<{ accountId: number; trackingNumberId: number; phoneNumber: string }>`
    select account_id, tracking_number_id, phone_number from tracking_number join account using (account_id)
     where agency_id = ${agencyId} order by tracking_number_id`.execute(world.house.db);
  return rows[index % Math.max(1, rows.length)] ?? null;
}

async function refusedChangesNothing(life: Life, attempt: () => Promise<Decision<unknown>>): Promise<void> {
  const before = await readEverything(life);
  const decision = await attempt();
  if (!decision.ok) assert.equal(await readEverything(life), before, `refused with ${decision.refusal.code}`);
}

/** Every row of the agency and its sub-accounts that a deed could write. */
async function readEverything({ world, agencyId }: Life): Promise<string> {
  const { rows } = await sql<{ everything: string }>`
    with owner as (select account_id as id from account where agency_id = ${agencyId} union all select ${agencyId}),
    line as (
      select a::text from account a where agency_id = ${agencyId}
      union all select x::text from agency_closure x where agency_id = ${agencyId}
      union all select x::text from closure x where account_id in (select id from owner)
      union all select x::text from release x where account_id in (select id from owner)
      union all select x::text from switch x where account_id in (select id from owner)
      union all select x::text from tracking_number x where account_id in (select id from owner)
      union all select x::text from carrier_command x where account_id in (select id from owner)
      union all select x::text from membership x where owner_id in (select id from owner)
      union all select x::text from subscription x where owner_id in (select id from owner)
      union all select x::text from arrears x where owner_id in (select id from owner)
      union all select x::text from reminder x where owner_id in (select id from owner)
      union all select x::text from wallet x where owner_id in (select id from owner)
      union all select x::text from charge x where owner_id in (select id from owner)
      union all select x::text from posting x where owner_id in (select id from owner)
      union all select x::text from deed x where owner_id in (select id from owner))
    select string_agg(a, E'\n' order by a) as everything from line`.execute(world.house.db);
  return rows[0]!.everything;
}
