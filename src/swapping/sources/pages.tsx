import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { accountShell, type Entered, enterAccount, labelOf } from '../../accounts/enter.ts';
import { findNumbers } from '../../numbers/store.ts';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import { Refused } from '../../rules/decision.ts';
import { descriptionLengthMax, nameLengthMax } from '../../rules/lengths.ts';
import { type Preset, presets, sayRules } from '../../rules/presets.ts';
import { findUnreachable, type Unreachable } from '../../rules/reach.ts';
import { hasRules, noRules, patternLengthMax } from '../../rules/sources.ts';
import { answerButton, answerForm } from '../../web/answer.ts';
import { refusalOf, troubleHref } from '../../web/askHref.ts';
import {
  Badge,
  Button,
  ButtonForm,
  Card,
  Confirmation,
  EmptyState,
  Field,
  FieldGroup,
  Form,
  FormActions,
  LinkButton,
  Notice,
  PageHeader,
  PlanList,
  Row,
  Stack,
  Table,
  Tabs,
  TextLink,
  TroubleLink,
} from '../../web/components.tsx';
import { formatCount, formatPhone } from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import type { ShownRefusal } from '../../web/present.ts';
import { fieldsOf, idOf, keyOf, sendPage } from '../../web/read.ts';
import { addPresets, stateOfPreset } from './addPresets.ts';
import { addSource } from './addSource.ts';
import { editSource } from './editSource.ts';
import { moveSource } from './moveSource.ts';
import { removeSource } from './removeSource.ts';
import { findSource, findSources, type SourceWish, type TrackingSource } from './store.ts';
import { registerTryPage } from './tryPage.tsx';
import { wishOf } from './wish.ts';

type AccountRequest = { Params: { accountId: string } };
type SourceRequest = { Params: { accountId: string; sourceId: string } };

/** Numbers → Tracking Sources. */
export function registerSourcePages(app: FastifyInstance, house: House): void {
  app.get<AccountRequest>('/accounts/:accountId/sources', async (request, reply) => {
    const entered = await enterAccount(house, request, 'view-sources');
    return sendPage(reply, renderPage(await listPage(house, request, reply, entered)));
  });

  app.get<AccountRequest>('/accounts/:accountId/sources/new', async (request, reply) => {
    const entered = await enterAccount(house, request, 'edit-sources');
    return sendPage(reply, renderPage(await addPage(house, request, reply, entered)));
  });

  app.post<AccountRequest>('/accounts/:accountId/sources', async (request, reply) => {
    const entered = await enterAccount(house, request, 'view-sources');
    const { actor, account, base } = entered;
    const wish = wishOf(fieldsOf(request.body));
    return answerForm(reply, await addSource(house, actor, account.accountId, wish, keyOf(request)), {
      href: `${base}/sources`,
      timeZone: account.timeZone,
      done: `${wish.name} is added. ${sayReach(wish)}`,
      again: (refused) => addPage(house, request, reply, entered, wish, refused),
    });
  });

  app.post<AccountRequest>('/accounts/:accountId/sources/presets', async (request, reply) => {
    const entered = await enterAccount(house, request, 'view-sources');
    const { actor, account, base } = entered;
    const field = fieldsOf(request.body);
    const codes = presets.map((each) => each.code).filter((code) => field(code) === 'yes');
    return answerForm(reply, await addPresets(house, actor, account.accountId, codes, keyOf(request)), {
      href: `${base}/sources`,
      timeZone: account.timeZone,
      done: (count) =>
        `${formatCount(count)} ${count === 1 ? 'source is' : 'sources are'} added, in the order in which they belong.`,
      again: (refused) => addPage(house, request, reply, entered, undefined, refused),
    });
  });

  registerTryPage(app, house);

  app.get<SourceRequest>('/accounts/:accountId/sources/:sourceId', async (request, reply) => {
    const { entered, source } = await enterSource(house, request);
    return sendPage(reply, renderPage(await editPage(house, request, reply, entered, source, source)));
  });

  app.post<SourceRequest>('/accounts/:accountId/sources/:sourceId', async (request, reply) => {
    const { entered, source } = await enterSource(house, request);
    const { actor, account, base } = entered;
    const wish = wishOf(fieldsOf(request.body));
    const decision = await editSource(house, actor, account.accountId, source.trackingSourceId, wish, keyOf(request));
    return answerForm(reply, decision, {
      href: `${base}/sources`,
      timeZone: account.timeZone,
      done: `${wish.name} is saved. ${sayReach(wish)}`,
      again: (refused) => editPage(house, request, reply, entered, source, wish, refused),
    });
  });

  app.post<SourceRequest>('/accounts/:accountId/sources/:sourceId/move', async (request, reply) => {
    const { entered, source } = await enterSource(house, request);
    const { actor, account, base } = entered;
    const way = fieldsOf(request.body)('way') === 'down' ? 'down' : 'up';
    const decision = await moveSource(house, actor, account.accountId, source.trackingSourceId, way, keyOf(request));
    return answerButton(reply, decision, { href: `${base}/sources`, timeZone: account.timeZone });
  });

  app.get<SourceRequest>('/accounts/:accountId/sources/:sourceId/remove', async (request, reply) => {
    const { entered, source } = await enterSource(house, request);
    return sendPage(reply, renderPage(await removePage(house, request, reply, entered, source)));
  });

  app.post<SourceRequest>('/accounts/:accountId/sources/:sourceId/remove', async (request, reply) => {
    const { entered, source } = await enterSource(house, request);
    const { actor, account, base } = entered;
    const decision = await removeSource(house, actor, account.accountId, source.trackingSourceId, keyOf(request));
    return answerForm(reply, decision, {
      href: `${base}/sources`,
      timeZone: account.timeZone,
      done: `${source.name} is removed. Earlier calls and visits keep it.`,
      again: ({ sentence }) => removePage(house, request, reply, entered, source, sentence),
    });
  });
}

