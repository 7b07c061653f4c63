import formbody from '@fastify/formbody';
import helmet from '@fastify/helmet';
import Fastify, { type FastifyInstance } from 'fastify';
import type { ComponentChildren } from 'preact';
import { contentSecurityPolicy, serveAssets } from '../../src/web/assets.ts';
import {
  Badge,
  Button,
  ButtonForm,
  Card,
  Columns,
  Confirmation,
  CopyButton,
  DefinitionList,
  EmptyState,
  Field,
  FieldGroup,
  FilterPanel,
  Form,
  FormActions,
  LinkButton,
  LiveRegion,
  Moment,
  Muted,
  Notice,
  PageHeader,
  Pagination,
  PhoneNumber,
  PlanList,
  Prose,
  Ringing,
  Row,
  Section,
  SectionedPage,
  Setting,
  Settings,
  Stack,
  StandingLabel,
  Stat,
  Stats,
  Table,
  Tabs,
  TextLink,
  Toolbar,
  TroubleLink,
} from '../../src/web/components.tsx';
import {
  formatCount,
  formatDay,
  formatDuration,
  formatMoment,
  formatMoney,
  formatPhone,
  formatShortMoment,
} from '../../src/web/format.ts';
import {
  ErrorPage,
  type NavigationItem,
  Page,
  type PageProps,
  renderPage,
  SignedOutPage,
} from '../../src/web/layout.tsx';

/* Every component with believable content, so that their looks can be seen and tested without the rest of the product. */

const htmlType = 'text/html; charset=utf-8';
const zone = 'America/New_York';
const now = new Date('2027-04-19T18:10:00Z');
const inDays = (days: number) => new Date(now.getTime() + days * 86_400_000);
const show = (date: Date) => <Moment at={date} text={formatMoment(date, zone)} />;

const navigation = (current: string): NavigationItem[] => {
  const item = (label: string, href: string) => ({ label, href, current: label === current });
  return [
    { label: 'Overview', href: '/', icon: 'operations', current: current === 'Overview' },
    {
      label: 'Numbers',
      icon: 'numbers',
      items: [
        item('Buy Numbers', '/buy'),
        item('Tracking Numbers', '/numbers'),
        item('Receiving Numbers', '/receiving'),
      ],
    },
    { label: 'Calls', icon: 'calls', items: [item('Call Log', '/calls')] },
    {
      label: 'Settings',
      icon: 'settings',
      items: [
        item('Account Settings', '/settings'),
        item('Accounts', '/accounts'),
        item('Parent Settings', '/parent'),
        item('Billing', '/billing'),
      ],
    },
    { label: 'Tickets', href: '/tickets', icon: 'ticket', current: current === 'Tickets' },
  ];
};

interface ShellProps extends Partial<Omit<PageProps, 'title'>> {
  title: string;
  current: string;
  trail?: readonly string[];
  children: ComponentChildren;
}

function Shell({ title, current, trail = [title], children, ...rest }: ShellProps) {
  return (
    <Page
      title={title}
      viewer={{ name: 'Maren Oakley', email: 'maren@brightwater.example' }}
      place={{
        kind: 'account',
        id: 10023,
        name: 'Fernhill Dental',
        agencyName: 'Brightwater Marketing',
        label: 'paused',
      }}
      switcher={[
        { href: '/agency', name: 'Brightwater Marketing', group: 'Agency' },
        { href: '/settings', name: 'Fernhill Dental', label: 'paused', group: 'Sub-accounts', current: true },
        { href: '/settings', name: 'Harborview Roofing & Exterior Restoration', group: 'Sub-accounts' },
        { href: '/settings', name: 'Cobb & Daughters Plumbing', label: 'canceled', group: 'Sub-accounts' },
        { href: '/settings', name: 'Oakley Studio', label: 'no funds', group: 'Standalone accounts' },
      ]}
      personMenu={[{ label: 'Your profile', href: '/profile', icon: 'person' }]}
      navigation={navigation(current)}
      breadcrumbs={trail.map((label, index) => ({ label, href: index < trail.length - 1 ? '/' : undefined }))}
      {...rest}
    >
      {children}
    </Page>
  );
}

interface TrackingNumber {
  id: string;
  e164: string;
  name: string;
  source: string;
  to: string;
  calls: number;
  lastCall: Date;
  swapping: 'pause' | 'resume';
  active: boolean;
}

