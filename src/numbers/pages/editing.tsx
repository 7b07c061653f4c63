import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { accountShell, type Entered, enterAccount, labelOf } from '../../accounts/enter.ts';
import { findNames } from '../../auth/store.ts';
import { findOngoing } from '../../billing/sayOngoing.tsx';
import { findBalance } from '../../billing/store.ts';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import { promisesAt } from '../../rules/closing.ts';
import { Refused } from '../../rules/decision.ts';
import { nameLengthMax } from '../../rules/lengths.ts';
import { numberStateOf } from '../../rules/numberState.ts';
import { answerForm } from '../../web/answer.ts';
import { refusalIn, refusalOf, troubleHref } from '../../web/askHref.ts';
import {
  Badge,
  Button,
  ButtonForm,
  Card,
  Confirmation,
  DefinitionList,
  Field,
  Form,
  FormActions,
  LinkButton,
  Moment,
  Notice,
  PageHeader,
  PlanList,
  Setting,
  Settings,
  Stack,
  StandingLabel,
  Table,
  TextLink,
  TroubleLink,
} from '../../web/components.tsx';
import { formatCount, formatMoment, formatMoney, formatPhone } from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import type { ShownRefusal } from '../../web/present.ts';
import { fieldsOf, idOf, keyOf, orNull, sendPage } from '../../web/read.ts';
import { editNumber, type NumberChange } from '../edit.ts';
import { releaseNumber } from '../release.ts';
import { findCommands, findNamedSources, findNumber, type TrackingNumber } from '../store.ts';
import { commandColumns } from './commands.tsx';
import { type FindLastShown, sayLastShown } from './lastShown.tsx';
import { readSource, SourceFields, saySource } from './sourceFields.tsx';
import { NumberSwitch } from './switching.tsx';

type NumberRequest = { Params: { accountId: string; numberId: string } };

/** A number's edit page, and its release. */
export function registerEditingPages(app: FastifyInstance, house: House, findLastShown: FindLastShown): void {
  app.get<NumberRequest>('/accounts/:accountId/numbers/:numberId', async (request, reply) => {
    const { entered, number } = await enterNumber(house, request);
    return sendPage(reply, renderPage(await editPage(house, request, reply, entered, number, findLastShown)));
  });

  app.post<NumberRequest>('/accounts/:accountId/numbers/:numberId', async (request, reply) => {
    const { entered, number } = await enterNumber(house, request);
    const field = fieldsOf(request.body);
    const change = {
      name: orNull(field('name')),
      source: readSource(field),
      receivingNumber: orNull(field('receivingNumber')),
    };
    const decision = await editNumber(
      house,
      entered.actor,
      entered.account.accountId,
      number.trackingNumberId,
      change,
      keyOf(request),
    );
    return answerForm(reply, decision, {
      href: addressOf(entered, number),
      timeZone: entered.account.timeZone,
      done: (source) =>
        `The number was saved. The next call goes by it.${saySource(source, formatPhone(number.phoneNumber))}`,
      again: (refused) => editPage(house, request, reply, entered, number, findLastShown, change, refused),
    });
  });

  app.get<NumberRequest>('/accounts/:accountId/numbers/:numberId/release', async (request, reply) => {
    const { entered, number } = await enterNumber(house, request);
    return sendPage(reply, renderPage(await releasePage(house, request, reply, entered, number)));
  });

  app.post<NumberRequest>('/accounts/:accountId/numbers/:numberId/release', async (request, reply) => {
    const { entered, number } = await enterNumber(house, request);
    const { account, base, actor } = entered;
    const decision = await releaseNumber(house, actor, account.accountId, number.trackingNumberId, keyOf(request));
    return answerForm(reply, decision, {
      href: `${base}/numbers/released`,
      timeZone: account.timeZone,
      done: (until) =>
        `${formatPhone(number.phoneNumber)} is released. It can be restored until ${formatMoment(new Date(until), account.timeZone)}.`,
      again: ({ sentence }) => releasePage(house, request, reply, entered, number, sentence),
    });
  });
}

async function enterNumber(
  house: House,
  request: FastifyRequest<NumberRequest>,
): Promise<{ entered: Entered; number: TrackingNumber }> {
  const entered = await enterAccount(house, request, 'view-numbers');
  const number = await findNumber(house.db, entered.account.accountId, idOf(request.params.numberId), entered.now);
  if (!number) throw new Refused({ code: 'not-found' });
  return { entered, number };
}

const addressOf = (entered: Entered, number: TrackingNumber): string =>
  `${entered.base}/numbers/${number.trackingNumberId}`;

