import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { enterOperations, houseShell } from '../../accounts/enter.ts';
import { findNames } from '../../auth/store.ts';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import { Refused } from '../../rules/decision.ts';
import { features } from '../../rules/features.ts';
import { parsePrice, writePrice } from '../../rules/money.ts';
import type { Plan } from '../../rules/plans.ts';
import type { Refusal } from '../../rules/refusals.ts';
import {
  Button,
  Card,
  Field,
  FieldGroup,
  Form,
  FormActions,
  LinkButton,
  Moment,
  PageHeader,
  Stack,
  Table,
  TextLink,
} from '../../web/components.tsx';
import { formatCount, formatMoment, formatMoney, formatRate } from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import { presentRefusal, statusOf } from '../../web/present.ts';
import { fieldsOf, goOn, keyOf, sendPage } from '../../web/read.ts';
import { type NewPrices, setPrices } from './setPrices.ts';
import { findOfferedPlans, findVersions, type OfferedPlan, type PriceVersion } from './store.ts';

const href = '/operations/plans';
type PlanRequest = { Params: { planCode: string } };

type Amount = Exclude<keyof NewPrices, 'effectiveFrom' | 'includedMinutes' | 'creditsUnusedTime'>;
const amounts: { name: Amount; label: string; isCharged: boolean }[] = [
  { name: 'monthlyFeeMicros', label: 'Monthly fee', isCharged: true },
  { name: 'localNumberMicros', label: 'Local number, a month', isCharged: true },
  { name: 'tollFreeNumberMicros', label: 'Toll-free number, a month', isCharged: true },
  { name: 'minuteInMicros', label: 'Incoming minute', isCharged: true },
  { name: 'tollFreeMinuteInMicros', label: 'Incoming minute, toll-free', isCharged: true },
  { name: 'minuteOutMicros', label: 'Outgoing minute', isCharged: false },
  { name: 'recordingMinuteMicros', label: 'Recorded minute', isCharged: false },
  { name: 'transcriptionMinuteMicros', label: 'Transcribed minute', isCharged: false },
];

/** Operations → Plans: what they cost, every version of it, and new prices from a moment on. */
export function registerPlanOperations(app: FastifyInstance, house: House): void {
  app.get(href, async (request, reply) => {
    const { viewer, now } = await enterOperations(house, request, 'set-prices');
    const plans = [
      ...(await findOfferedPlans(house.db, 'standalone', now)),
      ...(await findOfferedPlans(house.db, 'agency', now)),
    ];
    const page = (
      <Page
        {...(await houseShell(house, request, reply, viewer))}
        title="Plans"
        breadcrumbs={[{ label: 'Operations' }, { label: 'Plans' }]}
      >
        <PageHeader
          title="Plans"
          description="What they cost now. New prices hold for months that begin after them; months that run keep theirs."
        />
        <PlanList plans={plans} />
      </Page>
    );
    return sendPage(reply, renderPage(page));
  });

  app.get<PlanRequest>(`${href}/:planCode`, async (request, reply) => showPlan(request, reply));

  app.post<PlanRequest>(`${href}/:planCode`, async (request, reply) => {
    const { actor } = await enterOperations(house, request, 'set-prices');
    const read = readPrices(request.body);
    const decision =
      'fields' in read
        ? ({ ok: false, refusal: { code: 'invalid-input', fields: read.fields } } as const)
        : await setPrices(house, actor, request.params.planCode, read.prices, keyOf(request));
    if (!decision.ok) return showPlan(request, reply, decision.refusal);
    const text = `The new prices hold for months that begin from ${formatMoment(new Date(decision.value), 'UTC')} on.`;
    return goOn(reply, `${href}/${request.params.planCode}`, { kind: 'success', text });
  });

  async function showPlan(request: FastifyRequest<PlanRequest>, reply: FastifyReply, refusal?: Refusal) {
    const { viewer, now } = await enterOperations(house, request, 'set-prices');
    const versions = await findVersions(house.db, request.params.planCode);
    const [newest] = versions;
    if (!newest) throw new Refused({ code: 'not-found' });
    const names = await findNames(
      house.db,
      versions.flatMap((each) => each.setBy ?? []),
    );
    const page = (
      <Page
        {...(await houseShell(house, request, reply, viewer))}
        title={newest.name}
        breadcrumbs={[{ label: 'Operations' }, { label: 'Plans', href }, { label: newest.name }]}
      >
        <PageHeader title={newest.name} description="New prices, and those there have been." />
        <Stack>
          <PriceForm plan={newest} body={refusal ? request.body : undefined} refusal={refusal} />
          <History versions={versions} names={names} now={now} />
        </Stack>
      </Page>
    );
    return sendPage(reply, renderPage(page), refusal ? statusOf(refusal) : 200);
  }
}

function readPrices(body: unknown): { prices: NewPrices } | { fields: Record<string, string> } {
  const field = fieldsOf(body);
  const fields: Record<string, string> = {};
  const priced: Partial<Record<Amount, bigint>> = {};
  for (const { name } of amounts) {
    const price = parsePrice(field(name));
    if (price === null) fields[name] = 'Give an amount in dollars, with six decimals at most.';
    else priced[name] = price;
  }
  const minutes = field('includedMinutes');
  if (!/^\d{1,6}$/.test(minutes)) fields.includedMinutes = 'Give a whole number of minutes.';
  const moment = field('effectiveFrom');
  const effectiveFrom = moment === '' ? null : new Date(/Z$/.test(moment) ? moment : `${moment}Z`);
  if (effectiveFrom && Number.isNaN(effectiveFrom.getTime())) fields.effectiveFrom = 'Give a date and a time, in UTC.';
  if (Object.keys(fields).length > 0) return { fields };
  const creditsUnusedTime = field('creditsUnusedTime') === 'yes';
  const prices = priced as Record<Amount, bigint>;
  return { prices: { ...prices, includedMinutes: Number(minutes), creditsUnusedTime, effectiveFrom } };
}

