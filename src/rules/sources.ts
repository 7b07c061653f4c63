import { type Decision, no, yes } from './decision.ts';
import { decideSource, type SiteRule, type SiteSource, type Touch } from './swapping.ts';

/* What a tracking source is recognized by, in words and as a website's script knows it. */

/** All that is given must hold. Patterns are regular expressions, UTM values whole values with * for any text; case never counts. */
export interface SourceRules {
  referrerPattern: string | null;
  landingPattern: string | null;
  notReferrerPattern: string | null;
  notLandingPattern: string | null;
  utmSource: string | null;
  utmMedium: string | null;
  utmCampaign: string | null;
  /** Any one of these parameters. */
  clickIds: readonly string[];
}

export const noRules: SourceRules = {
  referrerPattern: null,
  landingPattern: null,
  notReferrerPattern: null,
  notLandingPattern: null,
  utmSource: null,
  utmMedium: null,
  utmCampaign: null,
  clickIds: [],
};

export interface SourceFacts extends SourceRules {
  sid: string;
  name: string;
  /** Offsite sources are never looked for on the website. */
  isOnsite: boolean;
  isLastTouch: boolean;
  isPool: boolean;
}

export const patternLengthMax = 500;
export const sourcesMax = 300;
/** As much of an address as a website's script sends. */
export const addressLengthMax = 2_000;

/** A browser that can't read one pattern (Safari before 16.4 knows no lookbehind) would find no source at all. */
export const looksBehind = (pattern: string): boolean =>
  /\(\?<[=!]/.test(pattern.replace(/\\.|\[(?:\\.|[^\]\\])*\]/g, ''));

interface Condition {
  says: string;
  rule: SiteRule;
}

const literally = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');

/** A value with * for any text, as a pattern of the whole value. */
export const wholeValue = (value: string): string => `^(?:${value.split(/\*+/).map(literally).join('.*')})$`;

/** Any one of these parameters, with a value. */
const anyOf = (names: readonly string[]): string => `^[^#]*[?&](?:${names.map(literally).join('|')})=[^&#]`;

const listed = (names: readonly string[]): string => new Intl.ListFormat('en', { type: 'disjunction' }).format(names);

function sayReferrer(pattern: string): string {
  if (pattern === '^$') return 'there is no referrer';
  return pattern === '.' || pattern === '.+' ? 'there is a referrer' : `the referrer matches ${pattern}`;
}

/** Each rule that is given, by itself. */
function conditionsOf(rules: SourceRules): Condition[] {
  const conditions: Condition[] = [];
  const { referrerPattern, landingPattern, notReferrerPattern, notLandingPattern, clickIds } = rules;
  if (referrerPattern !== null)
    conditions.push({ says: sayReferrer(referrerPattern), rule: ['referrer', true, referrerPattern] });
  if (notReferrerPattern !== null)
    conditions.push({
      says: `the referrer does not match ${notReferrerPattern}`,
      rule: ['referrer', false, notReferrerPattern],
    });
  if (landingPattern !== null)
    conditions.push({ says: `the landing page matches ${landingPattern}`, rule: ['landing', true, landingPattern] });
  if (notLandingPattern !== null)
    conditions.push({
      says: `the landing page does not match ${notLandingPattern}`,
      rule: ['landing', false, notLandingPattern],
    });
  for (const [name, value] of [
    ['utm_source', rules.utmSource],
    ['utm_medium', rules.utmMedium],
    ['utm_campaign', rules.utmCampaign],
  ] as const) {
    if (value !== null) conditions.push({ says: `${name} is ${value}`, rule: [`?${name}`, true, wholeValue(value)] });
  }
  if (clickIds.length > 0)
    conditions.push({ says: `the landing page has ${listed(clickIds)}`, rule: ['landing', true, anyOf(clickIds)] });
  return conditions;
}

export const hasRules = (rules: SourceRules): boolean => conditionsOf(rules).length > 0;

/** Its rules one by one, each a part of a sentence. */
export const sayConditions = (rules: SourceRules): string[] => conditionsOf(rules).map((each) => each.says);

/** Whether a website's script looks for it: an offsite source and one without rules are only ever names. */
export const isLookedFor = (source: Pick<SourceFacts, 'isOnsite'> & SourceRules): boolean =>
  source.isOnsite && hasRules(source);

/** The source as a website's script knows it. */
export function toSiteSource(
  source: SourceRules & Pick<SourceFacts, 'sid' | 'isLastTouch' | 'isPool'>,
  swaps: SiteSource['swaps'] = [],
): SiteSource {
  const site: SiteSource = { id: source.sid, rules: conditionsOf(source).map(({ rule }) => rule), swaps };
  if (source.isLastTouch) site.isLast = true;
  if (source.isPool) site.isPool = true;
  return site;
}

/** What somebody typed as a visitor's way, as the script would see it. */
export function readTouch(referrer: string, landing: string): Decision<Touch> {
  const from = readAddress(referrer);
  const to = readAddress(landing);
  const fields: Record<string, string> = {};
  if (referrer !== '' && !from) fields.referrer = 'This is no address. For example: https://www.google.com/';
  if (!to) fields.landing = 'Give the address of the page that the visitor lands on: https://example.com/?gclid=abc';
  if (!to || Object.keys(fields).length > 0) return no({ code: 'invalid-input', fields });
  return yes({ referrer: !from || isOwn(from, to) ? '' : from.href, landing: to.href });
}

/** The site itself, and what lies under its name, is no referrer. */
const isOwn = (from: URL, to: URL): boolean => `.${from.hostname}`.endsWith(`.${to.hostname.replace(/^www\./, '')}`);

function readAddress(text: string): URL | null {
  if (text === '' || text.length > addressLengthMax) return null;
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  return URL.canParse(address) ? new URL(address) : null;
}

export interface Tried<Source extends SourceFacts> {
  source: Source;
  conditions: { says: string; holds: boolean }[];
  fits: boolean;
}

/** Every source that is looked for, in order, with which of its rules hold: by the very rule that the script runs. */
export function trySources<Source extends SourceFacts>(sources: readonly Source[], touch: Touch): Tried<Source>[] {
  return sources.filter(isLookedFor).map((source) => {
    const conditions = conditionsOf(source).map(({ says, rule }) => ({
      says,
      holds: decideSource([{ id: source.sid, rules: [rule], swaps: [] }], touch, undefined) !== undefined,
    }));
    return { source, conditions, fits: conditions.every((each) => each.holds) };
  });
}

/** Which source such a visitor counts for; `keptSid`: the source that they came by before. */
export function chooseSource<Source extends SourceFacts>(
  sources: readonly Source[],
  touch: Touch,
  keptSid: string | null,
): Source | null {
  const sites = sources.filter(isLookedFor).map((source) => toSiteSource(source));
  const chosen = decideSource(
    sites,
    touch,
    sites.find((each) => each.id === keptSid),
  );
  return sources.find((each) => each.sid === chosen?.id) ?? null;
}