async function enterSource(
  house: House,
  request: FastifyRequest<SourceRequest>,
): Promise<{ entered: Entered; source: TrackingSource }> {
  const entered = await enterAccount(house, request, 'view-sources');
  const source = await findSource(house.db, entered.account.accountId, idOf(request.params.sourceId));
  if (!source) throw new Refused({ code: 'not-found' });
  return { entered, source };
}

const sayReach = (wish: SourceWish): string =>
  !wish.isOnsite
    ? 'It is offsite: never looked for on the website.'
    : hasRules(wish)
      ? 'Websites know within a minute.'
      : 'It has no rules yet, so it is never looked for on the website.';

const crumbs = (base: string, last?: string) => [
  { label: 'Numbers' },
  ...(last
    ? [{ label: 'Tracking Sources', href: `${base}/sources` }, { label: last }]
    : [{ label: 'Tracking Sources' }]),
];

/** Whether it is looked for on the website, as a label. */
export function Reach({ source, isReached = true }: { source: SourceWish | TrackingSource; isReached?: boolean }) {
  if (!source.isOnsite) return <Badge>offsite</Badge>;
  if (!isReached)
    return (
      <Badge tone="attention" icon="attention">
        never reached
      </Badge>
    );
  return hasRules(source) ? (
    <Badge tone="good" icon="check">
      onsite
    </Badge>
  ) : (
    <Badge tone="attention" icon="attention">
      no rules yet
    </Badge>
  );
}

