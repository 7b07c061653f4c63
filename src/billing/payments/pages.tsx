import type { FastifyInstance } from 'fastify';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import { record } from '../../platform/operation.ts';
import { PaymentsError } from '../../platform/payments/port.ts';
import { Refused } from '../../rules/decision.ts';
import { parseAmount } from '../../rules/money.ts';
import {
  Badge,
  Button,
  ButtonForm,
  Card,
  type Column,
  Columns,
  DefinitionList,
  EmptyState,
  Field,
  Form,
  FormActions,
  LinkButton,
  Moment,
  Notice,
  PageHeader,
  Pagination,
  Row,
  Stack,
  Table,
  TextLink,
} from '../../web/components.tsx';
import { formatMoment, formatMoney } from '../../web/format.ts';
import { Page, type PageNotice, renderPage } from '../../web/layout.tsx';
import { readPlace, writePlace } from '../../web/paging.ts';
import { presentRefusal } from '../../web/present.ts';
import { fieldsOf, goOn, idOf, keyOf, sendPage } from '../../web/read.ts';
import { finishCardPage, openCardPage } from './addCard.ts';
import { makeCardFirst, removeCard } from './arrangeCards.ts';
import { type EnteredOwner, ofOwner } from './ofOwner.ts';
import { payNow } from './payNow.ts';
import { describeCard } from './sayCard.ts';
import { sayDispute } from './sayDispute.ts';
import { setAutoRecharge } from './setAutoRecharge.ts';
import { describeCause } from './settlePayment.ts';
import {
  findCards,
  findPayment,
  findPayments,
  findPostingOfPayment,
  findRechargeRule,
  hastenPayment,
  type Payment,
  type Card as PaymentCard,
  type RechargeRule,
} from './store.ts';

const amountsOffered = ['50', '100', '250'];
const shownPaymentsMax = 5;
const paymentsPerPage = 50;

/** What the Billing page shows of cards and payments; null for a sub-account that its agency pays. */
export interface PaymentFacts {
  cards: readonly PaymentCard[];
  rule: RechargeRule | null;
  payments: readonly Payment[];
  hasMorePayments: boolean;
  mayTopUp: boolean;
  mayAddCard: boolean;
  mayRemoveCard: boolean;
  /** Test cards are picked by name there. */
  isSimulated: boolean;
}

export async function findPaymentFacts(house: House, ownerId: number, may: EnteredOwner['may']): Promise<PaymentFacts> {
  const payments = await findPayments(house.db, ownerId, shownPaymentsMax + 1);
  return {
    cards: await findCards(house.db, ownerId),
    rule: await findRechargeRule(house.db, ownerId),
    payments: payments.slice(0, shownPaymentsMax),
    hasMorePayments: payments.length > shownPaymentsMax,
    mayTopUp: may('top-up'),
    mayAddCard: may('add-card'),
    mayRemoveCard: may('remove-card'),
    isSimulated: house.payments.name === 'simulated',
  };
}

/** What came of a payment that somebody has just asked for, as the next page says it; one that goes on has a page that does. */
export function noticeOf(payment: Payment): (PageNotice & { details?: undefined }) | undefined {
  const amount = formatMoney(payment.amountMicros, payment.currency);
  if (payment.succeededAt) return { kind: 'success', text: `${amount} was added to the available balance.` };
  if (payment.failedAt)
    return { kind: 'refusal', text: `${amount} was not paid. ${payment.failure} Nothing was taken; try another card.` };
  return undefined;
}

