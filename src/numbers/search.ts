import { mayUse, type PaidFor } from '../billing/plans/mayUse.ts';
import type { AvailableNumber, NumberSearch } from '../platform/carrier/port.ts';
import { CarrierError } from '../platform/carrier/port.ts';
import type { House } from '../platform/house.ts';
import { type Decision, no, yes } from '../rules/decision.ts';
import type { Feature } from '../rules/features.ts';
import { findListed } from './store.ts';

/**
 * What the carrier offers, less what is ours already or rests; a carrier that doesn't answer is a refusal, not a fault. Only what the
 * plan of whoever pays lets be bought is searched.
 */
export async function searchNumbers(
  house: House,
  account: PaidFor,
  query: NumberSearch,
  now: Date,
): Promise<Decision<AvailableNumber[]>> {
  for (const feature of featuresOf(query)) {
    const decision = await mayUse(house.db, account, feature, now);
    if (!decision.ok) return decision;
  }
  try {
    const offers = await house.carrier.search(query);
    const listed = await findListed(
      house.db,
      offers.map((each) => each.phoneNumber),
    );
    return yes(offers.filter((each) => !listed.has(each.phoneNumber)));
  } catch (error) {
    if (!(error instanceof CarrierError)) throw error;
    if (error.kind === 'invalid') return no({ code: 'invalid-input', fields: { pattern: error.message } });
    return no({ code: 'carrier-unavailable', what: 'no numbers can be searched' });
  }
}

function featuresOf({ kind, country, pattern }: NumberSearch): Feature[] {
  return [
    ...(kind === 'tollfree' ? (['toll-free-numbers'] as const) : []),
    ...(country === 'CA' ? (['canadian-numbers'] as const) : []),
    ...(pattern ? (['number-patterns'] as const) : []),
  ];
}

/** A search as people and scripts type it; empty is absent, both spellings of the older API count. */
export function readSearch(field: (name: string) => string, limit: number): NumberSearch {
  const areaCode = field('areaCode') || field('areacode') || field('area_code');
  const pattern = field('pattern');
  const isTollFree = field('kind') === 'tollfree' || field('searchby') === 'tollfree';
  return {
    country: (field('country') || field('country_code')) === 'CA' ? 'CA' : 'US',
    kind: isTollFree ? 'tollfree' : 'local',
    ...(areaCode ? { areaCode } : {}),
    ...(pattern ? { pattern } : {}),
    limit,
  };
}
