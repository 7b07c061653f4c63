import type { ComponentChildren } from 'preact';
import { newKey } from '../../platform/ids.ts';
import { permissions, roleNames } from '../../rules/permission.ts';
import {
  isInTime,
  type PartState,
  partStateOf,
  payableMicros,
  type RefundState,
  refundStateNames,
} from '../../rules/refund.ts';
import {
  Badge,
  ButtonForm,
  Card,
  DefinitionList,
  LinkButton,
  Moment,
  Setting,
  Stack,
  Table,
  type Tone,
} from '../../web/components.tsx';
import { formatMoment, formatMoney } from '../../web/format.ts';
import { presentRefusal } from '../../web/present.ts';
import type { OwedFacts } from './findEnded.ts';
import { sayTarget } from './sayPart.ts';
import type { OriginalPayment, Refund } from './store.ts';

const tones: Record<RefundState, Tone> = {
  requested: 'attention',
  approved: 'info',
  declined: 'ended',
  paying: 'info',
  paid: 'good',
  failed: 'bad',
};

export const RefundStateBadge = ({ state }: { state: RefundState }) => (
  <Badge tone={tones[state]}>{refundStateNames[state]}</Badge>
);

const partWords: Record<PartState, { word: string; tone: Tone }> = {
  waiting: { word: 'Goes out next', tone: 'info' },
  'by hand': { word: 'To be paid by hand', tone: 'attention' },
  sending: { word: 'On its way', tone: 'info' },
  paid: { word: 'Paid', tone: 'good' },
  failed: { word: 'Failed', tone: 'bad' },
  replaced: { word: 'Failed, ordered anew', tone: 'ended' },
};

interface PartsProps {
  refund: Refund;
  payments: readonly OriginalPayment[];
  timeZone: string;
  /** The desk also reads why an attempt did not work that is followed by another. */
  forDesk?: boolean;
}

