import type { FastifyInstance } from 'fastify';
import { accountShell, enterAccount } from '../../accounts/enter.ts';
import { findNames } from '../../auth/store.ts';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import { Refused } from '../../rules/decision.ts';
import { decideRestore } from '../../rules/numbers.ts';
import { policy } from '../../rules/policy.ts';
import { addDays, isBefore } from '../../rules/time.ts';
import { askHref, refusalIn, troubleHref } from '../../web/askHref.ts';
import {
  ButtonForm,
  EmptyState,
  LinkButton,
  Moment,
  Notice,
  PageHeader,
  PhoneNumber,
  Stack,
  Table,
  TextLink,
  TroubleLink,
} from '../../web/components.tsx';
import { formatDay, formatMoment, formatMoney, formatPhone } from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import { presentRefusal } from '../../web/present.ts';
import { goOn, idOf, keyOf, sendPage } from '../../web/read.ts';
import { restoreNumber } from '../restore.ts';
import { findNumber, findNumbers } from '../store.ts';

type AccountRequest = { Params: { accountId: string } };

/** Numbers → Tracking Numbers → Released Numbers → Restore. */
export function registerReleasedPages(app: FastifyInstance, house: House): void {
  app.get<AccountRequest>('/accounts/:accountId/numbers/released', async (request, reply) => {
    const entered = await enterAccount(house, request, 'view-numbers');
    const { account, base, now, may } = entered;
    const numbers = await findNumbers(house.db, account.accountId, { filter: 'released', now });
    const names = await findNames(
      house.db,
      numbers.map((each) => each.release!.releasedBy),
    );
    const moment = (date: Date) => <Moment at={date} text={formatMoment(date, account.timeZone)} />;
    const shell = await accountShell(house, request, reply, entered);
    const page = (
      <Page
        {...shell}
        title="Released Numbers"
        width="wide"
        breadcrumbs={[
          { label: 'Numbers' },
          { label: 'Tracking Numbers', href: `${base}/numbers` },
          { label: 'Released Numbers' },
        ]}
      >
        <PageHeader
          title="Released Numbers"
          description={`A released number is held for ${policy.restoreWindowDays} days and can be restored in them, with its source, routing and name.`}
          actions={<LinkButton href={`${base}/numbers`}>Tracking Numbers</LinkButton>}
        />
        <Stack>
          {account.closure && (
            <Notice
              kind="attention"
              title="This account is canceled"
              actions={
                may('reactivate-account') ? <LinkButton href={`${base}/settings#status`}>Status</LinkButton> : undefined
              }
            >
              {account.isAgencyCanceled
                ? 'Its agency is canceled too: support can bring the account back with its numbers, on a ticket.'
                : 'Reactivate the account first; then its numbers can be restored here, each until its own date.'}
            </Notice>
          )}
          <Table
            caption="Released numbers"
            rows={numbers}
            rowKey={(number) => number.trackingNumberId}
            grey={(number) => !isBefore(now, number.release!.restorableUntil)}
            columns={[
              {
                header: 'Number',
                main: true,
                wraps: true,
                cell: (number) => (
                  <>
                    <PhoneNumber
                      text={formatPhone(number.phoneNumber)}
                      href={`${base}/numbers/${number.trackingNumberId}`}
                    />
                    {number.name && <small class="under">{number.name}</small>}
                  </>
                ),
              },
              {
                header: 'Released',
                wraps: true,
                cell: (number) => (
                  <>
                    {moment(number.release!.releasedAt)}
                    <small class="under">
                      by {names.get(number.release!.releasedBy) ?? 'somebody who left'}
                      {number.release!.closureId ? ', with the account' : ''}
                    </small>
                  </>
                ),
              },
              { header: 'Restorable until', cell: (number) => moment(number.release!.restorableUntil) },
              {
                header: 'Restore costs',
                wraps: true,
                cell: (number) => {
                  const decision = decideRestore(number, account.timeZone, now);
                  if (decision.ok) {
                    return decision.value.priceMicros === 0n
                      ? `Free: paid until ${formatDay(decision.value.paidUntil, account.timeZone)}`
                      : `${formatMoney(decision.value.priceMicros, 'USD')}, one month from now`;
                  }
                  const { returnedAt } = number.release!;
                  return (
                    <span>
                      {returnedAt
                        ? `Returned ${formatDay(returnedAt, account.timeZone)}, rests until ${formatDay(addDays(returnedAt, policy.reuseAfterReturnDays), account.timeZone)}. `
                        : 'On its way back. '}
                      <TextLink href={askForLateRestore(base, number.phoneNumber)}>Ask support</TextLink>: they can
                      inquire at the carrier.
                    </span>
                  );
                },
              },
              {
                header: 'Do',
                actions: true,
                cell: (number) => {
                  const phone = formatPhone(number.phoneNumber);
                  if (!may('restore-number') || !decideRestore(number, account.timeZone, now).ok) return null;
                  return (
                    <ButtonForm
                      action={`${base}/numbers/${number.trackingNumberId}/restore`}
                      idempotencyKey={newKey()}
                      size="small"
                      icon="undo"
                      spoken={`Restore ${phone}`}
                    >
                      Restore
                    </ButtonForm>
                  );
                },
              },
            ]}
            empty={
              <EmptyState icon="numbers" title="No released numbers">
                Numbers that are released, or that a closing released, stand here until they are restored.
              </EmptyState>
            }
          />
          <TroubleLink href={troubleHref(base, 'Released Numbers → Restore', refusalIn(shell.notice))} />
        </Stack>
      </Page>
    );
    return sendPage(reply, renderPage(page));
  });

  app.post<{ Params: { accountId: string; numberId: string } }>(
    '/accounts/:accountId/numbers/:numberId/restore',
    async (request, reply) => {
      const { account, actor, base, now } = await enterAccount(house, request, 'view-numbers');
      const trackingNumberId = idOf(request.params.numberId);
      const decision = await restoreNumber(house, actor, account.accountId, trackingNumberId, keyOf(request));
      if (!decision.ok) {
        if (decision.refusal.code === 'not-found') throw new Refused(decision.refusal);
        return goOn(reply, `${base}/numbers/released`, {
          kind: 'refusal',
          text: presentRefusal(decision.refusal, account.timeZone).sentence,
        });
      }
      const number = await findNumber(house.db, account.accountId, trackingNumberId, now);
      const charged = BigInt(decision.value);
      const cost = charged > 0n ? `${formatMoney(charged, 'USD')} was charged for one month.` : 'Nothing was charged.';
      return goOn(reply, `${base}/numbers`, {
        kind: 'success',
        text: `${formatPhone(number!.phoneNumber)} is restored. ${cost} The next call connects.`,
      });
    },
  );
}

function askForLateRestore(base: string, phoneNumber: string): string {
  const phone = formatPhone(phoneNumber);
  return askHref(base, {
    kind: 'late-restore',
    step: `Released Numbers → Restore ${phone}`,
    subject: `Restore ${phone}`,
    words: `Please inquire at the carrier whether ${phone} can come back to us.`,
  });
}
