import type { Fates } from '../rules/retention.ts';

export const fates: Fates = {
  plan: { fate: 'kept', why: 'A price list; it says nothing of anybody.' },
  plan_price: { fate: 'kept', why: 'A price list; it says nothing of anybody.' },
  plan_feature: { fate: 'kept', why: 'What plans offer; it says nothing of anybody.' },
  subscription: { fate: 'purged' },
  subscription_month: { fate: 'purged' },
  wallet: { fate: 'kept', why: 'What is left in it is still owed.' },
  charge: {
    fate: 'blanked',
    columns: ['tracking_number_id', 'call_id'],
    why: 'Amounts are accounting records; what was called is not.',
  },
  budget: { fate: 'purged' },
  budget_alert: { fate: 'purged' },
  arrears: { fate: 'purged' },
  reminder: { fate: 'purged' },
  payer_offer: { fate: 'purged' },
  card: { fate: 'purged' },
  payment_setup: { fate: 'purged' },
  auto_recharge: { fate: 'purged' },
  payment: { fate: 'kept', why: 'Accounting records; a refund goes back to the payments it came from.' },
  dispute: { fate: 'kept', why: 'Accounting records: which payments a bank took back.' },
  refund: {
    fate: 'kept',
    why: 'What was asked for and what became of it: seen after the purge, and an accounting record.',
  },
  refund_part: { fate: 'kept', why: 'Accounting records: to which payment or payee money went back.' },
  posting: { fate: 'kept', why: 'Accounting records; without them the balance could not be explained.' },
};
