import {
  decideSource,
  liveEverySeconds,
  type SiteConfig,
  type SiteSource,
  type VisitAnswer,
  type VisitBeacon,
  visitIdleMinutes,
} from '../src/rules/swapping.ts';
import { listen, look, shown, watched } from './page.ts';

/** `wrapScript` writes the site's configuration in its place. */
declare const SITE: SiteConfig;

export type EventName = 'ready' | 'swap' | 'restore';
type Command = (api: Api) => void;
type Heard = Pick<VisitAnswer, 'isOn'> & Omit<Extract<VisitAnswer, { isOn: true }>, 'isOn'>;

export interface Api {
  source?: string | undefined;
  visitor?: string | undefined;
  visit?: string | undefined;
  push(command: Command): void;
  on(event: EventName, handler: (event: Event) => void): void;
  consent(isGiven: boolean): void;
  swap(root?: Node): void;
  restore(): void;
}

declare global {
  interface Window {
    switchhook?: Api | Command[];
  }
  interface Navigator {
    globalPrivacyControl?: boolean;
  }
}

// Once, and never in a frame: what stands there is another page's business.
if (!(window.switchhook as Api | undefined)?.swap && window === top) safe(start)();

/** Whatever goes wrong is our own business, never the page's. */
function safe<Arguments extends unknown[], Result>(work: (...args: Arguments) => Result) {
  return (...args: Arguments): Result | undefined => {
    try {
      return work(...args);
    } catch {}
  };
}

function makeId(): string {
  return crypto.getRandomValues(new Uint32Array(9)).join('').slice(0, 24);
}

