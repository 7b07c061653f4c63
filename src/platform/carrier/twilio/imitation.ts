import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AvailableNumber, NumberKind } from '../port.ts';
import { makeSid } from '../simulated/books.ts';
import { describeNumber, findInStock, isStocked } from '../simulated/stock.ts';

/** One request and its answer, as a test compares them with Twilio's description. */
export type Exchange = {
  method: string;
  path: string;
  query: URLSearchParams;
  form: URLSearchParams;
  status: number;
  body: unknown;
};

export type Imitation = {
  url: string;
  accountSid: string;
  authToken: string;
  accountStatus: 'active' | 'suspended' | 'closed';
  /** What happens to the next request (`fail`, `mumble`), the next effect (`drop`, `hang`), or all requests (`limit`). */
  trouble: 'none' | 'fail' | 'mumble' | 'drop' | 'hang' | 'limit';
  /** Sent with a 429 when it is set; Twilio doesn't promise it. */
  retryAfter: string | null;
  readonly effects: readonly { kind: 'buy' | 'configure' | 'release'; phoneNumber: string }[];
  readonly exchanges: readonly Exchange[];
  /** A number of this account that other software bought, or somebody in Twilio's Console. */
  rentByHand(phoneNumber: string, friendlyName: string): string;
  close(): Promise<void>;
};

type Rental = Record<string, unknown> & { sid: string; phone_number: string };
type Reply = { status: number; body?: unknown; effect?: Imitation['effects'][number] };
type Call = { method: string; path: string; query: URLSearchParams; form: URLSearchParams };

const version = '/2010-04-01';

/**
 * As much of Twilio's REST API as the door asks for, with books in memory and numbers that are kept for fiction. A released
 * number is on no shelf any more, and is sold again to whoever had it: as in the original.
 */
