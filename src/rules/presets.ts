import { noRules, type SourceRules, sayConditions } from './sources.ts';

/* The usual channels. Their order is the order in which they are tried: what is paid for first, what is left over last. */

export interface Preset {
  code: string;
  name: string;
  group: 'Ads' | 'Search' | 'Social and listings' | 'Mail' | 'Everything else';
  /** Its rules in words, after "when". */
  says: string;
  rules: SourceRules;
}

const paid = '(cpc|ppc|cpm|paid|paid[-_ +%20]{1,3}(search|social)|paidsearch|paidsocial)';
const googleClick = '[?&](gclid|gbraid|wbraid|gad_source)=[^&#]';
const taggedAsPaid = (utmSource: string): string =>
  `^(?=.*[?&]utm_source=${utmSource}(&|#|$))(?=.*[?&]utm_medium=${paid}(&|#|$))`;
/** A host and those under it. */
const hosts = (names: string): string => `^https?://([^/]*\\.|)(${names})(:|/|$)`;
const notPaid = `[?&](gclid|gbraid|wbraid|msclkid)=[^&#]|[?&]utm_medium=${paid}(&|#|$)`;
const anyTag = '[?&](utm_source|utm_medium|utm_campaign|gclid|gbraid|wbraid|msclkid|fbclid)=[^&#]';

const preset = (
  code: string,
  name: string,
  group: Preset['group'],
  says: string,
  rules: Partial<SourceRules>,
): Preset => ({ code, name, group, says, rules: { ...noRules, ...rules } });

