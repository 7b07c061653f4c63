/**
 * The carrier port: what Switchhook asks of whoever rents it phone numbers. Two doors fit it, `simulated` and `twilio`;
 * `contract.ts` holds what both must do. What a carrier sends us during a call is in `voice.ts`.
 *
 * Phone numbers are E.164 strings (`+12125550142`), moments are `Date`s of the carrier's clock, URLs are absolute http(s).
 */
export interface Carrier {
  readonly name: 'simulated' | 'twilio';

  /** Who we are to the carrier, in its words: for an operator who wants to know whether the settings are right. */
  checkAccess(): Promise<CarrierAccess>;

  /** Numbers on offer at this moment, at most `limit`. Being listed reserves nothing. */
  search(query: NumberSearch): Promise<AvailableNumber[]>;

  /**
   * Rents the number. The same key and number again answer with the same rental and rent nothing new; a number that is
   * rented under another key, sold, or ageing is `not-available`. After `unavailable` the effect is unknown: send the same
   * key again, or look with `find`. A door to a carrier without idempotency keys keeps the key where it can read it again.
   */
  buy(phoneNumber: string, order: NumberOrder): Promise<RentedNumber>;

  /** The number as we rent it now, or null when we don't. */
  find(phoneNumber: string): Promise<RentedNumber | null>;

  /** Changes what is given and leaves the rest. A rental that is over is `not-available`. */
  configure(carrierNumberId: string, change: NumberChange): Promise<RentedNumber>;

  /** Ends the rental. Already gone is done. Nothing here brings it back: this is called when the hold is over. */
  release(carrierNumberId: string): Promise<void>;

  /** All that we rent, in pages behind the scenes, in no promised order: for reconciling. */
  list(): AsyncIterable<RentedNumber>;

  /** The tokens that may have signed a voice request, the current one first. Asked once, then kept in memory. */
  voiceAuthTokens(): Promise<readonly string[]>;

  close(): Promise<void>;
}

export type CarrierAccess = {
  accountName: string;
  /** `active`, or in the carrier's word why it is not. */
  status: string;
};

export type NumberKind = 'local' | 'tollfree';

export type NumberSearch = {
  country: 'US' | 'CA';
  kind: NumberKind;
  /** Three digits. For toll-free numbers 800, 833, 844 and so on. */
  areaCode?: string | undefined;
  /** Digits, letters as on a keypad, `*` for any one digit; found anywhere in the number. Spaces and `()-.+` don't count. */
  pattern?: string | undefined;
  /** 1 to 100. */
  limit: number;
};

export type AvailableNumber = {
  phoneNumber: string;
  country: 'US' | 'CA';
  kind: NumberKind;
  /** Place names and codes are null for toll-free numbers, which have no place. */
  locality: string | null;
  region: string | null;
  postalCode: string | null;
  latitude: number | null;
  longitude: number | null;
  rateCenter: string | null;
  lata: string | null;
  capabilities: { voice: boolean; sms: boolean; mms: boolean };
};

export type NumberOrder = {
  /** Ours, new for each purchase that is meant, the same in each attempt of it. At most 100 characters. */
  idempotencyKey: string;
  voiceUrl: string;
  statusCallbackUrl: string;
  /** Asked for TwiML when `voiceUrl` fails. */
  voiceFallbackUrl?: string | undefined;
  /** At most 48 characters: Twilio allows 64, and its door keeps the key there. */
  friendlyName?: string | undefined;
};

export type NumberChange = {
  voiceUrl?: string | undefined;
  statusCallbackUrl?: string | undefined;
  voiceFallbackUrl?: string | null | undefined;
  friendlyName?: string | undefined;
};

export type RentedNumber = {
  /** The carrier's own id of this rental (`PN…`). A number that is bought again later gets another. */
  carrierNumberId: string;
  phoneNumber: string;
  friendlyName: string;
  voiceUrl: string;
  statusCallbackUrl: string;
  voiceFallbackUrl: string | null;
  rentedAt: Date;
};

