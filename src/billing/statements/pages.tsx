import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Shell } from '../../accounts/enter.ts';
import type { House } from '../../platform/house.ts';
import { type Days, daysFrom, daysOfMonth, eachMonth, monthOf, readDays, writeDays } from '../../rules/calendar.ts';
import { Refused } from '../../rules/decision.ts';
import {
  Button,
  Card,
  DefinitionList,
  EmptyState,
  Field,
  Fold,
  Form,
  LinkButton,
  Moment,
  Muted,
  PageHeader,
  Pagination,
  Stack,
  Stat,
  Stats,
  Table,
  TextLink,
  Toolbar,
} from '../../web/components.tsx';
import { formatCount, formatMoment, formatPhone, formatRate } from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import { readId, readPlace, writePlace } from '../../web/paging.ts';
import { fieldsOf, idOf, sendPage } from '../../web/read.ts';
import { type BilledOwner, type OwnerRequest, registerForOwners } from '../owners.ts';
import { type ChargeCause, findBalance } from '../store.ts';
import { BillingTabs } from '../tabs.tsx';
import { causeNames, nameLine, unitOf } from './nameLine.ts';
import { inOneMoment, readStatement, readWhole, type Statement, type WalletPart } from './readStatement.ts';
import { sayDays, sayMonth } from './sayDays.ts';
import {
  type Charged,
  type ChargeFilter,
  type ChargeLine,
  type ExplainedCharge,
  findBalanceAt,
  findBeginning,
  findExplained,
  findLines,
  findMonths,
  findPosting,
  findSettled,
  findSettledCharges,
  hasWallet,
  type MoneyLine,
  type MonthSums,
  type OwnerSums,
  type SettledCharge,
  type ShownPosting,
} from './store.ts';
import { writeCsv } from './writeCsv.ts';
import { writePdf, writeReceipt } from './writePdf.ts';

const monthsPerPage = 12;
/** An agency's statement shows so many sub-accounts at once, each with its first lines; the rest is a page of its own. */
const subAccountsPerPage = 50;
const firstLinesMax = 12;
const linesPerPage = 100;
const moneyLinesMax = 100;
const chargesPerPage = 50;

/** Billing → Statements: the list, one statement as page, PDF and CSV, and what stands behind each line of it. */
export function registerStatementPages(app: FastifyInstance, house: House): void {
  const page = (path: string, visit: Parameters<typeof registerForOwners>[3]) =>
    registerForOwners(app, house, { path: `/billing${path}` }, visit);
  const daysIn = (owner: BilledOwner, request: OwnerRequest): Days => {
    const days = readDays(request.params.days ?? '', owner.timeZone);
    if (!days) throw new Refused({ code: 'not-found' });
    return days;
  };

  page('/statements', async (owner, request, reply) => {
    const field = fieldsOf(request.query);
    const [first, last] = [field('from'), field('to')];
    const days = first || last ? daysFrom(first, last, owner.timeZone) : null;
    if (days) return reply.redirect(`${owner.base}/billing/statements/${writeDays(days)}`, 303);
    const list = await readList(house, owner, field('until'));
    const wrong = Boolean(first || last);
    const html = renderPage(
      <ListPage shell={await owner.shell(reply)} owner={owner} list={list} first={first} last={last} wrong={wrong} />,
    );
    return sendPage(reply, html, wrong ? 422 : 200);
  });

  page('/statements/:days', async (owner, request, reply) => {
    const shown = await readShown(house, owner, daysIn(owner, request), request);
    return sendPage(reply, renderPage(<StatementPage shell={await owner.shell(reply)} owner={owner} shown={shown} />));
  });

  page('/statements/:days/accounts/:subAccountId', async (owner, request, reply) => {
    if (owner.kind !== 'agency') throw new Refused({ code: 'not-found' });
    const shown = await readSubAccount(house, owner, daysIn(owner, request), request);
    return sendPage(reply, renderPage(<SubAccountPage shell={await owner.shell(reply)} owner={owner} shown={shown} />));
  });

  page('/statements/:days/statement.pdf', async (owner, request, reply) => {
    const days = daysIn(owner, request);
    return sendFile(reply, `statement-${writeDays(days)}.pdf`, writePdf(await readWhole(house.db, owner, days)));
  });

  page('/statements/:days/statement.csv', async (owner, request, reply) => {
    const days = daysIn(owner, request);
    return sendFile(reply, `statement-${writeDays(days)}.csv`, writeCsv(await readWhole(house.db, owner, days)));
  });

  page('/statements/:days/charges', async (owner, request, reply) => {
    const field = fieldsOf(request.query);
    const days = daysIn(owner, request);
    const charged: Charged = {
      ownerId: owner.ownerId,
      paid: field('paid') === 'by-others' ? 'by others' : 'by itself',
    };
    const filter = readFilter(field);
    const before = readPlace(field('before'));
    const found = await findExplained(house.db, charged, days, filter, chargesPerPage + 1, before);
    const { currency } = await findBalance(house.db, owner.payerId);
    const kept = new URLSearchParams(
      Object.entries({
        account: field('account'),
        number: field('number'),
        cause: field('cause'),
        paid: field('paid'),
      }).filter(([, value]) => value),
    );
    const html = renderPage(
      <ChargesPage
        shell={await owner.shell(reply)}
        owner={owner}
        title={filter.cause ? causeNames[filter.cause] : 'Charges'}
        days={days}
        charges={found.slice(0, chargesPerPage)}
        isMore={found.length > chargesPerPage}
        isLater={before !== undefined}
        currency={currency}
        kept={kept}
      />,
    );
    return sendPage(reply, html);
  });

  page('/postings/:postingId', async (owner, request, reply) => {
    const posting = await mustFindPosting(house, owner, request);
    const before = readPlace(fieldsOf(request.query)('before'));
    const settled = await findSettled(house.db, owner.ownerId, posting);
    const found = settled ? await findSettledCharges(house.db, settled, chargesPerPage + 1, before) : [];
    const { currency } = await findBalance(house.db, owner.ownerId);
    const html = renderPage(
      <PostingPage
        shell={await owner.shell(reply)}
        owner={owner}
        posting={posting}
        currency={currency}
        accountId={settled?.ownerId ?? null}
        count={settled?.charges ?? 0}
        charges={found.slice(0, chargesPerPage)}
        isMore={found.length > chargesPerPage}
        isLater={before !== undefined}
      />,
    );
    return sendPage(reply, html);
  });

  page('/postings/:postingId/receipt.pdf', async (owner, request, reply) => {
    const posting = await mustFindPosting(house, owner, request);
    if (!isReceived(posting)) throw new Refused({ code: 'not-found' });
    const { currency } = await findBalance(house.db, owner.ownerId);
    return sendFile(reply, `receipt-${posting.postingId}.pdf`, writeReceipt(owner, posting, currency));
  });
}

