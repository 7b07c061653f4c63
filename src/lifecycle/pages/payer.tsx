import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { accountShell, type Entered, enterAccount } from '../../accounts/enter.ts';
import { findNames } from '../../auth/store.ts';
import { hashToken } from '../../auth/tokens.ts';
import { declineOrWithdraw } from '../../billing/payers/endOffer.ts';
import { offerPayer } from '../../billing/payers/offerPayer.ts';
import { OwnBalance } from '../../billing/payers/sayPayer.tsx';
import { findOfferByToken, findOpenOffer, type PayerOffer } from '../../billing/payers/store.ts';
import { canPayFirst } from '../../billing/payments/payFirst.ts';
import {
  type Balance,
  findBalance,
  findPlans,
  findSubscription,
  type Plan,
  type Subscription,
} from '../../billing/store.ts';
import { findNumbers, type TrackingNumber } from '../../numbers/store.ts';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import type { UnusedTime } from '../../rules/closing.ts';
import { Refused } from '../../rules/decision.ts';
import { microsPerUnit, parseAmount } from '../../rules/money.ts';
import {
  decideAnswer,
  decideWithdrawal,
  firstPaymentMin,
  noteLengthMax,
  offerDays,
  otherSide,
  rolesOfSide,
  sidesOf,
} from '../../rules/payers.ts';
import { roleNames } from '../../rules/permission.ts';
import { monthlyPrice } from '../../rules/plans.ts';
import type { Refusal } from '../../rules/refusals.ts';
import { refusalOf, troubleHref } from '../../web/askHref.ts';
import {
  Button,
  ButtonForm,
  Card,
  DefinitionList,
  Field,
  Form,
  FormActions,
  Moment,
  Muted,
  Notice,
  PageHeader,
  type PlanItem,
  PlanList,
  Stack,
  TroubleLink,
} from '../../web/components.tsx';
import { formatMoment, formatMoney, formatRate } from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import { presentRefusal, statusOf } from '../../web/present.ts';
import { fieldsOf, goOn, idOf, keyOf, orNull, sendPage } from '../../web/read.ts';
import { acceptOffer, type OfferTerms, termsOfOffer } from '../acceptOffer.ts';
import { readTerms } from './closing.tsx';
import { countOf } from './say.ts';

type AccountRequest = { Params: { accountId: string } };
type OfferRequest = { Params: { accountId: string; offerId: string } };
type LinkRequest = { Params: { accountId: string; token: string } };

