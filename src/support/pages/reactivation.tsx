import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { enterOperations, houseShell } from '../../accounts/enter.ts';
import { findAccounts } from '../../accounts/store.ts';
import { findAgency } from '../../agencies/store.ts';
import { findAllPrices, findPlans, findSubscription, type Plan } from '../../billing/store.ts';
import { findClosedWith } from '../../lifecycle/store.ts';
import { findHeld, type HeldNumber, measureHeld } from '../../numbers/store.ts';
import { readClock } from '../../platform/clock.ts';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import { monthAtReturn } from '../../rules/charging.ts';
import { must, Refused } from '../../rules/decision.ts';
import { decidePermission } from '../../rules/permission.ts';
import type { Refusal } from '../../rules/refusals.ts';
import {
  Button,
  Card,
  Field,
  FieldGroup,
  Form,
  FormActions,
  LinkButton,
  Notice,
  PageHeader,
} from '../../web/components.tsx';
import { formatCount, formatMoment, formatMoney, formatPhone } from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import { presentRefusal, statusOf } from '../../web/present.ts';
import { fieldsOf, goOn, keyOf, sendPage } from '../../web/read.ts';
import { reactivateAgency, reactivateAlone } from '../reactivate.ts';
import type { Ticket } from '../store.ts';
import { enterTicket } from './queue.tsx';

type TicketRequest = { Params: { ticketId: string } };

const route = '/operations/tickets/:ticketId/reactivation';
const listedMax = 500;

/** What could come back on a ticket, and what it costs. */
interface Offer {
  name: string;
  until: Date | null;
  /** Sub-accounts that were closed with the agency; for a sub-account alone, itself. */
  accounts: readonly { accountId: number; name: string }[];
  held: { numbers: number; priceMicros: bigint };
  /** What the agency's own plan costs at its return; a sub-account alone has a plan chosen for it. */
  feeMicros: bigint | null;
  /** Each of them, to be chosen from, while a page can show them. */
  numbers: readonly HeldNumber[];
  plans: readonly Plan[];
  /** Whether the account has a plan already, which then is the only one. */
  hasOwnPlan: boolean;
}

/** What the support desk does on a ticket: an agency back with what was chosen, or one sub-account alone. */
export function registerReactivationPages(app: FastifyInstance, house: House): void {
  app.get<TicketRequest>(route, async (request, reply) => show(request, reply));

  app.post<TicketRequest>(route, async (request, reply) => {
    const { ticket, actor } = await enterTicket(house, request);
    const field = fieldsOf(request.body);
    const { accounts, numbers: held } = await findOffer(house, ticket);
    const numbers =
      field('numbers') === 'all'
        ? ('all' as const)
        : held.map((each) => each.trackingNumberId).filter((id) => field(`number${id}`) === 'yes');
    const chosen = accounts.filter(
      ({ accountId }) => field('which') === 'all' || field(`account${accountId}`) === 'yes',
    );
    const decision =
      ticket.kind === 'agency-reactivation'
        ? await reactivateAgency(
            house,
            actor,
            ticket,
            { accountIds: chosen.map((each) => each.accountId), numbers },
            keyOf(request),
          )
        : await reactivateAlone(house, actor, ticket, { planCode: field('plan'), numbers }, keyOf(request));
    if (!decision.ok) return show(request, reply, decision.refusal);
    const text = 'Reactivated. The ticket says so, and whoever asked was mailed.';
    return goOn(reply, `/operations/tickets/${ticket.ticketId}`, { kind: 'success', text });
  });

  async function show(request: FastifyRequest<TicketRequest>, reply: FastifyReply, refusal?: Refusal) {
    const { ticket } = await enterTicket(house, request);
    const isAgency = ticket.kind === 'agency-reactivation';
    const { viewer, roles } = await enterOperations(house, request, 'answer-ticket');
    // Whether the role has it; the deed looks at the standing.
    must(decidePermission(isAgency ? 'reactivate-agency' : 'reactivate-as-standalone', roles, 'canceled'));
    if (!isAgency && ticket.kind !== 'reactivate-as-standalone') throw new Refused({ code: 'not-found' });
    const offer = await findOffer(house, ticket);
    const href = `/operations/tickets/${ticket.ticketId}`;
    const page = (
      <Page
        {...(await houseShell(house, request, reply, viewer))}
        title="Reactivate"
        width="reading"
        breadcrumbs={[
          { label: 'Operations' },
          { label: 'Tickets', href: '/operations/tickets' },
          { label: `Ticket ${ticket.ticketId}`, href },
          { label: 'Reactivate' },
        ]}
      >
        <PageHeader
          title={`Reactivate ${offer.name}`}
          description={
            offer.until
              ? `Until ${formatMoment(offer.until, 'UTC')}, on ticket ${ticket.ticketId}.`
              : 'It is not canceled any more.'
          }
        />
        {refusal && <Notice kind="refusal">{presentRefusal(refusal, 'UTC').sentence}</Notice>}
        <Card>
          <Form action={`${href}/reactivation`} idempotencyKey={newKey()}>
            {isAgency ? <SubAccounts offer={offer} /> : <Plans offer={offer} />}
            {offer.feeMicros !== null && <p>{sayFee(offer.feeMicros)}</p>}
            <Numbers offer={offer} />
            <FormActions>
              <Button variant="primary">Reactivate {offer.name}</Button>
              <LinkButton href={href} variant="ghost">
                Never mind
              </LinkButton>
            </FormActions>
          </Form>
        </Card>
      </Page>
    );
    return sendPage(reply, renderPage(page), refusal ? statusOf(refusal) : 200);
  }
}

