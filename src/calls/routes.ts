import type { FastifyInstance } from 'fastify';
import { Temporal } from 'temporal-polyfill';
import { enterAccount } from '../accounts/enter.ts';
import type { Account } from '../accounts/store.ts';
import type { House } from '../platform/house.ts';
import { Refused } from '../rules/decision.ts';
import { microsPerUnit } from '../rules/money.ts';
import { formatPhone } from '../web/format.ts';
import { envelope, readPaging } from '../web/paging.ts';
import { fieldsOf } from '../web/read.ts';
import { readFilter } from './pages.tsx';
import {
  type CallLine,
  type CallVisit,
  countMatching,
  findCall,
  findCallBySid,
  findCalls,
  findFirstTouches,
  type Touch,
} from './store.ts';

type AccountRequest = { Params: { accountId: string } };

const perPageMax = 150;

/** The call log for scripts, in the older API's words. */
export function registerCallRoutes(app: FastifyInstance, house: House): void {
  app.get<AccountRequest>('/api/v1/accounts/:accountId/calls', async (request, reply) => {
    const { account } = await enterAccount(house, request, 'view-calls');
    const field = fieldsOf(request.query);
    if (Number.parseInt(field('per_page'), 10) > perPageMax)
      return reply.code(400).send({ error: `per_page limit is ${perPageMax}` });
    const { page, perPage } = readPaging(request, perPageMax);
    const filter = readFilter(field);
    const total = await countMatching(house.db, account.accountId, filter);
    const calls = await findCalls(house.db, account.accountId, filter, perPage, Math.min((page - 1) * perPage, total));
    const touches = await firstTouchesOf(house, account, calls);
    const rows = calls.map((call) => present(account, call, touches));
    return { ...envelope(request, 'calls', rows, { page, perPage, total }), sort: 'desc' };
  });

  app.get<{ Params: { accountId: string; callId: string } }>(
    '/api/v1/accounts/:accountId/calls/:callId',
    async (request) => {
      const { account } = await enterAccount(house, request, 'view-calls');
      const { callId } = request.params;
      const call = /^\d{1,16}$/.test(callId)
        ? await findCall(house.db, account.accountId, Number(callId))
        : await findCallBySid(house.db, account.accountId, callId);
      if (!call) throw new Refused({ code: 'not-found' });
      return present(account, call, await firstTouchesOf(house, account, [call]));
    },
  );
}

const firstTouchesOf = (house: House, { accountId }: Account, calls: readonly CallLine[]) =>
  findFirstTouches(
    house.db,
    accountId,
    calls.flatMap((call) => (call.visit ? [call.visit.visitorId] : [])),
  );

function present(account: Account, call: CallLine, touches: ReadonlyMap<number, Touch>) {
  return {
    id: call.callId,
    sid: call.sid,
    account_id: account.accountId,
    direction: 'inbound',
    ...presentMoment(call.calledAt, account.timeZone),
    caller_number: call.callerNumber,
    caller_number_bare: call.callerNumber.replace('+', ''),
    caller_number_format: call.callerNumber ? formatPhone(call.callerNumber) : null,
    is_new_caller: call.isFirst ?? false,
    city: call.callerCity,
    state: call.callerRegion,
    source: call.sourceName,
    source_id: call.sourceId,
    source_sid: call.sourceSid,
    tracking_number: call.trackingNumber,
    tracking_number_id: call.trackingNumberId,
    tracking_number_sid: call.trackingNumberSid,
    tracking_number_bare: call.trackingNumber.replace('+', ''),
    tracking_number_format: formatPhone(call.trackingNumber),
    tracking_label: call.trackingName,
    business_number: call.receivingNumber,
    business_number_format: call.receivingNumber && formatPhone(call.receivingNumber),
    status: call.status,
    call_status: call.status,
    refused_because: call.refusedBecause,
    duration: call.durationSeconds ?? 0,
    talk_time: call.talkSeconds ?? 0,
    ring_time: call.ringSeconds ?? 0,
    billed_amount: call.chargeMicros === null ? 0 : Number(call.chargeMicros) / Number(microsPerUnit),
    redacted: call.callerErasedAt !== null,
    ...presentVisit(call, touches),
  };
}

/** How the caller came, by the likeliest visit. `visitor` says whether one is known. */
function presentVisit({ visit, sourceName }: CallLine, touches: ReadonlyMap<number, Touch>) {
  if (!visit)
    return { visitor: false, visitor_sid: null, likelihood: null, ...noTouch, first_touch: null, last_touch: null };
  const first = touches.get(visit.visitorId);
  return {
    visitor: true,
    visitor_sid: visit.visitorSid,
    likelihood: visit.likelihoodPercent,
    ...presentTouch(visit),
    first_touch: first ? { ...presentTouch(first), source: first.sourceName, at: first.begunAt } : null,
    last_touch: { ...presentTouch(visit), source: sourceName },
  };
}

const presentTouch = (visit: Omit<CallVisit, 'likelihoodPercent'>) => ({
  web_source: visit.utmSource,
  medium: visit.utmMedium,
  campaign: visit.utmCampaign,
  keyword: visit.utmTerm,
  referrer: visit.referrer,
  location: visit.landingUrl,
  last_location: visit.pageUrl,
  ga: visit.clickIdKind ? { [visit.clickIdKind]: visit.clickId } : {},
});

const noTouch = {
  web_source: null,
  medium: null,
  campaign: null,
  keyword: null,
  referrer: null,
  location: null,
  last_location: null,
  ga: {},
};

/** "2013-05-01 11:48 PM -04:00" in the account's zone, and its parts, as existing clients read them. */
function presentMoment(at: Date, timeZone: string) {
  const zoned = Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(timeZone);
  const twelve = String(zoned.hour % 12 || 12).padStart(2, '0');
  const half = zoned.hour < 12 ? 'AM' : 'PM';
  const clock = `${twelve}:${String(zoned.minute).padStart(2, '0')} ${half}`;
  return {
    called_at: `${zoned.toPlainDate()} ${clock} ${zoned.offset}`,
    unix_time: Math.floor(at.getTime() / 1000),
    day: zoned.toLocaleString('en-US', { weekday: 'long' }),
    month: zoned.toLocaleString('en-US', { month: 'long' }),
    hour: `${twelve} ${half}`,
  };
}
