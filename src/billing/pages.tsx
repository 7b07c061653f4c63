import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { accountShell, agencyShell, enterAccount, enterAgency, type Shell } from '../accounts/enter.ts';
import type { Account } from '../accounts/store.ts';
import type { House } from '../platform/house.ts';
import { newKey } from '../platform/ids.ts';
import type { Actor } from '../platform/operation.ts';
import { parseAmount } from '../rules/money.ts';
import {
  Button,
  Card,
  DefinitionList,
  EmptyState,
  Field,
  Form,
  Moment,
  Notice,
  PageHeader,
  Stack,
  Stat,
  Stats,
  Table,
} from '../web/components.tsx';
import { formatMoment, formatMoney, formatRate } from '../web/format.ts';
import { Page, renderPage } from '../web/layout.tsx';
import { presentRefusal, statusOf } from '../web/present.ts';
import { fieldsOf, goOn, keyOf, sendPage } from '../web/read.ts';
import {
  type Balance,
  findBalance,
  findCharges,
  findStatement,
  findSubscription,
  type ShownCharge,
  type StatementLine,
  type Subscription,
} from './store.ts';
import { topUp } from './topUp.ts';

type AccountRequest = { Params: { accountId: string } };
type AgencyRequest = { Params: { agencyId: string } };

const shownLinesMax = 100;

interface BillingFacts {
  base: string;
  timeZone: string;
  subscription: Subscription | null;
  balance: Balance;
  statement: readonly StatementLine[];
  charges: readonly ShownCharge[];
  /** The account, when it is one: who pays for it, and whether it is canceled. */
  account: Account | null;
  mayTopUp: boolean;
}

interface Refused {
  sentence: string;
  fields: Readonly<Record<string, string>>;
  amount: string;
}

/** Settings → Billing: the balance, what comes next, and every posting. */
export function registerBillingPages(app: FastifyInstance, house: House): void {
  const ofAccount = async (request: FastifyRequest<AccountRequest>, reply: FastifyReply) => {
    const entered = await enterAccount(house, request, 'view-billing');
    const { account, base, may } = entered;
    const facts = await gather(house, account.accountId, {
      base,
      timeZone: account.timeZone,
      account,
      payerId: account.payerId,
      mayTopUp: may('top-up') && account.payer === 'own',
    });
    return { entered, facts, shell: await accountShell(house, request, reply, entered) };
  };
  const ofAgency = async (request: FastifyRequest<AgencyRequest>, reply: FastifyReply) => {
    const entered = await enterAgency(house, request, 'view-billing');
    const { agency, base, may } = entered;
    const facts = await gather(house, agency.agencyId, {
      base,
      timeZone: agency.timeZone,
      account: null,
      payerId: agency.agencyId,
      mayTopUp: may('top-up'),
    });
    return { entered, facts, shell: await agencyShell(house, request, reply, entered) };
  };

  app.get<AccountRequest>('/accounts/:accountId/billing', async (request, reply) => {
    const { facts, shell } = await ofAccount(request, reply);
    return sendPage(reply, renderPage(<BillingPage shell={shell} facts={facts} />));
  });
  app.get<AgencyRequest>('/agencies/:agencyId/billing', async (request, reply) => {
    const { facts, shell } = await ofAgency(request, reply);
    return sendPage(reply, renderPage(<BillingPage shell={shell} facts={facts} />));
  });
  app.post<AccountRequest>('/accounts/:accountId/billing/top-ups', async (request, reply) => {
    const { entered, facts, shell } = await ofAccount(request, reply);
    return addMoney(house, request, reply, entered.actor, entered.account.accountId, facts, shell);
  });
  app.post<AgencyRequest>('/agencies/:agencyId/billing/top-ups', async (request, reply) => {
    const { entered, facts, shell } = await ofAgency(request, reply);
    return addMoney(house, request, reply, entered.actor, entered.agency.agencyId, facts, shell);
  });
}

async function gather(
  house: House,
  ownerId: number,
  about: { base: string; timeZone: string; account: Account | null; payerId: number; mayTopUp: boolean },
): Promise<BillingFacts> {
  const isPayer = about.payerId === ownerId;
  return {
    ...about,
    subscription: await findSubscription(house.db, ownerId),
    balance: await findBalance(house.db, about.payerId),
    statement: isPayer ? await findStatement(house.db, ownerId, shownLinesMax) : [],
    charges: isPayer ? [] : await findCharges(house.db, ownerId, shownLinesMax),
  };
}