/** Money from outside, which has a receipt. */
const isReceived = ({ debit, credit }: ShownPosting): boolean => debit === 'payments' && credit === 'wallet';

async function mustFindPosting(house: House, owner: BilledOwner, request: OwnerRequest): Promise<ShownPosting> {
  const posting = await findPosting(house.db, owner.ownerId, idOf(request.params.postingId));
  if (!posting) throw new Refused({ code: 'not-found' });
  return posting;
}

const mediaTypes: Readonly<Record<string, string>> = { pdf: 'application/pdf', csv: 'text/csv; charset=utf-8' };

/** A file as it is written. */
export function sendFile(reply: FastifyReply, name: string, content: NodeJS.ReadableStream): FastifyReply {
  return reply
    .type(mediaTypes[name.split('.').at(-1)!]!)
    .header('content-disposition', `attachment; filename="${name}"`)
    .header('cache-control', 'no-store')
    .send(content);
}

function readFilter(field: (name: string) => string): ChargeFilter {
  const [ownerId, trackingNumberId] = [readId(field('account')), readId(field('number'))];
  const cause = (Object.keys(causeNames) as ChargeCause[]).find((each) => each === field('cause'));
  return {
    ...(ownerId === undefined ? {} : { ownerId }),
    ...(trackingNumberId === undefined ? {} : { trackingNumberId }),
    ...(cause ? { cause } : {}),
  };
}

export interface ListedMonth extends MonthSums {
  openingMicros: bigint;
  closingMicros: bigint;
}

export interface StatementList {
  /** The newest first. */
  months: readonly ListedMonth[];
  currency: string;
  hasWallet: boolean;
  /** The newest month of the pages beside this one. */
  older: string | null;
  newer: string | null;
}

const noSums = { inMicros: 0n, outMicros: 0n, chargedMicros: 0n, paidByOthersMicros: 0n };

