import type { FastifyInstance } from 'fastify';
import { enterOperations, houseShell } from '../../accounts/enter.ts';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import {
  countEvents,
  countMoneyMoved,
  readProviderSettings,
  webhookManners,
} from '../../platform/payments/simulated/settings.ts';
import { Refused } from '../../rules/decision.ts';
import { answerButton } from '../../web/answer.ts';
import {
  Button,
  ButtonForm,
  Card,
  EmptyState,
  Field,
  FilterPanel,
  Form,
  FormActions,
  PageHeader,
  Stack,
  Stat,
  Stats,
  Table,
  Toolbar,
} from '../../web/components.tsx';
import { Dials, downDial, failDial, latencyDial, readDials, timeOutDial } from '../../web/dials.tsx';
import { formatCount, formatMoment, formatMoney, formatShortMoment } from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import { presentRefusal } from '../../web/present.ts';
import { fieldsOf, goOn, idOf, keyOf, sendPage } from '../../web/read.ts';
import { PaymentState, receiptNumber } from './pages.tsx';
import { retryPayment } from './retryPayment.ts';
import { describeCard } from './sayCard.ts';
import { sayDispute } from './sayDispute.ts';
import { describeCause } from './settlePayment.ts';
import { type ProviderWeather, steerProvider } from './steerProvider.ts';
import { findAllPayments } from './store.ts';

const shownPaymentsMax = 200;
const microsPerCent = 10_000n;
const shownPayments = ['all', 'waiting', 'disputed'] as const;
const emptyTitles = { all: 'No payment yet', waiting: 'Nothing is under way', disputed: 'No payment is disputed' };

