import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { accountShell, type Entered, enterAccount } from '../accounts/enter.ts';
import { findNumbers } from '../numbers/store.ts';
import type { House } from '../platform/house.ts';
import { newKey } from '../platform/ids.ts';
import { type CallStatus, callStatuses } from '../rules/calls.ts';
import { Refused } from '../rules/decision.ts';
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
  formatDuration,
  formatMoment,
  formatMoney,
  formatPhone,
  formatShortMoment,
} from '../web/format.ts';
import { Page, renderPage } from '../web/layout.tsx';
import { presentRefusal } from '../web/present.ts';
import { fieldsOf, goOn, idOf, keyOf, sendPage } from '../web/read.ts';
import { placeTestCall } from './placeTestCall.ts';
import { type CallFilter, type CallLine, countCalls, findCall, findCalls, findEvents } from './store.ts';

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
    const { actor, account, base, may } = await enterAccount(house, request);
    const field = fieldsOf(request.body);
    const given = field('answers');
    const answers = given === 'busy' || given === 'no-answer' ? given : 'answered';
    const call = { trackingNumberId: idOf(field('trackingNumberId')), from: field('from'), answers } as const;
    const decision = await placeTestCall(house, actor, account.accountId, call, keyOf(request));
    if (!decision.ok && decision.refusal.code === 'not-found') throw new Refused(decision.refusal);
    const notice = decision.ok
      ? ({ kind: 'success', text: 'The call is on its way: it shows here while it rings.' } as const)
      : ({
          kind: 'refusal',
          text:
            Object.values(presentRefusal(decision.refusal, account.timeZone).fields)[0] ??
            presentRefusal(decision.refusal, account.timeZone).sentence,
        } as const);
    return goOn(reply, may('view-calls') ? `${base}/calls` : base, notice);
  });
}

/** The filters of the log, as they stand in its address; what makes no sense is as if it weren't there. */
export function readFilter(field: (name: string) => string): CallFilter {
  const status = callStatuses.find((each) => each === field('status'));
  const number = field('number');
  const caller = field('caller').slice(0, 30);
  const [calledAt, callId] = field('before').split('~');
  const before =
    calledAt && callId && !Number.isNaN(Date.parse(calledAt)) && /^\d{1,16}$/.test(callId)
      ? { calledAt: new Date(calledAt), callId: Number(callId) }
      : undefined;
  return {
    ...(status ? { status } : {}),
    ...(/^\d{1,16}$/.test(number) ? { trackingNumberId: Number(number) } : {}),
    ...(caller ? { caller } : {}),
    ...(before ? { before } : {}),
  };
}