async function findOffer(house: House, ticket: Ticket): Promise<Offer> {
  const { now, accountIds, name, until, feeMicros } = await findClosed(house, ticket);
  // An account that paid for itself under its agency goes on with the plan that it has.
  const own = await findSubscription(house.db, ticket.ownerId);
  const accounts = await findAccounts(house.db, accountIds.slice(0, listedMax), now);
  const held = await measureHeld(house.db, accountIds, now);
  return {
    name,
    until,
    accounts: accountIds.map((accountId) => ({
      accountId,
      name: accounts.find((each) => each.accountId === accountId)?.name ?? `Account ${accountId}`,
    })),
    held,
    feeMicros,
    numbers: held.numbers <= listedMax ? await findHeld(house.db, accountIds, now, listedMax) : [],
    plans: own ? [own.nextPlan] : (await findPlans(house.db, now)).filter((each) => each.kind === 'standalone'),
    hasOwnPlan: own !== null,
  };
}

async function findClosed(house: House, { ownerId, kind }: Ticket) {
  const now = await readClock(house.db);
  if (kind === 'agency-reactivation') {
    const agency = await findAgency(house.db, ownerId, now);
    const { closure = null, name = '' } = agency ?? {};
    const accountIds = closure ? await findClosedWith(house.db, ownerId, closure.agencyClosureId) : [];
    const subscription = closure && (await findSubscription(house.db, ownerId));
    const month = subscription && monthAtReturn(subscription, await findAllPrices(house.db), now);
    const feeMicros = subscription && (month?.amountMicros ?? 0n);
    return { now, accountIds, name, until: closure?.reactivatableUntil ?? null, feeMicros };
  }
  const [account] = await findAccounts(house.db, [ownerId], now);
  const until = account?.closure?.reactivatableUntil ?? null;
  return { now, accountIds: [ownerId], name: account?.name ?? '', until, feeMicros: null };
}

const sayFee = (feeMicros: bigint): string =>
  feeMicros > 0n
    ? `One month of the agency’s plan is charged: ${formatMoney(feeMicros, 'USD')}.`
    : 'The agency’s plan costs nothing now: its month is already paid.';

function SubAccounts({ offer }: { offer: Offer }) {
  const { accounts } = offer;
  if (accounts.length > listedMax)
    return (
      <Field
        name="which"
        label="Sub-accounts"
        kind="radio"
        value="all"
        options={[
          { value: 'all', label: `All ${formatCount(accounts.length)} that were closed with it` },
          { value: 'none', label: 'None: the agency alone; its people then reactivate what they want' },
        ]}
      />
    );
  return (
    <FieldGroup
      legend="Sub-accounts that come back"
      hint="The others stay canceled; the agency’s people can reactivate them afterwards, inside the 60 days."
    >
      {accounts.map(({ accountId, name }) => (
        <Field key={accountId} name={`account${accountId}`} label={name} kind="checkbox" value="yes" checked />
      ))}
      {accounts.length === 0 && <p class="field-hint">None was closed with it.</p>}
    </FieldGroup>
  );
}

/** A sub-account alone pays the prices of its own plan, not those of the agency that its numbers still bear. */
function sayCost({ held, feeMicros }: Offer): string | undefined {
  if (held.numbers === 0) return undefined;
  if (held.priceMicros === 0n) return 'They come back inside the months already paid.';
  return feeMicros === null
    ? 'Those whose paid month is over begin one now, at the price of the plan above.'
    : `For all of them ${formatMoney(held.priceMicros, 'USD')} would be charged, for months that begin now.`;
}

/** The numbers still held, each to be chosen; only those of sub-accounts that come back do. */
function Numbers({ offer }: { offer: Offer }) {
  const { accounts, held, numbers } = offer;
  const cost = sayCost(offer);
  if (held.numbers > numbers.length)
    return (
      <Field
        name="numbers"
        label={`All numbers still held (${formatCount(held.numbers)})`}
        kind="checkbox"
        value="all"
        checked
        hint={cost}
      />
    );
  const nameOf = (accountId: number) => accounts.find((each) => each.accountId === accountId)?.name ?? '';
  return (
    <FieldGroup legend={`Numbers still held (${formatCount(held.numbers)})`} hint={cost}>
      {numbers.map((each) => (
        <Field
          key={each.trackingNumberId}
          name={`number${each.trackingNumberId}`}
          label={[formatPhone(each.phoneNumber), each.name, nameOf(each.accountId)].filter(Boolean).join(', ')}
          kind="checkbox"
          value="yes"
          checked
        />
      ))}
      {numbers.length === 0 && <p class="field-hint">None is held any more.</p>}
    </FieldGroup>
  );
}

function Plans({ offer: { plans, hasOwnPlan } }: { offer: Offer }) {
  return (
    <Field
      name="plan"
      label={hasOwnPlan ? 'The plan that it has' : 'Plan that the customer chose'}
      kind="radio"
      value={plans[0]?.planCode}
      options={plans.map((plan) => ({
        value: plan.planCode,
        label: plan.name,
        hint: `${formatMoney(plan.monthlyFeeMicros, plan.currency)} a month, ${hasOwnPlan ? 'charged now unless its month is paid' : 'charged now'}; a number ${formatMoney(plan.localNumberMicros, plan.currency)}, toll-free ${formatMoney(plan.tollFreeNumberMicros, plan.currency)}`,
      }))}
    />
  );
}
