import { markPart } from '../../billing/refunds/markPart.ts';
import { replacePart } from '../../billing/refunds/replacePart.ts';
import { findRefund, type Refund, type RefundPart } from '../../billing/refunds/store.ts';
import type { House } from '../../platform/house.ts';
import { type Actor, type Deed, perform } from '../../platform/operation.ts';
import { type Decision, Refused } from '../../rules/decision.ts';
import { setClosed, setOpenState, type Ticket } from '../store.ts';
import { mustFindOnTicket } from './mustFindOnTicket.ts';

/** A part was paid by hand, under this reference. With the last part the ticket is over. */
export async function markPaidByHand(
  house: House,
  actor: Actor,
  { ownerId, ticketId }: Ticket,
  { refundPartId, reference }: { refundPartId: number; reference: string },
  key: string,
): Promise<Decision<true>> {
  const order = { action: 'pay-refund', actor, ownerId, key, input: { ticketId, refundPartId, reference } } as const;
  return perform(house, order, async (deed) => {
    const { tx, now, by, note } = deed;
    const { ticket, part } = await mustFindPart(deed, ownerId, ticketId, refundPartId);
    const isPaid = await markPart(house, tx, part, { by, reference }, now);
    if (isPaid && ticket.state !== 'closed') await setClosed(tx, ticket, by, now);
    note({
      ticketId,
      kind: ticket.kind,
      ticket: 'refund paid by hand',
      amountMicros: String(part.amountMicros),
      reference,
    });
    return true;
  });
}

/** A part that failed for good: sent to its payment once more, or by hand to a payee instead. */
export async function orderAnew(
  house: House,
  actor: Actor,
  { ownerId, ticketId }: Ticket,
  { refundPartId, payee }: { refundPartId: number; payee: string | null },
  key: string,
): Promise<Decision<true>> {
  const order = { action: 'pay-refund', actor, ownerId, key, input: { ticketId, refundPartId, payee } } as const;
  return perform(house, order, async (deed) => {
    const { tx, now, by, note } = deed;
    const { ticket, refund, part } = await mustFindPart(deed, ownerId, ticketId, refundPartId);
    await replacePart(tx, part, { payee, currency: refund.currency }, by, now);
    const { state } = (await findRefund(tx, ownerId, refund.refundId))!;
    if (state !== 'failed') await setOpenState(tx, ticket, 'answered');
    note({ ticketId, kind: ticket.kind, ticket: 'refund ordered anew', amountMicros: String(part.amountMicros) });
    return true;
  });
}

async function mustFindPart(
  { tx, now, by }: Deed,
  ownerId: number,
  ticketId: number,
  refundPartId: number,
): Promise<{ ticket: Ticket; refund: Refund; part: RefundPart }> {
  const { ticket, refund } = await mustFindOnTicket(tx, ownerId, ticketId, by, now);
  const part = refund.parts.find((each) => each.refundPartId === refundPartId);
  if (!part) throw new Refused({ code: 'not-found' });
  return { ticket, refund, part };
}
