import { type Actor, type Doors, perform } from '../platform/operation.ts';
import { type Decision, Refused } from '../rules/decision.ts';
import { eraseVisitorRows } from './store.ts';

/**
 * Erases everything of one visitor, who is named by the digits in their cookie: visits, pages, what they were shown and which
 * calls they may have made. The calls stay. The journal says that somebody was erased, and not who.
 */
export async function eraseVisitor(
  doors: Doors,
  actor: Actor,
  accountId: number,
  visitor: string,
  key: string,
): Promise<Decision<{ visits: number; pageViews: number; showings: number }>> {
  const order = { action: 'erase-person', actor, ownerId: accountId, key, input: { visitor } } as const;
  return perform(doors, order, async ({ tx, note }) => {
    const erased = await eraseVisitorRows(tx, accountId, visitor);
    if (!erased) throw new Refused({ code: 'not-found' });
    note({ ...erased });
    return { ...erased };
  });
}
