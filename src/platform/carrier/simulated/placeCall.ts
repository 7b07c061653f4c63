import { setTimeout as sleep } from 'node:timers/promises';
import { type Books, carrierNow, makeSid } from './books.ts';
import type { EndStatus } from './planSteps.ts';

/** Where an exchange listens for calls that were just placed. */
export const callChannel = 'simulated_carrier_call';

export type CallScript = {
  /** E.164, or `anonymous`. */
  from: string;
  to: string;
  callerName?: string | undefined;
  /** What the receiving number does when it rings. */
  answers?: 'answered' | 'busy' | 'no-answer' | 'failed' | undefined;
  /** How long it rings before that; fractions are fine. */
  ringSeconds?: number | undefined;
  talkSeconds?: number | undefined;
  /** Counted from the start of the call, whatever is then happening. */
  hangsUpAfterSeconds?: number | undefined;
};

const secondsMax = 86_400;

/** Somebody dials. The call is a row from then on; an exchange plays it. Answers the call's sid. */
export async function placeCall(books: Books, script: CallScript): Promise<string> {
  const from = script.from === 'anonymous' ? '+266696687' : script.from;
  checkNumber('caller', from);
  checkNumber('called', script.to);
  const seconds = [script.ringSeconds ?? 1, script.talkSeconds ?? 5, script.hangsUpAfterSeconds ?? null];
  if (seconds.some((each) => each !== null && !(each >= 0 && each <= secondsMax))) {
    throw new RangeError(`A simulated call lasts 0 to ${secondsMax} seconds.`);
  }
  const sid = makeSid('CA');
  await books.query(
    `insert into simulated_carrier.call
       (sid, from_number, to_number, caller_name, answers, ring_seconds, talk_seconds, hangs_up_after_seconds, placed_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, ${carrierNow})`,
    [sid, from, script.to, script.callerName ?? null, script.answers ?? 'answered', ...seconds],
  );
  await books.query('select pg_notify($1, $2)', [callChannel, sid]);
  return sid;
}

function checkNumber(which: string, phoneNumber: string): void {
  if (!/^\+[1-9]\d{6,14}$/.test(phoneNumber)) {
    throw new RangeError(`The ${which} number must be in E.164 form (+12125550142), not "${phoneNumber}".`);
  }
}

export type SimulatedCall = {
  callSid: string;
  from: string;
  to: string;
  placedAt: Date;
  /** Null until the call ended. */
  endStatus: EndStatus | null;
  /** What was spoken to the caller, in order. */
  heard: string[];
  /** The number that answered, or null. */
  connectedTo: string | null;
  talkedSeconds: number;
  /** The status of each request to the product, in order; 0 where no answer came. */
  httpStatuses: number[];
  /** What last went wrong between the carrier and the product, as a sentence. */
  trouble: string | null;
};

export async function readCall(books: Books, callSid: string): Promise<SimulatedCall | null> {
  const { rows } = await books.query<SimulatedCall>(
    `select sid as "callSid", from_number as "from", to_number as "to", placed_at as "placedAt",
            end_status as "endStatus", heard, connected_to as "connectedTo", talked_seconds as "talkedSeconds",
            http_statuses as "httpStatuses", trouble
     from simulated_carrier.call where sid = $1`,
    [callSid],
  );
  return rows[0] ?? null;
}

export type EndedCall = SimulatedCall & { endStatus: EndStatus };

const watchIntervalMs = 50;

/** Waits until the call has ended; throws a sentence when that takes longer than `timeoutSeconds`. */
export async function watchCall(
  books: Books,
  callSid: string,
  options: { timeoutSeconds?: number } = {},
): Promise<EndedCall> {
  const timeoutSeconds = options.timeoutSeconds ?? 60;
  const deadline = performance.now() + timeoutSeconds * 1000;
  for (;;) {
    const call = await readCall(books, callSid);
    if (call === null) throw new Error(`There is no simulated call ${callSid}.`);
    if (call.endStatus !== null) return { ...call, endStatus: call.endStatus };
    if (performance.now() > deadline) {
      throw new Error(`The simulated call ${callSid} has not ended after ${timeoutSeconds} s. Is the worker running?`);
    }
    await sleep(watchIntervalMs);
  }
}
