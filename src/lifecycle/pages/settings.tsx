import type { FastifyInstance } from 'fastify';
import { changeSettings } from '../../accounts/changeSettings.ts';
import { accountShell, type Entered, enterAccount, labelOf, type Shell } from '../../accounts/enter.ts';
import { findMembers } from '../../accounts/store.ts';
import { findNames } from '../../auth/store.ts';
import { findOwedFacts } from '../../billing/refunds/findEnded.ts';
import { findOngoing } from '../../billing/sayOngoing.tsx';
import { findAllPrices, findBalance, findSubscription } from '../../billing/store.ts';
import { findNumbers } from '../../numbers/store.ts';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import { monthAtReturn } from '../../rules/charging.ts';
import { roleNames } from '../../rules/permission.ts';
import { answerForm } from '../../web/answer.ts';
import { refusalIn } from '../../web/askHref.ts';
import {
  Button,
  DefinitionList,
  Field,
  Form,
  FormActions,
  Moment,
  PageHeader,
  Section,
  SectionedPage,
  StandingLabel,
  Table,
  TextLink,
} from '../../web/components.tsx';
import { formatMoment, formatMoney } from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import { fieldsOf, keyOf, orNull, sendPage } from '../../web/read.ts';
import { timeZoneOptions } from './options.ts';
import { whoMay } from './say.ts';
import { type StatusFacts, StatusSection } from './status.tsx';

type AccountRequest = { Params: { accountId: string } };

/** Everything the one scrolling page shows. */
interface SettingsFacts extends StatusFacts {
  members: Awaited<ReturnType<typeof findMembers>>;
}

/** Settings → Account Settings: one page, its sections jumped to from the left. */
export function registerSettingsPage(app: FastifyInstance, house: House): void {
  app.get<AccountRequest>('/accounts/:accountId/settings', async (request, reply) => {
    const entered = await enterAccount(house, request, 'view-settings');
    const page = (
      <SettingsPage shell={await accountShell(house, request, reply, entered)} facts={await gather(house, entered)} />
    );
    return sendPage(reply, renderPage(page));
  });

  app.post<AccountRequest>('/accounts/:accountId/settings', async (request, reply) => {
    const entered = await enterAccount(house, request, 'view-settings');
    const field = fieldsOf(request.body);
    const wanted = {
      name: field('name'),
      timeZone: field('timeZone'),
      website: orNull(field('website')),
      refusalMessage: field('refusalMessage'),
    };
    const decision = await changeSettings(house, entered.actor, entered.account.accountId, wanted, keyOf(request));
    return answerForm(reply, decision, {
      href: `${entered.base}/settings`,
      timeZone: entered.account.timeZone,
      done: 'The settings were saved.',
      async again({ sentence, fields }) {
        const facts = await gather(house, entered);
        const shell = await accountShell(house, request, reply, entered);
        return <SettingsPage shell={shell} facts={facts} input={wanted} fields={fields} refusal={sentence} />;
      },
    });
  });
}

async function gather(house: House, entered: Entered): Promise<SettingsFacts> {
  const { account, now } = entered;
  const subscription = await findSubscription(house.db, account.accountId);
  const payerSubscription = await findSubscription(house.db, account.payerId);
  const numbers = (await findNumbers(house.db, account.accountId, { filter: 'all', now })).filter(
    (each) => each.boughtAt,
  );
  const people = [account.closure?.closedBy, ...account.switches.map((each) => each.by)].filter(
    (each) => each !== undefined,
  );
  const monthAnew = subscription && monthAtReturn(subscription, await findAllPrices(house.db), now);
  return {
    entered,
    subscription,
    payerSubscription,
    ongoing: await findOngoing(house.db, { accountId: account.accountId }),
    balance: await findBalance(house.db, account.payerId),
    numbersInUse: numbers.filter((each) => !each.release),
    numbersRestorable: numbers.filter(
      (each) => each.release && !each.release.returnOrderedAt && now < each.release.restorableUntil,
    ),
    returnPriceMicros: monthAnew?.amountMicros ?? 0n,
    names: await findNames(house.db, people),
    owed: await findOwedFacts(house.db, account.accountId, now),
    members: await findMembers(house.db, account.accountId),
  };
}

interface SettingsPageProps {
  shell: Shell;
  facts: SettingsFacts;
  input?: { name: string; timeZone: string; website: string | null; refusalMessage: string };
  fields?: Readonly<Record<string, string>>;
  refusal?: string;
}

