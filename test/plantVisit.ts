import type pg from 'pg';
import { newKey, newSid } from '../src/platform/ids.ts';

/* Visits as the website's script would have brought them in, written as they lie. */

export const newVisitSid = (): string => newKey().replaceAll('-', '').slice(0, 24);

const insert = async (pool: pg.Pool, text: string, values: unknown[]): Promise<number> =>
  (await pool.query(text, values)).rows[0].id;

/** A source that shares these numbers out visitor by visitor. */
export async function plantPool(
  pool: pg.Pool,
  accountId: number,
  name: string,
  trackingNumberIds: readonly number[],
): Promise<number> {
  const sourceId = await insert(
    pool,
    `insert into tracking_source (account_id, sid, name, created_at, is_onsite) values ($1, $2, $3, now(), true)
     returning tracking_source_id::int as id`,
    [accountId, newSid('TSO'), name],
  );
  await pool.query('insert into number_pool (account_id, tracking_source_id, created_at) values ($1, $2, now())', [
    accountId,
    sourceId,
  ]);
  await pool.query(
    'update tracking_number set tracking_source_id = $3 where account_id = $1 and tracking_number_id = any($2)',
    [accountId, trackingNumberIds, sourceId],
  );
  return sourceId;
}

export interface PlantedVisit {
  trackingNumberId: number;
  sourceId: number;
  begunAt: Date;
  lastShownAt?: Date;
  dialedAt?: Date;
  /** An earlier visit's, of the same person. */
  visitorId?: number;
  landing: string;
  pages?: readonly string[];
  referrer?: string;
  utm?: { source?: string; medium?: string; campaign?: string; term?: string };
  clickId?: readonly [kind: string, id: string];
}

export async function plantVisit(
  pool: pg.Pool,
  accountId: number,
  visit: PlantedVisit,
): Promise<{ visitId: number; visitorId: number }> {
  const { begunAt, lastShownAt = begunAt, landing, pages = [], utm = {} } = visit;
  const visitorId =
    visit.visitorId ??
    (await insert(
      pool,
      `insert into visitor (account_id, sid, first_seen_at, last_seen_at) values ($1, $2, $3, $4)
       returning visitor_id::int as id`,
      [accountId, newVisitSid(), begunAt, lastShownAt],
    ));
  const visitId = await insert(
    pool,
    `insert into visit (account_id, sid, visitor_id, begun_at, last_seen_at, tracking_source_id, referrer, landing_url, page_url,
                        page_count, utm_source, utm_medium, utm_campaign, utm_term, click_id_kind, click_id, device, browser)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 'phone', 'Safari') returning visit_id::int as id`,
    [
      accountId,
      newVisitSid(),
      visitorId,
      begunAt,
      lastShownAt,
      visit.sourceId,
      visit.referrer ?? null,
      landing,
      pages.at(-1) ?? landing,
      1 + pages.length,
      utm.source ?? null,
      utm.medium ?? null,
      utm.campaign ?? null,
      utm.term ?? null,
      visit.clickId?.[0] ?? null,
      visit.clickId?.[1] ?? null,
    ],
  );
  for (const [index, url] of [landing, ...pages].entries())
    await pool.query('insert into page_view (account_id, visit_id, viewed_at, url) values ($1, $2, $3, $4)', [
      accountId,
      visitId,
      new Date(begunAt.getTime() + index * 20_000),
      url,
    ]);
  await pool.query(
    `insert into showing (account_id, visit_id, tracking_number_id, first_shown_at, last_shown_at, page_url, dialed_at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [accountId, visitId, visit.trackingNumberId, begunAt, lastShownAt, pages.at(-1) ?? landing, visit.dialedAt ?? null],
  );
  return { visitId, visitorId };
}
