import { findAccount } from '../../accounts/store.ts';
import { tellOwner } from '../../platform/live.ts';
import { type Actor, type Doors, perform } from '../../platform/operation.ts';
import { type Decision, must, Refused } from '../../rules/decision.ts';
import { decideAnswer, decideWithdrawal } from '../../rules/payers.ts';
import { type Letters, mailAnswer } from './mails.ts';
import { endOffer, findOffer, journalBeside } from './store.ts';

/** Declines an offer of the other side, or takes back one of one's own: nothing changes, and another can be made. */
export async function declineOrWithdraw(
  house: Doors & Letters,
  actor: Actor,
  accountId: number,
  { payerOfferId, outcome }: { payerOfferId: number; outcome: 'declined' | 'withdrawn' },
  key: string,
): Promise<Decision<true>> {
  const action = outcome === 'declined' ? 'answer-payer-offer' : 'offer-payer';
  const order = { action, actor, ownerId: accountId, key, input: { payerOfferId, outcome } } as const;
  return perform(house, order, async ({ tx, now, by, role, roles, note }) => {
    const found = await findOffer(tx, accountId, payerOfferId);
    const offer = must(
      outcome === 'declined'
        ? decideAnswer(found, { personId: by, held: roles }, now)
        : decideWithdrawal(found, roles, now),
    );
    const account = await findAccount(tx, accountId, now);
    if (!account) throw new Refused({ code: 'not-found' });
    await endOffer(tx, offer, outcome, by, now);
    if (outcome === 'declined') await mailAnswer(house, tx, offer, account, { outcome, by }, now);
    const detail = { payerOfferId, offer: outcome, payer: offer.payer, accountId, accountName: account.name };
    note(detail);
    const beside = { ownerId: offer.agencyId, at: now, by, role, action, detail };
    await journalBeside(tx, { ...beside, key: `payer offer ${payerOfferId} ${outcome}` });
    await tellOwner(tx, offer.agencyId);
    return true;
  });
}