const numbers: TrackingNumber[] = [
  {
    id: 'TPN1',
    e164: '+14105550112',
    name: 'Website, all visitors',
    source: 'Google Ads',
    to: '+14105550190',
    calls: 412,
    lastCall: inDays(-0.02),
    swapping: 'pause',
    active: true,
  },
  {
    id: 'TPN2',
    e164: '+14105550147',
    name: 'Vans and yard signs',
    source: 'Offline',
    to: '+14105550190',
    calls: 1238,
    lastCall: inDays(-0.3),
    swapping: 'pause',
    active: true,
  },
  {
    id: 'TPN3',
    e164: '+18005550142',
    name: 'Spring mailer 2027 to the households of the north county',
    source: 'Direct mail',
    to: '+14105550191',
    calls: 57,
    lastCall: inDays(-3),
    swapping: 'resume',
    active: true,
  },
  {
    id: 'TPN4',
    e164: '+14435550173',
    name: 'Directory listing',
    source: 'Bing',
    to: '+14105550190',
    calls: 8,
    lastCall: inDays(-21),
    swapping: 'resume',
    active: false,
  },
];

function Numbers({ empty, filtered, notice }: { empty?: boolean; filtered?: boolean; notice?: PageProps['notice'] }) {
  return (
    <Shell
      notice={notice}
      title="Tracking Numbers"
      current="Tracking Numbers"
      trail={['Numbers', 'Tracking Numbers']}
      live="/live"
    >
      <PageHeader
        title="Tracking Numbers"
        description="Numbers that stand on your website and in print. Times are in Eastern Time."
        actions={
          <>
            <LinkButton href="/numbers/released">Released Numbers</LinkButton>
            <LinkButton href="/buy" variant="primary" icon="plus">
              Buy Numbers
            </LinkButton>
          </>
        }
      />
      <Toolbar
        end={
          <LinkButton href="/numbers.csv" variant="ghost" icon="download" download>
            Export
          </LinkButton>
        }
      >
        <FilterPanel action="/numbers" active={filtered ? 1 : 0} clearHref="/numbers">
          <Field
            name="show"
            label="Show"
            kind="select"
            value="all"
            options={[
              { value: 'all', label: 'All numbers' },
              { value: 'paused', label: 'Paused numbers' },
              { value: 'stopped', label: 'Stopped numbers' },
            ]}
          />
          <Field name="source" label="Tracking source" placeholder="Google Ads" />
        </FilterPanel>
        <Form action="/numbers" method="get" inline>
          <Field name="q" kind="search" label="Search numbers" labelHidden placeholder="Number or name" />
        </Form>
      </Toolbar>
      <Table
        caption="Tracking numbers"
        rows={empty ? [] : numbers}
        rowKey={(number) => number.id}
        grey={(number) => number.swapping === 'resume'}
        columns={[
          {
            header: 'Number',
            main: true,
            sort: { href: '?sort=number', now: 'ascending' },
            cell: (number) => <PhoneNumber text={formatPhone(number.e164)} e164={number.e164} href="/numbers" />,
          },
          { header: 'Name', wraps: true, cell: (number) => number.name },
          { header: 'Source', cell: (number) => number.source },
          {
            header: 'Type',
            cell: (number) => (
              <ButtonForm
                action="/numbers"
                variant="ghost"
                size="small"
                icon={number.swapping === 'pause' ? 'pause' : 'play'}
                spoken={`${number.swapping} swapping of ${formatPhone(number.e164)}`}
              >
                {number.swapping}
              </ButtonForm>
            ),
          },
          {
            header: 'Active',
            cell: (number) =>
              number.active ? (
                <Badge tone="good">Yes</Badge>
              ) : (
                <Badge tone="attention" icon="stop">
                  No
                </Badge>
              ),
          },
          {
            header: 'Calls, 30 days',
            numeric: true,
            sort: { href: '?sort=calls' },
            cell: (number) => formatCount(number.calls),
          },
          {
            header: 'Last call',
            cell: (number) => <Moment at={number.lastCall} text={formatShortMoment(number.lastCall, zone)} />,
          },
          {
            header: 'Do',
            actions: true,
            cell: (number) => (
              <LinkButton href="/number" size="small" spoken={`Edit ${formatPhone(number.e164)}`}>
                Edit
              </LinkButton>
            ),
          },
        ]}
        empty={
          <EmptyState
            icon="numbers"
            title="No tracking numbers yet"
            action={
              <LinkButton href="/buy" variant="primary" icon="plus">
                Buy Numbers
              </LinkButton>
            }
          >
            Buy a number, say where its calls should ring, and put it on your website.
          </EmptyState>
        }
      />
      {!empty && <Pagination summary="1–4 of 312 numbers" nextHref="/numbers?after=TPN4" />}
    </Shell>
  );
}