async function listPage(house: House, request: FastifyRequest, reply: FastifyReply, entered: Entered) {
  const { account, base, may } = entered;
  const sources = await findSources(house.db, account.accountId);
  const unreachable = findUnreachable(sources);
  const editable = may('edit-sources');
  const add = (
    <LinkButton href={`${base}/sources/new`} variant="primary" icon="plus">
      Add sources
    </LinkButton>
  );
  return (
    <Page
      {...(await accountShell(house, request, reply, entered))}
      title="Tracking Sources"
      width="wide"
      breadcrumbs={crumbs(base)}
    >
      <PageHeader
        title="Tracking Sources"
        description="Where visitors come from. On the website the first one from the top whose rules fit decides which number a visitor is shown."
        actions={
          <>
            <LinkButton href={`${base}/sources/try`} icon="search">
              Try it
            </LinkButton>
            {editable && add}
          </>
        }
      />
      {unreachable && <Warning unreachable={unreachable} />}
      <Table
        caption="Tracking sources, in the order in which they are tried"
        rows={sources}
        rowKey={(source) => source.trackingSourceId}
        grey={(source) => !source.isOnsite}
        columns={[
          { header: 'Tried', numeric: true, cell: (source) => sources.indexOf(source) + 1 },
          {
            header: 'Source',
            main: true,
            wraps: true,
            cell: (source) => (
              <>
                <TextLink href={`${base}/sources/${source.trackingSourceId}`} quiet>
                  {source.name}
                </TextLink>
                {source.description && <small class="under">{source.description}</small>}
              </>
            ),
          },
          { header: 'When', wraps: true, cell: (source) => <Rules source={source} /> },
          {
            header: 'Where',
            cell: (source) => <Reach source={source} isReached={!unreachable?.sources.includes(source)} />,
          },
          {
            header: 'Numbers',
            numeric: true,
            cell: (source) => (
              <>
                {formatCount(source.numbers)}
                {source.isPool && (
                  <small class="under">
                    <TextLink href={`${base}/pools/${source.trackingSourceId}`}>a pool</TextLink>
                  </small>
                )}
              </>
            ),
          },
          {
            header: 'Do',
            actions: true,
            cell: (source) =>
              editable && (
                <RowActions base={base} source={source} index={sources.indexOf(source)} of={sources.length} />
              ),
          },
        ]}
        empty={
          <EmptyState icon="filter" title="No tracking sources yet" action={editable ? add : undefined}>
            Add the usual ones by preset: Google Ads, Google organic, Facebook, direct. Then give each a tracking
            number.
          </EmptyState>
        }
      />
      <TroubleLink href={troubleHref(base, 'Tracking Sources')} />
    </Page>
  );
}

/** A source before others that everything fits: allowed, and seldom meant. */
function Warning({ unreachable: { by, sources } }: { unreachable: Unreachable<TrackingSource> }) {
  const names = new Intl.ListFormat('en').format(
    sources.length > 3
      ? [...sources.slice(0, 2).map((each) => each.name), `${formatCount(sources.length - 2)} more`]
      : sources.map((each) => each.name),
  );
  return (
    <Notice kind="attention" title={`Every visitor fits ${by.name}`}>
      {names} {sources.length === 1 ? 'is' : 'are'} tried after it, and so never reached. Move {by.name} to the end, or
      give it a narrower pattern.
    </Notice>
  );
}

function Rules({ source }: { source: TrackingSource }) {
  if (!hasRules(source))
    return <span class="muted">{source.isOnsite ? 'Never: it has no rules yet' : 'Only a name'}</span>;
  return (
    <>
      {sayRules(source)}
      {source.isLastTouch && <small class="under">Takes over from an earlier source</small>}
    </>
  );
}

function RowActions({ base, source, index, of }: { base: string; source: TrackingSource; index: number; of: number }) {
  const address = `${base}/sources/${source.trackingSourceId}`;
  const move = (way: 'up' | 'down', disabled: boolean) => (
    <ButtonForm
      action={`${address}/move`}
      idempotencyKey={newKey()}
      hidden={{ way }}
      size="small"
      variant="ghost"
      disabled={disabled}
      spoken={`Move ${source.name} ${way}`}
    >
      {way === 'up' ? 'Up' : 'Down'}
    </ButtonForm>
  );
  return (
    <>
      {move('up', index === 0)}
      {move('down', index === of - 1)}
      <LinkButton size="small" href={address} spoken={`Edit ${source.name}`}>
        Edit
      </LinkButton>
    </>
  );
}

