import { lockOwner } from '../../accounts/findAuthority.ts';
import { readClock } from '../../platform/clock.ts';
import type { Tx } from '../../platform/db.ts';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import { tellOwner } from '../../platform/live.ts';
import { record } from '../../platform/operation.ts';
import { decideRecharge } from '../../rules/payments.ts';
import { findBalance, findSubscription } from '../store.ts';
import { findOwner } from './findOwner.ts';
import { mailRechargeFailed } from './mails.ts';
import { sendPayments } from './sendPayments.ts';
import {
  beginRechargeRound,
  endRechargeRound,
  findCards,
  findRechargeRule,
  findRechargesDue,
  findTriedCards,
  isPaying,
  recordPayment,
} from './store.ts';

const ownersAtOnce = 100;

/**
 * The worker's look: charges the first card of everybody whose balance fell below their threshold, and after a decline the next,
 * until one has paid or all have failed.
 */
export async function rechargeAll(house: House): Promise<void> {
  while ((await orderRecharges(house)) > 0) await sendPayments(house);
}

async function orderRecharges(house: House): Promise<number> {
  let ordered = 0;
  for (let after = 0; ; ) {
    const ownerIds = await findRechargesDue(house.db, await readClock(house.db), after, ownersAtOnce);
    for (const ownerId of ownerIds) {
      if (await record(house.db, (tx) => orderRecharge(house, tx, ownerId))) ordered += 1;
    }
    const last = ownerIds.at(-1);
    if (last === undefined) return ordered;
    after = last;
  }
}

/**
 * Looks again under the owner's lock: somebody may have paid, closed or turned it off meanwhile. The moment is read after it is
 * known that no payment is under way: one that ends without this lock would otherwise end after the next one began.
 */
async function orderRecharge(house: House, tx: Tx, ownerId: number): Promise<boolean> {
  if (!(await lockOwner(tx, ownerId))) return false;
  const isPaymentUnderWay = await isPaying(tx, ownerId);
  const now = await readClock(tx);
  const owner = await findOwner(tx, ownerId, now);
  const rule = await findRechargeRule(tx, ownerId);
  if (!owner || !rule || rule.isDisputed || !(await findSubscription(tx, ownerId))) return false;
  const cards = await findCards(tx, ownerId);
  const { availableMicros, currency } = await findBalance(tx, ownerId);
  const decided = decideRecharge(
    {
      isOn: rule.isOn,
      isClosed: owner.isClosed,
      isPaymentUnderWay,
      availableMicros,
      thresholdMicros: rule.thresholdMicros,
      cardIds: cards.map((each) => each.cardId),
      triedCardIds: rule.roundBeganAt ? await findTriedCards(tx, ownerId, rule.roundBeganAt) : [],
      roundsFailed: rule.roundsFailed,
      nextRoundAt: rule.nextRoundAt,
    },
    now,
  );
  switch (decided.kind) {
    case 'nothing':
      return false;
    case 'charge': {
      const card = cards.find((each) => each.cardId === decided.cardId)!;
      const { amountMicros } = rule;
      const alone = { cause: 'auto-recharge', idempotencyKey: newKey(), billingUrl: null, askedBy: null } as const;
      await beginRechargeRound(tx, ownerId, now);
      await recordPayment(tx, { card, amountMicros, currency, ...alone }, now);
      return true;
    }
    case 'round-failed':
      await endRechargeRound(tx, ownerId, rule.roundsFailed + 1, decided.nextRoundAt);
      await mailRechargeFailed(house, tx, { owner, rule, currency, nextRoundAt: decided.nextRoundAt }, now);
      await tellOwner(tx, ownerId);
      return false;
  }
}
