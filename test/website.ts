import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { newSid } from '../src/platform/ids.ts';
import type { VisitBeacon } from '../src/rules/swapping.ts';

/* A website that runs the script, for tests: an account's sources, targets and numbers, and what its visitors' browsers send. */

export interface SourceWish {
  name: string;
  position?: number;
  referrer?: string | null;
  landing?: string | null;
  utmSource?: string | null;
  clickIds?: string[];
  isLastTouch?: boolean;
  isOnsite?: boolean;
  isPool?: boolean;
}

export async function addSource(
  pool: pg.Pool,
  accountId: number,
  wish: SourceWish,
): Promise<{ id: number; sid: string }> {
  const sid = newSid('TSO');
  const { rows } = await pool.query(
    `insert into tracking_source (account_id, sid, name, created_at, position, is_onsite, referrer_pattern, landing_pattern,
                                  utm_source, click_ids, is_last_touch)
     values ($1, $2, $3, now(), $4, $5, $6, $7, $8, $9, $10) returning tracking_source_id::int as id`,
    [
      accountId,
      sid,
      wish.name,
      wish.position ?? 1,
      wish.isOnsite ?? true,
      wish.referrer ?? null,
      wish.landing ?? null,
      wish.utmSource ?? null,
      wish.clickIds ?? [],
      wish.isLastTouch ?? false,
    ],
  );
  const { id } = rows[0] as { id: number };
  if (wish.isPool) await pool.query('insert into number_pool values ($1, $2, now())', [accountId, id]);
  return { id, sid };
}

export async function addTarget(pool: pg.Pool, accountId: number, phoneNumber: string): Promise<number> {
  const { rows } = await pool.query(
    `insert into target_number (account_id, sid, phone_number, created_at) values ($1, $2, $3, now())
     returning target_number_id::int as id`,
    [accountId, newSid('TGN'), phoneNumber],
  );
  return rows[0].id;
}

/** Numbers that are bought and stand for a source, without a carrier: reserved for fiction, from this one on. */
export async function addNumbers(
  pool: pg.Pool,
  accountId: number,
  sourceId: number,
  count: number,
  areaCode = 900,
): Promise<{ id: number; phoneNumber: string }[]> {
  const phoneNumbers = Array.from(
    { length: count },
    (_, index) => `+1${areaCode + Math.floor(index / 100)}55501${String(index % 100).padStart(2, '0')}`,
  );
  const { rows } = await pool.query(
    `insert into tracking_number (account_id, sid, phone_number, kind, tracking_source_id, carrier, carrier_number_id,
                                  requested_at, bought_at, paid_until)
     select $1, 'TPN' || p, p, 'local', $2, 'simulated', 'PN' || p, now(), now(), now() + interval '10 years'
       from unnest($3::text[]) p order by p
     returning tracking_number_id::int as id, phone_number as "phoneNumber"`,
    [accountId, sourceId, phoneNumbers],
  );
  return rows;
}

export const hex24 = (): string => randomBytes(12).toString('hex');

/** A new visitor's first page, unless it says otherwise. */
export const beaconOf = (over: Partial<VisitBeacon> = {}): VisitBeacon => ({
  kind: 'page',
  version: 'old',
  visitor: hex24(),
  visit: hex24(),
  page: 'https://anchor.example/contact',
  landing: 'https://anchor.example/?utm_source=google&utm_medium=cpc&utm_campaign=Spring%20drains&gclid=Cj0abc',
  referrer: 'https://www.google.com/',
  source: null,
  shown: [],
  ...over,
});

export const chrome =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36';
export const robot = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';
