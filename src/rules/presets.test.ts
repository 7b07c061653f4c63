import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { must } from './decision.ts';
import { placeOf, presets, sameRules, sayRules } from './presets.ts';
import { chooseSource, noRules, patternLengthMax, readTouch, type SourceFacts, sayConditions } from './sources.ts';

const asSource = (code: string): SourceFacts => {
  const { name, rules } = presets.find((each) => each.code === code)!;
  return { ...rules, sid: code, name, isOnsite: true, isLastTouch: false, isPool: false };
};
const all = presets.map(({ code }) => asSource(code));

const site = 'https://anchorplumbing.example';
/** As browsers send them: mostly the origin alone, the whole address only where a site asks for it. */
const examples: readonly [referrer: string, landing: string, preset: string][] = [
  ['https://www.google.com/', `${site}/?gclid=EAIaIQobChMI4uT`, 'google-ads'],
  ['https://www.google.com/', `${site}/?gad_source=1&gbraid=0AAAAAD`, 'google-ads'],
  ['', `${site}/services?wbraid=ClkKCQjw`, 'google-ads'],
  ['https://googleads.g.doubleclick.net/', `${site}/?gclid=Cj0KCQ`, 'google-ads'],
  ['https://www.google.de/', `${site}/?utm_source=google&utm_medium=cpc&utm_campaign=brand`, 'google-ads'],
  ['', `${site}/?utm_medium=PPC&utm_source=Google`, 'google-ads'],
  ['https://www.bing.com/', `${site}/?msclkid=7f1c`, 'microsoft-ads'],
  ['https://www.bing.com/', `${site}/?utm_source=bing&utm_medium=cpc`, 'microsoft-ads'],
  ['https://duckduckgo.com/', `${site}/?msclkid=7f1c9`, 'microsoft-ads'],
  ['https://l.facebook.com/', `${site}/?utm_source=fb&utm_medium=paid&fbclid=IwAR0`, 'meta-ads'],
  ['https://l.instagram.com/', `${site}/?utm_source=ig&utm_medium=paid_social&fbclid=PAZX`, 'meta-ads'],
  ['https://m.facebook.com/', `${site}/?fbclid=IwAR&utm_medium=cpc&utm_source=facebook`, 'meta-ads'],
  ['https://www.tiktok.com/', `${site}/?ttclid=E.C.P.v3`, 'other-ads'],
  ['https://www.linkedin.com/', `${site}/?li_fat_id=abc-def`, 'other-ads'],
  ['https://somewhere.example/', `${site}/?utm_source=partner&utm_medium=display`, 'other-ads'],
  ['', `${site}/?utm_source=mailchimp&utm_medium=email&utm_campaign=spring`, 'email'],
  ['https://mail.google.com/', `${site}/offer?utm_medium=email`, 'email'],
  ['', `${site}/?utm_source=newsletter&utm_campaign=may`, 'email'],
  [
    'https://www.google.com/',
    `${site}/?utm_source=google&utm_medium=organic&utm_campaign=gmb`,
    'google-business-profile',
  ],
  ['', `${site}/?utm_source=GMB`, 'google-business-profile'],
  ['https://business.google.com/', `${site}/?utm_campaign=google-business-profile`, 'google-business-profile'],
  ['https://maps.google.com/', `${site}/`, 'google-maps'],
  ['android-app://com.google.android.apps.maps/', `${site}/`, 'google-maps'],
  ['https://www.google.com/', `${site}/`, 'google-organic'],
  ['https://www.google.co.uk/', `${site}/boilers`, 'google-organic'],
  ['https://google.com.au/', `${site}/?srsltid=AfmBOoq`, 'google-organic'],
  ['https://www.google.fr/search?q=plombier', `${site}/`, 'google-organic'],
  ['android-app://com.google.android.googlequicksearchbox/', `${site}/`, 'google-organic'],
  ['https://www.bing.com/', `${site}/`, 'bing-organic'],
  ['https://cn.bing.com/search?q=a', `${site}/`, 'bing-organic'],
  ['https://duckduckgo.com/', `${site}/`, 'other-search'],
  ['https://r.search.yahoo.com/', `${site}/`, 'other-search'],
  ['https://search.brave.com/', `${site}/`, 'other-search'],
  ['https://yandex.ru/', `${site}/`, 'other-search'],
  ['https://chatgpt.com/', `${site}/`, 'ai-assistants'],
  ['https://www.perplexity.ai/', `${site}/`, 'ai-assistants'],
  ['https://gemini.google.com/', `${site}/`, 'ai-assistants'],
  ['https://l.instagram.com/', `${site}/?fbclid=PAZXh0`, 'instagram'],
  ['https://www.instagram.com/', `${site}/`, 'instagram'],
  ['https://l.facebook.com/', `${site}/?fbclid=IwAR2`, 'facebook'],
  ['https://lm.facebook.com/', `${site}/`, 'facebook'],
  ['android-app://com.facebook.katana/', `${site}/`, 'facebook'],
  ['', `${site}/?fbclid=IwZXh0bgNhZW0`, 'meta-app'],
  ['https://www.youtube.com/', `${site}/`, 'youtube'],
  ['https://www.linkedin.com/', `${site}/`, 'linkedin'],
  ['https://www.tiktok.com/', `${site}/`, 'tiktok'],
  ['https://t.co/', `${site}/`, 'x'],
  ['https://x.com/', `${site}/`, 'x'],
  ['https://www.pinterest.co.uk/', `${site}/`, 'pinterest'],
  ['https://nextdoor.com/', `${site}/`, 'nextdoor'],
  ['https://www.yelp.com/', `${site}/`, 'yelp'],
  ['https://mail.google.com/', `${site}/`, 'webmail'],
  ['https://outlook.live.com/', `${site}/`, 'webmail'],
  ['', `${site}/?utm_source=flyer-spring&utm_medium=qr`, 'other-campaigns'],
  ['https://podcast.example/', `${site}/?utm_campaign=episode-12`, 'other-campaigns'],
  // What only looks like a known host.
  ['https://google.com.evil.example/', `${site}/`, 'referral'],
  ['https://notbing.com/', `${site}/`, 'referral'],
  ['https://netflix.com/', `${site}/`, 'referral'],
  ['https://news.google.com/', `${site}/`, 'referral'],
  ['https://www.homeadvisor.com/', `${site}/`, 'referral'],
  ['', `${site}/`, 'direct'],
  ['', `${site}/contact?ref=card`, 'direct'],
  // The site itself is no referrer.
  [`${site}/about`, `${site}/contact`, 'direct'],
];

