import { sql } from 'kysely';
import { closings } from '../accounts/store.ts';
import type { Db, Tx } from '../platform/db.ts';
import type { Prepared } from '../platform/flights.ts';
import { newSid } from '../platform/ids.ts';
import type { CallEvent, CallState, CallStatus, Leg, LegStatus } from '../rules/calls.ts';
import { matching, type ShownVisit, type VisitLikelihood } from '../rules/matching.ts';
import type { Switch } from '../rules/standing.ts';
import type { Place } from '../web/paging.ts';

/** Whose number rang, and all that its route depends on; nothing for a number that nobody has. */
export interface RungNumber {
  now: Date;
  accountId: number;
  payerId: number;
  trackingNumberId: number;
  trackingSourceId: number | null;
  released: boolean;
  receivingNumber: string | null;
  refusalMessage: string;
  closedAt: Date | null;
  reactivatableUntil: Date | null;
  noFundsFrom: Date | null;
  switchKinds: Switch['kind'][];
}

/** Holds off a canceling of the number's agency, shared with other calls and deeds; before the account, as every deed does. */
export const holdAgencyOf = (phoneNumber: string): Prepared => ({
  name: 'hold agency of number',
  text: `
    select from agency
     where agency_id = (select a.agency_id from number_directory d join account a on a.account_id = d.account_id
                         where d.phone_number = $1)
       for key share`,
  values: [phoneNumber],
});

/** Holds off deeds of the number's account for the length of the transaction, shared with other calls. */
export const holdAccountOf = (phoneNumber: string): Prepared => ({
  name: 'hold account of number',
  text: `
    select from account
     where account_id = (select account_id from number_directory where phone_number = $1)
       for key share`,
  values: [phoneNumber],
});

/**
 * One indexed read in the path of every call: the directory, then rows of one account. The moment is read with it, under the
 * hold, so that a call is routed entirely before a closing or entirely after it.
 */
export const findRungNumber = (phoneNumber: string): Prepared => ({
  name: 'find rung number',
  text: `
    select date_trunc('milliseconds', clock_timestamp() + k.offset_ms * interval '1 millisecond') as "now",
           n.account_id as "accountId", case a.payer when 'own' then a.account_id else a.agency_id end as "payerId",
           n.tracking_number_id as "trackingNumberId",
           n.tracking_source_id as "trackingSourceId", r.phone_number as "receivingNumber",
           exists (select from release l
                    where l.account_id = n.account_id and l.tracking_number_id = n.tracking_number_id
                      and l.restored_at is null) as "released",
           a.refusal_message as "refusalMessage", coalesce(c.closed_at, g.closed_at) as "closedAt",
           coalesce(c.reactivatable_until, g.reactivatable_until) as "reactivatableUntil",
           ar.no_funds_from as "noFundsFrom",
           array(select s.kind from switch s
                  where s.account_id = n.account_id and coalesce(s.tracking_number_id, n.tracking_number_id) = n.tracking_number_id
                    and s.resumed_at is null
                 union all
                 select s.kind from agency_switch s where s.agency_id = a.agency_id and s.resumed_at is null) as "switchKinds"
      from clock k, number_directory d
      join tracking_number n on n.account_id = d.account_id and n.tracking_number_id = d.tracking_number_id
      join account a on a.account_id = n.account_id
      left join receiving_number r on r.account_id = n.account_id and r.receiving_number_id = n.receiving_number_id
      left join closure c on c.account_id = n.account_id and c.reactivated_at is null
      left join agency_closure g on g.agency_id = a.agency_id and g.reactivated_at is null
      left join arrears ar on ar.owner_id = case a.payer when 'own' then a.account_id else a.agency_id end and ar.ended_at is null
     where d.phone_number = $1 and d.returned_at is null and n.bought_at is not null`,
  values: [phoneNumber],
});

/** The same for what the carrier tells later of a call: its charge knows of every canceling and closing that came before. */
export async function holdOwner(tx: Tx, accountId: number): Promise<void> {
  await sql`select from agency where agency_id = (select agency_id from account where account_id = ${accountId})
               for key share`.execute(tx);
  await sql`select from account where account_id = ${accountId} for key share`.execute(tx);
}

