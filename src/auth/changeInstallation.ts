import type { Config } from '../platform/config.ts';
import type { Db, Tx } from '../platform/db.ts';
import { type Actor, type Doors, houseId, perform } from '../platform/operation.ts';
import type { Decision } from '../rules/decision.ts';
import { findSetting, setSetting } from './store.ts';

const signUpKey = 'sign-up';

/** Whether strangers may open accounts. Until the operator says so, only in development. */
export async function isSignUpOpen(db: Db | Tx, { development }: Pick<Config, 'development'>): Promise<boolean> {
  const setting = await findSetting(db, signUpKey);
  return setting === null ? development : setting === 'open';
}

/** Opens or closes sign-up for strangers; whoever is invited can sign up either way. */
export async function changeSignUp(doors: Doors, actor: Actor, isOpen: boolean, key: string): Promise<Decision<true>> {
  const order = { action: 'change-installation', actor, ownerId: houseId, key, input: { isOpen } } as const;
  return perform(doors, order, async ({ tx, now, note }) => {
    await setSetting(tx, signUpKey, isOpen ? 'open' : 'closed', now);
    note({ signUp: isOpen ? 'open' : 'closed' });
    return true;
  });
}
