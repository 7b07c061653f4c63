import type pg from 'pg';
import { plainNumbers } from '../platform/db.ts';
import { hashOf } from '../platform/ids.ts';
import { swapsOf } from '../rules/sharing.ts';
import { hasRules, looksBehind, toSiteSource } from '../rules/sources.ts';
import { allowances, type Standing, standingOf } from '../rules/standing.ts';
import type { SiteConfig, SiteSource } from '../rules/swapping.ts';
import {
  type FoundNumber,
  type FoundSite,
  type FoundSource,
  findSite,
  firstSettings,
  type SwappingSettings,
} from './store.ts';

/** An account as its website meets it. */
export interface Site {
  accountId: number;
  agencyId: number | null;
  standing: Standing;
  /** Null: the page keeps its own numbers, and nothing is kept of its visitors. */
  config: SiteConfig | null;
  /** Ids of the sources that the configuration names, by sid. */
  sourceIds: ReadonlyMap<string, number>;
  /** The numbers that may stand on the page, by phone number. */
  numbers: ReadonlyMap<string, { trackingNumberId: number; trackingSourceId: number }>;
  targets: FoundSite['targets'];
  settings: SwappingSettings;
}

/** Reads an account's configuration and what a beacon is checked against; null for an account that isn't there. */
export async function readSite(pool: pg.Pool, accountId: number): Promise<Site | null> {
  const { rows } = await pool.query(findSite(accountId));
  const found = rows[0] as FoundSite | undefined;
  if (!found) return null;
  plainNumbers(rows[0]);
  const standing = readStanding(found);
  const settings = found.settings ?? firstSettings;
  const sources = found.sources.filter(isRecognizable);
  // Without a source that is looked for on the website there is nothing that the script could do.
  const isOn = allowances[standing].swapping && sources.length > 0;
  return {
    accountId: found.accountId,
    agencyId: found.agencyId,
    standing,
    settings,
    targets: found.targets,
    config: isOn ? configure(found, sources, settings) : null,
    sourceIds: new Map(sources.map(({ sid, trackingSourceId }) => [sid, trackingSourceId])),
    numbers: new Map(found.numbers.map(({ phoneNumber, ...number }) => [phoneNumber, number])),
  };
}

function readStanding({ closedAt, reactivatableUntil, noFundsFrom, switchKinds, now }: FoundSite): Standing {
  const closure = closedAt && reactivatableUntil ? { closedAt, reactivatableUntil } : null;
  return standingOf({ closure, noFundsFrom, switches: switchKinds.map((kind) => ({ kind })) }, now);
}

function configure(found: FoundSite, sources: readonly FoundSource[], settings: SwappingSettings): SiteConfig {
  const content = {
    siteId: found.accountId,
    cookieDays: settings.cookieDays,
    storage: settings.storage,
    respectsSignals: settings.respectsSignals,
    sources: sources.map((source) => present(source, found)),
  };
  return { version: hashOf(content).slice(0, 16), ...content };
}

function present(source: FoundSource, { numbers, targets }: Pick<FoundSite, 'numbers' | 'targets'>): SiteSource {
  const own = numbers
    .filter(({ trackingSourceId }) => trackingSourceId === source.trackingSourceId)
    .map((number) => ({ phoneNumber: number.phoneNumber, targets: targetsOf(number, targets) }));
  const swaps = swapsOf(own);
  const isPool = source.isPool && swaps.length > 0;
  return toSiteSource({ ...source, isPool }, source.isPool ? [] : swaps);
}

/** The target numbers that a number stands in for, E.164: every one, unless it says which. */
export function targetsOf(
  { targetIds }: Pick<FoundNumber, 'targetIds'>,
  targets: readonly { targetNumberId: number; phoneNumber: string }[],
): string[] {
  return targets
    .filter(({ targetNumberId }) => targetIds === null || targetIds.includes(targetNumberId))
    .map(({ phoneNumber }) => phoneNumber);
}

/** A source without conditions is only ever a name; one whose pattern can't be read would end the script on every page. */
function isRecognizable(source: FoundSource): boolean {
  const { referrerPattern, landingPattern, notReferrerPattern, notLandingPattern } = source;
  const patterns = [referrerPattern, landingPattern, notReferrerPattern, notLandingPattern];
  return hasRules(source) && patterns.every((pattern) => pattern === null || canBeRead(pattern));
}

function canBeRead(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'i') instanceof RegExp && !looksBehind(pattern);
  } catch {
    return false;
  }
}