/** Settings → Billing: cards, auto-recharge, payments and their receipts. */
export function registerPaymentPages(app: FastifyInstance, house: House): void {
  ofOwner(app, house, 'post', '', '/billing/cards', async ({ actor, base, ownerId, timeZone }, request, reply) => {
    const decision = await openCardPage(house, actor, ownerId, keyOf(request));
    if (decision.ok) {
      // A form may not lead away from here, so a page of ours does.
      reply.header('refresh', `0; url=${decision.value}`);
      return sendPage(reply, renderPage(<LeavingPage url={decision.value} backTo={`${base}/billing`} />));
    }
    if (decision.refusal.code === 'not-found') throw new Refused(decision.refusal);
    return goOn(reply, `${base}/billing`, {
      kind: 'refusal',
      text: presentRefusal(decision.refusal, timeZone).sentence,
    });
  });

  ofOwner(app, house, 'get', '', '/billing/cards/return', async ({ base, ownerId }, request, reply) => {
    const isAdded = await finishCardPage(house, ownerId, fieldsOf(request.query)('setup')).catch((error: unknown) => {
      if (error instanceof PaymentsError) return false;
      throw error;
    });
    return goOn(
      reply,
      `${base}/billing#cards`,
      isAdded
        ? { kind: 'success', text: 'The card was added.' }
        : {
            kind: 'info',
            text: 'No card has come from the payment provider yet. If you gave one, it shows here in a minute.',
          },
    );
  });

  for (const [path, carryOut, said] of [
    ['first', makeCardFirst, 'is charged first from now on.'],
    ['remove', removeCard, 'was removed.'],
  ] as const)
    ofOwner(app, house, 'post', '', `/billing/cards/:cardId/${path}`, async (entered, request, reply) => {
      const { actor, base, ownerId, timeZone } = entered;
      const decision = await carryOut(house, actor, ownerId, idOf(request.params.cardId), keyOf(request));
      if (!decision.ok && decision.refusal.code === 'not-found') throw new Refused(decision.refusal);
      return goOn(
        reply,
        `${base}/billing#cards`,
        decision.ok
          ? { kind: 'success', text: `${decision.value} ${said}` }
          : { kind: 'refusal', text: presentRefusal(decision.refusal, timeZone).sentence },
      );
    });

  ofOwner(app, house, 'post', '', '/billing/auto-recharge', async (entered, request, reply) => {
    const { actor, base, ownerId, timeZone } = entered;
    const field = fieldsOf(request.body);
    const wish = {
      isOn: field('isOn') === 'yes',
      thresholdMicros: parseAmount(field('threshold')) ?? -1n,
      amountMicros: parseAmount(field('rechargeAmount')) ?? 0n,
    };
    const decision = await setAutoRecharge(house, actor, ownerId, wish, keyOf(request));
    if (!decision.ok && decision.refusal.code === 'not-found') throw new Refused(decision.refusal);
    const sentence = (refusal: Refused['refusal']) =>
      refusal.code === 'invalid-input'
        ? `Auto-recharge was left as it is. ${Object.values(refusal.fields).join(' ')}`
        : presentRefusal(refusal, timeZone).sentence;
    return goOn(
      reply,
      `${base}/billing#auto-recharge`,
      decision.ok
        ? { kind: 'success', text: wish.isOn ? 'Auto-recharge is on.' : 'Auto-recharge is off.' }
        : { kind: 'refusal', text: sentence(decision.refusal) },
    );
  });

  ofOwner(app, house, 'get', '', '/billing/payments', async (entered, request, reply) => {
    const before = readPlace(fieldsOf(request.query)('before'));
    const found = await findPayments(house.db, entered.ownerId, paymentsPerPage + 1, before);
    const payments = found.slice(0, paymentsPerPage);
    const last = found.length > paymentsPerPage ? payments.at(-1) : undefined;
    const here = `${entered.base}/billing/payments`;
    const page = (
      <Page
        {...(await entered.shell(reply))}
        title="Payments"
        breadcrumbs={[{ label: 'Billing', href: `${entered.base}/billing` }, { label: 'Payments' }]}
      >
        <PageHeader title="Payments" description="Money asked of cards, newest first. Each has its receipt." />
        <PaymentTable payments={payments} base={entered.base} timeZone={entered.timeZone} />
        {(last || before) && (
          <Pagination
            summary="Newest first"
            previousHref={before ? here : undefined}
            previousLabel="Newest"
            nextHref={
              last
                ? `${here}?${new URLSearchParams({ before: writePlace({ at: last.askedAt, id: last.paymentId }) })}`
                : undefined
            }
            nextLabel="Older"
          />
        )}
      </Page>
    );
    return sendPage(reply, renderPage(page));
  });

  ofOwner(app, house, 'get', '', '/billing/payments/:paymentId', async (entered, request, reply) => {
    const payment = await findPayment(house.db, entered.ownerId, idOf(request.params.paymentId));
    if (!payment) throw new Refused({ code: 'not-found' });
    // Whoever has just asked for it is taken to their bank; whoever looks at it later goes there by the button.
    if (payment.authenticateUrl && fieldsOf(request.query)('go') === 'yes')
      reply.header('refresh', `0; url=${payment.authenticateUrl}`);
    const shell = await entered.shell(reply);
    const postingId = await findPostingOfPayment(house.db, payment);
    const page = (
      <Page
        {...shell}
        title="Receipt"
        width="reading"
        breadcrumbs={[{ label: 'Billing', href: `${entered.base}/billing` }, { label: 'Receipt' }]}
      >
        <ReceiptBody payment={payment} postingId={postingId} owner={entered} />
      </Page>
    );
    return sendPage(reply, renderPage(page));
  });

  ofOwner(app, house, 'get', '', '/billing/payments/:paymentId/return', async (entered, request, reply) => {
    const key = { ownerId: entered.ownerId, paymentId: idOf(request.params.paymentId) };
    if (!(await findPayment(house.db, key.ownerId, key.paymentId))) throw new Refused({ code: 'not-found' });
    await record(house.db, (tx, now) => hastenPayment(tx, key, now));
    await payNow(house, key);
    const payment = (await findPayment(house.db, key.ownerId, key.paymentId))!;
    const here = payment.succeededAt ? `${entered.base}/billing` : `${entered.base}/billing/payments/${key.paymentId}`;
    return goOn(reply, here, noticeOf(payment));
  });
}

