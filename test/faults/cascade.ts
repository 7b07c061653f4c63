import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import cluster from 'node:cluster';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { offerAgencyClosing } from '../../src/lifecycle/agencyPlan.ts';
import { cancelAgency } from '../../src/lifecycle/cancelAgency.ts';
import { changeCarrierSettings, countEffects } from '../../src/platform/carrier/simulated/settings.ts';
import { projectDir } from '../../src/platform/config.ts';
import { newKey } from '../../src/platform/ids.ts';
import { must } from '../../src/rules/decision.ts';
import { type Extent, fillAgency } from '../fillAgency.ts';
import { seed } from '../histories/history.ts';
import { atEnd, openWorld, password, type World } from '../world.ts';
import { until } from './startProduct.ts';

/*
 * An agency is canceled, and the worker, a process as the product runs it, carries it out: first the sub-accounts'
 * closures, then, 14 days later, the numbers' way back to the carrier. kill -9 meets it again and again.
 */

/** How far into what is to be done a kill comes, from 0 to 1. */
const moment = fc.noBias(fc.integer({ min: 0, max: 999 })).map((thousandths) => thousandths / 1000);

/** The same agency twice, once with a worker that is killed so often and once with one that is left alone: no difference. */
export async function surviveKills(extent: Extent, kills: number): Promise<void> {
  const moments = fc.sample(moment, { seed, numRuns: kills });
  const [killed, undisturbed] = await Promise.all([runCascade(extent, moments), runCascade(extent, [])]);
  assert.deepEqual(killed, undisturbed);
}

async function runCascade(extent: Extent, moments: readonly number[]): Promise<Digest[]> {
  const world = await openWorld();
  const { db, pool, simulation, config } = world.house;
  await changeCarrierSettings(simulation!, { requestsPerSecond: null });
  await fillAgency(pool, world.agencyId, extent, config.publicUrl);
  const { hash: planHash, terms } = must(await offerAgencyClosing(db, world.agencyId, await world.now()));
  const confirmation = { planHash, terms, name: 'Northwind Agency', password, reason: null, why: null };
  must(await cancelAgency(world.house, world.cast.agencyOwner.actor, world.agencyId, confirmation, newKey()));

  const worker = keepWorker(world);
  const left = await killWhileClosing(world, worker, moments);
  worker.start();
  await until('the end of the cascade', () => isCarriedOut(world), 600);
  // A worker looks for holds that are over when it starts, and then by the minute.
  await worker.kill();
  await world.travel(14 + 1 / 1440);
  await killWhileReturning(world, worker, left);
  await until('the return of all numbers', async () => (await countReturns(world)).open === 0, 600);
  await worker.kill();

  const numbers = extent.subAccounts * extent.numbersEach;
  assert.equal((await countEffects(simulation!)).release, numbers, 'the carrier took each number back once');
  return digestEnd(world);
}

/** Up to half of the kills: a sub-account is held, so that the worker waits in the middle of a part, and dies soon after. */
async function killWhileClosing(world: World, worker: Worker, moments: readonly number[]): Promise<readonly number[]> {
  for (const [index, moment] of moments.entries()) {
    const holder = await world.house.pool.connect();
    try {
      await holder.query('begin');
      const { rowCount } = await holder.query(
        `select from account where account_id = (
           select account_id from account a
            where agency_id = $1 and not exists (select from closure c where c.account_id = a.account_id)
            order by account_id
           offset (select floor($2::float8 * count(*)) from account where agency_id = $1) limit 1) for update`,
        [world.agencyId, moment * 0.9],
      );
      if (rowCount === 0 || index * 2 >= moments.length) return moments.slice(index);
      worker.start();
      await until('a worker in the middle', async () => (await isWaiting(world)) || (await isCarriedOut(world)));
      await holder.query('rollback');
      await delay(moment * 40);
      await worker.kill();
    } finally {
      await holder.query('rollback');
      holder.release();
    }
  }
  return [];
}

/** The rest, spread over the numbers that are on their way back. */
async function killWhileReturning(world: World, worker: Worker, moments: readonly number[]): Promise<void> {
  for (const [index, moment] of moments.entries()) {
    const { open, returned } = await countReturns(world);
    const enough = returned + Math.floor((moment * open) / (moments.length - index));
    worker.start();
    await until('a worker that returns numbers', async () => (await countReturns(world)).returned >= enough, 600);
    await delay(moment * 40);
    await worker.kill();
  }
  worker.start();
}

