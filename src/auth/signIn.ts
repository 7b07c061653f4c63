import type { FastifyRequest } from 'fastify';
import type { Auth } from './auth.ts';

/** How far somebody got: in, or to the second factor; either way with cookies to send. */
export type SignedIn = { step: 'in' | 'second factor'; cookies: string[] };

/** What the library should know of a request: its cookies, and where it comes from. */
export function headersOf(request: FastifyRequest): Headers {
  const { cookie, 'user-agent': userAgent } = request.headers;
  return new Headers({
    'x-forwarded-for': request.ip,
    ...(cookie ? { cookie } : {}),
    ...(userAgent ? { 'user-agent': userAgent } : {}),
  });
}

/** Null when the two don't fit; the library takes the same time whether there is such a person or not. */
export async function signIn(
  auth: Auth,
  request: FastifyRequest,
  email: string,
  password: string,
): Promise<SignedIn | null> {
  // What the browser already has plays no part: a sign-in begins a session of its own.
  const headers = headersOf(request);
  const trusted = cookieNamed(request.headers.cookie, 'trust_device');
  headers.delete('cookie');
  if (trusted) headers.set('cookie', trusted);
  const response = await auth.api.signInEmail({ body: { email, password }, headers, asResponse: true });
  if (!response.ok) return null;
  const { twoFactorRedirect } = (await response.json()) as { twoFactorRedirect?: boolean };
  return { step: twoFactorRedirect ? 'second factor' : 'in', cookies: response.headers.getSetCookie() };
}

const cookieNamed = (cookies: string | undefined, name: string): string | undefined =>
  cookies
    ?.split(';')
    .map((each) => each.trim())
    .find((each) => each.split('=')[0]?.endsWith(`.${name}`));