/** On the way to the provider's page: the browser goes on by itself, and without patience there is the button. */
function LeavingPage({ url, backTo }: { url: string; backTo: string }) {
  return (
    <Page title="To the payment provider" navigation={[]} width="reading">
      <PageHeader
        title="To the payment provider"
        description="The card is given there, on the provider’s own page. Its number never comes here."
      />
      <Row>
        <LinkButton href={url} variant="primary">
          Go on
        </LinkButton>
        <LinkButton href={backTo} variant="ghost">
          Never mind
        </LinkButton>
      </Row>
    </Page>
  );
}

interface PartsProps {
  base: string;
  facts: PaymentFacts;
  currency: string;
  timeZone: string;
  refused?: RefusedTopUp | undefined;
}

export interface RefusedTopUp {
  sentence: string;
  fields: Readonly<Record<string, string>>;
  amount: string;
  other: string;
  card: string;
}

/** The part of the Billing page that brings money in. */
export function PaymentParts({ base, facts, currency, timeZone, refused }: PartsProps) {
  const { cards, mayTopUp, payments } = facts;
  const isPayer = mayTopUp || cards.length > 0 || payments.length > 0;
  if (!isPayer) return null;
  const waiting = payments.find((each) => each.authenticateUrl);
  return (
    <>
      {waiting && (
        <Notice
          kind="attention"
          title="Your bank waits for you"
          actions={<LinkButton href={waiting.authenticateUrl!}>Go to your bank</LinkButton>}
        >
          {formatMoney(waiting.amountMicros, waiting.currency)} with {describeCard(waiting)} is paid once you have said
          there that it is you.
        </Notice>
      )}
      {mayTopUp && (
        <Columns of={2}>
          <TopUpCard base={base} facts={facts} refused={refused} />
          <AutoRechargeCard base={base} facts={facts} currency={currency} timeZone={timeZone} />
        </Columns>
      )}
      <Cards base={base} facts={facts} />
      {payments.length > 0 && (
        <>
          <PaymentTable payments={payments} base={base} timeZone={timeZone} />
          {facts.hasMorePayments && <TextLink href={`${base}/billing/payments`}>All payments</TextLink>}
        </>
      )}
    </>
  );
}

const AddCard = ({ base, isFirst }: { base: string; isFirst?: boolean }) => (
  <Form action={`${base}/billing/cards`} idempotencyKey={newKey()} wholePage>
    <Row>
      <Button variant={isFirst ? 'primary' : 'secondary'} icon="plus">
        Add a card
      </Button>
    </Row>
  </Form>
);

function TopUpCard({ base, facts, refused }: Pick<PartsProps, 'base' | 'facts' | 'refused'>) {
  const { cards, isSimulated, mayAddCard } = facts;
  const wrong = refused?.fields.amount;
  const where = isSimulated ? 'Cards here are test cards, picked by name.' : 'Cards are kept at the payment provider.';
  if (cards.length === 0)
    return (
      <Card title="Top up" description={`A card is needed first. ${where}`}>
        {mayAddCard && <AddCard base={base} isFirst />}
      </Card>
    );
  return (
    <Card title="Top up" description="Added to the available balance as soon as the card has paid.">
      <Form
        action={`${base}/billing/top-ups`}
        idempotencyKey={newKey()}
        refusal={refused && !wrong ? refused.sentence : undefined}
        wholePage
      >
        <Columns of={2}>
          <Field
            name="amount"
            label="Amount"
            kind="select"
            width="short"
            value={refused?.amount ?? '100'}
            options={amountsOffered.map((value) => ({ value, label: `$${value}` }))}
            error={refused && !refused.other ? wrong : undefined}
          />
          <Field
            name="other"
            label="Or another"
            inputmode="decimal"
            prefix="$"
            width="short"
            value={refused?.other ?? ''}
            error={refused?.other ? wrong : undefined}
          />
        </Columns>
        <Field
          name="card"
          label="Card"
          kind="select"
          value={refused?.card ?? String(cards[0]!.cardId)}
          options={cards.map((card) => ({ value: String(card.cardId), label: describeCard(card) }))}
        />
        <FormActions>
          <Button variant="primary">Top up</Button>
        </FormActions>
      </Form>
    </Card>
  );
}

