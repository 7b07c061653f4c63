import type { AvailableNumber, NumberSearch } from '../port.ts';
import { readPattern } from '../readPattern.ts';
import { areas, findArea, tollfreeAreaCodes } from './areas.ts';

/**
 * What the simulated carrier has to sell: in each area code the hundred numbers that the numbering plan keeps for fiction
 * (555-0100 to 555-0199), so that no call ever reaches a stranger. The order looks arbitrary and is always the same.
 */
const stock: readonly string[] = [...areas.map((area) => area.areaCode), ...tollfreeAreaCodes]
  .flatMap((areaCode) =>
    Array.from({ length: 100 }, (_, index) => `+1${areaCode}55501${String(index).padStart(2, '0')}`),
  )
  .map((phoneNumber) => ({ phoneNumber, rank: scatter(phoneNumber) }))
  .sort((one, other) => one.rank - other.rank || (one.phoneNumber < other.phoneNumber ? -1 : 1))
  .map((entry) => entry.phoneNumber);

const stocked = new Set(stock);

export function isStocked(phoneNumber: string): boolean {
  return stocked.has(phoneNumber);
}

/** Every number that fits, sold or not, in the order in which it is offered. `pattern` is as `checkSearch` returns it. */
export function* findInStock(query: NumberSearch, pattern: string | null): Generator<string> {
  const wanted = pattern === null ? null : readPattern(pattern);
  for (const phoneNumber of stock) {
    const areaCode = phoneNumber.slice(2, 5);
    if (query.areaCode !== undefined && areaCode !== query.areaCode) continue;
    const area = findArea(phoneNumber);
    if (query.kind === 'tollfree' ? area !== null : area?.country !== query.country) continue;
    if (wanted === null || wanted.test(phoneNumber.slice(1))) yield phoneNumber;
  }
}

export function describeNumber(phoneNumber: string, country: 'US' | 'CA'): AvailableNumber {
  const area = findArea(phoneNumber);
  return {
    phoneNumber,
    country,
    kind: area === null ? 'tollfree' : 'local',
    locality: area?.locality ?? null,
    region: area?.region ?? null,
    postalCode: area?.postalCode ?? null,
    latitude: area?.latitude ?? null,
    longitude: area?.longitude ?? null,
    rateCenter: area?.rateCenter ?? null,
    lata: area?.lata ?? null,
    capabilities: { voice: true, sms: true, mms: area !== null },
  };
}

/** FNV-1a with a last stir, without which neighbors stay neighbors: small, and the same everywhere and always. */
function scatter(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
