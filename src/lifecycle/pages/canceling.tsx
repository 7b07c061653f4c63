import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { agencyShell, type EnteredAgency, enterAgency, labelOf } from '../../accounts/enter.ts';
import { findAccounts, findSubAccountIds } from '../../accounts/store.ts';
import { tenAMinute } from '../../auth/slowGuessing.ts';
import { findNames } from '../../auth/store.ts';
import { countNumbersInUse } from '../../numbers/store.ts';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import { type AgencyClosingPlan, isLeavingReason, leavingReasons } from '../../rules/closing.ts';
import { Refused } from '../../rules/decision.ts';
import type { Refusal } from '../../rules/refusals.ts';
import { allowances } from '../../rules/standing.ts';
import { askHref, refusalOf, troubleHref } from '../../web/askHref.ts';
import {
  Button,
  Card,
  Confirmation,
  DefinitionList,
  Field,
  Form,
  FormActions,
  LinkButton,
  Moment,
  Notice,
  PageHeader,
  Pagination,
  type PlanItem,
  PlanList,
  Stack,
  StandingLabel,
  Stat,
  Stats,
  Table,
  TextLink,
  TroubleLink,
} from '../../web/components.tsx';
import { formatCount, formatMoment, formatMoney } from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import { presentRefusal, statusOf } from '../../web/present.ts';
import { fieldsOf, goOn, keyOf, orNull, sendPage } from '../../web/read.ts';
import { type OfferedAgencyPlan, offerAgencyClosing } from '../agencyPlan.ts';
import { cancelAgency } from '../cancelAgency.ts';
import { findClosureProgress } from '../store.ts';
import { readTerms, sayNext } from './closing.tsx';
import { countOf } from './say.ts';
import { unusedTimeItems } from './unusedTime.tsx';

type AgencyRequest = { Params: { agencyId: string } };

const pageSize = 50;

interface Asked {
  name: string;
  reason: string;
  why: string;
  refusal: Refusal;
}

