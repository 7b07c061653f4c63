/** Money is a bigint of micro-units: 1 USD = 1,000,000. Cents exist only at the edges, rounded half to even. */
export const microsPerUnit = 1_000_000n;
export const microsPerCent = 10_000n;

/** Micro-units to whole cents, half to even (the banker's rounding of receipts). */
export function toCents(micros: bigint): bigint {
  const sign = micros < 0n ? -1n : 1n;
  const size = micros * sign;
  const cents = size / microsPerCent;
  const rest = size % microsPerCent;
  const half = microsPerCent / 2n;
  const up = rest > half || (rest === half && cents % 2n === 1n);
  return sign * (up ? cents + 1n : cents);
}

/** The same amount in whole cents, still in micro-units. */
export function wholeCents(micros: bigint): bigint {
  return toCents(micros) * microsPerCent;
}

/** "12", "12.5" or "12.50" typed by a person, to micro-units; null for anything else, and for more than two decimals. */
export function parseAmount(text: string): bigint | null {
  const match = /^\s*\$?(\d{1,7})(?:\.(\d{1,2}))?\s*$/.exec(text.replaceAll(',', ''));
  if (!match) return null;
  return BigInt(match[1] ?? '0') * microsPerUnit + BigInt((match[2] ?? '').padEnd(2, '0')) * microsPerCent;
}

/** A price as an operator types it, to a millionth; null for anything else. */
export function parsePrice(text: string): bigint | null {
  const match = /^\s*\$?(\d{1,6})(?:\.(\d{1,6}))?\s*$/.exec(text);
  if (!match) return null;
  return BigInt(match[1]!) * microsPerUnit + BigInt((match[2] ?? '').padEnd(6, '0'));
}

/** The same the other way: "0.045", and whole cents at least. */
export function writePrice(micros: bigint): string {
  const rest = String(micros % microsPerUnit).padStart(6, '0');
  return `${micros / microsPerUnit}.${rest.slice(0, 2)}${rest.slice(2).replace(/0+$/, '')}`;
}

/** Minutes as the field bills them: every minute begun counts. */
export function billedMinutes(seconds: number): bigint {
  return BigInt(Math.ceil(Math.max(0, seconds) / 60));
}
