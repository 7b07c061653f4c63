import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { accountShell, agencyShell, enterAccount, enterAgency, type Shell } from '../../accounts/enter.ts';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import type { Actor } from '../../platform/operation.ts';
import { Refused } from '../../rules/decision.ts';
import { allFeatures, type Feature, features } from '../../rules/features.ts';
import type { Plan } from '../../rules/plans.ts';
import type { Refusal } from '../../rules/refusals.ts';
import {
  Badge,
  Button,
  Card,
  DefinitionList,
  Form,
  FormActions,
  LinkButton,
  Moment,
  Muted,
  Notice,
  PageHeader,
  Stack,
  Table,
} from '../../web/components.tsx';
import { formatCount, formatMoment, formatMoney, formatRate } from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import { presentRefusal, statusOf } from '../../web/present.ts';
import { fieldsOf, goOn, keyOf, sendPage } from '../../web/read.ts';
import { findSubscription, type Subscription } from '../store.ts';
import { changePlan, type OfferedChange, offerPlanChange, type PlanChange, previewHoldsMinutes } from './change.ts';
import { readConfirmation } from './readConfirmation.ts';
import { findOfferedPlans, type OfferedPlan } from './store.ts';

type AccountRequest = { Params: { accountId: string } };
type AgencyRequest = { Params: { agencyId: string } };

/** The account or agency whose plan it is, entered by somebody who may change it. */
interface Place {
  ownerId: number;
  actor: Actor;
  base: string;
  timeZone: string;
  now: Date;
  shell: () => Promise<Shell>;
}

/** Billing → Change plan: the plans side by side, then what one of them would change, then the change. */
export function registerPlanPages(app: FastifyInstance, house: House): void {
  const ofAccount = async (request: FastifyRequest<AccountRequest>, reply: FastifyReply): Promise<Place> => {
    const entered = await enterAccount(house, request, 'change-plan');
    const { account, actor, base, now } = entered;
    const { accountId: ownerId, timeZone } = account;
    return { ownerId, actor, base, timeZone, now, shell: () => accountShell(house, request, reply, entered) };
  };
  const ofAgency = async (request: FastifyRequest<AgencyRequest>, reply: FastifyReply): Promise<Place> => {
    const entered = await enterAgency(house, request, 'change-plan');
    const { agency, actor, base, now } = entered;
    const { agencyId: ownerId, timeZone } = agency;
    return { ownerId, actor, base, timeZone, now, shell: () => agencyShell(house, request, reply, entered) };
  };

  app.get<AccountRequest>('/accounts/:accountId/billing/plan', async (request, reply) =>
    show(request, reply, await ofAccount(request, reply)),
  );
  app.post<AccountRequest>('/accounts/:accountId/billing/plan', async (request, reply) =>
    change(request, reply, await ofAccount(request, reply)),
  );
  app.get<AgencyRequest>('/agencies/:agencyId/billing/plan', async (request, reply) =>
    show(request, reply, await ofAgency(request, reply)),
  );
  app.post<AgencyRequest>('/agencies/:agencyId/billing/plan', async (request, reply) =>
    change(request, reply, await ofAgency(request, reply)),
  );

  async function show(request: FastifyRequest, reply: FastifyReply, place: Place, refused?: Refusal) {
    const planCode = fieldsOf(request.query)('to') || fieldsOf(request.body)('plan');
    if (planCode) return preview(reply, place, planCode, refused);
    const subscription = await findSubscription(house.db, place.ownerId);
    if (!subscription) throw new Refused({ code: 'paid-by-agency' });
    const plans = await findOfferedPlans(house.db, subscription.nextPlan.kind, place.now);
    const page = (
      <Page {...(await place.shell())} title="Change plan" breadcrumbs={crumbs(place.base)}>
        <Plans place={place} plans={plans} subscription={subscription} />
      </Page>
    );
    return sendPage(reply, renderPage(page));
  }

  async function preview(reply: FastifyReply, place: Place, planCode: string, refused?: Refusal) {
    const offered = await offerPlanChange(house.db, place.ownerId, planCode, place.now);
    if (!offered.ok) throw new Refused(offered.refusal);
    const title = `Change to ${offered.value.change.to.name}`;
    const sentence = refused && presentRefusal(refused, place.timeZone).sentence;
    const page = (
      <Page {...(await place.shell())} title={title} width="reading" breadcrumbs={crumbs(place.base, title)}>
        <Preview place={place} offered={offered.value} title={title} refusal={sentence} />
      </Page>
    );
    return sendPage(reply, renderPage(page), refused ? statusOf(refused) : 200);
  }

  async function change(request: FastifyRequest, reply: FastifyReply, place: Place) {
    const confirmed = readConfirmation(request.body);
    const decision = await changePlan(house, place.actor, place.ownerId, confirmed, keyOf(request));
    if (!decision.ok) return show(request, reply, place, decision.refusal);
    const net = BigInt(decision.value);
    const text =
      net >= 0n
        ? `The plan is changed. ${formatMoney(net, 'USD')} is charged for the rest of the month.`
        : `The plan is changed. ${formatMoney(-net, 'USD')} came back to the available balance.`;
    return goOn(reply, `${place.base}/billing`, { kind: 'success', text });
  }
}

