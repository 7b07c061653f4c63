import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { accountShell, type Entered, enterAccount } from '../accounts/enter.ts';
import { findNumbers, type TrackingNumber } from '../numbers/store.ts';
import type { House } from '../platform/house.ts';
import { newKey } from '../platform/ids.ts';
import { type CallEvent, type CallStatus, callStatuses, type Leg, type LegStatus } from '../rules/calls.ts';
import { Refused } from '../rules/decision.ts';
import { matching } from '../rules/matching.ts';
import { addDays } from '../rules/time.ts';
import {
  Badge,
  Button,
  Card,
  DefinitionList,
  EmptyState,
  Field,
  FilterPanel,
  Form,
  LinkButton,
  Moment,
  Notice,
  PageHeader,
  Pagination,
  type PlanItem,
  PlanList,
  Ringing,
  Stack,
  Stat,
  Stats,
  Table,
  TextLink,
  Toolbar,
} from '../web/components.tsx';
import {
  formatCount,
  formatDay,
  formatDuration,
  formatMoment,
  formatPhone,
  formatRate,
  formatShortMoment,
} from '../web/format.ts';
import { Page, renderPage } from '../web/layout.tsx';
import { type Place, readPlace, writePlace } from '../web/paging.ts';
import { presentRefusal, statusOf } from '../web/present.ts';
import { fieldsOf, goOn, idOf, keyOf, sendPage } from '../web/read.ts';
import { registerErasePages } from './erasePages.tsx';
import { placeTestCall } from './placeTestCall.ts';
import { findSourceNames } from './reports/store.ts';
import { sayRefusal } from './sayRefusal.ts';
import {
  type CallFilter,
  type CallLine,
  countCalls,
  findCall,
  findCalls,
  findCandidates,
  findEvents,
  findFirstTouches,
  findSeenPages,
} from './store.ts';
import { sayAdvertisement, shortAddress, VisitCard } from './visitCard.tsx';

type AccountRequest = { Params: { accountId: string } };

const pageSize = 50;

const statusNames: Record<CallStatus, string> = {
  ringing: 'Ringing',
  'in-progress': 'In progress',
  answered: 'Answered',
  'no-answer': 'No answer',
  busy: 'Busy',
  failed: 'Failed',
  refused: 'Refused',
};

/** Calls → Call Log, a call's own page, and the development's test call. */
export function registerCallPages(app: FastifyInstance, house: House): void {
  registerErasePages(app, house);

  app.get<AccountRequest>('/accounts/:accountId/calls', async (request, reply) => {
    const entered = await enterAccount(house, request, 'view-calls');
    return sendPage(reply, renderPage(await logPage(house, request, reply, entered)));
  });

  app.get<{ Params: { accountId: string; callId: string } }>(
    '/accounts/:accountId/calls/:callId',
    async (request, reply) => {
      const entered = await enterAccount(house, request, 'view-calls');
      const call = await findCall(house.db, entered.account.accountId, idOf(request.params.callId));
      if (!call) throw new Refused({ code: 'not-found' });
      return sendPage(reply, renderPage(await callPage(house, request, reply, entered, call)));
    },
  );

  app.post<AccountRequest>('/accounts/:accountId/test-calls', async (request, reply) => {
    const entered = await enterAccount(house, request);
    const { actor, account, base, may } = entered;
    const field = fieldsOf(request.body);
    const asked = { number: field('trackingNumberId'), from: field('from'), answers: field('answers') };
    const answers = asked.answers === 'busy' || asked.answers === 'no-answer' ? asked.answers : 'answered';
    const call = { trackingNumberId: idOf(asked.number), from: asked.from, answers } as const;
    const decision = await placeTestCall(house, actor, account.accountId, call, keyOf(request));
    const log = may('view-calls') ? `${base}/calls` : base;
    if (decision.ok)
      return goOn(reply, log, { kind: 'success', text: 'The call is on its way: it shows here while it rings.' });
    if (decision.refusal.code === 'not-found' || !may('view-calls')) throw new Refused(decision.refusal);
    const refused = { ...presentRefusal(decision.refusal, account.timeZone), ...asked };
    const page = renderPage(await logPage(house, request, reply, entered, refused));
    return sendPage(reply, page, statusOf(decision.refusal));
  });
}

const idPattern = /^\d{1,15}$/;
const campaignMax = 300;

