import { type Actor, type Doors, perform } from '../../platform/operation.ts';
import { type Decision, must, Refused } from '../../rules/decision.ts';
import { decideAmount, decideThreshold } from '../../rules/payments.ts';
import { mustPayItself } from './findOwner.ts';
import { findCards, recordRechargeRule } from './store.ts';

export interface RechargeWish {
  isOn: boolean;
  thresholdMicros: bigint;
  amountMicros: bigint;
}

/** Says from which balance on the first card is charged by itself, and how much; or turns that off. */
export async function setAutoRecharge(
  doors: Doors,
  actor: Actor,
  ownerId: number,
  wish: RechargeWish,
  key: string,
): Promise<Decision<true>> {
  return perform(
    doors,
    { action: 'set-auto-recharge', actor, ownerId, key, input: wish },
    async ({ tx, now, by, note }) => {
      must(decideThreshold(wish.thresholdMicros, 'threshold'));
      must(decideAmount(wish.amountMicros, 'rechargeAmount'));
      await mustPayItself(tx, ownerId);
      if (wish.isOn && (await findCards(tx, ownerId)).length === 0) throw new Refused({ code: 'no-card' });
      await recordRechargeRule(tx, { ownerId, ...wish }, by, now);
      note({
        isOn: wish.isOn,
        thresholdMicros: String(wish.thresholdMicros),
        amountMicros: String(wish.amountMicros),
      });
      return true;
    },
  );
}
