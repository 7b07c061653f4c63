import type { FastifyInstance } from 'fastify';
import { enterOperations, houseShell } from '../../accounts/enter.ts';
import { findUnclaimed, sumUnclaimed, type UnclaimedBalance } from '../../billing/refunds/store.ts';
import type { House } from '../../platform/house.ts';
import { toCents } from '../../rules/money.ts';
import {
  EmptyState,
  LinkButton,
  Moment,
  PageHeader,
  Pagination,
  Stack,
  Stat,
  Stats,
  Table,
} from '../../web/components.tsx';
import { formatCount, formatMoment, formatMoney } from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import { readPlace, writePlace } from '../../web/paging.ts';
import { fieldsOf, sendPage } from '../../web/read.ts';

const href = '/operations/unclaimed';
const pageSize = 50;

/** Operations → Unclaimed Balances: what nobody asked for in time, and is owed all the same. */
export function registerUnclaimedPages(app: FastifyInstance, house: House): void {
  app.get(href, async (request, reply) => {
    const { viewer } = await enterOperations(house, request, 'view-unclaimed');
    const after = readPlace(fieldsOf(request.query)('after'));
    const found = await findUnclaimed(house.db, { after, limit: pageSize + 1 });
    const balances = found.slice(0, pageSize);
    const totals = await sumUnclaimed(house.db);
    const last = balances.at(-1);
    const hasMore = found.length > pageSize;
    const shell = await houseShell(house, request, reply, viewer);
    const page = (
      <Page
        {...shell}
        title="Unclaimed Balances"
        breadcrumbs={[{ label: 'Operations' }, { label: 'Unclaimed Balances' }]}
      >
        <PageHeader
          title="Unclaimed Balances"
          description="What nobody asked for within 90 days of a closing. It is a debt and never income: a claim by ticket is paid from it."
          actions={
            <LinkButton href={`${href}.csv`} download icon="download">
              CSV
            </LinkButton>
          }
        />
        <Stack>
          <Stats>
            <Stat
              label="Owed to"
              value={formatCount(totals.reduce((sum, each) => sum + each.owners, 0))}
              hint="accounts and agencies"
            />
            {totals.map(({ currency, unclaimedMicros }) => (
              <Stat key={currency} label={`Total, ${currency}`} value={formatMoney(unclaimedMicros, currency)} />
            ))}
          </Stats>
          <Balances balances={balances} />
          {(after || hasMore) && (
            <Pagination
              summary="Oldest first"
              previousHref={after ? href : undefined}
              previousLabel="Oldest"
              nextHref={
                hasMore && last ? `${href}?after=${writePlace({ at: last.since, id: last.ownerId })}` : undefined
              }
              nextLabel="Newer"
            />
          )}
        </Stack>
      </Page>
    );
    return sendPage(reply, renderPage(page));
  });

  app.get(`${href}.csv`, async (request, reply) => {
    await enterOperations(house, request, 'view-unclaimed');
    const lines = (await findUnclaimed(house.db)).map((each) => [
      each.kind,
      String(each.ownerId),
      each.ownerName,
      decimalOf(each.unclaimedMicros),
      each.currency,
      each.closedAt?.toISOString() ?? '',
      each.since.toISOString(),
    ]);
    const head = ['kind', 'number', 'name', 'amount', 'currency', 'closed_at', 'unclaimed_since'];
    return reply
      .type('text/csv; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('content-disposition', 'attachment; filename="unclaimed-balances.csv"')
      .send([head, ...lines].map((line) => `${line.map(quote).join(',')}\r\n`).join(''));
  });

  app.get('/api/v1/operations/unclaimed', async (request) => {
    await enterOperations(house, request, 'view-unclaimed');
    const balances = await findUnclaimed(house.db);
    const totals = await sumUnclaimed(house.db);
    return {
      totals: totals.map(({ currency, unclaimedMicros }) => ({ currency, cents: Number(toCents(unclaimedMicros)) })),
      unclaimed: balances.map((each) => ({
        kind: each.kind,
        owner_id: each.ownerId,
        name: each.ownerName,
        cents: Number(toCents(each.unclaimedMicros)),
        currency: each.currency,
        closed_at: each.closedAt,
        since: each.since,
      })),
    };
  });
}

/** To the last micro-unit: a table that adds up to the ledger. */
function decimalOf(micros: bigint): string {
  const size = micros < 0n ? -micros : micros;
  return `${micros < 0n ? '-' : ''}${size / 1_000_000n}.${String(size % 1_000_000n).padStart(6, '0')}`;
}

/** A cell that a spreadsheet would take for a formula is text. */
function quote(cell: string): string {
  const safe = /^[=+@\t\r]|^-(?!\d)/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function Balances({ balances }: { balances: readonly UnclaimedBalance[] }) {
  const show = (at: Date) => <Moment at={at} text={formatMoment(at, 'UTC')} />;
  return (
    <Table
      caption="Unclaimed balances"
      rows={balances}
      rowKey={(each) => each.ownerId}
      columns={[
        { header: 'Owed to', main: true, wraps: true, cell: (each) => each.ownerName },
        { header: 'Number', cell: (each) => `${each.kind === 'agency' ? 'Agency' : 'Account'} ${each.ownerId}` },
        { header: 'Amount', numeric: true, cell: (each) => formatMoney(each.unclaimedMicros, each.currency) },
        { header: 'Closed', cell: (each) => each.closedAt && show(each.closedAt) },
        { header: 'Unclaimed since', cell: (each) => show(each.since) },
      ]}
      empty={
        <EmptyState icon="billing" title="Nothing is unclaimed">
          Whoever left was paid, asked in time, or still can.
        </EmptyState>
      }
    />
  );
}
