import BaseTwilio from 'twilio/lib/base/BaseTwilio.js';
import ApiBase from 'twilio/lib/rest/ApiBase.js';
import type { LocalInstance } from 'twilio/lib/rest/api/v2010/account/availablePhoneNumberCountry/local.js';
import type { TollFreeInstance } from 'twilio/lib/rest/api/v2010/account/availablePhoneNumberCountry/tollFree.js';
import type { IncomingPhoneNumberInstance } from 'twilio/lib/rest/api/v2010/account/incomingPhoneNumber.js';
import type { TwilioSettings } from '../../config.ts';
import {
  type AvailableNumber,
  type Carrier,
  CarrierError,
  checkCarrierNumberId,
  checkChange,
  checkOrder,
  checkPhoneNumber,
  checkSearch,
  type NumberChange,
  type NumberSearch,
  type RentedNumber,
} from '../port.ts';
import { readPattern } from '../readPattern.ts';
import { markOf, splitName, withMark } from './keepKey.ts';
import { Sender } from './send.ts';

const requestTimeoutMs = 10_000;
const pageRows = 1_000;
/** Of how many numbers those are picked that fit a pattern with `*`. */
const searchRows = 1_000;

type Page = { instances: IncomingPhoneNumberInstance[]; nextPage(): Promise<Page> | undefined };

/** The carrier port over Twilio's REST API, through Twilio's library. */
export function openTwilioCarrier(settings: TwilioSettings & { timeoutMs?: number }): Carrier {
  const { accountSid, authToken, secondaryAuthToken } = settings;
  const sender = new Sender(settings.timeoutMs ?? requestTimeoutMs);
  // Edge and region are in the address; the library would also take them from the environment.
  const api = new ApiBase(new BaseTwilio.Client(accountSid, authToken, { httpClient: sender, edge: '', region: '' }));
  api.baseUrl = settings.apiUrl;
  const account = api.v2010.accounts(accountSid);
  const numbers = account.incomingPhoneNumbers;

  const look = async (phoneNumber: string): Promise<IncomingPhoneNumberInstance | null> => {
    const found = await numbers.list({ phoneNumber, limit: 1 });
    return found.find((each) => each.phoneNumber === phoneNumber) ?? null;
  };

  const offers = async (query: NumberSearch, pattern: string | null): Promise<AvailableNumber[]> => {
    const shelves = account.availablePhoneNumbers(query.country);
    const limit = pattern?.includes('*') ? searchRows : query.limit;
    const wanted = { voiceEnabled: true, ...areaOf(query), ...containsOf(pattern), limit };
    const asked = query.kind === 'tollfree' ? shelves.tollFree.list(wanted) : shelves.local.list(wanted);
    const found = await asked.catch(asNothing);
    const fits = readPattern(pattern ?? '');
    return found
      .filter((each) => fits.test(each.phoneNumber))
      .slice(0, query.limit)
      .map((each) => describeOffer(each, query));
  };

  /** Whether anybody could buy it: Twilio would sell a number that rests to whoever had it last. */
  const isOnOffer = async (phoneNumber: string): Promise<boolean> => {
    const kind = /^\+18(00|33|44|55|66|77|88)/.test(phoneNumber) ? 'tollfree' : 'local';
    for (const country of ['US', 'CA'] as const) {
      const offered = await offers({ country, kind, limit: 1 }, phoneNumber.slice(2));
      if (offered.some((each) => each.phoneNumber === phoneNumber)) return true;
    }
    return false;
  };

  const turns = new Map<string, Promise<unknown>>();

  return {
    name: 'twilio',

    async checkAccess() {
      const { friendlyName, status } = await account.fetch();
      return { accountName: friendlyName, status };
    },

    async search(query) {
      const { pattern } = checkSearch(query);
      return offers(query, pattern);
    },

    async buy(phoneNumber, order) {
      checkPhoneNumber(phoneNumber);
      checkOrder(order);
      const keyMark = markOf(order.idempotencyKey);
      const claim = (rented: IncomingPhoneNumberInstance): RentedNumber => {
        if (splitName(rented.friendlyName).keyMark !== keyMark) throw notForSale();
        return describeRental(rented);
      };
      return inTurn(turns, phoneNumber, async () => {
        const earlier = await look(phoneNumber);
        if (earlier) return claim(earlier);
        try {
          if (!(await isOnOffer(phoneNumber))) throw notForSale();
          const friendlyName = withMark(order.friendlyName ?? phoneNumber, keyMark);
          return describeRental(await numbers.create({ phoneNumber, friendlyName, ...routesOf(order) }));
        } catch (error) {
          if (!isNotAvailable(error)) throw error;
          // Another process may have sent this purchase at the same moment.
          const winner = await look(phoneNumber);
          if (!winner) throw error;
          return claim(winner);
        }
      });
    },

    async find(phoneNumber) {
      checkPhoneNumber(phoneNumber);
      const rented = await look(phoneNumber);
      return rented && describeRental(rented);
    },

    async configure(carrierNumberId, change) {
      checkCarrierNumberId(carrierNumberId);
      checkChange(change);
      const number = numbers(carrierNumberId);
      const rename = async (friendlyName: string) => ({
        friendlyName: withMark(friendlyName, splitName((await number.fetch()).friendlyName).keyMark),
      });
      const named = change.friendlyName === undefined ? {} : await rename(change.friendlyName);
      return describeRental(await number.update({ ...routesOf(change), ...named }));
    },

    async release(carrierNumberId) {
      checkCarrierNumberId(carrierNumberId);
      try {
        await numbers(carrierNumberId).remove();
      } catch (error) {
        if (!isNotAvailable(error)) throw error;
      }
    },

    async *list() {
      let page: Page | undefined = await numbers.page({ pageSize: pageRows });
      while (page) {
        yield* page.instances.map(describeRental);
        page = await page.nextPage();
      }
    },

    async voiceAuthTokens() {
      return secondaryAuthToken === null ? [authToken] : [authToken, secondaryAuthToken];
    },

    async close() {
      sender.close();
    },
  };
}

