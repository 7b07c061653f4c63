import assert from 'node:assert/strict';
import type pg from 'pg';
import { renewSubscriptions } from '../../src/billing/renewSubscriptions.ts';
import { settleAll } from '../../src/billing/settle.ts';
import { connect } from '../../src/platform/db.ts';
import { migrate } from '../../src/platform/migrate.ts';
import type { Case, Sides, Stage } from '../compare.ts';
import { billBare } from '../peers/billBare.ts';

const accounts = 100_000;

export const billingRun: Case = {
  name: 'billing-run',
  ours: `the worker charges ${accounts} accounts a month of their plan, and settles it into their wallets`,
  floor: 'one transaction: an INSERT … SELECT or UPDATE each for the same charges, months, postings and wallets',
  unit: 'ms',
  better: 'lower',
  aim: 2,
  roundsMax: 3,
  open,
};

/** Both sides bill the same accounts, from the same state, and write the same rows. */
async function open(stage: Stage): Promise<Sides> {
  const databaseUrl = await stage.makeDatabase();
  await migrate(databaseUrl);
  const { db, pool } = connect(databaseUrl, { max: 6 });
  await pool.query(`
    insert into account (payer, name, time_zone, refusal_message, created_at)
    select 'own', 'Account ' || i, 'UTC', 'Goodbye.', now() - interval '40 days' from generate_series(1, ${accounts}) i`);
  const side = (bill: () => Promise<unknown>) => async () => {
    await beginAgain(pool);
    const begun = performance.now();
    await bill();
    const value = performance.now() - begun;
    await checkRows(pool);
    return { value };
  };
  return {
    ours: side(async () => {
      await renewSubscriptions(db);
      await settleAll(db);
    }),
    floor: side(() => billBare(pool)),
    note: () => `memory of this process: ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB at most`,
    close: () => db.destroy(),
  };
}

/** One paid month behind each account, which ended some days ago. */
async function beginAgain(pool: pg.Pool): Promise<void> {
  await pool.query('truncate charge, posting, wallet, subscription, subscription_month');
  await pool.query(`
    insert into subscription (owner_id, plan_code, anchor, paid_until)
    select account_id, 'performance', began_at, began_at + interval '1 month'
      from account, (select date_trunc('day', now()) - interval '37 days' as began_at) moment`);
  await pool.query(`
    insert into subscription_month (owner_id, began_at, ends_at, plan_code, price_version, paid_micros, included_minutes)
    select owner_id, anchor, paid_until, plan_code, 1, 79000000, 0 from subscription`);
  await pool.query(`insert into wallet select account_id, 'USD', 1000000000 from account`);
  for (const table of ['account', 'subscription', 'subscription_month', 'wallet', 'charge', 'posting'])
    await pool.query(`vacuum analyze ${table}`);
}

async function checkRows(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query(`
    select (select count(*)::int from charge where settled_at is not null and amount_micros = 79000000) as charges,
           (select count(*)::int from posting where amount_micros = 79000000) as postings,
           (select count(*)::int from subscription_month) as months,
           (select count(*)::int from subscription where paid_until > now()) as paid,
           (select count(*)::int from wallet where available_micros = 921000000) as wallets
  `);
  const all = { charges: accounts, postings: accounts, months: 2 * accounts, paid: accounts, wallets: accounts };
  assert.deepEqual(rows, [all], 'Everybody was charged once.');
}
