import type { Account } from '../../accounts/store.ts';
import { inOneMoment } from '../../billing/statements/readStatement.ts';
import type { Db } from '../../platform/db.ts';
import {
  type Days,
  dayOf,
  daysFrom,
  daysOfMonth,
  eachDay,
  eachHour,
  eachMonth,
  lastDays,
  monthOf,
  readDays,
  sameTimeBefore,
} from '../../rules/calendar.ts';
import {
  type CallSums,
  type CallsAt,
  findSourceNames,
  type Pace,
  type ReportView,
  type Stretch,
  sumCalls,
  sumCallsOverTime,
  sumVisits,
} from './store.ts';

export interface ReportLine extends CallSums {
  key: string | null;
  name: string;
  callsBefore: number;
  visits: number;
}

export interface ReportSums extends CallSums {
  visits: number;
}

/** An hour, a day or a month of the plot. */
export interface ReportBar extends CallsAt {
  from: Date | null;
}

export interface Report {
  view: ReportView;
  days: Days;
  /** What it is compared with: as much time directly before; of days that are not over, as far as they have come. */
  before: Stretch;
  sums: ReportSums;
  sumsBefore: ReportSums;
  /** Most calls first. */
  lines: readonly ReportLine[];
  pace: Pace;
  overTime: readonly ReportBar[];
}

export const presets = {
  today: 'Today',
  '7': '7 days',
  '30': '30 days',
  month: 'This month',
  'last-month': 'Last month',
} as const;
export type Preset = keyof typeof presets;

const daysOfPreset = (preset: Preset, now: Date, timeZone: string): Days => {
  switch (preset) {
    case 'today':
      return lastDays(1, now, timeZone);
    case '7':
      return lastDays(7, now, timeZone);
    case '30':
      return lastDays(30, now, timeZone);
    case 'month':
      return daysOfMonth(monthOf(now, timeZone), timeZone)!;
    case 'last-month':
      return daysOfMonth(monthBefore(now, timeZone), timeZone)!;
  }
};

/** The month before that of `now`: the day before its first. */
const monthBefore = (now: Date, timeZone: string): string => {
  const { from } = daysOfMonth(monthOf(now, timeZone), timeZone)!;
  return dayOf(new Date(from.getTime() - 1), timeZone).slice(0, 7);
};

const usualPreset: Preset = '30';

export interface AskedDays {
  days: Days;
  preset: Preset | null;
  /** The days that were asked for are none; the usual ones are shown. */
  isWrong: boolean;
}

/** Which days an address asks for: a preset that moves with the clock, or days of one's own. Without any, the usual preset. */
export function readAskedDays(field: (name: string) => string, now: Date, timeZone: string): AskedDays {
  const preset = (Object.keys(presets) as Preset[]).find((each) => each === field('range'));
  if (preset) return { days: daysOfPreset(preset, now, timeZone), preset, isWrong: false };
  const [first, last, written] = [field('from'), field('to'), field('days')];
  const usual = daysOfPreset(usualPreset, now, timeZone);
  if (!first && !last && !written) return { days: usual, preset: usualPreset, isWrong: false };
  const days = written ? readDays(written, timeZone) : daysFrom(first, last, timeZone);
  return { days: days ?? usual, preset: null, isWrong: days === null };
}

/** Longer than a quarter, a bar is a month; of one day it is an hour. */
const dailyMax = 93;

const paceOf = (days: Days): Pace => {
  const count = eachDay(days).length;
  return count === 1 ? 'hour' : count <= dailyMax ? 'day' : 'month';
};

const nothing: ReportSums = { calls: 0, answered: 0, firstTime: 0, talks: 0, talkSeconds: 0, visits: 0 };

export async function readReport(
  db: Db,
  { accountId, timeZone }: Pick<Account, 'accountId' | 'timeZone'>,
  view: ReportView,
  days: Days,
  now: Date,
  pace: Pace = paceOf(days),
): Promise<Report> {
  const before = sameTimeBefore(days, now, timeZone);
  const read = await inOneMoment(db, async (tx) => ({
    calls: await sumCalls(tx, accountId, view, days, before),
    visits: await sumVisits(tx, accountId, view, days, before),
    overTime: await sumCallsOverTime(tx, accountId, days, pace, timeZone),
    names: view === 'source' ? await findSourceNames(tx, accountId) : new Map<string, string>(),
  }));
  const totalOf = (isNow: boolean): ReportSums => ({
    ...nothing,
    ...read.calls.find((each) => each.isTotal && each.isNow === isNow),
    visits: read.visits.filter((each) => each.isNow === isNow).reduce((sum, each) => sum + each.visits, 0),
  });
  return {
    view,
    days,
    before,
    sums: totalOf(true),
    sumsBefore: totalOf(false),
    lines: linesOf(view, read),
    pace,
    overTime: barsOf(days, pace, read.overTime),
  };
}

interface Read {
  calls: Awaited<ReturnType<typeof sumCalls>>;
  visits: Awaited<ReturnType<typeof sumVisits>>;
  names: Map<string, string>;
}

/** Calls and visits of one key side by side, those of the time before included. */
function linesOf(view: ReportView, { calls, visits, names }: Read): ReportLine[] {
  const lines = new Map<string, ReportLine>();
  const at = (key: string | null, isEmpty: boolean): ReportLine => {
    const id = key === null ? (isEmpty ? 'empty' : 'none') : `=${key}`;
    const line = lines.get(id) ?? { ...nothing, key, callsBefore: 0, name: nameOf(view, key, isEmpty, names) };
    lines.set(id, line);
    return line;
  };
  for (const each of calls.filter((one) => !one.isTotal)) {
    const line = at(each.key, each.isEmpty);
    const { calls: count, answered, firstTime, talks, talkSeconds } = each;
    if (each.isNow) Object.assign(line, { calls: count, answered, firstTime, talks, talkSeconds });
    else line.callsBefore = count;
  }
  // A visit always is one: without a campaign it has none.
  for (const each of visits) if (each.isNow) at(each.key, view !== 'source').visits = each.visits;
  return [...lines.values()].toSorted(
    (a, b) => b.calls - a.calls || b.visits - a.visits || b.callsBefore - a.callsBefore || (a.name < b.name ? -1 : 1),
  );
}

function nameOf(view: ReportView, key: string | null, isEmpty: boolean, names: Map<string, string>): string {
  if (view === 'source') return key === null ? 'No source' : (names.get(key) ?? `Source ${key}`);
  if (key !== null) return view === 'landing-page' ? key.replace(/^https?:\/\//, '') : key;
  return isEmpty ? 'No campaign' : 'No visit known';
}

function barsOf(days: Days, pace: Pace, found: readonly CallsAt[]): ReportBar[] {
  const byAt = new Map(found.map((each) => [each.at, each]));
  const bar = (at: string, from: Date | null): ReportBar => ({
    calls: 0,
    answered: 0,

    ...byAt.get(at),
    at,
    from,
  });
  if (pace === 'hour') return eachHour(days).map((from, hour) => bar(String(hour), from));
  return (pace === 'day' ? eachDay(days) : eachMonth(days)).map((at) => bar(at, null));
}

/** Calls for each hundred visits; nothing where there were none. */
export const callsPerHundred = ({ calls, visits }: { calls: number; visits: number }): number | null =>
  visits > 0 ? (calls / visits) * 100 : null;

export const averageTalk = ({ talkSeconds, talks }: CallSums): number | null =>
  talks > 0 ? Math.round(talkSeconds / talks) : null;