function SettingsPage({ shell, facts, input, fields, refusal }: SettingsPageProps) {
  const { entered, members } = facts;
  const { account, base, may } = entered;
  const values = input ?? account;
  const editable = may('change-settings');
  const sections = [
    { id: 'general', label: 'General' },
    { id: 'plan', label: 'Plan' },
    { id: 'people', label: 'People' },
    { id: 'status', label: 'Status' },
  ];
  return (
    <Page {...shell} title="Account Settings" breadcrumbs={[{ label: 'Settings' }, { label: 'Account Settings' }]}>
      <PageHeader title="Account Settings" badge={<StandingLabel label={labelOf(account.standing)} />} />
      <SectionedPage sections={sections}>
        <Section
          id="general"
          title="General"
          description="What the account is called, where its clock stands, and what refused callers hear."
        >
          {editable ? (
            <Form action={`${base}/settings`} idempotencyKey={newKey()} refusal={refusal}>
              <Field
                name="name"
                label="Account name"
                required
                value={values.name}
                error={fields?.name}
                maxlength={120}
              />
              <Field
                name="website"
                label="Website"
                kind="url"
                value={values.website ?? ''}
                placeholder="https://example.com"
                error={fields?.website}
              />
              <Field
                name="timeZone"
                label="Time zone"
                kind="select"
                options={timeZoneOptions}
                value={values.timeZone}
                hint="Dates of this account are shown in it."
                error={fields?.timeZone}
              />
              <Field
                name="refusalMessage"
                label="Message for refused callers"
                kind="textarea"
                rows={3}
                required
                maxlength={500}
                value={values.refusalMessage}
                hint="Spoken when calls are stopped, a number is released, or the account is canceled."
                error={fields?.refusalMessage}
              />
              <FormActions>
                <Button variant="primary">Save settings</Button>
              </FormActions>
            </Form>
          ) : (
            <>
              <DefinitionList
                items={[
                  { term: 'Account name', description: account.name },
                  { term: 'Website', description: account.website ?? 'Not given' },
                  { term: 'Time zone', description: account.timeZone },
                  { term: 'Message for refused callers', description: account.refusalMessage },
                ]}
              />
              <p class="field-hint">
                {account.closure
                  ? `A canceled account can be read, not changed. ${account.isAgencyCanceled ? 'Status says what can be done.' : 'Reactivate it first, under Status.'}`
                  : account.standing === 'no funds'
                    ? 'Without funds nobody can change settings. Status says how that ends.'
                    : whoMay('change-settings')}
              </p>
            </>
          )}
        </Section>
        <Section id="plan" title="Plan" description="Who pays for this account, and when next.">
          <PlanFacts facts={facts} />
        </Section>
        <Section
          id="people"
          title="People"
          description="Who has a role in this account itself. People of its agency reach in as well."
        >
          <Table
            caption="People with a role"
            rows={members}
            rowKey={(member) => `${member.personId} ${member.role}`}
            columns={[
              { header: 'Name', main: true, wraps: true, cell: (member) => member.name },
              { header: 'E-mail', cell: (member) => member.email, wraps: true },
              { header: 'Role', cell: (member) => roleNames[member.role] },
            ]}
            empty={<p class="field-hint">Nobody but the agency’s people.</p>}
          />
        </Section>
        <StatusSection facts={{ ...facts, lastRefusal: refusalIn(shell.notice) }} />
      </SectionedPage>
    </Page>
  );
}

/** Who pays, and where that is changed. */
function PaidBy({ entered, children }: { entered: Entered; children: string }) {
  if (!entered.may('view-billing')) return children;
  return <TextLink href={`${entered.base}/payer`}>{children}</TextLink>;
}

function PlanFacts({ facts }: { facts: SettingsFacts }) {
  const { entered, subscription, payerSubscription, balance } = facts;
  const { account } = entered;
  if (!subscription) {
    return (
      <DefinitionList
        items={[
          { term: 'Paid by', description: <PaidBy entered={entered}>{`${account.agencyName}, the agency`}</PaidBy> },
          { term: 'Prices', description: `${payerSubscription?.plan.name} plan` },
          { term: 'Available balance', description: 'This account has none of its own; the agency’s pays.' },
        ]}
      />
    );
  }
  const { plan, next } = subscription;
  return (
    <DefinitionList
      items={[
        { term: 'Plan', description: plan.name },
        ...(account.agencyId === null
          ? []
          : [{ term: 'Paid by', description: <PaidBy entered={entered}>This account itself</PaidBy> }]),
        { term: 'Monthly fee', description: formatMoney(plan.monthlyFeeMicros, plan.currency) },
        {
          term: 'Next charge',
          description: next ? (
            <>
              {formatMoney(next.amountMicros, plan.currency)} on{' '}
              <Moment at={next.from} text={formatMoment(next.from, account.timeZone)} />
            </>
          ) : (
            'None: charges ended with the closing'
          ),
        },
        {
          term: 'Available balance',
          description: entered.may('view-billing') ? (
            <TextLink href={`${entered.base}/billing`}>
              {formatMoney(balance.availableMicros, balance.currency)}
            </TextLink>
          ) : (
            'Shown to people who see billing'
          ),
        },
      ]}
    />
  );
}
