import { Notice } from '../../web/components.tsx';
import { formatMoney } from '../../web/format.ts';
import type { Balance } from '../store.ts';

/** What is left of the time in which the account paid for itself stays its own. */
export function OwnBalance({ own }: { own: Balance }) {
  const amount = formatMoney(own.availableMicros, own.currency);
  return (
    <Notice kind="info" title={`${amount} are this account’s own`}>
      They are left from the time in which it paid for itself. Nothing is charged to them while the agency pays; they
      pay again when the account does. Once the account is closed, its Status section asks for them back with one click.
    </Notice>
  );
}
