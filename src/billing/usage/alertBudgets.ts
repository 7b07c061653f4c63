import { findAccount, findMembers, type NamedMember } from '../../accounts/store.ts';
import type { Tx } from '../../platform/db.ts';
import type { House } from '../../platform/house.ts';
import { queueMail } from '../../platform/mail/store.ts';
import { record } from '../../platform/operation.ts';
import { daysOfMonth, monthOf } from '../../rules/calendar.ts';
import { permissions, type Role } from '../../rules/permission.ts';
import { percentOf, reachedLevels } from '../../rules/spending.ts';
import { formatMoney } from '../../web/format.ts';
import { composeMail } from '../../web/mail.tsx';
import { sayMonth } from '../statements/sayDays.ts';
import { findBalance } from '../store.ts';
import { type DueBudget, findSpent, recordAlerts, takeDueBudgets } from './store.ts';

const budgetsAtOnce = 200;
const minutesBetweenLooks = 10;

type Mailing = Pick<House, 'db' | 'secrets' | 'config'>;

/** The worker's look: who has reached a level of a budget is told, once in a month. Answers with how many budgets it looked at. */
export async function alertBudgets(house: Mailing): Promise<number> {
  let looked = 0;
  for (;;) {
    const count = await record(house.db, async (tx, now) => {
      const nextAt = new Date(now.getTime() + minutesBetweenLooks * 60_000);
      const due = await takeDueBudgets(tx, now, nextAt, budgetsAtOnce);
      const months = due.map((each) => daysOfMonth(monthOf(now, each.timeZone), each.timeZone)!);
      const spent = await findSpent(
        tx,
        due.map(({ ownerId, subjectId }, index) => ({ ownerId, subjectId, from: months[index]!.from })),
      );
      for (const [index, budget] of due.entries())
        await tellReached(house, tx, budget, months[index]!.month!, spent[index]!, now);
      return due.length;
    });
    looked += count;
    if (count < budgetsAtOnce) return looked;
  }
}

/** Several levels at once are one mail, of the highest. */
async function tellReached(
  house: Mailing,
  tx: Tx,
  budget: DueBudget,
  month: string,
  spentMicros: bigint,
  now: Date,
): Promise<void> {
  const { ownerId, subjectId, monthlyMicros, levels, isAgency } = budget;
  const reached = reachedLevels(levels, spentMicros, monthlyMicros);
  const untold = await recordAlerts(tx, budget, month, reached, spentMicros, now);
  if (untold.length === 0) return;
  const level = Math.max(...untold);
  const { currency } = await findBalance(tx, ownerId);
  const money = (micros: bigint) => formatMoney(micros, currency);
  const next = levels.find((each) => each > level);
  const what = subjectId === ownerId ? budget.ownerName : `${budget.subjectName}, a sub-account of ${budget.ownerName}`;
  const content = {
    subject: `${level} % of the budget of ${budget.subjectName} is spent`,
    paragraphs: [
      `In ${sayMonth(month)}, ${money(spentMicros)} was charged for ${what}: ${percentOf(spentMicros, monthlyMicros)} % of the budget of ${money(monthlyMicros)}.`,
      `Nothing stops because of it: a budget only tells.${next === undefined ? '' : ` We write again at ${next} %.`}`,
    ],
    action: {
      label: 'See where the month stands',
      href: `${house.config.publicUrl}/${isAgency ? 'agencies' : 'accounts'}/${ownerId}/billing/budget`,
    },
    footer: `You got this because you look after the billing of ${budget.ownerName}. Levels are changed under Billing → Budget.`,
  };
  for (const { name, email } of await findPayers(tx, budget, now)) {
    const mail = { toName: name, toAddress: email, ...composeMail({ ...content, greeting: `Hello ${name},` }) };
    await queueMail(tx, house.secrets, mail, now);
  }
}

/** Whoever may set the budget; of a sub-account without anybody, its agency's people. */
async function findPayers(tx: Tx, { ownerId, isAgency }: DueBudget, now: Date): Promise<NamedMember[]> {
  const who: readonly Role[] = permissions['set-budget'].who;
  const payersOf = async (id: number) => {
    const members = (await findMembers(tx, id)).filter((each) => who.includes(each.role));
    return [...new Map(members.map((each) => [each.personId, each])).values()];
  };
  const own = await payersOf(ownerId);
  if (own.length > 0 || isAgency) return own;
  const account = await findAccount(tx, ownerId, now);
  return account?.agencyId ? payersOf(account.agencyId) : [];
}
