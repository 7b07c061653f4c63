/**
 * The voice door: what a carrier asks and tells us while a call lives, and what we answer. Every carrier behind the port
 * speaks Twilio's format here, so there is one door. It parses and builds; who may be connected is decided elsewhere.
 */
// The package's front door loads its whole REST client, which costs each process half a second at start.
import VoiceResponse from 'twilio/lib/twiml/VoiceResponse.js';
import { validateRequest } from 'twilio/lib/webhooks/webhooks.js';

/** A form body as parsed: a name that was sent twice has an array. */
export type VoiceParameters = Readonly<Record<string, unknown>>;

/** A request that passed the signature and still can't be read. `message` is a sentence that names the parameter. */
export class MalformedVoiceRequest extends Error {
  readonly parameter: string;

  constructor(parameter: string, message: string) {
    super(message);
    this.name = 'MalformedVoiceRequest';
    this.parameter = parameter;
  }
}

/** The address as the carrier called it: behind a proxy our own host and scheme are not it, the PUBLIC_URL is. */
export function publicVoiceUrl(publicUrl: string, requestTarget: string): string {
  return publicUrl.replace(/\/+$/, '') + requestTarget;
}

/**
 * True when one of the tokens signed exactly this address with exactly these parameters. `url` is the public one with its
 * query, unchanged; `parameters` are all that came, the unknown ones too.
 */
export function verifyVoiceRequest(request: {
  authTokens: readonly string[];
  signature: string | undefined;
  url: string;
  parameters: VoiceParameters;
}): boolean {
  const { signature, url, parameters } = request;
  if (!signature || !URL.canParse(url)) return false;
  return request.authTokens.some((token) => token !== '' && validateRequest(token, signature, url, parameters));
}

export type CallStatus =
  | 'queued'
  | 'initiated'
  | 'ringing'
  | 'in-progress'
  | 'completed'
  | 'busy'
  | 'failed'
  | 'no-answer'
  | 'canceled';

export type DialStatus = 'completed' | 'answered' | 'busy' | 'no-answer' | 'failed' | 'canceled';

const callStatuses: readonly CallStatus[] = [
  'queued',
  'initiated',
  'ringing',
  'in-progress',
  'completed',
  'busy',
  'failed',
  'no-answer',
  'canceled',
];

const dialStatuses: readonly DialStatus[] = ['completed', 'answered', 'busy', 'no-answer', 'failed', 'canceled'];

/** A place as the carrier guesses it from a number: a guess, never an address. */
export type CallPlace = {
  city: string | null;
  region: string | null;
  postalCode: string | null;
  country: string | null;
};

export type CallArrived = {
  callSid: string;
  carrierAccountSid: string;
  /** E.164, or null when the caller withheld it. */
  from: string | null;
  /** The tracking number that rang, E.164. */
  to: string;
  callerName: string | null;
  forwardedFrom: string | null;
  fromPlace: CallPlace;
  toPlace: CallPlace;
  /** STIR/SHAKEN: how far the caller's network vouches for the number. */
  verification: string | null;
};

/**
 * What happened to a call after it arrived. Events come late, twice and in any order: `sequenceNumber` orders those of one
 * sid (a leg and its call count separately), `at` is when it happened.
 */
export type CallEvent = LegChanged | DialEnded | CallChanged;

/** The leg to the receiving number moved on. */
export type LegChanged = {
  type: 'leg-changed';
  callSid: string;
  legSid: string;
  from: string | null;
  to: string | null;
  status: CallStatus;
  sequenceNumber: number;
  at: Date;
  /** Seconds talked; null until the leg ended. */
  durationSeconds: number | null;
};

/** The forwarding is over, and the carrier waits for TwiML to play to a caller who may still be there. */
export type DialEnded = {
  type: 'dial-ended';
  callSid: string;
  legSid: string | null;
  status: DialStatus;
  /** Seconds talked: 0 when nobody answered. */
  durationSeconds: number;
  callerIsGone: boolean;
};

/** The caller's own side ended (carriers send nothing earlier for incoming calls). */
export type CallChanged = {
  type: 'call-changed';
  callSid: string;
  status: CallStatus;
  sequenceNumber: number;
  at: Date | null;
  durationSeconds: number | null;
};

