import { parsePhone } from '../../numbers/parsePhone.ts';
import { type Actor, type Doors, perform } from '../../platform/operation.ts';
import { type Decision, Refused } from '../../rules/decision.ts';
import { mustFit, nameLengthMax } from '../../rules/lengths.ts';
import { findTargets, nameTarget, recordTarget } from './store.ts';

const targetsMax = 100;

export type AddedTarget = {
  targetNumberId: number;
  name: string | null;
  /** One that was there keeps its name, and takes the given one if it had none. */
  how: 'added' | 'named' | 'there already';
};

/** Adds a number of the website, in any format that people write. */
export async function addTarget(
  doors: Doors,
  actor: Actor,
  accountId: number,
  wish: { phoneNumber: string; name: string | null },
  key: string,
): Promise<Decision<AddedTarget>> {
  const order = { action: 'edit-sources', actor, ownerId: accountId, key, input: { addTarget: wish } } as const;
  return perform(doors, order, async ({ tx, now, note }) => {
    mustFit({ name: wish.name }, nameLengthMax);
    const phoneNumber = parsePhone(wish.phoneNumber);
    if (!phoneNumber) refuse('This is no complete phone number. For example: (212) 555-0142, or +44 20 7946 0958.');
    const targets = await findTargets(tx, accountId);
    const there = targets.find((each) => each.phoneNumber === phoneNumber);
    if (there) {
      const { targetNumberId, name } = there;
      if (name !== null || wish.name === null) return { targetNumberId, name, how: 'there already' };
      await nameTarget(tx, accountId, targetNumberId, wish.name);
      note({ targetNumber: phoneNumber, name: wish.name });
      return { targetNumberId, name: wish.name, how: 'named' };
    }
    if (targets.length >= targetsMax) refuse(`An account has at most ${targetsMax} target numbers. Remove one first.`);
    const added = await recordTarget(tx, accountId, { phoneNumber, name: wish.name }, now);
    note({ targetNumber: phoneNumber, name: added.name });
    return { ...added, how: 'added' };
  });
}

function refuse(trouble: string): never {
  throw new Refused({ code: 'invalid-input', fields: { phoneNumber: trouble } });
}