describe('which preset wins', () => {
  for (const [referrer, landing, code] of examples) {
    test(`${code}: ${referrer || 'no referrer'} → ${landing}`, () => {
      const touch = must(readTouch(referrer, landing));
      assert.equal(chooseSource(all, touch, null)?.sid, code);
    });
  }

  test('every preset has an example', () => {
    assert.deepEqual(
      [...new Set(examples.map((each) => each[2]))].toSorted(),
      presets.map((each) => each.code).toSorted(),
    );
  });

  test('without Google Ads among the sources a paid click is not counted as organic', () => {
    const touch = must(readTouch('https://www.google.com/', `${site}/?gclid=x`));
    assert.equal(chooseSource([asSource('google-organic'), asSource('direct')], touch, null), null);
  });
});

test('patterns compile, are short, and take no time over the longest hostile address', () => {
  for (const { code, rules } of presets) {
    const patterns = [rules.referrerPattern, rules.landingPattern, rules.notReferrerPattern, rules.notLandingPattern];
    for (const pattern of patterns.filter((each) => each !== null)) {
      assert.ok(pattern.length <= patternLengthMax, `${code}: ${pattern.length}`);
      const expression = new RegExp(pattern, 'i');
      const began = process.cpuUsage().user;
      for (const part of ['a', '?', '&utm_', '?utm_source=google', '&utm_a=g', '.', 'https://', 'google.'])
        expression.test(`https://x.example/${part.repeat(2_000 / part.length)}`);
      const spentMs = (process.cpuUsage().user - began) / 1_000;
      assert.ok(spentMs < 250, `${code}: ${spentMs} ms`);
    }
  }
});

describe('where a new source is tried', () => {
  const rulesOf = (...codes: string[]) => codes.map(asSource);
  const byHand = { ...noRules, utmCampaign: 'spring*' };

  test('a preset keeps the presets’ order, whatever comes when', () => {
    assert.equal(placeOf(asSource('google-ads'), rulesOf('google-organic', 'direct')), 0);
    assert.equal(placeOf(asSource('google-organic'), rulesOf('google-ads', 'direct')), 1);
    assert.equal(placeOf(asSource('direct'), rulesOf('google-ads', 'referral')), 2);
    assert.equal(placeOf(asSource('direct'), []), 0);
  });

  test('one made by hand comes before the presets, after others made by hand', () => {
    assert.equal(placeOf(byHand, [{ ...noRules, utmCampaign: 'winter' }, ...rulesOf('google-ads')]), 1);
    assert.equal(placeOf(byHand, []), 0);
  });
});

test('rules in words: a preset’s own, or one by one', () => {
  const { says, rules } = presets[0]!;
  assert.equal(sayRules(rules), says);
  const byHand = { ...noRules, referrerPattern: 'partner', utmSource: 'van*', clickIds: ['a', 'b'] };
  assert.equal(
    sayRules(byHand),
    'the referrer matches partner, and utm_source is van*, and the landing page has a or b',
  );
  assert.deepEqual(sayConditions(noRules), []);
  assert.ok(!sameRules(byHand, rules));
});

test('codes and names are there once', () => {
  assert.equal(new Set(presets.map((each) => each.code)).size, presets.length);
  assert.equal(new Set(presets.map((each) => each.name.toLowerCase())).size, presets.length);
});
