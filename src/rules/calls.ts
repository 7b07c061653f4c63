/*
 * A call is what its events say, whatever order they arrive in and however often. The carrier numbers the events of a
 * leg; we keep each once and read them in that order.
 */

/** `caller` is the leg that dialed us, `receiver` the leg we dialed. */
export type Leg = 'caller' | 'receiver';

export type LegStatus =
  | 'queued'
  | 'initiated'
  | 'ringing'
  | 'in-progress'
  | 'completed'
  | 'busy'
  | 'failed'
  | 'no-answer'
  | 'canceled';

export interface CallEvent {
  leg: Leg;
  sequenceNumber: number;
  status: LegStatus;
  at: Date;
  /** Given with the end of a leg. */
  durationSeconds: number | null;
}

export const callStatuses = ['ringing', 'in-progress', 'answered', 'no-answer', 'busy', 'failed', 'refused'] as const;
export type CallStatus = (typeof callStatuses)[number];

export interface CallState {
  status: CallStatus;
  answeredAt: Date | null;
  endedAt: Date | null;
  /** From arrival to the end of the caller's leg. */
  durationSeconds: number | null;
  ringSeconds: number | null;
  /** How long both sides were connected; what is billed. */
  talkSeconds: number | null;
}

const ended: readonly LegStatus[] = ['completed', 'busy', 'failed', 'no-answer', 'canceled'];
const secondsBetween = (from: Date, until: Date): number =>
  Math.max(0, Math.round((until.getTime() - from.getTime()) / 1000));
const earliest = (events: readonly CallEvent[]): CallEvent | undefined =>
  events.toSorted((a, b) => a.sequenceNumber - b.sequenceNumber || a.at.getTime() - b.at.getTime())[0];

/** The state of a call that arrived at `calledAt`, from all events known so far. */
export function foldCall(calledAt: Date, refused: boolean, events: readonly CallEvent[]): CallState {
  const of = (leg: Leg, statuses: readonly LegStatus[]) =>
    earliest(events.filter((each) => each.leg === leg && statuses.includes(each.status)));
  const receiverAnswered = of('receiver', ['in-progress']);
  const receiverEnd = of('receiver', ended);
  const callerEnd = of('caller', ended);

  const talkSeconds =
    receiverEnd?.status === 'completed' ? talkOf(receiverAnswered, receiverEnd) : receiverEnd ? 0 : null;
  const answered =
    receiverAnswered?.at ??
    (receiverEnd && talkSeconds ? new Date(receiverEnd.at.getTime() - talkSeconds * 1000) : null);
  // The carrier's moments are whole seconds, cut off: nothing is answered before it arrived.
  const answeredAt = answered && (answered < calledAt ? calledAt : answered);
  const ringStart = of('receiver', ['initiated', 'ringing'])?.at ?? calledAt;
  const ringEnd = answeredAt ?? receiverEnd?.at ?? null;
  const endedAt = callerEnd?.at ?? null;

  return {
    status: refused ? 'refused' : statusOf(receiverEnd, callerEnd, answeredAt !== null),
    answeredAt,
    endedAt,
    durationSeconds: endedAt ? (callerEnd?.durationSeconds ?? secondsBetween(calledAt, endedAt)) : null,
    ringSeconds: ringEnd && !refused ? secondsBetween(ringStart, ringEnd) : null,
    talkSeconds,
  };
}

/** The carrier's own count wins over the difference of two timestamps, which are whole seconds. */
function talkOf(answered: CallEvent | undefined, end: CallEvent): number {
  return end.durationSeconds ?? (answered ? secondsBetween(answered.at, end.at) : 0);
}

function statusOf(receiverEnd: CallEvent | undefined, callerEnd: CallEvent | undefined, answered: boolean): CallStatus {
  if (receiverEnd?.status === 'completed' || (answered && (receiverEnd || callerEnd))) return 'answered';
  if (receiverEnd?.status === 'busy') return 'busy';
  if (receiverEnd?.status === 'failed') return 'failed';
  if (receiverEnd) return 'no-answer';
  if (callerEnd) return callerEnd.status === 'failed' ? 'failed' : callerEnd.status === 'busy' ? 'busy' : 'no-answer';
  return answered ? 'in-progress' : 'ringing';
}