async function addPage(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  entered: Entered,
  wish?: SourceWish,
  refused?: ShownRefusal,
) {
  const { account, base } = entered;
  const sources = await findSources(house.db, account.accountId);
  const isByHand = wish !== undefined || fieldsOf(request.query)('by') === 'hand';
  const empty = { ...noRules, name: '', description: null, isOnsite: true, isLastTouch: false, position: null };
  const address = `${base}/sources/new`;
  return (
    <Page
      {...(await accountShell(house, request, reply, entered))}
      title="Add sources"
      width="reading"
      breadcrumbs={crumbs(base, 'Add sources')}
    >
      <PageHeader title="Add sources" description="By preset, several at once; or one by hand, with your own rules." />
      <Tabs
        label="How to add"
        tabs={[
          { label: 'By preset', href: address, current: !isByHand },
          { label: 'By hand', href: `${address}?by=hand`, current: isByHand },
        ]}
      />
      {isByHand ? (
        <Card description="It is tried before those of the presets; the list moves it elsewhere.">
          <SourceForm
            action={`${base}/sources`}
            back={`${base}/sources`}
            wish={wish ?? empty}
            refused={refused}
            trouble={troubleHref(base, 'Tracking Sources → Add', refusalOf(refused))}
            submit="Add source"
          />
        </Card>
      ) : (
        <Card>
          <Form action={`${base}/sources/presets`} idempotencyKey={newKey()} refusal={refusalOf(refused)}>
            {groups.map((group) => (
              <FieldGroup key={group} legend={group}>
                {presets
                  .filter((each) => each.group === group)
                  .map((preset) => (
                    <PresetChoice key={preset.code} preset={preset} sources={sources} />
                  ))}
              </FieldGroup>
            ))}
            <FormActions
              trouble={<TroubleLink href={troubleHref(base, 'Tracking Sources → Add', refusalOf(refused))} />}
            >
              <Button variant="primary">Add the chosen</Button>
              <LinkButton href={`${base}/sources`} variant="ghost">
                Never mind
              </LinkButton>
            </FormActions>
          </Form>
        </Card>
      )}
    </Page>
  );
}

const groups: readonly Preset['group'][] = ['Ads', 'Search', 'Social and listings', 'Mail', 'Everything else'];

function PresetChoice({ preset, sources }: { preset: Preset; sources: readonly TrackingSource[] }) {
  const state = stateOfPreset(preset, sources);
  const hint = {
    missing: `When ${preset.says}`,
    there: 'Is there already',
    'name only': `Gives the source of that name its rules: when ${preset.says}`,
  }[state];
  return (
    <Field
      kind="checkbox"
      name={preset.code}
      label={preset.name}
      hint={hint}
      checked={state === 'there'}
      disabled={state === 'there'}
    />
  );
}

interface SourceFormProps {
  action: string;
  back: string;
  wish: SourceWish;
  refused: ShownRefusal | undefined;
  trouble: string;
  submit: string;
}

