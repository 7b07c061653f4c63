import type { Tx } from '../../platform/db.ts';
import type { House } from '../../platform/house.ts';
import { must } from '../../rules/decision.ts';
import { decideMarking, decideReference } from '../../rules/refund.ts';
import { bookPaid, tellPaid } from './settlePart.ts';
import { type RefundPart, setPartPaidByHand } from './store.ts';

/** Somebody paid a part by hand, and says with which reference. Answers whether the refund is paid with it. */
export async function markPart(
  house: Pick<House, 'secrets' | 'config'>,
  tx: Tx,
  part: RefundPart,
  { by, reference }: { by: string; reference: string },
  now: Date,
): Promise<boolean> {
  must(decideMarking(part));
  await setPartPaidByHand(tx, part, { paidAt: now, paidBy: by, reference: must(decideReference(reference)) });
  await bookPaid(tx, part, now);
  return tellPaid(house, tx, part, now);
}
