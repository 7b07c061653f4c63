import { findMonthAt, recordCharge } from '../billing/store.ts';
import type { Tx } from '../platform/db.ts';
import type { House } from '../platform/house.ts';
import { tellOwner } from '../platform/live.ts';
import { record } from '../platform/operation.ts';
import { type CallEvent, type CallState, foldCall } from '../rules/calls.ts';
import { rateCall } from '../rules/charging.ts';
import { minutePrice } from '../rules/plans.ts';
import {
  findClosingAfter,
  findEvents,
  holdOwner,
  type LoggedCall,
  lockCall,
  recordEvent,
  updateCall,
} from './store.ts';

/**
 * Takes in what the carrier says of a call: each event once, in whatever order, and the call is read anew from all of
 * them. Returns false for a call that we never logged.
 */
export async function followCall(
  house: House,
  accountId: number,
  by: { callId: number } | { carrierCallSid: string },
  eventAt: (now: Date) => CallEvent,
): Promise<boolean> {
  return record(house.db, async (tx, now) => {
    await holdOwner(tx, accountId);
    const call = await lockCall(tx, accountId, by);
    if (!call) return false;
    if (!(await recordEvent(tx, call, eventAt(now)))) return true;
    const state = foldCall(call.calledAt, call.refusedBecause !== null, await findEvents(tx, call));
    await updateCall(tx, call, state);
    await chargeCall(tx, call, state);
    await tellOwner(tx, accountId);
    return true;
  });
}

/** Charges a call whose talk is over, once, at the prices of the month that holds its answer; a call in progress at a closing up to the closing. */
async function chargeCall(tx: Tx, call: LoggedCall, state: CallState): Promise<void> {
  if (!state.answeredAt || state.talkSeconds === null) return;
  const charge = rateCall(state, await findClosingAfter(tx, call.accountId, state.answeredAt));
  if (!charge) return;
  const { plan } = await findMonthAt(tx, call.payerId, charge.at);
  await recordCharge(tx, {
    ownerId: call.accountId,
    cause: 'call',
    causeKey: `call ${call.callId}`,
    at: charge.at,
    description: `Incoming call, ${charge.minutes} min`,
    callId: call.callId,
    trackingNumberId: call.trackingNumberId,
    quantity: charge.minutes,
    unitMicros: minutePrice(plan, call.numberKind),
    payerId: call.payerId,
  });
}