const asItIs = ({ name, receivingNumber, trackingSourceId }: TrackingNumber): NumberChange => ({
  name,
  receivingNumber,
  source: trackingSourceId === null ? null : { trackingSourceId },
});

async function editPage(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  entered: Entered,
  number: TrackingNumber,
  findLastShown: FindLastShown,
  change: NumberChange = asItIs(number),
  refused?: ShownRefusal,
) {
  const { account, base, may, now } = entered;
  const lastShown = (await findLastShown(house.db, account.accountId)).get(number.trackingNumberId);
  const phone = formatPhone(number.phoneNumber);
  const sources = await findNamedSources(house.db, account.accountId);
  const commands = (await findCommands(house.db, { accountId: account.accountId, limit: 200 })).filter(
    (each) => each.trackingNumberId === number.trackingNumberId,
  );
  const show = (date: Date) => <Moment at={date} text={formatMoment(date, account.timeZone)} />;
  const inUse = number.boughtAt !== null && !number.release;
  const { accountId } = account;
  const shell = await accountShell(house, request, reply, entered);
  const switching = inUse &&
    !account.closure && {
      entered,
      number,
      lastRefusal: refusalIn(shell.notice),
      ongoing: await findOngoing(house.db, { accountId, trackingNumberId: number.trackingNumberId }),
      currency: (await findBalance(house.db, account.payerId)).currency,
      names: await findNames(
        house.db,
        number.switches.map((each) => each.by),
      ),
    };
  return (
    <Page
      {...shell}
      title={phone}
      breadcrumbs={[{ label: 'Numbers' }, { label: 'Tracking Numbers', href: `${base}/numbers` }, { label: phone }]}
    >
      <PageHeader
        title={phone}
        badge={stateBadge(number, labelOf(numberStateOf(account, number.switches).standing))}
        description={number.name ?? undefined}
      />
      <Stack>
        {number.failure && (
          <Notice kind="refusal" title="This number was not bought">
            {number.failure} Nothing was charged.
          </Notice>
        )}
        {!inUse && !number.failure && !number.release && (
          <Notice kind="info">
            The carrier has not confirmed this number yet. This page changes by itself when it has.
          </Notice>
        )}
        {number.release && (
          <Notice
            kind="attention"
            title="This number is released"
            actions={<LinkButton href={`${base}/numbers/released`}>Released Numbers</LinkButton>}
          >
            Its calls are refused. It can be restored until {show(number.release.restorableUntil)}.
          </Notice>
        )}
        {may('edit-number') && !number.release && !number.failedAt ? (
          <Card title="Where it leads">
            <Form action={addressOf(entered, number)} idempotencyKey={newKey()} refusal={refused?.sentence}>
              <Field
                name="receivingNumber"
                label="Receiving number"
                kind="tel"
                value={change.receivingNumber ? formatOrKeep(change.receivingNumber) : ''}
                hint="Where calls are forwarded to. Empty: callers hear that it is not connected yet."
                error={refused?.fields.receivingNumber}
              />
              <Field
                name="name"
                label="Name"
                value={change.name ?? ''}
                maxlength={nameLengthMax}
                error={refused?.fields.name}
              />
              <SourceFields sources={sources} choice={change.source} refused={refused} />
              <FormActions trouble={<TroubleLink href={troubleHref(base, `Edit ${phone}`, refusalOf(refused))} />}>
                <Button variant="primary">Save number</Button>
              </FormActions>
            </Form>
          </Card>
        ) : (
          <DefinitionList
            items={[
              {
                term: 'Receiving number',
                description: number.receivingNumber ? formatPhone(number.receivingNumber) : 'None',
              },
              { term: 'Tracking source', description: number.sourceName ?? 'None' },
            ]}
          />
        )}
        {house.config.development && number.boughtAt && (
          <Card
            title="Place a test call"
            description="Development only: the simulated carrier rings this number, and the call log shows it."
          >
            <Form
              action={`${base}/test-calls`}
              idempotencyKey={newKey()}
              hidden={{ trackingNumberId: String(number.trackingNumberId) }}
              inline
            >
              <Field name="from" label="From" kind="tel" width="medium" value="(212) 555-0177" />
              <Button icon="calls">Call now</Button>
            </Form>
          </Card>
        )}
        <Card title="Facts">
          <DefinitionList
            items={[
              { term: 'Kind', description: number.kind === 'tollfree' ? 'Toll-free' : 'Local' },
              { term: 'Bought', description: number.boughtAt ? show(number.boughtAt) : 'Not yet' },
              {
                term: 'Renewal',
                description:
                  number.paidUntil && inUse ? (
                    <>
                      {formatMoney(number.monthlyPriceMicros, 'USD')} on {show(number.paidUntil)}
                    </>
                  ) : (
                    'None'
                  ),
              },
              { term: 'Calls, 30 days', description: formatCount(number.calls30Days) },
              {
                term: 'On websites',
                description: (
                  <>
                    {lastShown ? sayLastShown(lastShown, now) : 'not seen yet'}
                    {inUse && may('view-sources') && (
                      <>
                        {'; '}
                        <TextLink href={`${addressOf(entered, number)}/target-numbers`}>what it stands in for</TextLink>
                      </>
                    )}
                  </>
                ),
              },
              {
                term: 'At the carrier',
                description: number.carrierNumberId ? `${number.carrier}, ${number.carrierNumberId}` : number.carrier,
              },
            ]}
          />
        </Card>
        {commands.length > 0 && (
          <Card title="Commands to the carrier" flush>
            <Table
              caption="Commands to the carrier"
              dense
              rows={commands}
              rowKey={(command) => command.commandId}
              columns={commandColumns(account.timeZone)}
            />
          </Card>
        )}
        {switching && (
          <Settings>
            <NumberSwitch {...switching} kind="pause" />
            <NumberSwitch {...switching} kind="stop" />
            <Setting
              title="Release Tracking Number"
              description="Ends this account’s use of the number. It is held for 14 days, in which it can be restored."
              action={
                may('release-number') ? (
                  <LinkButton href={`${addressOf(entered, number)}/release`} variant="closing-orange" dialog>
                    Release Tracking Number
                  </LinkButton>
                ) : undefined
              }
              trouble={<TroubleLink href={troubleHref(base, `Release ${phone}`)} />}
            />
          </Settings>
        )}
      </Stack>
    </Page>
  );
}