/**
 * - `unavailable`: down, too slow, or the answer was lost; what we asked for may have happened. Try again.
 * - `rate-limited`: nothing happened; try again after `retryAfterSeconds`.
 * - `not-available`: the number is sold, ageing, or no longer ours. Final.
 * - `invalid`: what we sent makes no sense to the carrier. Final, and a bug or a bad setting of ours.
 * - `refused`: understood, and not allowed (credentials, a suspended account). Final until a person acts.
 */
export type CarrierErrorKind = 'unavailable' | 'rate-limited' | 'not-available' | 'invalid' | 'refused';

export class CarrierError extends Error {
  readonly kind: CarrierErrorKind;
  readonly retry: boolean;
  /** Whole seconds, for `rate-limited` only. */
  readonly retryAfterSeconds: number | null;

  /** `message` is a sentence for a person. */
  constructor(kind: CarrierErrorKind, message: string, more: { retryAfterSeconds?: number; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? {} : { cause: more.cause });
    this.name = 'CarrierError';
    this.kind = kind;
    this.retry = kind === 'unavailable' || kind === 'rate-limited';
    this.retryAfterSeconds = more.retryAfterSeconds ?? null;
  }
}

const searchLimitMax = 100;
const idempotencyKeyLengthMax = 100;
const friendlyNameLengthMax = 48;

/** What every door refuses before it asks its carrier, so that one bad request reads the same behind all of them. */
export function checkSearch(query: NumberSearch): { pattern: string | null } {
  if (query.areaCode !== undefined && !/^[2-9]\d{2}$/.test(query.areaCode)) {
    throw new CarrierError('invalid', 'An area code is three digits and does not begin with 0 or 1.');
  }
  if (!Number.isInteger(query.limit) || query.limit < 1 || query.limit > searchLimitMax) {
    throw new CarrierError('invalid', `A search asks for 1 to ${searchLimitMax} numbers.`);
  }
  const pattern = (query.pattern ?? '').replace(/[\s().+-]/g, '');
  if (pattern === '') return { pattern: null };
  if (!/^[0-9a-zA-Z*]{2,12}$/.test(pattern)) {
    throw new CarrierError('invalid', 'A pattern is 2 to 12 digits, letters, or * for any digit.');
  }
  return { pattern: pattern.toLowerCase() };
}

export function checkPhoneNumber(phoneNumber: string): void {
  if (!/^\+[1-9]\d{6,14}$/.test(phoneNumber)) {
    throw new CarrierError('invalid', `${JSON.stringify(phoneNumber)} is not a phone number in E.164 form.`);
  }
}

export function checkOrder(order: NumberOrder): void {
  if (order.idempotencyKey === '' || order.idempotencyKey.length > idempotencyKeyLengthMax) {
    throw new CarrierError('invalid', `An idempotency key has 1 to ${idempotencyKeyLengthMax} characters.`);
  }
  checkChange(order);
}

export function checkChange(change: NumberChange): void {
  checkUrl('voice URL', change.voiceUrl);
  checkUrl('status callback URL', change.statusCallbackUrl);
  checkUrl('voice fallback URL', change.voiceFallbackUrl ?? undefined);
  if (change.friendlyName !== undefined && change.friendlyName.length > friendlyNameLengthMax) {
    throw new CarrierError('invalid', `A friendly name has at most ${friendlyNameLengthMax} characters.`);
  }
}

export function checkCarrierNumberId(carrierNumberId: string): void {
  if (!/^PN[0-9a-f]{32}$/i.test(carrierNumberId)) {
    throw new CarrierError('invalid', `${JSON.stringify(carrierNumberId)} is not the id of a rented number.`);
  }
}

function checkUrl(what: string, url: string | undefined): void {
  if (url === undefined) return;
  if (!URL.canParse(url) || !/^https?:\/\//i.test(url)) {
    throw new CarrierError('invalid', `The ${what} must be an absolute http or https address.`);
  }
}
