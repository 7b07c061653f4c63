/*
 * Finding numbers in a text and putting others in their place, digit by digit. Pure: no page, no browser.
 * Safari before 16.4 knows no lookbehind, so what stands before a number is looked at once it is found.
 */

/** Numbers as a site's configuration spells them: `+code rest`. */
export type Swap = readonly [target: string, shown: string];

/** Stands between the texts of neighboring nodes. No parser lets it into a page. */
export const seam = '\0';

/** What people put between digits: spaces of all widths, brackets, dots, slashes, dashes, and marks that nobody sees. */
const gap = /[\s()./\xad\xb7\u200b-\u2212\0-]*/.source;
const spread = (digits: string): string => [...digits].join(gap);

const pair = /\+(\d+) (\d+),\+(\d+) (\d+)/g;

/** What makes a number part of a word, an amount or a longer row of digits, or another country's, which a ZIP like 00901 does not. */
const isPartOfMore = /(\w|\d[-.]|(\+|\b00(?![6-9]\d\d\b))[1-9][\d\s().-]{0,5})$/;

/**
 * What puts the shown numbers in the place of their targets in a text; `tell` hears which ones now stand there. What is no
 * pair of numbers is left out.
 */
export function makeSwap(swaps: readonly Swap[], tell: (shown: string) => void): (text: string) => string {
  const known = [...swaps.join(' ').matchAll(pair)];
  // +44 (0)20…, 0044 20…, 4420…, 020…, 20…; the last digit of a number before it is neither code nor 0.
  const numbers = known.map(
    ([, code, rest]) =>
      `([+(]{0,2}(?:\\b(?:(?:00${gap})?${spread(code!)}${gap})?${code === '1' ? '' : `(?:[08]${gap})?`})?${spread(rest!)})`,
  );
  const pattern = new RegExp(
    // Extensions may follow.
    `(?:${numbers.join('|') || '.^'})(?!(?!e?x)[\\w@]|[-.]\\d)`,
    'gi',
  );
  return (text) =>
    text.replace(pattern, (found, ...more) => {
      const at = more[known.length];
      if (isPartOfMore.test(text.substring(at - 9, at))) return found;
      const [, code, rest, newCode, newRest] = known[more.indexOf(found)]!;
      const number = `+${newCode} ${newRest}`;
      tell(number);
      if (code !== newCode) return number + found.replace(/[^\0]/g, '');
      const digits = found.replace(/\D/g, '').slice(0, -rest!.length) + newRest;
      let next = 0;
      return found.replace(/\d/g, () => digits[next++] ?? '') + digits.slice(next);
    });
}
