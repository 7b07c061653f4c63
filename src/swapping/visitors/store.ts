import { sql } from 'kysely';
import type { Db, Tx } from '../../platform/db.ts';
import type { Place } from '../../web/paging.ts';

/** One visit as the list and its own page show it. */
export interface VisitLine {
  visitId: number;
  visitorId: number;
  begunAt: Date;
  lastSeenAt: Date;
  sourceName: string | null;
  referrer: string | null;
  landingUrl: string;
  pageUrl: string;
  pageCount: number;
  utmSource: string | null;
  utmMedium: string | null;
  utmCampaign: string | null;
  utmTerm: string | null;
  utmContent: string | null;
  clickIdKind: string | null;
  clickId: string | null;
  device: string | null;
  browser: string | null;
  address: string | null;
  /** The tracking numbers that stood on its pages. */
  shown: string[];
}

const visitColumns = sql`
  v.visit_id, v.visitor_id, v.begun_at, v.last_seen_at, s.name as source_name, v.referrer, v.landing_url, v.page_url,
  v.page_count, v.utm_source, v.utm_medium, v.utm_campaign, v.utm_term, v.utm_content, v.click_id_kind, v.click_id,
  v.device, v.browser, v.address,
  array(select n.phone_number from showing w join tracking_number n using (account_id, tracking_number_id)
         where w.account_id = v.account_id and w.visit_id = v.visit_id order by w.first_shown_at) as shown`;

const fromVisits = sql`from visit v left join tracking_source s using (account_id, tracking_source_id)`;

/** Visits that gave a sign of life since then, the latest first. Index: visit_live. */
export async function findLiveVisits(db: Db | Tx, accountId: number, since: Date, limit: number): Promise<VisitLine[]> {
  const { rows } = await sql<VisitLine>`
    select ${visitColumns} ${fromVisits}
     where v.account_id = ${accountId} and v.last_seen_at > ${since}
     order by v.last_seen_at desc, v.visit_id desc
     limit ${limit}
  `.execute(db);
  return rows;
}

/** Visits by when they began, the newest first, before a place in the list. Index: visit_log. */
export async function findVisits(
  db: Db | Tx,
  accountId: number,
  options: { before?: Place | undefined; limit: number },
): Promise<VisitLine[]> {
  const { before } = options;
  const { rows } = await sql<VisitLine>`
    select ${visitColumns} ${fromVisits}
     where v.account_id = ${accountId}
       and (${before?.at ?? null}::timestamptz is null or (v.begun_at, v.visit_id) < (${before?.at ?? null}, ${before?.id ?? null}::bigint))
     order by v.begun_at desc, v.visit_id desc
     limit ${options.limit}
  `.execute(db);
  return rows;
}

export async function findVisit(db: Db | Tx, accountId: number, visitId: number): Promise<VisitLine | null> {
  const { rows } = await sql<VisitLine>`
    select ${visitColumns} ${fromVisits} where v.account_id = ${accountId} and v.visit_id = ${visitId}
  `.execute(db);
  return rows[0] ?? null;
}

/** The other visits of a visitor are known by this. Index: visit_of_visitor. */
export async function findVisitsOf(
  db: Db | Tx,
  accountId: number,
  visitorId: number,
  limit: number,
): Promise<VisitLine[]> {
  const { rows } = await sql<VisitLine>`
    select ${visitColumns} ${fromVisits}
     where v.account_id = ${accountId} and v.visitor_id = ${visitorId}
     order by v.begun_at, v.visit_id
     limit ${limit}
  `.execute(db);
  return rows;
}

export async function findPageViews(
  db: Db | Tx,
  accountId: number,
  visitId: number,
  limit: number,
): Promise<{ pageViewId: number; viewedAt: Date; url: string }[]> {
  return db
    .selectFrom('pageView')
    .select(['pageViewId', 'viewedAt', 'url'])
    .where('accountId', '=', accountId)
    .where('visitId', '=', visitId)
    .orderBy('viewedAt')
    .orderBy('pageViewId')
    .limit(limit)
    .execute();
}

export interface ShowingLine {
  trackingNumberId: number;
  phoneNumber: string;
  firstShownAt: Date;
  lastShownAt: Date;
  pageUrl: string;
  dialedAt: Date | null;
}

export async function findShowings(db: Db | Tx, accountId: number, visitId: number): Promise<ShowingLine[]> {
  const { rows } = await sql<ShowingLine>`
    select w.tracking_number_id, n.phone_number, w.first_shown_at, w.last_shown_at, w.page_url, w.dialed_at
      from showing w join tracking_number n using (account_id, tracking_number_id)
     where w.account_id = ${accountId} and w.visit_id = ${visitId}
     order by w.first_shown_at, w.tracking_number_id
  `.execute(db);
  return rows;
}

/** A call that may have come from a visit. */
export interface CallOfVisit {
  callId: number;
  calledAt: Date;
  callerNumber: string;
  callerErasedAt: Date | null;
  phoneNumber: string;
  likelihoodPercent: number;
  /** No other visit is likelier. */
  isLikeliest: boolean;
}

/** The calls that are matched with a visit, the latest first. Index: call_visit_of_visit. */
export async function findCallsOfVisit(
  db: Db | Tx,
  accountId: number,
  visitId: number,
  limit: number,
): Promise<CallOfVisit[]> {
  const { rows } = await sql<CallOfVisit>`
    select c.call_id, c.called_at, c.caller_number, c.caller_erased_at, n.phone_number, m.likelihood_percent,
           m.rank = 1 as is_likeliest
      from call_visit m
      join call c on c.account_id = m.account_id and c.call_id = m.call_id
      join tracking_number n on n.account_id = c.account_id and n.tracking_number_id = c.tracking_number_id
     where m.account_id = ${accountId} and m.visit_id = ${visitId}
       and exists (select from call_visit l where l.account_id = m.account_id and l.call_id = m.call_id and l.rank = 1)
     order by c.called_at desc, c.call_id desc
     limit ${limit}
  `.execute(db);
  return rows;
}

export interface Visitor {
  visitorId: number;
  /** The cookie's digits. */
  sid: string;
  firstSeenAt: Date;
  lastSeenAt: Date;
  visits: number;
}

export async function findVisitor(db: Db | Tx, accountId: number, visitorId: number): Promise<Visitor | null> {
  const { rows } = await sql<Visitor>`
    select r.visitor_id, r.sid, r.first_seen_at, r.last_seen_at,
           (select count(*) from visit v where v.account_id = r.account_id and v.visitor_id = r.visitor_id) as visits
      from visitor r
     where r.account_id = ${accountId} and r.visitor_id = ${visitorId}
  `.execute(db);
  return rows[0] ?? null;
}

/** Where a tracking number last stood on a page. */
export interface LastShown {
  pageUrl: string;
  at: Date;
}

/** On which page each tracking number was last shown, and when. Index: showing_of_number. */
export async function findLastShown(db: Db | Tx, accountId: number): Promise<Map<number, LastShown>> {
  const { rows } = await sql<{ trackingNumberId: number } & LastShown>`
    select n.tracking_number_id, w.page_url, w.last_shown_at as at
      from tracking_number n
      join lateral (select page_url, last_shown_at from showing w
                     where w.account_id = n.account_id and w.tracking_number_id = n.tracking_number_id
                     order by last_shown_at desc limit 1) w on true
     where n.account_id = ${accountId}
  `.execute(db);
  return new Map(rows.map(({ trackingNumberId, ...shown }) => [trackingNumberId, shown]));
}
