import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { accountShell, type Entered, enterAccount, labelOf } from '../../accounts/enter.ts';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import { Refused } from '../../rules/decision.ts';
import { answerForm } from '../../web/answer.ts';
import { troubleHref } from '../../web/askHref.ts';
import {
  ButtonForm,
  Card,
  type Column,
  Confirmation,
  DefinitionList,
  EmptyState,
  LinkButton,
  Moment,
  Notice,
  PageHeader,
  Pagination,
  PhoneNumber,
  PlanList,
  Stack,
  Table,
  TextLink,
  TroubleLink,
} from '../../web/components.tsx';
import {
  formatAddress,
  formatAgo,
  formatCount,
  formatDuration,
  formatMoment,
  formatPhone,
  formatShortMoment,
} from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import { readPlace, writePlace } from '../../web/paging.ts';
import { fieldsOf, idOf, keyOf, sendPage } from '../../web/read.ts';
import { eraseVisitor } from '../eraseVisitor.ts';
import {
  findCallsOfVisit,
  findLiveVisits,
  findPageViews,
  findShowings,
  findVisit,
  findVisitor,
  findVisits,
  findVisitsOf,
  type VisitLine,
  type Visitor,
} from './store.ts';

type AccountRequest = { Params: { accountId: string } };
type VisitRequest = { Params: { accountId: string; visitId: string } };
type VisitorRequest = { Params: { accountId: string; visitorId: string } };

/** Whoever gave a sign of life within so much counts as there. */
const liveMinutes = 2;
const liveMax = 100;
const pageSize = 50;
const pageViewsMax = 200;
const otherVisitsMax = 50;
const callsMax = 50;

/** Reports → Visitors: who is on the website now, and who was. */
export function registerVisitorPages(app: FastifyInstance, house: House): void {
  app.get<AccountRequest>('/accounts/:accountId/visitors', async (request, reply) => {
    const entered = await enterAccount(house, request, 'view-reports');
    return sendPage(reply, renderPage(await listPage(house, request, reply, entered)));
  });

  app.get<VisitRequest>('/accounts/:accountId/visits/:visitId', async (request, reply) => {
    const entered = await enterAccount(house, request, 'view-reports');
    const visit = await findVisit(house.db, entered.account.accountId, idOf(request.params.visitId));
    if (!visit) throw new Refused({ code: 'not-found' });
    return sendPage(reply, renderPage(await visitPage(house, request, reply, entered, visit)));
  });

  app.get<VisitorRequest>('/accounts/:accountId/visitors/:visitorId/erase', async (request, reply) => {
    const { entered, visitor } = await enterVisitor(house, request);
    return sendPage(reply, renderPage(await erasePage(house, request, reply, entered, visitor)));
  });

  app.post<VisitorRequest>('/accounts/:accountId/visitors/:visitorId/erase', async (request, reply) => {
    const { entered, visitor } = await enterVisitor(house, request);
    const { actor, account, base } = entered;
    const decision = await eraseVisitor(house, actor, account.accountId, visitor.sid, keyOf(request));
    return answerForm(reply, decision, {
      href: `${base}/visitors`,
      timeZone: account.timeZone,
      done: 'The visitor is erased, with all visits and pages. The journal says that it was done, not who it was.',
      again: ({ sentence }) => erasePage(house, request, reply, entered, visitor, sentence),
    });
  });
}

async function enterVisitor(
  house: House,
  request: FastifyRequest<VisitorRequest>,
): Promise<{ entered: Entered; visitor: Visitor }> {
  const entered = await enterAccount(house, request, 'view-reports');
  const visitor = await findVisitor(house.db, entered.account.accountId, idOf(request.params.visitorId));
  if (!visitor) throw new Refused({ code: 'not-found' });
  return { entered, visitor };
}

const crumbs = (base: string, last?: string) => [
  { label: 'Reports' },
  ...(last ? [{ label: 'Visitors', href: `${base}/visitors` }, { label: last }] : [{ label: 'Visitors' }]),
];

/** Source, and below it what the advertisement said of itself. */
function Came({ visit }: { visit: VisitLine }) {
  const tags = [visit.utmMedium, visit.utmCampaign, visit.utmTerm].filter(Boolean).join(' · ');
  return (
    <>
      {visit.sourceName ?? <span class="muted">no source</span>}
      {tags && <small class="under">{tags}</small>}
    </>
  );
}