interface Call {
  id: number;
  at: Date;
  caller: string;
  number: string;
  source: string;
  status: 'ringing' | 'answered' | 'missed' | 'refused';
  seconds: number;
  chargeMicros: bigint;
}

const calls: Call[] = [
  {
    id: 1,
    at: inDays(0),
    caller: '+14105550188',
    number: '+14105550112',
    source: 'Google Ads',
    status: 'ringing',
    seconds: 0,
    chargeMicros: 0n,
  },
  {
    id: 2,
    at: inDays(-0.01),
    caller: '+12025550119',
    number: '+14105550147',
    source: 'Offline',
    status: 'answered',
    seconds: 185,
    chargeMicros: 140_000n,
  },
  {
    id: 3,
    at: inDays(-0.04),
    caller: '+13015550164',
    number: '+14105550112',
    source: 'Google Ads',
    status: 'missed',
    seconds: 0,
    chargeMicros: 0n,
  },
  {
    id: 4,
    at: inDays(-0.2),
    caller: '+442079460958',
    number: '+18005550142',
    source: 'Direct mail',
    status: 'answered',
    seconds: 3912,
    chargeMicros: 2_310_000n,
  },
  {
    id: 5,
    at: inDays(-0.4),
    caller: '+14105550131',
    number: '+14435550173',
    source: 'Bing',
    status: 'refused',
    seconds: 0,
    chargeMicros: 0n,
  },
];

function CallStatus({ status }: { status: Call['status'] }) {
  if (status === 'ringing') return <Ringing>Ringing</Ringing>;
  if (status === 'answered') return <Badge tone="good">Answered</Badge>;
  if (status === 'missed') return <Badge>Missed</Badge>;
  return (
    <Badge tone="bad" icon="stop">
      Refused
    </Badge>
  );
}

function Calls() {
  return (
    <Shell title="Call Log" current="Call Log" trail={['Calls', 'Call Log']} width="wide" live="/live">
      <PageHeader
        title="Call Log"
        description="Times are in Eastern Time."
        actions={
          <LinkButton href="/calls.csv" icon="download" download>
            Export
          </LinkButton>
        }
      />
      <Tabs
        label="Calls"
        tabs={[
          { label: 'All', href: '/calls', current: true, count: '5,012' },
          { label: 'Answered', href: '/calls?status=answered', count: '3,871' },
          { label: 'Missed', href: '/calls?status=missed', count: '1,141' },
        ]}
      />
      <Table
        caption="Calls"
        dense
        onPhone="scroll"
        rows={calls}
        rowKey={(call) => call.id}
        columns={[
          {
            header: 'When',
            main: true,
            cell: (call) => <Moment at={call.at} text={formatShortMoment(call.at, zone)} />,
          },
          { header: 'Status', cell: (call) => <CallStatus status={call.status} /> },
          { header: 'Caller', cell: (call) => <PhoneNumber text={formatPhone(call.caller)} /> },
          { header: 'Tracking number', cell: (call) => <PhoneNumber text={formatPhone(call.number)} href="/number" /> },
          { header: 'Source', cell: (call) => call.source },
          { header: 'Duration', numeric: true, cell: (call) => formatDuration(call.seconds) },
          { header: 'Charge', numeric: true, cell: (call) => formatMoney(call.chargeMicros, 'USD') },
        ]}
      />
      <Pagination
        summary="1–5 of 5,012 calls"
        previousHref="/calls"
        nextHref="/calls"
        previousLabel="Newer"
        nextLabel="Older"
      />
      <LiveRegion id="calls-live">One call is ringing.</LiveRegion>
    </Shell>
  );
}

const sections = [
  { id: 'general', label: 'General' },
  { id: 'tracking-code', label: 'Tracking code' },
  { id: 'people', label: 'People' },
  { id: 'status', label: 'Status' },
];

