import { createHmac } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import type { SwappingSettings } from './store.ts';

/**
 * What is kept of a visitor's address, once it has been used: the network it is in, a keyed hash that tells nothing to whoever
 * has only the database and nothing across accounts, or nothing.
 */
export function keepAddress(
  address: string,
  kept: SwappingSettings['addressKept'],
  { accountId, key }: { accountId: number; key: string },
): string | null {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (kept === 'none' || !(isIPv4(plain) || isIPv6(plain))) return null;
  if (kept === 'hashed') return createHmac('sha256', key).update(`${accountId} ${plain}`).digest('hex').slice(0, 32);
  return isIPv4(plain) ? plain.replace(/\.\d+$/, '.0') : truncate6(plain);
}

/** The first 48 bits: three groups, where the two colons may hide some. */
function truncate6(address: string): string {
  const [before = '', after] = address.toLowerCase().split('::');
  const groups = before === '' ? [] : before.split(':');
  if (after !== undefined) {
    const behind = after === '' ? 0 : after.split(':').length + (after.includes('.') ? 1 : 0);
    while (groups.length + behind < 8) groups.push('0');
  }
  return `${groups
    .slice(0, 3)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::`;
}
