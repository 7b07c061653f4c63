import type { Tx } from '../src/platform/db.ts';
import { newSid } from '../src/platform/ids.ts';
import { presets } from '../src/rules/presets.ts';
import { type PoolNumber, shareNumbers } from '../src/rules/sharing.ts';

/* Three weeks of visitors on an account's website: where they came from, which pages they saw, and the number that stood there. */

export interface WebsiteStory {
  accountId: number;
  website: string;
  /** The number that stands on the website. */
  target: string;
  /** The source that has a pool; null for none. */
  poolOf: string | null;
  visits: number;
  createdAt: Date;
  /** From when on nothing was swapped or seen any more. */
  until: Date;
  /** Not a single visit: the website was never told of us. */
  isSilent: boolean;
}

/** A call of somebody who was shown a pool's number. */
export interface WebsiteCall {
  visitor: string;
  trackingNumberId: number;
  calledAt: Date;
}

/** What rang the pool's numbers since the website runs the script; before that nobody knows. */
export interface WebsiteCalls {
  since: Date;
  source: string;
  calls: readonly WebsiteCall[];
}

interface Way {
  source: string;
  weight: number;
  referrer: string | null;
  query: string;
  tags: { utmSource?: string; utmMedium?: string; utmCampaign?: string; utmTerm?: string; clickIdKind?: string };
}

const ways: readonly Way[] = [
  {
    source: 'Google Ads',
    weight: 5,
    referrer: 'https://www.google.com/',
    query: '?utm_source=google&utm_medium=cpc&utm_campaign=brand&utm_term=near+me&gclid=',
    tags: { utmSource: 'google', utmMedium: 'cpc', utmCampaign: 'brand', utmTerm: 'near me', clickIdKind: 'gclid' },
  },
  {
    source: 'Google Ads',
    weight: 4,
    referrer: 'https://www.google.com/',
    query: '?utm_source=google&utm_medium=cpc&utm_campaign=urgent&utm_term=open+now&gclid=',
    tags: { utmSource: 'google', utmMedium: 'cpc', utmCampaign: 'urgent', utmTerm: 'open now', clickIdKind: 'gclid' },
  },
  { source: 'Google organic', weight: 6, referrer: 'https://www.google.com/', query: '', tags: {} },
  {
    source: 'Google Business Profile',
    weight: 3,
    referrer: 'https://www.google.com/',
    query: '?utm_source=google&utm_medium=organic&utm_campaign=gbp',
    tags: { utmSource: 'google', utmMedium: 'organic', utmCampaign: 'gbp' },
  },
  { source: 'Instagram', weight: 2, referrer: 'https://l.instagram.com/', query: '', tags: {} },
  { source: 'Direct', weight: 3, referrer: null, query: '', tags: {} },
];
const paths = ['/', '/services', '/prices', '/about', '/contact'];
const devices = [
  ['mobile', 'Safari'],
  ['mobile', 'Chrome'],
  ['desktop', 'Chrome'],
  ['desktop', 'Firefox'],
] as const;
const visitDays = 21;
/** What stands elsewhere than on the website has no rules; these get theirs, and these are added. */
const added = ['Google Ads', 'Google organic', 'Direct'];

/**
 * Sources get the rules of the presets that they are named after; a target number, a pool, visits. Answers with the calls that came
 * of them; null without a pool.
 */
export async function tellWebsite(
  tx: Tx,
  story: WebsiteStory,
  chance: () => number,
  momentIn: (from: Date, until: Date) => Date,
): Promise<WebsiteCalls | null> {
  const { accountId, createdAt } = story;
  await nameSources(tx, accountId, createdAt);
  await tx
    .insertInto('targetNumber')
    .values({ accountId, sid: newSid('TGN'), phoneNumber: story.target, name: 'Website', createdAt })
    .execute();
  const sources = await tx
    .selectFrom('trackingSource')
    .select(['trackingSourceId', 'name'])
    .where('accountId', '=', accountId)
    .execute();
  const numbers = await tx
    .selectFrom('trackingNumber')
    .select(['trackingNumberId', 'trackingSourceId'])
    .where('accountId', '=', accountId)
    .orderBy('trackingNumberId')
    .execute();
  const pool = sources.find((each) => each.name === story.poolOf);
  if (pool)
    await tx
      .insertInto('numberPool')
      .values({ accountId, trackingSourceId: pool.trackingSourceId, createdAt })
      .execute();
  const since = new Date(story.until.getTime() - visitDays * 86_400_000);
  const calls = story.isSilent
    ? []
    : await visitFor(tx, story, since, sources, numbers, pool?.trackingSourceId ?? null, chance, momentIn);
  return pool ? { since, source: pool.name, calls } : null;
}

