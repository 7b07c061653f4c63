import type { Actor, Doors } from '../../platform/operation.ts';
import { perform } from '../../platform/operation.ts';
import { type Decision, Refused } from '../../rules/decision.ts';
import { microsPerUnit } from '../../rules/money.ts';
import { isSubAccount, recordBudget, removeBudgetRow } from './store.ts';

const monthlyMinMicros = microsPerUnit;
const monthlyMaxMicros = 10_000_000n * microsPerUnit;

export interface BudgetWish {
  /** The owner itself, or one sub-account of an agency. */
  subjectId: number;
  monthlyMicros: bigint;
  /** Null where what was asked for are no levels. */
  levels: readonly number[] | null;
}

/** Sets what may be spent in a month, and at which shares of it people are told. It stops nothing. */
export async function setBudget(
  doors: Doors,
  actor: Actor,
  ownerId: number,
  wish: BudgetWish,
  key: string,
): Promise<Decision<true>> {
  return perform(doors, { action: 'set-budget', actor, ownerId, key, input: wish }, async (deed) => {
    const { subjectId, monthlyMicros, levels } = wish;
    const fields = {
      ...(monthlyMicros < monthlyMinMicros || monthlyMicros > monthlyMaxMicros
        ? { monthly: 'Give an amount between $1 and $10,000,000.' }
        : {}),
      ...(levels ? {} : { levels: 'Give up to ten whole percentages, such as 50, 80, 100.' }),
    };
    if (!levels || Object.keys(fields).length > 0) throw new Refused({ code: 'invalid-input', fields });
    if (subjectId !== ownerId && !(await isSubAccount(deed.tx, ownerId, subjectId)))
      throw new Refused({ code: 'not-found' });
    await recordBudget(deed.tx, { ownerId, subjectId, monthlyMicros, levels: [...levels] }, deed.now, deed.by);
    deed.note({ amountMicros: String(monthlyMicros), subjectId, levels });
    return true;
  });
}

/** From now on nobody is told. */
export async function removeBudget(
  doors: Doors,
  actor: Actor,
  ownerId: number,
  subjectId: number,
  key: string,
): Promise<Decision<true>> {
  return perform(doors, { action: 'set-budget', actor, ownerId, key, input: { removed: subjectId } }, async (deed) => {
    if (!(await removeBudgetRow(deed.tx, ownerId, subjectId))) throw new Refused({ code: 'not-found' });
    deed.note({ removed: true, subjectId });
    return true;
  });
}
