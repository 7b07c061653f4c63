import Bowser from 'bowser';
import { isbot } from 'isbot';
import { isDatabaseAway } from '../platform/db.ts';
import { gather } from '../platform/gather.ts';
import type { House } from '../platform/house.ts';
import { tellOwnerSoon } from '../platform/live.ts';
import type { VisitAnswer, VisitBeacon } from '../rules/swapping.ts';
import { asRecorded, assignPoolNumbers, type Swaps } from './assignPoolNumber.ts';
import { atMostEvery } from './atMostEvery.ts';
import { keepAddress } from './keepAddress.ts';
import { readLanding } from './readLanding.ts';
import type { Site } from './readSite.ts';
import { seeSite } from './seeSite.ts';
import { recordVisits, type VisitRow } from './store.ts';

/** What a request says of whoever sent it. */
export interface Sender {
  userAgent: string;
  address: string;
}

/** Statements under way at once: few, so that visitors never take all of a process's connections. */
const lanes = 4;
const visitsTogether = 50;
/** How often it is noted that a website runs the script. */
export const seeHostSeconds = 60;
/** Pages that show visitors are refreshed no more often than that. */
const tellSeconds = 5;

export type RecordVisit = (site: Site, beacon: VisitBeacon, sender: Sender) => Promise<VisitAnswer>;

/**
 * Takes what websites tell of their visitors, and answers with what their page should show. Nothing is kept while swapping is
 * off, and nothing of robots, which are answered as anybody but get no number of a pool.
 */
export function recordingVisits(
  house: Pick<House, 'pool' | 'db' | 'log' | 'secrets'>,
  isHostDue = atMostEvery(seeHostSeconds),
): RecordVisit {
  const addressKey = house.secrets.derive('visitor addresses');
  const isTellingDue = atMostEvery(tellSeconds);
  const assign = assignPoolNumbers(house.pool);
  const write = async (rows: readonly VisitRow[]) => {
    const { rows: found } = await house.pool.query<{ lost: string[] }>(recordVisits(rows));
    const lost = new Set(found[0]?.lost);
    return rows.map(({ accountId, visitor }) => lost.has(`${accountId} ${visitor}`));
  };
  const visits = gather<VisitRow, boolean>(
    { lanes, most: visitsTogether, keysOf: keysOfVisit, failsAll: isDatabaseAway },
    write,
  );

  /** Who comes back to a page whose number was given to somebody else meanwhile gets another, if there is one that nobody looks at. */
  async function keepOrAsk(site: Site, beacon: VisitBeacon, row: VisitRow): Promise<Swaps | null> {
    const hasLost = await onceMore(() => visits.add(row));
    const trackingSourceId = hasLost ? poolOf(site, beacon, row) : null;
    return trackingSourceId === null
      ? null
      : onceMore(() => assign({ row: asRecorded(row), trackingSourceId, targets: site.targets }));
  }

  return async (site, beacon, sender) => {
    const { config } = site;
    if (!config) return { isOn: false };
    // With a new configuration come the numbers of the pool that fit it; a pressed link asks for none, so it brings none.
    const news = beacon.version === config.version || beacon.kind === 'dial' ? {} : { config };
    if (isbot(sender.userAgent)) return { isOn: true, ...news };
    const row = rowOf(site, beacon, { ...sender, addressKey });
    const trackingSourceId = poolToAsk(site, beacon, row);
    const swaps = await (trackingSourceId === null
      ? keepOrAsk(site, beacon, row)
      : onceMore(() => assign({ row, trackingSourceId, targets: site.targets })));
    const { host, origin, pathname } = new URL(beacon.page);
    if (isHostDue(`${site.accountId} ${host}`))
      await onceMore(() => seeSite(house.db, site.accountId, { host, pageUrl: origin + pathname })).catch(
        (error: Error) =>
          // The page gets its numbers all the same.
          house.log.warn({ err: error }, 'where a website’s script runs could not be noted'),
      );
    if (isTellingDue(String(site.accountId))) tellOwnerSoon(house.db, site.accountId);
    return { isOn: true, ...news, ...(swaps ? { swaps } : {}) };
  };
}

const keysOfVisit = ({ accountId, visitor, visit }: VisitRow) => [`${accountId} ${visitor}`, `${accountId}/${visit}`];

/** What failed because another held what it needed (a deadlock) goes through the second time. */
async function onceMore<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (isDatabaseAway(error)) throw error;
    return work();
  }
}

/** The pool of the source that the visitor came by. */
function poolOf(site: Site, beacon: VisitBeacon, { trackingSourceId }: VisitRow): number | null {
  return site.config?.sources.some(({ id, isPool }) => id === beacon.source && isPool) ? trackingSourceId : null;
}

/** The pool from which the visitor gets a number now; null where there is none, or its number stands on the page already. */
function poolToAsk(site: Site, beacon: VisitBeacon, row: VisitRow): number | null {
  const trackingSourceId = poolOf(site, beacon, row);
  if (trackingSourceId === null || beacon.kind === 'dial') return null;
  const isShown = beacon.shown.some(
    (phoneNumber) => site.numbers.get(phoneNumber)?.trackingSourceId === trackingSourceId,
  );
  return beacon.kind === 'live' && isShown && beacon.version === site.config?.version ? null : trackingSourceId;
}

/** Sources and numbers that are not the account's, or not to be shown any more, are as if they weren't named. */
function rowOf(site: Site, beacon: VisitBeacon, sender: Sender & { addressKey: string }): VisitRow {
  const { accountId, settings } = site;
  return {
    accountId,
    visitor: beacon.visitor,
    visit: beacon.visit,
    kind: beacon.kind,
    pageUrl: beacon.page,
    landingUrl: beacon.landing,
    referrer: beacon.referrer || null,
    trackingSourceId: (beacon.source !== null && site.sourceIds.get(beacon.source)) || null,
    ...readLanding(beacon.landing),
    ...describeBrowser(sender.userAgent),
    address: keepAddress(sender.address, settings.addressKept, { accountId, key: sender.addressKey }),
    shown: beacon.shown.flatMap((phoneNumber) => site.numbers.get(phoneNumber)?.trackingNumberId ?? []),
    taken: [],
  };
}

interface Browser {
  device: string | null;
  browser: string | null;
}

const described = new Map<string, Browser>();
const describedMax = 2_000;

/** A user agent in a word each; most visitors share theirs with many. */
function describeBrowser(userAgent: string): Browser {
  const known = described.get(userAgent);
  if (known) return known;
  const { platform, browser } = Bowser.parse(userAgent || 'unknown');
  const found = { device: platform.type ?? null, browser: browser.name || null };
  if (described.size >= describedMax) described.clear();
  described.set(userAgent, found);
  return found;
}
