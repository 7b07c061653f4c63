import { nameLengthMax, sayTooLong } from './lengths.ts';
import { sourcesMax } from './sources.ts';

/* What a tracking source may be called. Names are compared without case; calls and visits keep the names of removed ones. */

export interface NamedSource {
  trackingSourceId: number;
  name: string;
  removedAt: Date | null;
}

/** What is wrong with a name. `same`: another source of the account that has it, whatever its case. */
export function sayNameTrouble(name: string, same: NamedSource | null, isNew: boolean): string | null {
  if (name === '') return 'Give the source a name, as reports shall call it.';
  if (same && !same.removedAt)
    return `There is a source named ${same.name} already. Choose another name, or edit that one.`;
  // A removed one that is spelled otherwise stands in nobody's way.
  if (same?.name === name && !isNew)
    return 'A source of this name was removed, and earlier calls bear it. Add a source of that name to bring it back, or choose another name.';
  return sayTooLong(name, nameLengthMax);
}

/** Why an account that has so many sources gets no other; null while it may. */
export const sayTooManySources = (sources: number): string | null =>
  sources >= sourcesMax
    ? `An account has at most ${sourcesMax} sources. Remove one that is no longer used first.`
    : null;
