const keys = ['abc', 'def', 'ghi', 'jkl', 'mno', 'pqrs', 'tuv', 'wxyz'];

/** A pattern as `checkSearch` returns it, ready to be looked for in a number's digits: letters as on a keypad, `*` any digit. */
export function readPattern(pattern: string): RegExp {
  const digitOf = (letter: string) => String(keys.findIndex((key) => key.includes(letter)) + 2);
  return new RegExp(pattern.replace(/[a-z]/g, digitOf).replaceAll('*', '\\d'));
}
