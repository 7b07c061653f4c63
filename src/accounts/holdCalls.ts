import { type Actor, type Doors, perform } from '../platform/operation.ts';
import { type Decision, must, Refused } from '../rules/decision.ts';
import { decideHold, decideLift } from '../rules/switches.ts';
import { endSwitch, findAccount, recordSwitch } from './store.ts';

const whyLengthMax = 300;

/** The operator holds an account's calls, for fraud and the like: they are refused, and the account is told why. */
export async function holdCalls(
  doors: Doors,
  actor: Actor,
  accountId: number,
  why: string,
  key: string,
): Promise<Decision<true>> {
  const order = { action: 'hold-calls', actor, ownerId: accountId, key, input: { why } } as const;
  return perform(doors, order, async ({ tx, now, by, note }) => {
    if (why === '' || why.length > whyLengthMax) {
      const fields = { why: `Give the reason, in up to ${whyLengthMax} characters: the account is shown it.` };
      throw new Refused({ code: 'invalid-input', fields });
    }
    const account = await findAccount(tx, accountId, now);
    if (!account) throw new Refused({ code: 'not-found' });
    must(decideHold(account.switches));
    await recordSwitch(tx, accountId, 'hold', by, why, now);
    note({ why });
    return true;
  });
}

/** Lifts the hold. What the account itself has paused or stopped stays so. */
export async function liftHold(doors: Doors, actor: Actor, accountId: number, key: string): Promise<Decision<true>> {
  const order = { action: 'hold-calls', actor, ownerId: accountId, key, input: {} } as const;
  return perform(doors, order, async ({ tx, now, by, note }) => {
    const account = await findAccount(tx, accountId, now);
    if (!account) throw new Refused({ code: 'not-found' });
    must(decideLift(account.switches));
    await endSwitch(tx, accountId, 'hold', by, now);
    note({ lifted: true });
    return true;
  });
}
