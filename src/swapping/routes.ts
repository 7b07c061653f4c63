import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Entered, enterAccount } from '../accounts/enter.ts';
import { parsePhone } from '../numbers/parsePhone.ts';
import { presentNumber } from '../numbers/routes.ts';
import { findNumbers, findSourceNamed, type TrackingNumber } from '../numbers/store.ts';
import type { House } from '../platform/house.ts';
import { must, Refused } from '../rules/decision.ts';
import { noRules } from '../rules/sources.ts';
import { formatPhone } from '../web/format.ts';
import { envelope, readPaging } from '../web/paging.ts';
import { fieldsOf, keyOf, orNull } from '../web/read.ts';
import { addSource } from './sources/addSource.ts';
import { editSource } from './sources/editSource.ts';
import { giveNumber } from './sources/giveNumber.ts';
import { removeSource } from './sources/removeSource.ts';
import { findSources, type SourceWish, type TrackingSource } from './sources/store.ts';
import { addTarget } from './targets/addTarget.ts';
import { chooseTargets } from './targets/chooseTargets.ts';
import { removeTarget } from './targets/removeTarget.ts';
import { renameTarget } from './targets/renameTarget.ts';
import { findStandIns, findTargets, type TargetNumber } from './targets/store.ts';

type AccountRequest = { Params: { accountId: string } };
type SourceRequest = { Params: { accountId: string; sourceId: string } };
type SourceNumberRequest = { Params: { accountId: string; sourceId: string; numberId: string } };
type NumberRequest = { Params: { accountId: string; numberId: string } };
type TargetRequest = { Params: { accountId: string; targetId: string } };
type NumberTargetRequest = { Params: { accountId: string; numberId: string; targetId: string } };

const pageSizeMax = 200;

/** Sources and target numbers for scripts, in the older API's words. Each is named by its sid or its id. */
export function registerSwappingRoutes(app: FastifyInstance, house: House): void {
  registerSourceRoutes(app, house);
  registerTargetRoutes(app, house);
}

function registerSourceRoutes(app: FastifyInstance, house: House): void {
  app.get<AccountRequest>('/api/v1/accounts/:accountId/sources', async (request) => {
    const { account } = await enterAccount(house, request, 'view-sources');
    const name = fieldsOf(request.query)('name');
    const sources = (await findSources(house.db, account.accountId)).filter(
      (each) => name === '' || each.name === name,
    );
    return page(
      request,
      'sources',
      sources.map((source) => presentSource(request, source)),
    );
  });

  app.post<AccountRequest>('/api/v1/accounts/:accountId/sources', async (request) => {
    const { actor, account } = await enterAccount(house, request);
    const { accountId } = account;
    const id = must(await addSource(house, actor, accountId, readWish(request.body), keyOf(request)));
    return { status: 'success', source: presentSource(request, await mustFindSource(house, accountId, String(id))) };
  });

  app.get<SourceRequest>('/api/v1/accounts/:accountId/sources/:sourceId', async (request) => {
    const { source } = await enterSource(house, request);
    return presentSource(request, source);
  });

  app.put<SourceRequest>('/api/v1/accounts/:accountId/sources/:sourceId', async (request) => {
    const { entered, source } = await enterSource(house, request);
    const { actor, account } = entered;
    const { accountId, trackingSourceId } = source;
    const wish = readWish(request.body, source);
    must(await editSource(house, actor, account.accountId, trackingSourceId, wish, keyOf(request)));
    const edited = await mustFindSource(house, accountId, String(trackingSourceId));
    return { status: 'success', source: presentSource(request, edited) };
  });

  app.delete<SourceRequest>('/api/v1/accounts/:accountId/sources/:sourceId', async (request) => {
    const { entered, source } = await enterSource(house, request);
    must(await removeSource(house, entered.actor, source.accountId, source.trackingSourceId, keyOf(request)));
    return { status: 'success' };
  });

  app.get<SourceRequest>('/api/v1/accounts/:accountId/sources/:sourceId/numbers', async (request) => {
    const { entered, source } = await enterSource(house, request);
    const numbers = await findNumbers(house.db, source.accountId, { filter: 'in use', now: entered.now });
    const own = numbers.filter((each) => each.trackingSourceId === source.trackingSourceId);
    return page(request, 'numbers', own.map(presentNumber));
  });

  app.post<SourceNumberRequest>(
    '/api/v1/accounts/:accountId/sources/:sourceId/numbers/:numberId/add',
    async (request) => {
      const { entered, source } = await enterSource(house, request);
      const number = await mustFindNumber(house, entered, request.params.numberId);
      const { accountId, trackingSourceId } = source;
      const key = keyOf(request);
      must(await giveNumber(house, entered.actor, accountId, trackingSourceId, number.trackingNumberId, key));
      return { status: 'success', source: presentSource(request, source) };
    },
  );

  /** Gives a number its source by name, made if need be; one that is there is given as it is. */
  app.post<NumberRequest>('/api/v1/accounts/:accountId/numbers/:numberId/tracking_sources', async (request) => {
    const entered = await enterAccount(house, request, 'view-sources');
    const { actor, account } = entered;
    const { accountId } = account;
    const { trackingNumberId } = await mustFindNumber(house, entered, request.params.numberId);
    const wish = readWish(request.body);
    const key = keyOf(request);
    const named = await findSourceNamed(house.db, accountId, wish.name);
    const sourceId =
      named && !named.removedAt
        ? named.trackingSourceId
        : must(await addSource(house, actor, accountId, wish, `${key} source`));
    must(await giveNumber(house, actor, accountId, sourceId, trackingNumberId, key));
    const source = await mustFindSource(house, accountId, String(sourceId));
    return { status: 'success', source: presentSource(request, source) };
  });
}

