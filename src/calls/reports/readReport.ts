import type { Account } from '../../accounts/store.ts';
import { inOneMoment } from '../../billing/statements/readStatement.ts';
import type { Db } from '../../platform/db.ts';
import {
  type Days,
  dayOf,
  daysApart,
  daysBefore,
  daysFrom,
  daysOfMonth,
  eachDay,
  eachHour,
  eachMonth,
  lastDays,
  monthOf,
  readDays,
  sameTimeBefore,
  startOfDay,
} from '../../rules/calendar.ts';
import {
  type CallSums,
  countCallsBefore,
  findSourceNames,
  type LineKey,
  type LineKind,
  type Pace,
  type ReportView,
  type Stretch,
  sumCalls,
  sumCallsOverTime,
  sumVisits,
} from './store.ts';

export interface ReportLine extends CallSums, LineKey {
  name: string;
  callsBefore: number;
  visits: number;
}

export interface ReportSums extends CallSums {
  visits: number;
}

/** An hour, a day or a month of the plot. */
export interface ReportBar {
  /** "2026-03-17", "2026-03", or of an hour its number, counted from the beginning. */
  at: string;
  from: Date;
  calls: number;
  answered: number;
  /** Of `calls`, those of each plotted line. */
  ofLines: number[];
  /** The calls of the time before at the same place; null where it isn't compared, as it lies ahead. */
  callsBefore: number | null;
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
  /** The first of the lines, and the rest of them together: what the plot tells apart. */
  plotted: readonly PlottedLine[];
  pace: Pace;
  overTime: readonly ReportBar[];
}

export interface PlottedLine {
  name: string;
  calls: number;
  isRest: boolean;
}

/** More than so many can't be told apart at a glance; the rest of the lines are one. */
const plottedMax = 5;

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
  const daysLater = daysApart(daysBefore(days, timeZone).firstDay, days.firstDay);
  const read = await inOneMoment(db, async (tx) => ({
    calls: await sumCalls(tx, accountId, view, days, before),
    visits: await sumVisits(tx, accountId, view, days, before),
    overTime: await sumCallsOverTime(tx, accountId, view, days, pace, timeZone),
    overTimeBefore: await countCallsBefore(tx, accountId, before, pace, timeZone, daysLater),
    names: view === 'source' ? await findSourceNames(tx, accountId) : new Map<string, string>(),
  }));
  const totalOf = (isNow: boolean): ReportSums => ({
    ...nothing,
    ...read.calls.find((each) => each.isTotal && each.isNow === isNow),
    visits: read.visits.filter((each) => each.isNow === isNow).reduce((sum, each) => sum + each.visits, 0),
  });
  const lines = linesOf(view, read);
  const [shown, rest] = chooseLines(lines);
  const byBar = groupBy(read.overTime, (each) => each.at);
  const [sums, sumsBefore] = [totalOf(true), totalOf(false)];
  return {
    view,
    days,
    before,
    sums,
    sumsBefore,
    lines,
    plotted: [
      ...shown.map(({ name, calls }) => ({ name, calls, isRest: false })),
      ...(rest.length > 0 ? [{ name: `${rest.length} others`, calls: sumOf(rest), isRest: true }] : []),
    ],
    pace,
    overTime: placesOf(days, pace, timeZone).map(({ at, from }) => {
      const here = byBar.get(at) ?? [];
      const ofShown = shown.map((line) => sumOf(here.filter((each) => idOf(each) === idOf(line))));
      const calls = sumOf(here);
      return {
        at,
        from,
        calls,
        answered: here.reduce((sum, each) => sum + each.answered, 0),
        ofLines: rest.length > 0 ? [...ofShown, ofShown.reduce((left, each) => left - each, calls)] : ofShown,
        callsBefore: from < now ? (read.overTimeBefore.get(at) ?? 0) : null,
      };
    }),
  };
}

function groupBy<Each>(all: readonly Each[], keyOf: (each: Each) => string): Map<string, Each[]> {
  const groups = new Map<string, Each[]>();
  for (const each of all) {
    const group = groups.get(keyOf(each));
    if (group) group.push(each);
    else groups.set(keyOf(each), [each]);
  }
  return groups;
}

const sumOf = (each: readonly { calls: number }[]): number => each.reduce((sum, { calls }) => sum + calls, 0);

const idOf = ({ kind, key }: LineKey): string => `${kind} ${key}`;

/** The lines that are plotted by themselves, and those that are plotted together; a single one is never "others". */
function chooseLines(lines: readonly ReportLine[]): [shown: ReportLine[], rest: ReportLine[]] {
  const called = lines.filter((line) => line.calls > 0);
  const most = called.length === plottedMax + 1 ? called.length : plottedMax;
  return [called.slice(0, most), called.slice(most)];
}

interface Read {
  calls: Awaited<ReturnType<typeof sumCalls>>;
  visits: Awaited<ReturnType<typeof sumVisits>>;
  names: Map<string, string>;
}

/** Calls and visits of one line side by side, those of the time before included. */
function linesOf(view: ReportView, { calls, visits, names }: Read): ReportLine[] {
  const lines = new Map<string, ReportLine>();
  const at = ({ kind, key }: LineKey): ReportLine => {
    const id = idOf({ kind, key });
    const line = lines.get(id) ?? { ...nothing, kind, key, callsBefore: 0, name: nameOf(view, kind, key, names) };
    lines.set(id, line);
    return line;
  };
  for (const each of calls.filter((one) => !one.isTotal)) {
    const line = at(each);
    const { calls: count, answered, firstTime, talks, talkSeconds } = each;
    if (each.isNow) Object.assign(line, { calls: count, answered, firstTime, talks, talkSeconds });
    else line.callsBefore = count;
  }
  for (const { isNow, key, visits: count } of visits)
    if (isNow) at({ kind: key === null ? 'none' : 'named', key }).visits = count;
  return [...lines.values()].toSorted(
    (a, b) => b.calls - a.calls || b.visits - a.visits || b.callsBefore - a.callsBefore || (a.name < b.name ? -1 : 1),
  );
}

const nameless: Record<Exclude<LineKind, 'named'>, (view: ReportView) => string> = {
  none: (view) => (view === 'source' ? 'No source' : 'No campaign'),
  unsure: () => 'No visit known for sure',
  unknown: () => 'No visit known',
};

const nameOf = (view: ReportView, kind: LineKind, key: string | null, names: Map<string, string>): string =>
  kind === 'named' ? (view === 'source' ? (names.get(key!) ?? `Source ${key}`) : key!) : nameless[kind](view);

/** Every bar of the plot, whether anybody called in it or not. */
function placesOf(days: Days, pace: Pace, timeZone: string): { at: string; from: Date }[] {
  if (pace === 'hour') return eachHour(days).map((from, hour) => ({ at: String(hour), from }));
  if (pace === 'day') return eachDay(days).map((at) => ({ at, from: startOfDay(at, timeZone) }));
  return eachMonth(days).map((at, index) => ({
    at,
    from: index === 0 ? days.from : startOfDay(`${at}-01`, timeZone),
  }));
}

/** Calls for each hundred visits; nothing where there were none. */
export const callsPerHundred = ({ calls, visits }: { calls: number; visits: number }): number | null =>
  visits > 0 ? (calls / visits) * 100 : null;

export const averageTalk = ({ talkSeconds, talks }: CallSums): number | null =>
  talks > 0 ? Math.round(talkSeconds / talks) : null;