function SettingsPage({ canceled, notice }: { canceled?: boolean; notice?: PageProps['notice'] }) {
  return (
    <Shell
      title="Account Settings"
      current="Account Settings"
      trail={['Settings', 'Account Settings']}
      notice={notice}
      {...(canceled && {
        place: {
          kind: 'account',
          id: 7,
          name: 'Cobb & Daughters Plumbing, Heating & Air of Anne Arundel County',
          agencyName: 'Brightwater Marketing',
          label: 'canceled',
        },
      })}
    >
      <PageHeader title="Account Settings" badge={<StandingLabel label={canceled ? 'canceled' : 'paused'} />} />
      <SectionedPage sections={sections}>
        <Section id="general" title="General">
          <Card>
            <Form action="/settings" method="patch" idempotencyKey="8f2c">
              <Field name="name" label="Account name" required value="Fernhill Dental" autocomplete="off" />
              <Field
                name="zone"
                label="Time zone"
                kind="select"
                value="America/New_York"
                hint="All dates of this account are shown in it."
                options={[
                  { value: 'America/New_York', label: 'Eastern Time, New York', group: 'United States' },
                  { value: 'America/Chicago', label: 'Central Time, Chicago', group: 'United States' },
                  { value: 'Europe/London', label: 'London', group: 'Europe' },
                ]}
              />
              <FormActions>
                <Button variant="primary">Save</Button>
              </FormActions>
            </Form>
          </Card>
        </Section>
        <Section
          id="tracking-code"
          title="Tracking code"
          description="Put this line before the end of the body of every page of your website."
        >
          <Card>
            <Row spread="apart">
              <code class="text-sm">{'<script async src="https://t.example/10023.js"></script>'}</code>
              <CopyButton text={'<script async src="https://t.example/10023.js"></script>'} />
            </Row>
          </Card>
        </Section>
        <Section
          id="people"
          title="People"
          actions={
            <LinkButton href="/people/new" size="small" icon="plus">
              Invite
            </LinkButton>
          }
        >
          <Table
            caption="People of this account"
            rows={[
              { name: 'Ines Falk', email: 'ines@fernhill.example', role: 'Administrator' },
              {
                name: 'Tobias Rainer-Whitcombe',
                email: 'tobias.rainer-whitcombe@fernhill.example',
                role: 'Call Agent',
              },
            ]}
            rowKey={(person) => person.email}
            columns={[
              { header: 'Name', main: true, cell: (person) => person.name },
              { header: 'E-mail', cell: (person) => person.email },
              { header: 'Role', cell: (person) => person.role },
            ]}
          />
        </Section>
        <Section id="status" title="Status">
          {canceled ? (
            <Settings>
              <Setting
                title="This sub-account is canceled"
                badge={<StandingLabel label="canceled" />}
                description={
                  <>
                    Closed on {show(inDays(-10))} by Maren Oakley. It can be reactivated until {show(inDays(50))}, and
                    released numbers can be restored until {show(inDays(4))}.
                  </>
                }
                action={
                  <ButtonForm action="/reactivate" variant="primary" icon="undo">
                    Reactivate Account
                  </ButtonForm>
                }
                trouble={<TroubleLink href="/tickets/new" />}
              />
            </Settings>
          ) : (
            <Settings>
              <Setting
                title="Number swapping"
                badge={<StandingLabel label="paused" />}
                description={
                  <>Paused since {show(inDays(-3))} by Ines Falk. Your website shows its own number; calls connect.</>
                }
                action={
                  <ButtonForm action="/resume" icon="play">
                    Resume Tracking Code
                  </ButtonForm>
                }
              />
              <Setting
                title="Incoming calls"
                badge={<Badge tone="good">Connecting</Badge>}
                description="Stopping refuses every call and pauses swapping. The subscription goes on: $79.00 on 1 May 2027."
                action={
                  <ButtonForm action="/stop" icon="stop">
                    Stop Incoming Calls
                  </ButtonForm>
                }
              />
              <Setting
                title="Close this sub-account"
                description="Releases its 4 tracking numbers and ends its charges. You can reactivate it for 60 days."
                action={
                  <LinkButton href="/closure/new" variant="closing-red" dialog>
                    Close Sub-account
                  </LinkButton>
                }
                trouble={<TroubleLink href="/tickets/new" />}
              />
              <Setting
                title="Close this account"
                description="As a standalone account shows it."
                action={
                  <LinkButton href="/closure/new" variant="closing-orange">
                    Close account
                  </LinkButton>
                }
              />
              <Setting
                title="Cancel this agency"
                actionAt="left"
                description="Ends the agency and every sub-account that is still open."
                action={
                  <LinkButton href="/closure/new" variant="closing-orange" dialog>
                    Cancel Agency Account & All Sub-Accounts
                  </LinkButton>
                }
              />
            </Settings>
          )}
        </Section>
      </SectionedPage>
    </Shell>
  );
}

