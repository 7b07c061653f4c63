import { withheldNumbers } from '../voice.ts';
import { findArea } from './areas.ts';
import { type Dial, type LegEvent, UnreadableTwiml, type Verb } from './readTwiml.ts';

/*
 * What a call will do next, worked out without touching anything: from a TwiML document and the part that the caller and
 * the called play, the steps that the exchange then takes one by one. All times are seconds since the call was placed, so
 * that a late or repeated delivery still tells when things happened.
 */

export type EndStatus = 'completed' | 'busy' | 'no-answer' | 'failed';

export type CallFacts = {
  sid: string;
  accountSid: string;
  from: string;
  to: string;
  callerName: string | null;
  placedAt: Date;
  answers: 'answered' | 'busy' | 'no-answer' | 'failed';
  ringSeconds: number;
  talkSeconds: number;
  hangsUpAfterSeconds: number | null;
  voiceFallbackUrl: string | null;
  statusCallbackUrl: string | null;
};

/** What the steps so far have come to. */
export type CallProgress = { pickedUpAfterSeconds: number | null; dialStatus: EndStatus | null };

export type Step =
  | { kind: 'ask'; afterSeconds: number; detail: AskDetail }
  | { kind: 'tell'; afterSeconds: number; detail: TellDetail }
  | { kind: 'hear'; afterSeconds: number; detail: { message: string } }
  | { kind: 'connect'; afterSeconds: number; detail: { number: string; talkedSeconds: number } }
  | { kind: 'end'; afterSeconds: number; detail: { status: EndStatus } };

export type TellDetail = { url: string; parameters: Record<string, string>; token: string };
export type AskDetail = TellDetail & { fallbackUrl: string | null };

export type Plan = { steps: Step[] } & CallProgress;

/** New ids, given from outside so that a plan can be tested. */
export type Ids = { sid: () => string; token: () => string };

export const notInServiceMessage = 'The number you have dialed is not in service.';
export const applicationErrorMessage = 'We are sorry, an application error has occurred. Goodbye.';

export function planUnrented(): Plan {
  return {
    steps: [
      { kind: 'hear', afterSeconds: 0, detail: { message: notInServiceMessage } },
      { kind: 'end', afterSeconds: 0, detail: { status: 'failed' } },
    ],
    pickedUpAfterSeconds: null,
    dialStatus: null,
  };
}

export function planArrival(facts: CallFacts, voiceUrl: string, ids: Ids): Plan {
  const plan = new PlanInMaking(facts, { pickedUpAfterSeconds: null, dialStatus: null }, 0, ids);
  plan.ask(voiceUrl, callParameters(facts, 'ringing'));
  return plan.made();
}

/** Plays a document that was fetched from `documentUrl`; `afterSeconds` is when the caller begins to hear it. */
export function planDocument(
  facts: CallFacts,
  progress: CallProgress,
  document: { verbs: readonly Verb[]; url: string; afterSeconds: number },
  ids: Ids,
): Plan {
  const plan = new PlanInMaking(facts, progress, document.afterSeconds, ids);
  for (const verb of document.verbs) {
    if (plan.callerIsGone()) break;
    const isOver = plan.play(verb, document.url);
    if (isOver) return plan.made();
  }
  plan.finish();
  return plan.made();
}

/** The voice URLs failed: the carrier apologizes in its own words. */
export function planApology(facts: CallFacts, progress: CallProgress, afterSeconds: number, ids: Ids): Plan {
  const plan = new PlanInMaking(facts, progress, afterSeconds, ids);
  if (!plan.callerIsGone()) plan.hear(applicationErrorMessage);
  plan.finish();
  return plan.made();
}

class PlanInMaking {
  readonly #facts: CallFacts;
  readonly #ids: Ids;
  readonly #steps: Step[] = [];
  readonly #hangsUpAt: number;
  #at: number;
  #pickedUpAt: number | null;
  #dialStatus: EndStatus | null;

  constructor(facts: CallFacts, progress: CallProgress, afterSeconds: number, ids: Ids) {
    this.#facts = facts;
    this.#ids = ids;
    this.#hangsUpAt = facts.hangsUpAfterSeconds ?? Number.POSITIVE_INFINITY;
    this.#at = Math.min(afterSeconds, this.#hangsUpAt);
    this.#pickedUpAt = progress.pickedUpAfterSeconds;
    this.#dialStatus = progress.dialStatus;
  }