/** A year of statements, the newest first, up to the month `until` where it is given. */
export async function readList(house: Pick<House, 'db'>, owner: BilledOwner, until: string): Promise<StatementList> {
  const { ownerId, payerId, timeZone, now } = owner;
  return inOneMoment(house.db, async (tx) => {
    const thisMonth = monthOf(now, timeZone);
    const beganAt = (await findBeginning(tx, ownerId)) ?? now;
    const whole = daysFrom(`${monthOf(beganAt, timeZone)}-01`, daysOfMonth(thisMonth, timeZone)!.lastDay, timeZone)!;
    const all = eachMonth(whole);
    const end = all.includes(until) ? all.indexOf(until) + 1 : all.length;
    const begin = Math.max(0, end - monthsPerPage);
    const shown = all.slice(begin, end);
    const days = daysFrom(`${shown[0]}-01`, daysOfMonth(shown.at(-1)!, timeZone)!.lastDay, timeZone)!;
    const sums = new Map((await findMonths(tx, ownerId, days, timeZone)).map((each) => [each.month, each]));
    let balanceMicros = await findBalanceAt(tx, ownerId, days.from);
    const months = shown.map((month) => {
      const each = sums.get(month) ?? { month, ...noSums };
      const openingMicros = balanceMicros;
      balanceMicros += each.inMicros - each.outMicros - each.chargedMicros;
      return { ...each, openingMicros, closingMicros: balanceMicros };
    });
    return {
      months: months.toReversed(),
      currency: (await findBalance(tx, payerId)).currency,
      hasWallet: await hasWallet(tx, ownerId),
      older: all[begin - 1] ?? null,
      newer: end < all.length ? all[Math.min(all.length, end + monthsPerPage) - 1]! : null,
    };
  });
}

const crumbs = (owner: BilledOwner, ...more: { label: string; href?: string }[]) => [
  { label: 'Settings' },
  { label: 'Billing', href: `${owner.base}/billing` },
  ...more,
];

interface ListPageProps {
  shell: Shell;
  owner: BilledOwner;
  list: StatementList;
  first: string;
  last: string;
  wrong: boolean;
}

function ListPage({ shell, owner, list, first, last, wrong }: ListPageProps) {
  const { base, payingAgency, now, timeZone } = owner;
  const money = (micros: bigint) => formatRate(micros, list.currency);
  const hrefOf = (month: string) => `${base}/billing/statements/${month}`;
  const hasOthers = !list.hasWallet || list.months.some((each) => each.paidByOthersMicros !== 0n);
  const thisMonth = monthOf(now, timeZone);
  return (
    <Page {...shell} title="Statements" width="wide" breadcrumbs={crumbs(owner, { label: 'Statements' })}>
      <PageHeader
        title="Statements"
        description={`What was charged, at which rates, and what was paid; by the days of ${timeZone.replaceAll('_', ' ')}.${
          payingAgency ? ` ${payingAgency} pays for this account.` : ''
        }`}
      />
      <Stack>
        <BillingTabs base={base} current="Statements" />
        <Table
          caption="Statements"
          rows={list.months}
          rowKey={(each) => each.month}
          columns={[
            {
              header: 'Month',
              main: true,
              cell: (each) => (
                <>
                  <TextLink href={hrefOf(each.month)}>{sayMonth(each.month)}</TextLink>
                  {each.month === thisMonth && <small class="under">until now</small>}
                </>
              ),
            },
            ...(list.hasWallet
              ? [
                  { header: 'Opening balance', numeric: true, cell: (each: ListedMonth) => money(each.openingMicros) },
                  { header: 'Money in', numeric: true, cell: (each: ListedMonth) => money(each.inMicros) },
                  { header: 'Money out', numeric: true, cell: (each: ListedMonth) => money(each.outMicros) },
                  { header: 'Charges', numeric: true, cell: (each: ListedMonth) => money(each.chargedMicros) },
                  { header: 'Closing balance', numeric: true, cell: (each: ListedMonth) => money(each.closingMicros) },
                ]
              : []),
            ...(hasOthers
              ? [
                  {
                    header: `Paid by ${payingAgency ?? 'the agency'}`,
                    numeric: true,
                    cell: (each: ListedMonth) => money(each.paidByOthersMicros),
                  },
                ]
              : []),
            {
              header: 'Files',
              actions: true,
              cell: (each) => <FileButtons href={hrefOf(each.month)} spoken={sayMonth(each.month)} small />,
            },
          ]}
        />
        {(list.older || list.newer) && (
          <Pagination
            summary="A year at a time"
            previousHref={list.newer ? `${base}/billing/statements?until=${list.newer}` : undefined}
            previousLabel="Newer"
            nextHref={list.older ? `${base}/billing/statements?until=${list.older}` : undefined}
            nextLabel="Older"
          />
        )}
        <Card title="Other days" description="A statement of any days, both included.">
          <DaysForm action={`${base}/billing/statements`} first={first} last={last} wrong={wrong} button="Show" />
        </Card>
      </Stack>
    </Page>
  );
}

