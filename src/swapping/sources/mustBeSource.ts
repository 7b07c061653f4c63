import { runInNewContext } from 'node:vm';
import safeRegex from 'safe-regex2';
import { Refused } from '../../rules/decision.ts';
import { descriptionLengthMax, sayTooLong } from '../../rules/lengths.ts';
import { type NamedSource, sayNameTrouble } from '../../rules/sourceNames.ts';
import { addressLengthMax, looksBehind, patternLengthMax } from '../../rules/sources.ts';
import type { SourceWish } from './store.ts';

const patternFields = ['referrerPattern', 'landingPattern', 'notReferrerPattern', 'notLandingPattern'] as const;
const utmFields = ['utmSource', 'utmMedium', 'utmCampaign'] as const;
const trialMs = 250;
const clickIdsMax = 20;

/** Refuses a source that can't be: each field with what would be right. `same`: another source that has its name. */
export function mustBeSource(wish: SourceWish, same: NamedSource | null, isNew: boolean): void {
  const fields: Record<string, string> = {};
  const name = sayNameTrouble(wish.name, same, isNew);
  if (name) fields.name = name;
  const description = sayTooLong(wish.description, descriptionLengthMax);
  if (description) fields.description = description;
  for (const field of patternFields) {
    const trouble = wish[field] === null ? null : sayPatternTrouble(wish[field]);
    if (trouble) fields[field] = trouble;
  }
  for (const field of utmFields) {
    const value = wish[field];
    if (value !== null && value.length > 100) fields[field] = 'Give at most 100 characters.';
    else if (value !== null && value.split(/\*+/).length > 3)
      fields[field] = 'Use * at most twice: *sale* finds every value with “sale” in it.';
  }
  if (wish.clickIds.length > clickIdsMax || wish.clickIds.some((each) => !/^[a-z0-9_-]{1,40}$/i.test(each)))
    fields.clickIds = `Give names of parameters, with commas between them: gclid, gbraid. At most ${clickIdsMax}.`;
  if (wish.position !== null && !(Number.isInteger(wish.position) && wish.position >= 1 && wish.position <= 9_999))
    fields.position = 'Give a position between 1 and 9999.';
  if (Object.keys(fields).length > 0) throw new Refused({ code: 'invalid-input', fields });
}

/** What is wrong with a pattern; null for a good one. It will run in visitors' browsers, over addresses that anybody can make. */
export function sayPatternTrouble(pattern: string): string | null {
  if (pattern.length > patternLengthMax)
    return `A pattern has at most ${patternLengthMax} characters; this one has ${pattern.length}. Make two sources of it.`;
  try {
    new RegExp(pattern, 'i');
  } catch (error) {
    const [, why = 'it is incomplete'] = /: ([^:]+)$/.exec(error instanceof Error ? error.message : '') ?? [];
    return `This is no regular expression: ${why}. A literal dot, question mark or bracket has a backslash before it.`;
  }
  if (looksBehind(pattern))
    return 'Safari before 16.4 can’t read (?<= and (?<!. Say what must not be there by a “not” rule, or by another source that is tried before this one.';
  return safeRegex(pattern) && isQuick(pattern)
    ? null
    : 'This pattern could take a browser very long over some addresses. Don’t repeat what is repeated itself, as in (a+)+, and use .* once at most.';
}

/** Tries a pattern on the longest addresses that are made of its own parts: what nesting alone doesn't show, time does. */
function isQuick(pattern: string): boolean {
  const parts = [...new Set(pattern.match(/[a-z0-9_=&?/.-]+/gi) ?? [])].slice(0, 4);
  const letters = [...new Set(pattern.replace(/[^a-z0-9=&/-]/gi, ''))].slice(0, 4);
  const addresses = ['a', ...letters, ...parts].map((part) => part.repeat(addressLengthMax / part.length));
  const code = 'for (const address of addresses) new RegExp(pattern, "i").test(address + "\\u0000")';
  try {
    runInNewContext(code, { pattern, addresses }, { timeout: trialMs });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return false;
    throw error;
  }
}
