import RequestClient from 'twilio/lib/base/RequestClient.js';
import { CarrierError } from '../port.ts';

type RequestOptions<Data> = RequestClient.RequestOptions<Data>;
type Answer = { statusCode: number; body: unknown; headers: Readonly<Record<string, unknown>> };

/**
 * The library's way to Twilio: each request is sent once, has a time limit, and what isn't an answer to use is a
 * `CarrierError`. The library's own errors are not passed on, not even as a cause: they hold the request with its token.
 */
export class Sender extends RequestClient {
  constructor(timeoutMs: number) {
    super({ timeout: timeoutMs, autoRetry: false });
    // The library's limit begins anew with every byte that comes; this one holds for the whole request.
    this.axios.interceptors.request.use((config) => {
      config.signal = AbortSignal.timeout(timeoutMs);
      return config;
    });
  }

  override async request<Data>(options: RequestOptions<Data>) {
    const answer = await super.request<Data>(options).catch((error: unknown) => {
      throw readFailure(error);
    });
    const refusal = readRefusal(answer, options);
    if (refusal) throw refusal;
    return answer;
  }

  close(): void {
    this.axios.defaults.httpsAgent.destroy();
  }
}

const timeoutCodes = ['ERR_CANCELED', 'ECONNABORTED', 'ETIMEDOUT'];

function readFailure(error: unknown): unknown {
  const { code } = error as { code?: unknown };
  if (typeof code !== 'string') return error;
  if (timeoutCodes.includes(code)) return new CarrierError('unavailable', 'The carrier did not answer in time.');
  return new CarrierError('unavailable', `The carrier can not be reached (${code}).`);
}

const rateLimitCode = 20429;
const credentialsCode = 20003;
const notFoundCode = 20404;
/** Not a number, not for sale, no such area code, none in it. */
const notAvailableCodes = [21421, 21422, 21451, 21452];
/** An account that is not active; a trial account that has its one number. */
const refusedCodes = [20005, 21404];
const retryAfterSecondsDefault = 5;

function readRefusal({ statusCode, body, headers }: Answer, request: RequestOptions<unknown>): CarrierError | null {
  const isReadable = statusCode === 204 || (typeof body === 'object' && body !== null);
  if (statusCode >= 200 && statusCode < 300 && isReadable) return null;

  const { code, message } = readError(body);
  const refuse = (sentence: string): CarrierError =>
    new CarrierError('refused', `${sentence} (Twilio error ${code ?? statusCode}).`);
  const said = tell(message, request.password);
  if (statusCode === 429 || code === rateLimitCode) {
    const retryAfterSeconds = readSeconds(headers['retry-after']);
    return new CarrierError('rate-limited', 'The carrier asks us to slow down.', { retryAfterSeconds });
  }
  if (statusCode === 401 || code === credentialsCode)
    return refuse('The carrier does not accept our account SID and auth token');
  if (statusCode === 403 || refusedCodes.includes(code ?? 0)) return refuse(`The carrier does not allow this${said}`);
  if (statusCode >= 500 || statusCode < 400 || code === null) {
    return new CarrierError('unavailable', `The carrier gave no answer to use (HTTP ${statusCode}).`);
  }
  if (notAvailableCodes.includes(code)) return new CarrierError('not-available', 'This number is not available.');
  if (code === notFoundCode) {
    const isOfOneNumber = /\/IncomingPhoneNumbers\/PN/.test(request.uri);
    if (!isOfOneNumber) return refuse('The carrier does not know our account');
    return new CarrierError('not-available', 'This number is no longer rented to us.');
  }
  return new CarrierError('invalid', `The carrier does not accept what was sent${said} (Twilio error ${code}).`);
}

/** Whoever stands between us and Twilio may answer too, with anything: only Twilio's errors have its code. */
function readError(body: unknown): { code: number | null; message: string } {
  const { code, message } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  return { code: Number.isInteger(code) ? Number(code) : null, message: typeof message === 'string' ? message : '' };
}

/** What Twilio says is read by people who must learn neither our token nor which account of theirs is ours. */
function tell(message: string, token: string | undefined): string {
  const text = message
    .replaceAll(token || '\0', '…')
    .replace(/\bAC[0-9a-f]{32}\b/gi, '…')
    .replace(/[\s.]+$/, '')
    .slice(0, 200);
  return text === '' ? '' : `: ${text}`;
}

function readSeconds(header: unknown): number {
  return /^[1-9]\d{0,4}$/.test(String(header)) ? Number(header) : retryAfterSecondsDefault;
}
