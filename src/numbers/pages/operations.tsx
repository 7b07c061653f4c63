import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { enterOperations, houseShell } from '../../accounts/enter.ts';
import { countEffects, readCarrierSettings } from '../../platform/carrier/simulated/settings.ts';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import { Refused } from '../../rules/decision.ts';
import {
  Button,
  ButtonForm,
  Card,
  EmptyState,
  Field,
  FilterPanel,
  Form,
  FormActions,
  PageHeader,
  Stack,
  Stat,
  Stats,
  Table,
  Toolbar,
} from '../../web/components.tsx';
import { formatCount, formatMoment, formatPhone } from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import { presentRefusal } from '../../web/present.ts';
import { fieldsOf, goOn, idOf, keyOf, sendPage } from '../../web/read.ts';
import type { SignedIn } from '../../web/serve.tsx';
import { retryCommand } from '../retryCommand.ts';
import { steerCarrier } from '../steerCarrier.ts';
import { findCommands } from '../store.ts';
import { commandColumns } from './commands.tsx';

const shownCommandsMax = 200;

/** The operator's pages about the carrier: what was sent, what waits, and how the simulated one behaves. */
export function registerOperationsPages(app: FastifyInstance, house: House): void {
  app.get('/operations/carrier-commands', async (request, reply) => {
    const { viewer, roles } = await enterOperations(house, request);
    const isOperator = roles.includes('operator');
    const waitingOnly = fieldsOf(request.query)('show') === 'waiting';
    const commands = await findCommands(house.db, { waitingOnly, limit: shownCommandsMax });
    const page = (
      <Page
        {...(await houseShell(house, request, reply, viewer))}
        title="Carrier Commands"
        width="wide"
        breadcrumbs={[{ label: 'Operations' }, { label: 'Carrier Commands' }]}
      >
        <PageHeader
          title="Carrier Commands"
          description="Everything asked of the carrier, newest first. Each is sent until it is done, and is effective once."
        />
        <Toolbar>
          <FilterPanel
            action="/operations/carrier-commands"
            active={waitingOnly ? 1 : 0}
            clearHref="/operations/carrier-commands"
          >
            <Field
              name="show"
              label="Show"
              kind="select"
              value={waitingOnly ? 'waiting' : 'all'}
              options={[
                { value: 'all', label: 'All commands' },
                { value: 'waiting', label: 'Waiting commands' },
              ]}
            />
          </FilterPanel>
        </Toolbar>
        <Table
          caption="Carrier commands"
          rows={commands}
          rowKey={(command) => command.commandId}
          columns={[
            ...commandColumns('UTC').slice(0, 2),
            { header: 'Number', cell: (command) => formatPhone(command.phoneNumber) },
            { header: 'Account', cell: (command) => command.accountName, wraps: true },
            ...commandColumns('UTC').slice(2),
            {
              header: 'Next try',
              cell: (command) => (command.doneAt || command.failedAt ? '' : formatMoment(command.nextAttemptAt, 'UTC')),
            },
            {
              header: 'Do',
              actions: true,
              cell: (command) =>
                isOperator && !command.doneAt && !command.failedAt ? (
                  <ButtonForm
                    action={`/operations/carrier-commands/${command.commandId}/retry`}
                    idempotencyKey={newKey()}
                    size="small"
                    spoken={`Send now: ${formatPhone(command.phoneNumber)}`}
                  >
                    Send now
                  </ButtonForm>
                ) : null,
            },
          ]}
          empty={
            <EmptyState icon="list" title={waitingOnly ? 'Nothing waits' : 'No command yet'}>
              A purchase or the end of a hold makes the first one.
            </EmptyState>
          }
        />
      </Page>
    );
    return sendPage(reply, renderPage(page));
  });

  app.post<{ Params: { commandId: string } }>(
    '/operations/carrier-commands/:commandId/retry',
    async (request, reply) => {
      const { actor } = await enterOperations(house, request);
      const decision = await retryCommand(house, actor, idOf(request.params.commandId), keyOf(request));
      const notice = decision.ok
        ? ({ kind: 'success', text: 'The command is sent again at once.' } as const)
        : ({
            kind: 'refusal',
            text:
              decision.refusal.code === 'not-found'
                ? 'The command is done already, or has failed for good.'
                : presentRefusal(decision.refusal, 'UTC').sentence,
          } as const);
      return goOn(reply, '/operations/carrier-commands', notice);
    },
  );

  app.get('/operations/carrier', async (request, reply) => {
    const { viewer, roles } = await enterOperations(house, request);
    const isOperator = roles.includes('operator');
    return sendPage(reply, renderPage(await carrierPage(house, request, reply, viewer, isOperator)));
  });

  app.post('/operations/carrier', async (request, reply) => {
    const { actor } = await enterOperations(house, request);
    const decision = await steerCarrier(house, actor, readWeather(fieldsOf(request.body)), keyOf(request));
    const notice = decision.ok
      ? ({ kind: 'success', text: 'The simulated carrier behaves so from now on.' } as const)
      : ({ kind: 'refusal', text: presentRefusal(decision.refusal, 'UTC').sentence } as const);
    return goOn(reply, '/operations/carrier', notice);
  });
}

