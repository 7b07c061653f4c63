import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { demoSignIns } from '../../db/demo.ts';
import { roleNames } from '../../src/rules/permission.ts';
import { policy } from '../../src/rules/policy.ts';

/* If a document states a number, a command or a name, it is compared with the code. */

const root = join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const documents = globSync(['*.md', 'docs/**/*.md', 'src/**/*.md'], { cwd: root });
const { scripts, ...manifest } = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;

test('every dependency has a decision record that names it', () => {
  const records = globSync('docs/decisions/*.md', { cwd: root }).map(read).join('\n');
  const names = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) =>
    Object.keys(manifest[kind] ?? {}),
  );
  assert.deepEqual(
    names.filter((name) => !records.includes(name)),
    [],
  );
});

test('every link leads to a file', () => {
  const broken = documents.flatMap((file) =>
    [...read(file).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
      .map((match) => match[1]!)
      .filter((link) => !existsSync(join(root, dirname(file), link)))
      .map((link) => `${file} → ${link}`),
  );
  assert.deepEqual(broken, []);
});

test('every setting stands in the README and in self-hosting', () => {
  const settings = [...read('src/platform/config.ts').matchAll(/given\('([A-Z_]+)'\)/g)].map((match) => match[1]!);
  assert.ok(settings.length >= 6);
  for (const file of ['README.md', 'docs/self-hosting.md'])
    assert.deepEqual(
      settings.filter((name) => !read(file).includes(`\`${name}\``)),
      [],
      file,
    );
});

test('the README’s sign-ins are the demo’s', () => {
  for (const { role, email, password } of demoSignIns)
    assert.ok(read('README.md').includes(`| ${role} | ${email} | ${password} |`), role);
});

test('every npm script that a document names exists', () => {
  for (const file of documents) {
    const named = [...read(file).matchAll(/npm run ([a-z]+)/g)].map((match) => match[1]!);
    assert.deepEqual(
      named.filter((name) => !scripts?.[name]),
      [],
      file,
    );
  }
});

test('every file of ours that a document names exists', () => {
  const missing = documents.flatMap((file) =>
    [...read(file).matchAll(/`((?:src|test|db|bin|docs)\/[\w./-]+\.\w+)`/g)]
      .map((match) => match[1]!)
      .filter((path) => !existsSync(join(root, path)))
      .map((path) => `${file}: ${path}`),
  );
  assert.deepEqual(missing, []);
});

test('the glossary knows every role, and the policy’s days', () => {
  const glossary = read('docs/glossary.md').replace(/\s+/g, ' ');
  for (const name of Object.values(roleNames)) assert.ok(glossary.includes(name), name);
  assert.ok(glossary.includes(`its ${policy.reactivateWindowDays} days`));
  assert.ok(glossary.includes(`works for ${policy.restoreWindowDays} days`));
  assert.ok(glossary.includes(`for ${policy.refundWindowDays} days after a closing`));
  assert.ok(glossary.includes(`rests ${policy.reuseAfterReturnDays} days`));
});
