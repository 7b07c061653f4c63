import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { must } from './decision.ts';
import { chooseSource, noRules, readTouch, type SourceFacts, toSiteSource, trySources, wholeValue } from './sources.ts';

const source = (sid: string, more: Partial<SourceFacts>): SourceFacts => ({
  ...noRules,
  sid,
  name: sid,
  isOnsite: true,
  isLastTouch: false,
  isPool: false,
  ...more,
});
const touch = (referrer: string, landing: string) => must(readTouch(referrer, landing));

describe('a value with *', () => {
  const fits = (value: string, text: string) => new RegExp(wholeValue(value), 'i').test(text);
  test('is the whole value, case aside, and nothing in it is a pattern', () => {
    assert.ok(fits('Spring*', 'spring-sale'));
    assert.ok(fits('*sale*', 'spring-sale-2'));
    assert.ok(!fits('spring', 'spring-sale'));
    assert.ok(fits('a.b+(c)', 'A.B+(C)'));
    assert.ok(!fits('a.b', 'axb'));
    assert.ok(fits('two words/and-more', 'two words/and-more'));
  });
});

describe('what the script is told', () => {
  test('only what is given, with the UTM values as patterns of parameters', () => {
    const given = source('TSO1', { utmSource: 'goo*', utmCampaign: 'x', notReferrerPattern: 'bad', isLastTouch: true });
    assert.deepEqual(toSiteSource(given), {
      id: 'TSO1',
      rules: [
        ['referrer', false, 'bad'],
        ['?utm_source', true, '^(?:goo.*)$'],
        ['?utm_campaign', true, '^(?:x)$'],
      ],
      swaps: [],
      isLast: true,
    });
  });
});

describe('trying a visitor’s way', () => {
  const sources = [
    source('van', { isOnsite: false, referrerPattern: '.' }),
    source('name only', {}),
    source('spring', { utmCampaign: 'spring*', referrerPattern: 'partner' }),
    source('last', { clickIds: ['gclid'], isLastTouch: true }),
    source('rest', { referrerPattern: '.' }),
  ];

  test('offsite sources and mere names are never looked for; each rule says whether it holds', () => {
    const tried = trySources(sources, touch('other.example', 'example.com/?utm_campaign=Spring1'));
    assert.deepEqual(
      tried.map((each) => [each.source.sid, each.fits, each.conditions.map((one) => one.holds)]),
      [
        ['spring', false, [false, true]],
        ['last', false, [false]],
        ['rest', true, [true]],
      ],
    );
  });

  test('who came by a source before stays with it, unless a source of last touch takes over', () => {
    const again = touch('other.example', 'https://example.com/');
    assert.equal(chooseSource(sources, again, null)?.sid, 'rest');
    assert.equal(chooseSource(sources, again, 'spring')?.sid, 'spring');
    assert.equal(chooseSource(sources, again, 'van')?.sid, 'rest');
    assert.equal(chooseSource(sources, touch('', 'https://example.com/?gclid=1'), 'spring')?.sid, 'last');
  });

  test('addresses are read as people type them; the site itself is no referrer', () => {
    assert.deepEqual(touch('google.com', 'example.com'), {
      referrer: 'https://google.com/',
      landing: 'https://example.com/',
    });
    assert.equal(touch('https://example.com/a', 'example.com/b').referrer, '');
    assert.equal(touch('https://shop.example.com/a', 'www.example.com/b').referrer, '');
    assert.equal(touch('https://anexample.com/', 'example.com').referrer, 'https://anexample.com/');
    assert.equal(readTouch('', '').ok, false);
    assert.equal(readTouch('http://', 'example.com').ok, false);
    assert.equal(readTouch('', `example.com/${'x'.repeat(2_000)}`).ok, false);
  });
});