export const presets: readonly Preset[] = [
  preset(
    'google-ads',
    'Google Ads',
    'Ads',
    'the landing page has gclid, gbraid, wbraid or gad_source, or its UTM values say google and paid',
    { landingPattern: `${googleClick}|${taggedAsPaid('(google|adwords|google-?ads)')}` },
  ),
  preset('microsoft-ads', 'Microsoft Ads', 'Ads', 'the landing page has msclkid, or its UTM values say bing and paid', {
    landingPattern: `[?&]msclkid=[^&#]|${taggedAsPaid('(bing|microsoft|bing-?ads)')}`,
  }),
  preset(
    'meta-ads',
    'Meta Ads',
    'Ads',
    'the UTM values say Facebook, Instagram or Meta, and paid (fbclid alone does not tell ads from posts)',
    { landingPattern: taggedAsPaid('(facebook|fb|instagram|ig|meta|an|msg)') },
  ),
  preset(
    'other-ads',
    'Other ads',
    'Ads',
    'the landing page has ttclid, twclid or li_fat_id, or utm_medium says paid, display or banner',
    {
      landingPattern: `[?&](ttclid|twclid|li_fat_id)=[^&#]|[?&]utm_medium=(${paid}|display|banner|retargeting)(&|#|$)`,
    },
  ),
  preset('email', 'E-mail', 'Mail', 'utm_medium or utm_source says e-mail or newsletter', {
    landingPattern: '[?&]utm_(medium|source)=(e-?mail|newsletter)',
  }),
  preset(
    'google-business-profile',
    'Google Business Profile',
    'Social and listings',
    'a UTM value says gmb, gbp or business profile: tag the website link of the profile so',
    { landingPattern: '[?&]utm_[a-z]{1,10}=[^&#]{0,80}(gmb|gbp|(google)?.?my.?business|business.?profile)' },
  ),
  preset('google-maps', 'Google Maps', 'Social and listings', 'the referrer is Google Maps', {
    referrerPattern:
      '^https?://(maps\\.google\\.|(www\\.)?google\\.[a-z.]{2,6}/maps)|^android-app://com\\.google\\.android\\.apps\\.maps',
  }),
  preset('google-organic', 'Google organic', 'Search', 'the referrer is Google Search, and nothing says paid', {
    referrerPattern:
      '^https?://((www|images)\\.)?google\\.(com|[a-z]{2}|com?\\.[a-z]{2})(:|/|$)|^android-app://com\\.google\\.android\\.googlequicksearchbox',
    notLandingPattern: notPaid,
  }),
  preset('bing-organic', 'Bing organic', 'Search', 'the referrer is Bing, and nothing says paid', {
    referrerPattern: hosts('bing\\.com'),
    notLandingPattern: notPaid,
  }),
  preset(
    'other-search',
    'Other search engines',
    'Search',
    'the referrer is DuckDuckGo, Yahoo, Brave, Ecosia, Startpage, Qwant, Yandex, Baidu or Naver, and nothing says paid',
    {
      referrerPattern: hosts(
        'duckduckgo\\.com|search\\.yahoo\\.(com|co\\.jp)|search\\.brave\\.com|ecosia\\.org|startpage\\.com|qwant\\.com|yandex\\.[a-z.]{2,6}|baidu\\.com|search\\.naver\\.com|ya\\.ru',
      ),
      notLandingPattern: notPaid,
    },
  ),
  preset('ai-assistants', 'AI assistants', 'Search', 'the referrer is ChatGPT, Perplexity, Gemini, Copilot or Claude', {
    referrerPattern: hosts(
      'chatgpt\\.com|chat\\.openai\\.com|perplexity\\.ai|gemini\\.google\\.com|copilot\\.microsoft\\.com|claude\\.ai',
    ),
  }),
  preset('instagram', 'Instagram', 'Social and listings', 'the referrer is Instagram, and nothing says paid', {
    referrerPattern: `${hosts('instagram\\.com')}|^android-app://com\\.instagram\\.android`,
    notLandingPattern: notPaid,
  }),
  preset(
    'facebook',
    'Facebook',
    'Social and listings',
    'the referrer is Facebook or Messenger, and nothing says paid',
    {
      referrerPattern: `${hosts('facebook\\.com|fb\\.com|fb\\.me|messenger\\.com')}|^android-app://com\\.facebook\\.`,
      notLandingPattern: notPaid,
    },
  ),
  preset(
    'meta-app',
    'Facebook or Instagram app',
    'Social and listings',
    'the landing page has fbclid, and no referrer says which of the two',
    { clickIds: ['fbclid'] },
  ),
  preset('youtube', 'YouTube', 'Social and listings', 'the referrer is YouTube', {
    referrerPattern: `${hosts('youtube\\.com|youtu\\.be')}|^android-app://com\\.google\\.android\\.youtube`,
  }),
  preset('linkedin', 'LinkedIn', 'Social and listings', 'the referrer is LinkedIn', {
    referrerPattern: `${hosts('linkedin\\.com|lnkd\\.in')}|^android-app://com\\.linkedin\\.android`,
  }),
  preset('tiktok', 'TikTok', 'Social and listings', 'the referrer is TikTok', {
    referrerPattern: hosts('tiktok\\.com'),
  }),
  preset('x', 'X (Twitter)', 'Social and listings', 'the referrer is X or Twitter', {
    referrerPattern: '^https?://((www|mobile)\\.)?(x|twitter)\\.com(:|/|$)|^https?://t\\.co(:|/|$)',
  }),
  preset('pinterest', 'Pinterest', 'Social and listings', 'the referrer is Pinterest', {
    referrerPattern: hosts('pinterest\\.[a-z.]{2,6}'),
  }),
  preset('nextdoor', 'Nextdoor', 'Social and listings', 'the referrer is Nextdoor', {
    referrerPattern: hosts('nextdoor\\.(com|co\\.uk|ca)'),
  }),
  preset('yelp', 'Yelp', 'Social and listings', 'the referrer is Yelp', {
    referrerPattern: hosts('yelp\\.(com|ca|co\\.uk)|yelp\\.to'),
  }),
  preset(
    'webmail',
    'Webmail',
    'Mail',
    'the referrer is Gmail, Outlook, Yahoo Mail or another web mailbox: links in mails without UTM values',
    {
      referrerPattern: `${hosts('mail\\.google\\.com|outlook\\.(live|office|office365)\\.com|mail\\.(yahoo|aol)\\.com|mail\\.proton\\.me')}|^android-app://com\\.google\\.android\\.gm`,
    },
  ),
  preset(
    'other-campaigns',
    'Other campaigns',
    'Everything else',
    'the landing page has a UTM value that no source before knows',
    { landingPattern: '[?&]utm_(source|medium|campaign)=[^&#]' },
  ),
  preset('referral', 'Other websites', 'Everything else', 'there is a referrer that no source before knows', {
    referrerPattern: '.',
  }),
  preset(
    'direct',
    'Direct',
    'Everything else',
    'there is no referrer, and no UTM value or click id: typed, bookmarked, or from an app',
    { referrerPattern: '^$', notLandingPattern: anyTag },
  ),
];

const keys = Object.keys(noRules) as (keyof SourceRules)[];

export const sameRules = (one: SourceRules, other: SourceRules): boolean =>
  keys.every((key) => JSON.stringify(one[key]) === JSON.stringify(other[key]));

const rankOf = (rules: SourceRules): number => presets.findIndex((each) => sameRules(each.rules, rules));

/** The preset whose rules these are, if it is one. */
export const presetOf = (rules: SourceRules): Preset | undefined => presets[rankOf(rules)];

/** A source's rules as a sentence without its beginning: a preset's own words, or rule by rule. */
export const sayRules = (rules: SourceRules): string => presetOf(rules)?.says ?? sayConditions(rules).join(', and ');

/**
 * Where a new source is tried: a preset's before those that come later among the presets; one made by hand, which is likely to
 * be meant more narrowly, before all of the presets'. Answers with its index among `others`.
 */
export function placeOf(rules: SourceRules, others: readonly SourceRules[]): number {
  const rank = rankOf(rules);
  const index = others.findIndex((each) => rankOf(each) > rank);
  return index < 0 ? others.length : index;
}
