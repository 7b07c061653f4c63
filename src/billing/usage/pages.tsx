import type { FastifyInstance } from 'fastify';
import type { Shell } from '../../accounts/enter.ts';
import type { House } from '../../platform/house.ts';
import { type Days, daysBefore, daysOfMonth, monthOf, writeDays } from '../../rules/calendar.ts';
import { paceDays } from '../../rules/spending.ts';
import {
  Card,
  type Column,
  DefinitionList,
  EmptyState,
  LinkButton,
  Moment,
  PageHeader,
  Pagination,
  Plot,
  type PlotPart,
  Stack,
  Stat,
  Stats,
  Table,
  Tabs,
  TextLink,
  Toolbar,
} from '../../web/components.tsx';
import { formatCount, formatMoment, formatMoney, formatPhone, formatRate } from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import { readId } from '../../web/paging.ts';
import { fieldsOf, sendPage } from '../../web/read.ts';
import { type BilledOwner, type OwnerRequest, registerForOwners } from '../owners.ts';
import { DaysForm, sendFile } from '../statements/pages.tsx';
import { sayDay, sayDays, sayMonth } from '../statements/sayDays.ts';
import { BillingTabs } from '../tabs.tsx';
import { type ReadForecast, readForecast } from './readForecast.ts';
import { readAskedDays, readUsage, type Usage, type UsageView, usageViews } from './readUsage.ts';
import type { Compared, Costs, CostsAt, CostsOfAccount, CostsOfNumber } from './store.ts';
import { writeUsageCsv } from './writeUsageCsv.ts';

const rowsPerPage = 50;

interface Asked {
  days: Days;
  view: UsageView;
  page: number;
  /** The days that were asked for are none. */
  wrong: boolean;
  first: string;
  last: string;
}

function readAsked(owner: BilledOwner, request: OwnerRequest): Asked {
  const field = fieldsOf(request.query);
  const days = readAskedDays(field, owner.timeZone, owner.now);
  const view = usageViews.find((each) => each === field('by')) ?? 'day';
  return {
    days: days ?? daysOfMonth(monthOf(owner.now, owner.timeZone), owner.timeZone)!,
    view: view === 'account' && owner.kind === 'account' ? 'day' : view,
    page: Math.min(100_000, Math.max(1, readId(field('page')) ?? 1)),
    wrong: days === null,
    first: days?.firstDay ?? field('from'),
    last: days?.lastDay ?? field('to'),
  };
}

/** Billing → Usage: what it cost, by day, number and sub-account, beside the time before, and what is to come. */
export function registerUsagePages(app: FastifyInstance, house: House): void {
  registerForOwners(app, house, { path: '/billing/usage' }, async (owner, request, reply) => {
    const asked = readAsked(owner, request);
    const paged = { limit: rowsPerPage, offset: (asked.page - 1) * rowsPerPage };
    const usage = await readUsage(house.db, owner, { ...asked, page: paged });
    const forecast = await readForecast(house.db, owner);
    const shell = await owner.shell(reply);
    const html = renderPage(<UsagePage shell={shell} owner={owner} asked={asked} usage={usage} forecast={forecast} />);
    return sendPage(reply, html, asked.wrong ? 422 : 200);
  });

  registerForOwners(app, house, { path: '/billing/usage.csv' }, async (owner, request, reply) => {
    const { days, view } = readAsked(owner, request);
    const usage = await readUsage(house.db, owner, { days, view, page: null });
    return sendFile(reply, `usage-${writeDays(days)}-by-${view}.csv`, writeUsageCsv(usage, view));
  });
}

const viewNames: Record<UsageView, string> = { day: 'Over time', number: 'By number', account: 'By sub-account' };

interface UsagePageProps {
  shell: Shell;
  owner: BilledOwner;
  asked: Asked;
  usage: Usage;
  forecast: ReadForecast;
}

