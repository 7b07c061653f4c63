import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ComponentChildren } from 'preact';
import { agencyShell, type EnteredAgency, enterAgency, labelOf } from '../../accounts/enter.ts';
import { findAccounts, findMembers, findSubAccountIds, type SubAccountFilter } from '../../accounts/store.ts';
import { findNames } from '../../auth/store.ts';
import { findOffered } from '../../billing/payers/store.ts';
import { findOwedFacts, type OwedFacts } from '../../billing/refunds/findEnded.ts';
import { RefundSetting } from '../../billing/refunds/sayRefund.tsx';
import { findOngoing } from '../../billing/sayOngoing.tsx';
import { findBalance, findPlans, findSubscription, type Plan } from '../../billing/store.ts';
import { countNumbersInUse } from '../../numbers/store.ts';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import { noteLengthMax } from '../../rules/payers.ts';
import { roleNames } from '../../rules/permission.ts';
import { answerForm } from '../../web/answer.ts';
import { refusalIn, refusalOf, troubleHref } from '../../web/askHref.ts';
import {
  Button,
  DefinitionList,
  EmptyState,
  Field,
  FieldGroup,
  FilterPanel,
  Form,
  FormActions,
  LinkButton,
  Moment,
  PageHeader,
  Pagination,
  Section,
  SectionedPage,
  Setting,
  Settings,
  StandingLabel,
  Table,
  TextLink,
  Toolbar,
  TroubleLink,
} from '../../web/components.tsx';
import { formatCount, formatMoment, formatMoney } from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import { fieldsOf, keyOf, orNull, sendPage } from '../../web/read.ts';
import { type NewSubAccount, openSubAccount } from '../openSubAccount.ts';
import { AgencySwitch } from './agencySwitches.tsx';
import { timeZoneOptions } from './options.ts';
import { countOf } from './say.ts';

type AgencyRequest = { Params: { agencyId: string } };

const pageSize = 25;
const filters: Record<SubAccountFilter, string> = {
  active: 'Active sub-accounts',
  canceled: 'Canceled sub-accounts',
  all: 'All sub-accounts',
};
const isFilter = (text: string): text is SubAccountFilter => Object.hasOwn(filters, text);

/** Settings → Accounts, New Sub-account, and Settings → Parent Settings. */
export function registerAgencyPages(app: FastifyInstance, house: House): void {
  app.get<AgencyRequest>('/agencies/:agencyId', async (request, reply) => {
    const { base } = await enterAgency(house, request);
    return reply.redirect(`${base}/accounts`, 303);
  });

  app.get<AgencyRequest>('/agencies/:agencyId/accounts', async (request, reply) => {
    const entered = await enterAgency(house, request);
    return sendPage(reply, renderPage(await accountsPage(house, request, reply, entered)));
  });

  app.get<AgencyRequest>('/agencies/:agencyId/accounts/new', async (request, reply) => {
    const entered = await enterAgency(house, request, 'open-sub-account');
    const shell = await agencyShell(house, request, reply, entered);
    const plans = await findOwnPlans(house, entered);
    return sendPage(reply, renderPage(<NewSubAccountPage shell={shell} entered={entered} plans={plans} />));
  });

  app.post<AgencyRequest>('/agencies/:agencyId/accounts', async (request, reply) => {
    const entered = await enterAgency(house, request);
    const field = fieldsOf(request.body);
    const wanted = {
      name: field('name'),
      timeZone: field('timeZone'),
      personName: field('personName'),
      email: field('email'),
      password: field('password'),
      ownPlan: field('payer') === 'own' ? { planCode: field('plan'), note: orNull(field('note')) } : undefined,
    };
    const decision = await openSubAccount(house, entered.actor, entered.agency.agencyId, wanted, keyOf(request));
    return answerForm(reply, decision, {
      href: (accountId) => `/accounts/${accountId}`,
      timeZone: entered.agency.timeZone,
      done: `${wanted.name} is open. ${wanted.email} is its Administrator${wanted.ownPlan ? ', and was mailed the offer to pay' : ''}.`,
      again: async ({ sentence, fields }) => (
        <NewSubAccountPage
          shell={await agencyShell(house, request, reply, entered)}
          entered={entered}
          plans={await findOwnPlans(house, entered)}
          input={wanted}
          fields={fields}
          refusal={sentence}
        />
      ),
    });
  });

  app.get<AgencyRequest>('/agencies/:agencyId/settings', async (request, reply) => {
    const entered = await enterAgency(house, request);
    return sendPage(reply, renderPage(await parentSettingsPage(house, request, reply, entered)));
  });
}

