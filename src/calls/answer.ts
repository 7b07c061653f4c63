import { findAccount } from '../accounts/store.ts';
import type { CallArrived } from '../platform/carrier/voice.ts';
import type { House } from '../platform/house.ts';
import { tellOwner } from '../platform/live.ts';
import { record } from '../platform/operation.ts';
import { decideRoute, noReceivingNumberMessage } from '../rules/routing.ts';
import { findAccountIdOfNumber, findRungNumber, holdStanding, recordCall } from './store.ts';

/** What the carrier is told to do with an arriving call. */
export type CallAnswer =
  | { kind: 'forward'; accountId: number; callId: number; to: string }
  | { kind: 'refuse'; message: string }
  /** Nobody has this number: the call belongs to no log. */
  | { kind: 'unknown' };

/** Routes an arriving call and logs it while it rings. The same call asked about again gets the same answer. */
export async function answerCall(house: House, arrived: CallArrived): Promise<CallAnswer> {
  return record(house.db, async (tx) => {
    const owner = await findAccountIdOfNumber(tx, arrived.to);
    if (owner === null) return { kind: 'unknown' };
    const now = await holdStanding(tx, owner);
    const rung = await findRungNumber(tx, arrived.to);
    const account = rung && (await findAccount(tx, rung.accountId, now));
    if (!rung || !account) return { kind: 'unknown' };

    const { standing, refusalMessage } = account;
    const route = decideRoute({
      standing,
      refusalMessage,
      released: rung.released,
      receivingNumber: rung.receivingNumber,
    });
    const call = await recordCall(tx, {
      accountId: rung.accountId,
      carrierCallSid: arrived.callSid,
      trackingNumberId: rung.trackingNumberId,
      trackingSourceId: rung.trackingSourceId,
      callerNumber: arrived.from ?? '',
      callerCity: arrived.fromPlace.city,
      callerRegion: arrived.fromPlace.region,
      receivingNumber: route.kind === 'forward' ? route.to : null,
      calledAt: now,
      refusedBecause: route.kind === 'refuse' ? route.why : null,
      status: route.kind === 'refuse' ? 'refused' : 'ringing',
    });
    if (call.isNew) await tellOwner(tx, rung.accountId);
    if (call.receivingNumber)
      return { kind: 'forward', accountId: rung.accountId, callId: call.callId, to: call.receivingNumber };
    return {
      kind: 'refuse',
      message: call.refusedBecause === 'no receiving number' ? noReceivingNumberMessage : refusalMessage,
    };
  });
}