export const wrongDays = 'Say two days, the earlier one first; ten years at most.';

interface DaysFormProps {
  action: string;
  first: string;
  last: string;
  wrong?: boolean;
  button: string;
  hidden?: Readonly<Record<string, string>>;
}

/** Asks for the days of something. */
export function DaysForm({ action, first, last, wrong, button, hidden }: DaysFormProps) {
  return (
    <Form action={action} method="get" inline hidden={hidden}>
      <Field name="from" label="From" kind="date" value={first} required error={wrong ? wrongDays : undefined} />
      <Field name="to" label="To" kind="date" value={last} required />
      <Button>{button}</Button>
    </Form>
  );
}

function FileButtons({ href, spoken, small }: { href: string; spoken: string; small?: boolean }) {
  const size = small ? 'small' : 'regular';
  return (
    <>
      <LinkButton href={`${href}/statement.pdf`} size={size} icon="download" spoken={`PDF of ${spoken}`} download>
        PDF
      </LinkButton>
      <LinkButton href={`${href}/statement.csv`} size={size} icon="download" spoken={`CSV of ${spoken}`} download>
        CSV
      </LinkButton>
    </>
  );
}

interface Shown {
  statement: Statement;
  find: string;
  page: number;
  /** Of an agency: the sub-accounts of this page, and how many `find` leaves. */
  sums: readonly OwnerSums[];
  found: number;
  lines: readonly ChargeLine[];
  linesPaidByOthers: readonly ChargeLine[];
}

const pageOf = (request: OwnerRequest): number =>
  Math.min(100_000, Math.max(1, readId(fieldsOf(request.query)('page')) ?? 1));

const linesOn = (page: number) => ({ limit: linesPerPage, offset: (page - 1) * linesPerPage });

async function readShown(house: House, owner: BilledOwner, days: Days, request: OwnerRequest): Promise<Shown> {
  const { ownerId, kind } = owner;
  const find = fieldsOf(request.query)('find').slice(0, 100);
  const page = pageOf(request);
  return inOneMoment(house.db, async (tx) => {
    const statement = await readStatement(tx, owner, days);
    const all = statement.wallet?.sums ?? [];
    const ofItself: Charged = { ownerId, paid: 'by itself' };
    if (kind === 'account') {
      const lines = await findLines(tx, ofItself, days, linesOn(page));
      const linesPaidByOthers = await findLines(tx, { ownerId, paid: 'by others' }, days, linesOn(page));
      return { statement, find, page, sums: all, found: all.length, lines, linesPaidByOthers };
    }
    const wanted = all.filter((each) => each.name.toLowerCase().includes(find.toLowerCase()));
    const sums = wanted.slice((page - 1) * subAccountsPerPage, page * subAccountsPerPage);
    const ownerIds = sums.map((each) => each.ownerId);
    const lines = await findLines(tx, ofItself, days, { ownerIds, firstOfEach: firstLinesMax });
    return { statement, find, page, sums, found: wanted.length, lines, linesPaidByOthers: [] };
  });
}

function StatementPage({ shell, owner, shown }: { shell: Shell; owner: BilledOwner; shown: Shown }) {
  const { statement, lines, linesPaidByOthers, page } = shown;
  const { days, wallet, paidByOthers, currency } = statement;
  const href = `${owner.base}/billing/statements/${writeDays(days)}`;
  const title = `Statement, ${sayDays(days)}`;
  const money = (micros: bigint) => formatRate(micros, currency);
  return (
    <Page
      {...shell}
      title={title}
      width="wide"
      breadcrumbs={crumbs(
        owner,
        { label: 'Statements', href: `${owner.base}/billing/statements` },
        { label: sayDays(days) },
      )}
    >
      <PageHeader
        title={title}
        description={`Of ${owner.name}, by the days of ${owner.timeZone.replaceAll('_', ' ')}.${
          owner.now < days.until ? ' These days are not over; more may come.' : ''
        }`}
        actions={<FileButtons href={href} spoken={title} />}
      />
      <Stack>
        {wallet && <Sums wallet={wallet} money={money} />}
        {wallet && <MoneyTable owner={owner} lines={wallet.money} money={money} />}
        {wallet && owner.kind === 'agency' && <SubAccounts shown={shown} wallet={wallet} href={href} money={money} />}
        {wallet && owner.kind === 'account' && (
          <Lines caption="Charges" lines={lines} page={page} href={href} money={money} total={wallet.chargedMicros} />
        )}
        {paidByOthers && (
          <>
            <Muted>{owner.payingAgency ?? 'The agency'} paid what follows from its own available balance.</Muted>
            <Lines
              caption={`Charges paid by ${owner.payingAgency ?? 'the agency'}`}
              lines={linesPaidByOthers}
              page={page}
              href={href}
              paid="by-others"
              money={money}
              total={paidByOthers.totalMicros}
            />
          </>
        )}
        {!wallet && !paidByOthers && <EmptyState icon="billing" title="Nothing was charged in these days" />}
      </Stack>
    </Page>
  );
}