function registerTargetRoutes(app: FastifyInstance, house: House): void {
  app.get<AccountRequest>('/api/v1/accounts/:accountId/target_numbers', async (request) => {
    const { account } = await enterAccount(house, request, 'view-sources');
    const { accountId } = account;
    const number = parsePhone(fieldsOf(request.query)('number'));
    const targets = (await findTargets(house.db, accountId)).filter((each) => !number || each.phoneNumber === number);
    return page(
      request,
      'numbers',
      targets.map((target) => presentTarget(accountId, target)),
    );
  });

  app.post<AccountRequest>('/api/v1/accounts/:accountId/target_numbers', async (request) => {
    const { actor, account } = await enterAccount(house, request);
    const { accountId } = account;
    const added = must(await addTarget(house, actor, accountId, readTarget(request.body), keyOf(request)));
    return presentSaved(accountId, await mustFindTarget(house, accountId, String(added.targetNumberId)));
  });

  app.get<TargetRequest>('/api/v1/accounts/:accountId/target_numbers/:targetId', async (request) => {
    const { entered, target } = await enterTarget(house, request);
    return presentTarget(entered.account.accountId, target);
  });

  app.put<TargetRequest>('/api/v1/accounts/:accountId/target_numbers/:targetId', async (request) => {
    const { entered, target } = await enterTarget(house, request);
    const { actor, account } = entered;
    const { accountId } = account;
    const name = orNull(fieldsOf(request.body)('name')) ?? target.name;
    must(await renameTarget(house, actor, accountId, target.targetNumberId, name, keyOf(request)));
    return presentSaved(accountId, { ...target, name });
  });

  app.delete<TargetRequest>('/api/v1/accounts/:accountId/target_numbers/:targetId', async (request) => {
    const { entered, target } = await enterTarget(house, request);
    const { actor, account } = entered;
    must(await removeTarget(house, actor, account.accountId, target.targetNumberId, keyOf(request)));
    return { status: 'success' };
  });

  app.get<NumberRequest>('/api/v1/accounts/:accountId/numbers/:numberId/target_numbers', async (request) => {
    const { accountId, targets } = await enterNumberTargets(house, request);
    return page(
      request,
      'numbers',
      targets.map((target) => presentTarget(accountId, target)),
    );
  });

  /** Adds a target number to the account, and to those that this tracking number stands in for; one of every target stays so. */
  app.post<NumberRequest>('/api/v1/accounts/:accountId/numbers/:numberId/target_numbers', async (request) => {
    const { entered, accountId, trackingNumberId, chosen } = await enterNumberTargets(house, request);
    const key = keyOf(request);
    const wish = readTarget(request.body);
    const { targetNumberId: id } = must(await addTarget(house, entered.actor, accountId, wish, `${key} target`));
    if (chosen) must(await chooseTargets(house, entered.actor, accountId, trackingNumberId, [...chosen, id], key));
    return presentSaved(accountId, await mustFindTarget(house, accountId, String(id)));
  });

  app.post<NumberTargetRequest>(
    '/api/v1/accounts/:accountId/numbers/:numberId/target_numbers/:targetId/add',
    async (request) => {
      const { entered, accountId, trackingNumberId, chosen } = await enterNumberTargets(house, request);
      const target = await mustFindTarget(house, accountId, request.params.targetId);
      const choice = [...(chosen ?? []), target.targetNumberId];
      if (chosen) must(await chooseTargets(house, entered.actor, accountId, trackingNumberId, choice, keyOf(request)));
      return presentSaved(accountId, target);
    },
  );

  const leaveOut = async (request: FastifyRequest<NumberTargetRequest>) => {
    const { entered, accountId, trackingNumberId, targets } = await enterNumberTargets(house, request);
    const target = await mustFindTarget(house, accountId, request.params.targetId);
    const choice = targets.map((each) => each.targetNumberId).filter((id) => id !== target.targetNumberId);
    must(await chooseTargets(house, entered.actor, accountId, trackingNumberId, choice, keyOf(request)));
    return presentSaved(accountId, target);
  };
  const address = '/api/v1/accounts/:accountId/numbers/:numberId/target_numbers/:targetId';
  app.delete<NumberTargetRequest>(address, leaveOut);
  app.delete<NumberTargetRequest>(`${address}/rem`, leaveOut);
}