async function addMoney(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  actor: Actor,
  ownerId: number,
  facts: BillingFacts,
  shell: Shell,
) {
  const amount = fieldsOf(request.body)('amount');
  const decision = await topUp(house, actor, ownerId, parseAmount(amount) ?? 0n, keyOf(request));
  if (decision.ok)
    return goOn(reply, `${facts.base}/billing`, {
      kind: 'success',
      text: `${formatMoney(BigInt(decision.value), facts.balance.currency)} was added to the available balance.`,
    });
  const refused = { ...presentRefusal(decision.refusal, facts.timeZone), amount };
  return sendPage(
    reply,
    renderPage(<BillingPage shell={shell} facts={facts} refused={refused} />),
    statusOf(decision.refusal),
  );
}

function BillingPage({ shell, facts, refused }: { shell: Shell; facts: BillingFacts; refused?: Refused }) {
  const { account, balance, base, mayTopUp, statement, subscription, timeZone } = facts;
  const money = (micros: bigint) => formatMoney(micros, balance.currency);
  const paidByAgency = account?.payer === 'agency';
  const moment = (date: Date) => <Moment at={date} text={formatMoment(date, timeZone)} />;
  const next = subscription && !account?.closure;
  return (
    <Page {...shell} title="Billing" breadcrumbs={[{ label: 'Settings' }, { label: 'Billing' }]}>
      <PageHeader
        title="Billing"
        description={
          paidByAgency ? `${account.agencyName} pays for this account; it has no balance of its own.` : undefined
        }
      />
      <Stack>
        {account?.closure && (
          <Notice kind="attention" title="Charges have ended">
            Nothing is charged since {moment(account.closure.closedAt)}.{' '}
            {paidByAgency ? (
              `The balance belongs to ${account.agencyName} and stays there.`
            ) : (
              <>
                The available balance is preserved until {moment(account.closure.refundableUntil)}; it is not paid back
                by itself.
              </>
            )}
          </Notice>
        )}
        {!paidByAgency && (
          <Stats>
            <Stat
              label="Available balance"
              value={money(balance.availableMicros)}
              hint={balance.availableMicros <= 0n ? 'Used up: calls are refused until it is topped up' : undefined}
            />
            <Stat label="Plan" value={subscription?.plan.name ?? 'None'} />
            <Stat
              label="Next charge"
              value={next ? money(subscription.plan.monthlyFeeMicros) : 'None'}
              hint={next ? formatMoment(subscription.paidUntil, timeZone) : undefined}
            />
          </Stats>
        )}
        {mayTopUp && (
          <Card title="Top up" description="By simulated test card. It is added at once.">
            <Form
              action={`${base}/billing/top-ups`}
              idempotencyKey={newKey()}
              inline
              refusal={refused && Object.keys(refused.fields).length === 0 ? refused.sentence : undefined}
            >
              <Field
                name="amount"
                label="Amount"
                inputmode="decimal"
                prefix="$"
                width="short"
                required
                value={refused?.amount ?? '100'}
                error={refused?.fields.amount}
              />
              <Button variant="primary">Top up</Button>
            </Form>
          </Card>
        )}
        {subscription && (
          <DefinitionList
            items={[
              { term: 'Local number, a month', description: money(subscription.plan.localNumberMicros) },
              { term: 'Toll-free number, a month', description: money(subscription.plan.tollFreeNumberMicros) },
              {
                term: 'Incoming minute',
                description: formatRate(subscription.plan.minuteInMicros, balance.currency),
                hint: 'Every minute begun counts.',
              },
            ]}
          />
        )}
        {paidByAgency ? (
          <Table
            caption="What this account was charged"
            captionShown
            rows={facts.charges}
            rowKey={(charge) => charge.chargeId}
            columns={[
              { header: 'When', cell: (charge) => moment(charge.at) },
              { header: 'What', main: true, cell: (charge) => charge.description, wraps: true },
              { header: 'Amount', numeric: true, cell: (charge) => money(charge.amountMicros) },
            ]}
            empty={<EmptyState icon="billing" title="Nothing was charged yet" />}
          />
        ) : (
          <Table
            caption="Statement"
            captionShown
            rows={statement}
            rowKey={(line) => line.postingId}
            columns={[
              { header: 'When', cell: (line) => moment(line.at) },
              { header: 'What', main: true, cell: (line) => line.description, wraps: true },
              { header: 'Amount', numeric: true, cell: (line) => money(line.amountMicros) },
              { header: 'Balance', numeric: true, cell: (line) => money(line.balanceAfterMicros) },
            ]}
            empty={
              <EmptyState icon="billing" title="Nothing yet">
                Top-ups and charges stand here.
              </EmptyState>
            }
          />
        )}
      </Stack>
    </Page>
  );
}
