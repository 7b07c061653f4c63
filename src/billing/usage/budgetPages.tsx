import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Shell } from '../../accounts/enter.ts';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import { daysOfMonth, monthOf } from '../../rules/calendar.ts';
import { must, Refused } from '../../rules/decision.ts';
import { parseAmount } from '../../rules/money.ts';
import { parseLevels, percentOf, usualLevels } from '../../rules/spending.ts';
import {
  Badge,
  Button,
  ButtonForm,
  Card,
  DefinitionList,
  EmptyState,
  Field,
  Form,
  Meter,
  Muted,
  PageHeader,
  Stack,
  Table,
} from '../../web/components.tsx';
import { formatMoney } from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import { presentRefusal, statusOf } from '../../web/present.ts';
import { fieldsOf, goOn, idOf, keyOf, sendPage } from '../../web/read.ts';
import { type BilledOwner, registerForOwners } from '../owners.ts';
import { sayMonth } from '../statements/sayDays.ts';
import { BillingTabs } from '../tabs.tsx';
import { ForecastCard } from './pages.tsx';
import { type ReadForecast, readForecast } from './readForecast.ts';
import { removeBudget, setBudget } from './setBudget.ts';
import { findBudgets, findPaidAccounts, type ShownBudget } from './store.ts';

/** More are not offered in a list to choose from; scripts can set a budget for any. */
const offeredMax = 1_000;

interface RefusedBudget {
  sentence: string;
  fields: Readonly<Record<string, string>>;
  subjectId: number;
  monthly: string;
  levels: string;
}

/** Billing → Budget: what may be spent in a month, where the month stands, and who is told when. */
export function registerBudgetPages(app: FastifyInstance, house: House): void {
  const show = async (owner: BilledOwner, reply: FastifyReply, refused?: RefusedBudget, status = 200) => {
    const month = daysOfMonth(monthOf(owner.now, owner.timeZone), owner.timeZone)!;
    const budgets = await findBudgets(house.db, owner.ownerId, { month: month.month!, from: month.from });
    const accounts = owner.kind === 'agency' ? await findPaidAccounts(house.db, owner.ownerId, offeredMax) : [];
    const forecast = await readForecast(house.db, owner);
    const shell = await owner.shell(reply);
    const facts = { owner, budgets, accounts, forecast, refused };
    return sendPage(reply, renderPage(<BudgetPage shell={shell} {...facts} />), status);
  };

  registerForOwners(app, house, { path: '/billing/budget' }, (owner, _request, reply) => show(owner, reply));

  registerForOwners(app, house, { method: 'POST', path: '/billing/budget' }, async (owner, request, reply) => {
    const field = fieldsOf(request.body);
    const [monthly, levels] = [field('monthly'), field('levels')];
    const subjectId = field('subject') ? idOf(field('subject')) : owner.ownerId;
    const wish = { subjectId, monthlyMicros: parseAmount(monthly) ?? 0n, levels: parseLevels(levels) };
    const decision = await setBudget(house, owner.actor, owner.ownerId, wish, keyOf(request));
    if (decision.ok)
      return done(owner, reply, 'The budget is set. Whoever looks after billing is told when a level is reached.');
    const { refusal } = decision;
    if (refusal.code !== 'invalid-input') throw new Refused(refusal);
    const refused = { ...presentRefusal(refusal, owner.timeZone), subjectId, monthly, levels };
    return show(owner, reply, refused, statusOf(refusal));
  });

  registerForOwners(app, house, { method: 'POST', path: '/billing/budget/removal' }, async (owner, request, reply) => {
    const subjectId = idOf(fieldsOf(request.body)('subject'));
    must(await removeBudget(house, owner.actor, owner.ownerId, subjectId, keyOf(request)));
    return done(owner, reply, 'The budget is removed. Nobody is told any more.');
  });
}

const done = (owner: BilledOwner, reply: FastifyReply, text: string) =>
  goOn(reply, `${owner.base}/billing/budget`, { kind: 'success', text });

interface BudgetFacts {
  owner: BilledOwner;
  budgets: readonly ShownBudget[];
  accounts: readonly { accountId: number; name: string }[];
  forecast: ReadForecast;
  refused?: RefusedBudget | undefined;
}

function BudgetPage({ shell, ...facts }: BudgetFacts & { shell: Shell }) {
  const { owner, budgets, accounts, forecast, refused } = facts;
  const { base, ownerId, kind, name, payingAgency } = owner;
  const own = budgets.find((each) => each.subjectId === ownerId);
  const others = budgets.filter((each) => each.subjectId !== ownerId);
  const maySet = owner.may('set-budget');
  return (
    <Page
      {...shell}
      title="Budget"
      breadcrumbs={[{ label: 'Settings' }, { label: 'Billing', href: `${base}/billing` }, { label: 'Budget' }]}
    >
      <PageHeader
        title="Budget"
        description={`Tells by mail when so much of a month’s budget is spent. It stops nothing.${
          payingAgency ? ` ${payingAgency} pays for this account.` : ''
        }`}
      />
      <Stack>
        <BillingTabs base={base} current="Budget" />
        <Card
          title={kind === 'agency' ? `All that ${name} pays for` : `What ${name} costs`}
          actions={own && maySet && <Removal base={base} budget={own} />}
        >
          <Stack>
            {own && <Standing budget={own} forecast={forecast} />}
            {!own && <Muted>No budget is set.</Muted>}
            {maySet && (
              <BudgetForm
                base={base}
                id="own"
                budget={own}
                refused={refused?.subjectId === ownerId ? refused : undefined}
              />
            )}
          </Stack>
        </Card>
        {kind === 'agency' && (
          <Card title="Of single sub-accounts">
            <Stack>
              <Others base={base} budgets={others} currency={forecast.currency} maySet={maySet} />
              {maySet && accounts.length > 0 && (
                <BudgetForm
                  base={base}
                  id="sub-account"
                  accounts={accounts}
                  refused={refused && refused.subjectId !== ownerId ? refused : undefined}
                />
              )}
            </Stack>
          </Card>
        )}
        <ForecastCard forecast={forecast} owner={owner} />
      </Stack>
    </Page>
  );
}

