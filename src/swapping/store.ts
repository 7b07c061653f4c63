import { sql } from 'kysely';
import type { Db, Tx } from '../platform/db.ts';
import type { Prepared } from '../platform/flights.ts';
import { liveForSeconds } from '../rules/poolSize.ts';
import type { Switch } from '../rules/standing.ts';
import { addDays } from '../rules/time.ts';

// ---- Settings ----

export interface SwappingSettings {
  cookieDays: number;
  storage: 'cookie' | 'consent' | 'none';
  /** Whether Do-Not-Track and Global Privacy Control keep the script from cookies and beacons. */
  respectsSignals: boolean;
  addressKept: 'truncated' | 'hashed' | 'none';
  visitsKeptDays: number;
}

/** What an account has that has set nothing yet: as the table's defaults. */
export const firstSettings: SwappingSettings = {
  cookieDays: 30,
  storage: 'cookie',
  respectsSignals: true,
  addressKept: 'truncated',
  visitsKeptDays: 365,
};

export async function findSwappingSettings(db: Db | Tx, accountId: number): Promise<SwappingSettings> {
  const row = await db
    .selectFrom('swappingSettings')
    .select(['cookieDays', 'storage', 'respectsSignals', 'addressKept', 'visitsKeptDays'])
    .where('accountId', '=', accountId)
    .executeTakeFirst();
  return (row as SwappingSettings | undefined) ?? firstSettings;
}

export async function keepSwappingSettings(tx: Tx, accountId: number, settings: SwappingSettings): Promise<void> {
  await tx
    .insertInto('swappingSettings')
    .values({ accountId, ...settings })
    .onConflict((clash) => clash.column('accountId').doUpdateSet(settings))
    .execute();
}

/** What settings would erase of what was kept so far. */
export interface Erased {
  visits: number;
  oldestAt: Date | null;
  addresses: number;
}

/** Visits that were kept from one moment on and now from a later one, and the addresses when none is kept. Index: visit_live. */
export async function countErased(
  db: Db | Tx,
  accountId: number,
  { from, before, losesAddresses }: { from: Date; before: Date; losesAddresses: boolean },
): Promise<Erased> {
  const { rows } = await sql<Erased>`
    select count(*) filter (where last_seen_at < ${before}) as visits,
           min(begun_at) filter (where last_seen_at < ${before}) as oldest_at,
           count(address) filter (where ${losesAddresses}) as addresses
      from visit
     where account_id = ${accountId} and last_seen_at >= ${from} and (last_seen_at < ${before} or ${losesAddresses})
  `.execute(db);
  return rows[0]!;
}

/** Nothing of a visitor's address stays once that was chosen, not even of earlier visits. */
export async function forgetAddresses(tx: Tx, accountId: number): Promise<void> {
  await sql`update visit set address = null where account_id = ${accountId} and address is not null`.execute(tx);
}

// ---- What a website is told ----

/** All that an account's configuration depends on, as one read found it. */
export interface FoundSite {
  now: Date;
  accountId: number;
  agencyId: number | null;
  closedAt: Date | null;
  reactivatableUntil: Date | null;
  noFundsFrom: Date | null;
  /** Of the account and its agency. */
  switchKinds: Switch['kind'][];
  settings: SwappingSettings | null;
  /** Those that are looked for on the website, in the order in which they are tried. */
  sources: FoundSource[];
  targets: { targetNumberId: number; phoneNumber: string }[];
  /** Those that may be shown, the lowest id first. */
  numbers: FoundNumber[];
}

export interface FoundSource {
  trackingSourceId: number;
  sid: string;
  referrerPattern: string | null;
  landingPattern: string | null;
  notReferrerPattern: string | null;
  notLandingPattern: string | null;
  utmSource: string | null;
  utmMedium: string | null;
  utmCampaign: string | null;
  clickIds: string[];
  isLastTouch: boolean;
  isPool: boolean;
}

