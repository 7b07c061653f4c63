import { findPerson } from '../../auth/store.ts';
import type { Tx } from '../../platform/db.ts';
import type { House } from '../../platform/house.ts';
import { queueMail } from '../../platform/mail/store.ts';
import { formatMoney } from '../../web/format.ts';
import { composeMail } from '../../web/mail.tsx';
import type { Ended } from './findEnded.ts';
import { sayPart } from './sayPart.ts';
import { findOriginalPayments, type Refund } from './store.ts';

/** Tells whoever asked what became of it: approved, with where each part goes; declined, with the reason; paid. */
export async function mailRefund(
  house: Pick<House, 'secrets' | 'config'>,
  tx: Tx,
  refund: Refund,
  owner: Ended,
  news: 'approved' | 'declined' | 'paid',
  now: Date,
): Promise<void> {
  const to = await findPerson(tx, refund.requestedBy);
  if (!to) return;
  const amount = formatMoney(refund.amountMicros ?? refund.requestedMicros, refund.currency);
  const payments = await findOriginalPayments(tx, refund.ownerId, refund.currency);
  const parts = refund.parts
    .filter((each) => !each.isReplaced)
    .map((each) => sayPart(each, payments, refund.currency, owner.timeZone));
  const said = {
    approved: [`The refund of ${amount} for ${owner.name} is approved. This is how it is paid:`, ...parts],
    declined: [
      `The refund of ${amount} for ${owner.name} was declined.`,
      `Support writes: “${refund.declineReason}”`,
      'The Available Balance stays owed to you; answer on the ticket, or ask again.',
    ],
    paid: [`The refund of ${amount} for ${owner.name} is paid.`, ...parts, 'A bank may take some days to show it.'],
  };
  const content = composeMail({
    subject: `${news === 'paid' ? 'Paid' : news === 'approved' ? 'Approved' : 'Declined'}: refund of ${amount} for ${owner.name}`,
    greeting: `Hello ${to.name},`,
    paragraphs: said[news],
    action: { label: 'See what is owed', href: `${house.config.publicUrl}${owner.base}/owed` },
    footer: `You got this because you asked for the refund, with ticket ${refund.ticketId}.`,
  });
  await queueMail(tx, house.secrets, { toName: to.name, toAddress: to.email, ...content }, now);
}