/** A number typed wrongly is shown as it was typed. */
const formatOrKeep = (text: string): string => (/^\+\d+$/.test(text) ? formatPhone(text) : text);

function stateBadge(number: TrackingNumber, label: string | null) {
  if (number.failedAt) return <Badge tone="bad">not bought</Badge>;
  if (!number.boughtAt) return <Badge tone="info">being bought</Badge>;
  if (number.release) return <Badge tone="ended">released</Badge>;
  return <StandingLabel label={label} open="active" />;
}

async function releasePage(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  entered: Entered,
  number: TrackingNumber,
  refusal?: string,
) {
  const { account, base, now, may } = entered;
  const phone = formatPhone(number.phoneNumber);
  const { numbersRestorableUntil } = promisesAt(now);
  const until = <Moment at={numbersRestorableUntil} text={formatMoment(numbersRestorableUntil, account.timeZone)} />;
  return (
    <Page
      {...(await accountShell(house, request, reply, entered))}
      title="Release Tracking Number"
      width="reading"
      breadcrumbs={[
        { label: 'Numbers' },
        { label: 'Tracking Numbers', href: `${base}/numbers` },
        { label: phone, href: addressOf(entered, number) },
        { label: 'Release' },
      ]}
    >
      <Confirmation
        title={`Release ${phone}`}
        subject={{ name: account.name, label: labelOf(account.standing), agencyName: account.agencyName ?? undefined }}
        lead={`${number.name ? `${number.name}. ` : ''}${formatCount(number.calls30Days)} calls in the last 30 days.`}
        actions={
          <>
            {may('release-number') && !number.release && (
              <ButtonForm
                action={`${addressOf(entered, number)}/release`}
                idempotencyKey={newKey()}
                variant="closing-orange"
              >
                Release Tracking Number
              </ButtonForm>
            )}
            <LinkButton href={addressOf(entered, number)} variant="ghost" closesDialog>
              Never mind
            </LinkButton>
          </>
        }
        trouble={<TroubleLink href={troubleHref(base, `Release ${phone}, confirmation`, refusal)} />}
      >
        {refusal && <Notice kind="refusal">{refusal}</Notice>}
        <PlanList
          label="What will happen"
          items={[
            { when: 'At once', what: 'Its calls are refused, and it is no longer renewed', tone: 'ends' },
            {
              when: until,
              what: 'Until then it can be restored, under Released Numbers',
              detail: 'Free inside the month already paid.',
              tone: 'keeps',
            },
            {
              when: until,
              what: 'Then it goes back to the carrier',
              detail: 'Somebody else may have it 45 days later.',
              tone: 'ends',
            },
          ]}
        />
      </Confirmation>
    </Page>
  );
}