function UsagePage({ shell, owner, asked, usage, forecast }: UsagePageProps) {
  const { base, timeZone, now, kind, name } = owner;
  const { days, view, page, wrong, first, last } = asked;
  const { before, isOver, costs, costsBefore, count, currency } = usage;
  const money = (micros: bigint) => formatMoney(micros, currency);
  const href = (more: { days?: Days; by?: UsageView; page?: number } = {}, path = '') => {
    const query = {
      days: writeDays(more.days ?? days),
      by: more.by ?? view,
      ...(more.page ? { page: String(more.page) } : {}),
    };
    return `${base}/billing/usage${path}?${new URLSearchParams(query)}`;
  };
  const against = `${sayDays(before)}${isOver ? '' : ', up to the same time'}`;
  const next = days.until <= now ? monthAfter(days, timeZone) : null;
  const from = (page - 1) * rowsPerPage;
  const shown = view === 'number' ? usage.numbers.length : usage.accounts.length;
  return (
    <Page
      {...shell}
      title="Usage"
      width="wide"
      breadcrumbs={[{ label: 'Settings' }, { label: 'Billing', href: `${base}/billing` }, { label: 'Usage' }]}
    >
      <PageHeader
        title="What it cost"
        description={`${sayDays(days)}, by the days of ${timeZone.replaceAll('_', ' ')}.${
          owner.payingAgency ? ` ${owner.payingAgency} pays for this account.` : ''
        }`}
        actions={
          <LinkButton href={href({}, '.csv')} icon="download" download>
            CSV, {viewNames[view].toLowerCase()}
          </LinkButton>
        }
      />
      <Stack>
        <BillingTabs base={base} current="Usage" />
        <Toolbar
          end={
            <>
              <LinkButton href={href({ days: daysBefore(days, timeZone) })} icon="back">
                {days.month ? 'Month before' : 'Days before'}
              </LinkButton>
              {next && <LinkButton href={href({ days: next })}>Month after</LinkButton>}
            </>
          }
        >
          <DaysForm
            action={`${base}/billing/usage`}
            first={first}
            last={last}
            wrong={wrong}
            button="Show"
            hidden={{ by: view }}
          />
        </Toolbar>
        <Stats>
          <Stat
            label={isOver ? 'Cost' : 'Cost until now'}
            value={money(costs.totalMicros)}
            hint={`${sayChange(costs.totalMicros, costsBefore.totalMicros)} than ${money(costsBefore.totalMicros)} in ${against}`}
          />
          <Stat label="Plan" value={money(costs.planMicros)} hint={`${money(costsBefore.planMicros)} before`} />
          <Stat label="Numbers" value={money(costs.numberMicros)} hint={`${money(costsBefore.numberMicros)} before`} />
          <Stat
            label="Calls"
            value={money(costs.callMicros)}
            hint={`${formatCount(costs.calls)} calls, ${formatCount(costs.minutes)} minutes; ${money(costsBefore.callMicros)} before`}
          />
        </Stats>
        {costs.totalMicros !== 0n && (
          <Card>
            <CostPlot usage={usage} name={name} />
          </Card>
        )}
        <Tabs
          label="Listed"
          tabs={usageViews
            .filter((each) => each !== 'account' || kind === 'agency')
            .map((each) => ({ label: viewNames[each], href: href({ by: each }), current: each === view }))}
        />
        {view === 'day' && <OverTime usage={usage} />}
        {view === 'number' && <ByNumber usage={usage} withAccount={kind === 'agency'} />}
        {view === 'account' && (
          <ByAccount
            usage={usage}
            href={(accountId) => `/accounts/${accountId}/billing/usage?days=${writeDays(days)}`}
            owner={owner}
          />
        )}
        {view !== 'day' && (page > 1 || count > rowsPerPage) && (
          <Pagination
            summary={shown ? `${formatCount(from + 1)}–${formatCount(from + shown)} of ${formatCount(count)}` : 'None'}
            previousHref={page > 1 ? href({ page: page - 1 }) : undefined}
            nextHref={from + shown < count ? href({ page: page + 1 }) : undefined}
          />
        )}
        <ForecastCard forecast={forecast} owner={owner} />
      </Stack>
    </Page>
  );
}

