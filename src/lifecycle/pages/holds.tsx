import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { enterOperations, houseShell } from '../../accounts/enter.ts';
import { holdCalls, liftHold } from '../../accounts/holdCalls.ts';
import { findHeldAccounts, type HeldAccount } from '../../accounts/store.ts';
import { findNames } from '../../auth/store.ts';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import {
  Button,
  ButtonForm,
  Card,
  EmptyState,
  Field,
  Form,
  FormActions,
  Moment,
  PageHeader,
  Stack,
  Table,
} from '../../web/components.tsx';
import { formatMoment } from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import { presentRefusal, statusOf } from '../../web/present.ts';
import { fieldsOf, goOn, idOf, keyOf, sendPage } from '../../web/read.ts';

interface Refused {
  accountId: string;
  why: string;
  sentence: string;
  fields: Readonly<Record<string, string>>;
}

const href = '/operations/holds';
const noAccount = 'There is no account with this number. It stands in the addresses of its pages, and in its tickets.';

/** Operations → Held Calls: refusing an account's calls for a reason that it is shown, and lifting that again. */
export function registerHoldPages(app: FastifyInstance, house: House): void {
  app.get(href, async (request, reply) => show(request, reply));

  app.post(href, async (request, reply) => {
    const { actor } = await enterOperations(house, request, 'hold-calls');
    const field = fieldsOf(request.body);
    const asked = { accountId: field('accountId'), why: field('why') };
    const accountId = /^\d{1,15}$/.test(asked.accountId) ? Number(asked.accountId) : 0;
    const decision = await holdCalls(house, actor, accountId, asked.why, keyOf(request));
    if (decision.ok)
      return goOn(reply, href, { kind: 'success', text: 'The calls are held. The account is shown the reason.' });
    const { refusal } = decision;
    const refused =
      refusal.code === 'not-found'
        ? { sentence: '', fields: { accountId: noAccount } }
        : presentRefusal(refusal, 'UTC');
    return show(request, reply, { ...asked, ...refused }, refusal.code === 'not-found' ? 422 : statusOf(refusal));
  });

  app.post<{ Params: { heldId: string } }>(`${href}/:heldId/lift`, async (request, reply) => {
    const { actor } = await enterOperations(house, request, 'hold-calls');
    const decision = await liftHold(house, actor, idOf(request.params.heldId), keyOf(request));
    const notice = decision.ok
      ? ({
          kind: 'success',
          text: 'The hold was lifted: calls connect again, unless the account stopped them itself.',
        } as const)
      : ({ kind: 'refusal', text: presentRefusal(decision.refusal, 'UTC').sentence } as const);
    return goOn(reply, href, notice);
  });

  async function show(request: FastifyRequest, reply: FastifyReply, refused?: Refused, status = 200) {
    const { viewer } = await enterOperations(house, request, 'hold-calls');
    const held = await findHeldAccounts(house.db);
    const names = await findNames(
      house.db,
      held.map((each) => each.by),
    );
    const page = (
      <Page
        {...(await houseShell(house, request, reply, viewer))}
        title="Held Calls"
        breadcrumbs={[{ label: 'Operations' }, { label: 'Held Calls' }]}
      >
        <PageHeader
          title="Held Calls"
          description="For fraud and the like. Calls to the account’s numbers are refused; everything else of it goes on."
        />
        <Stack>
          <HoldForm refused={refused} />
          <HeldTable held={held} names={names} />
        </Stack>
      </Page>
    );
    return sendPage(reply, renderPage(page), status);
  }
}

function HoldForm({ refused }: { refused: Refused | undefined }) {
  return (
    <Card title="Hold the calls of an account">
      <Form action={href} idempotencyKey={newKey()} refusal={refused?.sentence || undefined}>
        <Field
          name="accountId"
          label="Account number"
          inputmode="numeric"
          width="short"
          required
          value={refused?.accountId ?? ''}
          error={refused?.fields.accountId}
        />
        <Field
          name="why"
          label="Reason"
          required
          maxlength={300}
          value={refused?.why ?? ''}
          hint="The account is shown it, word for word."
          error={refused?.fields.why}
        />
        <FormActions>
          <Button variant="primary">Hold calls</Button>
        </FormActions>
      </Form>
    </Card>
  );
}

function HeldTable({ held, names }: { held: readonly HeldAccount[]; names: ReadonlyMap<string, string> }) {
  return (
    <Table
      caption="Accounts whose calls are held"
      captionShown
      rows={held}
      rowKey={(each) => each.accountId}
      columns={[
        {
          header: 'Account',
          main: true,
          wraps: true,
          cell: (each) => (
            <>
              {each.name}
              <small class="under">
                {each.accountId}
                {each.agencyName ? `, ${each.agencyName}` : ''}
              </small>
            </>
          ),
        },
        { header: 'Reason', wraps: true, cell: (each) => each.why },
        { header: 'Since', cell: (each) => <Moment at={each.since} text={formatMoment(each.since, 'UTC')} /> },
        { header: 'By', wraps: true, cell: (each) => names.get(each.by) ?? 'Somebody who left' },
        {
          header: 'Do',
          actions: true,
          cell: (each) => (
            <ButtonForm
              action={`${href}/${each.accountId}/lift`}
              idempotencyKey={newKey()}
              size="small"
              spoken={`Lift the hold of ${each.name}`}
            >
              Lift
            </ButtonForm>
          ),
        },
      ]}
      empty={<EmptyState icon="calls" title="No calls are held" />}
    />
  );
}