const shownColumn: Column<VisitLine> = {
  header: 'Number shown',
  cell: (visit) =>
    visit.shown.length === 0 ? (
      <span class="muted">its own</span>
    ) : (
      visit.shown.map((phone) => (
        <div key={phone}>
          <PhoneNumber text={formatPhone(phone)} />
        </div>
      ))
    ),
};

const deviceOf = ({ device, browser }: VisitLine): string => [device, browser].filter(Boolean).join(', ');

async function listPage(house: House, request: FastifyRequest, reply: FastifyReply, entered: Entered) {
  const { account, base, now } = entered;
  const before = readPlace(fieldsOf(request.query)('before'));
  const since = new Date(now.getTime() - liveMinutes * 60_000);
  const live = before ? [] : await findLiveVisits(house.db, account.accountId, since, liveMax);
  const found = await findVisits(house.db, account.accountId, { before, limit: pageSize + 1 });
  const visits = found.slice(0, pageSize);
  const last = found.length > pageSize ? visits.at(-1) : undefined;
  return (
    <Page
      {...(await accountShell(house, request, reply, entered))}
      title="Visitors"
      width="wide"
      breadcrumbs={crumbs(base)}
    >
      <PageHeader
        title="Visitors"
        description={`On the website now, and before. Moments are ${account.timeZone.replaceAll('_', ' ')} time.`}
        actions={<LinkButton href={`${base}/visitors`}>Look again</LinkButton>}
      />
      <Stack>
        {!before && (
          <Card title="On the website now" description={`Who gave a sign of life within ${liveMinutes} minutes.`} flush>
            <Table
              caption="On the website now"
              rows={live}
              rowKey={(visit) => `live-${visit.visitId}`}
              columns={[
                {
                  header: 'Page',
                  main: true,
                  wraps: true,
                  cell: (visit) => (
                    <TextLink href={`${base}/visits/${visit.visitId}`}>{formatAddress(visit.pageUrl)}</TextLink>
                  ),
                },
                { header: 'Source', wraps: true, cell: (visit) => <Came visit={visit} /> },
                shownColumn,
                { header: 'Pages', numeric: true, cell: (visit) => formatCount(visit.pageCount) },
                { header: 'Since', cell: (visit) => formatAgo(visit.begunAt, now) },
                { header: 'Device', wraps: true, cell: deviceOf },
              ]}
              empty={
                <EmptyState title="Nobody just now">
                  Open the website in another window: you appear here, with the number that you are shown.
                </EmptyState>
              }
            />
          </Card>
        )}
        <Table
          caption={before ? 'Earlier visits' : 'Recent visits'}
          captionShown
          rows={visits}
          rowKey={(visit) => visit.visitId}
          columns={[
            {
              header: 'When',
              main: true,
              cell: (visit) => (
                <TextLink href={`${base}/visits/${visit.visitId}`}>
                  <Moment at={visit.begunAt} text={formatShortMoment(visit.begunAt, account.timeZone)} />
                </TextLink>
              ),
            },
            { header: 'Source', wraps: true, cell: (visit) => <Came visit={visit} /> },
            { header: 'Landing page', wraps: true, cell: (visit) => formatAddress(visit.landingUrl) },
            { header: 'Pages', numeric: true, cell: (visit) => formatCount(visit.pageCount) },
            shownColumn,
            { header: 'Device', wraps: true, cell: deviceOf },
          ]}
          empty={
            <EmptyState
              icon="agency"
              title="No visits yet"
              action={
                entered.may('view-sources') ? (
                  <LinkButton href={`${base}/tracking-code`}>Tracking Code</LinkButton>
                ) : undefined
              }
            >
              They appear as soon as the tracking code runs on the website.
            </EmptyState>
          }
        />
        {(before || last) && (
          <Pagination
            summary={`${formatCount(visits.length)} visits`}
            previousHref={before ? `${base}/visitors` : undefined}
            previousLabel="Newest"
            nextHref={
              last ? `${base}/visitors?before=${writePlace({ at: last.begunAt, id: last.visitId })}` : undefined
            }
            nextLabel="Earlier"
          />
        )}
      </Stack>
    </Page>
  );
}

