import type { Db } from '../../platform/db.ts';
import {
  type Days,
  daysBefore,
  daysFrom,
  daysOfMonth,
  eachDay,
  eachMonth,
  monthOf,
  readDays,
} from '../../rules/calendar.ts';
import type { BilledOwner } from '../owners.ts';
import { inOneMoment } from '../statements/readStatement.ts';
import { findBalance } from '../store.ts';
import {
  type Costs,
  type CostsAt,
  type CostsOfAccount,
  type CostsOfNumber,
  findCosts,
  findCostsByAccount,
  findCostsByNumber,
  findCostsOverTime,
  type Page,
  type Stretch,
} from './store.ts';

export const usageViews = ['day', 'number', 'account'] as const;
export type UsageView = (typeof usageViews)[number];

/** What somebody asks to see. */
export interface UsageAsked {
  days: Days;
  view: UsageView;
  page: Page | null;
}

export type UsageOwner = Pick<BilledOwner, 'kind' | 'ownerId' | 'payerId' | 'timeZone' | 'now'>;

/** Longer than a quarter, a bar is a month. */
const dailyMax = 93;

export interface Usage {
  days: Days;
  /** What it is compared with: as much time directly before; of days that are not over, as much of them as has passed. */
  before: Days;
  isOver: boolean;
  currency: string;
  costs: Costs;
  costsBefore: Costs;
  by: 'day' | 'month';
  overTime: readonly CostsAt[];
  numbers: readonly CostsOfNumber[];
  accounts: readonly CostsOfAccount[];
  /** Of what the view lists, shown or not. */
  count: number;
}

const nothing = { calls: 0, minutes: 0, planMicros: 0n, numberMicros: 0n, callMicros: 0n, totalMicros: 0n };

/** Which days an address asks for: `days` as a statement's, or `from` and `to`; without any, this month. Null when they are none. */
export function readAskedDays(field: (name: string) => string, timeZone: string, now: Date): Days | null {
  const [days, first, last] = [field('days'), field('from'), field('to')];
  if (days) return readDays(days, timeZone);
  if (first || last) return daysFrom(first, last, timeZone);
  return daysOfMonth(monthOf(now, timeZone), timeZone);
}

export async function readUsage(db: Db, owner: UsageOwner, { days, view, page }: UsageAsked): Promise<Usage> {
  const { timeZone, now, payerId } = owner;
  const before = daysBefore(days, timeZone);
  const isOver = days.until <= now;
  const passedMs = Math.max(0, now.getTime() - days.from.getTime());
  const compared: Stretch = isOver
    ? before
    : { from: before.from, until: new Date(Math.min(before.until.getTime(), before.from.getTime() + passedMs)) };
  const by = eachDay(days).length <= dailyMax ? 'day' : 'month';
  return inOneMoment(db, async (tx) => {
    const found = new Map((await findCostsOverTime(tx, owner, days, by, timeZone)).map((each) => [each.at, each]));
    const listed =
      view === 'number'
        ? { numbers: await findCostsByNumber(tx, owner, days, compared, page) }
        : view === 'account'
          ? { accounts: await findCostsByAccount(tx, owner, days, compared, page) }
          : {};
    const overTime = (by === 'day' ? eachDay(days) : eachMonth(days)).map((at) => found.get(at) ?? { at, ...nothing });
    return {
      days,
      before,
      isOver,
      currency: (await findBalance(tx, payerId)).currency,
      costs: await findCosts(tx, owner, days),
      costsBefore: await findCosts(tx, owner, compared),
      by,
      overTime,
      numbers: listed.numbers?.rows ?? [],
      accounts: listed.accounts?.rows ?? [],
      count: listed.numbers?.count ?? listed.accounts?.count ?? overTime.length,
    };
  });
}
