import { type Account, findAccount } from '../../accounts/store.ts';
import { hashToken, newToken } from '../../auth/tokens.ts';
import { tellOwner } from '../../platform/live.ts';
import { type Actor, type Deed, type Doors, perform } from '../../platform/operation.ts';
import { type Decision, must, Refused } from '../../rules/decision.ts';
import { decideOffer, type Payer, type Side } from '../../rules/payers.ts';
import type { Role } from '../../rules/permission.ts';
import { findPlans } from '../store.ts';
import { type Letters, mailOffer } from './mails.ts';
import { endExpired, findOpenOffer, journalBeside, recordOffer } from './store.ts';

export interface WantedPayer {
  payer: Payer;
  /** For an account that is to pay for itself. */
  planCode: string | null;
  note: string | null;
}

/** Offers that somebody else pays for a sub-account from the other side's acceptance on. Answers with the offer's number. */
export async function offerPayer(
  house: Doors & Letters,
  actor: Actor,
  accountId: number,
  wanted: WantedPayer,
  key: string,
): Promise<Decision<number>> {
  const order = { action: 'offer-payer', actor, ownerId: accountId, key, input: wanted } as const;
  return perform(house, order, async (deed) => {
    const account = await findAccount(deed.tx, accountId, deed.now);
    // An agency has nobody that pays for it.
    if (!account) throw new Refused({ code: 'not-sub-account' });
    const { payerOfferId, detail } = await makeOffer(house, deed, account, wanted, deed.roles);
    deed.note(detail);
    const beside = { at: deed.now, by: deed.by, role: deed.role, action: 'offer-payer', detail };
    await journalBeside(deed.tx, { ...beside, ownerId: account.agencyId!, key: `payer offer ${payerOfferId}` });
    await tellOwner(deed.tx, account.agencyId!);
    return payerOfferId;
  });
}

/** The offer itself, inside whatever deed makes it: the row, and the mail with the link. */
export async function makeOffer(
  house: Letters,
  { tx, now, by }: Pick<Deed, 'tx' | 'now' | 'by'>,
  account: Account,
  { payer, planCode, note }: WantedPayer,
  held: readonly Role[],
): Promise<{ payerOfferId: number; side: Side; detail: Record<string, unknown> }> {
  const { accountId, name } = account;
  await endExpired(tx, accountId, now);
  const open = await findOpenOffer(tx, accountId, now);
  const { side, expiresAt } = must(decideOffer(account, { payer, note }, held, open, now));
  const plan =
    payer === 'own'
      ? (await findPlans(tx, now)).find((each) => each.planCode === planCode && each.kind === 'standalone')
      : null;
  if (plan === undefined)
    throw new Refused({ code: 'invalid-input', fields: { plan: 'Choose one of the plans offered.' } });
  const token = payer === 'own' ? newToken() : null;
  const offer = {
    accountId,
    agencyId: account.agencyId!,
    payer,
    planCode: plan?.planCode ?? null,
    note,
    offeredSide: side,
    offeredBy: by,
    offeredAt: now,
    expiresAt,
  };
  const payerOfferId = await recordOffer(tx, { ...offer, tokenHash: token && hashToken(token) });
  await mailOffer(house, tx, { ...offer, payerOfferId, endedAt: null }, account, { plan, token });
  return { payerOfferId, side, detail: { payerOfferId, offer: 'made', payer, accountId, accountName: name } };
}
