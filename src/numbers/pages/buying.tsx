import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { accountShell, type Entered, enterAccount } from '../../accounts/enter.ts';
import { findUsable } from '../../billing/plans/mayUse.ts';
import { findBalance, findPlanNow } from '../../billing/store.ts';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import { allFeatures, features } from '../../rules/features.ts';
import { nameLengthMax } from '../../rules/lengths.ts';
import { monthlyPrice } from '../../rules/plans.ts';
import { answerForm } from '../../web/answer.ts';
import { refusalOf, troubleHref } from '../../web/askHref.ts';
import {
  Button,
  Card,
  EmptyState,
  Field,
  Form,
  FormActions,
  LinkButton,
  Notice,
  PageHeader,
  PhoneNumber,
  Stack,
  Table,
  TroubleLink,
} from '../../web/components.tsx';
import { formatMoney, formatPhone } from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import { presentRefusal, type ShownRefusal, statusOf } from '../../web/present.ts';
import { fieldsOf, keyOf, orNull, sendPage } from '../../web/read.ts';
import { buyNumber } from '../buy.ts';
import type { SourceChoice } from '../chooseSource.ts';
import { kindOf, parsePhone } from '../parsePhone.ts';
import { readSearch, searchNumbers } from '../search.ts';
import { findNamedSources } from '../store.ts';
import { readSource, SourceFields, saySource } from './sourceFields.tsx';

type AccountRequest = { Params: { accountId: string } };

const offersMax = 30;

/** Numbers → Buy Numbers: search, then a short form for the number picked. */
export function registerBuyingPages(app: FastifyInstance, house: House): void {
  app.get<AccountRequest>('/accounts/:accountId/numbers/buy', async (request, reply) => {
    const entered = await enterAccount(house, request, 'buy-number');
    const picked = parsePhone(fieldsOf(request.query)('number'));
    const page = picked
      ? await orderPage(house, request, reply, entered, { phoneNumber: picked })
      : await searchPage(house, request, reply, entered);
    return sendPage(reply, renderPage(page.node), page.status);
  });

  app.post<AccountRequest>('/accounts/:accountId/numbers', async (request, reply) => {
    const entered = await enterAccount(house, request);
    const { actor, account, base } = entered;
    const field = fieldsOf(request.body);
    const purchase = {
      phoneNumber: field('phoneNumber'),
      name: orNull(field('name')),
      source: readSource(field),
      receivingNumber: orNull(field('receivingNumber')),
    };
    return answerForm(reply, await buyNumber(house, actor, account.accountId, purchase, keyOf(request)), {
      href: `${base}/numbers`,
      timeZone: account.timeZone,
      done: ({ source }) => {
        const phone = formatPhone(parsePhone(purchase.phoneNumber) ?? '');
        const what = `${phone} is being bought. It shows as active when the carrier has confirmed it, and is charged then.`;
        return source ? what + saySource(source, phone) : what;
      },
      again: async (refused) => (await orderPage(house, request, reply, entered, purchase, refused)).node,
    });
  });
}

async function prices(house: House, entered: Entered) {
  const plan = await findPlanNow(house.db, entered.account.payerId, entered.now);
  return { plan, balance: await findBalance(house.db, entered.account.payerId) };
}

const crumbs = (base: string, last?: string) => [
  { label: 'Numbers' },
  ...(last ? [{ label: 'Buy Numbers', href: `${base}/numbers/buy` }, { label: last }] : [{ label: 'Buy Numbers' }]),
];

function whoseBalance(entered: Entered, availableMicros: bigint): string {
  const { account } = entered;
  if (account.payer === 'agency')
    return `${account.agencyName} pays for this account’s numbers; it has no balance of its own.`;
  return `Available balance: ${formatMoney(availableMicros, 'USD')}.`;
}

