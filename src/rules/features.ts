import { type Decision, no, yes } from './decision.ts';

/*
 * What some plans have and others don't. None of them is about leaving, taking one's data along, or seeing what one pays: that is
 * everybody's.
 */
export const features = {
  'toll-free-numbers': {
    name: 'Toll-free numbers',
    does: 'buy toll-free numbers',
    lost: 'Toll-free numbers that are there go on ringing, being charged and being restored. New ones can’t be bought.',
  },
  'canadian-numbers': {
    name: 'Canadian numbers',
    does: 'buy numbers in Canada',
    lost: 'Canadian numbers that are there go on ringing, being charged and being restored. New ones can’t be bought.',
  },
  'number-patterns': {
    name: 'Search by pattern',
    does: 'search numbers by a pattern',
    lost: 'Numbers that were found by a pattern stay. New ones are searched by area code.',
  },
} as const;
export type Feature = keyof typeof features;
export const allFeatures = Object.keys(features) as Feature[];

/** A plan by what it has. */
export interface Featured {
  name: string;
  has: readonly Feature[];
}

/** Whether a plan has a feature; the refusal says which plans of its kind do. */
export function decideFeature(
  feature: Feature,
  plan: Featured,
  offered: readonly Featured[],
  payer: 'own' | 'agency',
): Decision<true> {
  if (plan.has.includes(feature)) return yes(true);
  const plans = offered.filter((each) => each.has.includes(feature)).map((each) => each.name);
  return no({ code: 'feature-missing', does: features[feature].does, plan: plan.name, plans, payer });
}

/** What changing from one plan to another gives and takes. */
export function compareFeatures(from: Featured, to: Featured): { gained: Feature[]; lost: Feature[] } {
  return {
    gained: allFeatures.filter((each) => to.has.includes(each) && !from.has.includes(each)),
    lost: allFeatures.filter((each) => from.has.includes(each) && !to.has.includes(each)),
  };
}
