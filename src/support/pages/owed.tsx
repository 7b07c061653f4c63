import type { FastifyInstance, FastifyReply } from 'fastify';
import { findNames } from '../../auth/store.ts';
import { findOwedFacts, type OwedFacts } from '../../billing/refunds/findEnded.ts';
import { RefundCard, RefundOffer } from '../../billing/refunds/sayRefund.tsx';
import type { House } from '../../platform/house.ts';
import { Refused } from '../../rules/decision.ts';
import { type Role, roleNames } from '../../rules/permission.ts';
import { isInTime } from '../../rules/refund.ts';
import { isBefore } from '../../rules/time.ts';
import { Card, DefinitionList, Moment, Notice, PageHeader, Stack, Stat, Stats } from '../../web/components.tsx';
import { formatMoment, formatMoney } from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import { presentRefusal } from '../../web/present.ts';
import { goOn, keyOf, sendPage } from '../../web/read.ts';
import { type EnteredPlace, placesOf, type TicketRequest, type Where } from '../enterPlace.ts';
import { askRefund } from '../refunds/ask.ts';

/** What Is Owed, of a canceled account or agency: its balance, the refund and its state, the record of the closing. Also after the purge. */
export function registerOwedPages(app: FastifyInstance, house: House): void {
  for (const where of placesOf(house)) registerPlace(app, house, where);
}

function registerPlace(app: FastifyInstance, house: House, { route, enter }: Where): void {
  app.get<TicketRequest>(`${route}/owed`, async (request, reply) => {
    const place = await enter(request, 'view-owed');
    return sendPage(reply, renderPage(await owedPage(house, reply, place)));
  });

  app.post<TicketRequest>(`${route}/refunds`, async (request, reply) => {
    const { actor, ownerId, base, timeZone } = await enter(request, 'view-owed');
    const decision = await askRefund(house, actor, ownerId, keyOf(request));
    if (!decision.ok) {
      const text = presentRefusal(decision.refusal, timeZone).sentence;
      return goOn(reply, `${base}/owed`, { kind: 'refusal', text });
    }
    const text = `The refund is requested: ticket ${decision.value} is open in the ticket portal, with the amount. You get a mail when support has decided.`;
    return goOn(reply, `${base}/owed`, { kind: 'success', text });
  });
}

async function owedPage(house: House, reply: FastifyReply, place: EnteredPlace) {
  const { base, may, name, now, ownerId, timeZone } = place;
  const facts = await findOwedFacts(house.db, ownerId, now);
  if (!facts?.owner.closure) throw new Refused({ code: 'not-found' });
  const { closedBy } = facts.owner.closure;
  const closer = (await findNames(house.db, [closedBy])).get(closedBy) ?? 'Somebody who left';
  const ticketHref = (ticketId: number) => (may('view-tickets') ? `${base}/tickets/${ticketId}` : null);
  return (
    <Page
      {...(await place.shell(reply))}
      title="What Is Owed"
      breadcrumbs={[{ label: 'Settings' }, { label: 'What Is Owed' }]}
    >
      <PageHeader title="What Is Owed" description={`To ${name}, from its closing on.`} />
      <Stack>
        {!may('view-billing') && (
          <Notice kind="info" title="Its 60 days have passed">
            The data of {name} was removed; what is owed to it stays. To use Switchhook again, open a new account.
          </Notice>
        )}
        <Money facts={facts} />
        <RefundOffer facts={facts} mayAsk={may('ask-refund')} />
        {facts.refunds.map((each) => (
          <RefundCard
            key={each.refundId}
            refund={each}
            payments={facts.payments}
            timeZone={timeZone}
            ticketHref={ticketHref(each.ticketId)}
          />
        ))}
        <ClosureRecord facts={facts} closer={closer} />
      </Stack>
    </Page>
  );
}

function Money({ facts }: { facts: OwedFacts }) {
  const { currency, now, owed, owner, underWay } = facts;
  const money = (micros: bigint) => formatMoney(micros, currency);
  const { refundableUntil } = owner.closure!;
  if (owner.paidBy !== null)
    return (
      <Notice kind="info" title={`${owner.paidBy} pays for this account`}>
        {presentRefusal({ code: 'balance-of-agency', agencyName: owner.paidBy }, owner.timeZone).sentence}
      </Notice>
    );
  return (
    <Stats>
      <Stat
        label="Available Balance"
        value={money(owed.walletMicros)}
        hint={
          isInTime(now, refundableUntil)
            ? `Preserved until ${formatMoment(refundableUntil, owner.timeZone)}`
            : `Was preserved until ${formatMoment(refundableUntil, owner.timeZone)}`
        }
      />
      {owed.unclaimedMicros > 0n && (
        <Stat label="Unclaimed" value={money(owed.unclaimedMicros)} hint="Not asked for in time; it stays owed" />
      )}
      {underWay?.amountMicros && (
        <Stat label="Approved refund" value={money(underWay.amountMicros)} hint="Already taken off the balance" />
      )}
    </Stats>
  );
}

function ClosureRecord({ facts, closer }: { facts: OwedFacts; closer: string }) {
  const { now, owner } = facts;
  const { closedAt, closedByRole, reactivatableUntil, refundableUntil, why } = owner.closure!;
  const show = (at: Date) => <Moment at={at} text={formatMoment(at, owner.timeZone)} />;
  const isPast = (until: Date) => !isBefore(now, until);
  return (
    <Card title={owner.kind === 'agency' ? 'Record of the canceling' : 'Record of the closing'}>
      <DefinitionList
        items={[
          {
            term: owner.kind === 'agency' ? 'Agency' : 'Account',
            description: `${owner.name}, number ${owner.ownerId}`,
          },
          {
            term: owner.kind === 'agency' ? 'Canceled' : 'Closed',
            description: show(closedAt),
            hint: `By ${closer}, ${roleNames[closedByRole as Role] ?? closedByRole}${why ? `: ${why}` : ''}`,
          },
          {
            term: 'Reactivatable until',
            description: show(reactivatableUntil),
            hint: isPast(reactivatableUntil) ? 'That has passed: a new account is needed.' : undefined,
          },
          {
            term: 'Balance refundable until',
            description: show(refundableUntil),
            hint: isPast(refundableUntil)
              ? 'That has passed: what was not asked for is unclaimed, and can still be claimed by a ticket.'
              : 'Through the ticket portal. What was asked for in time is honored, however long the answer takes.',
          },
        ]}
      />
    </Card>
  );
}
