import { findMembers } from '../../accounts/store.ts';
import type { Tx } from '../../platform/db.ts';
import type { House } from '../../platform/house.ts';
import { queueMail } from '../../platform/mail/store.ts';
import { permissions, type Role } from '../../rules/permission.ts';
import { formatMoment, formatMoney } from '../../web/format.ts';
import { composeMail } from '../../web/mail.tsx';
import type { Owner } from './findOwner.ts';
import type { RechargeRule } from './store.ts';

/** Tells everybody who may do something about it that no card could be charged. */
export async function mailRechargeFailed(
  house: Pick<House, 'secrets' | 'config'>,
  tx: Tx,
  failed: { owner: Owner; rule: RechargeRule; currency: string; nextRoundAt: Date },
  now: Date,
): Promise<void> {
  const { owner, rule, currency, nextRoundAt } = failed;
  const content = {
    subject: `${owner.name}: auto-recharge could not charge any card`,
    paragraphs: [
      `The available balance of ${owner.name} is below ${formatMoney(rule.thresholdMicros, currency)}, and no card paid the ${formatMoney(rule.amountMicros, currency)} of auto-recharge. Nothing was taken.`,
      `The next try is on ${formatMoment(nextRoundAt, owner.timeZone)}. A card that you add, or a top-up, works at once.`,
    ],
    action: { label: 'Look at Billing', href: `${house.config.publicUrl}${owner.base}/billing` },
    footer: `You got this because you look after billing at ${owner.name}.`,
  };
  const payers: readonly Role[] = permissions['top-up'].who;
  const people = (await findMembers(tx, owner.ownerId)).filter((each) => payers.includes(each.role));
  for (const { name, email } of new Map(people.map((each) => [each.personId, each])).values()) {
    const mail = { toName: name, toAddress: email, ...composeMail({ ...content, greeting: `Hello ${name},` }) };
    await queueMail(tx, house.secrets, mail, now);
  }
}