function ClosurePage({ refusal }: { refusal?: string }) {
  return (
    <Shell
      title="Close Sub-account"
      current="Account Settings"
      trail={['Settings', 'Account Settings', 'Close Sub-account']}
      width="reading"
    >
      <Confirmation
        title="Close Sub-account"
        subject={{ name: 'Fernhill Dental', agencyName: 'Brightwater Marketing', label: 'paused' }}
        lead="All tracking numbers of this sub-account will be released. The agency and its other sub-accounts stay as they are."
        actions={
          <>
            <ButtonForm action="/closure" hidden={{ planHash: 'b1946ac9' }} idempotencyKey="1c9d" variant="closing-red">
              Close Sub-account
            </ButtonForm>
            <LinkButton href="/settings#status" variant="ghost" closesDialog>
              Never mind
            </LinkButton>
          </>
        }
        trouble={<TroubleLink href="/tickets/new" />}
      >
        {refusal && <Notice kind="refusal">{refusal}</Notice>}
        <PlanList
          label="What will happen"
          items={[
            {
              when: 'At once',
              what: '4 tracking numbers are released and their calls are refused',
              detail: 'A call that is in progress finishes and is logged.',
              tone: 'ends',
            },
            {
              when: 'At once',
              what: 'All charges end',
              detail: 'The next one would have been $79.00 on 1 May 2027.',
              tone: 'keeps',
            },
            { when: show(inDays(14)), what: 'Until then you can restore the numbers yourself' },
            {
              when: show(inDays(60)),
              what: 'Until then you can look, export and reactivate',
              detail: 'After that, the data is purged.',
            },
          ]}
        />
        <Table
          caption="Tracking numbers to be released"
          captionShown
          dense
          onPhone="scroll"
          rows={numbers}
          rowKey={(number) => number.id}
          columns={[
            { header: 'Number', main: true, cell: (number) => <PhoneNumber text={formatPhone(number.e164)} /> },
            { header: 'Calls, 30 days', numeric: true, cell: (number) => formatCount(number.calls) },
            {
              header: 'Last call',
              cell: (number) => <Moment at={number.lastCall} text={formatShortMoment(number.lastCall, zone)} />,
            },
          ]}
        />
      </Confirmation>
    </Shell>
  );
}

