import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';

/** What came back. `status` is 0 when nothing did: no connection, or no answer in time. */
export type PostResult = { status: number; body: string; trouble: string | null };

const bodyCharactersMax = 64 * 1024;

/** One POST as Twilio sends it: a form, signed over the address and every parameter. */
export async function postSigned(request: {
  url: string;
  parameters: Readonly<Record<string, string>>;
  token: string;
  authToken: string;
  timeoutSeconds: number;
  stop: AbortSignal;
}): Promise<PostResult> {
  // The fragment holds wishes to the carrier (`#rc=2`) and is neither sent nor signed.
  const url = request.url.split('#')[0]!;
  const tooLate = AbortSignal.timeout(request.timeoutSeconds * 1000);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
        'user-agent': 'TwilioProxy/1.1',
        'x-twilio-signature': getExpectedTwilioSignature(request.authToken, url, { ...request.parameters }),
        'i-twilio-idempotency-token': request.token,
      },
      body: new URLSearchParams(request.parameters).toString(),
      redirect: 'manual',
      signal: AbortSignal.any([tooLate, request.stop]),
    });
    const body = await response.text();
    if (body.length > bodyCharactersMax) {
      return { status: response.status, body: '', trouble: `${host(url)} answered more than 64 KB.` };
    }
    const trouble = response.ok ? null : `${host(url)} answered ${response.status}.`;
    return { status: response.status, body, trouble };
  } catch (error) {
    request.stop.throwIfAborted();
    const why = tooLate.aborted ? `did not answer within ${request.timeoutSeconds} s` : 'can not be reached';
    const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
    return { status: 0, body: '', trouble: `${host(url)} ${why}${tooLate.aborted ? '' : cause}.` };
  }
}

/** Worth another try: nothing came back, the other side is in trouble, or asks us to wait. */
export function isPassing(status: number): boolean {
  return status === 0 || status === 429 || status >= 500;
}

const host = (url: string): string => (URL.canParse(url) ? new URL(url).host : url);
