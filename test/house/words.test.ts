import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../..');
const prose = globSync(['src/**/*.{ts,tsx}', 'db/**/*.{ts,sql}', 'bin/*', 'docs/**/*.md', '*.md'], {
  cwd: root,
}).filter((file) => !file.includes('.test.') && file !== 'src/platform/tables.ts');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** One word per thing: what not to say, and what to say instead. The glossary may name what it forbids. */
const forbidden: [RegExp, string][] = [
  [/cancelled|cancelling(?! of)/i, 'canceled, with one l'],
  [/\b(?:parent account|reseller)\b/i, 'agency'],
  [/\bworkspace\b/i, 'account'],
  [
    /\b(?:terminate|deactivate|archive)d? (?:the |an |your )?(?:account|agency)\b/i,
    'close an account, cancel an agency',
  ],
  [/\bundelete\b|\breopen(?:ed)? (?:the |an )?account\b/i, 'reactivate'],
  [/\bgrace period\b/i, 'hold'],
  [/\bDID\b/, 'tracking number'],
  [/\bdestination number\b/i, 'receiving number'],
];

test('the glossary’s words, and no others', () => {
  const wrong = prose
    .filter((file) => file !== 'docs/glossary.md' && file !== 'STYLE.md')
    .flatMap((file) =>
      forbidden.filter(([word]) => word.test(read(file))).map(([word, instead]) => `${file}: ${word} → ${instead}`),
    );
  assert.deepEqual(wrong, []);
});

test('files are verbs and folders are nouns: no service, manager, helper, utils', () => {
  const wrong = globSync('{src,test,bench,bin,db}/**/*', { cwd: root }).filter((file) =>
    /(?:service|manager|helper|util)s?\b/i.test(file.split('/').at(-1)!),
  );
  assert.deepEqual(wrong, []);
});

test('nothing unfinished: no mark for later, no test switched off', () => {
  const marks = new RegExp(
    ['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', 'HA' + 'CK'].map((mark) => `\\b${mark}\\b`).join('|'),
  );
  const code = globSync('{src,test,bench,bin,db,snippet}/**/*.{ts,tsx,mjs,sql}', { cwd: root });
  assert.deepEqual(
    code
      .filter((file) => marks.test(read(file)) || /\.(?:only|skip)\(|\bskip: true/.test(read(file)))
      .filter((file) => !file.endsWith('words.test.ts')),
    [],
  );
});

test('every concept folder says what it owns, what it does not, what is always true', () => {
  for (const folder of globSync('src/*/', { cwd: root })) {
    const text = read(join(folder, 'README.md'));
    for (const heading of ['**Owns**', '**Does not', '**Always true**'])
      assert.ok(text.includes(heading), `${folder}: ${heading}`);
  }
});
