import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { accountShell, type Entered, enterAccount, labelOf } from '../../accounts/enter.ts';
import { findSubscription, type Subscription } from '../../billing/store.ts';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import type { ClosingPlan, StandingCharge } from '../../rules/closing.ts';
import { agencyRoles } from '../../rules/permission.ts';
import type { Refusal } from '../../rules/refusals.ts';
import { allowances } from '../../rules/standing.ts';
import { troubleHref } from '../../web/askHref.ts';
import {
  Button,
  Confirmation,
  Field,
  Form,
  LinkButton,
  Moment,
  Notice,
  PhoneNumber,
  type PlanItem,
  PlanList,
  Table,
  TroubleLink,
} from '../../web/components.tsx';
import { formatCount, formatMoment, formatMoney, formatPhone } from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import { presentRefusal, statusOf } from '../../web/present.ts';
import { fieldsOf, goOn, keyOf, orNull, sendPage } from '../../web/read.ts';
import { closeAccount } from '../closeAccount.ts';
import { type OfferedPlan, offerClosing } from '../plan.ts';
import { reactivateAccount } from '../reactivateAccount.ts';
import { countOf } from './say.ts';
import { unusedTimeItems } from './unusedTime.tsx';

type AccountRequest = { Params: { accountId: string } };

/** The confirmation of a closing (a screen for a standalone account, a pop-up for a sub-account), and the way back. */
export function registerClosingPages(app: FastifyInstance, house: House): void {
  app.get<AccountRequest>('/accounts/:accountId/closure/new', async (request, reply) => {
    const entered = await enterAccount(house, request, 'view-settings');
    return showConfirmation(house, request, reply, entered);
  });

  app.post<AccountRequest>('/accounts/:accountId/closure', async (request, reply) => {
    const entered = await enterAccount(house, request, 'view-settings');
    const field = fieldsOf(request.body);
    const confirmation = {
      planHash: field('planHash'),
      terms: readTerms(field('terms')),
      why: orNull(field('why').slice(0, 1_000)),
    };
    const decision = await closeAccount(house, entered.actor, entered.account.accountId, confirmation, keyOf(request));
    if (!decision.ok) return showConfirmation(house, request, reply, entered, decision.refusal);
    const text = `${entered.account.name} is canceled. ${countOf(decision.value, 'tracking number')} released; calls are refused and nothing is charged from now on.`;
    return goOn(reply, `${entered.base}/settings#status`, { kind: 'success', text });
  });

  app.post<AccountRequest>('/accounts/:accountId/reactivation', async (request, reply) => {
    const entered = await enterAccount(house, request, 'view-settings');
    const { account, base, actor } = entered;
    const wish = { restoreNumbers: fieldsOf(request.body)('restoreNumbers') === 'yes' };
    const decision = await reactivateAccount(house, actor, account.accountId, wish, keyOf(request));
    if (!decision.ok)
      return goOn(reply, `${base}/settings#status`, {
        kind: 'refusal',
        text: presentRefusal(decision.refusal, account.timeZone).sentence,
      });
    const { chargedMicros, numbersMicros, restoredNumbers } = decision.value;
    const charged = BigInt(chargedMicros) + BigInt(numbersMicros);
    const cost =
      charged > 0n ? `${formatMoney(charged, 'USD')} is charged for the months that begin now.` : 'It cost nothing.';
    const text = wish.restoreNumbers
      ? `${account.name} is reactivated, and ${countOf(restoredNumbers, 'number')} with it. ${cost}`
      : `${account.name} is reactivated. ${cost} Bring its numbers back here, each until its own date.`;
    return goOn(reply, wish.restoreNumbers ? `${base}/numbers` : `${base}/numbers/released`, { kind: 'success', text });
  });
}

/** The terms come back from the form as they were shown; anything else reads as no terms, and the hash decides. */
export function readTerms(text: string): Record<string, string[]> {
  try {
    const terms: unknown = JSON.parse(text);
    if (terms === null || typeof terms !== 'object') return {};
    return Object.fromEntries(
      Object.entries(terms).map(([part, lines]) => [part, Array.isArray(lines) ? lines.map(String) : []]),
    );
  } catch {
    return {};
  }
}

