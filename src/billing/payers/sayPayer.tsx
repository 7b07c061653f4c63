import { askHref } from '../../web/askHref.ts';
import { Notice, TextLink } from '../../web/components.tsx';
import { formatMoney } from '../../web/format.ts';
import type { Balance } from '../store.ts';

/** What is left of the time in which the account paid for itself stays its own. */
export function OwnBalance({ base, own }: { base: string; own: Balance }) {
  const amount = formatMoney(own.availableMicros, own.currency);
  const href = askHref(base, {
    kind: 'other',
    step: 'Billing → Who pays',
    subject: `Refund of ${amount}`,
    words: `Please refund the ${amount} that are left from the time in which this account paid for itself.`,
  });
  return (
    <Notice kind="info" title={`${amount} are this account’s own`}>
      They are left from the time in which it paid for itself. Nothing is charged to them while the agency pays; they
      pay again when the account does. <TextLink href={href}>Ask for a refund</TextLink>
    </Notice>
  );
}
