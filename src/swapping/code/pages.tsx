import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { accountShell, type Entered, enterAccount } from '../../accounts/enter.ts';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import { isLookedFor } from '../../rules/sources.ts';
import { allowances, type Standing } from '../../rules/standing.ts';
import { configCachedSeconds } from '../../rules/swapping.ts';
import { answerForm } from '../../web/answer.ts';
import { refusalOf, troubleHref } from '../../web/askHref.ts';
import {
  Button,
  Card,
  CopyButton,
  DefinitionList,
  EmptyState,
  Field,
  Form,
  FormActions,
  LinkButton,
  Moment,
  Notice,
  PageHeader,
  Prose,
  Stack,
  Table,
  TroubleLink,
} from '../../web/components.tsx';
import { formatAddress, formatAgo, formatDay } from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import type { ShownRefusal } from '../../web/present.ts';
import { fieldsOf, keyOf, sendPage } from '../../web/read.ts';
import { setTrackingCode } from '../setTrackingCode.ts';
import { findSources } from '../sources/store.ts';
import { findSwappingSettings, type SwappingSettings } from '../store.ts';
import { findTargets } from '../targets/store.ts';
import { findSeenSites, type SeenSite } from './store.ts';

type AccountRequest = { Params: { accountId: string } };

const sitesShown = 50;

/** Settings → Tracking Code: the one line for the website, whether it runs there, and what it keeps. */
export function registerCodePages(app: FastifyInstance, house: House): void {
  app.get<AccountRequest>('/accounts/:accountId/tracking-code', async (request, reply) => {
    const entered = await enterAccount(house, request, 'view-sources');
    const settings = await findSwappingSettings(house.db, entered.account.accountId);
    return sendPage(reply, renderPage(await codePage(house, request, reply, entered, settings)));
  });

  app.post<AccountRequest>('/accounts/:accountId/tracking-code', async (request, reply) => {
    const entered = await enterAccount(house, request, 'view-sources');
    const { actor, account, base } = entered;
    const settings = readSettings(fieldsOf(request.body));
    return answerForm(reply, await setTrackingCode(house, actor, account.accountId, settings, keyOf(request)), {
      href: `${base}/tracking-code`,
      timeZone: account.timeZone,
      done: 'What the tracking code keeps was saved. Websites know within a minute.',
      again: (refused) => codePage(house, request, reply, entered, settings, refused),
    });
  });
}

/** What nobody can choose counts as the first choice; days that are none are refused by the deed. */
function readSettings(field: (name: string) => string): SwappingSettings {
  const oneOf = <Choice extends string>(name: string, choices: readonly [Choice, ...Choice[]]): Choice =>
    choices.find((each) => each === field(name)) ?? choices[0];
  const days = (name: string) => (/^\d{1,6}$/.test(field(name)) ? Number(field(name)) : 0);
  return {
    cookieDays: days('cookieDays'),
    storage: oneOf('storage', ['cookie', 'consent', 'none']),
    respectsSignals: field('respectsSignals') === 'yes',
    addressKept: oneOf('addressKept', ['truncated', 'hashed', 'none']),
    visitsKeptDays: days('visitsKeptDays'),
  };
}

/** Why websites keep their own numbers now; null while they don't. */
function saySwappingOff(standing: Standing): string | null {
  if (allowances[standing].swapping) return null;
  switch (standing) {
    case 'paused':
      return 'Number swapping is paused, so every page shows its own number. Resume Tracking Code, in Account Settings → Status, turns it on again.';
    case 'stopped':
      return 'Incoming calls are stopped, and number swapping with them: every page shows its own number. Account Settings → Status says who stopped them.';
    case 'no funds':
      return 'There are no funds, so every page shows its own number. A top-up under Billing undoes it at once.';
    default:
      return 'The account is canceled, so every page shows its own number. The line may stay on the website: it does nothing there.';
  }
}

