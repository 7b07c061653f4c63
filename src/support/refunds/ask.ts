import { type Actor, type Doors, perform } from '../../platform/operation.ts';
import type { Decision } from '../../rules/decision.ts';
import { formatMoney } from '../../web/format.ts';
import { recordRequest } from '../openTicket.ts';

/**
 * The one click beside the balance: opens the refund's ticket with the amount filled in, from the closing on, after the purge as
 * well. Answers with the ticket's number.
 */
export async function askRefund(doors: Doors, actor: Actor, ownerId: number, key: string): Promise<Decision<number>> {
  return perform(doors, { action: 'ask-refund', actor, ownerId, key, input: {} }, (deed) =>
    recordRequest(deed, (requestedMicros, currency) => {
      const amount = formatMoney(requestedMicros, currency);
      return {
        kind: 'refund',
        step: 'Refund of the Available Balance',
        lastRefusal: null,
        subject: `Refund of ${amount}`,
        words: `Please refund the Available Balance of ${amount}.`,
      };
    }),
  );
}