async function mustFindSource(house: House, accountId: number, id: string): Promise<TrackingSource> {
  const sources = await findSources(house.db, accountId);
  const source = sources.find((each) => each.sid === id || String(each.trackingSourceId) === id);
  if (!source) throw new Refused({ code: 'not-found' });
  return source;
}

async function enterSource(
  house: House,
  request: FastifyRequest<SourceRequest>,
): Promise<{ entered: Entered; source: TrackingSource }> {
  const entered = await enterAccount(house, request, 'view-sources');
  return { entered, source: await mustFindSource(house, entered.account.accountId, request.params.sourceId) };
}

async function mustFindNumber(house: House, entered: Entered, id: string): Promise<TrackingNumber> {
  const numbers = await findNumbers(house.db, entered.account.accountId, { filter: 'all', now: entered.now });
  const number = numbers.find((each) => each.sid === id || String(each.trackingNumberId) === id);
  if (!number) throw new Refused({ code: 'not-found' });
  return number;
}

async function mustFindTarget(house: House, accountId: number, id: string): Promise<TargetNumber> {
  const targets = await findTargets(house.db, accountId);
  const target = targets.find((each) => each.sid === id || String(each.targetNumberId) === id);
  if (!target) throw new Refused({ code: 'not-found' });
  return target;
}

async function enterTarget(
  house: House,
  request: FastifyRequest<TargetRequest>,
): Promise<{ entered: Entered; target: TargetNumber }> {
  const entered = await enterAccount(house, request, 'view-sources');
  return { entered, target: await mustFindTarget(house, entered.account.accountId, request.params.targetId) };
}

