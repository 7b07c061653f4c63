import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { recordAccount } from '../../src/accounts/store.ts';
import { recordAgency } from '../../src/agencies/store.ts';
import { renewSubscriptions } from '../../src/billing/renewSubscriptions.ts';
import { openSubscription } from '../../src/billing/subscribe.ts';
import { addMoney } from '../../src/billing/topUp.ts';
import { renewNumbers } from '../../src/numbers/renew.ts';
import { record } from '../../src/platform/operation.ts';
import { sweep } from '../../src/worker.ts';
import { seed } from '../histories/history.ts';
import { monthsAfter } from '../histories/moneyCalendar.ts';
import { openWorld, type World } from '../world.ts';
import { isWaiting, keepWorker, type Worker } from './cascade.ts';
import { until } from './startProduct.ts';

/*
 * A worker that was away for three months charges thousands of accounts. Whatever happens to it meanwhile, the end is that of
 * a worker that nobody disturbed, to the last posting.
 */

const day = 86_400_000;
const zones = ['America/New_York', 'Europe/Berlin', 'Asia/Kolkata', 'Australia/Lord_Howe'];
const kinds = ['standalone', 'self-paying', 'paid by its agency'] as const;

/** A first of the month, so that the accounts' months end on days that some months lack. */
const opening = (() => {
  const today = new Date();
  return Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + 1, 1, 12);
})();
/** Half a day away from whatever is due, so that runs which take their time see the same. */
const lookedAgain = opening + 125 * day + 43_200_000;

const moment = fc.noBias(fc.integer({ min: 0, max: 999 })).map((thousandths) => thousandths / 1000);

/** kill -9 so many times in the middle of the run; and once with two workers side by side. */
export async function surviveBillingKills(accounts: number, kills: number): Promise<void> {
  const moments = fc.sample(moment, { seed, numRuns: kills });
  const undisturbed = await runBilling(accounts, async (_, worker) => worker.start());
  const charges = undisturbed.find((each) => each.what === 'charge')!;
  assert.ok(charges.lines > 4 * accounts, 'an opening and three months more, of most');
  const killed = await runBilling(accounts, (world, worker) => killInTheMiddle(world, worker, moments));
  assert.deepEqual(killed, undisturbed);
  const crowded = await runBilling(accounts, async (world, worker) => {
    worker.start();
    const other = keepWorker(world);
    other.start();
    await Promise.all([sweep(world.house), sweep(world.house)]);
    await until('the end of the run', () => isDone(world), 600);
    await other.kill();
  });
  assert.deepEqual(crowded, undisturbed);
}

/** The machine's clock goes back in the middle of a run, by weeks and by a moment, and comes forward again. */
export async function surviveClockMovedBack(accounts: number): Promise<void> {
  const steady = await runHere(accounts, async ({ house }) => sweep(house));
  const moved = await runHere(accounts, async ({ house }) => {
    const turn = (ms: number) => house.pool.query('update clock set offset_ms = offset_ms + $1', [ms]);
    await turn(-50 * day);
    await renewSubscriptions(house.db);
    await turn(50 * day);
    await renewNumbers(house.db);
    await turn(-100 * day);
    await sweep(house);
    await turn(100 * day - 1);
    await sweep(house);
    await turn(1);
    await sweep(house);
  });
  assert.deepEqual(moved, steady);
}

async function runHere(accounts: number, look: (world: World) => Promise<void>): Promise<Digest[]> {
  await using world = await openWorld();
  await openAccounts(world, accounts);
  await world.travelTo(new Date(lookedAgain));
  await look(world);
  return await digestBooks(world);
}

async function runBilling(
  accounts: number,
  disturb: (world: World, worker: Worker) => Promise<void>,
): Promise<Digest[]> {
  await using world = await openWorld();
  await openAccounts(world, accounts);
  await world.travelTo(new Date(lookedAgain));
  const worker = keepWorker(world);
  await disturb(world, worker);
  await until('the end of the run', () => isDone(world), 600);
  await worker.kill();
  return await digestBooks(world);
}

