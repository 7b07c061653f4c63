import type { Db, Tx } from '../../platform/db.ts';
import type { Days } from '../../rules/calendar.ts';
import type { BilledOwner } from '../owners.ts';
import { findBalance } from '../store.ts';
import {
  type Charged,
  type ChargeLine,
  findBalanceAt,
  findLines,
  findMoney,
  findOwnerSums,
  hasWallet,
  type MoneyLine,
  type OwnerSums,
} from './store.ts';

export type StatementOwner = Pick<
  BilledOwner,
  'kind' | 'ownerId' | 'name' | 'payerId' | 'payingAgency' | 'timeZone' | 'now'
>;

/** What a wallet paid: it had so much, money came and went, so much was charged, so much is left. */
export interface WalletPart {
  openingMicros: bigint;
  money: readonly MoneyLine[];
  sums: readonly OwnerSums[];
  chargedMicros: bigint;
  closingMicros: bigint;
}

export interface Statement {
  owner: StatementOwner;
  days: Days;
  currency: string;
  /** Null for a sub-account that its agency has always paid. */
  wallet: WalletPart | null;
  /** What this account was charged to its agency's wallet. */
  paidByOthers: OwnerSums | null;
}

/** One moment of the database, so that all parts of a statement belong together. */
export const inOneMoment = <Result>(db: Db, read: (tx: Tx) => Promise<Result>): Promise<Result> =>
  db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(read);

export async function readStatement(tx: Tx, owner: StatementOwner, days: Days): Promise<Statement> {
  const { ownerId, payerId } = owner;
  const [paidByOthers] = await findOwnerSums(tx, { ownerId, paid: 'by others' }, days);
  return {
    owner,
    days,
    currency: (await findBalance(tx, payerId)).currency,
    wallet: (await hasWallet(tx, ownerId)) ? await readWallet(tx, ownerId, days) : null,
    paidByOthers: paidByOthers ?? null,
  };
}

async function readWallet(tx: Tx, ownerId: number, days: Days): Promise<WalletPart> {
  const openingMicros = await findBalanceAt(tx, ownerId, days.from);
  const money = await findMoney(tx, ownerId, days);
  const sums = await findOwnerSums(tx, { ownerId, paid: 'by itself' }, days);
  const movedMicros = money.reduce((sum, line) => sum + line.amountMicros, 0n);
  const chargedMicros = sums.reduce((sum, each) => sum + each.totalMicros, 0n);
  return { openingMicros, money, sums, chargedMicros, closingMicros: openingMicros + movedMicros - chargedMicros };
}

/** A statement down to its last line, for a file. */
export interface WholeStatement extends Statement {
  lines: readonly ChargeLine[];
  linesPaidByOthers: readonly ChargeLine[];
}

/** As many lines as there are numbers and rates, however many calls: they fit in memory, and no connection waits for a slow reader. */
export async function readWhole(db: Db, owner: StatementOwner, days: Days): Promise<WholeStatement> {
  const { ownerId } = owner;
  const linesOf = (tx: Tx, paid: Charged['paid']) => findLines(tx, { ownerId, paid }, days);
  return inOneMoment(db, async (tx) => ({
    ...(await readStatement(tx, owner, days)),
    lines: await linesOf(tx, 'by itself'),
    linesPaidByOthers: await linesOf(tx, 'by others'),
  }));
}
