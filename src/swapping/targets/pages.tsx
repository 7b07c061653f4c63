import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { accountShell, type Entered, enterAccount, labelOf } from '../../accounts/enter.ts';
import { parsePhone } from '../../numbers/parsePhone.ts';
import { findNumber, findNumbers, type TrackingNumber } from '../../numbers/store.ts';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import { Refused } from '../../rules/decision.ts';
import { nameLengthMax } from '../../rules/lengths.ts';
import { isLookedFor } from '../../rules/sources.ts';
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
  PhoneNumber,
  PlanList,
  Stack,
  Table,
  TextLink,
  TroubleLink,
} from '../../web/components.tsx';
import { formatCount, formatPhone } from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import type { ShownRefusal } from '../../web/present.ts';
import { fieldsOf, idOf, keyOf, orNull, sendPage } from '../../web/read.ts';
import { findSources, type TrackingSource } from '../sources/store.ts';
import { type AddedTarget, addTarget } from './addTarget.ts';
import { chooseTargets } from './chooseTargets.ts';
import { removeTarget } from './removeTarget.ts';
import { renameTarget } from './renameTarget.ts';
import { findStandIns, findTargets, type TargetNumber } from './store.ts';

type AccountRequest = { Params: { accountId: string } };
type TargetRequest = { Params: { accountId: string; targetNumberId: string } };
type NumberRequest = { Params: { accountId: string; numberId: string } };

/** Numbers → Target Numbers, and what each tracking number stands in for. */
export function registerTargetPages(app: FastifyInstance, house: House): void {
  app.get<AccountRequest>('/accounts/:accountId/target-numbers', async (request, reply) => {
    const entered = await enterAccount(house, request, 'view-sources');
    return sendPage(reply, renderPage(await listPage(house, request, reply, entered)));
  });

  app.post<AccountRequest>('/accounts/:accountId/target-numbers', async (request, reply) => {
    const entered = await enterAccount(house, request, 'view-sources');
    const { actor, account, base } = entered;
    const field = fieldsOf(request.body);
    const wish = { phoneNumber: field('phoneNumber'), name: orNull(field('name')) };
    return answerForm(reply, await addTarget(house, actor, account.accountId, wish, keyOf(request)), {
      href: `${base}/target-numbers`,
      timeZone: account.timeZone,
      done: (added) => sayAdded(added, formatPhone(parsePhone(wish.phoneNumber) ?? '')),
      again: (refused) => listPage(house, request, reply, entered, wish, refused),
    });
  });

  app.post<TargetRequest>('/accounts/:accountId/target-numbers/:targetNumberId', async (request, reply) => {
    const { entered, target } = await enterTarget(house, request);
    const { actor, account, base } = entered;
    const name = orNull(fieldsOf(request.body)('name'));
    const decision = await renameTarget(house, actor, account.accountId, target.targetNumberId, name, keyOf(request));
    return answerButton(reply, decision, {
      href: `${base}/target-numbers`,
      timeZone: account.timeZone,
      done: 'The name was saved.',
    });
  });

  app.get<TargetRequest>('/accounts/:accountId/target-numbers/:targetNumberId/remove', async (request, reply) => {
    const { entered, target } = await enterTarget(house, request);
    return sendPage(reply, renderPage(await removePage(house, request, reply, entered, target)));
  });

  app.post<TargetRequest>('/accounts/:accountId/target-numbers/:targetNumberId/remove', async (request, reply) => {
    const { entered, target } = await enterTarget(house, request);
    const { actor, account, base } = entered;
    const decision = await removeTarget(house, actor, account.accountId, target.targetNumberId, keyOf(request));
    return answerForm(reply, decision, {
      href: `${base}/target-numbers`,
      timeZone: account.timeZone,
      done: `${formatPhone(target.phoneNumber)} is removed. Websites keep it as it stands, within a minute.`,
      again: ({ sentence }) => removePage(house, request, reply, entered, target, sentence),
    });
  });

  app.get<NumberRequest>('/accounts/:accountId/numbers/:numberId/target-numbers', async (request, reply) => {
    const { entered, number } = await enterNumber(house, request);
    return sendPage(reply, renderPage(await choicePage(house, request, reply, entered, number)));
  });

  app.post<NumberRequest>('/accounts/:accountId/numbers/:numberId/target-numbers', async (request, reply) => {
    const { entered, number } = await enterNumber(house, request);
    const { actor, account, base } = entered;
    const field = fieldsOf(request.body);
    const targets = await findTargets(house.db, account.accountId);
    const chosen = targets.map((each) => each.targetNumberId).filter((id) => field(`target-${id}`) === 'yes');
    const choice = field('which') === 'some' ? chosen : 'every';
    const { trackingNumberId } = number;
    const decision = await chooseTargets(house, actor, account.accountId, trackingNumberId, choice, keyOf(request));
    return answerForm(reply, decision, {
      href: `${base}/target-numbers`,
      timeZone: account.timeZone,
      done: `What ${formatPhone(number.phoneNumber)} stands in for was saved. Websites know within a minute.`,
      again: (refused) => choicePage(house, request, reply, entered, number, refused),
    });
  });
}

