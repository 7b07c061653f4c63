import type { Tx } from '../platform/db.ts';
import type { House } from '../platform/house.ts';
import { tellOwner } from '../platform/live.ts';
import { record } from '../platform/operation.ts';
import { matching, weighVisits } from '../rules/matching.ts';
import { addDays } from '../rules/time.ts';
import {
  findAccountsToMatch,
  findShown,
  markMatched,
  passUnpooled,
  recordMatch,
  takeCallsToMatch,
  type UnmatchedCall,
} from './store.ts';

const callsAtOnce = 50;
const accountsAtOnce = 200;

/**
 * The worker's look: finds for each new call on a pool's number the visits that it may have come from. A call is matched once, in
 * one transaction with the mark that it was; a call that another worker has in hand is left to it. What a page tells later of
 * the time before the call changes nothing any more.
 */
export async function matchCalls({ db }: Pick<House, 'db'>): Promise<number> {
  let matched = 0;
  for (;;) {
    const accountIds = await findAccountsToMatch(db, accountsAtOnce);
    let looked = 0;
    for (const accountId of accountIds) {
      // Most calls are on numbers that are shown to everybody: those have a source and no visit.
      looked += await record(db, (tx, now) => passUnpooled(tx, accountId, now, 20 * callsAtOnce));
      const found = await record(db, (tx, now) => matchSome(tx, accountId, now));
      looked += found.looked;
      matched += found.matched;
    }
    if (looked === 0) return matched;
  }
}

async function matchSome(tx: Tx, accountId: number, now: Date): Promise<{ looked: number; matched: number }> {
  const calls = await takeCallsToMatch(tx, accountId, callsAtOnce);
  let matched = 0;
  for (const call of calls) if (await matchOne(tx, call)) matched += 1;
  await markMatched(tx, accountId, calls, now);
  if (matched > 0) await tellOwner(tx, accountId);
  return { looked: calls.length, matched };
}

async function matchOne(tx: Tx, call: UnmatchedCall): Promise<boolean> {
  const since = addDays(call.calledAt, -matching.tail.minutes / (24 * 60));
  const { calledBefore, visits: shown } = await findShown(tx, call, since);
  const visits = weighVisits({ ...call, calledBefore }, shown);
  await recordMatch(tx, call, visits);
  return visits.length > 0;
}
