import { approveRefund, type Payout } from '../../billing/refunds/approve.ts';
import type { Ended } from '../../billing/refunds/findEnded.ts';
import { mailRefund } from '../../billing/refunds/mails.ts';
import { sayPart } from '../../billing/refunds/sayPart.ts';
import {
  findOriginalPayments,
  findPaidFor,
  findRefund,
  type Refund,
  setDeclined,
} from '../../billing/refunds/store.ts';
import { renewDue } from '../../billing/renewSubscriptions.ts';
import { settlePayer } from '../../billing/settle.ts';
import { renewDueNumbers } from '../../numbers/renew.ts';
import type { Tx } from '../../platform/db.ts';
import type { House } from '../../platform/house.ts';
import { type Actor, type Deed, perform } from '../../platform/operation.ts';
import { type Decision, must, Refused } from '../../rules/decision.ts';
import { decideReason, refundStateNames } from '../../rules/refund.ts';
import { formatMoney } from '../../web/format.ts';
import { mustConsent } from '../mustConsent.ts';
import { recordMessage, setClosed, setOpenState, type Ticket } from '../store.ts';
import { mustFindOnTicket } from './mustFindOnTicket.ts';

/** Support approves: everything is settled first, and what is then left goes out. Answers with the amount, in micro-units. */
export async function approveOnTicket(
  house: House,
  actor: Actor,
  { ownerId, ticketId }: Ticket,
  payout: Payout,
  key: string,
): Promise<Decision<string>> {
  const order = { action: 'pay-refund', actor, ownerId, key, input: { approve: ticketId, ...payout } } as const;
  return perform(house, order, async (deed) => {
    const { tx, now, by, note } = deed;
    const { ticket, refund, owner } = await mustFindRequest(deed, ownerId, ticketId);
    await settleEverything(tx, ownerId, now);
    const amountMicros = await approveRefund(tx, refund, owner, payout, by, now);
    const approved = (await findRefund(tx, ownerId, refund.refundId))!;
    const payments = await findOriginalPayments(tx, ownerId, refund.currency);
    const parts = approved.parts.map((each) => `– ${sayPart(each, payments, refund.currency, owner.timeZone)}`);
    const body = [`The refund of ${formatMoney(amountMicros, refund.currency)} is approved:`, ...parts].join('\n');
    await recordMessage(tx, { ownerId, ticketId, at: now, by, fromStaff: true, body });
    await setOpenState(tx, ticket, 'answered');
    await mailRefund(house, tx, approved, owner, 'approved', now);
    note({ ticketId, kind: ticket.kind, ticket: 'refund approved', amountMicros: String(amountMicros) });
    return String(amountMicros);
  });
}

/** Support declines, with the reason that the customer reads. The balance stays owed. */
export async function declineOnTicket(
  house: House,
  actor: Actor,
  { ownerId, ticketId }: Ticket,
  reason: string,
  key: string,
): Promise<Decision<true>> {
  const order = { action: 'pay-refund', actor, ownerId, key, input: { decline: ticketId, reason } } as const;
  return perform(house, order, async (deed) => {
    const { tx, now, by, note } = deed;
    const { ticket, refund, owner } = await mustFindUndecided(deed, ownerId, ticketId);
    const declineReason = must(decideReason(reason));
    await setDeclined(tx, refund, { declinedAt: now, declinedBy: by, declineReason });
    await recordMessage(tx, { ownerId, ticketId, at: now, by, fromStaff: true, body: `Declined: ${declineReason}` });
    if (ticket.state !== 'closed') await setClosed(tx, ticket, by, now);
    const declined = (await findRefund(tx, ownerId, refund.refundId))!;
    await mailRefund(house, tx, declined, owner, 'declined', now);
    note({ ticketId, kind: ticket.kind, ticket: 'refund declined', why: declineReason });
    return true;
  });
}

interface Request {
  ticket: Ticket;
  refund: Refund;
  owner: Ended;
}

/** The request on a ticket whose asker consents still. */
async function mustFindRequest(deed: Deed, ownerId: number, ticketId: number): Promise<Request> {
  const found = await mustFindUndecided(deed, ownerId, ticketId);
  await mustConsent(deed, ownerId, ticketId, 'refund');
  return found;
}

async function mustFindUndecided({ tx, now, by }: Deed, ownerId: number, ticketId: number): Promise<Request> {
  const { ticket, refund, owner } = await mustFindOnTicket(tx, ownerId, ticketId, by, now);
  if (refund.state !== 'requested')
    throw new Refused({ code: 'refund-decided', state: refundStateNames[refund.state] });
  return { ticket, refund, owner };
}

/** What began before the closing and was not charged yet is owed by the customer, and comes off first. */
async function settleEverything(tx: Tx, ownerId: number, now: Date): Promise<void> {
  await renewDue(tx, [ownerId], now);
  await renewDueNumbers(tx, await findPaidFor(tx, ownerId), now);
  await settlePayer(tx, ownerId, now);
}
