import type { FastifyInstance } from 'fastify';
import { enterAccount } from '../accounts/enter.ts';
import type { House } from '../platform/house.ts';
import { Refused } from '../rules/decision.ts';
import { microsPerUnit } from '../rules/money.ts';
import { formatPhone } from '../web/format.ts';
import { envelope, readPaging } from '../web/paging.ts';
import { fieldsOf } from '../web/read.ts';
import { readFilter } from './pages.tsx';
import { type CallLine, countMatching, findCall, findCallBySid, findCalls } from './store.ts';

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
    const calls = await findCalls(house.db, account.accountId, filter, perPage, (page - 1) * perPage);
    const rows = calls.map((call) => present(account.accountId, call));
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
      return present(account.accountId, call);
    },
  );
}

function present(accountId: number, call: CallLine) {
  return {
    id: call.callId,
    sid: call.sid,
    account_id: accountId,
    direction: 'inbound',
    called_at: call.calledAt,
    unix_time: Math.floor(call.calledAt.getTime() / 1000),
    caller_number: call.callerNumber,
    caller_number_format: call.callerNumber ? formatPhone(call.callerNumber) : null,
    city: call.callerCity,
    state: call.callerRegion,
    source: call.sourceName,
    tracking_number: call.trackingNumber,
    tracking_number_id: call.trackingNumberId,
    tracking_number_format: formatPhone(call.trackingNumber),
    tracking_label: call.trackingName,
    business_number: call.receivingNumber,
    status: call.status,
    call_status: call.status,
    refused_because: call.refusedBecause,
    duration: call.durationSeconds ?? 0,
    talk_time: call.talkSeconds ?? 0,
    ring_time: call.ringSeconds ?? 0,
    billed_amount: call.chargeMicros === null ? 0 : Number(call.chargeMicros) / Number(microsPerUnit),
  };
}
