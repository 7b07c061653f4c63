import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { findAuthority } from '../../src/accounts/findAuthority.ts';
import { addMoney } from '../../src/billing/topUp.ts';
import { offerAgencyClosing } from '../../src/lifecycle/agencyPlan.ts';
import { cancelAgency as cancel } from '../../src/lifecycle/cancelAgency.ts';
import { carryOutClosures } from '../../src/lifecycle/carryOutClosures.ts';
import { signUp } from '../../src/lifecycle/signUp.ts';
import { readClock } from '../../src/platform/clock.ts';
import { readConfig } from '../../src/platform/config.ts';
import { connect } from '../../src/platform/db.ts';
import type { House } from '../../src/platform/house.ts';
import { newKey } from '../../src/platform/ids.ts';
import { migrate } from '../../src/platform/migrate.ts';
import type { Actor, Doors } from '../../src/platform/operation.ts';
import { record } from '../../src/platform/operation.ts';
import { openSecrets } from '../../src/platform/secrets.ts';
import { must } from '../../src/rules/decision.ts';
import { microsPerUnit } from '../../src/rules/money.ts';
import { fillAgency } from '../../test/fillAgency.ts';
import { type Case, median, type Sides, type Stage } from '../compare.ts';
import { closeBare } from '../peers/closeBare.ts';
import { publicUrl } from '../serveSides.ts';

const extent = { subAccounts: 10_000, numbersEach: 10 };
const name = 'Northwind Agency';
const password = 'correct horse battery';

export const cancelAgency: Case = {
  name: 'cancel-agency',
  ours: `the worker carries out the canceling of an agency of ${extent.subAccounts} sub-accounts × ${extent.numbersEach} numbers`,
  floor: 'one transaction: an INSERT … SELECT each for the same closures, releases and journal, into the same tables',
  unit: 'ms',
  better: 'lower',
  aim: 2,
  roundsMax: 5,
  open,
};

/** Both sides cancel the same agency by the same deed, into tables that were emptied, and write the same rows. */
async function open(stage: Stage): Promise<Sides> {
  const databaseUrl = await stage.makeDatabase();
  await migrate(databaseUrl);
  const { db, pool } = connect(databaseUrl, { max: 4 });
  const read = readConfig({ PUBLIC_URL: publicUrl });
  if (!read.ok) throw new Error(read.mistakes.join(' '));
  const secrets = openSecrets(randomBytes(32));
  const doors = { db, findAuthority, secrets, config: { ...read.config, development: true } };
  const { agencyId, actor } = await openAgency(doors, pool);
  const answers: number[] = [];

  const timed = async (work: () => Promise<unknown>) => {
    const begun = performance.now();
    await work();
    return performance.now() - begun;
  };
  const side = (carryOut: () => Promise<unknown>) => async () => {
    await pool.query('truncate agency_closure, closure, release, deed');
    const { hash: planHash, terms } = must(await offerAgencyClosing(db, agencyId, await readClock(db)));
    const confirmation = { planHash, terms, name, password, reason: null, why: null };
    answers.push(await timed(async () => must(await cancel(doors, actor, agencyId, confirmation, newKey()))));
    const value = await timed(carryOut);
    await checkRows(pool);
    return { value };
  };
  return {
    ours: side(() => carryOutClosures({ db })),
    floor: side(() => closeBare(pool, agencyId)),
    note() {
      const warm = answers.slice(2);
      const peakMb = process.resourceUsage().maxRSS / 1024;
      return `canceling was answered in ${median(warm).toFixed(0)} ms, ${Math.max(...warm).toFixed(0)} ms at most; memory of this process: ${peakMb.toFixed(0)} MB at most`;
    },
    close: () => db.destroy(),
  };
}

async function openAgency(
  doors: Doors & Pick<House, 'config'>,
  pool: pg.Pool,
): Promise<{ agencyId: number; actor: Actor }> {
  const wanted = { kind: 'agency', businessName: name, timeZone: 'America/Denver', planCode: 'agency' } as const;
  const person = { personName: 'Pat', email: 'pat@example.com', password };
  const agencyId = must(await signUp(doors, { ...wanted, ...person }, newKey()));
  await record(doors.db, (tx, now) => addMoney(tx, agencyId, 1_000n * microsPerUnit, 'first', now));
  await fillAgency(pool, agencyId, extent, publicUrl);
  const { rows } = await pool.query<{ id: string }>('select id from person');
  return { agencyId, actor: { kind: 'person', personId: rows[0]!.id } };
}

async function checkRows(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query(`
    select (select count(*)::int from closure) as closures, (select count(*)::int from release) as releases,
           (select count(*)::int from deed where idempotency_key like 'agency closure %' and detail = '{"releasedNumbers": ${extent.numbersEach}}') as deeds,
           (select count(carried_out_at)::int from agency_closure) as carried_out
  `);
  const { subAccounts, numbersEach } = extent;
  const all = { closures: subAccounts, releases: subAccounts * numbersEach, deeds: subAccounts, carried_out: 1 };
  assert.deepEqual(rows, [all], 'Everything was closed.');
}