const sayLevels = (levels: readonly number[]): string => levels.map((level) => `${level} %`).join(', ');

function sayTold({ levels, told }: ShownBudget): string {
  const next = levels.find((level) => !told.includes(level));
  if (told.length === 0) return `The first mail goes out at ${next} %.`;
  return `Mailed at ${sayLevels(told)}${next === undefined ? '; there is no further level this month.' : `; next at ${next} %.`}`;
}

/** Where the month stands. */
function Standing({ budget, forecast }: { budget: ShownBudget; forecast: ReadForecast }) {
  const { monthlyMicros, spentMicros, levels } = budget;
  const money = (micros: bigint) => formatMoney(micros, forecast.currency);
  const percent = percentOf(spentMicros, monthlyMicros);
  const spent = `${money(spentMicros)} of ${money(monthlyMicros)} is spent in ${sayMonth(forecast.month)}: ${percent} %`;
  const over = forecast.totalMicros - monthlyMicros;
  return (
    <Stack gap="tight">
      <strong>{spent}</strong>
      <Meter label={spent} percent={percent} marks={levels} />
      <DefinitionList
        items={[
          { term: 'Levels', description: sayLevels(levels), hint: sayTold(budget) },
          {
            term: 'By the end of the month',
            description: `about ${money(forecast.totalMicros)}`,
            hint: over > 0n ? `${money(over)} more than the budget.` : `${money(-over)} of the budget would be left.`,
          },
        ]}
      />
    </Stack>
  );
}

function Removal({ base, budget }: { base: string; budget: ShownBudget }) {
  return (
    <ButtonForm
      action={`${base}/billing/budget/removal`}
      hidden={{ subject: String(budget.subjectId) }}
      idempotencyKey={newKey()}
      size="small"
      spoken={`Remove the budget of ${budget.subjectName}`}
    >
      Remove
    </ButtonForm>
  );
}

interface OthersProps {
  base: string;
  budgets: readonly ShownBudget[];
  currency: string;
  maySet: boolean;
}

function Others({ base, budgets, currency, maySet }: OthersProps) {
  const money = (micros: bigint) => formatMoney(micros, currency);
  const badge = (percent: number) =>
    percent >= 100 ? (
      <Badge tone="bad" icon="attention">
        {percent} %
      </Badge>
    ) : (
      `${percent} %`
    );
  return (
    <Table
      caption="Budgets of sub-accounts"
      rows={budgets}
      rowKey={(each) => each.subjectId}
      columns={[
        { header: 'Sub-account', main: true, wraps: true, cell: (each) => each.subjectName },
        { header: 'Budget', numeric: true, cell: (each) => money(each.monthlyMicros) },
        { header: 'Spent this month', numeric: true, cell: (each) => money(each.spentMicros) },
        { header: 'Share', numeric: true, cell: (each) => badge(percentOf(each.spentMicros, each.monthlyMicros)) },
        { header: 'Levels', wraps: true, cell: (each) => sayLevels(each.levels) },
        ...(maySet
          ? [{ header: 'Do', actions: true, cell: (each: ShownBudget) => <Removal base={base} budget={each} /> }]
          : []),
      ]}
      empty={<EmptyState icon="billing" title="No sub-account has a budget" />}
    />
  );
}

interface BudgetFormProps {
  base: string;
  /** Tells the two forms of a page apart. */
  id: string;
  budget?: ShownBudget | undefined;
  accounts?: BudgetFacts['accounts'];
  refused?: RefusedBudget | undefined;
}

/** A whole amount stands without its cents. */
const amountIn = ({ monthlyMicros }: ShownBudget): string =>
  (Number(monthlyMicros / 10_000n) / 100).toFixed(2).replace(/\.00$/, '');

function BudgetForm({ base, id, budget, accounts, refused }: BudgetFormProps) {
  return (
    <Form
      action={`${base}/billing/budget`}
      idempotencyKey={newKey()}
      inline
      refusal={refused && Object.keys(refused.fields).length === 0 ? refused.sentence : undefined}
    >
      {accounts && (
        <Field
          id={`${id}-subject`}
          name="subject"
          label="Sub-account"
          kind="select"
          value={refused ? String(refused.subjectId) : undefined}
          options={accounts.map((each) => ({ value: String(each.accountId), label: each.name }))}
        />
      )}
      <Field
        id={`${id}-monthly`}
        name="monthly"
        label="A month"
        inputmode="decimal"
        prefix="$"
        width="short"
        required
        value={refused?.monthly ?? (budget ? amountIn(budget) : '')}
        error={refused?.fields.monthly}
      />
      <Field
        id={`${id}-levels`}
        name="levels"
        label="Tell at"
        suffix="%"
        required
        value={refused?.levels ?? (budget?.levels ?? usualLevels).join(', ')}
        error={refused?.fields.levels}
      />
      <Button variant={budget || accounts ? 'secondary' : 'primary'}>{budget ? 'Change budget' : 'Set budget'}</Button>
    </Form>
  );
}
