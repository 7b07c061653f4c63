import { formatDay, formatMoney } from '../../web/format.ts';
import type { OriginalPayment, RefundPart } from './store.ts';

/** Where a part goes: back to a payment, named by its card and day, or by hand to somebody. */
export function sayTarget(
  part: Pick<RefundPart, 'paymentId' | 'payee'>,
  payments: readonly OriginalPayment[],
  timeZone: string,
): string {
  if (part.paymentId === null) return `by hand to ${part.payee}`;
  const payment = payments.find((each) => each.paymentId === part.paymentId);
  if (!payment) return `back to payment ${part.paymentId}`;
  return `back to ${payment.card ?? 'the card'}, payment of ${formatDay(payment.succeededAt, timeZone)}`;
}

export const sayPart = (
  part: RefundPart,
  payments: readonly OriginalPayment[],
  currency: string,
  timeZone: string,
): string =>
  `${formatMoney(part.amountMicros, currency)} ${sayTarget(part, payments, timeZone)}${part.reference ? ` (reference ${part.reference})` : ''}`;