/** An account is held, so that the worker waits in the middle of a part; it dies then, or soon after it could go on. */
async function killInTheMiddle(world: World, worker: Worker, moments: readonly number[]): Promise<void> {
  for (const [index, moment] of moments.entries()) {
    const holder = await world.house.pool.connect();
    try {
      await holder.query('begin');
      await holder.query(
        `select from account where account_id = (
           select account_id from account join subscription s on s.owner_id = account_id
            where s.paid_until <= $1 order by account_id
           offset (select floor($2::float8 * count(*)) from subscription where paid_until <= $1) limit 1) for update`,
        [new Date(lookedAgain), moment * 0.9],
      );
      worker.start();
      await until('a worker in the middle', async () => (await isWaiting(world)) || (await isDone(world)), 120);
      await holder.query('rollback');
      // Every other time at once: what waits is broken off before it could write.
      if (index % 2 === 0) await delay(moment * 300);
      await worker.kill();
    } finally {
      await holder.query('rollback');
      holder.release();
    }
  }
  worker.start();
}

/** Whether nothing is due or unsettled any more. */
async function isDone({ house }: World): Promise<boolean> {
  const { rows } = await house.pool.query<{ open: boolean }>(
    `select exists (select from subscription s where paid_until <= $1
                       and not exists (select from closure c where c.account_id = s.owner_id and c.closed_at <= s.paid_until))
         or exists (select from tracking_number n where paid_until <= $1
                       and not exists (select from closure c where c.account_id = n.account_id and c.closed_at <= n.paid_until))
         or exists (select from charge where settled_at is null) as open`,
    [new Date(lookedAgain)],
  );
  return !rows[0]!.open;
}

/** Accounts by the real verbs, one of each kind and zone, and copies of them by SQL alone: thousands would take minutes. */
export async function openAccounts({ house, cast }: World, accounts: number): Promise<void> {
  const { db, pool } = house;
  // The cast began at a moment of its own in each world.
  await pool.query("update subscription set paid_until = '9999-01-01Z'");
  let template = 0;
  const agencyId = await record(db, async (tx) => {
    const from = new Date(opening);
    const id = await recordAgency(tx, { name: 'The agency', timeZone: 'America/New_York', createdAt: from });
    await addMoney(tx, id, 100_000_000_000n, 'opening', from);
    await openSubscription(tx, { ownerId: id, kind: 'agency', timeZone: 'America/New_York' }, 'agency', from);
    return id;
  });
  const copies = Math.ceil(accounts / (zones.length * kinds.length));
  for (const zone of zones) {
    for (const kind of kinds) {
      const from = opening + (template % 31) * day;
      template += 1;
      const name = `${kind} ${template}`;
      const accountId = await record(db, async (tx) => {
        const owner = kind === 'standalone' ? null : agencyId;
        const payer = kind === 'paid by its agency' ? 'agency' : 'own';
        const moment = new Date(from);
        const id = await recordAccount(tx, { name, timeZone: zone, agencyId: owner, payer, createdAt: moment });
        if (payer === 'own') {
          await addMoney(tx, id, 1_000_000_000n, 'opening', moment);
          await openSubscription(tx, { ownerId: id, kind: 'standalone', timeZone: zone }, 'performance', moment);
        }
        return id;
      });
      await pool.query(
        `insert into tracking_number (account_id, sid, phone_number, kind, carrier, carrier_number_id, requested_at, bought_at, renewal_anchor, paid_until)
         values ($1, $2, $3, 'local', 'simulated', $2, $4, $4, $4, $5)`,
        [
          accountId,
          `TPN${accountId}`,
          `+1555${String(accountId).padStart(7, '0')}`,
          new Date(from),
          new Date(monthsAfter(from, 1, zone)),
        ],
      );
      // Calls that nobody has settled yet.
      await pool.query(
        `insert into charge (owner_id, cause, cause_key, at, description, quantity, unit_micros, amount_micros, payer_id)
         select $1, 'call', 'call ' || i, $2::timestamptz + i * interval '1 hour', 'Incoming call', i, 45000, i * 45000, $3 from generate_series(1, 3) i`,
        [accountId, new Date(from), kind === 'paid by its agency' ? agencyId : accountId],
      );
      await copyAccount(pool, accountId, copies - 1);
    }
  }
  // Some were closed while nobody looked: what began before is owed, and nothing after.
  await pool.query(
    `insert into closure (account_id, closed_at, closed_by, closed_by_role, numbers_restorable_until, reactivatable_until,
                          refundable_until, policy_version, plan_hash)
     select account_id, $1::timestamptz, $2, 'administrator', $1::timestamptz + interval '14 days', $1::timestamptz + interval '60 days',
            $1::timestamptz + interval '90 days', 1, 'x'
       from account where name like '% copy %7'`,
    [new Date(opening + 70 * day + 3_600_000), cast.shopOwner.personId],
  );
  await pool.query('analyze');
}