const sumOf = (lines: readonly MoneyLine[], wanted: (micros: bigint) => boolean): bigint =>
  lines.reduce((sum, { amountMicros }) => (wanted(amountMicros) ? sum + amountMicros : sum), 0n);

type Money = (micros: bigint) => string;

function Sums({ wallet, money }: { wallet: WalletPart; money: Money }) {
  return (
    <Stats>
      <Stat label="Opening balance" value={money(wallet.openingMicros)} />
      <Stat label="Money in" value={money(sumOf(wallet.money, (micros) => micros > 0n))} />
      <Stat label="Money out" value={money(sumOf(wallet.money, (micros) => micros < 0n))} />
      <Stat label="Charges" value={money(-wallet.chargedMicros)} />
      <Stat label="Closing balance" value={money(wallet.closingMicros)} />
    </Stats>
  );
}

function MoneyTable({ owner, lines, money }: { owner: BilledOwner; lines: readonly MoneyLine[]; money: Money }) {
  if (lines.length === 0) return null;
  return (
    <>
      <Table
        caption="Money in and out"
        captionShown
        rows={lines.slice(0, moneyLinesMax)}
        rowKey={(line) => `posting-${line.postingId}`}
        columns={[
          { header: 'When', cell: (line) => <Moment at={line.at} text={formatMoment(line.at, owner.timeZone)} /> },
          {
            header: 'What',
            main: true,
            wraps: true,
            cell: (line) => (
              <TextLink href={`${owner.base}/billing/postings/${line.postingId}`}>
                {line.description || line.cause}
              </TextLink>
            ),
          },
          { header: 'Amount', numeric: true, cell: (line) => money(line.amountMicros) },
        ]}
      />
      {lines.length > moneyLinesMax && (
        <Muted>{formatCount(lines.length - moneyLinesMax)} more stand in the PDF and the CSV.</Muted>
      )}
    </>
  );
}

interface SubAccountsProps {
  shown: Shown;
  wallet: WalletPart;
  href: string;
  money: Money;
}

/** First what each sub-account costs, then of what that is made, folded. */
function SubAccounts({ shown, wallet, href, money }: SubAccountsProps) {
  const { sums, found, find, page, lines } = shown;
  const byOwner = Map.groupBy(lines, (each) => each.ownerId);
  // Zeros would hide what there is.
  const moneyOrNone = (micros: bigint) => (micros === 0n ? '' : money(micros));
  const first = (page - 1) * subAccountsPerPage;
  const hrefTo = (target: number) =>
    `${href}?${new URLSearchParams({ ...(find ? { find } : {}), page: String(target) })}`;
  const many = wallet.sums.length > subAccountsPerPage;
  return (
    <>
      {many && (
        <Toolbar>
          <Form action={href} method="get" inline>
            <Field name="find" label="Sub-account" labelHidden kind="search" placeholder="Sub-account" value={find} />
            <Button icon="search">Find</Button>
          </Form>
        </Toolbar>
      )}
      <Table
        caption="Charges by sub-account"
        captionShown
        sticky
        rows={sums}
        rowKey={(each) => `sum-${each.ownerId}`}
        columns={[
          {
            header: 'Sub-account',
            main: true,
            wraps: true,
            cell: (each) => <TextLink href={`#account-${each.ownerId}`}>{each.name}</TextLink>,
          },
          { header: 'Numbers', numeric: true, cell: (each) => formatCount(each.numbers) },
          { header: 'Minutes', numeric: true, cell: (each) => formatCount(each.minutes) },
          { header: 'Plan', numeric: true, cell: (each) => moneyOrNone(each.planMicros) },
          { header: 'Number months', numeric: true, cell: (each) => moneyOrNone(each.numberMicros) },
          { header: 'Calls', numeric: true, cell: (each) => moneyOrNone(each.callMicros) },
          { header: 'Charges', numeric: true, cell: (each) => money(each.totalMicros) },
        ]}
        empty={<EmptyState icon="billing" title={find ? 'No sub-account fits' : 'Nothing was charged in these days'} />}
        foot={
          <tr class="total">
            <th scope="row">All charges</th>
            <td class="on-desktop" colSpan={5} />
            <td class="numeric">{money(wallet.chargedMicros)}</td>
          </tr>
        }
      />
      {(many || page > 1) && (
        <Pagination
          summary={
            found === 0
              ? 'None'
              : `${formatCount(first + 1)}–${formatCount(first + sums.length)} of ${formatCount(found)}`
          }
          previousHref={page > 1 ? hrefTo(page - 1) : undefined}
          nextHref={first + sums.length < found ? hrefTo(page + 1) : undefined}
        />
      )}
      {sums.length > 0 && (
        <div class="folds">
          {sums.map((each) => {
            const own = byOwner.get(each.ownerId) ?? [];
            const more = (own[0]?.linesOfOwner ?? 0) - own.length;
            const subHref = `${href}/accounts/${each.ownerId}`;
            return (
              <Fold
                key={each.ownerId}
                id={`account-${each.ownerId}`}
                title={each.name}
                end={money(each.totalMicros)}
                open={sums.length === 1}
              >
                <LinesTable caption={`Charges of ${each.name}`} lines={own} href={href} ofAgency money={money} />
                <TextLink href={subHref}>
                  {more > 0 ? `${formatCount(more)} more lines of ${each.name}` : `${each.name} on a page of its own`}
                </TextLink>
              </Fold>
            );
          })}
        </div>
      )}
    </>
  );
}