/** Settings → Billing → Who pays: making an offer, answering one, and the payment link that a mail leads to. */
export function registerPayerPages(app: FastifyInstance, house: House): void {
  app.get<AccountRequest>('/accounts/:accountId/payer', async (request, reply) =>
    show(house, request, reply, await enterAccount(house, request, 'view-billing')),
  );

  app.get<LinkRequest>('/accounts/:accountId/payment-link/:token', async (request, reply) => {
    const entered = await enterAccount(house, request, 'view-billing');
    const offer = await findOfferByToken(house.db, entered.account.accountId, hashToken(request.params.token));
    if (!offer) throw new Refused({ code: 'not-found' });
    if (offer.endedAt !== null || offer.expiresAt <= entered.now) throw new Refused({ code: 'offer-over' });
    return show(house, request, reply, entered);
  });

  app.post<AccountRequest>('/accounts/:accountId/payer/offers', async (request, reply) => {
    const entered = await enterAccount(house, request, 'view-billing');
    const wanted = readWanted(request);
    const { accountId } = entered.account;
    const decision = await offerPayer(house, entered.actor, accountId, wanted, keyOf(request));
    if (!decision.ok) return show(house, request, reply, entered, { refusal: decision.refusal, ...wanted });
    const text = `The offer was mailed to the other side, and stands for ${offerDays} days. Until it is accepted nothing changes.`;
    return goOn(reply, `${entered.base}/payer`, { kind: 'success', text });
  });

  app.post<OfferRequest>('/accounts/:accountId/payer/offers/:offerId/acceptance', async (request, reply) => {
    const entered = await enterAccount(house, request, 'view-billing');
    const { account, actor, base } = entered;
    const field = fieldsOf(request.body);
    const firstPayment = field('firstPayment');
    const acceptance = {
      payerOfferId: idOf(request.params.offerId),
      termsHash: field('termsHash'),
      terms: readTerms(field('terms')),
      firstPaymentMicros: parseAmount(firstPayment) ?? 0n,
    };
    const decision = await acceptOffer(house, actor, account.accountId, acceptance, keyOf(request));
    if (!decision.ok) return show(house, request, reply, entered, { refusal: decision.refusal, firstPayment });
    const text =
      account.payer === 'agency'
        ? `${account.name} pays for itself from now on.`
        : `${account.agencyName} pays for ${account.name} from now on.`;
    return goOn(reply, `${base}/billing`, { kind: 'success', text });
  });

  for (const [path, outcome, text] of [
    ['decline', 'declined', 'The offer was declined. Nothing has changed.'],
    ['withdrawal', 'withdrawn', 'The offer was withdrawn. Its link works no more.'],
  ] as const) {
    app.post<OfferRequest>(`/accounts/:accountId/payer/offers/:offerId/${path}`, async (request, reply) => {
      const entered = await enterAccount(house, request, 'view-billing');
      const ended = { payerOfferId: idOf(request.params.offerId), outcome };
      const decision = await declineOrWithdraw(house, entered.actor, entered.account.accountId, ended, keyOf(request));
      if (!decision.ok) return show(house, request, reply, entered, { refusal: decision.refusal });
      return goOn(reply, `${entered.base}/payer`, { kind: 'success', text });
    });
  }
}

export function readWanted(request: FastifyRequest) {
  const field = fieldsOf(request.body);
  const payer = field('payer');
  if (payer !== 'own' && payer !== 'agency')
    throw new Refused({ code: 'invalid-input', fields: { payer: 'Say who shall pay: own or agency.' } });
  return { payer, planCode: orNull(field('plan')), note: orNull(field('note')) } as const;
}

interface Tried {
  refusal: Refusal;
  planCode?: string | null;
  note?: string | null;
  firstPayment?: string;
}

interface PayerFacts {
  entered: Entered;
  offer: PayerOffer | null;
  offered: OfferTerms | null;
  offererName: string;
  plans: readonly Plan[];
  /** The account's own, whoever pays now. */
  own: Balance;
  subscription: Subscription | null;
  /** Whether its first payment can be made in the same step. */
  paysNow: boolean;
  isSimulated: boolean;
  numbers: readonly TrackingNumber[];
  tried?: (Tried & { sentence: string; fields: Readonly<Record<string, string>> }) | undefined;
}

async function show(house: House, request: FastifyRequest, reply: FastifyReply, entered: Entered, tried?: Tried) {
  if (tried?.refusal.code === 'not-found') throw new Refused(tried.refusal);
  const { account, now } = entered;
  const offer = await findOpenOffer(house.db, account.accountId, now);
  const numbers = await findNumbers(house.db, account.accountId, { filter: 'in use', now });
  const facts: PayerFacts = {
    entered,
    offer,
    offered: offer && (await termsOfOffer(house.db, offer, now)),
    offererName: (offer && (await findNames(house.db, [offer.offeredBy])).get(offer.offeredBy)) ?? 'Somebody who left',
    plans: (await findPlans(house.db, now)).filter((each) => each.kind === 'standalone'),
    own: await findBalance(house.db, account.accountId),
    subscription: await findSubscription(house.db, account.accountId),
    paysNow: await canPayFirst(house, house.db, account.accountId),
    isSimulated: house.paymentsSimulation !== null,
    numbers: numbers.filter((each) => each.boughtAt),
    tried: tried && { ...tried, ...presentRefusal(tried.refusal, account.timeZone) },
  };
  const shell = await accountShell(house, request, reply, entered);
  const page = (
    <Page
      {...shell}
      title="Who pays"
      width="reading"
      breadcrumbs={[
        { label: 'Settings' },
        { label: 'Billing', href: `${entered.base}/billing` },
        { label: 'Who pays' },
      ]}
    >
      <WhoPays facts={facts} />
    </Page>
  );
  return sendPage(reply, renderPage(page), tried ? statusOf(tried.refusal) : 200);
}

