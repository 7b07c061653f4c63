import type { FastifyInstance } from 'fastify';
import { accountShell, agencyShell, enterAccount, enterAgency, type Shell } from '../../accounts/enter.ts';
import type { House } from '../../platform/house.ts';
import type { NewcomerAction } from '../../platform/operation.ts';
import { type Action, roleNames } from '../../rules/permission.ts';
import { type TicketKind, ticketKindNames } from '../../rules/tickets.ts';
import { EmptyState, Moment, PageHeader, Table } from '../../web/components.tsx';
import { formatMoment, formatMoney, formatPhone } from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import { sendPage } from '../../web/read.ts';
import { type DeedLine, findDeeds } from '../store.ts';

const shownDeedsMax = 200;

const deedWords: Partial<Record<Action | NewcomerAction, string>> = {
  'buy-number': 'Bought a tracking number',
  'edit-number': 'Edited a number',
  'release-number': 'Released a tracking number',
  'restore-number': 'Restored a tracking number',
  'pause-tracking': 'Paused number swapping',
  'resume-tracking': 'Resumed number swapping',
  'stop-calls': 'Stopped incoming calls',
  'resume-calls': 'Resumed incoming calls',
  'pause-agency': 'Paused number swapping of all sub-accounts',
  'resume-agency': 'Resumed number swapping of all sub-accounts',
  'stop-agency-calls': 'Stopped incoming calls of all sub-accounts',
  'resume-agency-calls': 'Resumed incoming calls of all sub-accounts',
  'change-settings': 'Changed account settings',
  'set-budget': 'Set or removed a budget',
  'open-sub-account': 'Opened a sub-account',
  'change-plan': 'Changed the plan',
  'top-up': 'Asked for a top-up of the balance',
  'add-card': 'Went to the payment provider to add a card',
  'arrange-cards': 'Chose the card that is charged first',
  'remove-card': 'Removed a card',
  'set-auto-recharge': 'Set auto-recharge',
  'close-account': 'Closed the account',
  'reactivate-account': 'Reactivated the account',
  'cancel-agency': 'Canceled the agency with all its sub-accounts',
  'hold-calls': 'Held the calls, or lifted the hold',
  'manage-users': 'Invited somebody, or changed a role',
  'remove-user': 'Removed a user, or withdrew an invitation',
  'change-owner': 'Changed the owner',
  'offer-payer': 'Offered that somebody else pays',
  'answer-payer-offer': 'Answered an offer of who pays',
  'accept-invitation': 'Accepted an invitation',
  'place-test-call': 'Placed a simulated call',
};

/** What was done on a ticket; customers and staff do several things with one action. */
const ticketWords: Record<string, string> = {
  opened: 'Asked support',
  replied: 'Wrote to support',
  answered: 'Answered as support',
  closed: 'Closed a ticket',
  reopened: 'Reopened a ticket',
  'carried out': 'Reactivated by support, as asked',
  'refund asked': 'Asked for a refund of the available balance',
  'refund approved': 'Approved a refund as support',
  'refund declined': 'Declined a refund as support',
  'refund paid by hand': 'Paid a part of a refund by hand',
  'refund ordered anew': 'Ordered a part of a refund anew, after it had failed',
};

/** What became of an offer of who pays, by who would. */
const offerWords: Record<string, string> = {
  'made own': 'Offered that the account pays for itself',
  'made agency': 'Offered that the agency pays',
  'accepted own': 'Accepted: the account pays for itself',
  'accepted agency': 'Accepted: the agency pays',
  'declined own': 'Declined that the account pays for itself',
  'declined agency': 'Declined that the agency pays',
  'withdrawn own': 'Withdrew the offer that the account pays for itself',
  'withdrawn agency': 'Withdrew the offer that the agency pays',
};

/** Settings → Journal, of an account and of an agency: who did what, when, in which role. */
export function registerJournalPages(app: FastifyInstance, house: House): void {
  app.get<{ Params: { accountId: string } }>('/accounts/:accountId/journal', async (request, reply) => {
    const entered = await enterAccount(house, request, 'view-settings');
    const { accountId, timeZone } = entered.account;
    const deeds = await findDeeds(house.db, accountId, shownDeedsMax);
    const shell = await accountShell(house, request, reply, entered);
    return sendPage(reply, renderPage(<JournalPage shell={shell} deeds={deeds} timeZone={timeZone} />));
  });

  app.get<{ Params: { agencyId: string } }>('/agencies/:agencyId/journal', async (request, reply) => {
    const entered = await enterAgency(house, request);
    const { agencyId, timeZone } = entered.agency;
    const deeds = await findDeeds(house.db, agencyId, shownDeedsMax);
    const shell = await agencyShell(house, request, reply, entered);
    return sendPage(reply, renderPage(<JournalPage shell={shell} deeds={deeds} timeZone={timeZone} />));
  });
}

interface JournalPageProps {
  shell: Shell;
  deeds: readonly DeedLine[];
  timeZone: string;
}

function JournalPage({ shell, deeds, timeZone }: JournalPageProps) {
  return (
    <Page {...shell} title="Journal" breadcrumbs={[{ label: 'Settings' }, { label: 'Journal' }]}>
      <PageHeader title="Journal" description="Every deed here, newest first. Nothing of it is ever edited." />
      <Table
        caption="Deeds"
        rows={deeds}
        rowKey={(deed) => deed.deedId}
        columns={[
          { header: 'When', cell: (deed) => <Moment at={deed.at} text={formatMoment(deed.at, timeZone)} /> },
          { header: 'What', main: true, cell: (deed) => sayDeed(deed), wraps: true },
          { header: 'Who', wraps: true, cell: (deed) => deed.personName ?? 'Somebody who left' },
          { header: 'Role', cell: (deed) => roleNames[deed.role as keyof typeof roleNames] ?? 'Newcomer' },
        ]}
        empty={<EmptyState icon="list" title="Nothing yet" />}
      />
    </Page>
  );
}

/** One deed in words, with the number or amount it was about. */
export function sayDeed(deed: DeedLine): string {
  const { phoneNumber, amountMicros, creditedMicros, releasedNumbers, planName, why, ticketId, kind, ticket } =
    deed.detail;
  const { offer, payer, accountName } = deed.detail;
  const about = [
    typeof planName === 'string' ? planName : null,
    typeof offer === 'string' && typeof accountName === 'string' ? accountName : null,
    typeof phoneNumber === 'string' ? formatPhone(phoneNumber) : null,
    typeof amountMicros === 'string' ? formatMoney(BigInt(amountMicros), 'USD') : null,
    typeof creditedMicros === 'string'
      ? `${formatMoney(BigInt(creditedMicros), 'USD')} of the plan’s fee given back`
      : null,
    typeof releasedNumbers === 'number' ? `${releasedNumbers} numbers released` : null,
    typeof ticketId === 'number' ? `ticket ${ticketId}, ${ticketKindNames[kind as TicketKind]}` : null,
    typeof why === 'string' ? `because: ${why}` : null,
  ].filter((each) => each !== null);
  const what =
    ticketWords[String(ticket)] ??
    offerWords[`${offer} ${payer}`] ??
    deedWords[deed.action as Action | NewcomerAction] ??
    deed.action;
  return about.length > 0 ? `${what}: ${about.join(', ')}` : what;
}
