import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { enterOperations, houseShell } from '../../accounts/enter.ts';
import { countEffects, readCarrierSettings } from '../../platform/carrier/simulated/settings.ts';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import { Refused } from '../../rules/decision.ts';
import { answerButton } from '../../web/answer.ts';
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
import { Dials, downDial, failDial, latencyDial, readDials, timeOutDial } from '../../web/dials.tsx';
import { formatCount, formatMoment, formatPhone } from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import { presentRefusal } from '../../web/present.ts';
import { fieldsOf, goOn, idOf, keyOf, sendPage } from '../../web/read.ts';
import type { SignedIn } from '../../web/serve.tsx';
import { retryCommand } from '../retryCommand.ts';
import { type CarrierWeather, steerCarrier } from '../steerCarrier.ts';
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
              wraps: true,
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
    return answerButton(reply, decision, {
      href: '/operations/carrier',
      timeZone: 'UTC',
      done: 'The simulated carrier behaves so from now on.',
    });
  });
}

const dials = [
  downDial,
  latencyDial,
  { name: 'failPercent', label: 'Fail rate', suffix: '%', max: 100 },
  failDial,
  timeOutDial,
  { name: 'requestsPerSecond', label: 'Rate limit', suffix: 'a second', min: 1, max: 10_000 },
] as const;

function readWeather(field: (name: string) => string): CarrierWeather {
  const { failPercent, ...weather } = readDials(dials, field);
  return failPercent === undefined ? weather : { ...weather, failRate: failPercent / 100 };
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
              <Dials of={dials} values={{ ...settings, failPercent: Math.round(settings.failRate * 100) }} />
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
