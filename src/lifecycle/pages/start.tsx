import type { FastifyInstance } from 'fastify';
import {
  accountShell,
  enterAccount,
  findStaffRoles,
  findWayIn,
  houseShell,
  labelOf,
  mustViewer,
} from '../../accounts/enter.ts';
import { findAccountIdsOf, findAccounts } from '../../accounts/store.ts';
import { findAgenciesOf } from '../../agencies/store.ts';
import { findBalance, findSubscription } from '../../billing/store.ts';
import { countCalls } from '../../calls/store.ts';
import { findNumbers } from '../../numbers/store.ts';
import { readClock } from '../../platform/clock.ts';
import type { House } from '../../platform/house.ts';
import { addDays } from '../../rules/time.ts';
import {
  Card,
  DefinitionList,
  EmptyState,
  LinkButton,
  Moment,
  Notice,
  PageHeader,
  Stack,
  StandingLabel,
  Stat,
  Stats,
  Table,
  TextLink,
} from '../../web/components.tsx';
import { formatCount, formatDuration, formatMoment, formatMoney } from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import { sendPage } from '../../web/read.ts';
import { countOf } from './say.ts';

const listedAccountsMax = 200;

/** Where one lands after signing in, and an account's overview. */
export function registerStartPages(app: FastifyInstance, house: House): void {
  app.get('/', async (request, reply) => {
    const viewer = mustViewer(request);
    const now = await readClock(house.db);
    const agencies = await findAgenciesOf(house.db, viewer.personId, now);
    const accounts = await findAccounts(
      house.db,
      await findAccountIdsOf(house.db, viewer.personId, { limit: listedAccountsMax }),
      now,
    );
    const isStaff = (await findStaffRoles(house, viewer)).length > 0;
    const places = [
      ...agencies.map((place) => ({ place, id: place.agencyId, kind: 'Agency' })),
      ...accounts.map((place) => ({
        place,
        id: place.accountId,
        kind: place.agencyName ? `Sub-account of ${place.agencyName}` : 'Standalone account',
      })),
    ];
    const rows = await Promise.all(
      places.map(async ({ place, id, kind }) => ({
        id,
        kind,
        href: await findWayIn(house, viewer, place),
        name: place.name,
        label: labelOf(place.standing),
        gone: place.standing === 'purged',
      })),
    );
    const only = rows[0];
    if (rows.length === 1 && only?.href && !only.gone && !isStaff) return reply.redirect(only.href, 303);
    if (rows.length === 0 && isStaff) return reply.redirect('/operations/carrier-commands', 303);
    const page = (
      <Page {...(await houseShell(house, request, reply, viewer))} title="Start" breadcrumbs={[{ label: 'Start' }]}>
        <PageHeader title={`Hello, ${viewer.name}`} description="Agencies and accounts that you can open." />
        <Table
          caption="Agencies and accounts"
          rows={rows}
          rowKey={(row) => row.id}
          grey={(row) => row.gone || row.label === 'canceled'}
          columns={[
            {
              header: 'Name',
              main: true,
              wraps: true,
              cell: (row) => (row.href ? <TextLink href={row.href}>{row.name}</TextLink> : row.name),
            },
            { header: 'Kind', cell: (row) => row.kind, wraps: true },
            {
              header: 'Status',
              cell: (row) => (row.gone ? 'Past its 60 days' : <StandingLabel label={row.label} open="Open" />),
            },
          ]}
          empty={
            <EmptyState
              icon="account"
              title="No account yet"
              action={
                <LinkButton href="/sign-up" variant="primary">
                  Open an account
                </LinkButton>
              }
            >
              You can sign in, and no agency or account has given you a role. Ask an Administrator of theirs, or open an
              account of your own.
            </EmptyState>
          }
        />
      </Page>
    );
    return sendPage(reply, renderPage(page));
  });

  app.get<{ Params: { accountId: string } }>('/accounts/:accountId', async (request, reply) => {
    const entered = await enterAccount(house, request);
    const { account, base, now, may } = entered;
    const numbers = may('view-numbers')
      ? await findNumbers(house.db, account.accountId, { filter: 'in use', now })
      : [];
    const hold = account.closure ? undefined : account.switches.find((each) => each.kind === 'hold');
    const calls = await countCalls(house.db, account.accountId, addDays(now, -30));
    const balance = await findBalance(house.db, account.payerId);
    const subscription = await findSubscription(house.db, account.accountId);
    const page = (
      <Page
        {...(await accountShell(house, request, reply, entered))}
        title="Overview"
        breadcrumbs={[{ label: 'Overview' }]}
      >
        <PageHeader
          title={account.name}
          badge={<StandingLabel label={labelOf(account.standing)} />}
          description={account.agencyName ? `Sub-account of ${account.agencyName}` : 'Standalone account'}
        />
        <Stack>
          {account.closure && (
            <Notice
              kind="attention"
              title="This account is canceled"
              actions={
                may('view-settings') ? <LinkButton href={`${base}/settings#status`}>Status</LinkButton> : undefined
              }
            >
              It can be reactivated until{' '}
              <Moment
                at={account.closure.reactivatableUntil}
                text={formatMoment(account.closure.reactivatableUntil, account.timeZone)}
              />
              ; until then everything can be read.
            </Notice>
          )}
          {hold && (
            <Notice kind="attention" title="The operator holds incoming calls">
              Since <Moment at={hold.since} text={formatMoment(hold.since, account.timeZone)} />: {hold.why}
            </Notice>
          )}
          <Stats>
            <Stat
              label="Tracking numbers"
              value={may('view-numbers') ? formatCount(numbers.filter((each) => each.boughtAt).length) : '–'}
              href={may('view-numbers') ? `${base}/numbers` : undefined}
            />
            <Stat
              label="Calls, 30 days"
              value={formatCount(calls.total)}
              hint={`${formatCount(calls.answered)} answered, ${formatCount(calls.missed)} missed`}
              href={may('view-calls') ? `${base}/calls` : undefined}
            />
            <Stat label="Talk, 30 days" value={formatDuration(calls.talkSeconds)} hint="hours : minutes : seconds" />
            {may('view-billing') && account.payer === 'own' && (
              <Stat
                label="Available balance"
                value={formatMoney(balance.availableMicros, balance.currency)}
                href={`${base}/billing`}
              />
            )}
          </Stats>
          {!account.closure && may('buy-number') && numbers.length === 0 && (
            <Card title="First steps" description="From nothing to the first call.">
              <DefinitionList
                items={[
                  {
                    term: '1. Buy a number',
                    description: <TextLink href={`${base}/numbers/buy`}>Buy Numbers</TextLink>,
                    hint: 'By area code, by pattern, or toll-free.',
                  },
                  {
                    term: '2. Say where it leads',
                    description: 'Give it a receiving number',
                    hint: 'On the number’s edit page, or while buying it.',
                  },
                  {
                    term: '3. Call it',
                    description: <TextLink href={`${base}/calls`}>Call Log</TextLink>,
                    hint: 'The call shows while it rings.',
                  },
                ]}
              />
            </Card>
          )}
          {!account.closure && may('view-billing') && subscription?.next && (
            <Card title="What comes next">
              <DefinitionList
                items={[
                  {
                    term: `${subscription.next.plan.name} plan`,
                    description: (
                      <>
                        {formatMoney(subscription.next.amountMicros, subscription.next.plan.currency)} on{' '}
                        <Moment
                          at={subscription.next.from}
                          text={formatMoment(subscription.next.from, account.timeZone)}
                        />
                      </>
                    ),
                  },
                  ...(numbers.length > 0
                    ? [
                        {
                          term: countOf(numbers.length, 'number'),
                          description: `${formatMoney(
                            numbers.reduce((sum, each) => sum + each.monthlyPriceMicros, 0n),
                            balance.currency,
                          )} a month`,
                          hint: 'Each renews on its own day; see Tracking Numbers.',
                        },
                      ]
                    : []),
                ]}
              />
            </Card>
          )}
        </Stack>
      </Page>
    );
    return sendPage(reply, renderPage(page));
  });
}