/** Canceling an agency: a pop-up, then the page with its sub-accounts and the fields for why, then how far it has come. */
export function registerCancelingPages(app: FastifyInstance, house: House): void {
  app.get<AgencyRequest>('/agencies/:agencyId/closure/new', async (request, reply) => {
    const entered = await enterAgency(house, request);
    if (entered.agency.closure) return reply.redirect(`${entered.base}/closure`, 303);
    const shell = await agencyShell(house, request, reply, entered);
    const offered = await offerAgencyClosing(house.db, entered.agency.agencyId, entered.now);
    if (!offered.ok) throw new Refused(offered.refusal);
    const page = (
      <Page {...shell} title="Cancel Agency" width="reading" breadcrumbs={breadcrumbsOf(entered)}>
        <FirstStep entered={entered} plan={offered.value.plan} />
      </Page>
    );
    return sendPage(reply, renderPage(page), entered.may('cancel-agency') ? 200 : 403);
  });

  app.get<AgencyRequest>('/agencies/:agencyId/closure/review', async (request, reply) => {
    const entered = await enterAgency(house, request);
    if (entered.agency.closure) return reply.redirect(`${entered.base}/closure`, 303);
    if (!entered.may('cancel-agency')) return reply.redirect(`${entered.base}/closure/new`, 303);
    return review(request, reply, entered);
  });

  app.post<AgencyRequest>('/agencies/:agencyId/closure', tenAMinute, async (request, reply) => {
    const entered = await enterAgency(house, request);
    const { agency, actor, base } = entered;
    const field = fieldsOf(request.body);
    const reason = field('reason');
    const asked = { name: field('name'), reason, why: field('why').slice(0, 2_000) };
    const confirmation = {
      planHash: field('planHash'),
      terms: readTerms(field('terms')),
      name: asked.name,
      password: field('password'),
      reason: isLeavingReason(reason) ? reason : null,
      why: orNull(asked.why),
    };
    const decision = await cancelAgency(house, actor, agency.agencyId, confirmation, keyOf(request));
    if (decision.ok) return goOn(reply, `${base}/closure`);
    const { refusal } = decision;
    if (refusal.code === 'already-closed' || refusal.code === 'account-canceled')
      return goOn(reply, `${base}/closure`, { kind: 'refusal', text: 'The agency is canceled already.' });
    if (refusal.code === 'role-missing') throw new Refused(refusal);
    return review(request, reply, entered, { ...asked, refusal });
  });

  app.get<AgencyRequest>('/agencies/:agencyId/closure', async (request, reply) => {
    const entered = await enterAgency(house, request);
    const { agency, base } = entered;
    if (!agency.closure) return reply.redirect(`${base}/settings#status`, 303);
    const progress = await findClosureProgress(house.db, agency.agencyId, agency.closure.agencyClosureId);
    const names = await findNames(house.db, [agency.closure.closedBy]);
    const page = (
      <Page
        {...(await agencyShell(house, request, reply, entered))}
        title="Canceled agency"
        breadcrumbs={[
          { label: 'Settings' },
          { label: 'Parent Settings', href: `${base}/settings#status` },
          { label: 'Canceled' },
        ]}
      >
        <ProgressPage entered={entered} progress={progress} closedBy={names.get(agency.closure.closedBy)} />
      </Page>
    );
    return sendPage(reply, renderPage(page));
  });

  async function review(
    request: FastifyRequest<AgencyRequest>,
    reply: FastifyReply,
    entered: EnteredAgency,
    asked?: Asked,
  ) {
    const { agency, now } = entered;
    const offered = await offerAgencyClosing(house.db, agency.agencyId, now);
    if (!offered.ok) return reply.redirect(`${entered.base}/closure`, 303);
    const page = Math.max(1, Math.min(1_000, Number.parseInt(fieldsOf(request.query)('page'), 10) || 1));
    const listed = { filter: 'active', search: '', now, page, pageSize } as const;
    const { accountIds, total } = await findSubAccountIds(house.db, agency.agencyId, listed);
    const accounts = await findAccounts(house.db, accountIds, now);
    const inUse = await countNumbersInUse(house.db, accountIds);
    const rows = accounts.map((each) => ({ ...each, numbers: inUse.get(each.accountId) ?? 0 }));
    const shell = await agencyShell(house, request, reply, entered);
    const content = (
      <Page {...shell} title="Cancel Agency" breadcrumbs={breadcrumbsOf(entered)}>
        <Review entered={entered} offered={offered.value} rows={rows} page={page} total={total} asked={asked} />
      </Page>
    );
    return sendPage(reply, renderPage(content), asked ? statusOf(asked.refusal) : 200);
  }
}

const breadcrumbsOf = ({ base }: EnteredAgency) => [
  { label: 'Settings' },
  { label: 'Parent Settings', href: `${base}/settings#status` },
  { label: 'Cancel Agency' },
];

function FirstStep({ entered, plan }: { entered: EnteredAgency; plan: AgencyClosingPlan }) {
  const { agency, base, may } = entered;
  const mayCancel = may('cancel-agency');
  return (
    <Confirmation
      title="Cancel Agency"
      subject={{ name: agency.name, label: labelOf(agency.standing) }}
      lead={`This ends the agency with ${countOf(plan.subAccounts, 'active sub-account')} and ${countOf(plan.numbers, 'tracking number')}.${plan.lastCallAt ? ` The last call came on ${formatMoment(plan.lastCallAt, agency.timeZone)}.` : ''}`}
      actions={
        <>
          {mayCancel && (
            <LinkButton href={`${base}/closure/review`} variant="closing-orange">
              Cancel Agency
            </LinkButton>
          )}
          <LinkButton href={`${base}/settings#status`} variant="ghost" closesDialog>
            Never mind
          </LinkButton>
        </>
      }
      trouble={<TroubleLink href={troubleHref(base, 'Cancel Agency, pop-up')} />}
    >
      {mayCancel ? (
        <p>Nothing is ended yet: the next page lists the sub-accounts, and asks you to confirm.</p>
      ) : (
        <Notice kind="refusal">Only an Agency Administrator of this agency can cancel it. Ask one of them.</Notice>
      )}
    </Confirmation>
  );
}

interface ReviewProps {
  entered: EnteredAgency;
  offered: OfferedAgencyPlan;
  rows: readonly (Awaited<ReturnType<typeof findAccounts>>[number] & { numbers: number })[];
  page: number;
  total: number;
  asked: Asked | undefined;
}

