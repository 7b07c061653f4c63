import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { accountShell, type Entered, enterAccount, labelOf } from '../../accounts/enter.ts';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import { no, Refused } from '../../rules/decision.ts';
import {
  type DailyVisitors,
  judgePool,
  type PoolSize,
  type PoolVerdict,
  suggestPoolSize,
  visitorsPerNumber,
} from '../../rules/poolSize.ts';
import { isLookedFor } from '../../rules/sources.ts';
import { answerForm } from '../../web/answer.ts';
import { refusalOf, troubleHref } from '../../web/askHref.ts';
import {
  Badge,
  Button,
  ButtonForm,
  Card,
  Confirmation,
  EmptyState,
  Field,
  Form,
  LinkButton,
  Moment,
  Notice,
  PageHeader,
  PhoneNumber,
  PlanList,
  Ringing,
  Stack,
  Stat,
  Stats,
  Table,
  TextLink,
  type Tone,
  TroubleLink,
} from '../../web/components.tsx';
import { formatAddress, formatAgo, formatCount, formatPhone } from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import type { ShownRefusal } from '../../web/present.ts';
import { fieldsOf, idOf, keyOf, sendPage } from '../../web/read.ts';
import { findSource, findSources, type TrackingSource } from '../sources/store.ts';
import { endPool } from './endPool.ts';
import { makePool } from './makePool.ts';
import { countDailyVisitors, findMeasuredVisits, findPoolNumbers, type PoolNumber } from './store.ts';

type AccountRequest = { Params: { accountId: string } };
type PoolRequest = { Params: { accountId: string; sourceId: string } };

/** The form offers the sources; one that is none of them was made up or has gone since. */
const noSource = { code: 'invalid-input', fields: { sourceId: 'Choose one of the sources.' } } as const;

/** Numbers → Number Pools. A pool is named by its source. */
export function registerPoolPages(app: FastifyInstance, house: House): void {
  app.get<AccountRequest>('/accounts/:accountId/pools', async (request, reply) => {
    const entered = await enterAccount(house, request, 'view-sources');
    return sendPage(reply, renderPage(await listPage(house, request, reply, entered)));
  });

  app.post<AccountRequest>('/accounts/:accountId/pools', async (request, reply) => {
    const entered = await enterAccount(house, request, 'view-sources');
    const { actor, account, base } = entered;
    const sourceId = Number(fieldsOf(request.body)('sourceId')) || 0;
    const decision = await makePool(house, actor, account.accountId, sourceId, keyOf(request));
    const isNone = !decision.ok && decision.refusal.code === 'not-found';
    return answerForm(reply, isNone ? no(noSource) : decision, {
      href: `${base}/pools/${sourceId}`,
      timeZone: account.timeZone,
      done: 'From now on its numbers are shared out visitor by visitor. Websites know within a minute.',
      again: (refused) => listPage(house, request, reply, entered, refused),
    });
  });

  app.get<PoolRequest>('/accounts/:accountId/pools/:sourceId', async (request, reply) => {
    const { entered, source } = await enterPool(house, request);
    return sendPage(reply, renderPage(await poolPage(house, request, reply, entered, source)));
  });

  app.get<PoolRequest>('/accounts/:accountId/pools/:sourceId/end', async (request, reply) => {
    const { entered, source } = await enterPool(house, request);
    return sendPage(reply, renderPage(await endPage(house, request, reply, entered, source)));
  });

  app.post<PoolRequest>('/accounts/:accountId/pools/:sourceId/end', async (request, reply) => {
    const { entered, source } = await enterPool(house, request);
    const { actor, account, base } = entered;
    const decision = await endPool(house, actor, account.accountId, source.trackingSourceId, keyOf(request));
    return answerForm(reply, decision, {
      href: `${base}/pools`,
      timeZone: account.timeZone,
      done: `The pool of ${source.name} has ended. Within a minute every visitor of it sees the same number.`,
      again: ({ sentence }) => endPage(house, request, reply, entered, source, sentence),
    });
  });
}

async function enterPool(
  house: House,
  request: FastifyRequest<PoolRequest>,
): Promise<{ entered: Entered; source: TrackingSource }> {
  const entered = await enterAccount(house, request, 'view-sources');
  const source = await findSource(house.db, entered.account.accountId, idOf(request.params.sourceId));
  if (!source?.isPool) throw new Refused({ code: 'not-found' });
  return { entered, source };
}

interface Judged {
  source: TrackingSource;
  size: PoolSize;
  verdict: PoolVerdict;
}

const looks: Record<PoolVerdict['verdict'], { tone: Tone; icon: 'check' | 'attention' | 'info' }> = {
  'too few': { tone: 'attention', icon: 'attention' },
  enough: { tone: 'good', icon: 'check' },
  'too many': { tone: 'info', icon: 'info' },
  'too early to tell': { tone: 'neutral', icon: 'info' },
};

function Verdict({ verdict }: { verdict: PoolVerdict }) {
  const { tone, icon } = looks[verdict.verdict];
  return (
    <Badge tone={tone} icon={icon}>
      {verdict.verdict}
    </Badge>
  );
}

