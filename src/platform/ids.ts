import { createHash, randomBytes, randomUUID } from 'node:crypto';

/** The public ids' prefixes, as clients of the older API know them. */
export type SidPrefix = 'TPN' | 'RPN' | 'TSO' | 'TGN' | 'USR' | 'CAL';

/** A public id: prefix and 64 hex digits in upper case. Stored at creation, and kept by everything that comes later. */
export function newSid(prefix: SidPrefix): string {
  return prefix + randomBytes(32).toString('hex').toUpperCase();
}

/** A key for one request; every form carries one, so that a double click is one deed. */
export function newKey(): string {
  return randomUUID();
}

/** A hash that is equal for equal data, whatever the order of its keys. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex');
}

function canonical(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Date) return JSON.stringify(value.toISOString());
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).filter(([, each]) => each !== undefined);
    return `{${entries
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`)
      .join(',')}}`;
  }
  return JSON.stringify(value ?? null);
}