function SourceForm({ action, back, wish, refused, trouble, submit }: SourceFormProps) {
  const pattern = (
    name: 'referrerPattern' | 'landingPattern' | 'notReferrerPattern' | 'notLandingPattern',
    label: string,
    placeholder: string,
  ) => (
    <Field
      name={name}
      label={label}
      value={wish[name] ?? ''}
      placeholder={placeholder}
      maxlength={patternLengthMax}
      error={refused?.fields[name]}
    />
  );
  const utm = (name: 'utmSource' | 'utmMedium' | 'utmCampaign', label: string, placeholder: string) => (
    <Field
      name={name}
      label={label}
      value={wish[name] ?? ''}
      placeholder={placeholder}
      maxlength={100}
      error={refused?.fields[name]}
    />
  );
  return (
    <Form action={action} idempotencyKey={newKey()} refusal={refused?.sentence}>
      <Field
        name="name"
        label="Name"
        required
        value={wish.name}
        maxlength={nameLengthMax}
        error={refused?.fields.name}
      />
      <Field
        name="description"
        label="Description"
        value={wish.description ?? ''}
        maxlength={descriptionLengthMax}
        error={refused?.fields.description}
      />
      <Field
        kind="radio"
        name="where"
        label="Where"
        value={wish.isOnsite ? 'onsite' : 'offsite'}
        options={[
          { value: 'onsite', label: 'Onsite', hint: 'Looked for on the website, by the rules below' },
          { value: 'offsite', label: 'Offsite', hint: 'A van, a mailer, a yard sign: its numbers stand elsewhere' },
        ]}
      />
      <FieldGroup
        legend="Rules"
        hint="All that is given must hold. Patterns are regular expressions over the whole address, UTM values are whole values with * for any text; upper and lower case are the same."
      >
        {pattern('referrerPattern', 'Referrer matches', '^https://partner\\.example/')}
        {pattern('landingPattern', 'Landing page matches', '/spring-sale|[?&]promo=')}
        {pattern('notReferrerPattern', 'Referrer does not match', 'ads\\.')}
        {pattern('notLandingPattern', 'Landing page does not match', '[?&]gclid=')}
        {utm('utmSource', 'utm_source', 'newsletter')}
        {utm('utmMedium', 'utm_medium', 'cpc')}
        {utm('utmCampaign', 'utm_campaign', 'spring*')}
        <Field
          name="clickIds"
          label="Any of these parameters"
          value={wish.clickIds.join(', ')}
          placeholder="gclid, gbraid, wbraid"
          hint="One of them in the landing page’s address is enough."
          maxlength={900}
          error={refused?.fields.clickIds}
        />
      </FieldGroup>
      <Field
        kind="radio"
        name="touch"
        label="Who came by another source before"
        value={wish.isLastTouch ? 'last' : 'first'}
        options={[
          {
            value: 'first',
            label: 'Stays with that one',
            hint: 'First touch, for as long as the visitor is remembered',
          },
          { value: 'last', label: 'Counts for this one from then on', hint: 'Last touch' },
        ]}
      />
      <FormActions trouble={<TroubleLink href={trouble} />}>
        <Button variant="primary">{submit}</Button>
        <LinkButton href={back} variant="ghost">
          Never mind
        </LinkButton>
      </FormActions>
    </Form>
  );
}

async function editPage(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  entered: Entered,
  source: TrackingSource,
  wish: SourceWish,
  refused?: ShownRefusal,
) {
  const { account, base, may, now } = entered;
  const editable = may('edit-sources');
  const numbers = (await findNumbers(house.db, account.accountId, { filter: 'in use', now })).filter(
    (each) => each.trackingSourceId === source.trackingSourceId && each.boughtAt !== null,
  );
  const unreachable = findUnreachable(await findSources(house.db, account.accountId));
  const address = `${base}/sources/${source.trackingSourceId}`;
  return (
    <Page
      {...(await accountShell(house, request, reply, entered))}
      title={source.name}
      width="reading"
      breadcrumbs={crumbs(base, source.name)}
    >
      <PageHeader
        title={source.name}
        badge={<Reach source={source} />}
        description={hasRules(source) ? `When ${sayRules(source)}.` : 'It has no rules, so it is only a name.'}
      />
      <Stack>
        {unreachable?.by.trackingSourceId === source.trackingSourceId && <Warning unreachable={unreachable} />}
        {editable && (
          <Card title="What it is recognized by">
            <SourceForm
              action={address}
              back={`${base}/sources`}
              wish={wish}
              refused={refused}
              trouble={troubleHref(base, `Tracking Sources → ${source.name}`, refusalOf(refused))}
              submit="Save source"
            />
          </Card>
        )}
        <Card
          title="Its numbers"
          description={
            source.isPool ? (
              <>
                They are <TextLink href={`${base}/pools/${source.trackingSourceId}`}>a pool</TextLink>: shared out
                visitor by visitor.
              </>
            ) : (
              'A number gets its source on its own page, or when it is bought.'
            )
          }
          flush
        >
          <Table
            caption="Numbers of this source"
            rows={numbers}
            rowKey={(number) => number.trackingNumberId}
            columns={[
              {
                header: 'Number',
                main: true,
                cell: (number) => (
                  <TextLink href={`${base}/numbers/${number.trackingNumberId}`}>
                    {formatPhone(number.phoneNumber)}
                  </TextLink>
                ),
              },
              { header: 'Name', wraps: true, cell: (number) => number.name ?? '' },
              { header: 'Calls, 30 days', numeric: true, cell: (number) => formatCount(number.calls30Days) },
            ]}
            empty={
              <EmptyState
                icon="numbers"
                title="No number stands for it yet"
                action={<LinkButton href={`${base}/numbers`}>Tracking Numbers</LinkButton>}
              >
                Until one does, its visitors see the website’s own number.
              </EmptyState>
            }
          />
        </Card>
        {editable && (
          <Row>
            <LinkButton href={`${address}/remove`} dialog>
              Remove source
            </LinkButton>
          </Row>
        )}
      </Stack>
    </Page>
  );
}