async function logPage(house: House, request: FastifyRequest, reply: FastifyReply, entered: Entered) {
  const { account, base, now } = entered;
  const field = fieldsOf(request.query);
  const filter = readFilter(field);
  const calls = await findCalls(house.db, account.accountId, filter, pageSize + 1);
  const shown = calls.slice(0, pageSize);
  const counts = await countCalls(house.db, account.accountId, addDays(now, -30));
  const numbers = await findNumbers(house.db, account.accountId, { filter: 'all', now });
  const kept = { status: field('status'), number: field('number'), caller: field('caller') };
  const last = shown.at(-1);
  const older =
    calls.length > pageSize && last
      ? `${base}/calls?${new URLSearchParams({ ...kept, before: `${last.calledAt.toISOString()}~${last.callId}` })}`
      : undefined;
  const newest = filter.before ? `${base}/calls?${new URLSearchParams(kept)}` : undefined;
  const active = [filter.status, filter.trackingNumberId, filter.caller].filter((each) => each !== undefined).length;
  const bought = numbers.filter((each) => each.boughtAt);
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
                ...numbers.map((each) => ({
                  value: String(each.trackingNumberId),
                  label: `${formatPhone(each.phoneNumber)}${each.name ? `, ${each.name}` : ''}`,
                })),
              ]}
            />
            <Field name="caller" label="Caller’s digits" kind="tel" value={filter.caller ?? ''} />
          </FilterPanel>
        </Toolbar>
        <Table
          caption="Calls"
          rows={shown}
          rowKey={(call) => call.callId}
          grey={(call) => call.status === 'refused'}
          columns={[
            {
              header: 'When',
              cell: (call) => (
                <TextLink href={`${base}/calls/${call.callId}`} quiet>
                  <Moment at={call.calledAt} text={formatShortMoment(call.calledAt, account.timeZone)} />
                </TextLink>
              ),
            },
            {
              header: 'Caller',
              main: true,
              cell: (call) => (
                <>
                  {callerOf(call)}
                  {call.callerCity && (
                    <small class="under">
                      {call.callerCity}, {call.callerRegion}
                    </small>
                  )}
                </>
              ),
            },
            {
              header: 'Numbers',
              cell: (call) => (
                <>
                  {formatPhone(call.trackingNumber)}
                  {call.receivingNumber && <small class="under">to {formatPhone(call.receivingNumber)}</small>}
                </>
              ),
            },
            { header: 'Source', cell: (call) => call.sourceName ?? call.trackingName ?? '', wraps: true },
            { header: 'Status', cell: (call) => <StatusBadge call={call} /> },
            {
              header: 'Duration',
              numeric: true,
              cell: (call) => (call.durationSeconds === null ? '' : formatDuration(call.durationSeconds)),
            },
            {
              header: 'Talk',
              numeric: true,
              cell: (call) => (call.talkSeconds === null ? '' : formatDuration(call.talkSeconds)),
            },
            {
              header: 'Charge',
              numeric: true,
              cell: (call) => (call.chargeMicros === null ? '' : formatMoney(call.chargeMicros, 'USD')),
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
        {(older || newest) && (
          <Pagination
            summary={`${shown.length} calls`}
            previousHref={newest}
            previousLabel="Newest"
            nextHref={older}
            nextLabel="Older"
          />
        )}
        {house.config.development && bought.length > 0 && (
          <Card
            title="Place a test call"
            description="Development only: the simulated carrier rings a number of this account."
          >
            <Form action={`${base}/test-calls`} idempotencyKey={newKey()} inline>
              <Field
                name="trackingNumberId"
                label="Tracking number"
                kind="select"
                value={String(bought[0]!.trackingNumberId)}
                options={bought.map((each) => ({
                  value: String(each.trackingNumberId),
                  label: `${formatPhone(each.phoneNumber)}${each.name ? `, ${each.name}` : ''}`,
                }))}
              />
              <Field name="from" label="From" kind="tel" width="medium" value="(212) 555-0177" />
              <Field
                name="answers"
                label="Receiver"
                kind="select"
                value="answered"
                options={[
                  { value: 'answered', label: 'answers' },
                  { value: 'busy', label: 'is busy' },
                  { value: 'no-answer', label: 'does not answer' },
                ]}
              />
              <Button icon="calls">Call now</Button>
            </Form>
          </Card>
        )}
      </Stack>
    </Page>
  );
}

const callerOf = (call: CallLine): string => (call.callerNumber ? formatPhone(call.callerNumber) : 'Number withheld');

const reasons: Record<string, string> = {
  canceled: 'The account is canceled.',
  released: 'The number is released.',
  stopped: 'Incoming calls are stopped.',
  'no funds': 'The available balance is used up.',
  'no receiving number': 'The number has no receiving number yet.',
};

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
  const { account, base } = entered;
  const events = await findEvents(house.db, { accountId: account.accountId, callId: call.callId });
  const show = (date: Date) => <Moment at={date} text={formatMoment(date, account.timeZone)} />;
  const title = callerOf(call);
  return (
    <Page
      {...(await accountShell(house, request, reply, entered))}
      title={title}
      breadcrumbs={[{ label: 'Calls' }, { label: 'Call Log', href: `${base}/calls` }, { label: title }]}
    >
      <PageHeader title={title} badge={<StatusBadge call={call} />} description={show(call.calledAt)} />
      <Stack>
        {call.refusedBecause && (
          <Notice kind="attention" title="This call was refused">
            {reasons[call.refusedBecause] ?? call.refusedBecause} The caller heard the message for refused callers.
          </Notice>
        )}
        <DefinitionList
          items={[
            {
              term: 'Caller',
              description: (
                <>
                  {title}
                  {call.callerCity && `, ${call.callerCity}, ${call.callerRegion}`}
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
              description: call.chargeMicros === null ? 'None' : formatMoney(call.chargeMicros, 'USD'),
            },
          ]}
        />
        <Table
          caption="What the carrier told"
          captionShown
          dense
          rows={events.toSorted((a, b) => a.at.getTime() - b.at.getTime() || a.sequenceNumber - b.sequenceNumber)}
          rowKey={(event) => `${event.leg} ${event.sequenceNumber} ${event.status}`}
          columns={[
            { header: 'When', cell: (event) => show(event.at) },
            { header: 'Leg', main: true, cell: (event) => (event.leg === 'caller' ? 'Caller' : 'Receiver') },
            { header: 'Status', cell: (event) => event.status },
            {
              header: 'Duration',
              numeric: true,
              cell: (event) => (event.durationSeconds === null ? '' : formatDuration(event.durationSeconds)),
            },
          ]}
          empty={<p class="field-hint">Nothing yet.</p>}
        />
      </Stack>
    </Page>
  );
}