/** The whole month that follows, of a month. */
const monthAfter = ({ month, until }: Days, timeZone: string): Days | null =>
  month ? daysOfMonth(monthOf(until, timeZone), timeZone) : null;

/** "12 % more", "the same". */
function sayChange(now: bigint, before: bigint): string {
  if (now === before) return 'No other';
  const word = now > before ? 'more' : 'less';
  if (before <= 0n) return word === 'more' ? 'More' : 'Less';
  const difference = now > before ? now - before : before - now;
  const share = (difference * 1000n) / before;
  return `${share < 100n ? `${share / 10n}.${share % 10n}` : formatCount((share + 5n) / 10n)} % ${word}`;
}

const parts: readonly PlotPart[] = [
  { name: 'Calls', color: 2 },
  { name: 'Numbers', color: 3 },
];
const planPart: PlotPart = { name: 'Plan', color: 1 };

const dollars = (micros: bigint): number => Number(micros) / 1_000_000;

/** "17 Mar": many stand beside each other. */
const shortDay = (day: string): string => sayDay(day).replace(/^(\d+ \w{3}).*/, '$1');

function CostPlot({ usage, name }: { usage: Usage; name: string }) {
  const { overTime, by, currency, costs, days } = usage;
  const isDrawn = by === 'month';
  const say = (at: string) => (by === 'day' ? sayDay(at) : sayMonth(at));
  const valuesOf = (each: CostsAt) => [each.callMicros, each.numberMicros, ...(isDrawn ? [each.planMicros] : [])];
  return (
    <Plot
      note={
        !isDrawn && costs.planMicros !== 0n
          ? `The plan, ${formatMoney(costs.planMicros, currency)}, is charged at once and would hide the rest: it is not drawn.`
          : undefined
      }
      label={`Cost of ${name} by ${by}, ${sayDays(days)}; the same values stand in the table “Over time”.`}
      parts={isDrawn ? [...parts, planPart] : parts}
      format={(value) => formatMoney(BigInt(Math.round(value * 100)) * 10_000n, currency).replace(/\.00$/, '')}
      bars={overTime.map((each) => ({
        label: isDrawn ? say(each.at).slice(0, 3) : shortDay(each.at),
        text: `${say(each.at)}: ${formatRate(each.totalMicros, currency)}`,
        values: valuesOf(each).map((micros) => Math.max(0, dollars(micros))),
      }))}
    />
  );
}

const costColumns = <Row extends Costs>(currency: string): Column<Row>[] => {
  // Zeros would hide what there is.
  const money = (micros: bigint) => (micros === 0n ? '' : formatRate(micros, currency));
  return [
    { header: 'Calls', numeric: true, cell: (each) => formatCount(each.calls) },
    { header: 'Minutes', numeric: true, cell: (each) => formatCount(each.minutes) },
    { header: 'Plan', numeric: true, cell: (each) => money(each.planMicros) },
    { header: 'Numbers', numeric: true, cell: (each) => money(each.numberMicros) },
    { header: 'For calls', numeric: true, cell: (each) => money(each.callMicros) },
    { header: 'Cost', numeric: true, cell: (each) => formatRate(each.totalMicros, currency) },
  ];
};

const beforeColumn = <Row extends Compared>(currency: string): Column<Row> => ({
  header: 'Time before',
  numeric: true,
  cell: (each) => formatRate(each.beforeMicros, currency),
});

const nothingCost = <EmptyState icon="billing" title="Nothing was charged in these days" />;

function OverTime({ usage }: { usage: Usage }) {
  const { overTime, by, currency } = usage;
  return (
    <Table
      caption={`Cost by ${by}`}
      sticky
      dense
      onPhone="scroll"
      rows={overTime.filter((each) => each.totalMicros !== 0n || each.calls > 0).toReversed()}
      rowKey={(each) => each.at}
      columns={[
        {
          header: by === 'day' ? 'Day' : 'Month',
          main: true,
          cell: (each) => (by === 'day' ? sayDay(each.at) : sayMonth(each.at)),
        },
        ...costColumns<CostsAt>(currency),
      ]}
      empty={nothingCost}
    />
  );
}