const crumbs = (base: string, last?: string) => [
  { label: 'Settings' },
  { label: 'Billing', href: `${base}/billing` },
  ...(last ? [{ label: 'Change plan', href: `${base}/billing/plan` }, { label: last }] : [{ label: 'Change plan' }]),
];

/** The prices that something is charged by, one row each. */
const priceRows: { what: string; of: (plan: Plan) => string }[] = [
  { what: 'A month', of: (plan) => formatMoney(plan.monthlyFeeMicros, plan.currency) },
  { what: 'Minutes included each month', of: (plan) => formatCount(plan.includedMinutes) },
  { what: 'Local number, a month', of: (plan) => formatMoney(plan.localNumberMicros, plan.currency) },
  { what: 'Toll-free number, a month', of: (plan) => formatMoney(plan.tollFreeNumberMicros, plan.currency) },
  { what: 'Incoming minute', of: (plan) => formatRate(plan.minuteInMicros, plan.currency) },
  { what: 'Incoming minute, toll-free', of: (plan) => formatRate(plan.tollFreeMinuteInMicros, plan.currency) },
  {
    what: 'Unused time at a closing',
    of: (plan) => (plan.creditsUnusedTime ? 'Given back' : 'Not given back'),
  },
];

function Plans({ place, plans, subscription }: { place: Place; plans: OfferedPlan[]; subscription: Subscription }) {
  const rows = [
    ...priceRows.map(({ what, of }) => ({ what, cells: plans.map(of) })),
    ...allFeatures.map((each) => ({
      what: features[each].name,
      cells: plans.map((plan) => (plan.has.includes(each) ? 'Yes' : 'No')),
    })),
  ];
  return (
    <>
      <PageHeader
        title="Change plan"
        description="Pick a plan to see what it would change, to the cent. Nothing is changed before you confirm."
      />
      <Stack>
        <Table
          caption="Plans side by side"
          onPhone="scroll"
          rows={rows}
          rowKey={(row) => row.what}
          columns={[
            { header: 'What', main: true, cell: (row) => row.what, wraps: true },
            ...plans.map((plan, index) => ({
              header: plan.name,
              numeric: true,
              cell: (row: (typeof rows)[number]) => row.cells[index],
            })),
          ]}
        />
        <Card title="Which one?">
          <DefinitionList
            items={plans.map((plan) => ({
              term: plan.name,
              description:
                plan.planCode === subscription.planCode ? (
                  <Badge tone="good">Your plan</Badge>
                ) : (
                  <LinkButton size="small" href={`${place.base}/billing/plan?to=${plan.planCode}`}>
                    {`See ${plan.name}`}
                  </LinkButton>
                ),
              hint: `${formatMoney(plan.monthlyFeeMicros, plan.currency)} a month`,
            }))}
          />
        </Card>
      </Stack>
    </>
  );
}

interface PreviewProps {
  place: Place;
  offered: OfferedChange;
  title: string;
  refusal: string | undefined;
}

