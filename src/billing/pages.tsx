import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { accountShell, agencyShell, enterAccount, enterAgency, type Shell } from '../accounts/enter.ts';
import type { Account } from '../accounts/store.ts';
import { readClock } from '../platform/clock.ts';
import type { House } from '../platform/house.ts';
import type { Actor } from '../platform/operation.ts';
import { parseAmount } from '../rules/money.ts';
import {
  Card,
  DefinitionList,
  EmptyState,
  LinkButton,
  Moment,
  Muted,
  Notice,
  PageHeader,
  Pagination,
  Stack,
  Stat,
  Stats,
  Table,
  TextLink,
} from '../web/components.tsx';
import { formatCount, formatMoment, formatMoney, formatPhone, formatRate } from '../web/format.ts';
import { Page, renderPage } from '../web/layout.tsx';
import { type Place, readPlace, writePlace } from '../web/paging.ts';
import { presentRefusal, statusOf } from '../web/present.ts';
import { fieldsOf, goOn, idOf, keyOf, sendPage } from '../web/read.ts';
import { ArrearsCalendar, ArrearsNotice, type ShownArrears } from './dunning/sayArrears.tsx';
import { findArrears } from './dunning/store.ts';
import { OwnBalance } from './payers/sayPayer.tsx';
import { findOpenOffer } from './payers/store.ts';
import { registerPaymentOperations } from './payments/operations.tsx';
import {
  findPaymentFacts,
  noticeOf,
  type PaymentFacts,
  PaymentParts,
  type RefusedTopUp,
  registerPaymentPages,
} from './payments/pages.tsx';
import { registerSimulatedPaymentPages } from './payments/simulatedPages.tsx';
import { findPayment } from './payments/store.ts';
import { topUp } from './payments/topUp.ts';
import { findOwedFacts, type OwedFacts } from './refunds/findEnded.ts';
import { RefundCard, RefundOffer } from './refunds/sayRefund.tsx';
import {
  type Balance,
  findBalance,
  findCharges,
  findRenewals,
  findStatement,
  findSubscription,
  type Renewal,
  type Renewals,
  type ShownCharge,
  type StatementLine,
  type Subscription,
} from './store.ts';
import { BillingTabs } from './tabs.tsx';

type AccountRequest = { Params: { accountId: string } };
type AgencyRequest = { Params: { agencyId: string } };

const linesPerPage = 50;
const shownRenewalsMax = 12;

interface BillingFacts {
  base: string;
  timeZone: string;
  subscription: Subscription | null;
  balance: Balance;
  renewals: Renewals;
  statement: readonly StatementLine[];
  charges: readonly ShownCharge[];
  /** Where the older lines begin, when there are any; and whether newer ones were left out. */
  older: Place | null;
  isOlderPage: boolean;
  /** The account, when it is one: who pays for it. */
  account: Account | null;
  /** Of the owner's own balance; null while there is something left, and for whom somebody else pays. */
  arrears: ShownArrears | null;
  now: Date;
  /** The account's own balance: what is left in it when somebody else pays. */
  own: Balance;
  /** Whether an offer of who pays for it waits for an answer. */
  isOffered: boolean;
  /** Of the account or agency: when its charges ended, and until when its balance can be asked back. */
  closure: { closedAt: Date; refundableUntil: Date } | null;
  /** What is owed after a closing, and what was asked for. */
  owed: OwedFacts | null;
  mayAsk: boolean;
  mayChangePlan: boolean;
  /** Cards and payments; null for a sub-account that its agency pays. */
  payments: PaymentFacts | null;
}