function Review({ entered, offered, rows, page, total, asked }: ReviewProps) {
  const { agency, base } = entered;
  const { plan, terms, hash } = offered;
  const refused = asked && presentRefusal(asked.refusal, agency.timeZone);
  const hrefOf = (to: number) => `${base}/closure/review?page=${to}`;
  return (
    <>
      <PageHeader
        title="Cancel Agency"
        badge={<StandingLabel label={labelOf(agency.standing)} open="Open" />}
        description={`${agency.name} and all its active sub-accounts. Move what you want to keep before you cancel.`}
      />
      <Stack>
        <PlanList label="What will happen" items={planItems(plan, agency.timeZone)} />
        <Table
          caption="Active sub-accounts"
          captionShown
          rows={rows}
          rowKey={(each) => each.accountId}
          columns={[
            {
              header: 'Name',
              main: true,
              wraps: true,
              cell: (each) => <TextLink href={`/accounts/${each.accountId}`}>{each.name}</TextLink>,
            },
            { header: 'Status', cell: (each) => <StandingLabel label={labelOf(each.standing)} open="Open" /> },
            { header: 'Numbers', numeric: true, cell: (each) => formatCount(each.numbers) },
            { header: 'Paid by', cell: (each) => (each.payer === 'agency' ? 'The agency' : 'Itself') },
            {
              header: 'Do',
              actions: true,
              cell: (each) => (
                <LinkButton
                  size="small"
                  href={`/accounts/${each.accountId}/settings#status`}
                  spoken={`Status of ${each.name}`}
                >
                  Status
                </LinkButton>
              ),
            },
          ]}
          empty={<p class="field-hint">No sub-account is active; the agency’s own subscription still is.</p>}
        />
        {total > pageSize && (
          <Pagination
            summary={`${formatCount((page - 1) * pageSize + 1)}–${formatCount((page - 1) * pageSize + rows.length)} of ${countOf(total, 'active sub-account')}`}
            previousHref={page > 1 ? hrefOf(page - 1) : undefined}
            nextHref={page * pageSize < total ? hrefOf(page + 1) : undefined}
          />
        )}
        <Card title="Before you go">
          <Form
            action={`${base}/closure`}
            idempotencyKey={newKey()}
            hidden={{ planHash: hash, terms: JSON.stringify(terms) }}
            refusal={refused?.sentence}
          >
            <Field
              name="reason"
              label="Why do you cancel?"
              kind="select"
              value={asked?.reason ?? ''}
              options={[
                { value: '', label: 'No answer' },
                ...Object.entries(leavingReasons).map(([value, label]) => ({ value, label })),
              ]}
              hint={`Never required.${alternative(agency, plan)}`}
            />
            <Field
              name="why"
              label="In your own words"
              kind="textarea"
              rows={3}
              maxlength={2_000}
              value={asked?.why ?? ''}
            />
            <Field
              name="name"
              label={`Type the agency’s name: ${agency.name}`}
              required
              autocomplete="off"
              value={asked?.name ?? ''}
              error={refused?.fields.name}
            />
            <Field
              name="password"
              label="Your password"
              kind="password"
              required
              autocomplete="current-password"
              error={refused?.fields.password}
            />
            <FormActions
              trouble={
                <TroubleLink href={troubleHref(base, 'Cancel Agency, list of sub-accounts', refusalOf(refused))} />
              }
            >
              <Button variant="closing-orange">Cancel Agency</Button>
              <LinkButton href={`${base}/settings#status`} variant="ghost">
                Never mind
              </LinkButton>
            </FormActions>
          </Form>
        </Card>
      </Stack>
    </>
  );
}

/** One other way, for whoever only wants silence; the button beside stays as live as it was. */
function alternative({ standing, timeZone }: EnteredAgency['agency'], plan: AgencyClosingPlan): string {
  if (plan.numbers === 0 || !allowances[standing].callsConnect) return '';
  const monthly = plan.charges.reduce((sum, each) => sum + each.amountMicros, 0n);
  return ` For silence alone, Stop Incoming Calls keeps every number; ${formatMoney(monthly, 'USD')} a month goes on being charged${sayNext(plan.charges, timeZone)}.`;
}

