import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { form, openWorld, type World } from '../../../test/world.ts';
import { newKey } from '../../platform/ids.ts';
import { findMails, openBody } from '../../platform/mail/store.ts';
import { record } from '../../platform/operation.ts';
import { daysBefore, daysFrom, daysOfMonth, monthOf } from '../../rules/calendar.ts';
import { must } from '../../rules/decision.ts';
import { addDays } from '../../rules/time.ts';
import { sweep } from '../../worker.ts';
import { type NewCharge, recordCharges } from '../store.ts';
import { readForecast } from './readForecast.ts';
import { readUsage } from './readUsage.ts';
import { setBudget } from './setBudget.ts';

let world: World;
before(async () => {
  world = await openWorld();
});
const zone = 'America/New_York';
const db = () => world.house.db;
const ownerOf = async (kind: 'account' | 'agency', ownerId: number) => ({
  kind,
  ownerId,
  payerId: kind === 'agency' ? ownerId : world.agencyId,
  timeZone: zone,
  createdAt: new Date('2020-01-01'),
  closedAt: null,
  now: await world.now(),
});
const call = (over: Partial<NewCharge>): NewCharge => ({
  ownerId: world.clientId,
  payerId: world.agencyId,
  cause: 'call',
  causeKey: newKey(),
  at: new Date(),
  description: 'Incoming call, 1 min',
  unitMicros: 50_000n,
  ...over,
});
const write = (charges: NewCharge[]) => record(db(), (tx) => recordCharges(tx, charges));

