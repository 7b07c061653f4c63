import assert from 'node:assert/strict';
import { test } from 'node:test';
import { presets } from './presets.ts';
import { findUnreachable } from './reach.ts';
import { noRules, type SourceFacts, type SourceRules } from './sources.ts';

const sourceOf = (name: string, rules: Partial<SourceRules>, isOnsite = true): SourceFacts => ({
  ...noRules,
  ...rules,
  sid: name,
  name,
  isOnsite,
  isLastTouch: false,
  isPool: false,
});
const last = sourceOf('Last', { clickIds: ['gclid'] });
const blocks = (rules: Partial<SourceRules>) =>
  findUnreachable([sourceOf('First', rules), last])?.sources.map((each) => each.name) ?? [];

test('one that leaves somebody out by its pattern hides nobody', () => {
  for (const landingPattern of ['^(?!.*/careers)', '^.{1,200}$'])
    assert.deepEqual(blocks({ landingPattern }), [], landingPattern);
});

test('what comes after a source that everything fits can’t be reached', () => {
  for (const rules of [
    { landingPattern: '.*' },
    { landingPattern: 'a|' },
    { landingPattern: '.' },
    { landingPattern: '^https?://' },
    { referrerPattern: '.*' },
    { referrerPattern: '^', landingPattern: '/' },
  ])
    assert.deepEqual(blocks(rules), ['Last'], JSON.stringify(rules));
});

test('a source that leaves somebody out blocks nothing', () => {
  for (const rules of [
    { referrerPattern: '.' },
    { referrerPattern: '^$' },
    { landingPattern: 'a' },
    { landingPattern: '\\.' },
    { landingPattern: '.*', notLandingPattern: 'gclid' },
    { utmSource: 'x*' },
    { landingPattern: '.*', clickIds: ['gclid'] },
  ])
    assert.deepEqual(blocks(rules), [], JSON.stringify(rules));
  assert.equal(findUnreachable(presets.map((each) => sourceOf(each.name, each.rules))), null);
});

test('neither does one that is last, or never looked for; and one that is never looked for isn’t blocked', () => {
  const all = { landingPattern: '.*' };
  assert.equal(findUnreachable([last, sourceOf('All', all)]), null);
  assert.equal(findUnreachable([sourceOf('All', all, false), last]), null);
  assert.equal(findUnreachable([sourceOf('All', all), sourceOf('The van', {}, false)]), null);
});