function WhoPays({ facts }: { facts: PayerFacts }) {
  const { entered, offer, own, subscription, tried } = facts;
  const { account, base } = entered;
  const money = (micros: bigint) => formatMoney(micros, own.currency);
  return (
    <>
      <PageHeader
        title="Who pays"
        description="For a sub-account its agency pays, or the account itself. It changes when one side offers it and the other accepts."
      />
      <Stack>
        <DefinitionList
          items={[
            {
              term: 'Paid by',
              description: account.payer === 'own' ? `${account.name} itself` : `${account.agencyName}, its agency`,
              hint:
                account.payer === 'own' && subscription
                  ? `${subscription.plan.name} plan, from its own available balance of ${money(own.availableMicros)}.`
                  : 'From the available balance of the agency.',
            },
          ]}
        />
        {account.payer === 'agency' && own.availableMicros > 0n && <OwnBalance own={own} />}
        {account.closure ? (
          <Muted>The account is canceled: nothing is charged, and nothing can be offered.</Muted>
        ) : account.agencyId === null ? (
          <Muted>This account belongs to no agency, so nobody else can pay for it.</Muted>
        ) : offer ? (
          <OpenOffer facts={facts} offer={offer} />
        ) : (
          <NewOffer facts={facts} />
        )}
      </Stack>
      <TroubleLink href={troubleHref(base, 'Billing → Who pays', refusalOf(tried))} />
    </>
  );
}

function sayWhoAnswers({ offeredSide }: PayerOffer, account: Entered['account']): string {
  const side = otherSide(offeredSide);
  const [first, second] = rolesOfSide[side].map((role) => roleNames[role]);
  return `It takes both sides: an ${first} or ${second} of ${side === 'agency' ? account.agencyName : account.name} answers it.`;
}

const titles = (offer: PayerOffer, { account }: Entered) =>
  offer.payer === 'own'
    ? `Offer: ${account.name} pays for itself`
    : `Offer: ${account.agencyName} pays for ${account.name}`;

function OpenOffer({ facts, offer }: { facts: PayerFacts; offer: PayerOffer }) {
  const { entered, offered, offererName, tried } = facts;
  const { account, actor, base, may, now, roles } = entered;
  const at = `${base}/payer/offers/${offer.payerOfferId}`;
  const answer = decideAnswer(offer, { personId: actor.personId, held: roles }, now);
  const mayAnswer = answer.ok && may('answer-payer-offer');
  const mayWithdraw = decideWithdrawal(offer, roles, now).ok && may('offer-payer');
  const show = (date: Date) => <Moment at={date} text={formatMoment(date, account.timeZone)} />;
  return (
    <Card
      title={titles(offer, entered)}
      description={
        <>
          {offererName}, for {offer.offeredSide === 'agency' ? account.agencyName : account.name}, on{' '}
          {show(offer.offeredAt)}. It stands until {show(offer.expiresAt)}.
        </>
      }
    >
      <Stack>
        {offer.note && (
          <DefinitionList
            items={[
              {
                term: `${offererName} writes`,
                description: <span class="whitespace-pre-wrap break-words">{offer.note}</span>,
              },
            ]}
          />
        )}
        <PlanList
          label="What changes"
          items={offer.payer === 'own' ? ownChanges(facts, offered!.plan!) : agencyChanges(facts)}
        />
        {mayAnswer ? (
          <>
            <Form
              action={`${at}/acceptance`}
              idempotencyKey={newKey()}
              hidden={{ termsHash: offered!.hash, terms: JSON.stringify(offered!.terms) }}
              refusal={tried && !tried.fields.firstPayment ? tried.sentence : undefined}
            >
              {offer.payer === 'own' &&
                (facts.paysNow ? (
                  <FirstPayment facts={facts} plan={offered!.plan!} />
                ) : (
                  <Muted>
                    The first month is charged at once. Give a card under Billing right afterwards, and top up.
                  </Muted>
                ))}
              <FormActions>
                <Button variant="primary">
                  {offer.payer === 'own' && facts.paysNow ? 'Accept and pay' : 'Accept'}
                </Button>
              </FormActions>
            </Form>
            <ButtonForm action={`${at}/decline`} idempotencyKey={newKey()} variant="ghost">
              Decline
            </ButtonForm>
          </>
        ) : (
          <>
            {tried && <Notice kind="refusal">{tried.sentence}</Notice>}
            <Muted>{sayWhoAnswers(offer, account)}</Muted>
          </>
        )}
        {mayWithdraw && (
          <ButtonForm action={`${at}/withdrawal`} idempotencyKey={newKey()}>
            Withdraw the offer
          </ButtonForm>
        )}
      </Stack>
    </Card>
  );
}

