import type { FastifyInstance } from 'fastify';
import { isSignUpOpen } from '../../auth/changeInstallation.ts';
import { tenAMinute } from '../../auth/slowGuessing.ts';
import { findInvitationByToken } from '../../auth/store.ts';
import { hashToken } from '../../auth/tokens.ts';
import { findPlans, type Plan } from '../../billing/store.ts';
import { readClock } from '../../platform/clock.ts';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import { Refused } from '../../rules/decision.ts';
import { parseAmount } from '../../rules/money.ts';
import { answerForm } from '../../web/answer.ts';
import { Button, Field, FieldGroup, Form, FormActions, TextLink } from '../../web/components.tsx';
import { formatMoney, formatRate } from '../../web/format.ts';
import { renderPage, SignedOutPage } from '../../web/layout.tsx';
import { fieldsOf, keyOf, sendPage } from '../../web/read.ts';
import { type NewCustomer, signUp, signUpWithTestCard } from '../signUp.ts';
import { timeZoneOptions } from './options.ts';

/** Opening a standalone account or an agency. */
export function registerSignUpPages(app: FastifyInstance, house: House): void {
  app.get('/sign-up', async (request, reply) => {
    const query = fieldsOf(request.query);
    const kind = query('kind') === 'agency' ? 'agency' : 'standalone';
    const invitation = query('invitation');
    const invited =
      invitation && (await findInvitationByToken(house.db, hashToken(invitation), await readClock(house.db)));
    if (!invited && !(await isSignUpOpen(house.db, house.config))) throw new Refused({ code: 'sign-up-closed' });
    const plans = await findPlans(house.db, await readClock(house.db));
    return sendPage(
      reply,
      renderPage(
        <SignUpPage
          plans={plans}
          kind={kind}
          invitation={invitation}
          email={query('email')}
          paysFirst={house.paymentsSimulation !== null}
        />,
      ),
    );
  });

  app.post('/sign-up', tenAMinute, async (request, reply) => {
    const field = fieldsOf(request.body);
    const customer: NewCustomer = {
      kind: field('kind') === 'agency' ? 'agency' : 'standalone',
      businessName: field('businessName'),
      timeZone: field('timeZone'),
      planCode: field('plan'),
      personName: field('personName'),
      email: field('email'),
      password: field('password'),
      invitation: field('invitation') || undefined,
    };
    const decision = house.paymentsSimulation
      ? await signUpWithTestCard(house, customer, parseAmount(field('topUp')) ?? 0n, keyOf(request))
      : await signUp(house, customer, keyOf(request));
    return answerForm(reply, decision, {
      href: '/sign-in',
      timeZone: 'UTC',
      done: `${customer.businessName} is open. Sign in with your e-mail and password${house.paymentsSimulation ? '.' : '; then give a card under Settings → Billing.'}`,
      again: async ({ sentence, fields }) => (
        <SignUpPage
          plans={await findPlans(house.db, await readClock(house.db))}
          kind={customer.kind}
          invitation={customer.invitation}
          paysFirst={house.paymentsSimulation !== null}
          input={customer}
          topUp={field('topUp')}
          fields={fields}
          refusal={sentence}
        />
      ),
    });
  });
}

interface SignUpPageProps {
  plans: readonly Plan[];
  kind: NewCustomer['kind'];
  /** The token of an invitation, carried along. */
  invitation?: string | undefined;
  email?: string;
  /** Whether the first payment belongs to it: by a test card. */
  paysFirst: boolean;
  input?: NewCustomer;
  topUp?: string;
  fields?: Readonly<Record<string, string>>;
  refusal?: string;
}

function SignUpPage({ plans, kind, invitation, email, paysFirst, input, topUp, fields, refusal }: SignUpPageProps) {
  const carried = invitation ? { invitation } : {};
  const hrefTo = (other: NewCustomer['kind']) =>
    `/sign-up?${new URLSearchParams({ kind: other, ...carried, ...(email ? { email } : {}) })}`;
  const offered = plans.filter((plan) => plan.kind === kind);
  const isAgency = kind === 'agency';
  const priced = (plan: Plan) => {
    const money = (micros: bigint) => formatMoney(micros, plan.currency);
    return `${money(plan.monthlyFeeMicros)} a month · numbers from ${money(plan.localNumberMicros)} · ${formatRate(plan.minuteInMicros, plan.currency)} a minute`;
  };
  return (
    <SignedOutPage
      title={isAgency ? 'Open an agency' : 'Open an account'}
      wide
      lead={
        isAgency ? (
          <>
            For marketing agencies with clients’ sub-accounts.{' '}
            <TextLink href={hrefTo('standalone')}>A single business?</TextLink>
          </>
        ) : (
          <>
            For one business. <TextLink href={hrefTo('agency')}>An agency with clients?</TextLink>
          </>
        )
      }
      below={
        <>
          Already with us? <TextLink href="/sign-in">Sign in</TextLink>
        </>
      }
    >
      <Form action="/sign-up" idempotencyKey={newKey()} hidden={{ kind, ...carried }} refusal={refusal}>
        <Field
          name="businessName"
          label={isAgency ? 'Agency name' : 'Business name'}
          required
          value={input?.businessName}
          error={fields?.businessName}
          autocomplete="organization"
        />
        <Field
          name="timeZone"
          label="Time zone"
          kind="select"
          options={timeZoneOptions}
          value={input?.timeZone ?? 'America/New_York'}
          error={fields?.timeZone}
        />
        <Field
          name="plan"
          label="Plan"
          kind="radio"
          required
          value={input?.planCode ?? offered[0]?.planCode}
          options={offered.map((plan) => ({ value: plan.planCode, label: plan.name, hint: priced(plan) }))}
          error={fields?.plan}
        />
        {paysFirst && (
          <Field
            name="topUp"
            label="First payment"
            kind="text"
            inputmode="decimal"
            prefix="$"
            width="short"
            required
            value={topUp ?? '250'}
            hint="By simulated test card. The first month is taken from it; the rest is your available balance."
            error={fields?.topUp}
          />
        )}
        <FieldGroup legend={isAgency ? 'You, the Agency Administrator' : 'You, the Administrator'}>
          <Field
            name="personName"
            label="Name"
            required
            value={input?.personName}
            error={fields?.personName}
            autocomplete="name"
          />
          <Field
            name="email"
            label="E-mail"
            kind="email"
            required
            value={input?.email ?? email}
            error={fields?.email}
            autocomplete="username"
          />
          <Field
            name="password"
            label="Password"
            kind="password"
            required
            error={fields?.password}
            autocomplete="new-password"
            hint="At least 10 characters."
          />
        </FieldGroup>
        <FormActions>
          <Button variant="primary">{isAgency ? 'Open agency' : 'Open account'}</Button>
        </FormActions>
      </Form>
    </SignedOutPage>
  );
}