/** Numbers within what the carrier's table allows; an empty field leaves a setting as it is. */
function readWeather(field: (name: string) => string) {
  const whole = (name: string, max: number): number | undefined => {
    const text = field(name);
    return /^\d{1,6}$/.test(text) ? Math.min(Number(text), max) : undefined;
  };
  const given = {
    requestsPerSecond: whole('requestsPerSecond', 10_000) || undefined,
    latencyMs: whole('latencyMs', 600_000),
    failRate: whole('failPercent', 100) === undefined ? undefined : whole('failPercent', 100)! / 100,
    timeOutNextEffects: whole('timeOutNextEffects', 1_000),
    downSeconds: whole('downSeconds', 86_400) || undefined,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

async function carrierPage(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  viewer: SignedIn,
  isOperator: boolean,
) {
  if (!house.simulation) throw new Refused({ code: 'not-found' });
  const settings = await readCarrierSettings(house.simulation);
  const effects = await countEffects(house.simulation);
  return (
    <Page
      {...(await houseShell(house, request, reply, viewer))}
      title="Simulated Carrier"
      breadcrumbs={[{ label: 'Operations' }, { label: 'Simulated Carrier' }]}
    >
      <PageHeader
        title="Simulated Carrier"
        description="Numbers reserved for fiction, with a real carrier’s windows, limits and failures. Set how it behaves, to rehearse."
      />
      <Stack>
        <Stats>
          <Stat label="Numbers sold" value={formatCount(effects.buy)} />
          <Stat label="Numbers taken back" value={formatCount(effects.release)} />
          <Stat label="Settings changed" value={formatCount(effects.configure)} />
          <Stat
            label="Now"
            value={settings.downUntil ? `down until ${formatMoment(settings.downUntil, 'UTC')}` : 'up'}
          />
        </Stats>
        {isOperator && (
          <Card title="Behavior">
            <Form action="/operations/carrier" idempotencyKey={newKey()}>
              <Field
                name="downSeconds"
                label="Take it down for"
                kind="number"
                min={0}
                max={86_400}
                suffix="seconds"
                width="short"
                hint="Empty or 0 leaves it up."
              />
              <Field
                name="latencyMs"
                label="Latency"
                kind="number"
                min={0}
                max={600_000}
                suffix="ms"
                width="short"
                value={settings.latencyMs}
              />
              <Field
                name="failPercent"
                label="Fail rate"
                kind="number"
                min={0}
                max={100}
                suffix="%"
                width="short"
                value={Math.round(settings.failRate * 100)}
              />
              <Field
                name="timeOutNextEffects"
                label="Time out after the effect"
                kind="number"
                min={0}
                max={1_000}
                suffix="times"
                width="short"
                value={settings.timeOutNextEffects}
                hint="Does what was asked, then never answers."
              />
              <Field
                name="requestsPerSecond"
                label="Rate limit"
                kind="number"
                min={1}
                max={10_000}
                suffix="a second"
                width="short"
                value={settings.requestsPerSecond ?? ''}
              />
              <FormActions>
                <Button variant="primary">Behave so</Button>
              </FormActions>
            </Form>
          </Card>
        )}
      </Stack>
    </Page>
  );
}
