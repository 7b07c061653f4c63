import { createHash } from 'node:crypto';

/**
 * Twilio has no idempotency keys, and gives a number a friendly name of 64 characters: ours has 48, and behind it stands a
 * digest of the key under which the number was bought. Names without a mark belong to numbers that somebody else bought.
 */
const mark = / ?#sw[\w-]{12}$/;

export function markOf(idempotencyKey: string): string {
  return `#sw${createHash('sha256').update(idempotencyKey).digest('base64url').slice(0, 12)}`;
}

/** The name as Twilio keeps it; one that is bought without a key keeps none. */
export function withMark(friendlyName: string, keyMark: string | null): string {
  return keyMark === null ? friendlyName : `${friendlyName} ${keyMark}`;
}

export function splitName(kept: string): { friendlyName: string; keyMark: string | null } {
  const found = mark.exec(kept);
  return { friendlyName: found ? kept.slice(0, found.index) : kept, keyMark: found?.[0].trim() ?? null };
}
