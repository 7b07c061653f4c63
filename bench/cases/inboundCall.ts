import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import type { Case, Sides, Stage } from '../compare.ts';
import type { Asked } from '../load.ts';
import { answerBare } from '../peers/answerBare.ts';
import { publicUrl, serveSides } from '../serveSides.ts';
import { underLoad } from '../startLoad.ts';

const accounts = 300;
const numbersPerAccount = 10;

export const inboundCall: Case = {
  name: 'inbound-call',
  ours: `a signed voice webhook, routed, logged and answered: ${accounts * numbersPerAccount} numbers of ${accounts} accounts`,
  floor: 'the same server: one signature check, one indexed select, one committed insert of the same row',
  unit: 'requests/s',
  better: 'higher',
  aim: 0.6,
  open: (stage) => openInboundCalls(stage, accounts * numbersPerAccount),
};

/** Calls to the first numbers: all of them, or those of one account, whose row every call then holds. */
export async function openInboundCalls(stage: Stage, numbersRung: number): Promise<Sides> {
  let token = '';
  const served = await serveSides(await stage.makeDatabase(), async (peer, { house, pool }) => {
    [token = ''] = await house.carrier.voiceAuthTokens();
    await fillWithNumbers(pool);
    await answerBare(peer, pool, token);
  });
  let rung = 0;
  let answeredByUs = 0;
  const makeRequests = (count: number) => Array.from({ length: count }, () => sign(token, rung++, numbersRung));
  const ours = underLoad(stage, {
    url: served.ours,
    holds: '<Dial ',
    makeRequests: (count) => {
      answeredByUs += count;
      return makeRequests(count);
    },
  });
  return {
    ours,
    floor: underLoad(stage, { url: served.floor, holds: '<Dial>', makeRequests }),
    async check() {
      const { rows } = await served.house.pool.query(`
        select (select count(*)::int from call where status = 'ringing') as ours, (select count(*)::int from bare_call) as floor
      `);
      assert.deepEqual(
        rows,
        [{ ours: answeredByUs, floor: rung - answeredByUs }],
        'Every answered call is in the log.',
      );
    },
    close: served.close,
  };
}

/** Numbers that are reserved for fiction: 100 of each area code. */
const fictional = (index: number): string =>
  `+1${200 + (Math.floor(index / 100) % 800)}55501${String(index % 100).padStart(2, '0')}`;

function sign(token: string, index: number, numbersRung: number): Asked {
  const to = fictional((index * 7919) % numbersRung);
  const from = fictional(index);
  const parameters = {
    CallSid: `CA${randomBytes(16).toString('hex')}`,
    AccountSid: `AC${'0'.repeat(32)}`,
    From: from,
    To: to,
    Caller: from,
    Called: to,
    CallStatus: 'ringing',
    ApiVersion: '2010-04-01',
    Direction: 'inbound',
    FromCity: 'CHICAGO',
    FromState: 'IL',
    FromZip: '60601',
    FromCountry: 'US',
    ToCity: 'DENVER',
    ToState: 'CO',
    ToZip: '80201',
    ToCountry: 'US',
  };
  return {
    method: 'POST',
    path: '/carriers/voice',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-twilio-signature': getExpectedTwilioSignature(token, `${publicUrl}/carriers/voice`, parameters),
    },
    body: new URLSearchParams(parameters).toString(),
  };
}

/** Every third account belongs to an agency, which pays for it. */
async function fillWithNumbers(pool: pg.Pool): Promise<void> {
  await pool.query(`
    insert into agency (name, time_zone, created_at)
    select 'Agency ' || i, 'America/Denver', now() from generate_series(1, 20) i;
    insert into account (agency_id, payer, name, time_zone, refusal_message, created_at)
    select g.agency_id, case when g.agency_id is null then 'own' else 'agency' end, 'Account ' || i, 'America/Denver',
           'Goodbye.', now()
      from generate_series(1, ${accounts}) i
      left join (select agency_id, row_number() over () as position from agency) g
        on i % 3 = 0 and g.position = i % 20 + 1;
    insert into wallet (owner_id, currency, available_micros)
    select agency_id, 'USD', 1000000000 from agency union all
    select account_id, 'USD', 1000000000 from account where payer = 'own';
    insert into tracking_source (account_id, sid, name, created_at)
    select account_id, 'TSO' || account_id, 'Search ads', now() from account;
    insert into receiving_number (account_id, sid, phone_number, created_at)
    select account_id, 'RPN' || account_id, '+12125550199', now() from account;
  `);
  const phoneNumbers = Array.from({ length: accounts * numbersPerAccount }, (_, index) => fictional(index));
  await pool.query(
    `insert into tracking_number (account_id, sid, phone_number, kind, name, tracking_source_id, receiving_number_id,
                                  carrier, carrier_number_id, requested_at, bought_at, paid_until)
     select a.account_id, 'TPN' || n.index, n.phone_number, 'local', 'Number ' || n.index, s.tracking_source_id,
            r.receiving_number_id, 'simulated', 'PN' || n.index, now(), now(), now() + interval '1 month'
       from unnest($1::text[]) with ordinality n (phone_number, index)
       join (select account_id, row_number() over (order by account_id) as position from account) a
         on a.position = (n.index - 1) / ${numbersPerAccount} + 1
       join tracking_source s using (account_id)
       join receiving_number r using (account_id)`,
    [phoneNumbers],
  );
  await pool.query(`
    insert into number_directory (phone_number, account_id, tracking_number_id)
    select phone_number, account_id, tracking_number_id from tracking_number;
    analyze;
  `);
}