/** The account that a phone number belonged to last: late events of a call still find their log. */
export async function findAccountIdOfNumber(db: Db | Tx, phoneNumber: string): Promise<number | null> {
  const row = await db
    .selectFrom('numberDirectory')
    .select('accountId')
    .where('phoneNumber', '=', phoneNumber)
    .executeTakeFirst();
  return row?.accountId ?? null;
}

export interface NewCall {
  accountId: number;
  /** Whose wallet pays it, whoever pays for the account when it ends. */
  payerId: number;
  carrierCallSid: string;
  trackingNumberId: number;
  trackingSourceId: number | null;
  callerNumber: string;
  callerCity: string | null;
  callerRegion: string | null;
  receivingNumber: string | null;
  calledAt: Date;
  refusedBecause: string | null;
  status: CallStatus;
}

/** What an arriving call was answered with. */
export interface AnsweredCall {
  callId: number;
  receivingNumber: string | null;
  refusedBecause: string | null;
}

/** Logs an arriving call; nothing comes back when the log has it already. */
export const recordCall = (call: NewCall): Prepared => ({
  name: 'record call',
  text: `
    insert into call (account_id, sid, carrier_call_sid, tracking_number_id, tracking_source_id, caller_number,
                      caller_city, caller_region, receiving_number, called_at, refused_because, status, payer_id)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
    on conflict (account_id, carrier_call_sid) do nothing
    returning call_id as "callId", receiving_number as "receivingNumber", refused_because as "refusedBecause"`,
  values: [
    call.accountId,
    newSid('CAL'),
    call.carrierCallSid,
    call.trackingNumberId,
    call.trackingSourceId,
    call.callerNumber,
    call.callerCity,
    call.callerRegion,
    call.receivingNumber,
    call.calledAt,
    call.refusedBecause,
    call.status,
    call.payerId,
  ],
});

/** What a call that is asked about again was answered with the first time. */
export async function findAnsweredCall(db: Db, accountId: number, carrierCallSid: string): Promise<AnsweredCall> {
  return db
    .selectFrom('call')
    .select(['callId', 'receivingNumber', 'refusedBecause'])
    .where('accountId', '=', accountId)
    .where('carrierCallSid', '=', carrierCallSid)
    .executeTakeFirstOrThrow();
}

export interface LoggedCall {
  accountId: number;
  callId: number;
  carrierCallSid: string;
  calledAt: Date;
  refusedBecause: string | null;
  answeredAt: Date | null;
  payerId: number;
  trackingNumberId: number;
  numberKind: 'local' | 'tollfree';
}

/** Locks a call, found by our id or by the carrier's. Events of one call stand in line here. */
export async function lockCall(
  tx: Tx,
  accountId: number,
  by: { callId: number } | { carrierCallSid: string },
): Promise<LoggedCall | null> {
  const query = tx
    .selectFrom('call as c')
    .innerJoin('trackingNumber as n', (join) =>
      join.onRef('n.accountId', '=', 'c.accountId').onRef('n.trackingNumberId', '=', 'c.trackingNumberId'),
    )
    .select([
      'c.accountId',
      'c.callId',
      'c.carrierCallSid',
      'c.calledAt',
      'c.refusedBecause',
      'c.answeredAt',
      'c.payerId',
      'c.trackingNumberId',
      'n.kind as numberKind',
    ])
    .where('c.accountId', '=', accountId);
  const row = await ('callId' in by
    ? query.where('c.callId', '=', by.callId)
    : query.where('c.carrierCallSid', '=', by.carrierCallSid)
  )
    .forUpdate('c')
    .executeTakeFirst();
  return row ? { ...row, numberKind: row.numberKind as LoggedCall['numberKind'] } : null;
}