/** The filters of the log, as they stand in its address; what makes no sense is as if it weren't there. */
export function readFilter(field: (name: string) => string): CallFilter {
  const status = callStatuses.find((each) => each === field('status'));
  const number = field('number');
  const source = field('source');
  const campaign = field('campaign').trim().slice(0, campaignMax);
  const caller = field('caller').replace(/\D/g, '').slice(0, 15);
  const before = readPlace(field('before'));
  const after = readPlace(field('after'));
  return {
    ...(status ? { status } : {}),
    ...(idPattern.test(number) ? { trackingNumberId: Number(number) } : {}),
    ...(idPattern.test(source) ? { trackingSourceId: Number(source) } : {}),
    ...(campaign ? { campaign } : {}),
    ...(caller ? { caller } : {}),
    ...(before ? { before } : after ? { after } : {}),
  };
}

const placeIn = ({ calledAt, callId }: CallLine): Place => ({ at: calledAt, id: callId });

/** One page of the log, with the places where the pages beside it begin. */
async function readLog(house: House, accountId: number, filter: CallFilter) {
  const found = await findCalls(house.db, accountId, filter, pageSize + 1);
  const isMore = found.length > pageSize;
  // Too few newer ones for a page: that is the newest page, which then is filled up.
  if (filter.after && !isMore) {
    const { after, ...newest } = filter;
    return readLog(house, accountId, newest);
  }
  const calls = filter.after ? found.slice(-pageSize) : found.slice(0, pageSize);
  const [first, last] = [calls[0], calls.at(-1)];
  return {
    calls,
    newer: first && (filter.before || filter.after) ? { after: writePlace(placeIn(first)) } : null,
    older: last && (isMore || filter.after) ? { before: writePlace(placeIn(last)) } : null,
  };
}

interface RefusedTestCall {
  sentence: string;
  fields: Readonly<Record<string, string>>;
  number: string;
  from: string;
  answers: string;
}

