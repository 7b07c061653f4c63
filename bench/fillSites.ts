import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import type { VisitBeacon } from '../src/rules/swapping.ts';
import { readSite } from '../src/swapping/readSite.ts';
import { chrome } from '../test/website.ts';
import type { Asked } from './load.ts';

export interface FilledSite {
  accountId: number;
  version: string;
  sourceSid: string;
  /** One of the source's numbers. */
  shown: string;
}

const visitsBefore = 30_000;

/**
 * Accounts whose websites look for five sources, with so many numbers each; the first source may share its numbers out. They have
 * had a week of visits: what a table with nothing in it costs is nobody's question.
 */
export async function fillSites(
  pool: pg.Pool,
  { accounts, numbersPerSource, isPool }: { accounts: number; numbersPerSource: number; isPool: boolean },
): Promise<FilledSite[]> {
  await pool.query(
    `with accounts as (
       insert into account (payer, name, time_zone, refusal_message, created_at)
       select 'own', 'Account ' || i, 'America/Denver', 'Goodbye.', now() from generate_series(1, $1::int) i returning account_id
     ), targets as (
       insert into target_number (account_id, sid, phone_number, created_at)
       select account_id, 'TGN' || account_id || '_' || i, '+1303555010' || i, now() from accounts, generate_series(1, 2) i
     )
     insert into tracking_source (account_id, sid, name, created_at, position, is_onsite, referrer_pattern, click_ids)
     select account_id, 'TSO' || account_id || '_' || i, 'Source ' || i, now(), i, true, 'engine' || i || '\\.',
            case i when 1 then '{gclid,gbraid}'::text[] else '{}' end
       from accounts, generate_series(1, 5) i`,
    [accounts],
  );
  await pool.query(
    `insert into tracking_number (account_id, sid, phone_number, kind, tracking_source_id, carrier, carrier_number_id,
                                  requested_at, bought_at, paid_until)
     select s.account_id, 'TPN' || s.sid || '_' || i, '+1' || (2000000000 + s.tracking_source_id * 1000 + i), 'local',
            s.tracking_source_id, 'simulated', 'PN' || s.sid || i, now(), now(), now() + interval '1 month'
       from tracking_source s, generate_series(1, $1::int) i`,
    [numbersPerSource],
  );
  if (isPool)
    await pool.query(
      'insert into number_pool select account_id, tracking_source_id, now() from tracking_source where position = 1',
    );
  await pool.query(
    `with shown as (
       select n.account_id, min(n.tracking_number_id) as tracking_number_id
         from tracking_source s join tracking_number n using (account_id, tracking_source_id)
        where s.position = 1 group by n.account_id
     ), visitors as (
       insert into visitor (account_id, sid, first_seen_at, last_seen_at)
       select account_id, 'before' || i, now() - i * interval '20 seconds', now() - i * interval '20 seconds'
         from shown, generate_series(1, $1::int) i
       returning account_id, visitor_id, sid, last_seen_at as seen_at
     ), visits as (
       insert into visit (account_id, sid, visitor_id, begun_at, last_seen_at, landing_url, page_url)
       select account_id, sid, visitor_id, seen_at, seen_at, 'https://anchor.example/', 'https://anchor.example/' from visitors
       returning account_id, visit_id, begun_at
     ), pages as (
       insert into page_view (account_id, visit_id, viewed_at, url)
       select account_id, visit_id, begun_at, 'https://anchor.example/' from visits
     )
     insert into showing (account_id, visit_id, tracking_number_id, first_shown_at, last_shown_at, page_url)
     select account_id, visit_id, tracking_number_id, begun_at, begun_at, 'https://anchor.example/'
       from visits join shown using (account_id)`,
    [visitsBefore / accounts],
  );
  await pool.query('analyze');
  const { rows } = await pool.query<Omit<FilledSite, 'version'>>(
    `select s.account_id::int as "accountId", s.sid as "sourceSid", min(n.phone_number) as shown
       from tracking_source s join tracking_number n using (account_id, tracking_source_id)
      where s.position = 1 group by s.account_id, s.sid order by s.account_id`,
  );
  return Promise.all(
    rows.map(async (row) => ({ ...row, version: (await readSite(pool, row.accountId))!.config!.version })),
  );
}

export const hex24 = (): string => randomBytes(12).toString('hex');

/** Each beacon comes from an address of its own, or the limit of one address would be what is measured. */
export function send(site: FilledSite, index: number, over: Partial<VisitBeacon>): Asked {
  const beacon: VisitBeacon = {
    kind: 'page',
    version: site.version,
    visitor: hex24(),
    visit: hex24(),
    page: 'https://anchor.example/services/drains',
    landing: 'https://anchor.example/?utm_source=google&utm_medium=cpc&utm_campaign=spring&gclid=Cj0KCQjw',
    referrer: 'https://www.engine1.example/',
    source: site.sourceSid,
    shown: [],
    ...over,
  };
  return {
    method: 'POST',
    path: `/${site.accountId}/visit`,
    headers: {
      'content-type': 'text/plain;charset=UTF-8',
      'user-agent': chrome,
      origin: 'https://anchor.example',
      'sec-fetch-site': 'cross-site',
      'x-forwarded-for': `10.${[16, 8, 0].map((bits) => (index >> bits) & 255).join('.')}`,
    },
    body: JSON.stringify(beacon),
  };
}
