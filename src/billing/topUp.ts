import type { Tx } from '../platform/db.ts';
import { lockWallet, type NewPosting, recordPosting } from './store.ts';

export { topUp } from './payments/topUp.ts';

/** Money that came in, as a posting: the wallet is credited from payments. */
export async function receiveMoney(
  tx: Tx,
  money: Omit<NewPosting, 'debit' | 'credit'> & { currency: string },
): Promise<void> {
  const { currency, ...posting } = money;
  await lockWallet(tx, posting.ownerId, currency);
  await recordPosting(tx, { ...posting, debit: 'payments', credit: 'wallet' });
}

/** The same for money that came in by no payment of ours: a bank transfer, or what a story begins with. */
export async function addMoney(tx: Tx, ownerId: number, amountMicros: bigint, key: string, now: Date): Promise<void> {
  const what = { cause: 'top-up', causeKey: `top-up ${key}`, description: 'Top-up' };
  await receiveMoney(tx, { ownerId, at: now, amountMicros, currency: 'USD', ...what });
}
