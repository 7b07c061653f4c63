import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Entered, enterAccount } from '../accounts/enter.ts';
import type { AvailableNumber } from '../platform/carrier/port.ts';
import type { House } from '../platform/house.ts';
import { must, Refused } from '../rules/decision.ts';
import { microsPerUnit, toCents } from '../rules/money.ts';
import { decideRestore } from '../rules/numbers.ts';
import { formatPhone } from '../web/format.ts';
import { envelope, readPaging } from '../web/paging.ts';
import { fieldsOf, keyOf, orNull, switchKindOf } from '../web/read.ts';
import { buyNumber } from './buy.ts';
import type { SourceChoice } from './chooseSource.ts';
import { editNumber } from './edit.ts';
import { keepReceiving } from './keepReceiving.ts';
import { releaseNumber } from './release.ts';
import { restoreNumber } from './restore.ts';
import { readSearch, searchNumbers } from './search.ts';
import { findNumber, findNumbers, findReceivingNumbers, type ReceivingNumber, type TrackingNumber } from './store.ts';
import { resumeNumberSwitch, turnNumberSwitch } from './turnSwitch.ts';

type AccountRequest = { Params: { accountId: string } };
type SwitchRequest = { Params: { accountId: string; numberId: string; kind: string } };
type NumberRequest = { Params: { accountId: string; numberId: string } };

const pageSizeMax = 200;

/** Numbers for scripts, in the older API's words. A number is named by its sid (TPN…) or its id. */
export function registerNumberRoutes(app: FastifyInstance, house: House): void {
  app.get<AccountRequest>('/api/v1/accounts/:accountId/numbers', async (request) => {
    const { account, now } = await enterAccount(house, request, 'view-numbers');
    const numbers = await findNumbers(house.db, account.accountId, { filter: 'in use', now });
    return page(
      request,
      'numbers',
      numbers.map((number) => presentNumber(number)),
    );
  });

  app.get<AccountRequest>('/api/v1/accounts/:accountId/numbers/search', async (request) => {
    const { account, now } = await enterAccount(house, request, 'buy-number');
    const field = fieldsOf(request.query);
    const limit = Math.max(1, Math.min(100, Number.parseInt(field('per_page'), 10) || 20));
    const offers = must(await searchNumbers(house, account, readSearch(field, limit), now)).map(presentOffer);
    return {
      status: 'success',
      numbers: offers,
      results: offers,
      country: field('country') || field('country_code') || 'US',
      format_style: 'v2',
    };
  });

  app.get<AccountRequest>('/api/v1/accounts/:accountId/numbers/released', async (request) => {
    const { account, now } = await enterAccount(house, request, 'view-numbers');
    const numbers = await findNumbers(house.db, account.accountId, { filter: 'released', now });
    const rows = numbers.map((number) => {
      const decision = decideRestore(number, account.timeZone, now);
      return {
        ...presentNumber(number),
        released_at: number.release!.releasedAt,
        restorable_until: number.release!.restorableUntil,
        returned_at: number.release!.returnedAt,
        restore_cost_cents: decision.ok ? Number(toCents(decision.value.priceMicros)) : null,
      };
    });
    return page(request, 'numbers', rows);
  });

  /** Buying what the account already has answers with that number: clients repeat requests whose answer was lost. */
  app.post<AccountRequest>('/api/v1/accounts/:accountId/numbers', async (request) => {
    const { actor, account, now } = await enterAccount(house, request);
    const field = fieldsOf(request.body);
    const purchase = {
      phoneNumber: field('phone_number'),
      name: orNull(field('name')),
      source: readSource(field),
      receivingNumber: orNull(field('receiving_number')),
    };
    const { trackingNumberId } = must(await buyNumber(house, actor, account.accountId, purchase, keyOf(request)));
    return {
      status: 'success',
      number: presentNumber((await findNumber(house.db, account.accountId, trackingNumberId, now))!),
    };
  });

  app.get<NumberRequest>('/api/v1/accounts/:accountId/numbers/:numberId', async (request) => {
    const { number } = await enterNumber(house, request);
    return presentNumber(number);
  });

  app.put<NumberRequest>('/api/v1/accounts/:accountId/numbers/:numberId', async (request) => {
    const { entered, number } = await enterNumber(house, request);
    const { actor, account, now } = entered;
    const field = fieldsOf(request.body);
    const change = {
      name: orNull(field('name')) ?? number.name,
      source: readSource(field) ?? keptSource(number),
      receivingNumber: orNull(field('receiving_number')) ?? number.receivingNumber,
    };
    must(await editNumber(house, actor, account.accountId, number.trackingNumberId, change, keyOf(request)));
    return {
      status: 'success',
      number: presentNumber((await findNumber(house.db, account.accountId, number.trackingNumberId, now))!),
    };
  });

  app.delete<NumberRequest>('/api/v1/accounts/:accountId/numbers/:numberId', async (request) => {
    const { entered, number } = await enterNumber(house, request);
    const restorableUntil = must(
      await releaseNumber(house, entered.actor, entered.account.accountId, number.trackingNumberId, keyOf(request)),
    );
    return { status: 'success', released: true, restorable_until: restorableUntil };
  });

  app.post<NumberRequest>('/api/v1/accounts/:accountId/numbers/:numberId/restore', async (request) => {
    const { entered, number } = await enterNumber(house, request);
    const { actor, account, now } = entered;
    const charged = must(await restoreNumber(house, actor, account.accountId, number.trackingNumberId, keyOf(request)));
    const restored = (await findNumber(house.db, account.accountId, number.trackingNumberId, now))!;
    return { status: 'success', number: presentNumber(restored), charged_cents: Number(toCents(BigInt(charged))) };
  });

  app.post<SwitchRequest>('/api/v1/accounts/:accountId/numbers/:numberId/switches/:kind', async (request) => {
    const { entered, number } = await enterNumber(house, request);
    const { accountId, trackingNumberId } = number;
    const kind = switchKindOf(request.params.kind);
    const why = orNull(fieldsOf(request.body)('why').slice(0, 500));
    const key = keyOf(request);
    must(await turnNumberSwitch(house, entered.actor, accountId, trackingNumberId, kind, why, key));
    return { status: 'success' };
  });

  app.delete<SwitchRequest>('/api/v1/accounts/:accountId/numbers/:numberId/switches/:kind', async (request) => {
    const { entered, number } = await enterNumber(house, request);
    const { accountId, trackingNumberId } = number;
    const kind = switchKindOf(request.params.kind);
    must(await resumeNumberSwitch(house, entered.actor, accountId, trackingNumberId, kind, keyOf(request)));
    return { status: 'success' };
  });

  app.get<AccountRequest>('/api/v1/accounts/:accountId/receiving_numbers', async (request) => {
    const { account } = await enterAccount(house, request, 'view-numbers');
    const numbers = await findReceivingNumbers(house.db, account.accountId);
    return page(
      request,
      'receiving_numbers',
      numbers.map((number) => presentReceiving(account.accountId, number)),
    );
  });

  app.post<AccountRequest>('/api/v1/accounts/:accountId/receiving_numbers', async (request) => {
    const { actor, account } = await enterAccount(house, request);
    const field = fieldsOf(request.body);
    const wanted = { phoneNumber: field('number'), name: orNull(field('name')) };
    const id = must(await keepReceiving(house, actor, account.accountId, wanted, keyOf(request)));
    const number = (await findReceivingNumbers(house.db, account.accountId)).find(
      (each) => each.receivingNumberId === id,
    )!;
    return { status: 'success', receiving_number: presentReceiving(account.accountId, number) };
  });
}

