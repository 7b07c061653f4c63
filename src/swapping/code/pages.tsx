import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { accountShell, type Entered, enterAccount, labelOf } from '../../accounts/enter.ts';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import { yes } from '../../rules/decision.ts';
import { isLookedFor } from '../../rules/sources.ts';
import { allowances, type Standing } from '../../rules/standing.ts';
import { configCachedSeconds } from '../../rules/swapping.ts';
import { answerButton, answerForm } from '../../web/answer.ts';
import { refusalOf, troubleHref } from '../../web/askHref.ts';
import {
  Button,
  ButtonForm,
  Card,
  Confirmation,
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
  PlanList,
  Prose,
  Stack,
  Table,
  TroubleLink,
} from '../../web/components.tsx';
import { formatAddress, formatAgo, formatCount, formatDay, formatMoment } from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import type { ShownRefusal } from '../../web/present.ts';
import { fieldsOf, goOn, keyOf, sendPage } from '../../web/read.ts';
import { removeSite } from '../removeSite.ts';
import { findMistakes, type OfferedErasure, offerErasure, setTrackingCode } from '../setTrackingCode.ts';
import { findSources } from '../sources/store.ts';
import { findSwappingSettings, hostKeptDays, type SwappingSettings } from '../store.ts';
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
    const decision = await setTrackingCode(house, actor, account.accountId, settings, keyOf(request));
    if (!decision.ok && decision.refusal.code === 'erasure-unconfirmed')
      return goOn(reply, `${base}/tracking-code/erasure?${new URLSearchParams(writeSettings(settings))}`);
    return answerForm(reply, decision, {
      href: `${base}/tracking-code`,
      timeZone: account.timeZone,
      done: saved,
      again: (refused) => codePage(house, request, reply, entered, settings, refused),
    });
  });

  app.get<AccountRequest>('/accounts/:accountId/tracking-code/erasure', async (request, reply) => {
    const entered = await enterAccount(house, request, 'set-tracking-code');
    const settings = readSettings(fieldsOf(request.query));
    const offered = await offerWish(house, entered, settings);
    if (!offered) return goOn(reply, `${entered.base}/tracking-code`);
    return sendPage(reply, renderPage(await erasurePage(house, request, reply, entered, settings, offered)));
  });

  app.post<AccountRequest>('/accounts/:accountId/tracking-code/erasure', async (request, reply) => {
    const entered = await enterAccount(house, request, 'set-tracking-code');
    const { actor, account, base } = entered;
    const field = fieldsOf(request.body);
    const settings = readSettings(field);
    const agreed = field('agreed');
    return answerForm(reply, await setTrackingCode(house, actor, account.accountId, settings, keyOf(request), agreed), {
      href: `${base}/tracking-code`,
      timeZone: account.timeZone,
      done: saved,
      again: async (refused) => {
        const offered = await offerWish(house, entered, settings);
        return offered
          ? erasurePage(house, request, reply, entered, settings, offered, refused.sentence)
          : codePage(house, request, reply, entered, settings, refused);
      },
    });
  });

  app.post<AccountRequest>('/accounts/:accountId/tracking-code/removal', async (request, reply) => {
    const entered = await enterAccount(house, request, 'view-sources');
    const { actor, account, base } = entered;
    const host = fieldsOf(request.body)('host');
    const decision = await removeSite(house, actor, account.accountId, host, keyOf(request));
    // Somebody else took it off, or it is too old.
    const isGone = !decision.ok && decision.refusal.code === 'not-found';
    return answerButton(reply, isGone ? yes(true as const) : decision, {
      href: `${base}/tracking-code`,
      timeZone: account.timeZone,
      done: `${host} is off the list. It is on it again when the tracking code is loaded there once more.`,
    });
  });
}

const saved = 'What the tracking code keeps was saved. Websites know within a minute.';

/** What a wish would erase now; null where nothing, or where it can't be as it is. */
async function offerWish(house: House, { account, now }: Entered, settings: SwappingSettings) {
  if (Object.keys(findMistakes(settings)).length > 0) return null;
  return offerErasure(house.db, account.accountId, settings, now);
}

/** As the form's fields. */
const writeSettings = (settings: SwappingSettings): Record<string, string> => ({
  storage: settings.storage,
  cookieDays: String(settings.cookieDays),
  respectsSignals: settings.respectsSignals ? 'yes' : 'no',
  addressKept: settings.addressKept,
  visitsKeptDays: String(settings.visitsKeptDays),
});

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
  const sites = await findSeenSites(house.db, account.accountId, entered.now, sitesShown);
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
        <Installation sites={sites} entered={entered} mayRemove={may('set-tracking-code')} />
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

