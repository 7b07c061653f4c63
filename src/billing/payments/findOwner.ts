import { lockOwner } from '../../accounts/findAuthority.ts';
import { findAccount } from '../../accounts/store.ts';
import { findAgency } from '../../agencies/store.ts';
import type { Db, Tx } from '../../platform/db.ts';
import { Refused } from '../../rules/decision.ts';
import { findSubscription } from '../store.ts';

/** Whoever has cards and a wallet: an agency, or an account that pays for itself. */
export interface Owner {
  ownerId: number;
  name: string;
  timeZone: string;
  /** The start of its pages' addresses. */
  base: string;
  isClosed: boolean;
}

export async function findOwner(db: Db | Tx, ownerId: number, now: Date): Promise<Owner | null> {
  const account = await findAccount(db, ownerId, now);
  if (account) {
    const { name, timeZone, closure } = account;
    return { ownerId, name, timeZone, base: `/accounts/${ownerId}`, isClosed: closure !== null };
  }
  const agency = await findAgency(db, ownerId, now);
  if (!agency) return null;
  const { name, timeZone, closure } = agency;
  return { ownerId, name, timeZone, base: `/agencies/${ownerId}`, isClosed: closure !== null };
}

/** The same under its row's lock: a closing lies entirely before or entirely after. */
export async function lockedOwner(tx: Tx, ownerId: number, now: Date): Promise<Owner | null> {
  return (await lockOwner(tx, ownerId)) ? findOwner(tx, ownerId, now) : null;
}

/** A sub-account that its agency pays has neither a balance nor cards. */
export async function mustPayItself(tx: Tx, ownerId: number): Promise<void> {
  if (!(await findSubscription(tx, ownerId))) throw new Refused({ code: 'paid-by-agency' });
}