/** Purchases of one number wait for each other, so that the second finds what the first did, whatever that took. */
async function inTurn<T>(turns: Map<string, Promise<unknown>>, phoneNumber: string, work: () => Promise<T>) {
  const mine = (turns.get(phoneNumber) ?? Promise.resolve()).then(work);
  const over = mine.catch(() => {});
  turns.set(phoneNumber, over);
  try {
    return await mine;
  } finally {
    if (turns.get(phoneNumber) === over) turns.delete(phoneNumber);
  }
}

const areaOf = ({ areaCode }: NumberSearch) => (areaCode === undefined ? {} : { areaCode: Number(areaCode) });

/** Twilio takes no `*` between digits, so it is asked for the longest run without one, and the rest is picked out here. */
function containsOf(pattern: string | null): { contains?: string } {
  const runs = (pattern ?? '').split('*').toSorted((one, other) => other.length - one.length);
  return runs[0]!.length < 2 ? {} : { contains: runs[0]! };
}

function routesOf({ voiceUrl, statusCallbackUrl, voiceFallbackUrl }: NumberChange) {
  const method = 'POST';
  return {
    ...(voiceUrl === undefined ? {} : { voiceUrl, voiceMethod: method }),
    ...(statusCallbackUrl === undefined ? {} : { statusCallback: statusCallbackUrl, statusCallbackMethod: method }),
    ...(voiceFallbackUrl === undefined
      ? {}
      : { voiceFallbackUrl: voiceFallbackUrl ?? '', voiceFallbackMethod: method }),
  };
}

function describeOffer(offer: LocalInstance | TollFreeInstance, query: NumberSearch): AvailableNumber {
  const isPlaced = query.kind === 'local';
  const word = (text: string | null) => (isPlaced && text) || null;
  const degrees = (value: number | null) => (isPlaced && value !== null ? Number(value) : null);
  return {
    phoneNumber: offer.phoneNumber,
    country: query.country,
    kind: query.kind,
    locality: word(offer.locality),
    region: word(offer.region),
    postalCode: word(offer.postalCode),
    latitude: degrees(offer.latitude),
    longitude: degrees(offer.longitude),
    rateCenter: word(offer.rateCenter),
    lata: word(offer.lata),
    capabilities: readCapabilities(offer.capabilities),
  };
}

/** Described as `sms`, and sent as `SMS` for numbers on offer. */
function readCapabilities(sent: object): AvailableNumber['capabilities'] {
  const can = new Set(Object.entries(sent).flatMap(([name, has]) => (has ? [name.toLowerCase()] : [])));
  return { voice: can.has('voice'), sms: can.has('sms'), mms: can.has('mms') };
}

function describeRental(number: IncomingPhoneNumberInstance): RentedNumber {
  return {
    carrierNumberId: number.sid,
    phoneNumber: number.phoneNumber,
    friendlyName: splitName(number.friendlyName).friendlyName,
    voiceUrl: number.voiceUrl ?? '',
    statusCallbackUrl: number.statusCallback ?? '',
    voiceFallbackUrl: number.voiceFallbackUrl || null,
    rentedAt: number.dateCreated,
  };
}

/** An area code that Twilio doesn't sell in is an error to it. */
function asNothing(error: unknown): [] {
  if (isNotAvailable(error)) return [];
  throw error;
}

const notForSale = (): CarrierError => new CarrierError('not-available', 'This number is not available.');

const isNotAvailable = (error: unknown): boolean => error instanceof CarrierError && error.kind === 'not-available';