/** What a tracking number stands in for. `chosen`: the ids that were chosen; undefined for every target number. */
async function enterNumberTargets(house: House, request: FastifyRequest<NumberRequest>) {
  const entered = await enterAccount(house, request, 'view-sources');
  const { accountId } = entered.account;
  const { trackingNumberId } = await mustFindNumber(house, entered, request.params.numberId);
  const chosen = (await findStandIns(house.db, accountId)).get(trackingNumberId);
  const all = await findTargets(house.db, accountId);
  const targets = all.filter((each) => chosen?.includes(each.targetNumberId) ?? true);
  return { entered, accountId, trackingNumberId, chosen, targets };
}

/** One page of a list that was read whole. */
function page<Row>(request: FastifyRequest, key: string, rows: readonly Row[]) {
  const { page: at, perPage } = readPaging(request, pageSizeMax);
  return envelope(request, key, rows.slice((at - 1) * perPage, at * perPage), {
    page: at,
    perPage,
    total: rows.length,
  });
}

/** A source as clients send it; what they don't mention stays as it was. An empty field takes a rule away. */
function readWish(body: unknown, before?: TrackingSource): SourceWish {
  const given = body !== null && typeof body === 'object' ? body : {};
  const field = fieldsOf(given);
  const text = (kept: string | null, ...names: string[]): string | null => {
    const name = names.find((each) => Object.hasOwn(given, each));
    return name === undefined ? kept : orNull(field(name));
  };
  const flag = (kept: boolean, name: string): boolean =>
    field(name) === '' ? kept : ['1', 'on', 'true', 'yes'].includes(field(name).toLowerCase());
  const position = field('position');
  return {
    ...(before ? rulesOf(before) : noRules),
    name: field('name') || (before?.name ?? ''),
    description: text(before?.description ?? null, 'description'),
    referrerPattern: text(before?.referrerPattern ?? null, 'referring_url', 'ref_pattern'),
    landingPattern: text(before?.landingPattern ?? null, 'landing_url', 'url_pattern'),
    notReferrerPattern: text(before?.notReferrerPattern ?? null, 'not_referrer_url'),
    notLandingPattern: text(before?.notLandingPattern ?? null, 'not_landing_url'),
    isOnsite: flag(before?.isOnsite ?? true, 'online'),
    isLastTouch: flag(before?.isLastTouch ?? false, 'last_touch'),
    position: position === '' ? null : Number(position),
  };
}

const rulesOf = ({ utmSource, utmMedium, utmCampaign, clickIds }: TrackingSource) => ({
  utmSource,
  utmMedium,
  utmCampaign,
  clickIds,
});

function readTarget(body: unknown): { phoneNumber: string; name: string | null } {
  const field = fieldsOf(body);
  return {
    phoneNumber: field('number') || field('phone_number'),
    name: orNull(field('name')),
  };
}

function presentSource(request: FastifyRequest, source: TrackingSource) {
  const base = `${request.protocol}://${request.host}/api/v1/accounts/${source.accountId}/sources/${source.sid}`;
  return {
    id: source.sid,
    filter_id: source.trackingSourceId,
    name: source.name,
    description: source.description,
    account_id: source.accountId,
    referring_url: source.referrerPattern,
    not_referrer_url: source.notReferrerPattern,
    landing_url: source.landingPattern,
    not_landing_url: source.notLandingPattern,
    utm_source: source.utmSource,
    utm_medium: source.utmMedium,
    utm_campaign: source.utmCampaign,
    click_ids: source.clickIds,
    position: source.position,
    online: source.isOnsite,
    last_touch: source.isLastTouch,
    pool: source.isPool,
    crm_tag: '',
    geo_mode: 'off',
    url: `${base}.json`,
    numbers_url: `${base}/numbers`,
  };
}

function presentTarget(accountId: number, target: TargetNumber) {
  return {
    id: target.sid,
    filter_id: target.targetNumberId,
    name: target.name,
    number: target.phoneNumber,
    display_number: formatPhone(target.phoneNumber),
    formatted: formatPhone(target.phoneNumber),
    account_id: accountId,
  };
}

const presentSaved = (accountId: number, target: TargetNumber) => ({
  status: 'success',
  target_number: presentTarget(accountId, target),
});