function PlanList({ plans }: { plans: readonly OfferedPlan[] }) {
  return (
    <Table
      caption="Plans"
      rows={plans}
      rowKey={(plan) => plan.planCode}
      columns={[
        {
          header: 'Plan',
          main: true,
          wraps: true,
          cell: (plan) => <TextLink href={`${href}/${plan.planCode}`}>{plan.name}</TextLink>,
        },
        { header: 'For', wraps: true, cell: (plan) => (plan.kind === 'agency' ? 'Agencies' : 'Standalone accounts') },
        { header: 'A month', numeric: true, cell: (plan) => formatMoney(plan.monthlyFeeMicros, plan.currency) },
        { header: 'Local number', numeric: true, cell: (plan) => formatMoney(plan.localNumberMicros, plan.currency) },
        { header: 'Minute in', numeric: true, cell: (plan) => formatRate(plan.minuteInMicros, plan.currency) },
        { header: 'Included', numeric: true, cell: (plan) => `${formatCount(plan.includedMinutes)} min` },
        { header: 'Has', cell: (plan) => plan.has.map((each) => features[each].name).join(', ') || '–', wraps: true },
        {
          header: 'Do',
          actions: true,
          cell: (plan) => (
            <LinkButton size="small" href={`${href}/${plan.planCode}`} spoken={`Prices of ${plan.name}`}>
              Prices
            </LinkButton>
          ),
        },
      ]}
    />
  );
}

function PriceForm({ plan, body, refusal }: { plan: Plan; body: unknown; refusal: Refusal | undefined }) {
  const typed = fieldsOf(body);
  const refused = refusal && presentRefusal(refusal, 'UTC');
  const amount = ({ name, label }: (typeof amounts)[number]) => (
    <Field
      key={name}
      name={name}
      label={label}
      inputmode="decimal"
      prefix="$"
      width="short"
      required
      value={body ? typed(name) : writePrice(plan[name])}
      error={refused?.fields[name]}
    />
  );
  return (
    <Card title="New prices" description="A new version; the ones before stay as they were.">
      <Form action={`${href}/${plan.planCode}`} idempotencyKey={newKey()} refusal={refused?.sentence}>
        <FieldGroup legend="Charged">
          {amounts.filter((each) => each.isCharged).map(amount)}
          <Field
            name="includedMinutes"
            label="Minutes included each month"
            inputmode="numeric"
            width="short"
            required
            value={body ? typed('includedMinutes') : String(plan.includedMinutes)}
            error={refused?.fields.includedMinutes}
          />
          <Field
            name="creditsUnusedTime"
            label="A closing gives back what is left of the month"
            kind="checkbox"
            value="yes"
            checked={body ? typed('creditsUnusedTime') === 'yes' : plan.creditsUnusedTime}
          />
        </FieldGroup>
        <FieldGroup
          legend="Not charged yet"
          hint="Kept for later: nothing here makes such minutes, and no customer sees them."
        >
          {amounts.filter((each) => !each.isCharged).map(amount)}
        </FieldGroup>
        <Field
          name="effectiveFrom"
          label="From, in UTC"
          kind="datetime-local"
          width="medium"
          value={typed('effectiveFrom')}
          hint="Empty means the next full minute. Months that begin then or later cost this."
          error={refused?.fields.effectiveFrom}
        />
        <FormActions>
          <Button variant="primary">Set prices</Button>
          <LinkButton href={href} variant="ghost">
            Never mind
          </LinkButton>
        </FormActions>
      </Form>
    </Card>
  );
}

interface HistoryProps {
  versions: readonly PriceVersion[];
  names: ReadonlyMap<string, string>;
  now: Date;
}

function History({ versions, names, now }: HistoryProps) {
  const running = versions.find((each) => each.effectiveFrom <= now)?.version;
  const sayWhen = (each: PriceVersion) =>
    each.version === running ? 'now' : each.effectiveFrom > now ? 'to come' : 'before';
  return (
    <Table
      caption="Versions, the newest first"
      captionShown
      rows={versions}
      rowKey={(each) => each.version}
      grey={(each) => sayWhen(each) === 'before'}
      columns={[
        { header: 'Version', main: true, cell: (each) => `${each.version}, ${sayWhen(each)}` },
        {
          header: 'From',
          cell: (each) => <Moment at={each.effectiveFrom} text={formatMoment(each.effectiveFrom, 'UTC')} />,
        },
        { header: 'A month', numeric: true, cell: (each) => formatMoney(each.monthlyFeeMicros, each.currency) },
        { header: 'Local', numeric: true, cell: (each) => formatMoney(each.localNumberMicros, each.currency) },
        { header: 'Toll-free', numeric: true, cell: (each) => formatMoney(each.tollFreeNumberMicros, each.currency) },
        { header: 'Minute in', numeric: true, cell: (each) => formatRate(each.minuteInMicros, each.currency) },
        { header: 'Included', numeric: true, cell: (each) => `${formatCount(each.includedMinutes)} min` },
        { header: 'Unused time', cell: (each) => (each.creditsUnusedTime ? 'given back' : 'not given back') },
        {
          header: 'Set by',
          cell: (each) => (each.setBy ? (names.get(each.setBy) ?? 'Somebody who left') : 'Came with it'),
        },
      ]}
    />
  );
}