async function accountsPage(house: House, request: FastifyRequest, reply: FastifyReply, entered: EnteredAgency) {
  const { agency, base, may, now } = entered;
  const query = fieldsOf(request.query);
  const given = query('status');
  const filter = isFilter(given) ? given : 'active';
  const search = query('search').slice(0, 100);
  const page = Math.max(1, Math.min(100_000, Number.parseInt(query('page'), 10) || 1));
  const { accountIds, total } = await findSubAccountIds(house.db, agency.agencyId, {
    filter,
    search,
    now,
    page,
    pageSize,
  });
  const accounts = await findAccounts(house.db, accountIds, now);
  const offered = await findOffered(house.db, accountIds, now);
  const inUse = await countNumbersInUse(house.db, accountIds);
  const href = (over: Record<string, string>) =>
    `${base}/accounts?${new URLSearchParams({ status: filter, search, page: String(page), ...over })}`;
  const first = (page - 1) * pageSize + 1;
  return (
    <Page
      {...(await agencyShell(house, request, reply, entered))}
      title="Accounts"
      breadcrumbs={[{ label: 'Settings' }, { label: 'Accounts' }]}
    >
      <PageHeader
        title="Accounts"
        description={`Sub-accounts of ${agency.name}.`}
        actions={
          may('open-sub-account') ? (
            <LinkButton href={`${base}/accounts/new`} variant="primary" icon="plus">
              New Sub-account
            </LinkButton>
          ) : undefined
        }
      />
      <Toolbar
        end={
          <Form action={`${base}/accounts`} method="get" inline hidden={{ status: filter }}>
            <Field
              name="search"
              label="Search by name"
              kind="search"
              labelHidden
              value={search}
              placeholder="Search by name"
            />
            <Button>Search</Button>
          </Form>
        }
      >
        <FilterPanel
          action={`${base}/accounts`}
          active={filter === 'active' ? 0 : 1}
          clearHref={`${base}/accounts`}
          hidden={{ search }}
        >
          <Field
            name="status"
            label="Show"
            kind="select"
            value={filter}
            options={Object.entries(filters).map(([value, label]) => ({ value, label }))}
          />
        </FilterPanel>
      </Toolbar>
      <Table
        caption={filters[filter]}
        rows={accounts}
        rowKey={(account) => account.accountId}
        grey={(account) => account.closure !== null}
        columns={[
          {
            header: 'Name',
            main: true,
            wraps: true,
            cell: (account) => (
              <TextLink href={`/accounts/${account.accountId}`} quiet>
                {account.name}
              </TextLink>
            ),
          },
          { header: 'Status', cell: (account) => <StandingLabel label={labelOf(account.standing)} open="Open" /> },
          {
            header: 'Paid by',
            cell: (account) => (
              <>
                {account.payer === 'agency' ? 'The agency' : 'The account'}
                {offered.has(account.accountId) && <small class="under">Offer open</small>}
              </>
            ),
          },
          { header: 'Numbers', numeric: true, cell: (account) => formatCount(inUse.get(account.accountId) ?? 0) },
          {
            header: 'Since',
            cell: (account) =>
              account.closure ? (
                <>
                  Closed{' '}
                  <Moment
                    at={account.closure.closedAt}
                    text={formatMoment(account.closure.closedAt, agency.timeZone)}
                  />
                </>
              ) : (
                <Moment at={account.createdAt} text={formatMoment(account.createdAt, agency.timeZone)} />
              ),
          },
          {
            header: 'Do',
            actions: true,
            cell: (account) => (
              // The article goes on from here: by the name at the top right, or, once canceled, by the Status section.
              <LinkButton
                href={`/accounts/${account.accountId}${account.closure ? '/settings' : ''}`}
                size="small"
                spoken={`Edit ${account.name}`}
              >
                Edit
              </LinkButton>
            ),
          },
        ]}
        empty={
          <EmptyState
            icon="agency"
            title={search || filter !== 'active' ? 'No sub-account fits' : 'No sub-accounts yet'}
            action={
              may('open-sub-account') && filter === 'active' && !search ? (
                <LinkButton href={`${base}/accounts/new`} variant="primary">
                  New Sub-account
                </LinkButton>
              ) : undefined
            }
          >
            {filter === 'canceled'
              ? 'No sub-account is canceled.'
              : 'Sub-accounts hold a client’s numbers, calls and people.'}
          </EmptyState>
        }
      />
      {total > 0 && (
        <Pagination
          summary={`${first}–${first + accounts.length - 1} of ${countOf(total, 'sub-account')}`}
          previousHref={page > 1 ? href({ page: String(page - 1) }) : undefined}
          nextHref={first + accounts.length - 1 < total ? href({ page: String(page + 1) }) : undefined}
        />
      )}
      <TroubleLink href={troubleHref(base, 'Settings → Accounts')} />
    </Page>
  );
}

