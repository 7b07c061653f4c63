import type { FastifyRequest } from 'fastify';
import type { House } from '../platform/house.ts';
import type { Auth } from './auth.ts';
import { headersOf } from './signIn.ts';
import { endSessionByToken, spendCode } from './store.ts';

export type Verified = { outcome: 'in'; cookies: string[] } | { outcome: 'wrong' | 'over' | 'locked' };

/** Ends the challenge: too long ago, too many tries, or never begun. */
const overCodes = new Set(['INVALID_TWO_FACTOR_COOKIE', 'TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE']);

/**
 * The second half of signing in. A code of the app works once, although it fits for half a minute (RFC 6238 §5.2):
 * whoever looked over a shoulder comes too late.
 */
export async function verifySecondFactor(
  house: House,
  auth: Auth,
  request: FastifyRequest,
  given: { code: string; isRecovery: boolean; trustDevice: boolean },
): Promise<Verified> {
  const code = given.code.replace(/\s/g, '');
  const asked = {
    body: { code, trustDevice: given.trustDevice },
    headers: headersOf(request),
    asResponse: true,
  } as const;
  const response = given.isRecovery ? await auth.api.verifyBackupCode(asked) : await auth.api.verifyTOTP(asked);
  const answer = (await response.json()) as { code?: string; token?: string; user?: { id: string } };
  if (answer.code === 'ACCOUNT_TEMPORARILY_LOCKED') return { outcome: 'locked' };
  if (!response.ok || !answer.user || !answer.token)
    return { outcome: overCodes.has(answer.code ?? '') ? 'over' : 'wrong' };
  const isFresh = given.isRecovery || (await spendCode(house.db, answer.user.id, code));
  if (isFresh) return { outcome: 'in', cookies: response.headers.getSetCookie() };
  await endSessionByToken(house.db, answer.token);
  return { outcome: 'over' };
}
