import type { FastifyInstance } from 'fastify';
import { accountShell, enterAccount } from '../../accounts/enter.ts';
import type { House } from '../../platform/house.ts';
import { allowances, type Standing } from '../../rules/standing.ts';
import { Badge, EmptyState, LinkButton, Moment, PageHeader, PhoneNumber, Table } from '../../web/components.tsx';
import { formatCount, formatDay, formatMoney, formatPhone, formatShortMoment } from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import { sendPage } from '../../web/read.ts';
import { findNumbers, type TrackingNumber } from '../store.ts';

/** Numbers → Tracking Numbers. */
export function registerTrackingPage(app: FastifyInstance, house: House): void {
  app.get<{ Params: { accountId: string } }>('/accounts/:accountId/numbers', async (request, reply) => {
    const entered = await enterAccount(house, request, 'view-numbers');
    const { account, base, now, may } = entered;
    const numbers = await findNumbers(house.db, account.accountId, { filter: 'in use', now });
    const { callsConnect, swapping } = allowances[account.standing];
    const page = (
      <Page
        {...(await accountShell(house, request, reply, entered))}
        title="Tracking Numbers"
        width="wide"
        breadcrumbs={[{ label: 'Numbers' }, { label: 'Tracking Numbers' }]}
      >
        <PageHeader
          title="Tracking Numbers"
          actions={
            <>
              <LinkButton href={`${base}/numbers/released`}>Released Numbers</LinkButton>
              {may('buy-number') && (
                <LinkButton href={`${base}/numbers/buy`} variant="primary" icon="plus">
                  Buy Numbers
                </LinkButton>
              )}
            </>
          }
        />
        <Table
          caption="Tracking numbers"
          rows={numbers}
          rowKey={(number) => number.trackingNumberId}
          grey={(number) => number.boughtAt === null || !swapping}
          columns={[
            {
              header: 'Number',
              main: true,
              cell: (number) => (
                <PhoneNumber
                  text={formatPhone(number.phoneNumber)}
                  href={`${base}/numbers/${number.trackingNumberId}`}
                />
              ),
            },
            {
              header: 'Name',
              wraps: true,
              cell: (number) => (
                <>
                  {number.name ?? ''}
                  {number.sourceName && <small class="under">{number.sourceName}</small>}
                </>
              ),
            },
            {
              header: 'Receiving number',
              cell: (number) =>
                number.receivingNumber ? (
                  <PhoneNumber text={formatPhone(number.receivingNumber)} />
                ) : (
                  <Badge tone="attention" icon="attention">
                    none yet
                  </Badge>
                ),
            },
            { header: 'Type', cell: (number) => typeOf(number, account.standing) },
            {
              header: 'Active',
              cell: (number) => (number.boughtAt === null ? '' : callsConnect ? 'Yes' : 'No (Stop Calls)'),
            },
            { header: 'Calls, 30 days', numeric: true, cell: (number) => formatCount(number.calls30Days) },
            {
              header: 'Last call',
              cell: (number) =>
                number.lastCallAt ? (
                  <Moment at={number.lastCallAt} text={formatShortMoment(number.lastCallAt, account.timeZone)} />
                ) : (
                  ''
                ),
            },
            {
              header: 'Renews',
              cell: (number) =>
                number.paidUntil ? (
                  <>
                    {formatMoney(number.monthlyPriceMicros, 'USD')} on{' '}
                    <Moment at={number.paidUntil} text={formatDay(number.paidUntil, account.timeZone)} />
                  </>
                ) : (
                  ''
                ),
            },
            {
              header: 'Do',
              actions: true,
              cell: (number) => (
                <LinkButton
                  size="small"
                  href={`${base}/numbers/${number.trackingNumberId}`}
                  spoken={`Edit ${formatPhone(number.phoneNumber)}`}
                >
                  Edit
                </LinkButton>
              ),
            },
          ]}
          empty={
            <EmptyState
              icon="numbers"
              title={account.closure ? 'No number is in use' : 'No tracking numbers yet'}
              action={
                may('buy-number') ? (
                  <LinkButton href={`${base}/numbers/buy`} variant="primary">
                    Buy Numbers
                  </LinkButton>
                ) : undefined
              }
            >
              {account.closure
                ? 'Closing the account released its numbers. Those still held are under Released Numbers.'
                : 'A tracking number stands for one advertisement and forwards its calls to you.'}
            </EmptyState>
          }
        />
      </Page>
    );
    return sendPage(reply, renderPage(page));
  });
}

/** What the Type column says: whether the script swaps it in, or that it is on its way. */
function typeOf(number: TrackingNumber, standing: Standing) {
  if (number.failedAt)
    return (
      <Badge tone="bad" icon="stop">
        not bought
      </Badge>
    );
  if (!number.boughtAt)
    return (
      <Badge tone="info" icon="clock">
        being bought
      </Badge>
    );
  const kind = number.kind === 'tollfree' ? 'Toll-free' : 'Local';
  return allowances[standing].swapping ? kind : `${kind} (pause)`;
}