interface NewSubAccountProps {
  shell: Awaited<ReturnType<typeof agencyShell>>;
  entered: EnteredAgency;
  plans: readonly Plan[];
  input?: Omit<NewSubAccount, 'password'>;
  fields?: Readonly<Record<string, string>>;
  refusal?: string;
}

/** The plans with which an account can pay for itself. */
const findOwnPlans = async (house: House, { now }: EnteredAgency) =>
  (await findPlans(house.db, now)).filter((each) => each.kind === 'standalone');

function NewSubAccountPage({ shell, entered, plans, input, fields, refusal }: NewSubAccountProps) {
  const { agency, base } = entered;
  const lastRefusal = refusal && refusalOf({ sentence: refusal, fields: fields ?? {} });
  return (
    <Page
      {...shell}
      title="New Sub-account"
      width="reading"
      breadcrumbs={[
        { label: 'Settings' },
        { label: 'Accounts', href: `${base}/accounts` },
        { label: 'New Sub-account' },
      ]}
    >
      <PageHeader
        title="New Sub-account"
        description={`Belongs to ${agency.name}, which pays for it until somebody else does.`}
      />
      <Form action={`${base}/accounts`} idempotencyKey={newKey()} refusal={refusal}>
        <Field name="name" label="Account name" required value={input?.name} error={fields?.name} maxlength={120} />
        <Field
          name="timeZone"
          label="Time zone"
          kind="select"
          options={timeZoneOptions}
          value={input?.timeZone ?? agency.timeZone}
          error={fields?.timeZone}
        />
        <FieldGroup legend="First Administrator" hint="Somebody who signs in already keeps their password.">
          <Field
            name="personName"
            label="Name"
            required
            value={input?.personName}
            error={fields?.personName}
            autocomplete="off"
          />
          <Field
            name="email"
            label="E-mail"
            kind="email"
            required
            value={input?.email}
            error={fields?.email}
            autocomplete="off"
          />
          <Field
            name="password"
            label="Password"
            kind="password"
            required
            error={fields?.password}
            autocomplete="new-password"
            hint="At least 10 characters; they can sign in with it at once."
          />
        </FieldGroup>
        <FieldGroup legend="Who pays">
          <Field
            name="payer"
            label="From whose balance it is charged"
            kind="radio"
            value={input?.ownPlan ? 'own' : 'agency'}
            options={[
              { value: 'agency', label: 'The agency', hint: 'The account has no balance of its own.' },
              {
                value: 'own',
                label: 'The account itself',
                hint: 'Its first Administrator is mailed an offer with a payment link. The agency pays until it is accepted.',
              },
            ]}
          />
          <Field
            name="plan"
            label="Plan, if the account pays for itself"
            kind="select"
            value={input?.ownPlan?.planCode ?? plans[0]?.planCode}
            options={plans.map((plan) => ({
              value: plan.planCode,
              label: `${plan.name}, ${formatMoney(plan.monthlyFeeMicros, plan.currency)} a month`,
            }))}
            error={fields?.plan}
          />
          <Field
            name="note"
            label="Note, if the account pays for itself"
            kind="textarea"
            rows={2}
            maxlength={noteLengthMax}
            value={input?.ownPlan?.note ?? ''}
            hint="Stands in the mail, word for word."
            error={fields?.note}
          />
        </FieldGroup>
        <FormActions trouble={<TroubleLink href={troubleHref(base, 'New Sub-account', lastRefusal)} />}>
          <Button variant="primary">Open sub-account</Button>
          <LinkButton href={`${base}/accounts`} variant="ghost">
            Never mind
          </LinkButton>
        </FormActions>
      </Form>
    </Page>
  );
}