async function removePage(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  entered: Entered,
  source: TrackingSource,
  refusal?: string,
) {
  const { account, base, may, now } = entered;
  const numbers = (await findNumbers(house.db, account.accountId, { filter: 'all', now })).filter(
    (each) => each.trackingSourceId === source.trackingSourceId && each.failedAt === null,
  );
  const address = `${base}/sources/${source.trackingSourceId}`;
  const listed = numbers.map((each) => formatPhone(each.phoneNumber)).join(', ');
  return (
    <Page
      {...(await accountShell(house, request, reply, entered))}
      title="Remove source"
      width="reading"
      breadcrumbs={[
        ...crumbs(base).slice(0, 1),
        { label: 'Tracking Sources', href: `${base}/sources` },
        { label: source.name, href: address },
        { label: 'Remove' },
      ]}
    >
      <Confirmation
        title={`Remove ${source.name}`}
        subject={{ name: account.name, label: labelOf(account.standing), agencyName: account.agencyName ?? undefined }}
        lead="It is no longer looked for on the website."
        actions={
          <>
            {may('edit-sources') && (
              <ButtonForm action={`${address}/remove`} idempotencyKey={newKey()}>
                Remove source
              </ButtonForm>
            )}
            <LinkButton href={address} variant="ghost" closesDialog>
              Never mind
            </LinkButton>
          </>
        }
        trouble={<TroubleLink href={troubleHref(base, `Remove ${source.name}`, refusal)} />}
      >
        {refusal && <Notice kind="refusal">{refusal}</Notice>}
        <PlanList
          label="What will happen"
          items={[
            ...(numbers.length > 0
              ? [
                  {
                    when: 'At once',
                    what: `${formatCount(numbers.length)} ${numbers.length === 1 ? 'number has' : 'numbers have'} no source any more, and ${numbers.length === 1 ? 'is' : 'are'} not shown on the website until given another`,
                    detail: listed,
                    tone: 'ends' as const,
                  },
                ]
              : []),
            ...(source.isPool ? [{ when: 'At once', what: 'Its pool ends', tone: 'ends' as const }] : []),
            {
              when: 'Within a minute',
              what: 'Its visitors count for the next source that fits, or for none',
              tone: 'ends' as const,
            },
            { what: 'Earlier calls and visits keep it in their history', tone: 'keeps' as const },
            {
              what: 'Adding a source of the same name brings it back, with the rules that it is given then',
              tone: 'keeps' as const,
            },
          ]}
        />
      </Confirmation>
    </Page>
  );
}