const nobody: DailyVisitors = { last7Days: 0, last30Days: 0, daysKnown: 0 };

async function judgeAll(house: House, entered: Entered, sources: readonly TrackingSource[]): Promise<Judged[]> {
  const { account, now } = entered;
  const { bySource } = await countDailyVisitors(house.db, account.accountId, account.timeZone, now);
  const visits = await findMeasuredVisits(house.db, account.accountId, now);
  return sources.map((source) => {
    const size = suggestPoolSize(bySource.get(source.trackingSourceId) ?? nobody);
    return { source, size, verdict: judgePool(source.numbers, visits.get(source.trackingSourceId) ?? []) };
  });
}

const crumbs = (base: string, last?: string) => [
  { label: 'Numbers' },
  ...(last ? [{ label: 'Number Pools', href: `${base}/pools` }, { label: last }] : [{ label: 'Number Pools' }]),
];

async function listPage(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  entered: Entered,
  refused?: ShownRefusal,
) {
  const { account, base, may } = entered;
  const judged = await judgeAll(house, entered, await findSources(house.db, account.accountId));
  const pools = judged.filter((each) => each.source.isPool);
  const others = judged.filter((each) => !each.source.isPool && isLookedFor(each.source));
  return (
    <Page {...(await accountShell(house, request, reply, entered))} title="Number Pools" breadcrumbs={crumbs(base)}>
      <PageHeader
        title="Number Pools"
        description="A source with a pool shares its numbers out visitor by visitor, so that a call tells who it was: which keyword, which page. Without one, all its visitors see the same number."
      />
      <Stack>
        <Table
          caption="Number pools"
          rows={pools}
          rowKey={(pool) => pool.source.trackingSourceId}
          columns={[
            {
              header: 'Pool of',
              main: true,
              wraps: true,
              cell: ({ source }) => (
                <TextLink href={`${base}/pools/${source.trackingSourceId}`}>{source.name}</TextLink>
              ),
            },
            { header: 'Numbers', numeric: true, cell: ({ source }) => formatCount(source.numbers) },
            { header: 'Are they enough?', cell: ({ verdict }) => <Verdict verdict={verdict} /> },
            { header: 'Because', wraps: true, cell: ({ verdict }) => verdict.because },
            { header: 'Visitors a day', numeric: true, cell: ({ size }) => size.perDay7 },
            { header: 'Rule of thumb', numeric: true, cell: ({ size }) => formatCount(size.suggested) },
          ]}
          empty={
            <EmptyState icon="numbers" title="No number pools yet">
              Make one of a source that has several numbers, or is going to have: most often the advertisements that you
              pay for.
            </EmptyState>
          }
        />
        {may('edit-sources') && (
          <Card
            title="Make a pool"
            description={`By the rule of thumb it takes one number for every ${visitorsPerNumber} daily visitors of the source. After some days the pool’s page tells how many would have been enough.`}
          >
            {others.length === 0 ? (
              <EmptyState
                title="No source that could have one"
                action={<LinkButton href={`${base}/sources`}>Tracking Sources</LinkButton>}
              >
                It takes a source that is onsite and has rules.
              </EmptyState>
            ) : (
              <Form
                action={`${base}/pools`}
                idempotencyKey={newKey()}
                inline
                refusal={refused && Object.keys(refused.fields).length === 0 ? refused.sentence : undefined}
              >
                <Field
                  name="sourceId"
                  label="Source"
                  kind="select"
                  options={others.map(({ source, size }) => ({
                    value: String(source.trackingSourceId),
                    label: `${source.name}: has ${source.numbers}, by the rule of thumb ${size.suggested}`,
                  }))}
                  error={refused?.fields.sourceId}
                />
                <Button variant="primary">Make a pool</Button>
              </Form>
            )}
          </Card>
        )}
        <TroubleLink href={troubleHref(base, 'Number Pools', refusalOf(refused))} />
      </Stack>
    </Page>
  );
}