/** How a refund is paid: each part, where it goes, and how far it is. */
export function RefundParts({ refund, payments, timeZone, forDesk = false }: PartsProps) {
  return (
    <Table
      caption="How it is paid"
      rows={refund.parts}
      rowKey={(part) => part.refundPartId}
      grey={(part) => part.isReplaced}
      columns={[
        { header: 'Where', main: true, wraps: true, cell: (part) => capital(sayTarget(part, payments, timeZone)) },
        { header: 'Amount', numeric: true, cell: (part) => formatMoney(part.amountMicros, refund.currency) },
        {
          header: 'State',
          cell: (part) => {
            const { word, tone } = partWords[partStateOf(part)];
            return <Badge tone={tone}>{word}</Badge>;
          },
        },
        {
          header: 'Since',
          cell: (part) => {
            const at = part.failedAt ?? part.paidAt ?? part.orderedAt;
            return <Moment at={at} text={formatMoment(at, timeZone)} />;
          },
        },
        {
          header: 'Note',
          wraps: true,
          cell: (part) =>
            part.reference ? `Reference ${part.reference}` : (part.failure ?? (forDesk && part.lastError)),
        },
      ]}
    />
  );
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** One refund as its customer sees it: how much, in which state, since when, and where it goes. */
export function RefundCard({
  refund,
  payments,
  timeZone,
  ticketHref,
}: {
  refund: Refund;
  payments: readonly OriginalPayment[];
  timeZone: string;
  ticketHref: string | null;
}) {
  const {
    amountMicros,
    approvedAt,
    currency,
    declinedAt,
    declineReason,
    requestedAt,
    requestedMicros,
    state,
    ticketId,
  } = refund;
  const show = (at: Date) => <Moment at={at} text={formatMoment(at, timeZone)} />;
  return (
    <Card
      title={`Refund of ${formatMoney(amountMicros ?? requestedMicros, currency)}`}
      actions={<RefundStateBadge state={state} />}
    >
      <Stack>
        <DefinitionList
          items={[
            {
              term: 'Requested',
              description: show(requestedAt),
              hint: ticketHref ? (
                <a class="link" href={ticketHref}>
                  Ticket {ticketId}
                </a>
              ) : (
                `Ticket ${ticketId}`
              ),
            },
            ...(approvedAt
              ? [
                  {
                    term: 'Approved',
                    description: show(approvedAt),
                    hint:
                      amountMicros === requestedMicros
                        ? undefined
                        : `${formatMoney(requestedMicros, currency)} was asked for; everything was settled since.`,
                  },
                ]
              : []),
            ...(declinedAt
              ? [{ term: 'Declined', description: show(declinedAt), hint: `Support writes: ${declineReason}` }]
              : []),
          ]}
        />
        {refund.parts.length > 0 && <RefundParts refund={refund} payments={payments} timeZone={timeZone} />}
      </Stack>
    </Card>
  );
}

/** The way to one's money after a closing: one click opens the ticket with the amount, or leads to the one that is open. */
export function RefundSetting({ facts, mayAsk }: { facts: OwedFacts; mayAsk: boolean }) {
  const { owner, underWay } = facts;
  if (owner.paidBy !== null || !owner.closure) return null;
  return (
    <Setting
      title="Refund of the Available Balance"
      badge={underWay && <RefundStateBadge state={underWay.state} />}
      description={<RefundWords facts={facts} mayAsk={mayAsk} />}
      action={<AskButton facts={facts} mayAsk={mayAsk} />}
    />
  );
}

/** The same as a card of its own, where refunds that are under way stand beside it anyway. */
export function RefundOffer({ facts, mayAsk }: { facts: OwedFacts; mayAsk: boolean }) {
  if (facts.owner.paidBy !== null || !facts.owner.closure || facts.underWay) return null;
  return (
    <Card title="Refund of the Available Balance">
      <Stack>
        <p>
          <RefundWords facts={facts} mayAsk={mayAsk} />
        </p>
        <AskButton facts={facts} mayAsk={mayAsk} />
      </Stack>
    </Card>
  );
}

/** The button alone: asks, or leads to what was asked. */
function AskButton({ facts, mayAsk }: { facts: OwedFacts; mayAsk: boolean }): ComponentChildren {
  const { owner, owed, currency, underWay } = facts;
  if (!mayAsk) return undefined;
  if (underWay) return <LinkButton href={`${owner.base}/owed`}>See the refund</LinkButton>;
  const amountMicros = payableMicros(owed);
  if (owner.paidBy !== null || amountMicros <= 0n) return undefined;
  return (
    <ButtonForm action={`${owner.base}/refunds`} idempotencyKey={newKey()} variant="primary">
      Request a refund of {formatMoney(amountMicros, currency)}
    </ButtonForm>
  );
}

function RefundWords({ facts, mayAsk }: { facts: OwedFacts; mayAsk: boolean }): ComponentChildren {
  const { owner, owed, currency, underWay, now } = facts;
  const { refundableUntil } = owner.closure!;
  const until = <Moment at={refundableUntil} text={formatMoment(refundableUntil, owner.timeZone)} />;
  if (underWay)
    return (
      <>
        {formatMoney(underWay.amountMicros ?? underWay.requestedMicros, currency)} was asked for on{' '}
        <Moment at={underWay.requestedAt} text={formatMoment(underWay.requestedAt, owner.timeZone)} />, with ticket{' '}
        {underWay.ticketId}. Whoever asked is mailed at every step.
      </>
    );
  const amountMicros = payableMicros(owed);
  if (amountMicros <= 0n) return 'Nothing is left of the Available Balance, so there is nothing to refund.';
  const amount = formatMoney(amountMicros, currency);
  return (
    <>
      {isInTime(now, refundableUntil) ? (
        <>
          {amount} is preserved until {until}, and is not refunded automatically. Request it through the ticket portal
          until then: one click opens the ticket with the amount.
        </>
      ) : (
        <>
          {amount} was not asked for until {until}. It stays owed, as unclaimed: one click opens the ticket with which
          to claim it.
        </>
      )}{' '}
      {mayAsk
        ? 'Support decides, and pays it back to the cards it came from, or by hand.'
        : presentRefusal(whoMayAsk, owner.timeZone).sentence}
    </>
  );
}

const { does, who } = permissions['ask-refund'];
const whoMayAsk = { code: 'role-missing', does, who: who.map((role) => roleNames[role]) } as const;