export async function startImitation(options: { pageRowsMax?: number } = {}): Promise<Imitation> {
  const accountSid = makeSid('AC');
  const root = `${version}/Accounts/${accountSid}`;
  const rentals = new Map<string, Rental>();
  const released = new Set<string>();
  const effects: Imitation['effects'][number][] = [];
  const exchanges: Exchange[] = [];
  let seconds = 0;
  const now = () => {
    seconds += 1;
    return new Date(Date.UTC(2026, 0, 5) + seconds * 1000).toUTCString().replace('GMT', '+0000');
  };
  const isRented = (phoneNumber: string) => [...rentals.values()].some((each) => each.phone_number === phoneNumber);

  const rent = (phoneNumber: string, form: URLSearchParams): Rental => {
    const rental = { ...describeRental(accountSid, phoneNumber, now()), ...readForm(form) };
    rentals.set(rental.sid, rental);
    return rental;
  };

  const answerNumbers = ({ method, path, query, form }: Call): Reply => {
    if (method === 'GET') {
      const asked = query.get('PhoneNumber');
      const found = [...rentals.values()].filter((each) => asked === null || each.phone_number === asked);
      return { status: 200, body: pageOf('incoming_phone_numbers', found, path, query, options.pageRowsMax ?? 1_000) };
    }
    const phoneNumber = form.get('PhoneNumber') ?? '';
    if (!/^\+[1-9]\d{6,14}$/.test(phoneNumber)) return refuse(400, 21421, `'${phoneNumber}' is not a phone number`);
    if (!isStocked(phoneNumber) || isRented(phoneNumber)) return refuse(400, 21422, `${phoneNumber} is not for sale`);
    if ((form.get('FriendlyName') ?? '').length > 64) return refuse(400, 21501, 'That name is too long');
    return { status: 201, body: rent(phoneNumber, form), effect: { kind: 'buy', phoneNumber } };
  };

  const answerNumber = ({ method, path, form }: Call): Reply => {
    const sid = /\/(PN[0-9a-f]{32})\.json$/.exec(path)?.[1] ?? '';
    const rental = rentals.get(sid);
    if (!rental) return refuse(404, 20404, `${path} is not here`);
    const phoneNumber = rental.phone_number;
    if (method === 'DELETE') {
      rentals.delete(sid);
      released.add(phoneNumber);
      return { status: 204, effect: { kind: 'release', phoneNumber } };
    }
    if (method === 'GET') return { status: 200, body: rental };
    const changed = { ...rental, ...readForm(form), date_updated: now() };
    rentals.set(sid, changed);
    return { status: 200, body: changed, effect: { kind: 'configure', phoneNumber } };
  };

  const answerOffers = ({ path, query }: Call, country: 'US' | 'CA', kind: NumberKind): Reply => {
    const contains = query.get('Contains')?.toLowerCase() ?? null;
    if (contains !== null && !/^[*%]*[0-9a-z]{2,16}[*%]*$/.test(contains)) return refuse(400, 20001, 'No such pattern');
    const limit = Number(query.get('PageSize') ?? 50);
    const areaCode = query.get('AreaCode') ?? undefined;
    const offered = [...findInStock({ country, kind, areaCode, limit }, contains)]
      .filter((phoneNumber) => !isRented(phoneNumber) && !released.has(phoneNumber))
      .slice(0, limit)
      .map((phoneNumber) => describeOffer(describeNumber(phoneNumber, country)));
    return { status: 200, body: pageOf('available_phone_numbers', offered, path, query, limit) };
  };

  const imitation: Imitation = {
    url: '',
    accountSid,
    authToken: randomBytes(16).toString('hex'),
    accountStatus: 'active',
    trouble: 'none',
    retryAfter: null,
    effects,
    exchanges,
    rentByHand: (phoneNumber, friendlyName) =>
      rent(phoneNumber, new URLSearchParams({ FriendlyName: friendlyName })).sid,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  const answer = (call: Call, authorization: string | undefined): Reply => {
    const credentials = Buffer.from(`${accountSid}:${imitation.authToken}`).toString('base64');
    if (imitation.trouble === 'limit') return refuse(429, 20429, 'Too many at once');
    if (authorization !== `Basic ${credentials}`) return refuse(401, 20003, 'Who is asking?');
    const { method, path } = call;
    const offers = /\/AvailablePhoneNumbers\/(US|CA)\/(Local|TollFree)\.json$/.exec(path);
    if (path === `${root}.json` && method === 'GET')
      return { status: 200, body: describeAccount(imitation, root, now()) };
    if (!path.startsWith(`${root}/`)) return refuse(404, 20404, `${path} is not here`);
    if (imitation.accountStatus !== 'active') return refuse(403, 20005, `Account ${accountSid} is not active`);
    if (offers && method === 'GET')
      return answerOffers(call, offers[1] as 'US' | 'CA', offers[2] === 'Local' ? 'local' : 'tollfree');
    if (path === `${root}/IncomingPhoneNumbers.json` && method !== 'DELETE') return answerNumbers(call);
    return answerNumber(call);
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const form = await readBody(request);
    const { pathname: path, searchParams: query } = new URL(request.url!, imitation.url);
    const call = { method: request.method!, path, query, form };
    const { trouble } = imitation;
    if (trouble === 'fail' || trouble === 'mumble') {
      imitation.trouble = 'none';
      if (trouble === 'fail') return send(response, refuse(500, 20500, 'Something broke'));
      response.writeHead(call.method === 'GET' ? 200 : 404, { 'content-type': 'text/html' });
      response.end('<h1>Welcome to this network</h1>');
      return;
    }
    const reply = answer(call, request.headers.authorization);
    const { status, body, effect } = reply;
    exchanges.push({ ...call, status, body });
    if (effect) effects.push(effect);
    if (effect && (trouble === 'drop' || trouble === 'hang')) {
      imitation.trouble = 'none';
      if (trouble === 'drop') request.socket.destroy();
      return;
    }
    if (status === 429 && imitation.retryAfter !== null) response.setHeader('retry-after', imitation.retryAfter);
    send(response, reply);
  };

  const server = createServer((request, response) => {
    serve(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  imitation.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return imitation;
}

function send(response: ServerResponse, { status, body }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<URLSearchParams> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return new URLSearchParams(text);
}

function refuse(status: number, code: number, message: string): Reply {
  return { status, body: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status } };
}

/** A page as Twilio cuts it: the next one is told by a token, here the last row's place. */
function pageOf(name: string, rows: readonly unknown[], path: string, query: URLSearchParams, rowsMax: number): object {
  const size = Math.min(Number(query.get('PageSize') ?? 50), rowsMax);
  const page = Number(query.get('Page') ?? 0);
  const start = Number(query.get('PageToken')?.slice(2) ?? 0);
  const uriOf = (number: number, from: number) =>
    `${path}?${new URLSearchParams({ ...Object.fromEntries(query), PageSize: `${size}`, Page: `${number}`, PageToken: `PT${from}` })}`;
  const end = Math.min(start + size, rows.length);
  return {
    [name]: rows.slice(start, end),
    page,
    page_size: size,
    start,
    end: Math.max(end - 1, 0),
    uri: uriOf(page, start),
    first_page_uri: uriOf(0, 0),
    next_page_uri: end < rows.length ? uriOf(page + 1, end) : null,
    previous_page_uri: page > 0 ? uriOf(page - 1, Math.max(start - size, 0)) : null,
  };
}

/** A form's fields by the names under which the answer has them. */
function readForm(form: URLSearchParams): Record<string, string> {
  const snake = (name: string) => name.replace(/\B[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
  return Object.fromEntries([...form].map(([name, value]) => [snake(name), value]));
}

const kindOf = (phoneNumber: string): NumberKind => (/^\+18(\d)\1/.test(phoneNumber) ? 'tollfree' : 'local');

const formatted = (phoneNumber: string): string =>
  phoneNumber.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, (_, area, exchange, line) => `(${area}) ${exchange}-${line}`);

function describeRental(accountSid: string, phoneNumber: string, at: string): Rental {
  const sid = makeSid('PN');
  return {
    sid,
    account_sid: accountSid,
    phone_number: phoneNumber,
    friendly_name: formatted(phoneNumber),
    address_sid: null,
    address_requirements: 'none',
    api_version: '2010-04-01',
    beta: false,
    bundle_sid: null,
    capabilities: { voice: true, sms: true, mms: true, fax: false },
    date_created: at,
    date_updated: at,
    emergency_address_sid: null,
    emergency_address_status: 'unregistered',
    emergency_status: 'Inactive',
    identity_sid: null,
    origin: 'twilio',
    sms_application_sid: null,
    sms_fallback_method: 'POST',
    sms_fallback_url: '',
    sms_method: 'POST',
    sms_url: '',
    status: 'in-use',
    status_callback: '',
    status_callback_method: 'POST',
    trunk_sid: null,
    type: kindOf(phoneNumber) === 'local' ? 'local' : 'toll-free',
    uri: `${version}/Accounts/${accountSid}/IncomingPhoneNumbers/${sid}.json`,
    voice_application_sid: null,
    voice_caller_id_lookup: false,
    voice_fallback_method: 'POST',
    voice_fallback_url: '',
    voice_method: 'POST',
    voice_receive_mode: 'voice',
    voice_url: '',
  };
}

function describeOffer(number: AvailableNumber): object {
  return {
    phone_number: number.phoneNumber,
    friendly_name: formatted(number.phoneNumber),
    iso_country: number.country,
    locality: number.locality,
    region: number.region,
    postal_code: number.postalCode,
    latitude: number.latitude,
    longitude: number.longitude,
    rate_center: number.rateCenter,
    lata: number.lata,
    address_requirements: 'none',
    beta: false,
    capabilities: { ...number.capabilities, fax: false },
  };
}

function describeAccount({ accountSid, authToken, accountStatus }: Imitation, root: string, at: string): object {
  return {
    sid: accountSid,
    owner_account_sid: accountSid,
    friendly_name: 'Wren & Harbor',
    auth_token: authToken,
    status: accountStatus,
    type: 'Full',
    date_created: at,
    date_updated: at,
    subresource_uris: { incoming_phone_numbers: `${root}/IncomingPhoneNumbers.json` },
    uri: `${root}.json`,
  };
}