/** A number by its sid or its id, inside the account; anything else is not found. */
async function enterNumber(
  house: House,
  request: FastifyRequest<NumberRequest>,
): Promise<{ entered: Entered; number: TrackingNumber }> {
  const entered = await enterAccount(house, request, 'view-numbers');
  const { numberId } = request.params;
  const numbers = await findNumbers(house.db, entered.account.accountId, { filter: 'all', now: entered.now });
  const number = numbers.find((each) => each.sid === numberId || String(each.trackingNumberId) === numberId);
  if (!number) throw new Refused({ code: 'not-found' });
  return { entered, number };
}

/** A source by its name, as clients know it; made if need be. */
function readSource(field: (name: string) => string): SourceChoice | null {
  const name = orNull(field('source_name'));
  return name === null ? null : { name };
}

const keptSource = ({ trackingSourceId }: TrackingNumber): SourceChoice | null =>
  trackingSourceId === null ? null : { trackingSourceId };

/** One page of a list that was read whole. */
function page<Row>(request: FastifyRequest, key: string, rows: readonly Row[]) {
  const { page: at, perPage } = readPaging(request, pageSizeMax);
  return envelope(request, key, rows.slice((at - 1) * perPage, at * perPage), {
    page: at,
    perPage,
    total: rows.length,
  });
}

const splitOf = (e164: string): string[] =>
  e164.startsWith('+1') ? ['1', e164.slice(2, 5), e164.slice(5, 8), e164.slice(8)] : [e164.slice(1)];

export function presentNumber(number: TrackingNumber) {
  const status = number.release ? 'released' : number.failedAt ? 'failed' : number.boughtAt ? 'active' : 'pending';
  return {
    id: number.sid,
    filter_id: number.trackingNumberId,
    name: number.name,
    active: status === 'active',
    status,
    account_id: String(number.accountId),
    source: number.sourceName ? { id: number.sourceSid, name: number.sourceName } : null,
    number: number.phoneNumber,
    formatted: formatPhone(number.phoneNumber),
    split: splitOf(number.phoneNumber),
    country_code: '1',
    next_billing_date: number.release ? null : number.paidUntil,
    purchased_time: number.boughtAt,
    route_to: {
      type: 'receiving_number',
      multi: false,
      mode: 'simultaneous',
      dial: number.receivingNumber
        ? [{ number: number.receivingNumber, formatted: formatPhone(number.receivingNumber) }]
        : [],
    },
    failure: number.failure,
    switches: number.switches.map(({ kind, since, why }) => ({ kind, since, why })),
    stats: {
      renewal_costs: String(Number(number.monthlyPriceMicros) / Number(microsPerUnit)),
      calls_30_days: number.calls30Days,
    },
  };
}

function presentReceiving(accountId: number, number: ReceivingNumber) {
  return {
    id: number.sid,
    filter_id: number.receivingNumberId,
    name: number.name,
    number: number.phoneNumber,
    display_number: formatPhone(number.phoneNumber),
    account_id: accountId,
    country_code: '1',
    split: splitOf(number.phoneNumber),
    formatted: formatPhone(number.phoneNumber),
  };
}

function presentOffer(offer: AvailableNumber) {
  return {
    source: 1,
    friendly_name: formatPhone(offer.phoneNumber),
    latitude: offer.latitude === null ? null : String(offer.latitude),
    longitude: offer.longitude === null ? null : String(offer.longitude),
    lata: offer.lata,
    region: offer.region,
    postal_code: offer.postalCode,
    iso_country: offer.country,
    capabilities: { voice: offer.capabilities.voice, SMS: offer.capabilities.sms, MMS: offer.capabilities.mms },
    number: offer.phoneNumber,
    phone_number: offer.phoneNumber,
    number_type: offer.kind,
    addr_required: 'none',
    ratecenter: offer.rateCenter,
    rate_center: offer.rateCenter,
    distance: 0,
  };
}
