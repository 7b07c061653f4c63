import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { accountShell, type Entered, enterAccount } from '../../accounts/enter.ts';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import { nameLengthMax } from '../../rules/lengths.ts';
import { answerButton, answerForm } from '../../web/answer.ts';
import { Button, Card, EmptyState, Field, Form, PageHeader, PhoneNumber, Stack, Table } from '../../web/components.tsx';
import { formatCount, formatPhone } from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import type { ShownRefusal } from '../../web/present.ts';
import { fieldsOf, idOf, keyOf, orNull, sendPage } from '../../web/read.ts';
import { keepReceiving, renameReceiving } from '../keepReceiving.ts';
import { findReceivingNumbers } from '../store.ts';

type AccountRequest = { Params: { accountId: string } };

/** Numbers → Receiving Numbers: where calls are forwarded to. */
export function registerReceivingPages(app: FastifyInstance, house: House): void {
  app.get<AccountRequest>('/accounts/:accountId/receiving-numbers', async (request, reply) => {
    const entered = await enterAccount(house, request, 'view-numbers');
    return sendPage(reply, renderPage(await listPage(house, request, reply, entered)));
  });

  app.post<AccountRequest>('/accounts/:accountId/receiving-numbers', async (request, reply) => {
    const entered = await enterAccount(house, request, 'view-numbers');
    const { actor, account, base } = entered;
    const field = fieldsOf(request.body);
    const wanted = { phoneNumber: field('phoneNumber'), name: orNull(field('name')) };
    return answerForm(reply, await keepReceiving(house, actor, account.accountId, wanted, keyOf(request)), {
      href: `${base}/receiving-numbers`,
      timeZone: account.timeZone,
      done: 'The receiving number was saved.',
      again: (refused) => listPage(house, request, reply, entered, wanted, refused),
    });
  });

  app.post<{ Params: { accountId: string; receivingNumberId: string } }>(
    '/accounts/:accountId/receiving-numbers/:receivingNumberId',
    async (request, reply) => {
      const { actor, account, base } = await enterAccount(house, request, 'view-numbers');
      const name = orNull(fieldsOf(request.body)('name'));
      const id = idOf(request.params.receivingNumberId);
      return answerButton(reply, await renameReceiving(house, actor, account.accountId, id, name, keyOf(request)), {
        href: `${base}/receiving-numbers`,
        timeZone: account.timeZone,
        done: 'The name was saved.',
      });
    },
  );
}

async function listPage(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  entered: Entered,
  input?: { phoneNumber: string; name: string | null },
  refused?: ShownRefusal,
) {
  const { account, base, may } = entered;
  const numbers = await findReceivingNumbers(house.db, account.accountId);
  const editable = may('edit-number');
  return (
    <Page
      {...(await accountShell(house, request, reply, entered))}
      title="Receiving Numbers"
      breadcrumbs={[{ label: 'Numbers' }, { label: 'Receiving Numbers' }]}
    >
      <PageHeader title="Receiving Numbers" description="The telephones that calls are forwarded to." />
      <Stack>
        {editable && (
          <Card title="Add a receiving number">
            <Form
              action={`${base}/receiving-numbers`}
              idempotencyKey={newKey()}
              inline
              refusal={refused && Object.keys(refused.fields).length === 0 ? refused.sentence : undefined}
            >
              <Field
                name="phoneNumber"
                label="Phone number"
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
          caption="Receiving numbers"
          rows={numbers}
          rowKey={(number) => number.receivingNumberId}
          columns={[
            { header: 'Number', main: true, cell: (number) => <PhoneNumber text={formatPhone(number.phoneNumber)} /> },
            {
              header: 'Name',
              cell: (number) =>
                editable ? (
                  <Form
                    action={`${base}/receiving-numbers/${number.receivingNumberId}`}
                    idempotencyKey={newKey()}
                    inline
                  >
                    <Field
                      name="name"
                      id={`name-${number.receivingNumberId}`}
                      label={`Name of ${formatPhone(number.phoneNumber)}`}
                      labelHidden
                      width="medium"
                      value={number.name ?? ''}
                      maxlength={nameLengthMax}
                    />
                    <Button size="small" spoken={`Rename ${formatPhone(number.phoneNumber)}`}>
                      Rename
                    </Button>
                  </Form>
                ) : (
                  (number.name ?? '')
                ),
            },
            {
              header: 'Used by',
              numeric: true,
              cell: (number) => `${formatCount(number.usedBy)} tracking number${number.usedBy === 1 ? '' : 's'}`,
            },
          ]}
          empty={
            <EmptyState icon="calls" title="No receiving numbers yet">
              Add one here, or give one while you buy a tracking number.
            </EmptyState>
          }
        />
      </Stack>
    </Page>
  );
}