/** Copies every row that an account has, into so many accounts more, whatever columns there are. */
async function copyAccount(pool: World['house']['pool'], accountId: number, copies: number): Promise<void> {
  const { rows: tables } = await pool.query<{ table: string; key: string; columns: string[] }>(
    `select c.table_name as table, min(c.column_name) filter (where c.column_name in ('owner_id', 'account_id')) as key,
            array_agg(c.column_name::text) filter (where c.is_identity = 'NO' and c.column_name not in ('owner_id', 'account_id')) as columns
       from information_schema.columns c
      where c.table_schema = 'public'
        and c.table_name in ('account', 'wallet', 'subscription', 'subscription_month', 'posting', 'charge', 'tracking_number')
      group by 1
      order by array_position(array['account', 'wallet', 'subscription', 'subscription_month', 'posting', 'charge', 'tracking_number'], c.table_name::text)`,
  );
  const client = await pool.connect();
  try {
    await client.query(
      'create temporary table copied as select nextval($1) as id, i as number from generate_series(1, $2::int) i',
      ['owner_id_seq', copies],
    );
    for (const { table, key, columns } of tables) {
      const values = columns.map((column) => {
        if (table === 'account' && column === 'name') return "t.name || ' copy ' || copied.number";
        if (column === 'payer_id') return `case t.payer_id when $1 then copied.id else t.payer_id end`;
        if (column === 'phone_number') return "'+1555' || lpad(copied.id::text, 7, '0')";
        if (column === 'sid') return "'TPN' || copied.id";
        return `t.${column}`;
      });
      await client.query(
        `insert into ${table} (${[key, ...columns].join(', ')}) select ${['copied.id', ...values].join(', ')} from ${table} t, copied where t.${key} = $1`,
        [accountId],
      );
    }
    await client.query('drop table copied');
  } finally {
    client.release();
  }
}

export interface Digest {
  what: string;
  lines: number;
  digest: string;
}

/** Everything that a billing run writes, by the names of its accounts; without the ids and moments that two runs never share. */
export async function digestBooks({ house }: World): Promise<Digest[]> {
  const { rows } = await house.pool.query<Digest>(
    `with owner as (
       select account_id as id, name from account where name ~ '^(standalone|self-paying|paid by)'
       union all select agency_id, name from agency where name = 'The agency'
     ), line (what, facts) as (
       select 'charge', jsonb_build_array(o.name, p.name, h.cause, h.at, h.quantity, h.unit_micros, h.amount_micros, h.settled_at is null)
         from charge h join owner o on o.id = h.owner_id join owner p on p.id = h.payer_id
       union all
       select 'wallet', jsonb_build_array(o.name, w.available_micros) from wallet w join owner o on o.id = w.owner_id
       union all
       select 'earned', jsonb_build_array(o.name, p.cause, sum(case p.debit when 'wallet' then p.amount_micros else -p.amount_micros end))
         from posting p join owner o on o.id = p.owner_id where p.cause <> 'top-up' group by o.name, p.cause
       union all
       select 'subscription', jsonb_build_array(o.name, s.plan_code, s.anchor, s.paid_until)
         from subscription s join owner o on o.id = s.owner_id
       union all
       select 'number', jsonb_build_array(o.name, n.renewal_anchor, n.paid_until)
         from tracking_number n join owner o on o.id = n.account_id
     )
     select what, count(*)::int as lines, md5(string_agg(facts::text, '/' order by facts)) as digest
       from line group by what order by what`,
  );
  const { rows: twice } = await house.pool.query(
    'select owner_id, cause, tracking_number_id, at from charge where cause <> $1 group by 1, 2, 3, 4 having count(*) > 1',
    ['call'],
  );
  assert.deepEqual(twice, [], 'a month was charged twice');
  return rows;
}
