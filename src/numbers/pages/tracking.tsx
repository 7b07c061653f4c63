import type { FastifyInstance } from 'fastify';
import { accountShell, enterAccount } from '../../accounts/enter.ts';
import type { House } from '../../platform/house.ts';
import { numberStateOf } from '../../rules/numberState.ts';
import { refusalIn, troubleHref } from '../../web/askHref.ts';
import {
  Badge,
  EmptyState,
  LinkButton,
  Moment,
  PageHeader,
  PhoneNumber,
  Table,
  TroubleLink,
} from '../../web/components.tsx';
import { formatCount, formatMoney, formatPhone, formatShortDay, formatShortMoment } from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import { sendPage } from '../../web/read.ts';
import { findNumbers, type TrackingNumber } from '../store.ts';
import { type FindLastShown, sayLastShown } from './lastShown.tsx';
import { ActiveCell, SwappingCell } from './switching.tsx';

/** Numbers → Tracking Numbers. */
export function registerTrackingPage(app: FastifyInstance, house: House, findLastShown: FindLastShown): void {
  app.get<{ Params: { accountId: string } }>('/accounts/:accountId/numbers', async (request, reply) => {
    const entered = await enterAccount(house, request, 'view-numbers');
    const { account, base, now, may } = entered;
    const numbers = await findNumbers(house.db, account.accountId, { filter: 'in use', now });
    const lastShown = await findLastShown(house.db, account.accountId);
    const shell = await accountShell(house, request, reply, entered);
    const page = (
      <Page
        {...shell}
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
          grey={(number) => number.boughtAt === null || !numberStateOf(account, number.switches).swapping}
          columns={[
            {
              header: 'Number',
              main: true,
              cell: (number) => (
                <>
                  <PhoneNumber
                    text={formatPhone(number.phoneNumber)}
                    href={`${base}/numbers/${number.trackingNumberId}`}
                  />
                  <small class="under">
                    {number.receivingNumber ? (
                      `to ${formatPhone(number.receivingNumber)}`
                    ) : (
                      <Badge tone="attention" icon="attention">
                        to none yet
                      </Badge>
                    )}
                  </small>
                </>
              ),
            },
            {
              header: 'Name',
              wraps: true,
              cell: (number) => (
                <>
                  {number.name ?? ''}
                  {number.sourceName && <small class="under">{number.sourceName}</small>}
                  {lastShown.has(number.trackingNumberId) && (
                    <small class="under">{sayLastShown(lastShown.get(number.trackingNumberId)!, now)}</small>
                  )}
                </>
              ),
            },
            {
              header: 'Type',
              cell: (number) => purchaseOf(number) ?? <SwappingCell entered={entered} number={number} />,
            },
            {
              header: 'Active',
              cell: (number) => (number.boughtAt ? <ActiveCell entered={entered} number={number} /> : ''),
            },
            {
              header: 'Calls, 30 days',
              numeric: true,
              cell: (number) => (
                <>
                  {formatCount(number.calls30Days)}
                  {number.lastCallAt && (
                    <small class="under">
                      last{' '}
                      <Moment at={number.lastCallAt} text={formatShortMoment(number.lastCallAt, account.timeZone)} />
                    </small>
                  )}
                </>
              ),
            },
            {
              header: 'Renews',
              cell: (number) =>
                number.paidUntil ? (
                  <>
                    {formatMoney(number.monthlyPriceMicros, 'USD')}
                    <small class="under">
                      on <Moment at={number.paidUntil} text={formatShortDay(number.paidUntil, account.timeZone)} />
                    </small>
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
        <TroubleLink href={troubleHref(base, 'Tracking Numbers', refusalIn(shell.notice))} />
      </Page>
    );
    return sendPage(reply, renderPage(page));
  });
}

/** What the Type column says of a number that is not bought yet. */
function purchaseOf(number: TrackingNumber) {
  if (number.boughtAt) return null;
  return number.failedAt ? (
    <Badge tone="bad" icon="stop">
      not bought
    </Badge>
  ) : (
    <Badge tone="info" icon="clock">
      being bought
    </Badge>
  );
}