async function enterTarget(
  house: House,
  request: FastifyRequest<TargetRequest>,
): Promise<{ entered: Entered; target: TargetNumber }> {
  const entered = await enterAccount(house, request, 'view-sources');
  const id = idOf(request.params.targetNumberId);
  const target = (await findTargets(house.db, entered.account.accountId)).find((each) => each.targetNumberId === id);
  if (!target) throw new Refused({ code: 'not-found' });
  return { entered, target };
}

async function enterNumber(
  house: House,
  request: FastifyRequest<NumberRequest>,
): Promise<{ entered: Entered; number: TrackingNumber }> {
  const entered = await enterAccount(house, request, 'view-sources');
  const number = await findNumber(house.db, entered.account.accountId, idOf(request.params.numberId), entered.now);
  if (!number?.boughtAt || number.release) throw new Refused({ code: 'not-found' });
  return { entered, number };
}

function sayAdded({ how, name }: AddedTarget, phone: string): string {
  if (how === 'added') return 'The target number was added. Websites know within a minute.';
  if (how === 'named') return `${phone} was there already, without a name. It is called ${name} now.`;
  return `${phone} is there already${name === null ? '' : `, as ${name}`}. Nothing has changed.`;
}

/** What a tracking number stands in for, in words. `all`: removed ones as well. */
function sayStandIn(chosen: readonly number[] | undefined, all: readonly TargetNumber[]): string | null {
  if (!chosen) return 'Every target number';
  const there = all.filter((each) => chosen.includes(each.targetNumberId) && each.removedAt === null);
  return there.length > 0 ? there.map((each) => formatPhone(each.phoneNumber)).join(', ') : null;
}

