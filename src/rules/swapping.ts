/*
 * Which source a visitor counts for, and what a website is told so that its script can decide that alone. Used by the server
 * and, bundled, by the script itself: one rule, one code, no dependencies.
 */

/**
 * What must hold, or must not, for a source to be recognized: `pattern` is a regular expression, case-insensitive. It is looked
 * for in the referrer ('' when there is none, or when it is the site itself), in the landing page's whole address, or in the value
 * of a parameter of that address ('' where it is missing).
 */
export type SiteRule = readonly [where: 'referrer' | 'landing' | `?${string}`, isWanted: boolean, pattern: string];

/** A source as a website's script knows it. */
export interface SiteSource {
  /** TSO… */
  id: string;
  /** All of them. */
  rules: readonly SiteRule[];
  /** Takes over from the source that the visitor came by first. */
  isLast?: true;
  /** Its number is given visitor by visitor: asked for with the first beacon. */
  isPool?: true;
  /** [target number, tracking number], both E.164 with a space behind the country's code; empty for a pool. */
  swaps: readonly (readonly [target: string, shown: string])[];
}

/** All that a website's script knows; sources in the order in which they are tried. Null in its place: keep the page as it is. */
export interface SiteConfig {
  /** Another one whenever anything else here is another. */
  version: string;
  siteId: number;
  cookieDays: number;
  storage: 'cookie' | 'consent' | 'none';
  /** Whether Do-Not-Track and Global Privacy Control keep it from cookies and beacons. */
  respectsSignals: boolean;
  sources: readonly SiteSource[];
}

/** What the script sends: at each page, while one is looked at, and when a number's link is pressed. */
export interface VisitBeacon {
  kind: 'page' | 'live' | 'dial';
  /** The version of the configuration it has. */
  version: string;
  /** 24 hexadecimal digits; without storage made anew for each page. */
  visitor: string;
  /** 24 hexadecimal digits, the same until half an hour of silence. */
  visit: string;
  /** Addresses, cut at 2,000 characters. */
  page: string;
  landing: string;
  referrer: string;
  /** TSO…, or null for none. */
  source: string | null;
  /** The tracking numbers that stand on the page now, as in `swaps`. On `dial`, the one that was pressed. */
  shown: readonly string[];
}

/** What it hears back. `isOn: false`: put the page's own numbers back. */
export type VisitAnswer =
  | { isOn: false }
  | {
      isOn: true;
      /** Only when it is another than the script has. */
      config?: SiteConfig;
      /** The pool's numbers for this visitor: as `swaps` of a source. */
      swaps?: readonly (readonly [target: string, shown: string])[];
    };

/** Seconds between two signs of life while a page is looked at; with what a cache may keep, the ceiling of a change's way to visitors. */
export const liveEverySeconds = 45;
/** A visit ends after this silence. */
export const visitIdleMinutes = 30;
/** For how long a cache may answer with the script and its configuration. */
export const configCachedSeconds = 60;
/** And with whether swapping is on, which open pages ask for between: together a minute as well. */
export const newsCachedSeconds = configCachedSeconds - liveEverySeconds;

export interface Touch {
  /** '' for none or the site's own. */
  referrer: string;
  landing: string;
}

/**
 * First touch: who came by a source stays with it for as long as it is remembered. A source of last touch takes over.
 * `kept`: the source that was remembered, if it is still there.
 */
export function decideSource(
  sources: readonly SiteSource[],
  touch: Touch,
  kept: SiteSource | undefined,
): SiteSource | undefined {
  const parameters = new URL(touch.landing).searchParams;
  const found = sources.find(({ rules }) =>
    rules.every(
      ([where, isWanted, pattern]) =>
        new RegExp(pattern, 'i').test(touch[where as keyof Touch] ?? parameters.get(where.slice(1)) ?? '') === isWanted,
    ),
  );
  return found?.isLast ? found : (kept ?? found);
}