async function searchPage(house: House, request: FastifyRequest, reply: FastifyReply, entered: Entered) {
  const { base, account } = entered;
  const field = fieldsOf(request.query);
  const { plan, balance } = await prices(house, entered);
  const query = readSearch(field, offersMax);
  const decision = await searchNumbers(house, account, query, entered.now);
  const refused = decision.ok ? null : presentRefusal(decision.refusal, account.timeZone);
  const offers = decision.ok ? decision.value : [];
  const usable = await findUsable(house.db, account, entered.now);
  const missing = allFeatures.filter((each) => !usable.has(each)).map((each) => features[each].name);
  const tollFree = usable.has('toll-free-numbers')
    ? `, ${formatMoney(plan.tollFreeNumberMicros, plan.currency)} toll-free`
    : '';
  const money = (micros: bigint) => formatMoney(micros, plan.currency);
  const node = (
    <Page {...(await accountShell(house, request, reply, entered))} title="Buy Numbers" breadcrumbs={crumbs(base)}>
      <PageHeader
        title="Buy Numbers"
        description={`${money(plan.localNumberMicros)} a month for a local number${tollFree}. ${whoseBalance(entered, balance.availableMicros)}`}
      />
      <Stack>
        <Card
          description={missing.length > 0 ? `Not part of the ${plan.name} plan: ${missing.join(', ')}.` : undefined}
        >
          <Form
            action={`${base}/numbers/buy`}
            method="get"
            inline
            refusal={refused && Object.keys(refused.fields).length === 0 ? refused.sentence : undefined}
          >
            <Field
              name="country"
              label="Country"
              kind="select"
              width="medium"
              value={query.country}
              options={[
                { value: 'US', label: 'United States' },
                ...(usable.has('canadian-numbers') ? [{ value: 'CA', label: 'Canada' }] : []),
              ]}
            />
            <Field
              name="kind"
              label="Kind"
              kind="select"
              width="medium"
              value={query.kind}
              options={[
                { value: 'local', label: 'Local' },
                ...(usable.has('toll-free-numbers') ? [{ value: 'tollfree', label: 'Toll-free' }] : []),
              ]}
            />
            <Field
              name="areaCode"
              label="Area code"
              kind="text"
              inputmode="numeric"
              width="short"
              value={field('areaCode')}
              maxlength={3}
              placeholder="212"
            />
            {usable.has('number-patterns') && (
              <Field
                name="pattern"
                label="Pattern"
                kind="text"
                width="medium"
                value={field('pattern')}
                maxlength={16}
                placeholder="0142 or FIX*"
                error={refused?.fields.pattern}
              />
            )}
            <Button variant="primary" icon="search">
              Search
            </Button>
          </Form>
        </Card>
        <Table
          caption="Numbers on offer"
          rows={offers}
          rowKey={(offer) => offer.phoneNumber}
          columns={[
            { header: 'Number', main: true, cell: (offer) => <PhoneNumber text={formatPhone(offer.phoneNumber)} /> },
            {
              header: 'Place',
              cell: (offer) => (offer.locality ? `${offer.locality}, ${offer.region}` : 'Toll-free'),
              wraps: true,
            },
            { header: 'A month', numeric: true, cell: (offer) => money(monthlyPrice(plan, kindOf(offer.phoneNumber))) },
            {
              header: 'Do',
              actions: true,
              cell: (offer) => (
                <LinkButton
                  size="small"
                  href={`${base}/numbers/buy?number=${encodeURIComponent(offer.phoneNumber)}`}
                  spoken={`Buy ${formatPhone(offer.phoneNumber)}`}
                >
                  Buy
                </LinkButton>
              ),
            },
          ]}
          empty={
            <EmptyState icon="search" title={emptyTitle(decision)}>
              {emptyText(decision)}
            </EmptyState>
          }
        />
        <TroubleLink href={troubleHref(base, 'Buy Numbers → Search', refusalOf(refused))} />
      </Stack>
    </Page>
  );
  return { node, status: decision.ok ? 200 : statusOf(decision.refusal) };
}

type Searched = Awaited<ReturnType<typeof searchNumbers>>;

const emptyTitle = (searched: Searched): string =>
  searched.ok
    ? 'No number fits'
    : searched.refusal.code === 'carrier-unavailable'
      ? 'The carrier does not answer'
      : 'Nothing was searched';

function emptyText(searched: Searched): string {
  if (searched.ok)
    return 'Try another area code, or a shorter pattern. Letters count as on a keypad; * stands for any digit.';
  return searched.refusal.code === 'carrier-unavailable'
    ? 'Nothing was bought or charged. Search again in a minute.'
    : 'Nothing was bought or charged.';
}

interface Order {
  phoneNumber: string;
  name?: string | null;
  source?: SourceChoice | null;
  receivingNumber?: string | null;
}

async function orderPage(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  entered: Entered,
  order: Order,
  refused?: ShownRefusal,
) {
  const { base, account } = entered;
  const { plan, balance } = await prices(house, entered);
  const sources = await findNamedSources(house.db, account.accountId);
  const e164 = parsePhone(order.phoneNumber);
  const price = formatMoney(monthlyPrice(plan, kindOf(e164 ?? '')), plan.currency);
  const title = e164 ? `Buy ${formatPhone(e164)}` : 'Buy a number';
  const node = (
    <Page
      {...(await accountShell(house, request, reply, entered))}
      title={title}
      width="reading"
      breadcrumbs={crumbs(base, e164 ? formatPhone(e164) : 'Number')}
    >
      <PageHeader
        title={title}
        description={`${price} a month, the first one when the carrier has confirmed it. ${whoseBalance(entered, balance.availableMicros)}`}
      />
      {refused?.fields.phoneNumber && <Notice kind="refusal">{refused.fields.phoneNumber}</Notice>}
      <Form
        action={`${base}/numbers`}
        idempotencyKey={newKey()}
        hidden={{ phoneNumber: order.phoneNumber }}
        refusal={refused?.sentence}
      >
        <Field
          name="receivingNumber"
          label="Receiving number"
          kind="tel"
          value={order.receivingNumber ?? ''}
          hint="Where its calls are forwarded to. It can be given later."
          error={refused?.fields.receivingNumber}
          placeholder="(212) 555-0142"
        />
        <Field
          name="name"
          label="Name"
          value={order.name ?? ''}
          hint="For yourselves: “The van”, “Website header”."
          maxlength={nameLengthMax}
          error={refused?.fields.name}
        />
        <SourceFields sources={sources} choice={order.source ?? null} refused={refused} />
        <FormActions trouble={<TroubleLink href={troubleHref(base, `Buy Numbers → ${title}`, refusalOf(refused))} />}>
          <Button variant="primary">{`Buy for ${price} a month`}</Button>
          <LinkButton href={`${base}/numbers/buy`} variant="ghost">
            Never mind
          </LinkButton>
        </FormActions>
      </Form>
    </Page>
  );
  return { node, status: 200 };
}
