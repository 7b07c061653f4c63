import { parsePhone } from '../../numbers/parsePhone.ts';
import { type Actor, type Doors, perform } from '../../platform/operation.ts';
import { type Decision, Refused } from '../../rules/decision.ts';
import { findTargets, recordTarget } from './store.ts';

const targetsMax = 100;

/** Adds a number of the website, in any format that people write. Answers with its id; one that is there already is named anew. */
export async function addTarget(
  doors: Doors,
  actor: Actor,
  accountId: number,
  wish: { phoneNumber: string; name: string | null },
  key: string,
): Promise<Decision<number>> {
  const order = { action: 'edit-sources', actor, ownerId: accountId, key, input: { addTarget: wish } } as const;
  return perform(doors, order, async ({ tx, now, note }) => {
    const phoneNumber = parsePhone(wish.phoneNumber);
    const trouble = !phoneNumber
      ? 'This is no complete phone number. For example: (212) 555-0142, or +44 20 7946 0958.'
      : (await findTargets(tx, accountId)).length >= targetsMax
        ? `An account has at most ${targetsMax} target numbers. Remove one first.`
        : null;
    if (trouble !== null || !phoneNumber)
      throw new Refused({ code: 'invalid-input', fields: { phoneNumber: trouble ?? '' } });
    const targetNumberId = await recordTarget(tx, accountId, { phoneNumber, name: wish.name }, now);
    note({ targetNumber: phoneNumber, name: wish.name });
    return targetNumberId;
  });
}
