import type pg from 'pg';
import { voiceUrls } from '../src/numbers/pointNumbers.ts';

/** An agency's size, for those who need a large one. */
export interface Extent {
  subAccounts: number;
  numbersEach: number;
}

/**
 * Gives an agency sub-accounts with rented numbers, by SQL alone: buying tens of thousands would take minutes. Our tables
 * and the simulated carrier's books agree. The numbers lie in an area code that nobody has.
 */
export async function fillAgency(
  pool: pg.Pool,
  agencyId: number,
  { subAccounts, numbersEach }: Extent,
  publicUrl: string,
): Promise<void> {
  await pool.query(
    `insert into account (agency_id, payer, name, time_zone, refusal_message, created_at)
     select $1, 'agency', 'Sub-account ' || i, 'America/Denver', 'Goodbye.', now() from generate_series(1, $2::int) i`,
    [agencyId, subAccounts],
  );
  await pool.query(
    `insert into tracking_number (account_id, sid, phone_number, kind, carrier, carrier_number_id,
                                  requested_at, bought_at, renewal_anchor, paid_until)
     select account_id, 'TPN' || phone_number, phone_number, 'local', 'simulated', 'PN' || md5(phone_number),
            now(), now(), now(), now() + interval '1 month'
       from (select account_id, '+1555' || to_char(row_number() over (order by account_id, i), 'FM0000000') as phone_number
               from account, generate_series(1, $2::int) i
              where agency_id = $1 and name like 'Sub-account %') filled`,
    [agencyId, numbersEach],
  );
  await pool.query(
    `insert into number_directory (phone_number, account_id, tracking_number_id)
     select phone_number, account_id, tracking_number_id
       from tracking_number join account using (account_id) where agency_id = $1 and phone_number like '+1555%'`,
    [agencyId],
  );
  const { voiceUrl, statusCallbackUrl } = voiceUrls(publicUrl);
  await pool.query(
    `insert into simulated_carrier.rental (sid, phone_number, idempotency_key, friendly_name, voice_url,
                                           status_callback_url, rented_at)
     select carrier_number_id, phone_number, 'buy ' || sid, phone_number, $2, $3, bought_at
       from tracking_number join account using (account_id) where agency_id = $1 and phone_number like '+1555%'`,
    [agencyId, voiceUrl, statusCallbackUrl],
  );
  await pool.query('analyze account, tracking_number, number_directory, simulated_carrier.rental');
}