function Overview() {
  return (
    <Shell
      title="Overview"
      current="Overview"
      ribbon={{ pretendedDate: formatMoment(inDays(15), zone), href: '/clock' }}
      notice={{
        kind: 'success',
        text: '(410) 555-0112 is restored and rings again.',
        details: 'Its source, routing and name are as they were. Nothing was charged.',
      }}
    >
      <PageHeader
        title="Overview"
        description="Fernhill Dental, the last 30 days."
        badge={<StandingLabel label="paused" />}
      />
      <Stats>
        <Stat label="Calls" value={formatCount(1715)} hint="12 % more than before" href="/calls" />
        <Stat label="Answered" value="77 %" hint="1,321 calls" />
        <Stat label="Tracking numbers" value="4" hint="2 of them paused" href="/numbers" />
        <Stat label="Next charge" value={formatMoney(79_000_000n, 'USD')} hint="on 1 May 2027" />
      </Stats>
      <Columns of="aside">
        <Card title="Messages" description="Everything this product has to say, in its four voices.">
          <Stack>
            <Notice kind="info" title="Swapping is paused">
              Visitors see the website’s own number. Calls to tracking numbers still connect.
            </Notice>
            <Notice
              kind="attention"
              actions={
                <LinkButton href="/billing" size="small">
                  Top up
                </LinkButton>
              }
            >
              The available balance covers about 3 more days.
            </Notice>
            <Notice kind="refusal" details="Ask a person who is an Administrator or Agency Administrator to do it.">
              Your role here can’t release a number.
            </Notice>
            <Notice kind="success">Saved.</Notice>
          </Stack>
        </Card>
        <Card title="Account" footer={<Muted icon="clock">Open since {formatDay(inDays(-412), zone)}</Muted>}>
          <DefinitionList
            items={[
              { term: 'Plan', description: 'Essentials', hint: '$79.00 a month, next on 1 May 2027' },
              {
                term: 'Available balance',
                description: 'Paid by the agency',
                hint: 'A sub-account has no balance of its own.',
              },
              { term: 'Receiving number', description: <PhoneNumber text={formatPhone('+14105550190')} /> },
              { term: 'Account id', description: <code>10023</code> },
            ]}
          />
        </Card>
      </Columns>
      <Card title="Labels and buttons">
        <Stack gap="loose">
          <Row>
            <StandingLabel label="paused" />
            <StandingLabel label="stopped" />
            <StandingLabel label="no funds" />
            <StandingLabel label="canceled" />
            <StandingLabel label={null} open="Open" />
            <Badge tone="info">In the hold</Badge>
            <Badge>Returned</Badge>
            <Ringing>Ringing</Ringing>
          </Row>
          <Row>
            <Button variant="primary" type="button">
              Save
            </Button>
            <Button type="button">Search</Button>
            <Button variant="ghost" type="button">
              Never mind
            </Button>
            <Button variant="closing-orange" type="button">
              Close account
            </Button>
            <Button variant="closing-red" type="button">
              Close Sub-account
            </Button>
            <Button type="button" disabled>
              Not now
            </Button>
          </Row>
          <Row>
            <Button variant="primary" size="small" type="button">
              Small
            </Button>
            <Button size="small" icon="undo" type="button">
              Restore
            </Button>
            <Button variant="primary" size="large" type="button">
              Large
            </Button>
            <TextLink href="/numbers">A link in a text</TextLink>
          </Row>
        </Stack>
      </Card>
      <Card title="Nothing yet" flush>
        <EmptyState icon="calls" title="No calls yet" action={<LinkButton href="/calls">Place a test call</LinkButton>}>
          As soon as somebody calls one of your numbers, it shows here.
        </EmptyState>
      </Card>
    </Shell>
  );
}

function BuyPage() {
  return (
    <Shell title="Buy Numbers" current="Buy Numbers" trail={['Numbers', 'Buy Numbers']} width="reading">
      <PageHeader title="Buy Numbers" description="Each number is $2.00 a month, charged from the available balance." />
      <Card>
        <Form
          action="/buy"
          idempotencyKey="77aa"
          refusal="This costs $2.00 and the available balance is $1.20. Top up under Billing first."
        >
          <Field
            name="kind"
            label="Kind"
            kind="radio"
            value="local"
            options={[
              { value: 'local', label: 'Local', hint: 'From an area code, $2.00 a month' },
              { value: 'toll-free', label: 'Toll-free', hint: '800, 833, 844 and the like, $3.00 a month' },
            ]}
          />
          <Field
            name="areaCode"
            label="Area code"
            required
            inputmode="numeric"
            maxlength={3}
            width="short"
            value="99"
            error="An area code has three digits, like 410."
          />
          <Field
            name="amount"
            label="Top up by"
            prefix="$"
            suffix="USD"
            inputmode="decimal"
            width="medium"
            value="50.00"
          />
          <Field name="note" label="Note" kind="textarea" hint="Only the people of this account see it." />
          <FieldGroup legend="Where calls ring" hint="You can change this at any time.">
            <Field name="to" label="Receiving number" kind="tel" required value="(410) 555-0190" autocomplete="off" />
            <Field
              name="swap"
              label="Show this number on the website"
              kind="checkbox"
              checked
              hint="In place of the target number."
            />
          </FieldGroup>
          <FormActions trouble={<TroubleLink href="/tickets/new" />}>
            <Button variant="primary">Buy number</Button>
            <LinkButton href="/numbers" variant="ghost">
              Never mind
            </LinkButton>
          </FormActions>
        </Form>
      </Card>
      <Prose>
        <h2>What happens then</h2>
        <p>
          The carrier confirms the number within seconds. Until then it shows as <em>ordered</em>, and nothing is
          charged.
        </p>
        <ul>
          <li>You can release it at any time.</li>
          <li>For 14 days after that, you can restore it yourself.</li>
        </ul>
      </Prose>
    </Shell>
  );
}

