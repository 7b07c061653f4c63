import { findAccount } from '../../accounts/store.ts';
import { findAgency } from '../../agencies/store.ts';
import type { Db, Tx } from '../../platform/db.ts';
import { isUnderWay, type Owed } from '../../rules/refund.ts';
import { findBalance } from '../store.ts';
import { findOriginalPayments, findRefunds, findUnclaimedMicros, type OriginalPayment, type Refund } from './store.ts';

/** The open closure of an account or agency, as far as its money is concerned. */
export interface EndedClosure {
  /** Null while the agency's closure has not come round to the account. */
  closureId: number | null;
  isCarriedOut: boolean;
  closedAt: Date;
  closedBy: string;
  closedByRole: string;
  why: string | null;
  reactivatableUntil: Date;
  refundableUntil: Date;
}

/** An account or agency whose money is to be paid back. */
export interface Ended {
  ownerId: number;
  kind: 'account' | 'agency';
  name: string;
  timeZone: string;
  /** The start of its addresses. */
  base: string;
  /** The agency that pays for it, when it has no balance of its own. */
  paidBy: string | null;
  closure: EndedClosure | null;
}

export async function findEnded(db: Db | Tx, ownerId: number, now: Date): Promise<Ended | null> {
  const account = await findAccount(db, ownerId, now);
  if (account) {
    const { agencyName, closure, name, payer, timeZone } = account;
    return {
      ownerId,
      kind: 'account',
      name,
      timeZone,
      base: `/accounts/${ownerId}`,
      paidBy: payer === 'agency' ? agencyName : null,
      closure: closure && { ...closure, isCarriedOut: closure.closureId !== null },
    };
  }
  const agency = await findAgency(db, ownerId, now);
  if (!agency) return null;
  const { closure, name, timeZone } = agency;
  return {
    ownerId,
    kind: 'agency',
    name,
    timeZone,
    base: `/agencies/${ownerId}`,
    paidBy: null,
    closure: closure && {
      ...closure,
      closureId: closure.agencyClosureId,
      isCarriedOut: closure.carriedOutAt !== null,
    },
  };
}

/** What an owner is owed now, with what was charged and not settled yet taken off. */
export async function findOwed(db: Db | Tx, ownerId: number): Promise<Owed & { currency: string }> {
  const { availableMicros: walletMicros, currency } = await findBalance(db, ownerId);
  return { walletMicros, unclaimedMicros: await findUnclaimedMicros(db, ownerId), currency };
}

/** Everything that a screen says of the money that is owed to somebody, and of what was asked for. */
export interface OwedFacts {
  owner: Ended;
  owed: Owed;
  currency: string;
  /** The newest first. */
  refunds: Refund[];
  /** The one of this closure that is not over. */
  underWay: Refund | null;
  payments: OriginalPayment[];
  now: Date;
}

const shownRefundsMax = 20;

/**
 * Null for an owner that is not there. Of an account that its agency pays the agency's balance is not looked up; what is left from a
 * time in which it paid for itself is its own.
 */
export async function findOwedFacts(db: Db | Tx, ownerId: number, now: Date): Promise<OwedFacts | null> {
  const ended = await findEnded(db, ownerId, now);
  if (!ended) return null;
  const { currency, ...owed } = await findOwed(db, ownerId);
  const refunds = await findRefunds(db, ownerId, shownRefundsMax);
  const isOfClosure = (each: Refund) => each.closureId === ended.closure?.closureId;
  const isOpen = (each: Refund) => isOfClosure(each) && isUnderWay(each.state);
  const hasOwn = owed.walletMicros + owed.unclaimedMicros > 0n || refunds.some(isOfClosure);
  const owner = { ...ended, paidBy: hasOwn ? null : ended.paidBy };
  return {
    owner,
    owed,
    currency,
    refunds,
    underWay: refunds.find(isOpen) ?? null,
    payments: refunds.length > 0 ? await findOriginalPayments(db, ownerId, currency) : [],
    now,
  };
}