interface LinesTableProps {
  caption: string;
  captionShown?: boolean;
  lines: readonly ChargeLine[];
  /** Of the statement; its single charges stand below it. */
  href: string;
  ofAgency?: boolean;
  paid?: 'by-others';
  money: Money;
  total?: bigint;
}

/** Charges by number, kind and rate: quantity × rate = amount, each with a link to the single charges. */
function LinesTable({ caption, captionShown, lines, href, ofAgency, paid, money, total }: LinesTableProps) {
  const chargesHref = ({ ownerId, trackingNumberId, cause }: ChargeLine) => {
    const asked = {
      ...(ofAgency ? { account: String(ownerId) } : {}),
      ...(trackingNumberId === null ? {} : { number: String(trackingNumberId) }),
      cause,
      ...(paid ? { paid } : {}),
    };
    return `${href}/charges?${new URLSearchParams(asked)}`;
  };
  return (
    <Table
      caption={caption}
      captionShown={captionShown}
      sticky={captionShown}
      dense
      rows={lines}
      rowKey={(each) =>
        `line-${each.ownerId}-${each.trackingNumberId}-${each.cause}-${each.unitMicros}-${each.description}`.replaceAll(
          /\s/g,
          '-',
        )
      }
      columns={[
        {
          header: 'What',
          main: true,
          wraps: true,
          cell: (each) => <TextLink href={chargesHref(each)}>{nameLine(each)}</TextLink>,
        },
        { header: 'Number', wraps: true, cell: numberCell },
        {
          header: 'Quantity',
          numeric: true,
          cell: (each) => `${formatCount(each.quantity)} ${unitOf(each, each.quantity)}`,
        },
        { header: 'Rate', numeric: true, cell: (each) => money(each.unitMicros) },
        { header: 'Amount', numeric: true, cell: (each) => money(each.amountMicros) },
      ]}
      empty={<EmptyState icon="billing" title="Nothing was charged in these days" />}
      foot={
        total !== undefined && (
          <tr class="total">
            <th scope="row">All charges</th>
            <td class="on-desktop" colSpan={3} />
            <td class="numeric">{money(total)}</td>
          </tr>
        )
      }
    />
  );
}

function numberCell({ phoneNumber, numberName, trackingNumberId }: ChargeLine) {
  if (trackingNumberId === null) return '';
  const name = numberName && <small class="under">{numberName}</small>;
  return (
    <span>
      {phoneNumber ? formatPhone(phoneNumber) : `Number ${trackingNumberId}`}
      {name}
    </span>
  );
}

interface LinesProps extends Omit<LinesTableProps, 'captionShown'> {
  page: number;
  /** Of the page they stand on, where it is not the statement's own. */
  pageHref?: string;
}

/** Lines, a hundred at a time. */
function Lines({ page, pageHref, ...table }: LinesProps) {
  const { lines, href } = table;
  const count = lines[0]?.linesOfOwner ?? 0;
  const first = (page - 1) * linesPerPage;
  const hrefTo = (target: number) => `${pageHref ?? href}?page=${target}`;
  return (
    <>
      <LinesTable {...table} captionShown />
      {(page > 1 || count > linesPerPage) && (
        <Pagination
          summary={
            count
              ? `${formatCount(first + 1)}–${formatCount(first + lines.length)} of ${formatCount(count)} lines`
              : 'None'
          }
          previousHref={page > 1 ? hrefTo(page - 1) : undefined}
          nextHref={first + lines.length < count ? hrefTo(page + 1) : undefined}
        />
      )}
    </>
  );
}