describe('what it cost', () => {
  test('by day of the zone, by number and by sub-account, beside the time before', async () => {
    await write([
      call({ at: new Date('2025-03-01T04:59:59.999Z'), quantity: 7n }),
      call({ at: new Date('2025-03-01T05:00:00.000Z'), quantity: 2n, trackingNumberId: 77 }),
      call({ at: new Date('2025-04-01T03:59:59.999Z'), quantity: 3n, trackingNumberId: 77 }),
      call({ at: new Date('2025-03-17T12:00:00Z'), cause: 'included-minutes', quantity: 1n, unitMicros: -50_000n }),
      call({ at: new Date('2025-03-17T12:00:00Z'), cause: 'number', unitMicros: 3_000_000n, trackingNumberId: 78 }),
      call({ at: new Date('2025-04-01T04:00:00Z') }),
      call({
        at: new Date('2025-03-05T12:00:00Z'),
        ownerId: world.agencyId,
        cause: 'subscription',
        unitMicros: 9_000_000n,
      }),
    ]);
    const days = daysOfMonth('2025-03', zone)!;
    const page = { limit: 50, offset: 0 };
    const agency = await ownerOf('agency', world.agencyId);
    const usage = await readUsage(db(), agency, { days, view: 'account', page });
    const { costs } = usage;
    assert.deepEqual(
      [costs.calls, costs.minutes, costs.planMicros, costs.numberMicros, costs.callMicros, costs.totalMicros],
      [2, 5, 9_000_000n, 3_000_000n, 200_000n, 12_200_000n],
    );
    assert.equal(usage.costsBefore.totalMicros, 350_000n);
    assert.deepEqual(
      usage.accounts.map((each) => [each.accountName, each.totalMicros, each.beforeMicros, each.numbers]),
      [
        ['Northwind Agency', 9_000_000n, 0n, 0],
        ['Riverside Dental', 3_200_000n, 350_000n, 2],
      ],
    );
    assert.deepEqual(
      usage.overTime.filter((each) => each.totalMicros !== 0n).map((each) => [each.at, each.totalMicros]),
      [
        ['2025-03-01', 100_000n],
        ['2025-03-05', 9_000_000n],
        ['2025-03-17', 2_950_000n],
        ['2025-03-31', 150_000n],
      ],
    );
    assert.equal(usage.overTime.length, 31);
    const client = await ownerOf('account', world.clientId);
    const byNumber = await readUsage(db(), client, { days, view: 'number', page: { limit: 1, offset: 1 } });
    assert.deepEqual(
      byNumber.numbers.map((each) => [each.trackingNumberId, each.totalMicros, each.beforeMicros]),
      [[77, 250_000n, 0n]],
    );
    assert.equal(byNumber.count, 3);
  });

  test('days that are not over are compared with as much of the time before', async () => {
    const days = daysOfMonth(monthOf(await world.now(), zone), zone)!;
    const before = daysBefore(days, zone);
    const owner = { ...(await ownerOf('agency', world.agencyId)), now: addDays(days.from, 10) };
    const usage = await readUsage(db(), owner, { days, view: 'day', page: null });
    assert.equal(usage.isOver, false);
    await write([
      call({ at: before.from, unitMicros: 11_000_000n }),
      call({ at: new Date(before.until.getTime() - 1), unitMicros: 13_000_000n }),
    ]);
    const again = await readUsage(db(), owner, { days, view: 'day', page: null });
    assert.equal(again.costsBefore.totalMicros - usage.costsBefore.totalMicros, 11_000_000n);
  });

  test('years are drawn by month; a page, a table and a route say the same', async () => {
    const owner = await ownerOf('agency', world.agencyId);
    const days = daysFrom('2025-01-01', '2025-12-31', zone)!;
    assert.equal((await readUsage(db(), owner, { days, view: 'day', page: null })).overTime.length, 12);
    const { agencyOwner, clientAdmin } = world.cast;
    const at = (path: string) => `/agencies/${world.agencyId}/billing${path}`;
    const page = await world.ask(agencyOwner, { url: at('/usage?days=2025-03&by=account') });
    assert.match(page.body, /\$12\.20/);
    assert.match(page.body, /<svg role="img" aria-label="Cost of Northwind Agency by day/);
    const csv = await world.ask(agencyOwner, { url: at('/usage.csv?days=2025-03&by=account') });
    assert.match(csv.body, /Riverside Dental,2,5,0\.00,3\.00,0\.20,3\.20,0\.35,USD/);
    const json = await world.ask(agencyOwner, { url: `/api/v1${at('/usage?days=2025-03&by=number')}` });
    assert.equal(json.json().total, '12.20');
    assert.equal(json.json().numbers.length, 4);
    assert.equal((await world.ask(agencyOwner, { url: at('/usage?from=2025-03-09&to=2025-03-01') })).statusCode, 422);
    assert.equal((await world.ask(clientAdmin, { url: at('/usage') })).statusCode, 404);
  });
});

test('a forecast knows the renewals to come, and takes calls for as many as they were', async () => {
  const owner = await ownerOf('agency', world.agencyId);
  const forecast = await readForecast(db(), owner);
  const subscription = await db()
    .selectFrom('subscription')
    .select('paidUntil')
    .where('ownerId', '=', world.agencyId)
    .executeTakeFirstOrThrow();
  assert.deepEqual(forecast.next!.at, subscription.paidUntil);
  assert.equal(forecast.known > 0, subscription.paidUntil < forecast.monthEnds);
  assert.equal(forecast.totalMicros, forecast.spentMicros + forecast.knownMicros + forecast.likelyMicros);
  const closed = await readForecast(db(), { ...owner, closedAt: owner.now });
  assert.deepEqual([closed.next, closed.knownMicros, closed.likelyMicros], [null, 0n, 0n]);
});

describe('a budget', () => {
  const bodies = async (subject: RegExp) =>
    (await findMails(db(), 100))
      .filter((mail) => subject.test(mail.subject))
      .map((mail) => ({ to: mail.toAddress, subject: mail.subject }));

  test('whoever looks after billing is told once for a level and month, of the highest', async () => {
    const { house, agencyId, clientId, cast } = world;
    const nextMonth = daysOfMonth(monthOf(await world.now(), zone), zone)!.until;
    await world.travelTo(addDays(nextMonth, 10));
    const wish = { subjectId: clientId, monthlyMicros: 10_000_000n, levels: [50, 80, 100] };
    must(await setBudget(house, cast.agencyBilling.actor, agencyId, wish, newKey()));
    await sweep(house);
    assert.deepEqual(await bodies(/of the budget of Riverside/), []);
    await write([call({ at: await world.now(), unitMicros: 8_500_000n })]);
    await sweep(house);
    assert.deepEqual(await bodies(/of the budget of Riverside/), [], 'it is looked at every ten minutes');
    await world.travel(11 / (24 * 60));
    await Promise.all([sweep(house), sweep(house)]);
    const told = await bodies(/of the budget of Riverside/);
    assert.deepEqual(
      told.map((each) => each.to).toSorted(),
      [cast.agencyBilling.email, cast.agencyOwner.email].toSorted(),
    );
    assert.ok(told.every((each) => each.subject === '80 % of the budget of Riverside Dental is spent'));
    await write([call({ at: await world.now(), unitMicros: 2_000_000n })]);
    await world.travel(11 / (24 * 60));
    await sweep(house);
    await world.travel(11 / (24 * 60));
    await sweep(house);
    assert.equal((await bodies(/^100 % of the budget of Riverside/)).length, 2);
    assert.equal((await bodies(/of the budget of Riverside/)).length, 4);
    const mail = (await findMails(db(), 100)).find((each) => /^100 %/.test(each.subject));
    const sealed = await db()
      .selectFrom('mail')
      .select('bodySealed')
      .where('mailId', '=', mail!.mailId)
      .executeTakeFirstOrThrow();
    assert.match(
      openBody(house.secrets, sealed)!.text,
      /\$10\.50 was charged for Riverside Dental.*105 % of the budget of \$10\.00/,
    );
    const page = await world.ask(cast.agencyOwner, { url: `/agencies/${agencyId}/billing/budget` });
    assert.match(page.body, /105 %/);
  });

  test('is set and removed by page and route, by those who may, with sensible amounts', async () => {
    const { cast, shopId, neighborId, agencyId } = world;
    const url = `/accounts/${shopId}/billing/budget`;
    const set = (fields: Record<string, string>) => world.ask(cast.shopOwner, { ...form(fields), url });
    const wrong = await set({ monthly: '0.50', levels: 'all' });
    assert.equal(wrong.statusCode, 422);
    assert.match(wrong.body, /between \$1 and/);
    assert.match(wrong.body, /ten whole percentages/);
    assert.equal((await set({ monthly: '200', levels: '50, 80, 100', subject: String(neighborId) })).statusCode, 404);
    assert.equal((await set({ monthly: '200', levels: '90, 50' })).statusCode, 303);
    const page = await world.ask(cast.shopOwner, { url });
    assert.match(page.body, /of \$200\.00 is spent/);
    assert.match(page.body, /50 %, 90 %/);
    const agent = await world.ask(cast.callAgent, { ...form({ monthly: '1', levels: '50' }), url });
    assert.equal(agent.statusCode, 403);
    const api = `/api/v1/agencies/${agencyId}/billing/budgets`;
    const put = await world.ask(cast.agencyOwner, { method: 'PUT', url: api, payload: { monthly_cents: 50_000 } });
    assert.equal(put.statusCode, 200, put.body);
    assert.deepEqual(put.json().budgets[0].levels, [50, 80, 100]);
    assert.equal(put.json().budgets[0].monthly, '500.00');
    const removed = await world.ask(cast.agencyOwner, { method: 'DELETE', url: `${api}/${agencyId}` });
    assert.equal(removed.statusCode, 200);
    assert.equal((await world.ask(cast.agencyOwner, { method: 'DELETE', url: `${api}/${agencyId}` })).statusCode, 404);
    const removal = { ...form({ subject: String(shopId) }), url: `${url}/removal` };
    assert.equal((await world.ask(cast.shopOwner, removal)).statusCode, 303);
  });
});