/** Settings → Billing: the balance, what comes next, and every posting. */
export function registerBillingPages(app: FastifyInstance, house: House): void {
  registerPaymentPages(app, house);
  registerPaymentOperations(app, house);
  if (house.paymentsSimulation) registerSimulatedPaymentPages(app, house.paymentsSimulation);

  const ofAccount = async (request: FastifyRequest<AccountRequest>, reply: FastifyReply) => {
    const entered = await enterAccount(house, request, 'view-billing');
    const { account, base, may, now } = entered;
    const { closure, timeZone } = account;
    const payments = account.payer === 'own' ? await findPaymentFacts(house, account.accountId, may) : null;
    const about = {
      base,
      timeZone,
      now,
      account,
      closure,
      payments,
      mayChangePlan: may('change-plan') && account.payer === 'own',
      mayAsk: may('ask-refund'),
    };
    const facts = await gather(house, request, { accountId: account.accountId }, account.payerId, about);
    return { entered, facts, shell: await accountShell(house, request, reply, entered) };
  };
  const ofAgency = async (request: FastifyRequest<AgencyRequest>, reply: FastifyReply) => {
    const entered = await enterAgency(house, request, 'view-billing');
    const { agency, base, may, now } = entered;
    const { closure, timeZone } = agency;
    const payments = await findPaymentFacts(house, agency.agencyId, may);
    const about = {
      base,
      timeZone,
      now,
      account: null,
      closure,
      payments,
      mayChangePlan: may('change-plan'),
      mayAsk: may('ask-refund'),
    };
    const facts = await gather(house, request, { agencyId: agency.agencyId }, agency.agencyId, about);
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
  request: FastifyRequest,
  owner: { accountId: number } | { agencyId: number },
  payerId: number,
  about: Pick<
    BillingFacts,
    'base' | 'timeZone' | 'now' | 'account' | 'closure' | 'payments' | 'mayChangePlan' | 'mayAsk'
  >,
): Promise<BillingFacts> {
  const ownerId = 'accountId' in owner ? owner.accountId : owner.agencyId;
  const isPayer = payerId === ownerId;
  const before = readPlace(fieldsOf(request.query)('before'));
  const statement = isPayer ? await findStatement(house.db, ownerId, linesPerPage + 1, before) : [];
  const charges = isPayer ? [] : await findCharges(house.db, ownerId, linesPerPage + 1, before);
  const [lastLine, lastCharge] = [statement[linesPerPage - 1], charges[linesPerPage - 1]];
  return {
    ...about,
    subscription: await findSubscription(house.db, ownerId),
    balance: await findBalance(house.db, payerId),
    own: await findBalance(house.db, ownerId),
    isOffered: !about.closure && (await findOpenOffer(house.db, ownerId, about.now)) !== null,
    renewals: await findRenewals(house.db, owner, shownRenewalsMax),
    arrears: isPayer && !about.closure ? await findArrears(house.db, ownerId) : null,
    statement: statement.slice(0, linesPerPage),
    charges: charges.slice(0, linesPerPage),
    older:
      lastLine && statement.length > linesPerPage
        ? { at: lastLine.at, id: lastLine.postingId }
        : lastCharge && charges.length > linesPerPage
          ? { at: lastCharge.at, id: lastCharge.chargeId }
          : null,
    isOlderPage: before !== undefined,
    owed: await findOwedFacts(house.db, ownerId, await readClock(house.db)),
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
  const field = fieldsOf(request.body);
  const [amount, other, card] = [field('amount'), field('other'), field('card')];
  const wish = { cardId: card ? idOf(card) : undefined };
  const decision = await topUp(house, actor, ownerId, parseAmount(other || amount) ?? 0n, keyOf(request), wish);
  if (decision.ok) {
    const payment = (await findPayment(house.db, ownerId, decision.value))!;
    const isOver = payment.succeededAt || payment.failedAt;
    const there = isOver ? '' : `/payments/${payment.paymentId}${payment.authenticateUrl ? '?go=yes' : ''}`;
    return goOn(reply, `${facts.base}/billing${there}`, noticeOf(payment));
  }
  const refused = { ...presentRefusal(decision.refusal, facts.timeZone), amount, other, card };
  return sendPage(
    reply,
    renderPage(<BillingPage shell={shell} facts={facts} refused={refused} />),
    statusOf(decision.refusal),
  );
}

interface ComingCharge {
  what: string;
  at: Date;
  amountMicros: bigint;
}

/** What will be charged next, soonest first, and what it adds up to in a month. */
function comingCharges({ account, closure, renewals, subscription }: BillingFacts) {
  if (closure) return { soonest: [], count: 0, monthlyMicros: 0n };
  const named = (each: Renewal) => `Number ${formatPhone(each.phoneNumber)}${account ? '' : `, ${each.accountName}`}`;
  const charges: ComingCharge[] = renewals.soonest.map((each) => ({ ...each, what: named(each) }));
  const month = subscription?.next;
  if (month) charges.push({ what: `${month.plan.name} plan`, at: month.from, amountMicros: month.amountMicros });
  return {
    soonest: charges.toSorted((a, b) => a.at.getTime() - b.at.getTime()),
    count: renewals.numbers + (month ? 1 : 0),
    monthlyMicros: renewals.sumMicros + (month?.amountMicros ?? 0n),
  };
}

const numbersOf = (count: number): string => `${formatCount(count)} number${count === 1 ? '' : 's'}`;

function BillingPage({ shell, facts, refused }: { shell: Shell; facts: BillingFacts; refused?: RefusedTopUp }) {
  const { account, balance, base, closure, payments, renewals, subscription, timeZone } = facts;
  const money = (micros: bigint) => formatMoney(micros, balance.currency);
  const paidByAgency = account?.payer === 'agency';
  const coming = comingCharges(facts);
  const [next] = coming.soonest;
  return (
    <Page {...shell} title="Billing" breadcrumbs={[{ label: 'Settings' }, { label: 'Billing' }]}>
      <PageHeader
        title="Billing"
        description={
          paidByAgency
            ? `${account.agencyName} pays for this account from its own available balance; this account has ${facts.own.availableMicros > 0n ? 'something left of its own' : 'none'}.`
            : undefined
        }
        actions={account?.agencyId ? <LinkButton href={`${base}/payer`}>Who pays</LinkButton> : undefined}
      />
      <Stack>
        <BillingTabs base={base} current="Billing" />
        {closure && <ChargesEnded facts={facts} />}
        <Refunds facts={facts} />
        {facts.isOffered && (
          <Notice
            kind="attention"
            title="An offer of who pays is open"
            actions={<LinkButton href={`${base}/payer`}>See the offer</LinkButton>}
          >
            Until it is accepted nothing changes.
          </Notice>
        )}
        {paidByAgency && !closure && facts.own.availableMicros > 0n && <OwnBalance own={facts.own} />}
        {facts.arrears && <ArrearsNotice {...facts} arrears={facts.arrears} isAgency={account === null} />}
        <Stats>
          {paidByAgency ? (
            <Stat label="Paid by" value={account.agencyName} />
          ) : (
            <Stat
              label="Available balance"
              value={money(balance.availableMicros)}
              hint={
                balance.availableMicros <= 0n && !closure
                  ? 'Used up: see above what follows'
                  : `Of ${shell.place?.name}`
              }
            />
          )}
          {!paidByAgency && (
            <Stat
              label="Plan"
              value={subscription?.plan.name ?? 'None'}
              hint={subscription ? `${money(subscription.nextPlan.monthlyFeeMicros)} a month` : undefined}
            />
          )}
          <Stat
            label="Next charge"
            value={next ? money(next.amountMicros) : 'None'}
            hint={next ? formatMoment(next.at, timeZone) : undefined}
          />
          <Stat
            label="Charges a month"
            value={money(coming.monthlyMicros)}
            hint={
              next
                ? `${subscription ? 'The plan and ' : ''}${numbersOf(renewals.numbers)}; calls are charged on top`
                : 'Nothing is charged any more'
            }
          />
        </Stats>
        {payments && (
          <PaymentParts
            base={base}
            facts={payments}
            currency={balance.currency}
            timeZone={timeZone}
            refused={refused}
          />
        )}
        {facts.arrears && <ArrearsCalendar {...facts} arrears={facts.arrears} />}
        {coming.soonest.length > 0 && (
          <Table
            caption="What is charged next"
            captionShown
            rows={coming.soonest}
            rowKey={(charge) => charge.what}
            columns={[
              {
                header: 'When',
                cell: (charge) => <Moment at={charge.at} text={formatMoment(charge.at, timeZone)} />,
              },
              { header: 'What', main: true, cell: (charge) => charge.what, wraps: true },
              { header: 'Amount', numeric: true, cell: (charge) => money(charge.amountMicros) },
            ]}
            empty={null}
          />
        )}
        {coming.count > coming.soonest.length && (
          <Muted>
            {formatCount(coming.count - coming.soonest.length)} more within the month; all together{' '}
            {money(coming.monthlyMicros)} a month.
          </Muted>
        )}
        {subscription && (
          <Card
            title={`Prices of the ${subscription.plan.name} plan`}
            actions={facts.mayChangePlan && <LinkButton href={`${base}/billing/plan`}>Change plan</LinkButton>}
          >
            <DefinitionList
              items={[
                { term: 'Local number, a month', description: money(subscription.plan.localNumberMicros) },
                { term: 'Toll-free number, a month', description: money(subscription.plan.tollFreeNumberMicros) },
                {
                  term: 'Incoming minute',
                  description: formatRate(subscription.plan.minuteInMicros, balance.currency),
                  hint:
                    subscription.plan.includedMinutes > 0
                      ? `Every minute begun counts. ${formatCount(subscription.plan.includedMinutes)} minutes are included each month.`
                      : 'Every minute begun counts.',
                },
                {
                  term: 'Incoming minute, toll-free',
                  description: formatRate(subscription.plan.tollFreeMinuteInMicros, balance.currency),
                },
              ]}
            />
          </Card>
        )}
        <Past facts={facts} paidByAgency={paidByAgency} />
      </Stack>
    </Page>
  );
}

function ChargesEnded({ facts }: { facts: BillingFacts }) {
  const { account, closure, mayAsk, owed, timeZone } = facts;
  const { closedAt, refundableUntil } = closure!;
  const moment = (date: Date) => <Moment at={date} text={formatMoment(date, timeZone)} />;
  return (
    <>
      <Notice kind="attention" title="Charges have ended">
        Charges ended on {moment(closedAt)}.{' '}
        {account?.payer === 'agency' ? (
          `The available balance belongs to ${account.agencyName} and stays there.`
        ) : (
          <>The Available Balance is preserved until {moment(refundableUntil)}; nobody pays it back by itself.</>
        )}
      </Notice>
      {owed && <RefundOffer facts={owed} mayAsk={mayAsk} />}
    </>
  );
}

/** What was asked for after a closing, and what became of it; it stays here after a reactivation. */
function Refunds({ facts }: { facts: BillingFacts }) {
  const { base, owed, timeZone } = facts;
  return owed?.refunds.map((each) => (
    <RefundCard
      key={each.refundId}
      refund={each}
      payments={owed.payments}
      timeZone={timeZone}
      ticketHref={`${base}/tickets/${each.ticketId}`}
    />
  ));
}

const phoneInText = /\+[1-9]\d{6,14}\b/g;

/** What was booked, newest first: the wallet's statement, or what was charged to somebody else's wallet. */
function Past({ facts, paidByAgency }: { facts: BillingFacts; paidByAgency: boolean }) {
  const { balance, base, charges, isOlderPage, older, statement, timeZone } = facts;
  const money = (micros: bigint) => formatMoney(micros, balance.currency);
  const signed = (micros: bigint) => (micros < 0n ? `−${money(-micros)}` : `+${money(micros)}`);
  const when = { header: 'When', cell: ({ at }: { at: Date }) => <Moment at={at} text={formatMoment(at, timeZone)} /> };
  const what = {
    header: 'What',
    main: true,
    wraps: true,
    cell: ({ description }: { description: string }) => description.replace(phoneInText, formatPhone),
  };
  return (
    <>
      {paidByAgency ? (
        <Table
          caption="What this account was charged"
          captionShown
          rows={charges}
          rowKey={(charge) => charge.chargeId}
          columns={[
            when,
            what,
            {
              header: 'Amount',
              numeric: true,
              cell: (charge) => formatRate(charge.amountMicros, balance.currency),
            },
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
            when,
            {
              ...what,
              cell: (line) => (
                <TextLink href={`${base}/billing/postings/${line.postingId}`} quiet>
                  {what.cell(line)}
                </TextLink>
              ),
            },
            { header: 'Amount', numeric: true, cell: (line) => signed(line.amountMicros) },
            { header: 'Balance', numeric: true, cell: (line) => money(line.balanceAfterMicros) },
          ]}
          empty={
            <EmptyState icon="billing" title="Nothing yet">
              Top-ups and charges stand here.
            </EmptyState>
          }
        />
      )}
      {(older || isOlderPage) && (
        <Pagination
          summary="Newest first"
          previousHref={isOlderPage ? `${base}/billing` : undefined}
          previousLabel="Newest"
          nextHref={older ? `${base}/billing?${new URLSearchParams({ before: writePlace(older) })}` : undefined}
          nextLabel="Older"
        />
      )}
    </>
  );
}