/** Keeps an event once; false when we had it. */
export async function recordEvent(
  tx: Tx,
  call: { accountId: number; callId: number },
  event: CallEvent,
): Promise<boolean> {
  const row = await tx
    .insertInto('callEvent')
    .values({ accountId: call.accountId, callId: call.callId, ...event })
    .onConflict((clash) => clash.doNothing())
    .returning('callId')
    .executeTakeFirst();
  return row !== undefined;
}

export async function findEvents(tx: Db | Tx, call: { accountId: number; callId: number }): Promise<CallEvent[]> {
  const rows = await tx
    .selectFrom('callEvent')
    .select(['leg', 'sequenceNumber', 'status', 'at', 'durationSeconds'])
    .where('accountId', '=', call.accountId)
    .where('callId', '=', call.callId)
    .execute();
  return rows.map((row) => ({ ...row, leg: row.leg as Leg, status: row.status as LegStatus }));
}

export async function updateCall(tx: Tx, call: { accountId: number; callId: number }, state: CallState): Promise<void> {
  await tx
    .updateTable('call')
    .set(state)
    .where('accountId', '=', call.accountId)
    .where('callId', '=', call.callId)
    .execute();
}

/** The first closing after a moment: a call that was answered before it is charged up to it. */
export async function findClosingAfter(tx: Tx, accountId: number, moment: Date): Promise<Date | null> {
  const { rows } = await sql<{ closedAt: Date }>`
    select c.closed_at from ${closings} c where c.owner_id = ${accountId} and c.closed_at > ${moment}
     order by c.closed_at limit 1
  `.execute(tx);
  return rows[0]?.closedAt ?? null;
}

export interface CallFilter {
  status?: CallStatus | undefined;
  trackingNumberId?: number | undefined;
  trackingSourceId?: number | undefined;
  /** Of the likeliest visit, where reports count the call for it. */
  campaign?: string | undefined;
  /** Digits of the caller's number. */
  caller?: string | undefined;
  /** Keyset: entries older than this one. */
  before?: Place | undefined;
  /** Keyset: the entries next newer than this one. */
  after?: Place | undefined;
}

export interface CallLine {
  callId: number;
  sid: string;
  calledAt: Date;
  status: CallStatus;
  refusedBecause: string | null;
  callerNumber: string;
  callerCity: string | null;
  callerRegion: string | null;
  trackingNumberId: number;
  trackingNumberSid: string;
  trackingNumber: string;
  trackingName: string | null;
  sourceId: number | null;
  sourceSid: string | null;
  sourceName: string | null;
  receivingNumber: string | null;
  durationSeconds: number | null;
  ringSeconds: number | null;
  talkSeconds: number | null;
  chargeMicros: bigint | null;
  chargedMinutes: number | null;
  callerErasedAt: Date | null;
  /** Whether nobody called from this number before; null until it was looked at. */
  isFirst: boolean | null;
  /** When it was looked at for its visit. */
  matchedAt: Date | null;
  /** Whether its source shares its numbers out visitor by visitor. */
  isPooled: boolean;
  /** The likeliest visit; null when none is known. */
  visit: CallVisit | null;
}

/** What a call's likeliest visit came by. */
export interface CallVisit {
  visitId: number;
  likelihoodPercent: number;
  visitorId: number;
  visitorSid: string;
  utmSource: string | null;
  utmMedium: string | null;
  utmCampaign: string | null;
  utmTerm: string | null;
  referrer: string | null;
  landingUrl: string;
  pageUrl: string;
  clickIdKind: string | null;
  clickId: string | null;
}

type FlatCallLine = Omit<CallLine, 'visit'> & { [Field in keyof CallVisit]: CallVisit[Field] | null };

/** The visit's columns, which are all empty together, as a thing of its own. */
function gatherVisit(flat: FlatCallLine): CallLine {
  const { visitId, likelihoodPercent, visitorId, visitorSid, utmSource, utmMedium, utmCampaign, utmTerm, ...more } =
    flat;
  const { referrer, landingUrl, pageUrl, clickIdKind, clickId, ...call } = more;
  if (visitId === null || likelihoodPercent === null || visitorId === null || visitorSid === null)
    return { ...call, visit: null };
  const utm = { utmSource, utmMedium, utmCampaign, utmTerm };
  const pages = { referrer, landingUrl: landingUrl ?? '', pageUrl: pageUrl ?? '', clickIdKind, clickId };
  return { ...call, visit: { visitId, likelihoodPercent, visitorId, visitorSid, ...utm, ...pages } };
}