interface ShownSubAccount {
  days: Days;
  currency: string;
  sums: OwnerSums;
  lines: readonly ChargeLine[];
  page: number;
}

async function readSubAccount(
  house: House,
  owner: BilledOwner,
  days: Days,
  request: OwnerRequest,
): Promise<ShownSubAccount> {
  const subAccountId = idOf(request.params.subAccountId);
  const page = pageOf(request);
  return inOneMoment(house.db, async (tx) => {
    const statement = await readStatement(tx, owner, days);
    const sums = statement.wallet?.sums.find((each) => each.ownerId === subAccountId);
    if (!sums) throw new Refused({ code: 'not-found' });
    const charged: Charged = { ownerId: owner.ownerId, paid: 'by itself' };
    const lines = await findLines(tx, charged, days, { ownerIds: [subAccountId], ...linesOn(page) });
    return { days, currency: statement.currency, sums, lines, page };
  });
}

function SubAccountPage({ shell, owner, shown }: { shell: Shell; owner: BilledOwner; shown: ShownSubAccount }) {
  const { days, currency, sums, lines, page } = shown;
  const money = (micros: bigint) => formatRate(micros, currency);
  const href = `${owner.base}/billing/statements/${writeDays(days)}`;
  const title = `${sums.name}, ${sayDays(days)}`;
  return (
    <Page
      {...shell}
      title={title}
      width="wide"
      breadcrumbs={crumbs(
        owner,
        { label: 'Statements', href: `${owner.base}/billing/statements` },
        { label: sayDays(days), href },
        { label: sums.name },
      )}
    >
      <PageHeader title={title} description={`What ${owner.name} was charged for it.`} />
      <Stack>
        <Stats>
          <Stat label="Plan" value={money(sums.planMicros)} />
          <Stat label="Number months" value={money(sums.numberMicros)} hint={`${formatCount(sums.numbers)} numbers`} />
          <Stat label="Calls" value={money(sums.callMicros)} hint={`${formatCount(sums.minutes)} minutes`} />
          <Stat label="Charges" value={money(sums.totalMicros)} />
        </Stats>
        <Lines
          caption="Charges"
          lines={lines}
          page={page}
          href={href}
          pageHref={`${href}/accounts/${sums.ownerId}`}
          ofAgency
          money={money}
          total={sums.totalMicros}
        />
      </Stack>
    </Page>
  );
}

interface ChargesPageProps {
  shell: Shell;
  owner: BilledOwner;
  title: string;
  days: Days;
  charges: readonly ExplainedCharge[];
  isMore: boolean;
  isLater: boolean;
  currency: string;
  /** The filters, as they stand in the address. */
  kept: URLSearchParams;
}

function ChargesPage({ shell, owner, title, days, charges, isMore, isLater, currency, kept }: ChargesPageProps) {
  const statements = `${owner.base}/billing/statements`;
  const href = `${statements}/${writeDays(days)}`;
  return (
    <Page
      {...shell}
      title={title}
      width="wide"
      breadcrumbs={crumbs(
        owner,
        { label: 'Statements', href: statements },
        { label: sayDays(days), href },
        { label: 'Charges' },
      )}
    >
      <PageHeader title={title} description={`Every single one of ${sayDays(days)}, the newest first.`} />
      <Charges
        owner={owner}
        charges={charges}
        currency={currency}
        isMore={isMore}
        isLater={isLater}
        path={`${href}/charges`}
        kept={kept}
        withOwner={owner.kind === 'agency'}
      />
    </Page>
  );
}

interface ChargesProps extends Pick<ChargesPageProps, 'owner' | 'currency' | 'isMore' | 'isLater' | 'kept'> {
  charges: readonly (SettledCharge & Partial<Pick<ExplainedCharge, 'ownerId' | 'ownerName'>>)[];
  path: string;
  /** Whose call it was, where all are one account's. */
  accountId?: number | null;
  withOwner?: boolean;
}