function Installation({
  sites,
  entered: { account, base, now },
  mayRemove,
}: {
  sites: readonly SeenSite[];
  entered: Entered;
  mayRemove: boolean;
}) {
  const [first] = sites;
  return (
    <Card
      title="Is it installed?"
      description={
        first ? (
          <>
            Seen on <strong>{formatAddress(first.pageUrl)}</strong>, {formatAgo(first.lastSeenAt, now)}. A website is
            listed for {hostKeptDays} days after it was last seen.
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
          {
            header: 'Website',
            main: true,
            wraps: true,
            cell: (site) => (
              <>
                {site.host}
                <small class="under">{formatAddress(site.pageUrl)}</small>
              </>
            ),
          },
          { header: `Visits, ${hostKeptDays} days`, numeric: true, cell: (site) => formatCount(site.visits) },
          {
            header: 'Last seen',
            cell: (site) => (
              <>
                <Moment at={site.lastSeenAt} text={formatAgo(site.lastSeenAt, now)} />
                <small class="under">
                  since <Moment at={site.firstSeenAt} text={formatDay(site.firstSeenAt, account.timeZone)} />
                </small>
              </>
            ),
          },
          ...(mayRemove
            ? [
                {
                  header: 'Take off the list',
                  actions: true,
                  cell: (site: SeenSite) => (
                    <ButtonForm
                      action={`${base}/tracking-code/removal`}
                      idempotencyKey={newKey()}
                      hidden={{ host: site.host }}
                      spoken={`Take off ${site.host}`}
                    >
                      Take off
                    </ButtonForm>
                  ),
                },
              ]
            : []),
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
          hint="For so long a visitor who comes back is known, with their source. A pool’s number stays theirs only until somebody else needs it."
          error={refused?.fields.cookieDays}
        />
        <Field
          kind="checkbox"
          name="respectsSignals"
          label="Respects Do Not Track and Global Privacy Control"
          checked={settings.respectsSignals}
          hint="Such visitors see the number of their source, without a cookie and without a visit. Where the source has a pool, they see the website’s own number."
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

async function erasurePage(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  entered: Entered,
  settings: SwappingSettings,
  { visits, oldestAt, addresses, before, hash }: OfferedErasure,
  refusal?: string,
) {
  const { account, base } = entered;
  const { timeZone } = account;
  const title = 'Erase what was kept longer';
  const counted = (count: number, one: string, many: string) => `${formatCount(count)} ${count === 1 ? one : many}`;
  return (
    <Page
      {...(await accountShell(house, request, reply, entered))}
      title={title}
      width="reading"
      breadcrumbs={[{ label: 'Settings' }, { label: 'Tracking Code', href: `${base}/tracking-code` }, { label: title }]}
    >
      <Confirmation
        title={title}
        subject={{ name: account.name, label: labelOf(account.standing), agencyName: account.agencyName ?? undefined }}
        lead="Nothing was saved yet. What is erased can’t be brought back."
        actions={
          <>
            <ButtonForm
              action={`${base}/tracking-code/erasure`}
              idempotencyKey={newKey()}
              hidden={{ ...writeSettings(settings), agreed: hash }}
              variant="closing-red"
            >
              Save and erase
            </ButtonForm>
            <LinkButton href={`${base}/tracking-code`} variant="ghost">
              Never mind
            </LinkButton>
          </>
        }
        trouble={<TroubleLink href={troubleHref(base, `Settings → Tracking Code → ${title}`, refusal)} />}
      >
        {refusal && <Notice kind="refusal">{refusal}</Notice>}
        <PlanList
          label="What goes and what stays"
          items={[
            ...(visits > 0
              ? [
                  {
                    when: 'Within minutes',
                    what: `${counted(visits, 'visit', 'visits')} older than ${formatMoment(before, timeZone)} will be erased, and their campaign, keyword and landing page with them`,
                    ...(oldestAt ? { detail: `The oldest is of ${formatMoment(oldestAt, timeZone)}.` } : {}),
                    tone: 'ends' as const,
                  },
                ]
              : []),
            ...(addresses > 0
              ? [
                  {
                    when: 'At once',
                    what: `The ${addresses === 1 ? 'address' : 'addresses'} of ${counted(addresses, 'visit', 'visits')} will be erased`,
                    tone: 'ends' as const,
                  },
                ]
              : []),
            { what: 'Calls stay, with their source', tone: 'keeps' },
            ...(visits > 0
              ? [
                  {
                    what: `From now on visits are kept for ${counted(settings.visitsKeptDays, 'day', 'days')}`,
                    tone: 'keeps' as const,
                  },
                ]
              : []),
          ]}
        />
      </Confirmation>
    </Page>
  );
}
