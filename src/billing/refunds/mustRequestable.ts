import type { Tx } from '../../platform/db.ts';
import { must, Refused } from '../../rules/decision.ts';
import { decideRequest } from '../../rules/refund.ts';
import { findOwedFacts } from './findEnded.ts';

/** What a request would be about: worked out by us, whatever a form says. */
export interface Requestable {
  closureId: number;
  requestedMicros: bigint;
  currency: string;
}

/** Whether the owner's balance can be asked for now, under its lock. Refuses with what to do first. */
export async function mustRequestable(tx: Tx, ownerId: number, now: Date): Promise<Requestable> {
  const facts = await findOwedFacts(tx, ownerId, now);
  if (!facts) throw new Refused({ code: 'not-found' });
  const { owner, owed, underWay, currency } = facts;
  return { currency, ...must(decideRequest({ closure: owner.closure, paidBy: owner.paidBy, owed, underWay })) };
}
