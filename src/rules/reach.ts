import { isLookedFor, type SourceFacts, toSiteSource } from './sources.ts';
import { decideSource, type Touch } from './swapping.ts';

/* Which sources a visitor can count for at all: one that everything fits leaves nothing to those after it. */

/** Visits with nothing in common but being visits: what fits them all fits whatever comes. */
const unlike: readonly Touch[] = [
  { referrer: '', landing: 'http://localhost/' },
  { referrer: '', landing: 'https://a.bc/' },
  { referrer: 'https://u.vw/', landing: 'https://x.yz/?k=1' },
  { referrer: 'http://localhost/q', landing: 'http://127.0.0.1/m#n' },
];

/** What a pattern says must not be there, or how long it may be: it means to leave somebody out. */
const leavesOut = /\(\?!|\{\d/;

/** Whether every visitor fits its rules. One that says what must not be there means to leave somebody out. */
function fitsEverything(source: SourceFacts): boolean {
  if (source.notReferrerPattern !== null || source.notLandingPattern !== null) return false;
  if ([source.referrerPattern, source.landingPattern].some((pattern) => pattern && leavesOut.test(pattern)))
    return false;
  const site = toSiteSource(source);
  return unlike.every((touch) => decideSource([site], touch, undefined) !== undefined);
}

export interface Unreachable<Source> {
  /** The first that everything fits. */
  by: Source;
  sources: Source[];
}

/** The sources that no visitor counts for, since they are tried after one that everything fits; null for none. */
export function findUnreachable<Source extends SourceFacts>(sources: readonly Source[]): Unreachable<Source> | null {
  const tried = sources.filter(isLookedFor);
  const first = tried.findIndex(fitsEverything);
  const after = tried.slice(first + 1);
  return first < 0 || after.length === 0 ? null : { by: tried[first]!, sources: after };
}
