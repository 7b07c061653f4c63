import type { FastifyInstance } from 'fastify';
import { accountShell, type Entered, enterAccount, type Shell } from '../../accounts/enter.ts';
import { DaysForm, sendFile, wrongDays } from '../../billing/statements/pages.tsx';
import { sayDay, sayDays, sayMonth } from '../../billing/statements/sayDays.ts';
import type { House } from '../../platform/house.ts';
import { dayOf, daysBefore, writeDays } from '../../rules/calendar.ts';
import { Refused } from '../../rules/decision.ts';
import { matching } from '../../rules/matching.ts';
import {
  Card,
  type Column,
  EmptyState,
  Fold,
  LinkButton,
  PageHeader,
  Pagination,
  Plot,
  type PlotColor,
  Stack,
  Stat,
  Stats,
  Table,
  Tabs,
  Toolbar,
} from '../../web/components.tsx';
import { formatCount, formatDuration, formatMoment } from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import { readId } from '../../web/paging.ts';
import { fieldsOf, sendPage } from '../../web/read.ts';
import {
  type AskedDays,
  averageTalk,
  callsPerHundred,
  type Preset,
  presets,
  type Report,
  type ReportBar,
  type ReportLine,
  readAskedDays,
  readReport,
} from './readReport.ts';
import { type ReportView, reportViews } from './store.ts';
import { writeOverTimeCsv, writeReportCsv } from './writeReportCsv.ts';

type AccountRequest = { Params: { accountId: string } };

const linesPerPage = 50;

const viewNames: Record<ReportView, { title: string; tab: string; heading: string }> = {
  source: { title: 'Calls by source', tab: 'By source', heading: 'Source' },
  campaign: { title: 'Calls by campaign', tab: 'By campaign', heading: 'Campaign' },
  'landing-page': { title: 'Calls by landing page', tab: 'By landing page', heading: 'Landing page' },
};

/** Reports → Calls by source, by campaign, by landing page; each as a file too. */
export function registerReportPages(app: FastifyInstance, house: House): void {
  for (const view of reportViews) {
    const path = `/accounts/:accountId/reports/by-${view}`;

    app.get<AccountRequest>(path, async (request, reply) => {
      const entered = await enterAccount(house, request, 'view-reports');
      const field = fieldsOf(request.query);
      const asked = readAskedDays(field, entered.now, entered.account.timeZone);
      const report = await readReport(house.db, entered.account, view, asked.days, entered.now);
      const page = Math.min(10_000, Math.max(1, readId(field('page')) ?? 1));
      const given = { first: field('from') || asked.days.firstDay, last: field('to') || asked.days.lastDay };
      const shell = await accountShell(house, request, reply, entered);
      const html = renderPage(
        <ReportPage shell={shell} entered={entered} report={report} asked={asked} page={page} given={given} />,
      );
      return sendPage(reply, html, asked.isWrong ? 422 : 200);
    });

    app.get<AccountRequest>(`${path}.csv`, async (request, reply) => {
      const { account, now } = await enterAccount(house, request, 'view-reports');
      const field = fieldsOf(request.query);
      const { days, isWrong } = readAskedDays(field, now, account.timeZone);
      if (isWrong) throw new Refused({ code: 'invalid-input', fields: { days: wrongDays } });
      const report = await readReport(house.db, account, view, days, now);
      const isOverTime = field('part') === 'over-time';
      return sendFile(
        reply,
        `calls-${writeDays(days)}-${isOverTime ? `by-${report.pace}` : `by-${view}`}.csv`,
        isOverTime ? writeOverTimeCsv(report, account.timeZone) : writeReportCsv(report),
      );
    });
  }
}

interface ReportPageProps {
  shell: Shell;
  entered: Entered;
  report: Report;
  asked: AskedDays;
  page: number;
  given: { first: string; last: string };
}

/** "+12 (+8.3 %)": how much more or less than before. */
function sayChange(now: number, before: number): string {
  const difference = now - before;
  if (difference === 0) return '±0';
  const sign = difference > 0 ? '+' : '−';
  const size = Math.abs(difference);
  const share = before > 0 ? ` (${sign}${((size / before) * 100).toFixed(1)} %)` : '';
  return `${sign}${formatCount(size)}${share}`;
}

const sayRate = (rate: number | null): string => (rate === null ? '–' : rate.toFixed(1));
const sayTalk = (seconds: number | null): string => (seconds === null ? '–' : formatDuration(seconds));

/** "September 2026", and of days that are not over "1 November 2026 to 24 November 2026, 18:51 EST". */
function sayBefore({ days, before }: Report, zone: string): string {
  const whole = daysBefore(days, zone);
  if (before.until >= whole.until) return sayDays(whole);
  const until = formatMoment(before.until, zone);
  return dayOf(before.until, zone) === whole.firstDay
    ? `${sayDay(whole.firstDay)} until${until.slice(until.lastIndexOf(',') + 1)}`
    : `${sayDay(whole.firstDay)} to ${until}`;
}

