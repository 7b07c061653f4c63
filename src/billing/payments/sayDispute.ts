import type { Payment } from './store.ts';

const words = {
  open: 'The card’s holder wants this payment back from their bank',
  won: 'The card’s holder wanted this payment back, and the bank decided against it',
  lost: 'The card’s holder wanted this payment back, and the bank decided so',
  dropped: 'The card’s holder asked about this payment, and let it be',
} as const;

/** What became of a dispute, with the provider's word for why. */
export function sayDispute({ dispute, disputeReason }: Pick<Payment, 'dispute' | 'disputeReason'>): string {
  return dispute === null ? '' : `${words[dispute]} (${(disputeReason ?? '').replaceAll('_', ' ')}).`;
}