  made(): Plan {
    return { steps: this.#steps, pickedUpAfterSeconds: this.#pickedUpAt, dialStatus: this.#dialStatus };
  }

  callerIsGone(): boolean {
    return this.#at >= this.#hangsUpAt;
  }

  /** True when what follows in this document is not reached. */
  play(verb: Verb, documentUrl: string): boolean {
    switch (verb.verb) {
      case 'say':
        this.hear(verb.message);
        return false;
      case 'play':
        this.hear(`(a recording: ${verb.url})`);
        return false;
      case 'pause':
        this.#pickUp();
        this.#at = Math.min(this.#at + verb.seconds, this.#hangsUpAt);
        return false;
      case 'redirect':
        this.ask(resolve(verb.url, documentUrl), callParameters(this.#facts, this.#status()));
        return true;
      case 'reject':
        this.#reject(verb.reason);
        return true;
      case 'hangup':
        if (this.#dialStatus === null) this.#pickUp();
        this.finish();
        return true;
      case 'dial':
        return this.#dial(verb, documentUrl);
    }
  }

  ask(url: string, parameters: Record<string, string>): void {
    const detail = {
      url,
      parameters,
      token: this.#ids.token(),
      fallbackUrl: this.#facts.voiceFallbackUrl,
    };
    this.#steps.push({ kind: 'ask', afterSeconds: this.#at, detail });
  }

  hear(message: string): void {
    this.#pickUp();
    this.#steps.push({ kind: 'hear', afterSeconds: this.#at, detail: { message } });
  }

  /** The last callback, and the end. */
  finish(status: EndStatus = this.#endStatus()): void {
    const { statusCallbackUrl } = this.#facts;
    if (statusCallbackUrl !== null) {
      const talked = this.#pickedUpAt === null ? 0 : this.#at - this.#pickedUpAt;
      this.#tell(statusCallbackUrl, {
        ...callParameters(this.#facts, status),
        ...this.#eventParameters(0),
        ...durationParameters(talked),
      });
    }
    this.#steps.push({ kind: 'end', afterSeconds: this.#at, detail: { status } });
  }

  #reject(reason: 'rejected' | 'busy'): void {
    if (reason === 'rejected') {
      this.#steps.push({ kind: 'hear', afterSeconds: this.#at, detail: { message: notInServiceMessage } });
    }
    this.finish(reason === 'busy' ? 'busy' : 'no-answer');
  }

  #dial(dial: Dial, documentUrl: string): boolean {
    if (!dial.answersOnBridge) this.#pickUp();
    const legSid = this.#ids.sid();
    const leg = planLeg(this.#facts, dial, this.#at, this.#hangsUpAt);
    let sequenceNumber = 0;
    const tell = (event: LegEvent, status: string, more: Record<string, string> = {}): void => {
      if (dial.legStatusUrl === null || !dial.legEvents.includes(event)) return;
      const parameters = {
        ...legParameters(this.#facts, dial, legSid, status),
        ...this.#eventParameters(sequenceNumber),
        ...more,
      };
      sequenceNumber += 1;
      this.#tell(resolve(dial.legStatusUrl, documentUrl), parameters);
    };

    tell('initiated', 'initiated');
    if (leg.rings) tell('ringing', 'ringing');
    if (leg.answeredAt !== null) {
      this.#at = leg.answeredAt;
      this.#pickUp();
      const detail = { number: dial.to, talkedSeconds: toMilliseconds(leg.endedAt - leg.answeredAt) };
      this.#steps.push({ kind: 'connect', afterSeconds: this.#at, detail });
      tell('answered', 'in-progress');
    }
    this.#at = leg.endedAt;
    const talked = leg.answeredAt === null ? 0 : leg.endedAt - leg.answeredAt;
    tell('completed', leg.status, durationParameters(talked));
    this.#dialStatus = leg.status;

    if (dial.actionUrl === null) return false;
    this.ask(resolve(dial.actionUrl, documentUrl), {
      ...callParameters(this.#facts, this.callerIsGone() ? this.#endStatus() : this.#status()),
      DialCallSid: legSid,
      DialCallStatus: leg.status,
      DialBridged: String(leg.answeredAt !== null),
      ...(leg.answeredAt === null ? {} : { DialCallDuration: String(wholeSeconds(talked)) }),
    });
    return true;
  }

  #tell(url: string, parameters: Record<string, string>): void {
    this.#steps.push({ kind: 'tell', afterSeconds: this.#at, detail: { url, parameters, token: this.#ids.token() } });
  }

  #pickUp(): void {
    this.#pickedUpAt ??= this.#at;
  }

  #status(): string {
    return this.#pickedUpAt === null ? 'ringing' : 'in-progress';
  }

  /** A call that was never picked up ends as its forwarding did. */
  #endStatus(): EndStatus {
    if (this.#pickedUpAt !== null) return 'completed';
    return this.#dialStatus ?? 'no-answer';
  }

  #eventParameters(sequenceNumber: number): Record<string, string> {
    const at = new Date(this.#facts.placedAt.getTime() + Math.round(this.#at * 1000));
    return {
      CallbackSource: 'call-progress-events',
      SequenceNumber: String(sequenceNumber),
      Timestamp: at.toUTCString().replace('GMT', '+0000'),
    };
  }
}

type Leg = { rings: boolean; answeredAt: number | null; endedAt: number; status: EndStatus };

function planLeg(facts: CallFacts, dial: Dial, at: number, hangsUpAt: number): Leg {
  const untilHangup = hangsUpAt - at;
  if (facts.answers === 'busy' || facts.answers === 'failed') {
    return { rings: false, answeredAt: null, endedAt: at, status: facts.answers };
  }
  const ringSeconds = Math.min(facts.ringSeconds, dial.timeoutSeconds, untilHangup);
  // A caller who hangs up while it rings leaves a leg that nobody answered, as at the real carrier.
  const isAnswered =
    facts.answers === 'answered' && facts.ringSeconds <= dial.timeoutSeconds && ringSeconds < untilHangup;
  if (!isAnswered) return { rings: true, answeredAt: null, endedAt: at + ringSeconds, status: 'no-answer' };
  const answeredAt = at + ringSeconds;
  return { rings: true, answeredAt, endedAt: Math.min(answeredAt + facts.talkSeconds, hangsUpAt), status: 'completed' };
}

function callParameters(facts: CallFacts, status: string): Record<string, string> {
  return {
    AccountSid: facts.accountSid,
    ApiVersion: '2010-04-01',
    CallSid: facts.sid,
    CallStatus: status,
    CallToken: Buffer.from(facts.sid).toString('base64'),
    Direction: 'inbound',
    StirVerstat: withheldNumbers.includes(facts.from) ? 'No-TN-Validation' : 'TN-Validation-Passed-A',
    ...(facts.callerName === null ? {} : { CallerName: facts.callerName }),
    ...sideParameters('From', 'Caller', facts.from),
    ...sideParameters('To', 'Called', facts.to),
  };
}

function legParameters(facts: CallFacts, dial: Dial, legSid: string, status: string): Record<string, string> {
  return {
    AccountSid: facts.accountSid,
    ApiVersion: '2010-04-01',
    CallSid: legSid,
    ParentCallSid: facts.sid,
    CallStatus: status,
    Direction: 'outbound-dial',
    ...sideParameters('From', 'Caller', dial.callerId ?? facts.from),
    ...sideParameters('To', 'Called', dial.to),
  };
}

/** Each side of a call is told under two names. */
function sideParameters(name: string, otherName: string, phoneNumber: string): Record<string, string> {
  const area = findArea(phoneNumber);
  const place = {
    City: area?.locality.toUpperCase() ?? '',
    State: area?.region ?? '',
    Zip: area?.postalCode ?? '',
    Country: area?.country ?? (phoneNumber.startsWith('+1') ? 'US' : ''),
  };
  const parameters: Record<string, string> = { [name]: phoneNumber, [otherName]: phoneNumber };
  for (const [part, value] of Object.entries(place)) {
    parameters[name + part] = value;
    parameters[otherName + part] = value;
  }
  return parameters;
}

function durationParameters(seconds: number): Record<string, string> {
  const whole = wholeSeconds(seconds);
  return { CallDuration: String(whole), Duration: String(Math.ceil(whole / 60)) };
}

/** A begun second counts. */
function wholeSeconds(seconds: number): number {
  return Math.ceil(toMilliseconds(seconds));
}

/** Keeps 0.1 + 0.2 from being more than 0.3. */
function toMilliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

function resolve(url: string, documentUrl: string): string {
  if (url === '') return documentUrl;
  if (URL.canParse(url)) return url;
  if (!URL.canParse(url, documentUrl)) throw new UnreadableTwiml(`"${url}" is not an address.`);
  return new URL(url, documentUrl).toString();
}