async function codePage(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  entered: Entered,
  settings: SwappingSettings,
  refused?: ShownRefusal,
) {
  const { account, base, may } = entered;
  const { publicUrl } = house.config;
  const host = new URL(publicUrl).host;
  const line = `<script async src="${new URL(`/${account.accountId}/t.js`, publicUrl).href}"></script>`;
  const off = saySwappingOff(account.standing);
  const sites = await findSeenSites(house.db, account.accountId, sitesShown);
  return (
    <Page
      {...(await accountShell(house, request, reply, entered))}
      title="Tracking Code"
      width="reading"
      breadcrumbs={[{ label: 'Settings' }, { label: 'Tracking Code' }]}
    >
      <PageHeader
        title="Tracking Code"
        description="One line on every page of the website. It finds the target numbers there and shows each visitor the tracking number of their source."
      />
      <Stack>
        {off && (
          <Notice kind="attention" title="Nothing is swapped now">
            {off}
          </Notice>
        )}
        {!off && <Missing base={base} missing={await findMissing(house, account.accountId)} />}
        <Card
          title="The line for the website"
          description="The same on every page, and on every website of this account."
          actions={<CopyButton text={line} label="Copy the line" />}
        >
          <pre class="code-line">
            <code>{line}</code>
          </pre>
          <Prose>
            <p>
              Put it inside <code>&lt;head&gt;</code>, or before <code>&lt;/body&gt;</code>, in the template that all
              pages share: the theme of a shop, the header of WordPress, or a tag manager’s “Custom HTML” on all pages.
              It loads beside the page and never holds it up; if we can’t be reached the page keeps its own numbers.
            </p>
            <p>
              A website with a content security policy allows <code>{host}</code> in <code>script-src</code> and{' '}
              <code>connect-src</code>. Where it goes by nonces, give the line the page’s own <code>nonce</code>.
            </p>
            <p>
              What is changed here is at every visitor within {configCachedSeconds} seconds; the line itself never
              changes.
            </p>
          </Prose>
        </Card>
        <Installation sites={sites} entered={entered} />
        {may('set-tracking-code') ? (
          <SettingsForm base={base} settings={settings} refused={refused} />
        ) : (
          <Card title="What it keeps">
            <DefinitionList items={saySettings(settings)} />
          </Card>
        )}
      </Stack>
    </Page>
  );
}

interface Missing_ {
  targets: boolean;
  sources: boolean;
  numbers: boolean;
}

/** What has to be there before anything can be swapped. */
async function findMissing(house: House, accountId: number): Promise<Missing_> {
  const sources = (await findSources(house.db, accountId)).filter(isLookedFor);
  return {
    targets: (await findTargets(house.db, accountId)).length === 0,
    sources: sources.length === 0,
    numbers: sources.every((each) => each.numbers === 0),
  };
}

function Missing({ base, missing }: { base: string; missing: Missing_ }) {
  const [what, href, label] = missing.targets
    ? [
        'there is no target number: the number that stands on the website now',
        `${base}/target-numbers`,
        'Target Numbers',
      ]
    : missing.sources
      ? ['no tracking source is looked for on the website', `${base}/sources`, 'Tracking Sources']
      : missing.numbers
        ? ['none of the tracking sources has a tracking number', `${base}/numbers`, 'Tracking Numbers']
        : [];
  if (!what || !href) return null;
  return (
    <Notice kind="info" title="Nothing to swap yet" actions={<LinkButton href={href}>{label}</LinkButton>}>
      The line can be placed already, but {what}.
    </Notice>
  );
}