async function logPage(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  entered: Entered,
  refused?: RefusedTestCall,
) {
  const { account, base, now, may } = entered;
  const field = fieldsOf(request.query);
  const filter = readFilter(field);
  const { calls, newer, older } = await readLog(house, account.accountId, filter);
  const counts = await countCalls(house.db, account.accountId, addDays(now, -30));
  const numbers = await findNumbers(house.db, account.accountId, { filter: 'all', now });
  const sources = await findSourceNames(house.db, account.accountId);
  const filtered = ['status', 'number', 'source', 'campaign', 'caller'] as const;
  const kept = filtered.map((name): [string, string] => [name, field(name)]);
  const hrefTo = (place: Record<string, string> | null) =>
    place
      ? `${base}/calls?${new URLSearchParams([...kept.filter(([, value]) => value), ...Object.entries(place)])}`
      : undefined;
  const [first, last] = [calls[0], calls.at(-1)];
  const yearOf = (date: Date) => formatDay(date, account.timeZone).slice(-4);
  const ringable = numbers.filter((each) => each.boughtAt && !each.release?.returnedAt);
  const { before, after, ...conditions } = filter;
  const active = Object.keys(conditions).length;
  return (
    <Page
      {...(await accountShell(house, request, reply, entered))}
      title="Call Log"
      width="wide"
      breadcrumbs={[{ label: 'Calls' }, { label: 'Call Log' }]}
    >
      <PageHeader title="Call Log" description={`Newest first, in ${account.timeZone.replaceAll('_', ' ')} time.`} />
      <Stack>
        <Stats>
          <Stat label="Calls, 30 days" value={formatCount(counts.total)} />
          <Stat
            label="Answered"
            value={formatCount(counts.answered)}
            hint={counts.total > 0 ? `${Math.round((counts.answered / counts.total) * 100)} %` : undefined}
          />
          <Stat label="Missed" value={formatCount(counts.missed)} />
          <Stat label="Refused" value={formatCount(counts.refused)} />
          <Stat label="Talk" value={formatDuration(counts.talkSeconds)} />
        </Stats>
        {house.config.development && may('place-test-call') && ringable.length > 0 && (
          <TestCallCard base={base} numbers={ringable} refused={refused} />
        )}
        <Toolbar>
          <FilterPanel action={`${base}/calls`} active={active} clearHref={`${base}/calls`}>
            <Field
              name="status"
              label="Status"
              kind="select"
              value={filter.status ?? ''}
              options={[
                { value: '', label: 'Any status' },
                ...callStatuses.map((value) => ({ value, label: statusNames[value] })),
              ]}
            />
            <Field
              name="number"
              label="Tracking number"
              kind="select"
              value={String(filter.trackingNumberId ?? '')}
              options={[
                { value: '', label: 'Any number' },
                ...numbers.map((each) => ({ value: String(each.trackingNumberId), label: nameOf(each) })),
              ]}
            />
            <Field
              name="source"
              label="Source"
              kind="select"
              value={String(filter.trackingSourceId ?? '')}
              options={[
                { value: '', label: 'Any source' },
                ...[...sources]
                  .map(([value, label]) => ({ value, label }))
                  .toSorted((a, b) => (a.label < b.label ? -1 : 1)),
              ]}
            />
            <Field
              name="campaign"
              label="Campaign"
              value={filter.campaign ?? ''}
              hint={`Of a visit that is at least ${matching.countedPercent} % likely.`}
            />
            <Field name="caller" label="Caller’s digits" kind="tel" value={filter.caller ?? ''} />
          </FilterPanel>
        </Toolbar>
        <Table
          caption="Calls"
          rows={calls}
          rowKey={(call) => call.callId}
          grey={(call) => call.status === 'refused'}
          columns={[
            {
              header: 'When',
              cell: (call) => (
                <>
                  <TextLink href={`${base}/calls/${call.callId}`} quiet>
                    <Moment at={call.calledAt} text={formatShortMoment(call.calledAt, account.timeZone)} />
                  </TextLink>
                  {yearOf(call.calledAt) !== yearOf(now) && <small class="under">{yearOf(call.calledAt)}</small>}
                </>
              ),
            },
            {
              header: 'Caller',
              main: true,
              cell: (call) => (
                <>
                  {callerOf(call)}
                  {placeOf(call) && <small class="under">{placeOf(call)}</small>}
                </>
              ),
            },
            {
              header: 'Number',
              cell: (call) => (
                <>
                  {formatPhone(call.trackingNumber)}
                  {call.receivingNumber && <small class="under">to {formatPhone(call.receivingNumber)}</small>}
                </>
              ),
            },
            {
              header: 'Source',
              wraps: true,
              cell: (call) => (
                <>
                  {call.sourceName ?? ''}
                  {call.trackingName && <small class="under">{call.trackingName}</small>}
                  {call.visit && (
                    <small class="under wrap-anywhere">
                      {[`${call.visit.likelihoodPercent} % likely`, sayAdvertisement(call.visit)]
                        .filter(Boolean)
                        .join(': ')}
                    </small>
                  )}
                  {call.visit && (
                    <small class="under wrap-anywhere">
                      {[shortAddress(call.visit.landingUrl), call.visit.clickIdKind].filter(Boolean).join(', ')}
                    </small>
                  )}
                </>
              ),
            },
            { header: 'Status', cell: (call) => <StatusBadge call={call} /> },
            {
              header: 'Duration',
              numeric: true,
              cell: (call) => (
                <>
                  {call.durationSeconds !== null && formatDuration(call.durationSeconds)}
                  {call.talkSeconds !== null && <small class="under">talk {formatDuration(call.talkSeconds)}</small>}
                </>
              ),
            },
            {
              header: 'Charge',
              numeric: true,
              cell: (call) => (call.chargeMicros === null ? '' : formatRate(call.chargeMicros, 'USD')),
            },
          ]}
          empty={
            <EmptyState
              icon="calls"
              title={active > 0 ? 'No call fits' : 'No calls yet'}
              action={active > 0 ? <LinkButton href={`${base}/calls`}>Clear the filter</LinkButton> : undefined}
            >
              {active > 0 ? 'Widen the filter, or clear it.' : 'A call shows here while it rings.'}
            </EmptyState>
          }
        />
        {(older || newer) && first && last && (
          <Pagination
            summary={`${formatMoment(first.calledAt, account.timeZone)} back to ${formatMoment(last.calledAt, account.timeZone)}`}
            previousHref={hrefTo(newer)}
            previousLabel="Newer"
            nextHref={hrefTo(older)}
            nextLabel="Older"
          />
        )}
      </Stack>
    </Page>
  );
}

const nameOf = (number: TrackingNumber): string =>
  [formatPhone(number.phoneNumber), number.name, number.release && 'released'].filter(Boolean).join(', ');

