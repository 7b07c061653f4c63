import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { accountShell, type Entered, enterAccount } from '../accounts/enter.ts';
import type { House } from '../platform/house.ts';
import { newKey } from '../platform/ids.ts';
import { Refused } from '../rules/decision.ts';
import { ButtonForm, Confirmation, LinkButton, PlanList, TextLink } from '../web/components.tsx';
import { formatCount, formatPhone } from '../web/format.ts';
import { Page, renderPage } from '../web/layout.tsx';
import { goOn, idOf, keyOf, sendPage } from '../web/read.ts';
import { eraseCaller } from './eraseCaller.ts';
import { type CallLine, countCallsOfCaller, findCall } from './store.ts';

type CallRequest = { Params: { accountId: string; callId: string } };

const path = '/accounts/:accountId/calls/:callId/erasure';

/** A call's page → Erase caller: what goes, what stays and why, and the deed. */
export function registerErasePages(app: FastifyInstance, house: House): void {
  app.get<CallRequest>(`${path}/new`, async (request, reply) => {
    const entered = await enterAccount(house, request, 'erase-person');
    const call = await findCall(house.db, entered.account.accountId, idOf(request.params.callId));
    if (!call) throw new Refused({ code: 'not-found' });
    if (!call.callerNumber) throw new Refused({ code: 'no-caller-to-erase' });
    return sendPage(reply, renderPage(await confirmationPage(house, request, reply, entered, call)));
  });

  app.post<CallRequest>(path, async (request, reply) => {
    const { actor, account, base } = await enterAccount(house, request);
    const callId = idOf(request.params.callId);
    const decision = await eraseCaller(house, actor, account.accountId, callId, keyOf(request));
    if (!decision.ok) throw new Refused(decision.refusal);
    const calls = decision.value === 1 ? 'one call' : `${formatCount(decision.value)} calls`;
    return goOn(reply, `${base}/calls/${callId}`, { kind: 'success', text: `The caller was erased from ${calls}.` });
  });
}

async function confirmationPage(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  entered: Entered,
  call: CallLine,
) {
  const { account, base } = entered;
  const title = 'Erase caller';
  const caller = formatPhone(call.callerNumber);
  const calls = await countCallsOfCaller(house.db, account.accountId, call.callerNumber);
  const shell = await accountShell(house, request, reply, entered);
  return (
    <Page
      {...shell}
      title={title}
      width="reading"
      breadcrumbs={[
        { label: 'Calls' },
        { label: 'Call Log', href: `${base}/calls` },
        { label: caller, href: `${base}/calls/${call.callId}` },
        { label: title },
      ]}
    >
      <Confirmation
        title={title}
        subject={{ name: account.name, agencyName: account.agencyName ?? undefined }}
        lead={`${caller} is erased from ${calls === 1 ? 'the one call' : `all ${formatCount(calls)} calls`} that came from it here. Nobody can undo it.`}
        actions={
          <>
            <ButtonForm action={`${base}/calls/${call.callId}/erasure`} idempotencyKey={newKey()} variant="closing-red">
              Erase caller
            </ButtonForm>
            <LinkButton href={`${base}/calls/${call.callId}`} variant="ghost" closesDialog>
              Never mind
            </LinkButton>
          </>
        }
      >
        <PlanList
          label="What goes and what stays"
          items={[
            { what: 'The number, its city and state are blanked', tone: 'ends' },
            { what: 'No visit is named for these calls any more, and none is looked for', tone: 'ends' },
            {
              what: 'When it rang, how long it lasted, and its charge stay',
              detail: 'What was charged must remain provable; it says nothing of a person.',
              tone: 'keeps',
            },
            {
              what: 'The visits themselves stay, without a call',
              detail: call.visit ? (
                <>
                  A visitor is erased on{' '}
                  <TextLink href={`${base}/visits/${call.visit.visitId}`}>the page of the visit</TextLink>. Go there
                  first: afterwards it is no longer named here.
                </>
              ) : (
                <>
                  A visitor is erased on the page of a visit, under{' '}
                  <TextLink href={`${base}/visitors`}>Visitors</TextLink>.
                </>
              ),
              tone: 'keeps',
            },
            {
              what: 'The journal says that a caller was erased, by whom and when, and not which',
              tone: 'keeps',
            },
            {
              what: 'The carrier keeps records of its own',
              detail:
                'Ask the carrier, or support by a ticket, about those; backups made before now keep theirs until they are replaced.',
              tone: 'keeps',
            },
          ]}
        />
      </Confirmation>
    </Page>
  );
}