async function parentSettingsPage(house: House, request: FastifyRequest, reply: FastifyReply, entered: EnteredAgency) {
  const { agency, base } = entered;
  const subscription = await findSubscription(house.db, agency.agencyId);
  const balance = await findBalance(house.db, agency.agencyId);
  const members = await findMembers(house.db, agency.agencyId);
  const shell = await agencyShell(house, request, reply, entered);
  const switching = {
    entered,
    lastRefusal: refusalIn(shell.notice),
    ongoing: await findOngoing(house.db, { agencyId: agency.agencyId }),
    currency: balance.currency,
    names: await findNames(
      house.db,
      agency.switches.map((each) => each.by),
    ),
  };
  const { total } = await findSubAccountIds(house.db, agency.agencyId, {
    filter: 'active',
    search: '',
    now: entered.now,
    page: 1,
    pageSize: 1,
  });
  const month = subscription?.next;
  const next = month && (
    <>
      {formatMoney(month.amountMicros, month.plan.currency)} on{' '}
      <Moment at={month.from} text={formatMoment(month.from, agency.timeZone)} />
    </>
  );
  const sections = [
    { id: 'general', label: 'General' },
    { id: 'plan', label: 'Plan' },
    { id: 'people', label: 'People' },
    { id: 'status', label: 'Status' },
  ];
  return (
    <Page {...shell} title="Parent Settings" breadcrumbs={[{ label: 'Settings' }, { label: 'Parent Settings' }]}>
      <PageHeader
        title="Parent Settings"
        description="Of the agency itself; each sub-account has its own Account Settings."
      />
      <SectionedPage sections={sections}>
        <Section id="general" title="General">
          <DefinitionList
            items={[
              { term: 'Agency', description: agency.name },
              { term: 'Time zone', description: agency.timeZone },
              {
                term: 'Active sub-accounts',
                description: <TextLink href={`${base}/accounts`}>{formatCount(total)}</TextLink>,
              },
            ]}
          />
        </Section>
        <Section id="plan" title="Plan">
          <DefinitionList
            items={[
              { term: 'Plan', description: subscription?.plan.name ?? 'None' },
              {
                term: 'Next charge',
                description: agency.closure ? 'None: charges ended with the canceling' : (next ?? 'None'),
              },
              {
                term: 'Available balance',
                description: (
                  <TextLink href={`${base}/billing`}>{formatMoney(balance.availableMicros, balance.currency)}</TextLink>
                ),
                hint: 'Pays for every sub-account that the agency pays.',
              },
            ]}
          />
        </Section>
        <Section id="people" title="People" description="Their roles reach into every sub-account.">
          <Table
            caption="People with a role"
            rows={members}
            rowKey={(member) => `${member.personId} ${member.role}`}
            columns={[
              { header: 'Name', main: true, wraps: true, cell: (member) => member.name },
              { header: 'E-mail', cell: (member) => member.email, wraps: true },
              { header: 'Role', cell: (member) => roleNames[member.role] },
            ]}
          />
        </Section>
        <Section id="status" title="Status" actions={<StandingLabel label={labelOf(agency.standing)} open="Open" />}>
          <AgencyStatus
            entered={entered}
            next={next}
            owed={await findOwedFacts(house.db, agency.agencyId, entered.now)}
            switching={switching}
          />
        </Section>
      </SectionedPage>
    </Page>
  );
}

interface AgencyStatusProps {
  entered: EnteredAgency;
  next: ComponentChildren;
  owed: OwedFacts | null;
  switching: Omit<Parameters<typeof AgencySwitch>[0], 'kind'>;
}

const cancelAll = 'Cancel Agency Account & All Sub-Accounts';

function AgencyStatus({ entered, next, owed, switching }: AgencyStatusProps) {
  const { agency, base, may } = entered;
  const trouble = (step: string) => (
    <TroubleLink href={troubleHref(base, `Parent Settings → Status → ${step}`, switching.lastRefusal)} />
  );
  if (agency.closure) {
    const until = formatMoment(agency.closure.reactivatableUntil, agency.timeZone);
    return (
      <Settings>
        <Setting
          title="This agency is canceled"
          description={`It can’t be restored from here. Until ${until} support reactivates it on a ticket, with the sub-accounts and numbers that you choose.`}
          action={<LinkButton href={`${base}/closure`}>What was ended</LinkButton>}
          trouble={trouble('Canceled')}
        />
        {owed && <RefundSetting facts={owed} mayAsk={may('ask-refund')} />}
      </Settings>
    );
  }
  return (
    <Settings>
      {agency.standing === 'no funds' && (
        <Setting
          title="No funds"
          badge={<StandingLabel label="no funds" />}
          description={
            <>
              Since{' '}
              <Moment
                at={agency.arrears!.noFundsFrom}
                text={formatMoment(agency.arrears!.noFundsFrom, agency.timeZone)}
              />{' '}
              swapping is off and calls are answered with a message, for every sub-account that the agency pays for: its
              available balance was used up, and nobody topped it up. A top-up under Billing ends it at once. Nothing is
              closed for this, and no number is released.
            </>
          }
          action={may('view-billing') ? <LinkButton href={`${base}/billing`}>Billing</LinkButton> : undefined}
        />
      )}
      <Setting
        title="The agency is open"
        description={<>Its subscription goes on, even when every sub-account is closed: {next}.</>}
      />
      <AgencySwitch {...switching} kind="pause" />
      <AgencySwitch {...switching} kind="stop" />
      <Setting
        title="Cancel this agency"
        description={
          may('cancel-agency')
            ? 'Ends the agency and every active sub-account: calls are refused, numbers released, and all charges end at once.'
            : 'Only an Agency Administrator of this agency can cancel it.'
        }
        actionAt="left"
        trouble={trouble(cancelAll)}
        action={
          may('cancel-agency') ? (
            <LinkButton href={`${base}/closure/new`} variant="closing-orange" dialog>
              {cancelAll}
            </LinkButton>
          ) : undefined
        }
      />
    </Settings>
  );
}
