import { Refused } from './decision.ts';

/* How long names and descriptions may be. Forms limit them and operations refuse them; none is cut. */

export const nameLengthMax = 120;
export const descriptionLengthMax = 500;

/** What is wrong with a text; null for one that isn't too long. */
export const sayTooLong = (text: string | null, lengthMax: number): string | null =>
  text !== null && text.length > lengthMax ? `Give at most ${lengthMax} characters; this has ${text.length}.` : null;

/** Refuses texts that are too long, each at its field. */
export function mustFit(texts: Readonly<Record<string, string | null>>, lengthMax: number): void {
  const fields: Record<string, string> = {};
  for (const [field, text] of Object.entries(texts)) {
    const trouble = sayTooLong(text, lengthMax);
    if (trouble) fields[field] = trouble;
  }
  if (Object.keys(fields).length > 0) throw new Refused({ code: 'invalid-input', fields });
}