function ByNumber({ usage, withAccount }: { usage: Usage; withAccount: boolean }) {
  const { numbers, currency } = usage;
  const nameOf = ({ phoneNumber, trackingNumberId, accountName }: CostsOfNumber) =>
    trackingNumberId === null
      ? `Plan of ${accountName}`
      : phoneNumber
        ? formatPhone(phoneNumber)
        : `Number ${trackingNumberId}`;
  return (
    <Table
      caption="Cost by number"
      sticky
      dense
      onPhone="scroll"
      rows={numbers}
      rowKey={(each) => `${each.accountId}-${each.trackingNumberId}`}
      columns={[
        {
          header: 'Number',
          main: true,
          wraps: true,
          cell: (each) => (
            <span>
              {nameOf(each)}
              {each.trackingNumberId !== null && (
                <small class="under">
                  {[each.numberName, withAccount && each.accountName].filter(Boolean).join(', ')}
                </small>
              )}
            </span>
          ),
        },
        ...costColumns<CostsOfNumber>(currency).filter(({ header }) => header !== 'Plan'),
        beforeColumn(currency),
      ]}
      empty={nothingCost}
    />
  );
}

interface ByAccountProps {
  usage: Usage;
  href: (accountId: number) => string;
  owner: BilledOwner;
}

function ByAccount({ usage, href, owner }: ByAccountProps) {
  const { accounts, currency } = usage;
  return (
    <Table
      caption="Cost by sub-account"
      sticky
      dense
      onPhone="scroll"
      rows={accounts}
      rowKey={(each) => each.accountId}
      columns={[
        {
          header: 'Sub-account',
          main: true,
          wraps: true,
          cell: (each) =>
            each.accountId === owner.ownerId ? (
              `${each.accountName} itself`
            ) : (
              <TextLink href={href(each.accountId)}>{each.accountName}</TextLink>
            ),
        },
        ...costColumns<CostsOfAccount>(currency),
        beforeColumn(currency),
      ]}
      empty={nothingCost}
    />
  );
}

/** What the month will cost: what is known and what is likely, kept apart, and why. */
export function ForecastCard({ forecast, owner }: { forecast: ReadForecast; owner: BilledOwner }) {
  const { currency, next, known, daysLeft, paceSince } = forecast;
  const { timeZone, closedAt } = owner;
  const money = (micros: bigint) => formatMoney(micros, currency);
  if (closedAt)
    return (
      <Card title={`Forecast of ${sayMonth(forecast.month)}`}>
        Charges have ended on <Moment at={closedAt} text={formatMoment(closedAt, timeZone)} />: this month stays at{' '}
        {money(forecast.spentMicros)}.
      </Card>
    );
  return (
    <Card
      title={`Forecast of ${sayMonth(forecast.month)}: about ${money(forecast.totalMicros)}`}
      description="An estimate: dates and prices of plan and numbers are known, calls are not."
    >
      <DefinitionList
        items={[
          {
            term: 'Next charge',
            description: next ? (
              <>
                {money(next.amountMicros)} on <Moment at={next.at} text={formatMoment(next.at, timeZone)} />
              </>
            ) : (
              'None'
            ),
            hint:
              next &&
              (next.phoneNumber ? `Number ${formatPhone(next.phoneNumber)}, ${next.what}` : `${next.what} plan`),
          },
          { term: 'Charged already', description: money(forecast.spentMicros) },
          {
            term: 'Known to come',
            description: money(forecast.knownMicros),
            hint: `${formatCount(known)} ${known === 1 ? 'charge falls' : 'charges fall'} due before the month ends.`,
          },
          {
            term: 'Likely for calls',
            description: money(forecast.likelyMicros),
            hint: (
              <>
                {money(forecast.paceMicrosPerDay)} a day since{' '}
                <Moment at={paceSince} text={formatMoment(paceSince, timeZone)} />
                {` (at most ${paceDays} days are looked at), for the ${daysLeft === 1 ? 'last day' : `${daysLeft} days that are left`}. More or fewer calls change it.`}
              </>
            ),
          },
        ]}
      />
    </Card>
  );
}