function FirstPayment({ facts, plan }: { facts: PayerFacts; plan: Plan }) {
  const { own, numbers, tried, isSimulated } = facts;
  const min = firstPaymentMin(plan.monthlyFeeMicros, own.availableMicros);
  const month = numbers.reduce((sum, each) => sum + monthlyPrice(plan, each.kind), min);
  const step = 10n * microsPerUnit;
  const suggested = ((month + step - 1n) / step) * step;
  return (
    <Field
      name="firstPayment"
      label="First payment"
      inputmode="decimal"
      prefix="$"
      width="short"
      required
      value={tried?.firstPayment ?? String(suggested / microsPerUnit)}
      hint={`${isSimulated ? 'By simulated test card' : 'By its first card'}. It goes into the account’s own balance, and the first month is taken from it; at least ${formatMoney(min, own.currency)}.`}
      error={tried?.fields.firstPayment}
    />
  );
}

/** What an account takes on that is to pay for itself: plan, prices, the first charge, and whose balance. */
function ownChanges({ entered, numbers, own }: PayerFacts, plan: Plan): PlanItem[] {
  const { account } = entered;
  const money = (micros: bigint) => formatMoney(micros, plan.currency);
  const rate = (micros: bigint) => formatRate(micros, plan.currency);
  const next = numbers.map((each) => each.paidUntil!).toSorted((a, b) => a.getTime() - b.getTime())[0];
  const month = numbers.reduce((sum, each) => sum + monthlyPrice(plan, each.kind), 0n);
  return [
    {
      when: 'At the acceptance',
      what: `${money(plan.monthlyFeeMicros)} for the first month of the ${plan.name} plan, and every month from then on`,
      detail: `Charged to the account’s own available balance${own.availableMicros > 0n ? `, in which ${money(own.availableMicros)} are left from before` : ''}.`,
    },
    ...(next
      ? [
          {
            when: formatMoment(next, account.timeZone),
            what: `${money(month)} a month for ${countOf(numbers.length, 'number')}${numbers.length > 1 ? ', each on its own day, the first then' : ''}`,
            detail: `Months that have begun by then are ${account.agencyName}’s.`,
          },
        ]
      : []),
    {
      when: 'From then on',
      what: `${rate(plan.minuteInMicros)} for an incoming minute, ${rate(plan.tollFreeMinuteInMicros)} on toll-free numbers; ${money(plan.localNumberMicros)} a month for a local number, ${money(plan.tollFreeNumberMicros)} toll-free`,
      detail:
        plan.includedMinutes > 0
          ? `${plan.includedMinutes} minutes are included in each month.`
          : 'Every minute begun counts.',
    },
    {
      tone: 'ends',
      what: `${account.agencyName} pays no more for this account`,
      detail: 'What was charged until then, and a call that runs, stay with the agency.',
    },
    {
      tone: 'keeps',
      what: 'Numbers, calls, people and settings stay as they are',
      detail: `It stays a sub-account of ${account.agencyName}, whose people still get in.`,
    },
  ];
}