const callLine = sql`
  select c.call_id, c.sid, c.called_at, c.status, c.refused_because, c.caller_number, c.caller_city, c.caller_region,
         c.tracking_number_id, n.sid as tracking_number_sid, n.phone_number as tracking_number, n.name as tracking_name,
         s.tracking_source_id as source_id, s.sid as source_sid, s.name as source_name,
         c.receiving_number, c.duration_seconds, c.ring_seconds, c.talk_seconds,
         h.amount_micros as charge_micros, h.quantity as charged_minutes, c.caller_erased_at, c.matched_at, c.is_first,
         exists (select from number_pool p
                  where p.account_id = c.account_id and p.tracking_source_id = c.tracking_source_id) as is_pooled,
         v.visit_id, m.likelihood_percent, v.visitor_id, w.sid as visitor_sid, v.utm_source, v.utm_medium, v.utm_campaign,
         v.utm_term, v.referrer, v.landing_url, v.page_url, v.click_id_kind, v.click_id
    from call c
    left join charge h on h.owner_id = c.account_id and h.call_id = c.call_id
    left join call_visit m on m.account_id = c.account_id and m.call_id = c.call_id and m.rank = 1
    left join visit v on v.account_id = m.account_id and v.visit_id = m.visit_id
    left join visitor w on w.account_id = v.account_id and w.visitor_id = v.visitor_id
    join tracking_number n on n.account_id = c.account_id and n.tracking_number_id = c.tracking_number_id
    left join tracking_source s on s.account_id = c.account_id and s.tracking_source_id = c.tracking_source_id`;

/** A page of the call log, newest first. Index: call_log, call_of_number; the charge by charge_of_call. */
export async function findCalls(
  db: Db | Tx,
  accountId: number,
  filter: CallFilter,
  limit: number,
  offset = 0,
): Promise<CallLine[]> {
  const order = filter.after ? sql`c.called_at, c.call_id` : sql`c.called_at desc, c.call_id desc`;
  const { rows } = await sql<FlatCallLine>`
    ${callLine} where ${fitting(accountId, filter)} order by ${order} limit ${limit} offset ${offset}
  `.execute(db);
  const calls = rows.map(gatherVisit);
  return filter.after ? calls.reverse() : calls;
}

export async function countMatching(db: Db | Tx, accountId: number, filter: CallFilter): Promise<number> {
  const { rows } = await sql<{
    calls: number;
  }>`select count(*) as calls from call c where ${fitting(accountId, filter)}`.execute(db);
  return rows[0]!.calls;
}

/** Only what is asked for stands in the condition, so that the plan can use the index that fits. */
function fitting(accountId: number, filter: CallFilter) {
  const caller = filter.caller?.replace(/\D/g, '') ?? '';
  const conditions = [sql`c.account_id = ${accountId}`];
  if (filter.status) conditions.push(sql`c.status = ${filter.status}`);
  if (filter.trackingNumberId) conditions.push(sql`c.tracking_number_id = ${filter.trackingNumberId}`);
  if (filter.trackingSourceId) conditions.push(sql`c.tracking_source_id = ${filter.trackingSourceId}`);
  if (filter.campaign)
    conditions.push(sql`exists (
      select from call_visit l join visit f on f.account_id = l.account_id and f.visit_id = l.visit_id
       where l.account_id = c.account_id and l.call_id = c.call_id and l.rank = 1
         and l.likelihood_percent >= ${matching.countedPercent} and f.utm_campaign = ${filter.campaign})`);
  if (caller) conditions.push(sql`c.caller_number like ${`%${caller}%`}`);
  if (filter.before) conditions.push(sql`(c.called_at, c.call_id) < (${filter.before.at}, ${filter.before.id})`);
  if (filter.after) conditions.push(sql`(c.called_at, c.call_id) > (${filter.after.at}, ${filter.after.id})`);
  return sql.join(conditions, sql` and `);
}