async function listPage(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  entered: Entered,
  input?: { phoneNumber: string; name: string | null },
  refused?: ShownRefusal,
) {
  const { account, base, may, now } = entered;
  const all = await findTargets(house.db, account.accountId, { withRemoved: true });
  const targets = all.filter((each) => each.removedAt === null);
  const standIns = await findStandIns(house.db, account.accountId);
  const numbers = (await findNumbers(house.db, account.accountId, { filter: 'in use', now })).filter(
    (each) => each.boughtAt !== null,
  );
  const sources = await findSources(house.db, account.accountId);
  const editable = may('edit-sources');
  return (
    <Page
      {...(await accountShell(house, request, reply, entered))}
      title="Target Numbers"
      breadcrumbs={[{ label: 'Numbers' }, { label: 'Target Numbers' }]}
    >
      <PageHeader
        title="Target Numbers"
        description="The numbers that stand on the website. The tracking code finds them there, however they are written, and shows a tracking number in their place."
      />
      <Stack>
        {editable && (
          <Card title="Add a target number">
            <Form
              action={`${base}/target-numbers`}
              idempotencyKey={newKey()}
              inline
              refusal={refused && Object.keys(refused.fields).length === 0 ? refused.sentence : undefined}
            >
              <Field
                name="phoneNumber"
                label="Number on the website"
                kind="tel"
                required
                width="medium"
                value={input?.phoneNumber}
                placeholder="(212) 555-0142"
                error={refused?.fields.phoneNumber}
              />
              <Field
                name="name"
                label="Name"
                width="medium"
                value={input?.name ?? ''}
                maxlength={nameLengthMax}
                error={refused?.fields.name}
              />
              <Button variant="primary">Add</Button>
            </Form>
          </Card>
        )}
        <Table
          caption="Target numbers"
          rows={targets}
          rowKey={(target) => target.targetNumberId}
          columns={[
            { header: 'Number', main: true, cell: (target) => <PhoneNumber text={formatPhone(target.phoneNumber)} /> },
            {
              header: 'Name',
              cell: (target) => (editable ? <Rename base={base} target={target} /> : (target.name ?? '')),
            },
            {
              header: 'Stood in for by',
              wraps: true,
              cell: (target) => sayWhoStandsIn(target, numbers, sources, standIns),
            },
            {
              header: 'Do',
              actions: true,
              cell: (target) =>
                editable && (
                  <LinkButton
                    size="small"
                    href={`${base}/target-numbers/${target.targetNumberId}/remove`}
                    spoken={`Remove ${formatPhone(target.phoneNumber)}`}
                    dialog
                  >
                    Remove
                  </LinkButton>
                ),
            },
          ]}
          empty={
            <EmptyState icon="numbers" title="No target numbers yet">
              {editable
                ? 'Add the number that stands on your website now. Until then nothing is swapped there.'
                : 'Until there is one, nothing is swapped on the website.'}
            </EmptyState>
          }
        />
        <Card
          title="What each tracking number stands in for"
          description="One that was not asked to stand in for certain target numbers stands in for every one."
          flush
        >
          <Table
            caption="What each tracking number stands in for"
            rows={numbers}
            rowKey={(number) => `n${number.trackingNumberId}`}
            columns={[
              {
                header: 'Tracking number',
                main: true,
                cell: (number) => (
                  <PhoneNumber
                    text={formatPhone(number.phoneNumber)}
                    href={`${base}/numbers/${number.trackingNumberId}`}
                  />
                ),
              },
              {
                header: 'Source',
                wraps: true,
                cell: (number) =>
                  number.trackingSourceId === null ? (
                    <Badge tone="attention" icon="attention">
                      no source, so never shown
                    </Badge>
                  ) : (
                    <TextLink href={`${base}/sources/${number.trackingSourceId}`} quiet>
                      {number.sourceName}
                    </TextLink>
                  ),
              },
              {
                header: 'Stands in for',
                wraps: true,
                cell: (number) =>
                  sayNeverShown(number, sources) ??
                  sayStandIn(standIns.get(number.trackingNumberId), all) ?? (
                    <Badge tone="attention" icon="attention">
                      nothing that is still there
                    </Badge>
                  ),
              },
              {
                header: 'Do',
                actions: true,
                cell: (number) =>
                  editable &&
                  targets.length > 0 && (
                    <LinkButton
                      size="small"
                      href={`${base}/numbers/${number.trackingNumberId}/target-numbers`}
                      spoken={`Choose what ${formatPhone(number.phoneNumber)} stands in for`}
                    >
                      Choose
                    </LinkButton>
                  ),
              },
            ]}
            empty={
              <EmptyState
                icon="numbers"
                title="No tracking numbers yet"
                action={
                  may('buy-number') ? <LinkButton href={`${base}/numbers/buy`}>Buy Numbers</LinkButton> : undefined
                }
              />
            }
          />
        </Card>
        <TroubleLink href={troubleHref(base, 'Target Numbers', refusalOf(refused))} />
      </Stack>
    </Page>
  );
}

function Rename({ base, target }: { base: string; target: TargetNumber }) {
  const phone = formatPhone(target.phoneNumber);
  return (
    <Form action={`${base}/target-numbers/${target.targetNumberId}`} idempotencyKey={newKey()} inline>
      <Field
        name="name"
        id={`name-${target.targetNumberId}`}
        label={`Name of ${phone}`}
        labelHidden
        width="medium"
        value={target.name ?? ''}
        maxlength={nameLengthMax}
      />
      <Button size="small" spoken={`Rename ${phone}`}>
        Rename
      </Button>
    </Form>
  );
}

/** Why websites never show a number whatever it was asked to stand in for; null for one that they may show, or that has no source. */
function sayNeverShown({ trackingSourceId }: TrackingNumber, sources: readonly TrackingSource[]): string | null {
  const source = sources.find((each) => each.trackingSourceId === trackingSourceId);
  if (!source || isLookedFor(source)) return null;
  return source.isOnsite ? 'Nothing: its source has no rules yet' : 'Nothing: its source is offsite';
}

/** Those that websites show for it: of sources that are looked for; without a pool the oldest one of each. */
function sayWhoStandsIn(
  { targetNumberId }: TargetNumber,
  numbers: readonly TrackingNumber[],
  sources: readonly TrackingSource[],
  standIns: ReadonlyMap<number, readonly number[]>,
): string {
  const able = numbers.filter(
    (each) => each.switches.length === 0 && (standIns.get(each.trackingNumberId)?.includes(targetNumberId) ?? true),
  );
  const shown = sources.filter(isLookedFor).reduce((sum, { trackingSourceId, isPool }) => {
    const own = able.filter((each) => each.trackingSourceId === trackingSourceId).length;
    return sum + (isPool ? own : Math.min(own, 1));
  }, 0);
  return shown === 0
    ? 'No tracking number that websites show'
    : `${formatCount(shown)} tracking number${shown === 1 ? '' : 's'}`;
}