function Installation({ sites, entered: { account, now } }: { sites: readonly SeenSite[]; entered: Entered }) {
  const [latest] = sites;
  return (
    <Card
      title="Is it installed?"
      description={
        latest ? (
          <>
            Seen on <strong>{formatAddress(latest.pageUrl)}</strong>, {formatAgo(latest.lastSeenAt, now)}.
          </>
        ) : undefined
      }
      flush
    >
      <Table
        caption="Websites where it was seen"
        rows={sites}
        rowKey={(site) => site.host}
        columns={[
          { header: 'Website', main: true, wraps: true, cell: (site) => site.host },
          { header: 'Last page', wraps: true, cell: (site) => formatAddress(site.pageUrl) },
          {
            header: 'Last seen',
            cell: (site) => <Moment at={site.lastSeenAt} text={formatAgo(site.lastSeenAt, now)} />,
          },
          {
            header: 'Since',
            cell: (site) => <Moment at={site.firstSeenAt} text={formatDay(site.firstSeenAt, account.timeZone)} />,
          },
        ]}
        empty={
          <EmptyState icon="search" title="Not seen yet">
            Put the line on the website, open one of its pages in a browser, and load this page again. If it still is
            not seen: does the page’s source have the line, and does a content security policy or a blocker keep it
            away?
          </EmptyState>
        }
      />
    </Card>
  );
}

const storages: Record<SwappingSettings['storage'], { label: string; hint: string }> = {
  cookie: { label: 'At once', hint: 'A first-party cookie with a random number, and nothing else in it' },
  consent: {
    label: 'Once the visitor agrees',
    hint: 'The page says so: switchhook.consent(true). Until then nothing is stored',
  },
  none: { label: 'Never', hint: 'Without cookies: each page is a visit of its own, and nobody is recognized' },
};

const addresses: Record<SwappingSettings['addressKept'], { label: string; hint: string }> = {
  truncated: { label: 'Truncated', hint: 'Without its last part: 203.0.113.0' },
  hashed: { label: 'Hashed', hint: 'Equal addresses look equal, and none can be read' },
  none: { label: 'Not at all', hint: 'Nothing of it stays' },
};

const saySettings = (settings: SwappingSettings) => [
  { term: 'Remembers visitors', description: storages[settings.storage].label, hint: storages[settings.storage].hint },
  { term: 'For', description: `${settings.cookieDays} days` },
  {
    term: 'Do Not Track, Global Privacy Control',
    description: settings.respectsSignals ? 'Respected' : 'Not respected',
  },
  { term: 'Address of visitors', description: addresses[settings.addressKept].label },
  { term: 'Visits are kept', description: `${settings.visitsKeptDays} days` },
];

function SettingsForm({
  base,
  settings,
  refused,
}: {
  base: string;
  settings: SwappingSettings;
  refused: ShownRefusal | undefined;
}) {
  const options = (choices: Record<string, { label: string; hint: string }>) =>
    Object.entries(choices).map(([value, choice]) => ({ value, ...choice }));
  return (
    <Card title="What it keeps" description="Whoever runs the website answers for this to its visitors.">
      <Form action={`${base}/tracking-code`} idempotencyKey={newKey()} refusal={refused?.sentence}>
        <Field
          kind="radio"
          name="storage"
          label="Remembers visitors"
          value={settings.storage}
          options={options(storages)}
        />
        <Field
          name="cookieDays"
          label="Remembers them for"
          kind="number"
          min={1}
          max={730}
          suffix="days"
          width="short"
          required
          value={settings.cookieDays}
          hint="For so long a visitor stays with their source, and with their number of a pool."
          error={refused?.fields.cookieDays}
        />
        <Field
          kind="checkbox"
          name="respectsSignals"
          label="Respects Do Not Track and Global Privacy Control"
          checked={settings.respectsSignals}
          hint="Such visitors see the number of their source, without a cookie and without a visit."
        />
        <Field
          kind="radio"
          name="addressKept"
          label="Address of visitors (IP)"
          value={settings.addressKept}
          options={options(addresses)}
        />
        <Field
          name="visitsKeptDays"
          label="Visits are kept for"
          kind="number"
          min={1}
          max={3650}
          suffix="days"
          width="short"
          required
          value={settings.visitsKeptDays}
          hint="Then visits and their visitors are removed. Calls stay, with their source."
          error={refused?.fields.visitsKeptDays}
        />
        <FormActions trouble={<TroubleLink href={troubleHref(base, 'Settings → Tracking Code', refusalOf(refused))} />}>
          <Button variant="primary">Save</Button>
        </FormActions>
      </Form>
    </Card>
  );
}