const tagsOf = (visit: VisitLine): [string, string | null][] => [
  ['utm_source', visit.utmSource],
  ['Medium', visit.utmMedium],
  ['Campaign', visit.utmCampaign],
  ['Keyword', visit.utmTerm],
  ['Content', visit.utmContent],
  [visit.clickIdKind ?? 'Click id', visit.clickId],
];

async function visitPage(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  entered: Entered,
  visit: VisitLine,
) {
  const { account, base, may, now } = entered;
  const { accountId } = account;
  const pages = await findPageViews(house.db, accountId, visit.visitId, pageViewsMax);
  const showings = await findShowings(house.db, accountId, visit.visitId);
  const visits = await findVisitsOf(house.db, accountId, visit.visitorId, otherVisitsMax);
  const calls = may('view-calls') ? await findCallsOfVisit(house.db, accountId, visit.visitId, callsMax) : [];
  const first = visits[0] ?? visit;
  const last = visits.filter((each) => each.begunAt <= visit.begunAt).at(-1) ?? visit;
  const title = `Visit of ${formatShortMoment(visit.begunAt, account.timeZone)}`;
  const moment = (at: Date) => <Moment at={at} text={formatMoment(at, account.timeZone)} />;
  const short = (at: Date) => <Moment at={at} text={formatShortMoment(at, account.timeZone)} />;
  const touch = (term: string, each: VisitLine) => ({
    term,
    description: `${each.referrer ? `From ${formatAddress(each.referrer)}` : 'Without a referrer'}, to ${formatAddress(each.landingUrl)}`,
    hint: moment(each.begunAt),
  });
  return (
    <Page {...(await accountShell(house, request, reply, entered))} title={title} breadcrumbs={crumbs(base, title)}>
      <PageHeader
        title={title}
        description={`Visitor ${visit.visitorId}, ${visits.length === 1 ? 'their only visit' : `one of ${visits.length}${visits.length === otherVisitsMax ? ' or more' : ''} visits`}. Last sign of life ${formatAgo(visit.lastSeenAt, now)}.`}
        actions={
          may('erase-person') ? (
            <LinkButton href={`${base}/visitors/${visit.visitorId}/erase`} dialog>
              Erase this visitor
            </LinkButton>
          ) : undefined
        }
      />
      <Stack>
        <Card title="How they came">
          <DefinitionList
            items={[
              { term: 'Source', description: visit.sourceName ?? 'None' },
              touch('First touch', first),
              touch('Last touch', last),
              { term: 'Referrer', description: <span class="address">{visit.referrer ?? 'None'}</span> },
              { term: 'Landing page', description: <span class="address">{visit.landingUrl}</span> },
              ...tagsOf(visit).flatMap(([term, description]) =>
                description ? [{ term, description: <span class="address">{description}</span> }] : [],
              ),
              { term: 'Device', description: deviceOf(visit) || 'Unknown' },
              { term: 'Address', description: visit.address ?? 'Not kept' },
            ]}
          />
        </Card>
        <Table
          caption="Numbers that they were shown"
          captionShown
          rows={showings}
          rowKey={(showing) => `shown-${showing.trackingNumberId}`}
          columns={[
            {
              header: 'Number',
              main: true,
              cell: (showing) => (
                <PhoneNumber
                  text={formatPhone(showing.phoneNumber)}
                  href={may('view-numbers') ? `${base}/numbers/${showing.trackingNumberId}` : undefined}
                />
              ),
            },
            { header: 'From', cell: (showing) => short(showing.firstShownAt) },
            { header: 'Until', cell: (showing) => short(showing.lastShownAt) },
            { header: 'Last on', wraps: true, cell: (showing) => formatAddress(showing.pageUrl) },
            {
              header: 'Pressed',
              cell: (showing) => (showing.dialedAt ? short(showing.dialedAt) : <span class="muted">no</span>),
            },
          ]}
          empty={
            <EmptyState title="They saw the website’s own numbers">No tracking number stood on their pages.</EmptyState>
          }
        />
        {may('view-calls') && (
          <Table
            caption={calls.length === callsMax ? `The last ${callsMax} calls` : 'Calls'}
            captionShown
            rows={calls}
            rowKey={(call) => `call-${call.callId}`}
            columns={[
              {
                header: 'When',
                main: true,
                cell: (call) => <TextLink href={`${base}/calls/${call.callId}`}>{moment(call.calledAt)}</TextLink>,
              },
              {
                header: 'Caller',
                cell: (call) =>
                  call.callerNumber ? (
                    <PhoneNumber text={formatPhone(call.callerNumber)} />
                  ) : (
                    <span class="muted">{call.callerErasedAt ? 'erased' : 'withheld'}</span>
                  ),
              },
              { header: 'Number', cell: (call) => <PhoneNumber text={formatPhone(call.phoneNumber)} /> },
              {
                header: 'Likelihood',
                numeric: true,
                cell: (call) => (
                  <>
                    {call.likelihoodPercent} %
                    {!call.isLikeliest && <small class="under">another visit is likelier</small>}
                  </>
                ),
              },
            ]}
            empty={<EmptyState title="No call is known to have come from it" />}
          />
        )}
        <Table
          caption={pages.length === pageViewsMax ? `The first ${pageViewsMax} pages` : 'Pages'}
          captionShown
          rows={pages}
          rowKey={(page) => `page-${page.pageViewId}`}
          columns={[
            { header: 'Page', main: true, wraps: true, cell: (page) => <span class="address">{page.url}</span> },
            { header: 'Looked at', cell: (page) => moment(page.viewedAt) },
            {
              header: 'After',
              numeric: true,
              cell: (page) => formatDuration((page.viewedAt.getTime() - visit.begunAt.getTime()) / 1000),
            },
          ]}
          empty={<EmptyState title="No pages were kept" />}
        />
        {visits.length > 1 && (
          <Table
            caption="All visits of this visitor"
            captionShown
            rows={visits}
            rowKey={(each) => each.visitId}
            columns={[
              {
                header: 'When',
                main: true,
                cell: (each) =>
                  each.visitId === visit.visitId ? (
                    <>{moment(each.begunAt)} (this one)</>
                  ) : (
                    <TextLink href={`${base}/visits/${each.visitId}`}>{moment(each.begunAt)}</TextLink>
                  ),
              },
              { header: 'Source', wraps: true, cell: (each) => <Came visit={each} /> },
              { header: 'Landing page', wraps: true, cell: (each) => formatAddress(each.landingUrl) },
              { header: 'Pages', numeric: true, cell: (each) => formatCount(each.pageCount) },
            ]}
          />
        )}
        <TroubleLink href={troubleHref(base, `Visitors → ${title}`)} />
      </Stack>
    </Page>
  );
}