function planItems(plan: AgencyClosingPlan, timeZone: string): PlanItem[] {
  const { promises } = plan;
  const show = (date: Date) => <Moment at={date} text={formatMoment(date, timeZone)} />;
  const money = (micros: bigint) => formatMoney(micros, 'USD');
  return [
    {
      when: 'At once',
      what: `${countOf(plan.subAccounts, 'sub-account')} canceled with the agency, ${countOf(plan.numbers, 'tracking number')} released; the next call is refused`,
      detail: 'Calls in progress finish. Sub-accounts that are canceled already keep their own dates.',
      tone: 'ends',
    },
    {
      when: 'At once',
      what: 'Charges end',
      detail: plan.charges.length
        ? `No longer charged each month: ${plan.charges.map((each) => `${each.what} ${money(each.amountMicros)}`).join(', ')}.`
        : undefined,
      tone: 'ends',
    },
    ...unusedTimeItems(plan.unusedTime, timeZone, 'USD'),
    {
      when: show(promises.numbersRestorableUntil),
      what: 'Until then the numbers are held',
      detail: 'Support brings them back together with the agency, or with one sub-account.',
      tone: 'keeps',
    },
    {
      when: show(promises.reactivatableUntil),
      what: 'Until then everything can be read and exported, and support can reactivate the agency on a ticket',
      detail: 'Nobody can from inside. Then its data is purged.',
      tone: 'keeps',
    },
    {
      when: show(promises.refundableUntil),
      what: `Until then the available balance of ${money(plan.availableMicros)} can be asked back by a ticket`,
      detail: 'It is not paid back by itself.',
      tone: 'keeps',
    },
  ];
}

interface ProgressProps {
  entered: EnteredAgency;
  progress: Awaited<ReturnType<typeof findClosureProgress>>;
  closedBy: string | undefined;
}

function ProgressPage({ entered, progress, closedBy }: ProgressProps) {
  const { agency } = entered;
  const closure = agency.closure!;
  const show = (date: Date) => <Moment at={date} text={formatMoment(date, agency.timeZone)} />;
  const { closed, released, held, restored, returned, subAccounts, trouble } = progress;
  return (
    <>
      <PageHeader title={agency.name} badge={<StandingLabel label={labelOf(agency.standing)} />} />
      <Stack>
        <Notice kind="attention" title="This agency is canceled">
          Canceled on {show(closure.closedAt)} by {closedBy ?? 'somebody who left'}
          {closure.why ? `: ${closure.why}.` : '.'} From that moment calls are refused and nothing is charged.{' '}
          {closure.carriedOutAt
            ? 'All sub-accounts are closed and their numbers released.'
            : 'The sub-accounts and numbers are being gone through now; this page follows, and you may leave it.'}
        </Notice>
        {trouble && held > 0 && (
          <Notice kind="attention" title="The carrier is slow">
            It said: {trouble} Numbers are given back later then; nobody is charged for it.
          </Notice>
        )}
        <Stats>
          <Stat label="Sub-accounts closed" value={`${formatCount(closed)} of ${formatCount(subAccounts)}`} />
          <Stat label="Numbers released" value={formatCount(released)} />
          <Stat
            label="Still held"
            value={formatCount(held)}
            hint={restored > 0 ? `${formatCount(restored)} restored` : undefined}
          />
          <Stat label="Returned" value={formatCount(returned)} hint="to the carrier" />
        </Stats>
        <p>
          <LinkButton
            href={askHref(entered.base, { kind: 'agency-reactivation', subject: `Reactivate ${agency.name}` })}
            variant="secondary"
          >
            Ask support to reactivate it
          </LinkButton>
        </p>
        <progress class="progress" max={Math.max(subAccounts, 1)} value={closed} aria-label="Sub-accounts closed" />
        <DefinitionList
          items={[
            { term: 'Numbers held until', description: show(closure.numbersRestorableUntil) },
            {
              term: 'Can be reactivated until',
              description: show(closure.reactivatableUntil),
              hint: 'By support, on a ticket: the agency, or one sub-account with a plan of its own.',
            },
            {
              term: 'Balance refundable until',
              description: show(closure.refundableUntil),
              hint: 'On a ticket. It is not paid back by itself.',
            },
          ]}
        />
        <TroubleLink href={troubleHref(entered.base, 'Canceled agency')} />
      </Stack>
    </>
  );
}