async function showConfirmation(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  entered: Entered,
  refusal?: Refusal,
): Promise<FastifyReply> {
  const { account, now, base } = entered;
  const offered = await offerClosing(house.db, account.accountId, now);
  const agencyPlan = account.agencyId === null ? null : await findSubscription(house.db, account.agencyId);
  const why = refusal ?? (offered.ok ? undefined : offered.refusal);
  const shell = await accountShell(house, request, reply, entered);
  const title = account.agencyId === null ? 'Close account' : 'Close Sub-account';
  const page = (
    <Page
      {...shell}
      title={title}
      width="reading"
      breadcrumbs={[
        { label: 'Settings' },
        { label: 'Account Settings', href: `${base}/settings#status` },
        { label: title },
      ]}
    >
      {offered.ok && entered.may('close-account') ? (
        <ClosingConfirmation
          entered={entered}
          offered={offered.value}
          agencyPlan={agencyPlan}
          refusal={why && presentRefusal(why, account.timeZone).sentence}
        />
      ) : (
        <NothingToClose entered={entered} title={title} refusal={why} />
      )}
    </Page>
  );
  return sendPage(reply, renderPage(page), why ? statusOf(why) : entered.may('close-account') ? 200 : 403);
}

function NothingToClose({
  entered,
  title,
  refusal,
}: {
  entered: Entered;
  title: string;
  refusal: Refusal | undefined;
}) {
  const { account, base } = entered;
  const shown: Refusal = refusal ?? {
    code: 'role-missing',
    does: 'close the account',
    who: ['Agency Administrator', 'Administrator'],
  };
  const { sentence } = presentRefusal(shown, account.timeZone);
  return (
    <Confirmation
      title={title}
      subject={{ name: account.name, label: labelOf(account.standing), agencyName: account.agencyName ?? undefined }}
      actions={
        <LinkButton href={`${base}/settings#status`} closesDialog>
          Back to Status
        </LinkButton>
      }
      trouble={<TroubleLink href={troubleHref(base, title, sentence)} />}
    >
      <Notice kind="refusal">{sentence}</Notice>
    </Confirmation>
  );
}

function ClosingConfirmation({
  entered,
  offered,
  agencyPlan,
  refusal,
}: {
  entered: Entered;
  offered: OfferedPlan;
  agencyPlan: Subscription | null;
  refusal: string | undefined;
}) {
  const { account, base } = entered;
  const { plan, hash, terms } = offered;
  const isSubAccount = account.agencyId !== null;
  const lastCall = plan.lastCallAt
    ? `Its last call came on ${formatMoment(plan.lastCallAt, account.timeZone)}.`
    : 'It never had a call.';
  const form = 'closing';
  const title = isSubAccount ? 'Close Sub-account' : 'Close account';
  return (
    <Confirmation
      title={title}
      subject={{ name: account.name, label: labelOf(account.standing), agencyName: account.agencyName ?? undefined }}
      lead={`${countOf(plan.numbers.length, 'tracking number')} in use. ${lastCall}${isSubAccount ? ` ${account.agencyName} and its other sub-accounts stay as they are.` : ''}`}
      actions={
        <>
          <Button form={form} variant={isSubAccount ? 'closing-red' : 'closing-orange'}>
            {isSubAccount ? 'Close Sub-account' : 'Proceed to Cancel Account'}
          </Button>
          <LinkButton href={`${base}/settings#status`} variant="ghost" closesDialog>
            Never mind
          </LinkButton>
        </>
      }
      trouble={<TroubleLink href={troubleHref(base, `${title}, confirmation`, refusal)} />}
    >
      {refusal && <Notice kind="refusal">{refusal}</Notice>}
      <PlanList
        label="What will happen"
        items={[...planItems(plan, account.timeZone, account.agencyName), ...goesOn(entered, agencyPlan)]}
      />
      <Table
        caption="Tracking numbers to be released"
        captionShown
        dense
        rows={plan.numbers}
        rowKey={(number) => number.trackingNumberId}
        columns={[
          { header: 'Number', main: true, cell: (number) => <PhoneNumber text={formatPhone(number.phoneNumber)} /> },
          { header: 'Name', cell: (number) => number.name ?? '', wraps: true },
          { header: 'Calls, 7 days', numeric: true, cell: (number) => formatCount(number.calls7Days) },
          { header: '30 days', numeric: true, cell: (number) => formatCount(number.calls30Days) },
        ]}
        empty={<p class="field-hint">No number is in use, so none is released.</p>}
      />
      {plan.numbers.length > 0 && allowances[account.standing].callsConnect && (
        <p class="field-hint">{alternative(entered, plan)}</p>
      )}
      <Form
        id={form}
        action={`${base}/closure`}
        idempotencyKey={newKey()}
        hidden={{ planHash: hash, terms: JSON.stringify(terms) }}
      >
        <Field name="why" label="Why do you leave?" kind="textarea" rows={2} maxlength={1_000} />
      </Form>
    </Confirmation>
  );
}

