import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../..');

/** A folder imports only from its left. */
const order = [
  'rules',
  'platform',
  'web',
  'agencies',
  'accounts',
  'auth',
  'billing',
  'numbers',
  'swapping',
  'calls',
  'retention',
  'lifecycle',
  'support',
];
/** Files beside the folders: what is wired together, from inside to outside. */
const edges = ['openHouse.ts', 'generate.ts', 'app.ts', 'worker.ts', 'cli', 'cli.ts', 'main.ts'];

const files = globSync('src/**/*.{ts,tsx}', { cwd: root });
const importsOf = (file: string): string[] =>
  [
    ...readFileSync(join(root, file), 'utf8').matchAll(
      /^\s*(?:import|export)\b[^;]*?from '([^']+)'|import\('([^']+)'\)/gm,
    ),
  ].map((match) => match[1] ?? match[2]!);

/** How far right a file stands: its folder, or behind all folders. */
function placeOf(file: string): number {
  const [, first] = file.split('/');
  const folder = order.indexOf(first!);
  if (folder >= 0) return folder;
  const edge = edges.indexOf(first!);
  assert.ok(edge >= 0, `${file} stands in no known folder: give it a place in the order`);
  return order.length + edge;
}

test('a folder imports only from its left', () => {
  const wrong = files.flatMap((file) =>
    importsOf(file)
      .filter((path) => path.startsWith('.'))
      .map((path) => relative(root, join(root, dirname(file), path)))
      .filter((target) => target.startsWith('src/') && placeOf(target) > placeOf(file))
      .map((target) => `${file} → ${target}`),
  );
  assert.deepEqual(
    wrong.filter((each) => !each.includes('.test.')),
    [],
  );
});

test('rules know nothing of the world: no other folder, no clock, no chance, no environment', () => {
  const rules = files.filter((file) => file.startsWith('src/rules/') && !file.includes('.test.'));
  for (const file of rules) {
    const outside = importsOf(file).filter((path) => !path.startsWith('./') && path !== 'temporal-polyfill');
    assert.deepEqual(outside, [], file);
    assert.doesNotMatch(
      readFileSync(join(root, file), 'utf8'),
      /Date\.now|new Date\(\)|Math\.random|process\.|Temporal\.Now/,
      file,
    );
  }
});

test('the product’s moments come from its one clock', () => {
  const allowed = [
    'src/platform/clock.ts',
    'src/platform/live.ts', // Wall time, to order a page's reading against what it hears.
    'src/platform/carrier/simulated/',
    'src/platform/payments/simulated/', // A signature bears the machine's time.
    'src/platform/postgres/',
    'src/platform/children.ts',
    'src/main.ts',
  ];
  const wrong = files
    .filter((file) => !file.includes('.test.') && !allowed.some((each) => file.startsWith(each)))
    .filter((file) => /Date\.now\(\)|new Date\(\)/.test(readFileSync(join(root, file), 'utf8')));
  assert.deepEqual(wrong, []);
});

test('SQL of a noun stands in its store', () => {
  const statement = /\.(?:insertInto|updateTable|deleteFrom)\(/;
  const allowed = [
    'src/platform/operation.ts', // The journal row is the door's own.
    'src/auth/offerSetup.ts', // Runs before there is a house: its own connection, one row.
  ];
  const wrong = files
    .filter((file) => !file.endsWith('store.ts') && !file.includes('.test.') && !allowed.includes(file))
    .filter((file) => statement.test(readFileSync(join(root, file), 'utf8')));
  assert.deepEqual(wrong, []);
});