function TestCallCard({
  base,
  numbers,
  refused,
}: {
  base: string;
  numbers: readonly TrackingNumber[];
  refused?: RefusedTestCall | undefined;
}) {
  return (
    <Card
      title="Place a test call"
      description="Development only: the simulated carrier rings a number of this account."
    >
      <Form
        action={`${base}/test-calls`}
        idempotencyKey={newKey()}
        inline
        refusal={refused && Object.keys(refused.fields).length === 0 ? refused.sentence : undefined}
      >
        <Field
          name="trackingNumberId"
          label="Tracking number"
          kind="select"
          value={refused?.number ?? String(numbers[0]!.trackingNumberId)}
          options={numbers.map((each) => ({ value: String(each.trackingNumberId), label: nameOf(each) }))}
        />
        <Field
          name="from"
          label="From"
          kind="tel"
          width="medium"
          required
          value={refused?.from ?? '(212) 555-0177'}
          error={refused?.fields.from}
        />
        <Field
          name="answers"
          label="Receiver"
          kind="select"
          value={refused?.answers ?? 'answered'}
          options={[
            { value: 'answered', label: 'answers' },
            { value: 'busy', label: 'is busy' },
            { value: 'no-answer', label: 'does not answer' },
          ]}
        />
        <Button icon="calls">Call now</Button>
      </Form>
    </Card>
  );
}

function callerOf({ callerNumber, callerErasedAt }: CallLine): string {
  if (callerNumber) return formatPhone(callerNumber);
  return callerErasedAt ? 'Erased caller' : 'Number withheld';
}

/** Carriers write cities in capitals. */
function placeOf({ callerCity, callerRegion }: CallLine): string {
  const city = callerCity?.toLowerCase().replace(/(?<!\p{L})\p{L}/gu, (letter) => letter.toUpperCase());
  return [city, callerRegion].filter(Boolean).join(', ');
}

function StatusBadge({ call }: { call: CallLine }) {
  if (call.status === 'ringing') return <Ringing>Ringing</Ringing>;
  if (call.status === 'in-progress') return <Ringing>In progress</Ringing>;
  if (call.status === 'answered')
    return (
      <Badge tone="good" icon="check">
        Answered
      </Badge>
    );
  if (call.status === 'refused')
    return (
      <Badge tone="ended" icon="stop">
        Refused
      </Badge>
    );
  return (
    <Badge tone={call.status === 'failed' ? 'bad' : 'attention'} icon="attention">
      {statusNames[call.status]}
    </Badge>
  );
}

async function callPage(house: House, request: FastifyRequest, reply: FastifyReply, entered: Entered, call: CallLine) {
  const { account, base, may } = entered;
  const events = await findEvents(house.db, { accountId: account.accountId, callId: call.callId });
  const show = (date: Date) => <Moment at={date} text={formatMoment(date, account.timeZone)} />;
  const title = callerOf(call);
  return (
    <Page
      {...(await accountShell(house, request, reply, entered))}
      title={title}
      breadcrumbs={[{ label: 'Calls' }, { label: 'Call Log', href: `${base}/calls` }, { label: title }]}
    >
      <PageHeader
        title={title}
        badge={<StatusBadge call={call} />}
        description={show(call.calledAt)}
        actions={
          may('erase-person') && call.callerNumber ? (
            <LinkButton href={`${base}/calls/${call.callId}/erasure/new`} dialog>
              Erase caller
            </LinkButton>
          ) : undefined
        }
      />
      <Stack>
        {call.refusedBecause && (
          <Notice kind="attention" title="This call was refused">
            {sayRefusal(call.refusedBecause)} The caller heard the message for refused callers.
          </Notice>
        )}
        <DefinitionList
          items={[
            {
              term: 'Caller',
              description: (
                <>
                  {title}
                  {placeOf(call) && `, ${placeOf(call)}`}
                </>
              ),
            },
            {
              term: 'Tracking number',
              description: (
                <TextLink href={`${base}/numbers/${call.trackingNumberId}`}>
                  {formatPhone(call.trackingNumber)}
                  {call.trackingName && `, ${call.trackingName}`}
                </TextLink>
              ),
            },
            { term: 'Source', description: call.sourceName ?? 'None' },
            {
              term: 'Receiving number',
              description: call.receivingNumber ? formatPhone(call.receivingNumber) : 'None',
            },
            { term: 'Rang', description: call.ringSeconds === null ? '–' : formatDuration(call.ringSeconds) },
            { term: 'Talked', description: call.talkSeconds === null ? '–' : formatDuration(call.talkSeconds) },
            {
              term: 'Duration',
              description: call.durationSeconds === null ? '–' : formatDuration(call.durationSeconds),
            },
            {
              term: 'Charge',
              description: call.chargeMicros === null ? 'None' : formatRate(call.chargeMicros, 'USD'),
              hint:
                call.chargedMinutes === null
                  ? 'Only talk is charged.'
                  : `${call.chargedMinutes} min of talk: every minute begun counts.`,
            },
          ]}
        />
        {await visitOf(house, entered, call)}
        <Card title="What happened">
          <PlanList label="What happened" items={timeline(call, events)} />
        </Card>
      </Stack>
    </Page>
  );
}