export function parseCallArrived(parameters: VoiceParameters): CallArrived {
  const to = text(parameters, 'To') ?? missing('To');
  if (!isPhoneNumber(to)) {
    throw new MalformedVoiceRequest('To', 'To must be a phone number in E.164 form.');
  }
  return {
    callSid: sid(parameters, 'CallSid', 'CA') ?? missing('CallSid'),
    carrierAccountSid: sid(parameters, 'AccountSid', 'AC') ?? missing('AccountSid'),
    from: caller(text(parameters, 'From') ?? missing('From')),
    to,
    callerName: label(parameters, 'CallerName'),
    forwardedFrom: label(parameters, 'ForwardedFrom'),
    fromPlace: place(parameters, 'From'),
    toPlace: place(parameters, 'To'),
    verification: label(parameters, 'StirVerstat'),
  };
}

export function parseLegChanged(parameters: VoiceParameters): LegChanged {
  const from = text(parameters, 'From');
  const to = text(parameters, 'To');
  return {
    type: 'leg-changed',
    callSid: sid(parameters, 'ParentCallSid', 'CA') ?? missing('ParentCallSid'),
    legSid: sid(parameters, 'CallSid', 'CA') ?? missing('CallSid'),
    from: from === null ? null : caller(from),
    to: to !== null && isPhoneNumber(to) ? to : null,
    status: oneOf(parameters, 'CallStatus', callStatuses),
    sequenceNumber: count(parameters, 'SequenceNumber') ?? missing('SequenceNumber'),
    at: moment(parameters, 'Timestamp') ?? missing('Timestamp'),
    durationSeconds: count(parameters, 'CallDuration'),
  };
}

export function parseDialEnded(parameters: VoiceParameters): DialEnded {
  const callStatus = oneOf(parameters, 'CallStatus', callStatuses);
  return {
    type: 'dial-ended',
    callSid: sid(parameters, 'CallSid', 'CA') ?? missing('CallSid'),
    legSid: sid(parameters, 'DialCallSid', 'CA'),
    status: oneOf(parameters, 'DialCallStatus', dialStatuses),
    durationSeconds: count(parameters, 'DialCallDuration') ?? 0,
    callerIsGone: !['queued', 'initiated', 'ringing', 'in-progress'].includes(callStatus),
  };
}

export function parseCallChanged(parameters: VoiceParameters): CallChanged {
  return {
    type: 'call-changed',
    callSid: sid(parameters, 'CallSid', 'CA') ?? missing('CallSid'),
    status: oneOf(parameters, 'CallStatus', callStatuses),
    sequenceNumber: count(parameters, 'SequenceNumber') ?? 0,
    at: moment(parameters, 'Timestamp'),
    durationSeconds: count(parameters, 'CallDuration'),
  };
}

export const twimlContentType = 'text/xml; charset=utf-8';

/** The most a carrier waits for a receiving number to answer. */
const dialTimeoutSecondsMax = 600;

/**
 * Rings the receiving number. The caller hears real ringing and isn't charged until somebody answers; afterwards the
 * carrier asks `dialActionUrl` what to do next, and each step of the leg is told to `legStatusUrl`.
 */
export function answerWithForward(forward: {
  to: string;
  callerId?: string | undefined;
  timeoutSeconds: number;
  legStatusUrl: string;
  dialActionUrl: string;
}): string {
  const response = new VoiceResponse();
  const timeout = Math.min(Math.max(Math.round(forward.timeoutSeconds), 5), dialTimeoutSecondsMax);
  const dial = response.dial({
    answerOnBridge: true,
    timeout,
    action: forward.dialActionUrl,
    method: 'POST',
    ...(forward.callerId === undefined ? {} : { callerId: forward.callerId }),
  });
  dial.number(
    {
      statusCallback: forward.legStatusUrl,
      statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
      statusCallbackMethod: 'POST',
    },
    forward.to,
  );
  return response.toString();
}

/** Says why, then hangs up. */
export function answerWithRefusal(refusal: { message: string }): string {
  const response = new VoiceResponse();
  say(response, refusal.message);
  response.hangup();
  return response.toString();
}