function Preview({ place, offered, title, refusal }: PreviewProps) {
  const { base, timeZone } = place;
  const { change, hash, terms } = offered;
  const { from, to, gained, lost, part, next, asOf } = change;
  const money = (micros: bigint) => formatMoney(micros, to.currency);
  return (
    <>
      <PageHeader title={title} description={`From ${from.name}, at once. The days on which you are charged stay.`} />
      <Stack>
        {refusal && <Notice kind="refusal">{refusal}</Notice>}
        {lost.length > 0 && (
          <Notice kind="attention" title={`${to.name} lacks what ${from.name} has`}>
            <FeatureList of={lost} change={change} />
          </Notice>
        )}
        {gained.length > 0 && (
          <Notice kind="info" title="You gain">
            {gained.map((each) => features[each].name).join(', ')}
          </Notice>
        )}
        <Table
          caption="Prices"
          captionShown
          rows={priceRows}
          rowKey={(row) => row.what}
          columns={[
            { header: 'What', main: true, cell: (row) => row.what, wraps: true },
            { header: `${from.name}, now`, numeric: true, cell: (row) => row.of(from) },
            { header: to.name, numeric: true, cell: (row) => row.of(to) },
          ]}
        />
        <Card title="The month that runs" description={sayShare(change, timeZone)}>
          <DefinitionList items={arithmetic(change)} />
        </Card>
        <Muted>
          {part.includedMinutes > 0 &&
            `${formatCount(part.includedMinutes)} minutes are included in the rest of this month. `}
          Charged next: {money(next.amountMicros)} on <Moment at={next.from} text={formatMoment(next.from, timeZone)} />
          . Numbers cost the new price from their next month on.
        </Muted>
        <Form
          action={`${base}/billing/plan`}
          idempotencyKey={newKey()}
          hidden={{ plan: to.planCode, asOf: asOf.toISOString(), planHash: hash, terms: JSON.stringify(terms) }}
        >
          <FormActions>
            <Button variant="primary">{title}</Button>
            <LinkButton href={`${base}/billing/plan`} variant="ghost">
              Never mind
            </LinkButton>
          </FormActions>
          <p class="field-hint">{`These amounts hold for ${previewHoldsMinutes} minutes.`}</p>
        </Form>
      </Stack>
    </>
  );
}

function FeatureList({ of, change }: { of: readonly Feature[]; change: PlanChange }) {
  return (
    <ul>
      {of.map((each) => (
        <li key={each}>
          <strong>{features[each].name}.</strong> {features[each].lost}
          {each === 'toll-free-numbers' && ` In use now: ${formatCount(change.tollFreeNumbers)}.`}
        </li>
      ))}
    </ul>
  );
}

const inDays = (ms: number): string => (ms / 86_400_000).toFixed(2);

function sayShare({ month, whole, unused }: PlanChange, timeZone: string): string {
  const wholeMs = whole.until.getTime() - whole.from.getTime();
  return `${inDays(unused.leftMs)} of its ${inDays(wholeMs)} days are left, until ${formatMoment(month.until, timeZone)}. Shares go by the millisecond and are rounded to whole cents.`;
}

function arithmetic({ from, to, month, whole, unused, part, netMicros }: PlanChange) {
  const money = (micros: bigint) => formatMoney(micros, to.currency);
  const left = inDays(unused.leftMs);
  return [
    {
      term: `${from.name}, unused`,
      description: `−${money(unused.creditMicros)}`,
      hint: `${money(month.paidMicros)} × ${left} ÷ ${inDays(unused.wholeMs)}${
        unused.overusedMinutes > 0
          ? `, less ${money(unused.overusedMicros)} for ${formatCount(unused.overusedMinutes)} included minutes used beyond their share`
          : ''
      }`,
    },
    {
      term: `${to.name}, the rest of the month`,
      description: money(part.paidMicros),
      hint: `${money(to.monthlyFeeMicros)} × ${left} ÷ ${inDays(whole.until.getTime() - whole.from.getTime())}`,
    },
    netMicros >= 0n
      ? { term: 'Charged now', description: money(netMicros) }
      : { term: 'Comes back to the available balance', description: money(-netMicros) },
  ];
}
