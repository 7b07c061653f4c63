import { type Actor, type Doors, perform } from '../platform/operation.ts';
import { type Decision, Refused } from '../rules/decision.ts';
import { type ErasedVisitor, eraseVisitorRows } from './store.ts';

/** Erases everything of one visitor, who is named by the digits in their cookie. The journal does not say who it was. */
export async function eraseVisitor(
  doors: Doors,
  actor: Actor,
  accountId: number,
  visitor: string,
  key: string,
): Promise<Decision<{ visits: number; pageViews: number; showings: number }>> {
  const order = { action: 'erase-person', actor, ownerId: accountId, key, input: { visitor } } as const;
  return perform(doors, order, async ({ tx, note }) => {
    const erased: ErasedVisitor | null = await eraseVisitorRows(tx, accountId, visitor);
    if (!erased) throw new Refused({ code: 'not-found' });
    note({ ...erased });
    return { ...erased };
  });
}