const dollars = (micros: bigint) => {
  const cents = micros / 10_000n;
  return cents % 100n === 0n ? String(cents / 100n) : `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`;
};

function AutoRechargeCard({ base, facts, currency, timeZone }: Omit<PartsProps, 'refused'>) {
  const { rule, cards } = facts;
  const isOn = rule?.isOn === true;
  const description = isOn
    ? `On: below ${formatMoney(rule.thresholdMicros, currency)}, ${formatMoney(rule.amountMicros, currency)} is charged to the first card, then to its backups.`
    : 'Off. On, it charges the first card whenever the balance falls below a threshold.';
  return (
    <div id="auto-recharge">
      <Card title="Auto-recharge" description={description}>
        {isOn && rule.isDisputed && (
          <Notice kind="attention">
            A payment is disputed with its card’s bank, so no card is charged by itself until you save this anew.
          </Notice>
        )}
        {isOn && rule.nextRoundAt && rule.roundsFailed > 0 && (
          <Notice kind="attention">
            No card could be charged. The next try is on{' '}
            <Moment at={rule.nextRoundAt} text={formatMoment(rule.nextRoundAt, timeZone)} />; a card that you add is
            tried at once.
          </Notice>
        )}
        <Form action={`${base}/billing/auto-recharge`} idempotencyKey={newKey()}>
          <Columns of={2}>
            <Field
              name="threshold"
              label="Below"
              inputmode="decimal"
              prefix="$"
              width="short"
              required
              value={rule ? dollars(rule.thresholdMicros) : '20'}
            />
            <Field
              name="rechargeAmount"
              label="Charge"
              inputmode="decimal"
              prefix="$"
              width="short"
              required
              value={rule ? dollars(rule.amountMicros) : '100'}
            />
          </Columns>
          <FormActions>
            <Button name="isOn" value="yes" variant={isOn ? 'secondary' : 'primary'} disabled={cards.length === 0}>
              {isOn ? 'Save' : 'Turn on'}
            </Button>
            {isOn && (
              <Button name="isOn" value="no" variant="ghost">
                Turn off
              </Button>
            )}
          </FormActions>
        </Form>
      </Card>
    </div>
  );
}

const two = (value: number) => String(value).padStart(2, '0');

function Cards({ base, facts }: Pick<PartsProps, 'base' | 'facts'>) {
  const { cards, mayAddCard, mayRemoveCard } = facts;
  if (cards.length === 0) return null;
  return (
    <div id="cards">
      <Stack gap="tight">
        <Table
          caption="Cards"
          captionShown
          rows={cards}
          rowKey={(card) => card.cardId}
          columns={[
            { header: 'Card', main: true, cell: describeCard },
            { header: 'Expires', cell: (card) => `${two(card.expiresMonth)}/${card.expiresYear}` },
            {
              header: 'Charged',
              cell: (card) => {
                const place = cards.indexOf(card);
                return place === 0 ? <Badge tone="good">first</Badge> : <Badge>{`backup ${place}`}</Badge>;
              },
            },
            {
              header: 'Do',
              actions: true,
              cell: (card) => (
                <>
                  {mayAddCard && card !== cards[0] && (
                    <ButtonForm
                      action={`${base}/billing/cards/${card.cardId}/first`}
                      idempotencyKey={newKey()}
                      size="small"
                      spoken={`Make first: ${describeCard(card)}`}
                    >
                      Make first
                    </ButtonForm>
                  )}
                  {mayRemoveCard && (
                    <ButtonForm
                      action={`${base}/billing/cards/${card.cardId}/remove`}
                      idempotencyKey={newKey()}
                      size="small"
                      variant="ghost"
                      spoken={`Remove ${describeCard(card)}`}
                    >
                      Remove
                    </ButtonForm>
                  )}
                </>
              ),
            },
          ]}
        />
        {mayAddCard && <AddCard base={base} />}
      </Stack>
    </div>
  );
}

export function PaymentState({ payment }: { payment: Payment }) {
  if (payment.dispute && payment.dispute !== 'won' && payment.dispute !== 'dropped')
    return (
      <Badge tone="bad" icon="attention">
        {payment.dispute === 'open' ? 'disputed' : 'taken back'}
      </Badge>
    );
  if (payment.succeededAt)
    return (
      <Badge tone="good" icon="check">
        paid
      </Badge>
    );
  if (payment.failedAt)
    return (
      <Badge tone="bad" icon="stop">
        not paid
      </Badge>
    );
  if (payment.authenticateUrl)
    return (
      <Badge tone="attention" icon="attention">
        waits for you
      </Badge>
    );
  return (
    <Badge tone="info" icon="clock">
      under way
    </Badge>
  );
}