export interface FoundNumber {
  trackingNumberId: number;
  trackingSourceId: number;
  phoneNumber: string;
  /** Null stands for every target number. */
  targetIds: number[] | null;
}

/** A number `n` that may be shown: bought, not released, and not paused or stopped itself. Index: release_open, switch_on. */
const isShowable = `
  n.bought_at is not null
  and not exists (select from release l where l.account_id = n.account_id and l.tracking_number_id = n.tracking_number_id
                     and l.restored_at is null)
  and not exists (select from switch w where w.account_id = n.account_id and w.tracking_number_id = n.tracking_number_id
                     and w.resumed_at is null)`;

const targetsOf = `
  (select json_agg(nt.target_number_id order by nt.target_number_id) from number_target nt
    where nt.account_id = n.account_id and nt.tracking_number_id = n.tracking_number_id)`;

/** One read of one account's rows, standing included; nothing for an account that isn't there. */
export const findSite = (accountId: number): Prepared => ({
  name: 'find site',
  text: `
    select date_trunc('milliseconds', clock_timestamp() + k.offset_ms * interval '1 millisecond') as "now",
           a.account_id as "accountId", a.agency_id as "agencyId", coalesce(c.closed_at, g.closed_at) as "closedAt",
           coalesce(c.reactivatable_until, g.reactivatable_until) as "reactivatableUntil",
           ar.no_funds_from as "noFundsFrom",
           array(select s.kind from switch s
                  where s.account_id = a.account_id and s.tracking_number_id is null and s.resumed_at is null
                 union all
                 select s.kind from agency_switch s where s.agency_id = a.agency_id and s.resumed_at is null) as "switchKinds",
           (select json_build_object('cookieDays', e.cookie_days, 'storage', e.storage, 'respectsSignals',
                                     e.respects_signals, 'addressKept', e.address_kept, 'visitsKeptDays', e.visits_kept_days)
              from swapping_settings e where e.account_id = a.account_id) as "settings",
           (select coalesce(json_agg(json_build_object(
                     'trackingSourceId', s.tracking_source_id, 'sid', s.sid, 'referrerPattern', s.referrer_pattern,
                     'landingPattern', s.landing_pattern, 'notReferrerPattern', s.not_referrer_pattern,
                     'notLandingPattern', s.not_landing_pattern, 'utmSource', s.utm_source, 'utmMedium', s.utm_medium,
                     'utmCampaign', s.utm_campaign, 'clickIds', s.click_ids, 'isLastTouch', s.is_last_touch,
                     'isPool', p.tracking_source_id is not null) order by s.position, s.tracking_source_id), '[]')
              from tracking_source s left join number_pool p using (account_id, tracking_source_id)
             where s.account_id = a.account_id and s.is_onsite and s.removed_at is null) as "sources",
           (select coalesce(json_agg(json_build_object('targetNumberId', t.target_number_id, 'phoneNumber', t.phone_number)
                                     order by t.target_number_id), '[]')
              from target_number t where t.account_id = a.account_id and t.removed_at is null) as "targets",
           (select coalesce(json_agg(json_build_object(
                     'trackingNumberId', n.tracking_number_id, 'trackingSourceId', n.tracking_source_id,
                     'phoneNumber', n.phone_number, 'targetIds', ${targetsOf}) order by n.tracking_number_id), '[]')
              from tracking_number n
             where n.account_id = a.account_id and n.tracking_source_id is not null and ${isShowable}) as "numbers"
      from clock k, account a
      left join closure c on c.account_id = a.account_id and c.reactivated_at is null
      left join agency_closure g on g.agency_id = a.agency_id and g.reactivated_at is null
      left join arrears ar on ar.owner_id = case a.payer when 'own' then a.account_id else a.agency_id end and ar.ended_at is null
     where a.account_id = $1`,
  values: [accountId],
});

/** Anybody can name a host, so there are never more than so many of an account: the oldest makes room for the newest. */
const hostsMax = 200;
/** A page that has loaded the script, without its query. */
export interface HostSeen {
  host: string;
  pageUrl: string;
}