function SignIn() {
  return (
    <SignedOutPage
      title="Sign in"
      below={
        <>
          No account yet? <a href="/sign-up">Sign up</a>
        </>
      }
    >
      <Form action="/sign-in" refusal="The e-mail address or the password is wrong.">
        <Field
          name="email"
          kind="email"
          label="E-mail"
          required
          autocomplete="username"
          value="maren@brightwater.example"
        />
        <Field name="password" kind="password" label="Password" required autocomplete="current-password" />
        <FormActions>
          <Button variant="primary" size="large">
            Sign in
          </Button>
        </FormActions>
      </Form>
    </SignedOutPage>
  );
}

export const galleryPaths = [
  '/',
  '/numbers',
  '/numbers?empty',
  '/calls',
  '/settings',
  '/canceled',
  '/closure/new',
  '/buy',
  '/sign-in',
  '/error/404',
  '/error/500',
  '/error/503',
];

/** The gallery as a site of its own, under the same content security policy as the product. */
export async function gallery(): Promise<FastifyInstance> {
  const app = Fastify({ forceCloseConnections: true });
  const streams = new Set<(text: string) => void>();
  let closed = false;
  let said = false;
  await app.register(helmet, { contentSecurityPolicy: { useDefaults: false, directives: contentSecurityPolicy } });
  await app.register(formbody);
  await serveAssets(app);
  app.get('/', async (_request, reply) => reply.type(htmlType).send(renderPage(<Overview />)));
  app.get('/numbers', async (request, reply) => {
    const asked = request.query as object;
    const empty = Object.hasOwn(asked, 'empty');
    const saysSo = Object.hasOwn(asked, 'restored') && !said;
    said ||= saysSo;
    const notice: PageProps['notice'] = saysSo ? { kind: 'success', text: '(410) 555-0112 is restored.' } : undefined;
    return reply.type(htmlType).send(renderPage(<Numbers empty={empty} filtered={empty} notice={notice} />));
  });
  app.get('/calls', async (_request, reply) => reply.type(htmlType).send(renderPage(<Calls />)));
  app.get('/settings', async (_request, reply) =>
    reply.type(htmlType).send(renderPage(<SettingsPage canceled={closed} />)),
  );
  app.get('/canceled', async (_request, reply) =>
    reply
      .type(htmlType)
      .send(
        renderPage(
          <SettingsPage
            canceled
            notice={{ kind: 'success', text: 'The sub-account is canceled. Its 4 tracking numbers were released.' }}
          />,
        ),
      ),
  );
  app.get('/closure/new', async (_request, reply) => reply.type(htmlType).send(renderPage(<ClosurePage />)));
  app.post('/closure', async (request, reply) => {
    const { planHash } = request.body as { planHash?: string };
    if (planHash === 'stale') {
      return reply
        .code(409)
        .type(htmlType)
        .send(renderPage(<ClosurePage refusal="What this would do has changed since you looked." />));
    }
    closed = true;
    return reply.redirect('/settings#status', 303);
  });
  app.post('/reopen', async (_request, reply) => {
    closed = false;
    return reply.code(204).send();
  });
  app.post('/refresh', async () => {
    for (const send of streams) send('data: <turbo-stream action="refresh"></turbo-stream>\n\n');
    return { pages: streams.size };
  });
  app.get('/buy', async (_request, reply) => reply.type(htmlType).send(renderPage(<BuyPage />)));
  app.get('/sign-in', async (_request, reply) => reply.type(htmlType).send(renderPage(<SignIn />)));
  app.get('/error/:status', async (request, reply) => {
    const status = Number((request.params as { status: string }).status);
    return reply
      .code(status)
      .type(htmlType)
      .send(renderPage(<ErrorPage status={status} reference={status === 500 ? 'req-7f3a1c' : undefined} />));
  });
  app.get('/live', (request, reply) => {
    reply.hijack();
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    reply.raw.write(':\n\n');
    const send = (text: string) => reply.raw.write(text);
    streams.add(send);
    request.raw.on('close', () => streams.delete(send));
  });
  app.setNotFoundHandler(async (_request, reply) =>
    reply
      .code(404)
      .type(htmlType)
      .send(renderPage(<ErrorPage status={404} />)),
  );
  return app;
}

if (process.argv[1] === import.meta.filename) {
  const app = await gallery();
  console.log(await app.listen({ port: Number(process.env.PORT ?? 0), host: '127.0.0.1' }));
}
