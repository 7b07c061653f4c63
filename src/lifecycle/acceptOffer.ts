import { type Account, findAccount, findRoles, setPayer } from '../accounts/store.ts';
import { findAgency } from '../agencies/store.ts';
import { followBalances } from '../billing/dunning/followBalances.ts';
import { mailAnswer } from '../billing/payers/mails.ts';
import { endOffer, findOffer, journalBeside, type PayerOffer } from '../billing/payers/store.ts';
import { canPayFirst, payFirst } from '../billing/payments/payFirst.ts';
import { renewDue } from '../billing/renewSubscriptions.ts';
import { settlePayer } from '../billing/settle.ts';
import { endSubscription, findBalance, findPlans, type Plan } from '../billing/store.ts';
import { openSubscription } from '../billing/subscribe.ts';
import { creditUnusedTime, findUnusedTime } from '../billing/unusedTime.ts';
import { renewDueNumbers } from '../numbers/renew.ts';
import type { Db, Tx } from '../platform/db.ts';
import type { House } from '../platform/house.ts';
import { hashOf } from '../platform/ids.ts';
import { tellOwner } from '../platform/live.ts';
import { type Actor, type Deed, perform } from '../platform/operation.ts';
import { planDifferences, type UnusedTime } from '../rules/closing.ts';
import { type Decision, must, Refused, yes } from '../rules/decision.ts';
import { decideAgencyPays, decideAnswer, decideStanding, firstPaymentMin } from '../rules/payers.ts';
import { topUpMaxMicros } from '../rules/payments.ts';
import { formatMoney } from '../web/format.ts';

/** What somebody agrees to: who pays, with which plan, at which prices. A confirmation sends back its hash. */
export interface OfferTerms {
  plan: Plan | null;
  /** Of the subscription that ends with it: what of the paid month is given back. */
  unused: UnusedTime | null;
  terms: Record<string, string[]>;
  hash: string;
}

export async function termsOfOffer(db: Db | Tx, offer: PayerOffer, now: Date): Promise<OfferTerms> {
  const plan = offer.planCode ? (await findPlans(db, now)).find((each) => each.planCode === offer.planCode)! : null;
  const prices = plan && {
    'a month': plan.monthlyFeeMicros,
    'local number': plan.localNumberMicros,
    'toll-free number': plan.tollFreeNumberMicros,
    minute: plan.minuteInMicros,
    'toll-free minute': plan.tollFreeMinuteInMicros,
  };
  const unused = plan ? null : await findUnusedTime(db, offer.accountId, now);
  const terms = {
    payer: [offer.payer],
    plan: plan ? [plan.name] : [],
    unused: unused ? [`${unused.planName}: ${unused.isCredited ? 'given back' : 'not given back'}`] : [],
    prices: Object.entries(prices ?? {}).map(([what, micros]) => `${what}: ${micros}`),
  };
  return { plan, unused, terms, hash: hashOf(terms) };
}

export interface Acceptance {
  payerOfferId: number;
  /** The hash of the terms that the person saw, and the terms, so that a refusal can say what changed. */
  termsHash: string;
  terms: Record<string, string[]>;
  /** Of an account that is to pay for itself: what goes into its balance at once. */
  firstPaymentMicros: bigint;
}

/**
 * Accepts an offer: from this moment on somebody else pays for the sub-account. What began before is charged to whoever paid
 * until then, and a call that runs keeps its payer. Everything is looked at once more, under the account's lock.
 */
export async function acceptOffer(
  house: House,
  actor: Actor,
  accountId: number,
  acceptance: Acceptance,
  key: string,
): Promise<Decision<true>> {
  const { terms, ...input } = acceptance;
  const order = { action: 'answer-payer-offer', actor, ownerId: accountId, key, input } as const;
  const decision = await perform(house, order, async (deed) => {
    const { tx, now, by, role, roles } = deed;
    const found = await findOffer(tx, accountId, acceptance.payerOfferId);
    const offer = must(decideAnswer(found, { personId: by, held: roles }, now));
    const account = await findAccount(tx, accountId, now);
    if (!account) throw new Refused({ code: 'not-found' });
    must(decideStanding(offer, account, await findRoles(tx, offer.offeredBy, account)));
    const offered = await termsOfOffer(tx, offer, now);
    if (offered.hash !== acceptance.termsHash)
      throw new Refused({ code: 'plan-changed', differences: planDifferences(terms, offered.terms) });

    await renewDueNumbers(tx, [accountId], now);
    const money =
      offer.payer === 'own'
        ? await payForItself(house, deed, account, offered.plan!, acceptance.firstPaymentMicros)
        : await letAgencyPay(deed, account);
    await endOffer(tx, offer, 'accepted', by, now);
    await mailAnswer(house, tx, offer, account, { outcome: 'accepted', by }, now);
    const detail = {
      payerOfferId: offer.payerOfferId,
      offer: 'accepted',
      payer: offer.payer,
      accountId,
      accountName: account.name,
    };
    deed.note({ ...detail, ...money });
    // What an account pays and has is its own business.
    const beside = { ownerId: offer.agencyId, at: now, by, role, action: 'answer-payer-offer', detail };
    await journalBeside(tx, { ...beside, key: `payer offer ${offer.payerOfferId} accepted` });
    await tellOwner(tx, offer.agencyId);
    return { isPaying: 'amountMicros' in money && money.amountMicros !== '0' };
  });
  if (!decision.ok) return decision;
  const of = `offer ${acceptance.payerOfferId}`;
  if (decision.value.isPaying) await payFirst(house, accountId, acceptance.firstPaymentMicros, 'payment-link', of);
  return yes(true);
}

/** The first payment is asked for as soon as this has happened. Who has no card to pay with gives one afterwards. */
async function payForItself(house: House, { tx, now }: Deed, account: Account, plan: Plan, micros: bigint) {
  const { accountId: ownerId, timeZone } = account;
  const { availableMicros } = await findBalance(tx, ownerId);
  const min = firstPaymentMin(plan.monthlyFeeMicros, availableMicros);
  const paysNow = await canPayFirst(house, tx, ownerId);
  if (paysNow && (micros < min || micros > topUpMaxMicros))
    throw new Refused({
      code: 'invalid-input',
      fields: {
        firstPayment: `Pay between ${formatMoney(min, plan.currency)} and ${formatMoney(topUpMaxMicros, plan.currency)}: it has to cover the first month.`,
      },
    });
  await setPayer(tx, ownerId, 'own');
  await openSubscription(tx, { ownerId, kind: 'standalone', timeZone }, plan.planCode, now);
  return { amountMicros: String(paysNow ? micros : 0n), planCode: plan.planCode };
}

async function letAgencyPay({ tx, now }: Deed, { accountId, agencyId }: Account) {
  // A month that has begun is the account's own, charged yet or not.
  await renewDue(tx, [accountId], now);
  const creditedMicros = await creditUnusedTime(tx, accountId, await findUnusedTime(tx, accountId, now), now);
  // Its calls as well: minutes that its plan includes are not owed.
  await settlePayer(tx, accountId, now);
  const { availableMicros } = await findBalance(tx, accountId);
  const agency = (await findAgency(tx, agencyId!, now))!;
  must(decideAgencyPays(availableMicros, agency.standing === 'no funds'));
  await endSubscription(tx, accountId, now);
  await setPayer(tx, accountId, 'agency');
  await followBalances(tx, [accountId], now);
  return creditedMicros > 0n ? { creditedMicros: String(creditedMicros) } : {};
}