/** Single charges, each with its rate, and its call where there is one. */
function Charges({ owner, charges, currency, isMore, isLater, path, kept, accountId, withOwner }: ChargesProps) {
  const money = (micros: bigint) => formatRate(micros, currency);
  const last = charges.at(-1);
  const mayCalls = owner.may('view-calls');
  const older = new URLSearchParams(kept);
  if (last) older.set('before', writePlace({ at: last.at, id: last.chargeId }));
  const what = (charge: ChargesProps['charges'][number]) => {
    const text = charge.description.replace(phoneInText, formatPhone);
    const account = charge.ownerId ?? accountId;
    return charge.callId && account && mayCalls ? (
      <TextLink href={`/accounts/${account}/calls/${charge.callId}`}>{text}</TextLink>
    ) : (
      text
    );
  };
  return (
    <Stack>
      <Table
        caption="Charges"
        sticky
        rows={charges}
        rowKey={(charge) => `charge-${charge.chargeId}`}
        columns={[
          {
            header: 'When',
            cell: (charge) => <Moment at={charge.at} text={formatMoment(charge.at, owner.timeZone)} />,
          },
          { header: 'What', main: true, wraps: true, cell: what },
          ...(withOwner
            ? [{ header: 'Sub-account', wraps: true, cell: (charge: { ownerName?: string }) => charge.ownerName ?? '' }]
            : []),
          { header: 'Number', cell: (charge) => (charge.phoneNumber ? formatPhone(charge.phoneNumber) : '') },
          { header: 'Quantity', numeric: true, cell: (charge) => formatCount(charge.quantity) },
          { header: 'Rate', numeric: true, cell: (charge) => money(charge.unitMicros) },
          { header: 'Amount', numeric: true, cell: (charge) => money(charge.amountMicros) },
        ]}
        empty={<EmptyState icon="billing" title="No charges" />}
      />
      {(isMore || isLater) && (
        <Pagination
          summary="Newest first"
          previousHref={isLater ? `${path}?${kept}` : undefined}
          previousLabel="Newest"
          nextHref={isMore ? `${path}?${older}` : undefined}
          nextLabel="Older"
        />
      )}
    </Stack>
  );
}

const phoneInText = /\+[1-9]\d{6,14}\b/g;

const ledgerNames: Readonly<Record<ShownPosting['debit'], string>> = {
  payments: 'Money at the payment provider',
  wallet: 'Available balance',
  revenue: 'Charges',
  refunds: 'Approved refunds',
  unclaimed: 'Unclaimed money',
};

interface PostingPageProps extends Pick<ChargesPageProps, 'shell' | 'owner' | 'currency' | 'isMore' | 'isLater'> {
  posting: ShownPosting;
  accountId: number | null;
  count: number;
  charges: readonly SettledCharge[];
}

/** One line of the ledger, and what stands behind it. */
function PostingPage({
  shell,
  owner,
  posting,
  currency,
  accountId,
  count,
  charges,
  isMore,
  isLater,
}: PostingPageProps) {
  const { postingId, at, debit, credit, amountMicros, description, cause, reversesPostingId, reversedById } = posting;
  const path = `${owner.base}/billing/postings/${postingId}`;
  const title = description.replace(phoneInText, formatPhone) || cause;
  const linkTo = (id: number) => <TextLink href={`${owner.base}/billing/postings/${id}`}>Posting {id}</TextLink>;
  return (
    <Page {...shell} title={title} breadcrumbs={crumbs(owner, { label: `Posting ${postingId}` })}>
      <PageHeader
        title={title}
        description={
          accountId === null ? undefined : 'A settlement: these charges together were taken from the available balance.'
        }
        actions={
          isReceived(posting) && (
            <LinkButton href={`${path}/receipt.pdf`} icon="download" download>
              Receipt, PDF
            </LinkButton>
          )
        }
      />
      <Stack>
        <Card>
          <DefinitionList
            items={[
              { term: 'When', description: <Moment at={at} text={formatMoment(at, owner.timeZone)} /> },
              { term: 'Amount', description: formatRate(amountMicros, currency) },
              { term: 'From', description: ledgerNames[debit] },
              { term: 'To', description: ledgerNames[credit] },
              ...(reversesPostingId === null ? [] : [{ term: 'Undoes', description: linkTo(reversesPostingId) }]),
              ...(reversedById === null ? [] : [{ term: 'Undone by', description: linkTo(reversedById) }]),
              ...(count > 0 ? [{ term: 'Charges', description: formatCount(count) }] : []),
            ]}
          />
        </Card>
        {accountId !== null && (
          <Charges
            owner={owner}
            charges={charges}
            currency={currency}
            isMore={isMore}
            isLater={isLater}
            path={path}
            kept={new URLSearchParams()}
            accountId={accountId}
          />
        )}
      </Stack>
    </Page>
  );
}
