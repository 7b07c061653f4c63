/*
 * Which source a visitor counts for, and what a website is told so that its script can decide that alone. Used by the server
 * and, bundled, by the script itself: one rule, one code, no dependencies.
 */

/** A source as a website's script knows it. All that is given must hold; patterns are regular expressions, case-insensitive. */
export interface SiteSource {
  /** TSO… */
  id: string;
  /** Against the referrer: '' when there is none, or when it is the site itself. */
  referrer?: string;
  /** Against the landing page's whole address. */
  landing?: string;
  notReferrer?: string;
  notLanding?: string;
  /** Parameters of the landing address, each with the pattern of its whole value. */
  query?: Record<string, string>;
  /** Any one of these parameters in the landing address. */
  clickIds?: readonly string[];
  /** Takes over from the source that the visitor came by first. */
  isLast?: true;
  /** Its number is given visitor by visitor: asked for with the first beacon. */
  isPool?: true;
  /** [target number, tracking number], both E.164; empty for a pool. */
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
  /** E.164 */
  targets: readonly string[];
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
  /** The tracking numbers that stand on the page now, E.164. On `dial`, the one that was pressed. */
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

const holds = (text: string, pattern = ''): boolean => new RegExp(pattern, 'i').test(text);
/** Holds for no text. */
const never = '.^';

/**
 * First touch: who came by a source stays with it for as long as it is remembered. A source of last touch takes over.
 * `kept`: the source that was remembered, if it is still there.
 */
export function decideSource(
  sources: readonly SiteSource[],
  { referrer, landing }: Touch,
  kept: SiteSource | undefined,
): SiteSource | undefined {
  const { searchParams } = new URL(landing);
  const found = sources.find(
    (source) =>
      holds(referrer, source.referrer) &&
      holds(landing, source.landing) &&
      !holds(referrer, source.notReferrer || never) &&
      !holds(landing, source.notLanding || never) &&
      Object.entries(source.query ?? {}).every(([name, pattern]) =>
        holds(searchParams.get(name) ?? '', `^(?:${pattern})$`),
      ) &&
      (source.clickIds?.some((name) => searchParams.get(name)) ?? true),
  );
  return found?.isLast ? found : (kept ?? found);
}
