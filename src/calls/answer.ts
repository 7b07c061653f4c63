import type { CallArrived } from '../platform/carrier/voice.ts';
import { recordInTwoFlights } from '../platform/flights.ts';
import type { House } from '../platform/house.ts';
import { tellOwnerSoon } from '../platform/live.ts';
import { decideRoute, noReceivingNumberMessage } from '../rules/routing.ts';
import { standingOf } from '../rules/standing.ts';
import {
  type AnsweredCall,
  findAnsweredCall,
  findRungNumber,
  holdAccountOf,
  holdAgencyOf,
  type NewCall,
  type RungNumber,
  recordCall,
} from './store.ts';

/** What the carrier is told to do with an arriving call. */
export type CallAnswer =
  | { kind: 'forward'; accountId: number; callId: number; to: string }
  | { kind: 'refuse'; message: string }
  /** Nobody has this number: the call belongs to no log. */
  | { kind: 'unknown' };

/** Routes an arriving call and logs it while it rings. The same call asked about again gets the same answer. */
export async function answerCall(house: House, arrived: CallArrived): Promise<CallAnswer> {
  const { found: rung, written } = await recordInTwoFlights<RungNumber, AnsweredCall>(
    house.pool,
    [holdAgencyOf(arrived.to), holdAccountOf(arrived.to), findRungNumber(arrived.to)],
    (rung) => rung && recordCall(routeCall(arrived, rung)),
  );
  if (!rung) return { kind: 'unknown' };
  const { accountId, refusalMessage } = rung;
  if (written) tellOwnerSoon(house.db, accountId);
  const call = written ?? (await findAnsweredCall(house.db, accountId, arrived.callSid));
  if (call.receivingNumber) return { kind: 'forward', accountId, callId: call.callId, to: call.receivingNumber };
  const isUnconnected = call.refusedBecause === 'no receiving number';
  return { kind: 'refuse', message: isUnconnected ? noReceivingNumberMessage : refusalMessage };
}

function routeCall(arrived: CallArrived, rung: RungNumber): NewCall {
  const { closedAt, reactivatableUntil, noFundsFrom, switchKinds } = rung;
  const closure = closedAt && reactivatableUntil ? { closedAt, reactivatableUntil } : null;
  const switches = switchKinds.map((kind) => ({ kind }));
  const standing = standingOf({ closure, noFundsFrom, switches }, rung.now);
  const route = decideRoute({ ...rung, standing });
  return {
    accountId: rung.accountId,
    payerId: rung.payerId,
    carrierCallSid: arrived.callSid,
    trackingNumberId: rung.trackingNumberId,
    trackingSourceId: rung.trackingSourceId,
    callerNumber: arrived.from ?? '',
    callerCity: arrived.fromPlace.city,
    callerRegion: arrived.fromPlace.region,
    receivingNumber: route.kind === 'forward' ? route.to : null,
    calledAt: rung.now,
    refusedBecause: route.kind === 'refuse' ? route.why : null,
    status: route.kind === 'refuse' ? 'refused' : 'ringing',
  };
}