/** What changes when the agency pays again; what was the account's own stays so. */
function agencyChanges({ entered, offered, own, subscription }: PayerFacts): PlanItem[] {
  const { account } = entered;
  const money = (micros: bigint) => formatMoney(micros, own.currency);
  return [
    {
      when: 'From the acceptance on',
      what: `Everything is charged to the available balance of ${account.agencyName}, at the prices of its plan`,
      detail: 'What was charged until then, and a call that runs, stay with this account.',
    },
    ...(subscription
      ? [
          {
            tone: 'ends' as const,
            what: `The account’s own ${subscription.plan.name} plan ends: ${money(subscription.nextPlan.monthlyFeeMicros)} a month no more`,
            detail: sayUnused(offered?.unused ?? null, account.timeZone, money),
          },
        ]
      : []),
    ...(own.availableMicros > 0n
      ? [
          {
            tone: 'keeps' as const,
            what: `${money(own.availableMicros)} stay the account’s own`,
            detail: 'Its Billing page goes on showing them, and they can be asked back there by a ticket.',
          },
        ]
      : []),
    {
      tone: 'keeps',
      what: 'Numbers, calls, people and settings stay as they are',
    },
  ];
}

/** What becomes of the month that is paid. */
function sayUnused(unused: UnusedTime | null, timeZone: string, money: (micros: bigint) => string): string {
  if (!unused) return 'No month of it is paid.';
  const until = formatMoment(unused.paidUntil, timeZone);
  return unused.isCredited
    ? `It is paid until ${until}. What is left of that month at the acceptance goes back into the account’s own balance: ${money(unused.creditMicros)} as of now.`
    : `It is paid until ${until}; this plan gives nothing back of a month that has begun.`;
}

function NewOffer({ facts }: { facts: PayerFacts }) {
  const { entered, plans, tried } = facts;
  const { account, base, may, roles } = entered;
  const isAgency = sidesOf(roles).includes('agency');
  if (!may('offer-payer')) return null;
  if (account.payer === 'agency' && !isAgency)
    return (
      <Muted>
        If this account is to pay for itself, an Agency Administrator or Agency Billing Manager of {account.agencyName}{' '}
        offers it here, with the plan. You then get a mail with a payment link.
      </Muted>
    );
  const toOwn = account.payer === 'agency';
  const priced = (plan: Plan) =>
    `${formatMoney(plan.monthlyFeeMicros, plan.currency)} a month · numbers from ${formatMoney(plan.localNumberMicros, plan.currency)} · ${formatRate(plan.minuteInMicros, plan.currency)} a minute`;
  return (
    <Card
      title={
        toOwn
          ? 'Let the account pay for itself'
          : isAgency
            ? 'Offer that the agency pays again'
            : 'Ask the agency to pay again'
      }
      description={
        toOwn
          ? 'Its Administrators and Billing Managers get a mail with a payment link. Until one of them accepts and pays, the agency pays as before.'
          : `The other side gets a mail, and nothing changes until it accepts. The account’s own plan ends then; what is left in its balance stays its own.`
      }
    >
      <Form
        action={`${base}/payer/offers`}
        idempotencyKey={newKey()}
        hidden={{ payer: toOwn ? 'own' : 'agency' }}
        refusal={tried && Object.keys(tried.fields).length === 0 ? tried.sentence : undefined}
      >
        {toOwn && (
          <Field
            name="plan"
            label="Plan"
            kind="radio"
            required
            value={tried?.planCode ?? plans[0]?.planCode}
            options={plans.map((plan) => ({ value: plan.planCode, label: plan.name, hint: priced(plan) }))}
            error={tried?.fields.plan}
          />
        )}
        <Field
          name="note"
          label="Note"
          kind="textarea"
          rows={3}
          maxlength={noteLengthMax}
          value={tried?.note ?? ''}
          hint="Stands in the mail, word for word."
          error={tried?.fields.note}
        />
        <FormActions>
          <Button variant="primary">{toOwn || isAgency ? 'Make the offer' : 'Ask the agency'}</Button>
        </FormActions>
      </Form>
    </Card>
  );
}