const pagesMax = 50;

/** The call's visit, as its page shows it. */
async function visitOf(house: House, { account, base, may }: Entered, call: CallLine) {
  const { accountId, timeZone } = account;
  const candidates = await findCandidates(house.db, { accountId, ...call });
  const [likeliest] = candidates;
  const touches = await findFirstTouches(house.db, accountId, likeliest ? [likeliest.visitorId] : []);
  const pages = likeliest ? await findSeenPages(house.db, accountId, likeliest.visitId, call.calledAt, pagesMax) : [];
  return (
    <VisitCard
      {...call}
      candidates={candidates}
      firstTouch={likeliest && touches.get(likeliest.visitorId)}
      pages={pages}
      pagesMax={pagesMax}
      timeZone={timeZone}
      visitHref={may('view-reports') ? (visitId) => `${base}/visits/${visitId}` : null}
    />
  );
}

/** The carrier's moments are whole seconds: within one, the receiver's side comes first. */
const legs: readonly Leg[] = ['receiver', 'caller'];

/** The call from its arrival on, each step with how long after the arrival it was. */
function timeline(call: CallLine, events: readonly CallEvent[]): PlanItem[] {
  const { calledAt, receivingNumber, refusedBecause, trackingNumber } = call;
  const after = (at: Date) => `+ ${formatDuration((at.getTime() - calledAt.getTime()) / 1000)}`;
  const steps = events
    .filter((event) => event.status !== 'initiated' && !isToldTwice(event, events))
    .toSorted((a, b) => a.at.getTime() - b.at.getTime() || legs.indexOf(a.leg) - legs.indexOf(b.leg))
    .map((event): PlanItem => ({ when: after(event.at), ...stepOf(event) }));
  const routed: PlanItem = refusedBecause
    ? { when: after(calledAt), what: `Refused. ${sayRefusal(refusedBecause)}`, tone: 'ends' }
    : { when: after(calledAt), what: `Forwarded to ${formatPhone(receivingNumber ?? '')}` };
  return [{ when: after(calledAt), what: `It arrived at ${formatPhone(trackingNumber)}` }, routed, ...steps];
}

/** The end of the forwarding repeats the end of the receiver's leg. */
const isToldTwice = (event: CallEvent, events: readonly CallEvent[]): boolean =>
  events.some(
    (other) => other.leg === event.leg && other.status === event.status && other.sequenceNumber < event.sequenceNumber,
  );

function stepOf({ leg, status, durationSeconds }: CallEvent): Pick<PlanItem, 'what' | 'detail' | 'tone'> {
  const detail = durationSeconds ? formatDuration(durationSeconds) : undefined;
  const side = leg === 'caller' ? callerSteps : receiverSteps;
  return { what: side[status], detail, ...(status === 'in-progress' ? { tone: 'keeps' } : {}) };
}

const receiverSteps: Record<LegStatus, string> = {
  queued: 'The receiver is about to be dialed',
  initiated: 'The receiver was dialed',
  ringing: 'The receiver rang',
  'in-progress': 'The receiver answered',
  completed: 'The talk ended',
  busy: 'The receiver was busy',
  'no-answer': 'The receiver did not answer',
  failed: 'The receiver could not be reached',
  canceled: 'It stopped ringing: the caller had hung up',
};

const callerSteps: Record<LegStatus, string> = {
  queued: 'The caller waits',
  initiated: 'The caller dialed',
  ringing: 'The caller hears ringing',
  'in-progress': 'The caller is on the line',
  completed: 'The call ended',
  busy: 'The call ended: the caller heard busy',
  'no-answer': 'The call ended unanswered',
  failed: 'The call failed',
  canceled: 'The caller hung up before an answer',
};