async function poolPage(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  entered: Entered,
  source: TrackingSource,
) {
  const { account, base, may, now } = entered;
  const [judged] = await judgeAll(house, entered, [source]);
  const { size, verdict } = judged!;
  const numbers = await findPoolNumbers(house.db, account.accountId, source.trackingSourceId, now);
  const live = numbers.filter((each) => each.isLive).length;
  const title = `Pool of ${source.name}`;
  return (
    <Page {...(await accountShell(house, request, reply, entered))} title={title} breadcrumbs={crumbs(base, title)}>
      <PageHeader
        title={title}
        badge={<Verdict verdict={verdict} />}
        description={verdict.because}
        actions={
          <>
            {may('buy-number') && (
              <LinkButton href={`${base}/numbers/buy`} icon="plus">
                Buy Numbers
              </LinkButton>
            )}
            {may('edit-sources') && (
              <LinkButton href={`${base}/pools/${source.trackingSourceId}/end`} dialog>
                End pool
              </LinkButton>
            )}
          </>
        }
      />
      <Stack>
        <Stats>
          <Stat label="Numbers" value={formatCount(numbers.length)} hint={`${formatCount(live)} in use now`} />
          <Stat
            label="Would have been enough, 7 days"
            value={verdict.needed === null ? '–' : formatCount(verdict.needed)}
            hint={verdict.needed === null ? 'not enough visits yet' : 'counted from the visits'}
          />
          <Stat
            label="By the rule of thumb"
            value={formatCount(size.suggested)}
            hint={`1 for every ${visitorsPerNumber} daily visitors`}
          />
          <Stat label="Visitors a day, 7 days" value={size.perDay7} />
          <Stat label="Visitors a day, 30 days" value={size.perDay30} />
        </Stats>
        <MoreNumbers source={source} verdict={verdict} size={size} />
        <Table
          caption="Its numbers, and who has them now"
          rows={numbers}
          rowKey={(number) => number.trackingNumberId}
          columns={[
            {
              header: 'Number',
              main: true,
              cell: (number) => (
                <PhoneNumber
                  text={formatPhone(number.phoneNumber)}
                  href={`${base}/numbers/${number.trackingNumberId}`}
                />
              ),
            },
            { header: 'Name', wraps: true, cell: (number) => number.name ?? '' },
            { header: 'Now', cell: (number) => <Holder number={number} entered={entered} /> },
            {
              header: 'Last shown',
              wraps: true,
              cell: (number) => number.lastShownAt && <LastShown number={number} now={now} />,
            },
          ]}
          empty={
            <EmptyState
              icon="numbers"
              title="The pool has no numbers yet"
              action={
                may('buy-number') ? (
                  <LinkButton href={`${base}/numbers/buy`} variant="primary">
                    Buy Numbers
                  </LinkButton>
                ) : undefined
              }
            >
              Give tracking numbers the source {source.name}, when they are bought or on their own pages.
            </EmptyState>
          }
        />
        <TroubleLink href={troubleHref(base, title)} />
      </Stack>
    </Page>
  );
}

/** How many to buy: what the visits say, and the rule of thumb until they say anything. */
function MoreNumbers({ source, verdict: { needed }, size }: Judged) {
  const more = (needed ?? size.suggested) - source.numbers;
  if (more <= 0) return null;
  return (
    <Notice
      kind="attention"
      title={
        needed === null
          ? `By the rule of thumb, ${formatCount(more)} more would be good`
          : `${formatCount(more)} more would have been enough`
      }
    >
      Buy numbers and give them the tracking source {source.name}; they join by themselves.
    </Notice>
  );
}

function LastShown({ number, now }: { number: PoolNumber; now: Date }) {
  const at = number.lastShownAt!;
  return (
    <>
      <Moment at={at} text={formatAgo(at, now)} />
      {number.pageUrl && <small class="under">{formatAddress(number.pageUrl)}</small>}
    </>
  );
}

function Holder({ number, entered: { base, may } }: { number: PoolNumber; entered: Entered }) {
  if (number.visitorId === null) return <span class="muted">never shown</span>;
  const who = `visitor ${number.visitorId}`;
  const link =
    number.visitId !== null && may('view-reports') ? (
      <TextLink href={`${base}/visits/${number.visitId}`}>{who}</TextLink>
    ) : (
      who
    );
  return number.isLive ? (
    <Ringing>
      <span>in use by {link}</span>
    </Ringing>
  ) : (
    <span>free; last {link}</span>
  );
}

async function endPage(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  entered: Entered,
  source: TrackingSource,
  refusal?: string,
) {
  const { account, base, may, now } = entered;
  const address = `${base}/pools/${source.trackingSourceId}`;
  const numbers = await findPoolNumbers(house.db, account.accountId, source.trackingSourceId, now);
  const [first] = numbers;
  return (
    <Page
      {...(await accountShell(house, request, reply, entered))}
      title="End pool"
      width="reading"
      breadcrumbs={crumbs(base, 'End pool')}
    >
      <Confirmation
        title={`End the pool of ${source.name}`}
        subject={{ name: account.name, label: labelOf(account.standing), agencyName: account.agencyName ?? undefined }}
        lead="The source and its numbers stay."
        actions={
          <>
            {may('edit-sources') && (
              <ButtonForm action={`${address}/end`} idempotencyKey={newKey()}>
                End pool
              </ButtonForm>
            )}
            <LinkButton href={address} variant="ghost" closesDialog>
              Never mind
            </LinkButton>
          </>
        }
        trouble={<TroubleLink href={troubleHref(base, `End the pool of ${source.name}`, refusal)} />}
      >
        {refusal && <Notice kind="refusal">{refusal}</Notice>}
        <PlanList
          label="What will happen"
          items={[
            {
              when: 'Within a minute',
              what: first
                ? `Every visitor of ${source.name} sees ${formatPhone(first.phoneNumber)}`
                : `Visitors of ${source.name} go on seeing the website’s own number`,
              detail: 'Of several numbers for one target number the oldest is shown.',
              tone: 'ends',
            },
            { what: 'Calls tell their source, and no longer which visitor it was', tone: 'ends' },
            { what: 'Numbers, calls and visits stay as they are', tone: 'keeps' },
          ]}
        />
      </Confirmation>
    </Page>
  );
}