export interface Worker {
  start(): void;
  /** kill -9. */
  kill(): Promise<void>;
}

/** The worker of a world as a process of its own, as the product runs it. */
export function keepWorker({ databaseUrl, house: { config } }: World): Worker {
  let child: ChildProcess | null = null;
  const env = {
    SWITCHHOOK_DATABASE_URL: databaseUrl,
    DATABASE_URL: '',
    PUBLIC_URL: config.publicUrl,
    SECRET_KEY: config.secretKey!,
    LOG_LEVEL: 'silent',
  };
  // Forked as the supervisor does it: a worker whose supervisor is gone ends.
  cluster.setupPrimary({
    exec: join(projectDir, 'src/worker.ts'),
    args: [],
    execArgv: ['--import', import.meta.resolve('tsx')],
  });
  const worker: Worker = {
    start() {
      child ??= cluster.fork(env).process;
    },
    async kill() {
      if (!child) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      child = null;
    },
  };
  atEnd(worker.kill);
  return worker;
}

/** Whether somebody waits for a row that another transaction holds. */
export async function isWaiting({ house }: World): Promise<boolean> {
  const { rowCount } = await house.pool.query(
    "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
  );
  return rowCount !== 0;
}

async function isCarriedOut({ house, agencyId }: World): Promise<boolean> {
  const { rowCount } = await house.pool.query(
    'select from agency_closure where agency_id = $1 and carried_out_at is not null',
    [agencyId],
  );
  return rowCount === 1;
}

async function countReturns({ house }: World): Promise<{ open: number; returned: number }> {
  const { rows } = await house.pool.query(
    `select (count(*) filter (where returned_at is null))::int as open, count(returned_at)::int as returned from release`,
  );
  return rows[0];
}

interface Digest {
  what: string;
  lines: number;
  digest: string;
}

/** Everything that the cascade writes, without what two runs never share: ids, attempts and moments of their own. */
async function digestEnd({ house, agencyId }: World): Promise<Digest[]> {
  const { rows } = await house.pool.query<Digest>(
    `with accounts as (
       select a.account_id, a.name, g.* from account a join agency_closure g using (agency_id) where agency_id = $1
     ), numbers as (
       select n.*, a.name as account_name from tracking_number n join accounts a using (account_id)
     ), line (what, facts) as (
       select 'agency closure', jsonb_build_array(closed_by, closed_by_role, carried_out_at is not null, reactivated_at)
         from agency_closure
       union all
       select 'closure', jsonb_build_array(a.name, c.closed_by, c.closed_by_role, c.why, c.closed_at = a.closed_at,
              c.numbers_restorable_until = a.numbers_restorable_until, c.reactivatable_until = a.reactivatable_until,
              c.refundable_until = a.refundable_until, c.policy_version, c.plan_hash = a.plan_hash,
              c.agency_closure_id = a.agency_closure_id, c.reactivated_at)
         from accounts a join closure c using (account_id)
       union all
       select 'release', jsonb_build_array(n.phone_number, r.released_by, r.released_at = c.closed_at,
              r.restorable_until = c.numbers_restorable_until, r.restored_at, r.return_ordered_at >= r.restorable_until,
              r.returned_at >= r.return_ordered_at)
         from numbers n join release r using (account_id, tracking_number_id) left join closure c using (account_id, closure_id)
       union all
       select 'deed', jsonb_build_array(a.name, d.action, d.person_id, d.role, d.detail, d.answer, d.at = a.closed_at)
         from accounts a join deed d on d.owner_id = a.account_id
       union all
       select 'command', jsonb_build_array(n.phone_number, k.kind, k.done_at is not null, k.failed_at, k.last_error)
         from numbers n join carrier_command k using (account_id, tracking_number_id)
       union all
       select 'directory', jsonb_build_array(n.phone_number, d.returned_at is not null)
         from numbers n join number_directory d using (account_id, tracking_number_id)
       union all
       select 'charge', jsonb_build_array(owner_id = $1, cause, amount_micros, settled_at is null)
         from charge where owner_id = $1 or owner_id in (select account_id from accounts)
       union all
       select 'rental', jsonb_build_array(phone_number, released_at is not null) from simulated_carrier.rental
       union all
       select 'effect', jsonb_build_array(kind, phone_number) from simulated_carrier.effect
     )
     select what, count(*)::int as lines, md5(string_agg(facts::text, '/' order by facts)) as digest
       from line group by what order by what`,
    [agencyId],
  );
  return rows;
}
