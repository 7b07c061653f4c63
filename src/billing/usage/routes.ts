import type { FastifyInstance } from 'fastify';
import type { House } from '../../platform/house.ts';
import { daysOfMonth, monthOf } from '../../rules/calendar.ts';
import { must, Refused } from '../../rules/decision.ts';
import { parseLevels, usualLevels } from '../../rules/spending.ts';
import { fieldsOf, idOf, keyOf } from '../../web/read.ts';
import { type BilledOwner, registerForOwners } from '../owners.ts';
import { decimal } from '../statements/writeCsv.ts';
import { readForecast } from './readForecast.ts';
import { readAskedDays, readUsage, usageViews } from './readUsage.ts';
import { removeBudget, setBudget } from './setBudget.ts';
import { type Costs, findBudgets, type ShownBudget } from './store.ts';

const microsPerCent = 10_000n;

/** Usage, forecast and budgets for scripts. Amounts are decimal text, exact to the last digit. */
export function registerUsageRoutes(app: FastifyInstance, house: House): void {
  /** Query: `days` ("2026-03" or "2026-03-03..2026-03-17"), or `from` and `to`; `by`: day, number, account. */
  registerForOwners(app, house, { api: true, path: '/billing/usage' }, async (owner, request) => {
    const field = fieldsOf(request.query);
    const days = readAskedDays(field, owner.timeZone, owner.now);
    if (!days) throw new Refused({ code: 'invalid-input', fields: { days: 'Give days such as 2026-03.' } });
    const view = usageViews.find((each) => each === field('by')) ?? 'day';
    const usage = await readUsage(house.db, owner, { days, view, page: null });
    return {
      from: days.from,
      until: days.until,
      currency: usage.currency,
      ...presentCosts(usage.costs),
      before: presentCosts(usage.costsBefore),
      ...(view === 'day' ? { over_time: usage.overTime.map((each) => ({ at: each.at, ...presentCosts(each) })) } : {}),
      ...(view === 'number'
        ? {
            numbers: usage.numbers.map((each) => ({
              account_id: each.accountId,
              tracking_number_id: each.trackingNumberId,
              tracking_number: each.phoneNumber,
              ...presentCosts(each),
              before: decimal(each.beforeMicros),
            })),
          }
        : {}),
      ...(view === 'account'
        ? {
            accounts: usage.accounts.map((each) => ({
              account_id: each.accountId,
              name: each.accountName,
              ...presentCosts(each),
              before: decimal(each.beforeMicros),
            })),
          }
        : {}),
    };
  });

  registerForOwners(app, house, { api: true, path: '/billing/forecast' }, async (owner) => {
    const forecast = await readForecast(house.db, owner);
    const { month, currency, next } = forecast;
    return {
      month,
      currency,
      is_estimate: true,
      next_charge: next && {
        what: next.phoneNumber ?? 'subscription',
        at: next.at,
        amount: decimal(next.amountMicros),
      },
      charged: decimal(forecast.spentMicros),
      known: decimal(forecast.knownMicros),
      likely: decimal(forecast.likelyMicros),
      total: decimal(forecast.totalMicros),
      calls_a_day: decimal(forecast.paceMicrosPerDay),
      calls_since: forecast.paceSince,
    };
  });

  registerForOwners(app, house, { api: true, path: '/billing/budgets' }, async (owner) => ({
    budgets: (await budgetsOf(house, owner)).map(presentBudget),
  }));

  /** Body: `monthly_cents`; `account_id` for a sub-account of an agency; `levels` in percent, else the usual ones. */
  registerForOwners(app, house, { method: 'PUT', api: true, path: '/billing/budgets' }, async (owner, request) => {
    const field = fieldsOf(request.body);
    const subjectId = field('account_id') ? idOf(field('account_id')) : owner.ownerId;
    const cents = field('monthly_cents');
    const monthlyMicros = /^\d{1,12}$/.test(cents) ? BigInt(cents) * microsPerCent : 0n;
    const wish = { subjectId, monthlyMicros, levels: levelsIn(request.body) };
    must(await setBudget(house, owner.actor, owner.ownerId, wish, keyOf(request)));
    return { status: 'success', budgets: (await budgetsOf(house, owner)).map(presentBudget) };
  });

  registerForOwners(
    app,
    house,
    { method: 'DELETE', api: true, path: '/billing/budgets/:subjectId' },
    async (owner, request) => {
      const subjectId = idOf(request.params.subjectId);
      must(await removeBudget(house, owner.actor, owner.ownerId, subjectId, keyOf(request)));
      return { status: 'success' };
    },
  );
}

function levelsIn(body: unknown): readonly number[] | null {
  const given = body !== null && typeof body === 'object' && 'levels' in body ? body.levels : undefined;
  if (given === undefined) return usualLevels;
  return parseLevels(Array.isArray(given) ? given.join(',') : String(given));
}

async function budgetsOf(house: House, owner: BilledOwner): Promise<ShownBudget[]> {
  const month = daysOfMonth(monthOf(owner.now, owner.timeZone), owner.timeZone)!;
  return findBudgets(house.db, owner.ownerId, { month: month.month!, from: month.from });
}

const presentCosts = (each: Costs) => ({
  calls: each.calls,
  minutes: each.minutes,
  plan: decimal(each.planMicros),
  numbers: decimal(each.numberMicros),
  call_charges: decimal(each.callMicros),
  total: decimal(each.totalMicros),
});

const presentBudget = ({ subjectId, subjectName, monthlyMicros, spentMicros, levels, told }: ShownBudget) => ({
  account_id: subjectId,
  name: subjectName,
  monthly: decimal(monthlyMicros),
  spent: decimal(spentMicros),
  levels,
  told,
});