/** A host of which nothing was heard for so long is taken off the list. */
export const hostKeptDays = 30;

const moment = `date_trunc('milliseconds', clock_timestamp() + k.offset_ms * interval '1 millisecond')`;

/** Holds an account's hosts, so that none is over when several new ones are noted at once. */
async function holdSeenSites(tx: Tx, accountId: number): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`seen sites of ${accountId}`}, 0))`.execute(tx);
}

/** Notes again that a host which is on the list runs the script; false when it is not on it. */
export async function markSeenSite(
  tx: Tx,
  accountId: number,
  { host, pageUrl }: HostSeen,
  now: Date,
): Promise<boolean> {
  const { rows } = await sql`
    update seen_site set last_seen_at = greatest(last_seen_at, ${now}), page_url = ${pageUrl}
     where account_id = ${accountId} and host = ${host} returning host
  `.execute(tx);
  return rows.length > 0;
}

/** Puts a host on the list; nothing for an account that isn't there. */
export async function addSeenSite(tx: Tx, accountId: number, { host, pageUrl }: HostSeen, now: Date): Promise<void> {
  await holdSeenSites(tx, accountId);
  await sql`
    insert into seen_site as h (account_id, host, first_seen_at, last_seen_at, page_url)
    select account_id, ${host}, ${now}, ${now}, ${pageUrl} from account where account_id = ${accountId}
    on conflict (account_id, host) do update set last_seen_at = greatest(h.last_seen_at, excluded.last_seen_at),
                                                 page_url = excluded.page_url
  `.execute(tx);
  await sql`
    delete from seen_site h
     using (select host from seen_site where account_id = ${accountId}
             order by host = ${host} desc, last_seen_at desc, host offset ${hostsMax}) over
     where h.account_id = ${accountId} and h.host = over.host
  `.execute(tx);
}

/** Takes hosts off the lists of which nothing was heard for long. The table is small: so many hosts for each account at most. */
export async function forgetOldSites(tx: Tx, now: Date): Promise<number> {
  const { numDeletedRows } = await tx
    .deleteFrom('seenSite')
    .where('lastSeenAt', '<', addDays(now, -hostKeptDays))
    .executeTakeFirst();
  return Number(numDeletedRows);
}

/** Takes one host off the list; zero means that it wasn't on it. */
export async function removeSeenSite(tx: Tx, accountId: number, host: string): Promise<number> {
  const { numDeletedRows } = await tx
    .deleteFrom('seenSite')
    .where('accountId', '=', accountId)
    .where('host', '=', host)
    .executeTakeFirst();
  return Number(numDeletedRows);
}

// ---- Visits ----

/** What one beacon leaves, with everything of it that is kept. */
export interface VisitRow {
  accountId: number;
  visitor: string;
  visit: string;
  kind: 'page' | 'live' | 'dial';
  pageUrl: string;
  landingUrl: string;
  referrer: string | null;
  trackingSourceId: number | null;
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
  /** Tracking numbers on the page. */
  shown: readonly number[];
  /** A pool's numbers that become the visitor's, if they still are whose they were when that was decided. */
  taken: readonly TakenNumber[];
}

export interface TakenNumber {
  trackingNumberId: number;
  heldBy: number | null;
  /** As the database wrote it, to the last digit. */
  heldAt: string | null;
}

/** How many seconds the same page again is the same look at it: a beacon that was sent twice, or a hasty reload. */
const samePageSeconds = 5;
/** Whoever was heard of within it still looks. */
const liveFor = `interval '${liveForSeconds} seconds'`;

/**
 * Visitors, visits, page views and showings of some beacons, each of another visitor, and whose the pools' numbers are now.
 * In the order of visitors, so that two such statements don't wait for each other. What comes late, twice or in another order
 * adds up to the same. Shown is what a page says that it shows: for a number that it was only given it may have no place. A number
 * whose holder left goes back to whoever still has it on their page. Answers with what was taken of the pools, ids of numbers, and
 * with who shows a number that somebody else looks at while another is free: account and visitor.
 */
export const recordVisits = (rows: readonly VisitRow[]): Prepared => ({
  name: 'record visits',
  text: `
    with beacon as materialized (
      select b.account_id, b.visitor, b.visit, b.kind, b.page_url, b.landing_url, b.referrer, b.tracking_source_id,
             b.utm_source, b.utm_medium, b.utm_campaign, b.utm_term, b.utm_content, b.click_id_kind, b.click_id, b.device,
             b.browser, b.address, b.shown, b.taken, m.now
        from json_to_recordset($1) b (
               account_id bigint, visitor text, visit text, kind text, page_url text, landing_url text, referrer text,
               tracking_source_id bigint, utm_source text, utm_medium text, utm_campaign text, utm_term text,
               utm_content text, click_id_kind text, click_id text, device text, browser text, address text,
               shown bigint[], taken json),
             (select ${moment} as now from clock k offset 0) m
    ), visitors as (
      insert into visitor as v (account_id, sid, first_seen_at, last_seen_at)
      select account_id, visitor, now, now from beacon order by account_id, visitor
      on conflict (account_id, sid) do update set last_seen_at = greatest(v.last_seen_at, excluded.last_seen_at)
      returning v.account_id, v.sid, v.visitor_id
    ), visits as (
      insert into visit as t (account_id, sid, visitor_id, begun_at, last_seen_at, tracking_source_id, referrer, landing_url,
                              page_url, page_count, utm_source, utm_medium, utm_campaign, utm_term, utm_content,
                              click_id_kind, click_id, device, browser, address)
      select b.account_id, b.visit, v.visitor_id, b.now, b.now, b.tracking_source_id, b.referrer, b.landing_url, b.page_url,
             (b.kind = 'page')::int, b.utm_source, b.utm_medium, b.utm_campaign, b.utm_term, b.utm_content, b.click_id_kind,
             b.click_id, b.device, b.browser, b.address
        from beacon b join visitors v on v.account_id = b.account_id and v.sid = b.visitor
       order by b.account_id, b.visitor
      on conflict (account_id, sid) do update
         set last_seen_at = greatest(t.last_seen_at, excluded.last_seen_at),
             tracking_source_id = case excluded.page_count when 1 then coalesce(excluded.tracking_source_id, t.tracking_source_id)
                                  else coalesce(t.tracking_source_id, excluded.tracking_source_id) end,
             page_url = case excluded.page_count when 1 then excluded.page_url else t.page_url end,
             page_count = t.page_count + excluded.page_count
       where t.visitor_id = excluded.visitor_id
         and not (excluded.page_count = 1 and t.page_count > 0 and t.page_url = excluded.page_url
                  and t.last_seen_at > excluded.last_seen_at - interval '${samePageSeconds} seconds')
      returning t.account_id, t.sid, t.visit_id
    ), pages as (
      insert into page_view (account_id, visit_id, viewed_at, url)
      select b.account_id, t.visit_id, b.now, b.page_url
        from beacon b join visits t on t.account_id = b.account_id and t.sid = b.visit
       where b.kind = 'page'
    ), wanted as (
      select b.account_id, b.now, v.visitor_id, w.tracking_number_id, w.held_by, w.held_at
        from beacon b join visitors v on v.account_id = b.account_id and v.sid = b.visitor,
             json_to_recordset(b.taken) w (tracking_number_id bigint, held_by bigint, held_at timestamptz)
    ), fresh as (
      insert into pool_assignment (account_id, tracking_number_id, visitor_id, assigned_at, last_shown_at)
      select account_id, tracking_number_id, visitor_id, now, now from wanted where held_by is null
      on conflict (account_id, tracking_number_id) do nothing
      returning tracking_number_id
    ), passed as (
      update pool_assignment p
         set visitor_id = w.visitor_id, last_shown_at = greatest(p.last_shown_at, w.now),
             assigned_at = case p.visitor_id when w.visitor_id then p.assigned_at else w.now end
        from wanted w
       where p.account_id = w.account_id and p.tracking_number_id = w.tracking_number_id and p.visitor_id = w.held_by
         and (p.visitor_id = w.visitor_id or p.last_shown_at <= w.held_at)
      returning p.tracking_number_id
    ), got as (
      select tracking_number_id from fresh union all select tracking_number_id from passed
    ), kept as (
      update pool_assignment p
         set visitor_id = v.visitor_id, last_shown_at = greatest(p.last_shown_at, b.now),
             assigned_at = case p.visitor_id when v.visitor_id then p.assigned_at else b.now end
        from beacon b join visitors v on v.account_id = b.account_id and v.sid = b.visitor
       where p.account_id = b.account_id and p.tracking_number_id = any (b.shown)
         and not exists (select from wanted w where w.account_id = p.account_id and w.tracking_number_id = p.tracking_number_id)
         and (p.visitor_id = v.visitor_id or b.kind = 'live' and p.last_shown_at <= b.now - ${liveFor})
    ), lost as (
      select b.account_id || ' ' || b.visitor as who
        from beacon b
        join visitors v on v.account_id = b.account_id and v.sid = b.visitor
        join pool_assignment p on p.account_id = b.account_id and p.tracking_number_id = any (b.shown)
        join tracking_number t on t.account_id = p.account_id and t.tracking_number_id = p.tracking_number_id
       where b.kind = 'live' and p.visitor_id <> v.visitor_id and p.last_shown_at > b.now - ${liveFor}
         and exists (select from tracking_number n
                       left join pool_assignment f on f.account_id = n.account_id and f.tracking_number_id = n.tracking_number_id
                      where n.account_id = t.account_id and n.tracking_source_id = t.tracking_source_id and ${isShowable}
                        and coalesce(f.last_shown_at <= b.now - ${liveFor}, true))
    ), showings as (
      insert into showing as s (account_id, visit_id, tracking_number_id, first_shown_at, last_shown_at, page_url, dialed_at)
      select b.account_id, t.visit_id, n.tracking_number_id, b.now, b.now, b.page_url, case b.kind when 'dial' then b.now end
        from beacon b join visits t on t.account_id = b.account_id and t.sid = b.visit
        cross join lateral (select distinct unnest(b.shown) as tracking_number_id) n
      on conflict (account_id, visit_id, tracking_number_id) do update
         set last_shown_at = greatest(s.last_shown_at, excluded.last_shown_at), page_url = excluded.page_url,
             dialed_at = coalesce(excluded.dialed_at, s.dialed_at)
    )
    select coalesce((select json_agg(tracking_number_id) from got), '[]') as "taken",
           coalesce((select json_agg(who) from lost), '[]') as "lost"`,
  values: [JSON.stringify(rows.map(asColumns))],
});

const asColumns = (row: VisitRow) => ({
  account_id: row.accountId,
  visitor: row.visitor,
  visit: row.visit,
  kind: row.kind,
  page_url: row.pageUrl,
  landing_url: row.landingUrl,
  referrer: row.referrer,
  tracking_source_id: row.trackingSourceId,
  utm_source: row.utmSource,
  utm_medium: row.utmMedium,
  utm_campaign: row.utmCampaign,
  utm_term: row.utmTerm,
  utm_content: row.utmContent,
  click_id_kind: row.clickIdKind,
  click_id: row.clickId,
  device: row.device,
  browser: row.browser,
  address: row.address,
  shown: row.shown,
  taken: row.taken.map((each) => ({
    tracking_number_id: each.trackingNumberId,
    held_by: each.heldBy,
    held_at: each.heldAt,
  })),
});

// ---- Pools ----

/** Holds a pool, so that its numbers are shared out to one visitor after the other. */
export const holdPool = (accountId: number, trackingSourceId: number): Prepared => ({
  name: 'hold pool',
  text: 'select from number_pool where account_id = $1 and tracking_source_id = $2 for no key update',
  values: [accountId, trackingSourceId],
});

/** A number of a pool that may be shown, and whose it is. */
export interface FoundPoolNumber extends Omit<FoundNumber, 'trackingSourceId'> {
  holder: { visitorId: number; visitor: string; lastShownAt: string } | null;
}

/** The numbers of a pool, read under its hold; none once it is no pool any more. Index: the primary keys. */
export const findPoolNumbers = (accountId: number, trackingSourceId: number): Prepared => ({
  name: 'find pool numbers',
  text: `
    select coalesce(json_agg(json_build_object(
             'trackingNumberId', n.tracking_number_id, 'phoneNumber', n.phone_number, 'targetIds', ${targetsOf},
             'holder', case when v.visitor_id is not null then json_build_object(
                'visitorId', v.visitor_id, 'visitor', v.sid, 'lastShownAt', s.last_shown_at) end)), '[]') as "numbers"
      from number_pool p
      join tracking_number n using (account_id, tracking_source_id)
      left join pool_assignment s on s.account_id = n.account_id and s.tracking_number_id = n.tracking_number_id
      left join visitor v on v.account_id = s.account_id and v.visitor_id = s.visitor_id
     where p.account_id = $1 and p.tracking_source_id = $2 and ${isShowable}`,
  values: [accountId, trackingSourceId],
});

// ---- Being forgotten ----

/** What of a visitor is gone. */
export interface ErasedVisitor {
  visits: number;
  pageViews: number;
  showings: number;
}

/** Erases a visitor with all that hangs on them; null when there is none. A call stays, and no longer says where it came from. */
export async function eraseVisitorRows(tx: Tx, accountId: number, visitorSid: string): Promise<ErasedVisitor | null> {
  const { rows } = await sql<ErasedVisitor>`
    with erased as (
      delete from visitor where account_id = ${accountId} and sid = ${visitorSid} returning account_id, visitor_id
    ), visits as (select t.account_id, t.visit_id from visit t join erased using (account_id, visitor_id))
    select (select count(*) from visits) as visits,
           (select count(*) from page_view join visits using (account_id, visit_id)) as page_views,
           (select count(*) from showing join visits using (account_id, visit_id)) as showings
      from erased
  `.execute(tx);
  return rows[0] ?? null;
}

/**
 * Forgets some visitors, then visits, that are older than their account keeps them; how many. All that hangs on them goes with
 * them. One look into an index for each account: visitor_age, visit_live.
 */
export async function forgetSomeVisits(tx: Tx, now: Date, limit: number): Promise<number> {
  const before = sql`${now}::timestamptz - coalesce(e.visits_kept_days, ${firstSettings.visitsKeptDays}) * interval '1 day'`;
  const { rows } = await sql<{ forgotten: number }>`
    with old_visitors as (
      select v.account_id, v.visitor_id from account a left join swapping_settings e using (account_id)
       cross join lateral (
         select v.account_id, v.visitor_id from visitor v
          where v.account_id = a.account_id and v.last_seen_at < ${before} order by v.last_seen_at limit ${limit}) v
       limit ${limit}
    ), visitors as (
      delete from visitor v using old_visitors o where v.account_id = o.account_id and v.visitor_id = o.visitor_id returning 1
    ), old_visits as (
      select t.account_id, t.visit_id from account a left join swapping_settings e using (account_id)
       cross join lateral (
         select t.account_id, t.visit_id from visit t
          where t.account_id = a.account_id and t.last_seen_at < ${before} order by t.last_seen_at limit ${limit}) t
       where (select count(*) from old_visitors) = 0
       limit ${limit}
    ), visits as (
      delete from visit t using old_visits o where t.account_id = o.account_id and t.visit_id = o.visit_id returning 1
    )
    select (select count(*) from visitors) + (select count(*) from visits) as forgotten
  `.execute(tx);
  return rows[0]!.forgotten;
}
