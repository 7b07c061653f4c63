import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import VoiceResponse from 'twilio/lib/twiml/VoiceResponse.js';
import { validateRequest } from 'twilio/lib/webhooks/webhooks.js';
import { newSid } from '../../src/platform/ids.ts';
import { publicUrl } from '../serveSides.ts';

/** The least that answers a call and logs it: one signature check, one indexed select, one committed insert of the same row. */
export async function answerBare(app: FastifyInstance, pool: pg.Pool, token: string): Promise<void> {
  await pool.query(`
    create table bare_number as
    select n.phone_number, n.account_id, n.tracking_number_id, n.tracking_source_id, r.phone_number as receiving_number,
           case a.payer when 'agency' then a.agency_id else a.account_id end as payer_id
      from tracking_number n join receiving_number r using (account_id, receiving_number_id) join account a using (account_id);
    alter table bare_number add primary key (phone_number);
    analyze bare_number;
    create table bare_call (like call including all);
  `);
  app.post<{ Body: Record<string, string> }>('/carriers/voice', async (request, reply) => {
    const { headers, url, body } = request;
    if (!validateRequest(token, String(headers['x-twilio-signature']), publicUrl + url, body))
      return reply.code(403).send();
    const { rows } = await pool.query('select * from bare_number where phone_number = $1', [body.To]);
    const number = rows[0];
    await pool.query(
      `insert into bare_call (account_id, sid, carrier_call_sid, tracking_number_id, tracking_source_id, caller_number,
                              caller_city, caller_region, receiving_number, payer_id, called_at, status)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, now(), 'ringing')`,
      [
        String(number.account_id),
        newSid('CAL'),
        body.CallSid,
        String(number.tracking_number_id),
        String(number.tracking_source_id),
        body.From,
        body.FromCity,
        body.FromState,
        number.receiving_number,
        String(number.payer_id),
      ],
    );
    const response = new VoiceResponse();
    response.dial().number(number.receiving_number);
    return reply.type('text/xml; charset=utf-8').send(response.toString());
  });
}