function PaymentTable({ payments, base, timeZone }: { payments: readonly Payment[]; base: string; timeZone: string }) {
  const columns: Column<Payment>[] = [
    { header: 'When', cell: (each) => <Moment at={each.askedAt} text={formatMoment(each.askedAt, timeZone)} /> },
    {
      header: 'Payment',
      main: true,
      wraps: true,
      cell: (each) => (
        <TextLink href={`${base}/billing/payments/${each.paymentId}`} quiet>
          {describeCause(each.cause)}, {describeCard(each)}
        </TextLink>
      ),
    },
    { header: 'State', cell: (each) => <PaymentState payment={each} /> },
    { header: 'Said', wraps: true, cell: (each) => each.failure ?? '' },
    { header: 'Amount', numeric: true, cell: (each) => formatMoney(each.amountMicros, each.currency) },
  ];
  return (
    <Table
      caption="Payments"
      captionShown
      rows={payments}
      rowKey={(each) => `payment-${each.paymentId}`}
      columns={columns}
      empty={
        <EmptyState icon="billing" title="No payment yet">
          Top-ups and auto-recharge stand here, each with its receipt.
        </EmptyState>
      }
    />
  );
}

/** "7-31": which payment this is, for whoever writes about it. */
export const receiptNumber = ({ ownerId, paymentId }: Payment): string => `${ownerId}-${paymentId}`;

interface ReceiptProps {
  payment: Payment;
  /** Where the money stands in the ledger; its receipt on paper is there. */
  postingId: number | null;
  owner: EnteredOwner;
}

function ReceiptBody({ payment, postingId, owner }: ReceiptProps) {
  const { timeZone, name, base } = owner;
  const amount = formatMoney(payment.amountMicros, payment.currency);
  const moment = (date: Date) => <Moment at={date} text={formatMoment(date, timeZone)} />;
  const isOpen = !payment.succeededAt && !payment.failedAt;
  return (
    <>
      <PageHeader
        title={payment.succeededAt ? 'Receipt' : 'Payment'}
        badge={<PaymentState payment={payment} />}
        description={`${describeCause(payment.cause)} of the available balance of ${name}`}
        actions={
          postingId === null ? undefined : (
            <LinkButton href={`${base}/billing/postings/${postingId}/receipt.pdf`} icon="download" download>
              Receipt, PDF
            </LinkButton>
          )
        }
      />
      <Stack>
        {isOpen && payment.authenticateUrl && (
          <Notice
            kind="attention"
            title="Your bank waits for you"
            actions={
              <LinkButton href={payment.authenticateUrl} variant="primary">
                Go to your bank
              </LinkButton>
            }
          >
            Say there that it is you, and the payment goes through. Nothing was taken yet.
          </Notice>
        )}
        {isOpen && !payment.authenticateUrl && (
          <Notice kind="info" title="Under way">
            The payment provider has not told yet what came of it. It is asked again by itself, the money is taken once
            at most, and this page shows when it is done.
          </Notice>
        )}
        {payment.failure && (
          <Notice
            kind="refusal"
            title="Not paid"
            actions={<LinkButton href={`${base}/billing`}>Try another card</LinkButton>}
          >
            {payment.failure} Nothing was taken.
          </Notice>
        )}
        {payment.dispute && (
          <Notice kind="attention" title="Disputed">
            {sayDispute(payment)} What the bank takes back leaves the available balance, and what it gives back returns
            to it; the statement has both.
          </Notice>
        )}
        <Card>
          <DefinitionList
            items={[
              { term: 'Number', description: receiptNumber(payment) },
              { term: 'For', description: name },
              { term: 'Amount', description: `${amount} ${payment.currency}` },
              { term: 'Card', description: describeCard(payment) },
              { term: 'Asked', description: moment(payment.askedAt) },
              ...(payment.succeededAt ? [{ term: 'Paid', description: moment(payment.succeededAt) }] : []),
              ...(payment.failedAt ? [{ term: 'Ended', description: moment(payment.failedAt) }] : []),
              ...(payment.providerPaymentId
                ? [{ term: 'At the payment provider', description: payment.providerPaymentId }]
                : []),
            ]}
          />
        </Card>
        <TextLink href={`${base}/billing`}>Back to Billing</TextLink>
      </Stack>
    </>
  );
}
