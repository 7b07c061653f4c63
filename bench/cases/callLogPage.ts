import { addMoney } from '../../src/billing/topUp.ts';
import { signUp } from '../../src/lifecycle/signUp.ts';
import type { House } from '../../src/platform/house.ts';
import { newKey } from '../../src/platform/ids.ts';
import { record } from '../../src/platform/operation.ts';
import { must } from '../../src/rules/decision.ts';
import { microsPerUnit } from '../../src/rules/money.ts';
import type { Case } from '../compare.ts';
import { comparePage } from '../comparePage.ts';

const calls = 5_000;
const email = 'pat@example.com';
const password = 'correct horse battery';

export const callLogPage: Case = {
  name: 'call-log-page',
  ours: `GET /accounts/…/calls, signed in, over a year of ${calls} calls`,
  floor: 'the same server: a constant page of the same length',
  unit: 'requests/s',
  better: 'higher',
  aim: 0.01,
  open: (stage) =>
    comparePage(stage, async (house, app) => {
      const accountId = await openShop(house);
      const { statusCode, headers } = await app.inject({
        method: 'POST',
        url: '/api/v1/session',
        payload: { email, password },
      });
      if (statusCode !== 200) throw new Error(`Nobody could sign in: ${statusCode}.`);
      const cookie = [headers['set-cookie']].flat().map((each) => each!.split(';')[0]);
      return { path: `/accounts/${accountId}/calls`, holds: 'Call Log', headers: { cookie: cookie.join('; ') } };
    }),
};

async function openShop(house: House): Promise<number> {
  const accountId = must(
    await signUp(
      house,
      {
        kind: 'standalone',
        businessName: 'Anchor Plumbing',
        timeZone: 'America/Denver',
        planCode: 'performance',
        personName: 'Pat',
        email,
        password,
      },
      newKey(),
    ),
  );
  await record(house.db, (tx, now) => addMoney(tx, accountId, 1_000n * microsPerUnit, 'first', now));
  await house.pool.query(`
    insert into tracking_source (account_id, sid, name, created_at)
    select ${accountId}, 'TSO' || i, 'Source ' || i, now() from generate_series(1, 5) i;
    insert into tracking_number (account_id, sid, phone_number, kind, name, tracking_source_id, carrier, carrier_number_id,
                                 requested_at, bought_at, paid_until)
    select ${accountId}, 'TPN' || tracking_source_id, '+1303555010' || row_number() over (), 'local', name,
           tracking_source_id, 'simulated', 'PN' || tracking_source_id, now() - interval '1 year',
           now() - interval '1 year', now() + interval '1 month'
      from tracking_source;
    insert into call (account_id, payer_id, sid, carrier_call_sid, tracking_number_id, tracking_source_id, caller_number, caller_city,
                      caller_region, receiving_number, called_at, status, answered_at, ended_at, duration_seconds,
                      ring_seconds, talk_seconds)
    select ${accountId}, ${accountId}, 'CAL' || i, 'CA' || i, n.tracking_number_id, n.tracking_source_id,
           '+1212555' || to_char(100 + i % 100, 'FM0000'), 'CHICAGO', 'IL', '+12125550199', c.at, 'answered',
           c.at + interval '9 seconds', c.at + interval '129 seconds', 129, 9, 120
      from generate_series(1, ${calls}) i
      cross join lateral (select now() - i * interval '1 year' / ${calls} as at) c
      join (select *, row_number() over () - 1 as position from tracking_number) n on n.position = i % 5;
    insert into charge (owner_id, cause, cause_key, at, description, tracking_number_id, call_id, quantity, unit_micros,
                        amount_micros, payer_id, settled_at)
    select account_id, 'call', sid, ended_at, 'Call', tracking_number_id, call_id, 2, 45000, 90000, account_id, ended_at from call;
    analyze;
  `);
  return accountId;
}