async function erasePage(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  entered: Entered,
  visitor: Visitor,
  refusal?: string,
) {
  const { account, base, may } = entered;
  const title = `Erase visitor ${visitor.visitorId}`;
  return (
    <Page
      {...(await accountShell(house, request, reply, entered))}
      title={title}
      width="reading"
      breadcrumbs={crumbs(base, title)}
    >
      <Confirmation
        title={title}
        subject={{ name: account.name, label: labelOf(account.standing), agencyName: account.agencyName ?? undefined }}
        lead={`${formatCount(visitor.visits)} ${visitor.visits === 1 ? 'visit' : 'visits'}, since ${formatMoment(visitor.firstSeenAt, account.timeZone)}.`}
        actions={
          <>
            {may('erase-person') && (
              <ButtonForm action={`${base}/visitors/${visitor.visitorId}/erase`} idempotencyKey={newKey()}>
                Erase this visitor
              </ButtonForm>
            )}
            <LinkButton href={`${base}/visitors`} variant="ghost" closesDialog>
              Never mind
            </LinkButton>
          </>
        }
        trouble={<TroubleLink href={troubleHref(base, title, refusal)} />}
      >
        {refusal && <Notice kind="refusal">{refusal}</Notice>}
        <PlanList
          label="What will happen"
          items={[
            {
              when: 'At once',
              what: 'Their visits, pages, addresses and what they were shown are erased for good',
              tone: 'ends',
            },
            { when: 'At once', what: 'Their calls no longer tell which visit they came from', tone: 'ends' },
            { what: 'The calls themselves stay, with their source', tone: 'keeps' },
            { what: 'If they come back, they are somebody new', tone: 'keeps' },
          ]}
        />
      </Confirmation>
    </Page>
  );
}