/** Turns the call away without answering it: the carrier charges nothing, the caller hears "not in service" or busy. */
export function answerWithReject(reject: { reason?: 'rejected' | 'busy' } = {}): string {
  const response = new VoiceResponse();
  response.reject({ reason: reject.reason ?? 'rejected' });
  return response.toString();
}

export function answerWithHangup(): string {
  const response = new VoiceResponse();
  response.hangup();
  return response.toString();
}

/** Keeps the caller on the line while we can't decide: a message, a pause, and the same question again. */
export function answerWithTryAgain(again: { message: string; redirectUrl: string; pauseSeconds: number }): string {
  const response = new VoiceResponse();
  say(response, again.message);
  response.pause({ length: Math.max(1, Math.round(again.pauseSeconds)) });
  response.redirect({ method: 'POST' }, again.redirectUrl);
  return response.toString();
}

function say(response: VoiceResponse, message: string): void {
  response.say({ language: 'en-US' }, withoutForbiddenCharacters(message));
}

/** The library escapes markup and lets control characters through, which no XML parser may read. */
function withoutForbiddenCharacters(message: string): string {
  return message.toWellFormed().replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '');
}

function text(parameters: VoiceParameters, name: string): string | null {
  const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
  if (value === undefined || value === '') return null;
  if (typeof value !== 'string') {
    throw new MalformedVoiceRequest(name, `${name} must be sent once, as text.`);
  }
  return value;
}

const labelLengthMax = 256;

/** Free text for people: cut, and without the control characters that a database or a page would choke on. */
function label(parameters: VoiceParameters, name: string): string | null {
  const value = text(parameters, name)
    ?.toWellFormed()
    .replace(/\p{Cc}/gu, '')
    .trim()
    .slice(0, labelLengthMax);
  return value ? value.toWellFormed() : null;
}

function sid(parameters: VoiceParameters, name: string, prefix: string): string | null {
  const value = text(parameters, name);
  if (value !== null && !(value.startsWith(prefix) && /^[0-9a-f]{32}$/i.test(value.slice(prefix.length)))) {
    throw new MalformedVoiceRequest(name, `${name} must be ${prefix} and 32 hexadecimal digits.`);
  }
  return value;
}

function count(parameters: VoiceParameters, name: string): number | null {
  const value = text(parameters, name);
  if (value !== null && !/^\d{1,9}$/.test(value)) {
    throw new MalformedVoiceRequest(name, `${name} must be a whole number that is not negative.`);
  }
  return value === null ? null : Number(value);
}

function moment(parameters: VoiceParameters, name: string): Date | null {
  const value = text(parameters, name);
  if (value === null) return null;
  const date = new Date(
    /^\w{3}, \d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d (?:[+-]\d{4}|GMT)$/.test(value) ? value : Number.NaN,
  );
  if (Number.isNaN(date.getTime())) {
    throw new MalformedVoiceRequest(name, `${name} must be a date in RFC 2822 form.`);
  }
  return date;
}

function oneOf<Word extends string>(parameters: VoiceParameters, name: string, words: readonly Word[]): Word {
  const value = text(parameters, name) ?? missing(name);
  const word = words.find((candidate) => candidate === value);
  if (word === undefined) {
    throw new MalformedVoiceRequest(name, `${name} must be one of ${words.join(', ')}.`);
  }
  return word;
}

function place(parameters: VoiceParameters, side: 'From' | 'To'): CallPlace {
  return {
    city: label(parameters, `${side}City`),
    region: label(parameters, `${side}State`),
    postalCode: label(parameters, `${side}Zip`),
    country: label(parameters, `${side}Country`),
  };
}

function isPhoneNumber(value: string): boolean {
  return /^\+[1-9]\d{1,14}$/.test(value);
}

/** Twilio spells a withheld number on a keypad: ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN, UNAVAILABLE. */
export const withheldNumbers: readonly string[] = ['+266696687', '+7378742833', '+2562533', '+8656696', '+86282452253'];

function caller(from: string): string | null {
  return isPhoneNumber(from) && !withheldNumbers.includes(from) ? from : null;
}

function missing(name: string): never {
  throw new MalformedVoiceRequest(name, `${name} is missing.`);
}