async function findOneCall(db: Db | Tx, which: ReturnType<typeof sql>): Promise<CallLine | null> {
  const { rows } = await sql<FlatCallLine>`${callLine} where ${which}`.execute(db);
  return rows[0] ? gatherVisit(rows[0]) : null;
}

export async function findCall(db: Db | Tx, accountId: number, callId: number): Promise<CallLine | null> {
  return findOneCall(db, sql`c.account_id = ${accountId} and c.call_id = ${callId}`);
}

export async function findCallBySid(db: Db | Tx, accountId: number, sid: string): Promise<CallLine | null> {
  return findOneCall(db, sql`c.account_id = ${accountId} and c.sid = ${sid}`);
}

/** A call by the carrier's name for it, for whoever placed it and watches. */
export async function findCallByCarrierSid(
  db: Db | Tx,
  accountId: number,
  carrierCallSid: string,
): Promise<CallLine | null> {
  return findOneCall(db, sql`c.account_id = ${accountId} and c.carrier_call_sid = ${carrierCallSid}`);
}

export interface CallCounts {
  total: number;
  answered: number;
  missed: number;
  refused: number;
  talkSeconds: number;
}

/** What the top of the call log says of the last days. */
export async function countCalls(db: Db | Tx, accountId: number, since: Date): Promise<CallCounts> {
  const { rows } = await sql<CallCounts>`
    select count(*) as total,
           count(*) filter (where status in ('answered', 'in-progress')) as answered,
           count(*) filter (where status in ('no-answer', 'busy', 'failed')) as missed,
           count(*) filter (where status = 'refused') as refused,
           coalesce(sum(talk_seconds), 0) as talk_seconds
      from call where account_id = ${accountId} and called_at >= ${since}
  `.execute(db);
  return rows[0]!;
}

/** Accounts with calls that nobody looked at for their visit. Index: call_unmatched. */
export async function findAccountsToMatch(db: Db, limit: number): Promise<number[]> {
  const rows = await db
    .selectFrom('call')
    .select('accountId')
    .distinct()
    .where('matchedAt', 'is', null)
    .orderBy('accountId')
    .limit(limit)
    .execute();
  return rows.map((row) => row.accountId);
}

const isPooled = sql`exists (select from number_pool p
                              where p.account_id = c.account_id and p.tracking_source_id = c.tracking_source_id)`;

/** Whether nobody called from the number of call `k` before. Index: call_of_caller. */
const isFirst = sql`k.caller_number <> '' and not exists (
  select from call e
   where e.account_id = k.account_id and e.caller_number = k.caller_number and e.called_at < k.called_at)`;