function start(): void {
  const queued = window.switchhook;
  const tag = document.currentScript as HTMLScriptElement | null;
  const landing = location.href.slice(0, 2000);
  let site = SITE;
  const cookie = `switchhook_${site.siteId}=`;
  let source: SiteSource | undefined;
  let isOn = true;
  /** The page asked for its own numbers. */
  let isHeld = false;
  let isAgreed: boolean | undefined;
  /** The numbers of which we were told, or soon are, that they stand here: only then do those of a pool count as shown. */
  let told = '';
  let isTouch = true;
  /** A visit begins with the next look at the cookie, however lately another was heard of. */
  let isFresh = false;
  let referrer = document.referrer.slice(0, 2000);
  /** Visitor, visit, source, when last heard of, whether the visitor agreed. */
  let kept: Partial<
    [visitor: string, visit: string, source: string, heardAt: string | number, isAgreed: string | boolean | undefined]
  > = [];
  let domain = location.hostname.replace(/^www\./, '');
  /** Of the page that was looked at last; '' until the page is there. */
  let address = '';
  let due: VisitBeacon['kind'] = 'page';
  let turns = 0;
  /** The timer of what is due; 0 while it waits for somebody to look. */
  let next = 0;

  const readCookie = safe(() => document.cookie.split(cookie)[1]!.split(';')[0]!.split('.') as typeof kept);

  /**
   * Onto the widest domain that takes it, so that www. and shop. share it: the browser itself refuses what is no site but a
   * public suffix, like co.uk. Without days it is taken away from all.
   */
  const writeCookie = safe((days: number): void => {
    const value = cookie + kept.join('.');
    const labels = location.hostname.split('.');
    for (let from = labels.length; from--; ) {
      const wider = labels.slice(from).join('.');
      // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store is neither in older Safari nor on http.
      document.cookie = `${value};domain=${wider};samesite=lax;max-age=${days * 86400};path=/${isSecureContext ? ';secure' : ''}`;
      if (days && document.cookie.includes(value)) {
        domain = wider;
        break;
      }
    }
  });

  function maySend(): boolean {
    return (
      !(site.respectsSignals && (navigator.globalPrivacyControl || +navigator.doNotTrack!)) &&
      (isAgreed ?? (site.storage !== 'consent' || readCookie()?.[4] === 'true'))
    );
  }

  /** Half an hour of silence makes another visit. Another tab may have been here meanwhile, and decided anew. */
  function remember(decided?: string): boolean {
    const now = Date.now();
    const isKept = maySend() && site.storage !== 'none';
    const last = isKept ? (readCookie() ?? kept) : kept;
    const goesOn = !isFresh && now - +last[3]! < visitIdleMinutes * 60_000;
    isFresh = false;
    kept = [last[0] || makeId(), goesOn ? last[1]! : makeId(), decided ?? last[2] ?? '', now, isAgreed ?? last[4]];
    [api.visitor, api.visit, api.source] = kept;
    if (isKept) writeCookie(site.cookieDays);
    return goesOn;
  }

  function decide({ sources } = site): void {
    const last = sources.find(({ id }) => id === kept[2]);
    source = isTouch ? decideSource(sources, { referrer, landing }, last) : last;
    remember(source?.id ?? '');
  }

  const update = safe((parts?: Iterable<Node>): void => {
    const swaps = (isOn && !isHeld && source?.swaps) || [];
    if (address && look(swaps, parts)) tell(swaps[0] ? 'swap' : 'restore');
    // A pool's number counts as shown only once a beacon says so: not in its time, but as soon as it stands here.
    const standing = [...shown].join();
    if (standing && standing !== told && source?.isPool) {
      told = standing;
      plan(300);
    }
  });

  function tell(event: EventName): void {
    dispatchEvent(new Event(`switchhook:${event}`));
  }

  const send = safe((kind: VisitBeacon['kind'], numbers?: string[]): void => {
    if (!numbers) {
      // A pressed link asks for nothing, so it overtakes nothing.
      turns++;
      if (maySend()) due = 'live';
      plan(liveEverySeconds * 1000);
    }
    remember();
    const beacon: VisitBeacon = {
      visitor: kept[0]!,
      visit: kept[1]!,
      referrer,
      landing,
      kind,
      page: location.href.slice(0, 2000),
      source: source?.id ?? null,
      version: site.version,
      shown: numbers ?? [...shown],
    };
    const turn = turns;
    // Who may not be asked about says nothing, and hears what everybody hears.
    fetch(
      new URL('visit', tag!.src).href,
      maySend() ? { body: JSON.stringify(beacon), keepalive: true, method: 'POST' } : {},
    )
      .then((answer) => answer.json())
      // What was overtaken is worth nothing any more.
      .then((heard) => turn === turns && hear(heard))
      .catch(() => {});
  });

  function plan(milliseconds: number): void {
    clearTimeout(next);
    next = setTimeout(() => {
      next = 0;
      update();
      visit();
    }, milliseconds);
  }

  /** Tells what is due if somebody looks; whenever they look again it is due. */
  function visit(): void {
    if (document.hidden) {
      clearTimeout(next);
      next = 0;
    } else if (!next) send(due);
  }

  function hear({ isOn: isWanted, swaps, config }: Heard): void {
    // Neither yes nor no; or nothing new.
    if (isWanted !== !!isWanted || (isWanted === isOn && !config && !swaps)) return;
    isOn = isWanted;
    if (config) {
      decide(config);
      site = config;
    }
    if (swaps && source?.isPool) source = { ...source, swaps: [...swaps] };
    update();
  }

  function open(): void {
    // A page that its own script is about to take over has to be left as the server sent it.
    if (document.readyState !== 'complete' && document.querySelector('div[id^=__],[src*=_next],[async][type=module]'))
      return;
    if (!address) {
      address = location.href;
      listen(
        safe((parts) => {
          update(parts);
          // Another page of an application that never loads one; it still has to be drawn.
          if (address !== location.href) {
            address = location.href;
            due = 'page';
            plan(300);
          }
        }),
      );
      tell('ready');
      update();
    }
    visit();
  }

  function press(event: Event): void {
    const href = (event.composedPath() as Element[]).find((each) => each.matches?.('[href]'))!.getAttribute('href')!;
    for (const number of shown) if (href.replace(/\D/g, '').includes(number.slice(-7))) send('dial', [number]);
  }

  const api: Api = {
    push(command) {
      command(api);
    },
    on(event, handler) {
      addEventListener(`switchhook:${event}`, handler);
    },
    consent: safe((isGiven: boolean) => {
      isAgreed = isGiven;
      if (!isGiven) {
        writeCookie(0);
        // Without the number of a pool.
        decide();
        update();
      }
      send(due);
    }),
    swap: safe((root?: Node) => {
      isHeld = false;
      if (root) watched.add(root.getRootNode());
      update();
    }),
    restore: safe(() => {
      isHeld = true;
      update();
    }),
  };
  window.switchhook = api;

  const goesOn = remember();
  const isOwn = `.${new URL(referrer || landing).hostname}`.endsWith(`.${domain}`);
  // Who comes from outside or by an ad's click (gclid, gbraid, wbraid, msclkid, fbclid, …) begins another visit; a reload doesn't.
  isFresh = !performance.navigation.type && (!isOwn || /(clk?|bra)id=/.test(landing));
  if (isOwn) {
    isTouch = isFresh || !(referrer || goesOn);
    referrer = '';
  }
  decide();
  (queued as Command[] | undefined)?.forEach?.(safe(api.push));
  if (source?.isPool) visit();
  addEventListener('DOMContentLoaded', safe(open));
  addEventListener('load', safe(open));
  // Safari 13 tells only the document.
  addEventListener('visibilitychange', () => address && visit(), true);
  addEventListener('click', safe(press), true);
  // Scripts that wait for the whole page have run then, and not before.
  if (performance.timing.domContentLoadedEventStart) open();
}