function ReportPage({ shell, entered, report, asked, page, given }: ReportPageProps) {
  const { account, base } = entered;
  const { view, days, sums, sumsBefore, lines } = report;
  const { title, heading } = viewNames[view];
  const zone = account.timeZone;
  const dated = asked.preset ? { range: asked.preset } : { days: writeDays(days) };
  const href = (more: Record<string, string> = {}, of: ReportView = view, ending = '') =>
    `${base}/reports/by-${of}${ending}?${new URLSearchParams({ ...dated, ...more })}`;
  const presetHref = (preset: Preset) => `${base}/reports/by-${view}?${new URLSearchParams({ range: preset })}`;
  const from = (page - 1) * linesPerPage;
  const shown = lines.slice(from, from + linesPerPage);
  const change = (now: number, then: number) => `${sayChange(now, then)} from ${formatCount(then)}`;
  return (
    <Page {...shell} title={title} width="wide" breadcrumbs={[{ label: 'Reports' }, { label: title }]}>
      <PageHeader
        title={title}
        description={`${sayDays(days)}, by the days of ${zone.replaceAll('_', ' ')}; compared with ${sayBefore(report, zone)}.`}
        actions={
          <LinkButton href={href({}, view, '.csv')} icon="download" download>
            CSV
          </LinkButton>
        }
      />
      <Stack>
        <Tabs
          label="Reports"
          tabs={reportViews.map((each) => ({
            label: viewNames[each].tab,
            href: href({}, each),
            current: each === view,
          }))}
        />
        <Tabs
          label="Days"
          tabs={(Object.keys(presets) as Preset[]).toSorted(byLength).map((preset) => ({
            label: presets[preset],
            href: presetHref(preset),
            current: preset === asked.preset,
          }))}
        />
        <Toolbar>
          <DaysForm
            action={`${base}/reports/by-${view}`}
            first={given.first}
            last={given.last}
            wrong={asked.isWrong}
            button="Show"
          />
        </Toolbar>
        <Stats>
          <Stat label="Calls" value={formatCount(sums.calls)} hint={change(sums.calls, sumsBefore.calls)} />
          <Stat label="Answered" value={formatCount(sums.answered)} hint={change(sums.answered, sumsBefore.answered)} />
          <Stat
            label="First-time callers"
            value={formatCount(sums.firstTime)}
            hint={change(sums.firstTime, sumsBefore.firstTime)}
          />
          <Stat
            label="Average talk"
            value={sayTalk(averageTalk(sums))}
            hint={`${sayTalk(averageTalk(sumsBefore))} before`}
          />
          <Stat label="Visits" value={formatCount(sums.visits)} hint={change(sums.visits, sumsBefore.visits)} />
          <Stat
            label="Calls per 100 visits"
            value={sayRate(callsPerHundred(sums))}
            hint={`${sayRate(callsPerHundred(sumsBefore))} before`}
          />
        </Stats>
        <Card>
          <CallPlot report={report} zone={zone} name={account.name} />
          <Fold id="over-time" title={`The same values, by ${report.pace}`}>
            <OverTime report={report} zone={zone} csvHref={href({ part: 'over-time' }, view, '.csv')} />
          </Fold>
        </Card>
        <Table
          caption={title}
          sticky
          dense
          onPhone="scroll"
          rows={shown}
          rowKey={(line) => lines.indexOf(line)}
          columns={[
            {
              header: heading,
              main: true,
              wraps: true,
              cell: (line) => <span class="wrap-anywhere">{line.name}</span>,
            },
            ...lineColumns,
          ]}
          empty={<EmptyState icon="calls" title="No calls and no visits in these days" />}
        />
        {view !== 'source' && (
          <p class="muted">
            A call counts for the visit that it most likely came from, where that is at least {matching.countedPercent}{' '}
            % likely; otherwise it stands under “No visit known for sure”.
          </p>
        )}
        {lines.length > linesPerPage && (
          <Pagination
            summary={
              shown.length > 0
                ? `${formatCount(from + 1)}–${formatCount(from + shown.length)} of ${formatCount(lines.length)}`
                : 'None'
            }
            previousHref={page > 1 ? href({ page: String(page - 1) }) : undefined}
            nextHref={from + linesPerPage < lines.length ? href({ page: String(page + 1) }) : undefined}
          />
        )}
      </Stack>
    </Page>
  );
}

/** Names that are whole numbers come first in an object, whatever order they are written in. */
const shortestFirst: readonly Preset[] = ['today', '7', '30', 'month', 'last-month'];
const byLength = (a: Preset, b: Preset): number => shortestFirst.indexOf(a) - shortestFirst.indexOf(b);