async function choicePage(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  entered: Entered,
  number: TrackingNumber,
  refused?: ShownRefusal,
) {
  const { account, base, may } = entered;
  const targets = await findTargets(house.db, account.accountId);
  const chosen = (await findStandIns(house.db, account.accountId)).get(number.trackingNumberId);
  const phone = formatPhone(number.phoneNumber);
  const title = `What ${phone} stands in for`;
  return (
    <Page
      {...(await accountShell(house, request, reply, entered))}
      title={title}
      width="reading"
      breadcrumbs={[
        { label: 'Numbers' },
        { label: 'Target Numbers', href: `${base}/target-numbers` },
        { label: phone },
      ]}
    >
      <PageHeader
        title={title}
        description={
          !number.sourceName
            ? 'It has no source yet, so it is shown to nobody.'
            : sayNeverShown(number, await findSources(house.db, account.accountId)) === null
              ? `Shown to visitors of ${number.sourceName}.`
              : `Its source, ${number.sourceName}, is not looked for on the website, so it is shown to nobody.`
        }
      />
      <Card>
        <Form
          action={`${base}/numbers/${number.trackingNumberId}/target-numbers`}
          idempotencyKey={newKey()}
          refusal={refusalOf(refused)}
        >
          <Field
            kind="radio"
            name="which"
            label="Stands in for"
            value={chosen || refused ? 'some' : 'every'}
            options={[
              { value: 'every', label: 'Every target number', hint: 'Those that are added later as well' },
              { value: 'some', label: 'Only these' },
            ]}
          />
          <FieldGroup legend="Target numbers" hint="They count if “Only these” is chosen.">
            {targets.map((target) => (
              <Field
                key={target.targetNumberId}
                kind="checkbox"
                name={`target-${target.targetNumberId}`}
                label={`${formatPhone(target.phoneNumber)}${target.name ? `, ${target.name}` : ''}`}
                checked={chosen?.includes(target.targetNumberId) ?? false}
              />
            ))}
            {targets.length === 0 && <p class="muted">There are no target numbers yet.</p>}
          </FieldGroup>
          <FormActions trouble={<TroubleLink href={troubleHref(base, title, refusalOf(refused))} />}>
            {may('edit-sources') && <Button variant="primary">Save</Button>}
            <LinkButton href={`${base}/target-numbers`} variant="ghost">
              Never mind
            </LinkButton>
          </FormActions>
        </Form>
      </Card>
    </Page>
  );
}

async function removePage(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  entered: Entered,
  target: TargetNumber,
  refusal?: string,
) {
  const { account, base, may, now } = entered;
  const phone = formatPhone(target.phoneNumber);
  const standIns = await findStandIns(house.db, account.accountId);
  const numbers = await findNumbers(house.db, account.accountId, { filter: 'in use', now });
  const only = numbers.filter((each) => standIns.get(each.trackingNumberId)?.join() === String(target.targetNumberId));
  return (
    <Page
      {...(await accountShell(house, request, reply, entered))}
      title="Remove target number"
      width="reading"
      breadcrumbs={[
        { label: 'Numbers' },
        { label: 'Target Numbers', href: `${base}/target-numbers` },
        { label: phone },
      ]}
    >
      <Confirmation
        title={`Remove ${phone}`}
        subject={{ name: account.name, label: labelOf(account.standing), agencyName: account.agencyName ?? undefined }}
        lead={target.name ?? undefined}
        actions={
          <>
            {may('edit-sources') && (
              <ButtonForm action={`${base}/target-numbers/${target.targetNumberId}/remove`} idempotencyKey={newKey()}>
                Remove target number
              </ButtonForm>
            )}
            <LinkButton href={`${base}/target-numbers`} variant="ghost" closesDialog>
              Never mind
            </LinkButton>
          </>
        }
        trouble={<TroubleLink href={troubleHref(base, `Remove ${phone}`, refusal)} />}
      >
        {refusal && <Notice kind="refusal">{refusal}</Notice>}
        <PlanList
          label="What will happen"
          items={[
            {
              when: 'Within a minute',
              what: 'Websites keep this number as it stands, for every visitor',
              tone: 'ends',
            },
            ...(only.length > 0
              ? [
                  {
                    when: 'At once',
                    what: `${only.map((each) => formatPhone(each.phoneNumber)).join(', ')} ${only.length === 1 ? 'stands' : 'stand'} in for nothing until you choose`,
                    tone: 'ends' as const,
                  },
                ]
              : []),
            { what: 'Tracking numbers and their calls stay as they are', tone: 'keeps' },
          ]}
        />
      </Confirmation>
    </Page>
  );
}