/** The operator's pages about payments: what was asked of the provider, and how the simulated one behaves. */
export function registerPaymentOperations(app: FastifyInstance, house: House): void {
  app.get('/operations/payments', async (request, reply) => {
    const { viewer, may } = await enterOperations(house, request);
    const asked = fieldsOf(request.query)('show');
    const which = shownPayments.find((each) => each === asked) ?? 'all';
    const payments = await findAllPayments(house.db, { which, limit: shownPaymentsMax });
    const mayRetry = may('retry-payment');
    const page = (
      <Page
        {...(await houseShell(house, request, reply, viewer))}
        title="Payments"
        width="wide"
        breadcrumbs={[{ label: 'Operations' }, { label: 'Payments' }]}
      >
        <PageHeader
          title="Payments"
          description="Everything asked of the payment provider, newest first. Each is asked for until it is answered, and is taken once."
        />
        <Toolbar>
          <FilterPanel action="/operations/payments" active={which === 'all' ? 0 : 1} clearHref="/operations/payments">
            <Field
              name="show"
              label="Show"
              kind="select"
              value={which}
              options={[
                { value: 'all', label: 'All payments' },
                { value: 'waiting', label: 'Payments under way' },
                { value: 'disputed', label: 'Disputed payments' },
              ]}
            />
          </FilterPanel>
        </Toolbar>
        <Table
          caption="Payments"
          rows={payments}
          rowKey={(payment) => payment.paymentId}
          columns={[
            { header: 'Number', main: true, cell: receiptNumber },
            { header: 'State', cell: (payment) => <PaymentState payment={payment} /> },
            { header: 'Of', cell: (payment) => payment.ownerName, wraps: true },
            { header: 'Amount', numeric: true, cell: (payment) => formatMoney(payment.amountMicros, payment.currency) },
            {
              header: 'Payment',
              cell: (payment) => `${describeCause(payment.cause)}, ${describeCard(payment)}`,
              wraps: true,
            },
            { header: 'Asked, UTC', cell: (payment) => formatShortMoment(payment.askedAt, 'UTC') },
            {
              header: 'Said',
              wraps: true,
              cell: (payment) => sayDispute(payment) || (payment.failure ?? payment.lastError ?? ''),
            },
            {
              header: 'Attempts',
              cell: (payment) =>
                payment.succeededAt || payment.failedAt
                  ? payment.attempts
                  : `${payment.attempts}, next ${formatShortMoment(payment.nextAttemptAt, 'UTC')}`,
              wraps: true,
            },
            {
              header: 'Do',
              actions: true,
              cell: (payment) =>
                mayRetry && !payment.succeededAt && !payment.failedAt ? (
                  <ButtonForm
                    action={`/operations/payments/${payment.ownerId}/${payment.paymentId}/retry`}
                    idempotencyKey={newKey()}
                    size="small"
                    spoken={`Ask now: ${receiptNumber(payment)}`}
                  >
                    Ask now
                  </ButtonForm>
                ) : null,
            },
          ]}
          empty={
            <EmptyState icon="billing" title={emptyTitles[which]}>
              A top-up or auto-recharge makes the first one.
            </EmptyState>
          }
        />
      </Page>
    );
    return sendPage(reply, renderPage(page));
  });

  app.post<{ Params: { ownerId: string; paymentId: string } }>(
    '/operations/payments/:ownerId/:paymentId/retry',
    async (request, reply) => {
      const { actor } = await enterOperations(house, request);
      const payment = { ownerId: idOf(request.params.ownerId), paymentId: idOf(request.params.paymentId) };
      const decision = await retryPayment(house, actor, payment, keyOf(request));
      const notice = decision.ok
        ? ({ kind: 'success', text: 'The payment provider was asked again.' } as const)
        : ({
            kind: 'refusal',
            text:
              decision.refusal.code === 'not-found'
                ? 'The payment has come to its end already.'
                : presentRefusal(decision.refusal, 'UTC').sentence,
          } as const);
      return goOn(reply, '/operations/payments', notice);
    },
  );

  app.get('/operations/simulated-payments', async (request, reply) => {
    const { viewer, may } = await enterOperations(house, request);
    const books = house.paymentsSimulation;
    if (!books) throw new Refused({ code: 'not-found' });
    const settings = await readProviderSettings(books);
    const moved = await countMoneyMoved(books);
    const events = await countEvents(books);
    const page = (
      <Page
        {...(await houseShell(house, request, reply, viewer))}
        title="Simulated Payments"
        breadcrumbs={[{ label: 'Operations' }, { label: 'Simulated Payments' }]}
      >
        <PageHeader
          title="Simulated Payments"
          description="Test cards that pay, decline, ask the bank or answer twice, and a real provider’s failures. Set how it behaves, to rehearse."
        />
        <Stack>
          <Stats>
            <Stat
              label="Taken"
              value={formatMoney(moved.takenCents * microsPerCent, 'USD')}
              hint={`${formatCount(moved.taken)} payments`}
            />
            <Stat
              label="Given back"
              value={formatMoney(moved.givenBackCents * microsPerCent, 'USD')}
              hint={`${formatCount(moved.givenBack)} refunds`}
            />
            <Stat
              label="Events told"
              value={formatCount(events.told)}
              hint={`${formatCount(events.waiting)} wait, ${formatCount(events.untold)} stay untold`}
            />
            <Stat
              label="Now"
              value={settings.downUntil ? `down until ${formatMoment(settings.downUntil, 'UTC')}` : 'up'}
            />
          </Stats>
          {may('steer-simulation') && (
            <Card title="Behavior">
              <Form action="/operations/simulated-payments" idempotencyKey={newKey()}>
                <Dials of={dials} values={settings} />
                <Field
                  name="webhooks"
                  label="It tells us"
                  kind="select"
                  width="medium"
                  value={settings.webhooks}
                  options={webhookManners.map((value) => ({ value, label: value }))}
                />
                <Dials of={[lateDial]} values={settings} />
                <FormActions>
                  <Button variant="primary">Behave so</Button>
                </FormActions>
              </Form>
            </Card>
          )}
        </Stack>
      </Page>
    );
    return sendPage(reply, renderPage(page));
  });

  app.post('/operations/simulated-payments', async (request, reply) => {
    const { actor } = await enterOperations(house, request);
    const decision = await steerProvider(house, actor, readWeather(fieldsOf(request.body)), keyOf(request));
    return answerButton(reply, decision, {
      href: '/operations/simulated-payments',
      timeZone: 'UTC',
      done: 'The simulated provider behaves so from now on.',
    });
  });
}

const dials = [downDial, latencyDial, failDial, timeOutDial] as const;
const lateDial = { name: 'webhookDelaySeconds', label: 'Late is', suffix: 'seconds', max: 86_400 } as const;

function readWeather(field: (name: string) => string): ProviderWeather {
  const webhooks = webhookManners.find((each) => each === field('webhooks'));
  return { ...readDials([...dials, lateDial], field), ...(webhooks ? { webhooks } : {}) };
}