/** One way that fits better for whoever only wants silence, while there are calls, with what it goes on costing. */
function alternative(entered: Entered, plan: ClosingPlan): string {
  const { payer, timeZone } = entered.account;
  const fee = plan.endingCharges.reduce((sum, each) => sum + each.amountMicros, 0n);
  return `Only want silence for a while? Stop Incoming Calls in Status keeps every number; ${formatMoney(fee, 'USD')} a month goes on being charged${payer === 'agency' ? ' to the agency' : ''}${sayNext(plan.endingCharges, timeZone)}.`;
}

/** When the first of some charges comes again. */
export function sayNext(charges: readonly StandingCharge[], timeZone: string): string {
  const [next] = charges.map((each) => each.nextAt).toSorted((a, b) => a.getTime() - b.getTime());
  return next ? `, next on ${formatMoment(next, timeZone)}` : '';
}

/** Closing a sub-account doesn't cancel its agency. What the agency's plan costs is told to the agency's own people. */
function goesOn({ account, roles }: Entered, agencyPlan: Subscription | null): PlanItem[] {
  const next = agencyPlan?.next;
  if (!next) return [];
  const isInAgency = roles.some((role) => agencyRoles.some((each) => each === role));
  return [
    {
      when: isInAgency ? <Moment at={next.from} text={formatMoment(next.from, account.timeZone)} /> : 'As before',
      what: `The subscription of ${account.agencyName} goes on`,
      detail: isInAgency ? `Charged next: ${formatMoney(next.amountMicros, next.plan.currency)}.` : undefined,
      tone: 'keeps',
    },
  ];
}

function planItems(plan: ClosingPlan, timeZone: string, agencyName: string | null): PlanItem[] {
  const { promises, balance } = plan;
  const isOfAgency = balance.paidByAgency && balance.availableMicros <= 0n;
  const show = (date: Date) => <Moment at={date} text={formatMoment(date, timeZone)} />;
  const money = (micros: bigint) => formatMoney(micros, 'USD');
  const ending = plan.endingCharges.map(
    (each) => `${each.what.startsWith('+') ? formatPhone(each.what) : each.what} ${money(each.amountMicros)}`,
  );
  const items: PlanItem[] = [
    {
      when: 'At once',
      what: `${countOf(plan.numbers.length, 'tracking number')} released; the next call is refused. Calls in progress finish.`,
      tone: 'ends',
    },
    {
      when: 'At once',
      what: 'Charges end',
      detail: ending.length > 0 ? `No longer charged each month: ${ending.join(', ')}.` : undefined,
      tone: 'ends',
    },
  ];
  items.push(...unusedTimeItems(plan.unusedTime, timeZone, 'USD'));
  if (plan.people.length > 0) {
    items.push({
      when: 'At once',
      what: `${countOf(plan.people.length, 'role')} can only read and export`,
      detail: plan.people.map((each) => `${each.name} (${each.role})`).join(', '),
      tone: 'ends',
    });
  }
  items.push(
    {
      when: show(promises.numbersRestorableUntil),
      what: 'Until then the numbers can be restored here',
      detail:
        plan.heldNumbers > 0
          ? `${countOf(plan.heldNumbers, 'number')} released earlier keep their own dates.`
          : 'Then they go back to the carrier.',
      tone: 'keeps',
    },
    {
      when: show(promises.reactivatableUntil),
      what: 'Until then the account can be read, exported and reactivated',
      detail: 'Then its data is purged.',
      tone: 'keeps',
    },
    {
      when: show(promises.refundableUntil),
      what: isOfAgency
        ? `The available balance belongs to ${agencyName} and stays there`
        : `Until then the available balance of ${money(balance.availableMicros)} can be asked back`,
      detail: isOfAgency
        ? undefined
        : balance.paidByAgency
          ? `It is left from the time in which the account paid for itself, and is not paid back by itself. That of ${agencyName} stays there.`
          : 'It is not paid back by itself.',
      tone: 'keeps',
    },
  );
  return items;
}
