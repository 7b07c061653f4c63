import { type Account, findMembers } from '../../accounts/store.ts';
import { findPerson } from '../../auth/store.ts';
import type { Tx } from '../../platform/db.ts';
import type { House } from '../../platform/house.ts';
import { queueMail } from '../../platform/mail/store.ts';
import { offerDays, otherSide, type Payer, rolesOfSide } from '../../rules/payers.ts';
import type { Role } from '../../rules/permission.ts';
import { formatMoment, formatMoney } from '../../web/format.ts';
import { composeMail } from '../../web/mail.tsx';
import type { Plan } from '../store.ts';
import type { PayerOffer } from './store.ts';

export type Letters = Pick<House, 'secrets' | 'config'>;

export const addressOf = (accountId: number) => `/accounts/${accountId}/payer`;

/** "that Riverside Dental pays for itself": the offer as the end of a sentence. */
export const sayOffer = (payer: Payer, account: Pick<Account, 'name' | 'agencyName'>): string =>
  payer === 'own' ? `that ${account.name} pays for itself` : `that ${account.agencyName} pays for ${account.name}`;

/** Mails an offer to everybody who can answer it; whoever is to pay for themselves gets the payment link. */
export async function mailOffer(
  house: Letters,
  tx: Tx,
  offer: PayerOffer,
  account: Account,
  { plan, token }: { plan: Plan | null; token: string | null },
): Promise<void> {
  const offererName = (await findPerson(tx, offer.offeredBy))?.name ?? 'Somebody';
  const href = `${house.config.publicUrl}${token ? `/accounts/${account.accountId}/payment-link/${token}` : addressOf(account.accountId)}`;
  const money = (micros: bigint) => formatMoney(micros, plan?.currency ?? 'USD');
  const said = offer.note ? [`${offererName} writes: “${offer.note}”`] : [];
  const content = {
    subject: `${offererName} offers ${sayOffer(offer.payer, account)}`,
    paragraphs: [
      `${offererName} offers ${sayOffer(offer.payer, account)}.`,
      ...said,
      plan
        ? `It would have the ${plan.name} plan: ${money(plan.monthlyFeeMicros)} a month, ${money(plan.localNumberMicros)} a month for a local number, ${money(plan.tollFreeNumberMicros)} for a toll-free one. With a first payment it gets an available balance of its own, from which everything is charged from then on. Until you accept, ${account.agencyName} pays as before.`
        : `From the acceptance on everything would be charged to the available balance of ${account.agencyName}. Until then nothing changes.`,
      `The offer stands until ${formatMoment(offer.expiresAt, account.timeZone)}. The next page says what changes, and asks before anything does.`,
    ],
    action: { label: token ? 'See the offer and pay' : 'See the offer', href },
    footer: `You got this because you can answer for ${offer.offeredSide === 'agency' ? account.name : account.agencyName}. ${token ? `The link works for ${offerDays} days, and only after you signed in.` : 'If you do nothing, nothing changes.'}`,
  };
  const ownerId = offer.offeredSide === 'agency' ? account.accountId : offer.agencyId;
  const roles: readonly Role[] = rolesOfSide[otherSide(offer.offeredSide)];
  const people = new Map(
    (await findMembers(tx, ownerId)).filter((each) => roles.includes(each.role)).map((each) => [each.personId, each]),
  );
  for (const { name, email } of people.values()) {
    const mail = composeMail({ ...content, greeting: `Hello ${name},` });
    await queueMail(tx, house.secrets, { toName: name, toAddress: email, ...mail }, offer.offeredAt);
  }
}

/** Tells whoever offered what became of it. */
export async function mailAnswer(
  house: Letters,
  tx: Tx,
  offer: PayerOffer,
  account: Account,
  answer: { outcome: 'accepted' | 'declined'; by: string },
  now: Date,
): Promise<void> {
  const offerer = await findPerson(tx, offer.offeredBy);
  if (!offerer) return;
  const name = (await findPerson(tx, answer.by))?.name ?? 'Somebody';
  const content = composeMail({
    subject: `Your offer for ${account.name} was ${answer.outcome}`,
    greeting: `Hello ${offerer.name},`,
    paragraphs: [
      `${name} ${answer.outcome} your offer ${sayOffer(offer.payer, account)}.`,
      answer.outcome === 'accepted'
        ? `It holds since ${formatMoment(now, account.timeZone)}. What was charged before stays with whoever paid until then.`
        : 'Nothing has changed.',
    ],
    action: { label: 'See who pays', href: `${house.config.publicUrl}${addressOf(account.accountId)}` },
    footer: 'You got this because you made the offer.',
  });
  await queueMail(tx, house.secrets, { toName: offerer.name, toAddress: offerer.email, ...content }, now);
}
