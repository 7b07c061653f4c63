import { Stripe } from 'stripe';
import { PaymentsError } from '../port.ts';

const retryAfterSecondsDefault = 5;
const { errors } = Stripe;

/**
 * The library's errors in the port's words. They are not passed on, not even as a cause: they hold the request, its key and
 * what the account is called.
 */
export function readError(error: unknown): unknown {
  if (!(error instanceof errors.StripeError)) return error;
  const { code, statusCode } = error;
  if (error instanceof errors.StripeRateLimitError || statusCode === 429) {
    const retryAfterSeconds = readSeconds(error.headers?.['retry-after']);
    return new PaymentsError('rate-limited', 'The payment provider asks us to slow down.', { retryAfterSeconds });
  }
  if (error instanceof errors.StripeAuthenticationError)
    return new PaymentsError('refused', 'The payment provider does not accept our secret key.');
  if (error instanceof errors.StripePermissionError)
    return new PaymentsError('refused', 'The payment provider does not allow this with our secret key.');
  // Another request with this key is under way: what comes of it is not known yet.
  if (code === 'idempotency_key_in_use' || statusCode === 409)
    return new PaymentsError('unavailable', 'The payment provider is still at this request.');
  if (error instanceof errors.StripeIdempotencyError)
    return new PaymentsError(
      'invalid',
      'This idempotency key was used with other parameters before. Nothing was done.',
    );
  if (error instanceof errors.StripeInvalidRequestError || error instanceof errors.StripeCardError)
    return new PaymentsError('invalid', `The payment provider does not accept what was sent${tell(code)}.`);
  if (error instanceof errors.StripeConnectionError)
    return new PaymentsError('unavailable', 'The payment provider can not be reached, or did not answer in time.');
  return new PaymentsError('unavailable', `The payment provider gave no answer to use (HTTP ${statusCode ?? 'none'}).`);
}

const tell = (code: string | undefined) => (code && /^[a-z_]{1,60}$/.test(code) ? ` (${code})` : '');

function readSeconds(header: string | undefined): number {
  return /^[1-9]\d{0,4}$/.test(header ?? '') ? Number(header) : retryAfterSecondsDefault;
}

/** Whether Stripe says that there is no such thing. */
export const isMissing = (error: unknown): boolean =>
  error instanceof errors.StripeInvalidRequestError && error.code === 'resource_missing';