const lineColumns: Column<ReportLine>[] = [
  { header: 'Calls', numeric: true, cell: (line) => formatCount(line.calls) },
  { header: 'Change', numeric: true, cell: (line) => sayChange(line.calls, line.callsBefore) },
  { header: 'Answered', numeric: true, cell: (line) => formatCount(line.answered) },
  { header: 'First-time', numeric: true, cell: (line) => formatCount(line.firstTime) },
  { header: 'Average talk', numeric: true, cell: (line) => sayTalk(averageTalk(line)) },
  { header: 'Visits', numeric: true, cell: (line) => formatCount(line.visits) },
  { header: 'Calls per 100 visits', numeric: true, cell: (line) => sayRate(callsPerHundred(line)) },
];

const hourFormat = (zone: string) =>
  new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  });

/** "17 March 2026", "March 2026", or "14:00 EDT": on the day on which the clock is turned back an hour comes twice. */
function sayBar({ at, from }: ReportBar, pace: Report['pace'], zone: string): string {
  if (pace === 'hour') return hourFormat(zone).format(from);
  return pace === 'day' ? sayDay(at) : sayMonth(at);
}

/** As short as it stands under a bar. */
function labelOf(bar: ReportBar, { pace, days }: Report, zone: string): string {
  const said = sayBar(bar, pace, zone);
  if (pace === 'hour') return said.slice(0, 5);
  if (pace === 'day') return said.replace(/^(\d+ \w{3}).*/, '$1');
  const isOneYear = days.firstDay.slice(0, 4) === days.lastDay.slice(0, 4);
  return isOneYear ? said.slice(0, 3) : `${said.slice(0, 3)} ${said.slice(-4)}`;
}

/** The last is the color of the rest. */
const colors: readonly PlotColor[] = [4, 5, 6, 7, 8, 9];

function CallPlot({ report, zone, name }: { report: Report; zone: string; name: string }) {
  const { overTime, pace, days, plotted, sumsBefore, view } = report;
  // The month before may be longer.
  const undrawn = overTime.reduce((left, bar) => left - (bar.callsBefore ?? 0), sumsBefore.calls);
  const textOf = (bar: ReportBar): string => {
    const parts = plotted.flatMap((line, index) => (bar.ofLines[index] ? [`${line.name} ${bar.ofLines[index]}`] : []));
    const calls = `${sayBar(bar, pace, zone)}: ${formatCount(bar.calls)} calls`;
    const before = bar.callsBefore === null ? [] : [`${formatCount(bar.callsBefore)} in the time before`];
    return [[calls, ...parts].join(', '), ...before].join('; ');
  };
  return (
    <Plot
      label={`${viewNames[view].title} of ${name} and by ${pace}, ${sayDays(days)}, and all calls of the time before; the same values stand in the table below.`}
      parts={plotted.map((line, index) => ({
        name: line.name,
        color: line.isRest ? 9 : colors[index]!,
        sum: formatCount(line.calls),
      }))}
      compared={{ name: 'All calls of the time before', sum: formatCount(sumsBefore.calls) }}
      note={undrawn > 0 ? `${formatCount(undrawn)} of those fell beyond these days, and are not drawn.` : undefined}
      format={(value) => (Number.isInteger(value) ? formatCount(value) : '')}
      bars={overTime.map((bar) => ({
        label: labelOf(bar, report, zone),
        text: textOf(bar),
        values: bar.ofLines,
        compared: bar.callsBefore,
      }))}
    />
  );
}

function OverTime({ report, zone, csvHref }: { report: Report; zone: string; csvHref: string }) {
  const { overTime, pace, plotted } = report;
  return (
    <Stack>
      <Table
        caption={`Calls by ${pace}`}
        dense
        onPhone="scroll"
        rows={overTime}
        rowKey={(bar) => `at-${bar.at}`}
        columns={[
          { header: pace[0]!.toUpperCase() + pace.slice(1), main: true, cell: (bar) => sayBar(bar, pace, zone) },
          { header: 'Calls', numeric: true, cell: (bar) => formatCount(bar.calls) },
          { header: 'Answered', numeric: true, cell: (bar) => formatCount(bar.answered) },
          {
            header: 'Time before',
            numeric: true,
            cell: (bar) => (bar.callsBefore === null ? '–' : formatCount(bar.callsBefore)),
          },
          ...plotted.map(
            ({ name }, index): Column<ReportBar> => ({
              header: name,
              numeric: true,
              wraps: true,
              cell: (bar) => formatCount(bar.ofLines[index]!),
            }),
          ),
        ]}
      />
      <div>
        <LinkButton href={csvHref} icon="download" size="small" download spoken={`CSV, by ${pace}`}>
          CSV
        </LinkButton>
      </div>
    </Stack>
  );
}