/** Calls on numbers of no pool, and those of erased callers, are passed by. Answers how many. Index: call_unmatched. */
export async function passUnpooled(tx: Tx, accountId: number, now: Date, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    update call k set matched_at = ${now}, is_first = ${isFirst}
     where account_id = ${accountId} and call_id in (
       select c.call_id from call c
        where c.account_id = ${accountId} and c.matched_at is null and (not ${isPooled} or c.caller_erased_at is not null)
        order by c.call_id limit ${limit} for no key update skip locked)
  `.execute(tx);
  return Number(numAffectedRows ?? 0n);
}

export interface UnmatchedCall {
  accountId: number;
  callId: number;
  calledAt: Date;
  callerNumber: string;
  trackingNumberId: number;
}

/** Takes calls on pools' numbers that are to be matched; those that somebody else holds are left out. Index: call_unmatched. */
export async function takeCallsToMatch(tx: Tx, accountId: number, limit: number): Promise<UnmatchedCall[]> {
  const { rows } = await sql<UnmatchedCall>`
    select c.account_id, c.call_id, c.called_at, c.caller_number, c.tracking_number_id from call c
     where c.account_id = ${accountId} and c.matched_at is null and c.caller_erased_at is null and ${isPooled}
     order by c.call_id limit ${limit} for no key update skip locked
  `.execute(tx);
  return rows;
}

/** Twenty visitors an hour on five numbers show each to 2,900 in thirty days; the oldest of more than this weigh nothing. */
const shownMax = 3_000;
/** So many earlier calls of a caller say who they are. */
const earlierMax = 50;

export interface Shown {
  /** The caller's call that says who they are; null when none does. */
  calledBefore: Date | null;
  visits: ShownVisit[];
}

/**
 * The visits in which a call's number was shown before it, those shown last first, with how likely their visitor was said to be the
 * caller: at the caller's latest call that named anybody to whom this number was shown. Indexes: showing_of_number, call_of_caller.
 */
export async function findShown(tx: Tx, call: UnmatchedCall, since: Date): Promise<Shown> {
  const { accountId, callId, calledAt, callerNumber, trackingNumberId } = call;
  const { rows } = await sql<ShownVisit & { calledBefore: Date | null }>`
    with shown as materialized (
      select s.visit_id, v.visitor_id, v.begun_at, s.first_shown_at, s.last_shown_at, s.dialed_at
        from showing s
        join visit v on v.account_id = s.account_id and v.visit_id = s.visit_id
       where s.account_id = ${accountId} and s.tracking_number_id = ${trackingNumberId}
         and s.last_shown_at >= ${since} and s.first_shown_at <= ${calledAt}
       order by s.last_shown_at desc limit ${shownMax}
    ), earlier as materialized (
      select call_id, called_at from call
       where account_id = ${accountId} and caller_number = ${callerNumber} and caller_number <> ''
         and (called_at, call_id) < (${calledAt}, ${callId})
       order by called_at desc, call_id desc limit ${earlierMax}
    ), known as materialized (
      select e.called_at, v.visitor_id, sum(m.likelihood_percent)::int as percent
        from earlier e
        join call_visit m on m.account_id = ${accountId} and m.call_id = e.call_id
        join visit v on v.account_id = ${accountId} and v.visit_id = m.visit_id
       where v.visitor_id in (select visitor_id from shown)
       group by e.called_at, e.call_id, v.visitor_id
       order by e.called_at desc, e.call_id desc
       fetch first 1 rows with ties
    )
    select s.*, coalesce(k.percent, 0) as known_percent, (select max(called_at) from known) as called_before
      from shown s left join known k using (visitor_id)
     order by s.last_shown_at desc
  `.execute(tx);
  return { calledBefore: rows[0]?.calledBefore ?? null, visits: rows };
}

/** Names the visits of a call; those that stand there already stay. */
export async function recordMatch(
  tx: Tx,
  { accountId, callId }: UnmatchedCall,
  visits: readonly VisitLikelihood[],
): Promise<void> {
  if (visits.length === 0) return;
  await tx
    .insertInto('callVisit')
    .values(visits.map((visit, index) => ({ accountId, callId, rank: index + 1, ...visit })))
    .onConflict((clash) => clash.doNothing())
    .execute();
}

export async function markMatched(
  tx: Tx,
  accountId: number,
  calls: readonly { callId: number }[],
  now: Date,
): Promise<void> {
  if (calls.length === 0) return;
  await sql`
    update call k set matched_at = ${now}, is_first = ${isFirst}
     where account_id = ${accountId} and call_id = any(${calls.map((call) => call.callId)}::bigint[])
  `.execute(tx);
}

/** A visit by which somebody came, as a call's page tells of it. */
export interface Touch extends Omit<CallVisit, 'likelihoodPercent'> {
  begunAt: Date;
  sourceName: string | null;
}

const touch = sql`
  select v.visit_id, v.begun_at, v.visitor_id, w.sid as visitor_sid, s.name as source_name, v.utm_source, v.utm_medium,
         v.utm_campaign, v.utm_term, v.referrer, v.landing_url, v.page_url, v.click_id_kind, v.click_id
    from visit v
    join visitor w on w.account_id = v.account_id and w.visitor_id = v.visitor_id
    left join tracking_source s on s.account_id = v.account_id and s.tracking_source_id = v.tracking_source_id`;

/** By which visit each of these visitors came first. Index: visit_of_visitor. */
export async function findFirstTouches(
  db: Db | Tx,
  accountId: number,
  visitorIds: readonly number[],
): Promise<Map<number, Touch>> {
  if (visitorIds.length === 0) return new Map();
  const { rows } = await sql<Touch>`
    select t.* from unnest(${[...new Set(visitorIds)]}::bigint[]) i (visitor_id)
     cross join lateral (
       ${touch} where v.account_id = ${accountId} and v.visitor_id = i.visitor_id order by v.begun_at, v.visit_id limit 1) t
  `.execute(db);
  return new Map(rows.map((row) => [row.visitorId, row]));
}

export interface CandidateVisit extends Touch {
  likelihoodPercent: number;
  lastShownAt: Date | null;
  dialedAt: Date | null;
  device: string | null;
  browser: string | null;
}

/** The visits that a call may have come from, likeliest first; none once that one is forgotten, since the next would pass for it. */
export async function findCandidates(
  db: Db | Tx,
  { accountId, callId, trackingNumberId }: { accountId: number; callId: number; trackingNumberId: number },
): Promise<CandidateVisit[]> {
  const { rows } = await sql<CandidateVisit>`
    select t.*, m.likelihood_percent, h.last_shown_at, h.dialed_at, d.device, d.browser
      from call_visit m
      join visit d on d.account_id = m.account_id and d.visit_id = m.visit_id
      cross join lateral (${touch} where v.account_id = m.account_id and v.visit_id = m.visit_id) t
      left join showing h on h.account_id = m.account_id and h.visit_id = m.visit_id and h.tracking_number_id = ${trackingNumberId}
     where m.account_id = ${accountId} and m.call_id = ${callId}
       and exists (select from call_visit l where l.account_id = m.account_id and l.call_id = m.call_id and l.rank = 1)
     order by m.rank
  `.execute(db);
  return rows;
}

export interface SeenPage {
  viewedAt: Date;
  url: string;
}

/** The last pages of a visit until a moment, in the order in which they were seen. Index: page_view_of_visit. */
export async function findSeenPages(
  db: Db | Tx,
  accountId: number,
  visitId: number,
  until: Date,
  limit: number,
): Promise<SeenPage[]> {
  const rows = await db
    .selectFrom('pageView')
    .select(['viewedAt', 'url'])
    .where('accountId', '=', accountId)
    .where('visitId', '=', visitId)
    .where('viewedAt', '<=', until)
    .orderBy('viewedAt', 'desc')
    .orderBy('pageViewId', 'desc')
    .limit(limit)
    .execute();
  return rows.reverse();
}

/** All calls of a caller. Index: call_of_caller. */
export async function countCallsOfCaller(db: Db | Tx, accountId: number, callerNumber: string): Promise<number> {
  const { rows } = await sql<{ calls: number }>`
    select count(*) as calls from call where account_id = ${accountId} and caller_number = ${callerNumber}
  `.execute(db);
  return rows[0]!.calls;
}

/** Blanks who called, in all calls of that number, and names no visit for them any more. Answers how many calls. */
export async function blankCaller(tx: Tx, accountId: number, callerNumber: string, now: Date): Promise<number> {
  const { rows } = await sql<{ callId: number }>`
    update call set caller_number = '', caller_city = null, caller_region = null, caller_erased_at = ${now},
                    matched_at = coalesce(matched_at, ${now}),
                    is_first = coalesce(is_first, not exists (
                      select from call e where e.account_id = call.account_id and e.caller_number = call.caller_number
                         and e.called_at < call.called_at))
     where account_id = ${accountId} and caller_number = ${callerNumber}
    returning call_id
  `.execute(tx);
  await sql`
    delete from call_visit where account_id = ${accountId} and call_id = any(${rows.map((row) => row.callId)}::bigint[])
  `.execute(tx);
  return rows.length;
}