async function nameSources(tx: Tx, accountId: number, createdAt: Date): Promise<void> {
  for (const [index, { name, rules }] of presets.entries()) {
    const { clickIds, ...patterns } = rules;
    const columns = { ...patterns, clickIds: [...clickIds], isOnsite: true, position: index + 1 };
    if (added.includes(name))
      await tx
        .insertInto('trackingSource')
        .values({ accountId, sid: newSid('TSO'), name, createdAt, ...columns })
        .onConflict((clash) => clash.columns(['accountId', 'name']).doUpdateSet(columns))
        .execute();
    else
      await tx
        .updateTable('trackingSource')
        .set(columns)
        .where('accountId', '=', accountId)
        .where('name', '=', name)
        .execute();
  }
  await tx
    .updateTable('trackingSource')
    .set({ position: 100 })
    .where('accountId', '=', accountId)
    .where('isOnsite', '=', false)
    .execute();
}

async function visitFor(
  tx: Tx,
  story: WebsiteStory,
  since: Date,
  sources: readonly { trackingSourceId: number; name: string }[],
  numbers: readonly { trackingNumberId: number; trackingSourceId: number | null }[],
  poolId: number | null,
  chance: () => number,
  momentIn: (from: Date, until: Date) => Date,
): Promise<WebsiteCall[]> {
  const { accountId, website, until } = story;
  const digits = () => Array.from({ length: 24 }, () => Math.floor(chance() * 16).toString(16)).join('');
  const pick = <Each>(list: readonly Each[]): Each => list[Math.floor(chance() * list.length)]!;
  const later = (at: Date, seconds: number) => new Date(at.getTime() + seconds * 1000);
  const known = ways.filter((way) => sources.some((each) => each.name === way.source));
  const wheel = known.flatMap((way) => Array.from({ length: way.weight }, () => way));
  const moments = Array.from({ length: story.visits }, () => momentIn(since, until))
    .concat(Array.from({ length: 3 }, (_, index) => later(until, -100 - 170 * index)))
    .toSorted((a, b) => a.getTime() - b.getTime());
  // Three of ten come back within the three weeks.
  const people = Array.from({ length: Math.ceil(moments.length * 0.7) }, () => ({
    sid: digits(),
    way: pick(wheel),
    device: pick(devices),
  }));
  const planned = moments.map((begunAt, index) => {
    const person = index < people.length * 0.6 ? people[index]! : pick(people);
    const pages = [pick(paths), ...paths.filter(() => chance() < 0.35)];
    return { begunAt, person, pages, seconds: Math.min(20 + Math.floor(chance() * 90) * pages.length, 1_500) };
  });
  const spans = new Map<(typeof people)[number], { first: Date; last: Date }>();
  const ends = (each: (typeof planned)[number]) =>
    new Date(Math.min(later(each.begunAt, each.seconds).getTime(), until.getTime()));
  for (const each of planned) {
    const span = spans.get(each.person) ?? { first: each.begunAt, last: each.begunAt };
    spans.set(each.person, { first: span.first, last: ends(each) });
  }
  const visitors = await tx
    .insertInto('visitor')
    .values([...spans].map(([{ sid }, { first, last }]) => ({ accountId, sid, firstSeenAt: first, lastSeenAt: last })))
    .returning(['visitorId', 'sid'])
    .execute();
  const visitorIds = new Map(visitors.map((each) => [each.sid, each.visitorId]));
  const idOf = (name: string) => sources.find((each) => each.name === name)!.trackingSourceId;
  const visits = await tx
    .insertInto('visit')
    .values(
      planned.map((each) => {
        const { way, device, sid } = each.person;
        const { clickIdKind, ...tags } = way.tags;
        const clickId = clickIdKind ? `EAIaIQobChMI${digits().slice(0, 10)}` : null;
        return {
          accountId,
          sid: digits(),
          visitorId: visitorIds.get(sid)!,
          begunAt: each.begunAt,
          lastSeenAt: ends(each),
          trackingSourceId: idOf(way.source),
          referrer: way.referrer,
          landingUrl: `${website}${each.pages[0]}${way.query}${clickId ?? ''}`,
          pageUrl: `${website}${each.pages.at(-1)}`,
          pageCount: each.pages.length,
          ...tags,
          clickIdKind: clickIdKind ?? null,
          clickId,
          device: device[0],
          browser: device[1],
          address: `203.0.113.0`,
        };
      }),
    )
    .returning('visitId')
    .execute();
  await tx
    .insertInto('pageView')
    .values(
      planned.flatMap((each, index) =>
        each.pages.map((path, page) => ({
          accountId,
          visitId: visits[index]!.visitId,
          viewedAt: new Date(
            Math.min(later(each.begunAt, (each.seconds / each.pages.length) * page).getTime(), until.getTime()),
          ),
          url: `${website}${path}`,
        })),
      ),
    )
    .execute();
  const shareOut = sharing(numbers.filter((number) => number.trackingSourceId === poolId));
  const cameBy = new Set<string>();
  const calls: WebsiteCall[] = [];
  const showings = planned.flatMap((each, index) => {
    const { way, sid, device } = each.person;
    const trackingSourceId = idOf(way.source);
    const isOfPool = trackingSourceId === poolId;
    // Without a pool everybody sees the first.
    const trackingNumberId = isOfPool
      ? shareOut(sid, each.begunAt, ends(each))
      : numbers.find((number) => number.trackingSourceId === trackingSourceId)?.trackingNumberId;
    if (trackingNumberId === undefined) return [];
    const calledAt = isOfPool ? callOf(each.begunAt, ends(each), cameBy.has(sid)) : null;
    cameBy.add(sid);
    if (calledAt) calls.push({ visitor: sid, trackingNumberId, calledAt });
    const presses = calledAt && calledAt <= ends(each) && device[0] === 'mobile';
    const shown = {
      accountId,
      visitId: visits[index]!.visitId,
      trackingNumberId,
      firstShownAt: each.begunAt,
      lastShownAt: ends(each),
      pageUrl: `${website}${each.pages.at(-1)}`,
      dialedAt: presses ? later(calledAt, -5) : null,
    };
    return [{ shown, isOfPool, visitorId: visitorIds.get(sid)! }];
  });

  /**
   * When somebody calls of whom a page shows a pool's number, if they do: most from the open page, some minutes after they closed it.
   * Who calls late has opened the website again, so more of those who come back call.
   */
  function callOf(begunAt: Date, endedAt: Date, cameBefore: boolean): Date | null {
    if (chance() > (cameBefore ? 0.2 : 0.12) || endedAt > later(until, -7_200)) return null;
    const open = Math.min(600, (endedAt.getTime() - begunAt.getTime()) / 1000);
    return later(begunAt, chance() < 0.85 ? 10 + chance() * (open - 10) : open + chance() * (600 - open));
  }
  await tx
    .insertInto('showing')
    .values(showings.map(({ shown }) => shown))
    .execute();
  const holders = new Map(
    showings.filter(({ isOfPool }) => isOfPool).map((each) => [each.shown.trackingNumberId, each]),
  );
  if (holders.size > 0)
    await tx
      .insertInto('poolAssignment')
      .values(
        [...holders.values()].map(({ shown: { trackingNumberId, firstShownAt, lastShownAt }, visitorId }) => ({
          accountId,
          trackingNumberId,
          visitorId,
          assignedAt: firstShownAt,
          lastShownAt,
        })),
      )
      .execute();
  const last = planned.at(-1)!;
  await tx
    .insertInto('seenSite')
    .values({
      accountId,
      host: new URL(website).host,
      firstSeenAt: since,
      lastSeenAt: ends(last),
      pageUrl: `${website}${last.pages.at(-1)}`,
    })
    .execute();
  return calls;
}

/** Shares a pool's numbers out to one visitor after the other, as the product does. */
function sharing(
  pool: readonly { trackingNumberId: number }[],
): (visitor: string, now: Date, until: Date) => number | undefined {
  const holders = new Map<number, { visitor: string; until: Date }>();
  return (visitor, now, until) => {
    const offered = pool.map(({ trackingNumberId }): PoolNumber => {
      const holder = holders.get(trackingNumberId);
      return {
        trackingNumberId,
        targets: ['the website’s'],
        holder: holder
          ? { visitor: holder.visitor, lastShownAt: new Date(Math.min(holder.until.getTime(), now.getTime())) }
          : null,
      };
    });
    const [given] = shareNumbers(offered, visitor);
    if (given) holders.set(given.trackingNumberId, { visitor, until });
    return given?.trackingNumberId;
  };
}
