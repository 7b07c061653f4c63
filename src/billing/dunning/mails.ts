import { findAccount, findMembers } from '../../accounts/store.ts';
import { findAgency } from '../../agencies/store.ts';
import type { Tx } from '../../platform/db.ts';
import type { House } from '../../platform/house.ts';
import { queueMail } from '../../platform/mail/store.ts';
import { dueMicros } from '../../rules/arrears.ts';
import { permissions, type Role } from '../../rules/permission.ts';
import { formatMoment, formatMoney } from '../../web/format.ts';
import { composeMail } from '../../web/mail.tsx';
import { findBalance, findRenewals, findSubscription } from '../store.ts';
import type { OpenArrears } from './store.ts';

export type Letters = Pick<House, 'secrets' | 'config'>;

const payers: readonly Role[] = permissions['top-up'].who;

/** Tells everybody who may top up where the arrears stand, what comes when, and that paying undoes all of it. */
export async function mailArrears(house: Letters, tx: Tx, arrears: OpenArrears, now: Date): Promise<void> {
  const { ownerId, beganAt, noFundsFrom } = arrears;
  const account = await findAccount(tx, ownerId, now);
  const place = account ?? (await findAgency(tx, ownerId, now))!;
  const { name, timeZone } = place;
  const { availableMicros, currency } = await findBalance(tx, ownerId);
  const show = (date: Date) => formatMoment(date, timeZone);
  const money = (micros: bigint) => formatMoney(micros, currency);
  const isOver = noFundsFrom <= now;
  const whose = account ? 'its numbers' : 'the numbers of every sub-account that it pays for';
  const stop = 'number swapping is off, and callers hear the message for refused callers instead of being connected';
  const content = {
    subject: isOver ? `No funds: calls to ${name} are refused` : `The available balance of ${name} is used up`,
    paragraphs: [
      isOver
        ? `The available balance of ${name} has been used up since ${show(beganAt)}, and nobody topped it up. Since ${show(noFundsFrom)} there are no funds: for ${whose}, ${stop}.`
        : `The available balance of ${name} has been used up since ${show(beganAt)}. Everything goes on as before until ${show(noFundsFrom)}. If nothing is paid by then, there are no funds from that moment on: for ${whose}, ${stop}.`,
      `The available balance is ${money(availableMicros)}: ${money(dueMicros(availableMicros))} or more lifts it above zero.${await sayComing(tx, ownerId, account !== null, show, money)}`,
      `Paying undoes all of it, at any time and at once. Nobody closes ${account ? 'an account' : 'an agency or a sub-account'} for this, and no number is released.`,
    ],
    action: {
      label: 'Top up',
      href: `${house.config.publicUrl}/${account ? 'accounts' : 'agencies'}/${ownerId}/billing`,
    },
    footer: `You got this because you may top up the balance of ${name}. It comes on the days that stand on its Billing page, and no more once it is paid.`,
  };
  const people = new Map(
    (await findMembers(tx, ownerId)).filter((each) => payers.includes(each.role)).map((each) => [each.personId, each]),
  );
  for (const person of people.values()) {
    const mail = composeMail({ ...content, greeting: `Hello ${person.name},` });
    await queueMail(tx, house.secrets, { toName: person.name, toAddress: person.email, ...mail }, now);
  }
}

/** What is charged next and would be owed as well: by the same questions that every screen asks. */
async function sayComing(
  tx: Tx,
  ownerId: number,
  isAccount: boolean,
  show: (date: Date) => string,
  money: (micros: bigint) => string,
): Promise<string> {
  const subscription = await findSubscription(tx, ownerId);
  const { soonest, numbers, sumMicros } = await findRenewals(
    tx,
    isAccount ? { accountId: ownerId } : { agencyId: ownerId },
    1,
  );
  const parts = [
    ...(subscription?.next
      ? [`${money(subscription.next.amountMicros)} for the plan on ${show(subscription.next.from)}`]
      : []),
    ...(soonest[0]
      ? [
          `${money(sumMicros)} a month for ${numbers === 1 ? '1 number' : `${numbers} numbers`}, next on ${show(soonest[0].at)}`,
        ]
      : []),
  ];
  return parts.length > 0 ? ` What goes on being charged: ${parts.join('; ')}.` : '';
}
