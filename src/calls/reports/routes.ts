import type { FastifyInstance } from 'fastify';
import { enterAccount } from '../../accounts/enter.ts';
import type { House } from '../../platform/house.ts';
import { daysFrom, lastDays } from '../../rules/calendar.ts';
import { Refused } from '../../rules/decision.ts';
import { fieldsOf } from '../../web/read.ts';
import { averageTalk, callsPerHundred, type Report, type ReportLine, readReport } from './readReport.ts';
import { countCallers, reportViews } from './store.ts';

type AccountRequest = { Params: { accountId: string } };

/**
 * The report for scripts, in the older API's words. Query: `s` and `e`, days of the account's zone, otherwise the last thirty;
 * `by`: source, campaign, landing-page. `interval` is day, the only one that existing clients ask for.
 */
export function registerReportRoutes(app: FastifyInstance, house: House): void {
  app.get<AccountRequest>('/api/v1/accounts/:accountId/reports', async (request) => {
    const { account, now } = await enterAccount(house, request, 'view-reports');
    const field = fieldsOf(request.query);
    const [first, last] = [field('s'), field('e')];
    const days =
      first || last ? daysFrom(first || last, last || first, account.timeZone) : lastDays(30, now, account.timeZone);
    if (!days)
      throw new Refused({
        code: 'invalid-input',
        fields: { s: 'Give days such as 2026-03-01, the earlier one as s.' },
      });
    const view = reportViews.find((each) => each === field('by')) ?? 'source';
    const report = await readReport(house.db, account, view, days, now, 'day');
    const callers = await countCallers(house.db, account.accountId, days, account.timeZone);
    return present(report, callers);
  });
}

function present(
  { view, days, sums, sumsBefore, lines, overTime }: Report,
  callers: Awaited<ReturnType<typeof countCallers>>,
) {
  const [top] = view === 'source' ? lines.filter((line) => line.key !== null && line.calls > 0) : [];
  return {
    s: days.firstDay,
    e: days.lastDay,
    total_calls: sums.calls,
    total_unique_calls: callers.all,
    total_calls_before: sumsBefore.calls,
    average_call_length: clock(averageTalk(sums) ?? 0),
    top_call_source: top?.name ?? null,
    visits: sums.visits,
    stats: {
      calls: Object.fromEntries(overTime.map((each) => [each.at, [each.calls, callers.byDay.get(each.at) ?? 0]])),
    },
    by: view,
    lines: lines.map(presentLine),
  };
}

/** "0:25". */
const clock = (seconds: number): string => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;

const presentLine = (line: ReportLine) => ({
  name: line.name,
  kind: line.kind,
  calls: line.calls,
  calls_before: line.callsBefore,
  answered: line.answered,
  first_time_callers: line.firstTime,
  average_talk: averageTalk(line) ?? 0,
  visits: line.visits,
  calls_per_100_visits: callsPerHundred(line),
});
