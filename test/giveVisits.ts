import { randomBytes } from 'node:crypto';
import type { World } from './world.ts';

const agents = [
  ['mobile', 'Safari'],
  ['desktop', 'Chrome'],
];

/** Visits of a source's website: one that is there now with a number, one of yesterday by the same visitor, one without a number. */
export async function giveVisits(
  { house }: World,
  accountId: number,
  given: { trackingSourceId: number; trackingNumberId: number },
): Promise<{ visitId: number; visitorId: number }> {
  const { db } = house;
  const now = (await house.pool.query<{ now: Date }>('select now()')).rows[0]!.now;
  const at = (minutesAgo: number) => new Date(now.getTime() - minutesAgo * 60_000);
  const hex = () => randomBytes(12).toString('hex');
  const landing =
    'https://www.anchor-plumbing.example/emergency/?utm_source=google&utm_medium=cpc&gclid=EAIaIQobChMI4uT';
  const visitorOf = async () =>
    (
      await db
        .insertInto('visitor')
        .values({ accountId, sid: hex(), firstSeenAt: at(1_500), lastSeenAt: at(0) })
        .returning('visitorId')
        .executeTakeFirstOrThrow()
    ).visitorId;
  const visitOf = async (visitorId: number, minutesAgo: number, lasted: number, trackingSourceId: number | null) => {
    const [device, browser] = agents[visitorId % 2]!;
    const { visitId } = await db
      .insertInto('visit')
      .values({
        accountId,
        sid: hex(),
        visitorId,
        begunAt: at(minutesAgo),
        lastSeenAt: at(minutesAgo - lasted),
        trackingSourceId,
        referrer: trackingSourceId ? 'https://www.google.com/' : null,
        landingUrl: trackingSourceId ? landing : 'https://www.anchor-plumbing.example/',
        pageUrl: 'https://www.anchor-plumbing.example/contact',
        pageCount: 2,
        ...(trackingSourceId
          ? {
              utmSource: 'google',
              utmMedium: 'cpc',
              utmCampaign: 'emergency-plumber-denver-with-a-very-long-name-of-campaign',
              utmTerm: 'burst pipe',
              clickIdKind: 'gclid',
              clickId: 'EAIaIQobChMI4uT',
            }
          : {}),
        device: device!,
        browser: browser!,
        address: '203.0.113.0',
      })
      .returning('visitId')
      .executeTakeFirstOrThrow();
    for (const [after, url] of [
      [0, landing],
      [lasted / 2, 'https://www.anchor-plumbing.example/contact'],
    ] as const)
      await db
        .insertInto('pageView')
        .values({ accountId, visitId, viewedAt: at(minutesAgo - after), url })
        .execute();
    return visitId;
  };
  const visitorId = await visitorOf();
  await visitOf(visitorId, 1_440, 4, given.trackingSourceId);
  await visitOf(await visitorOf(), 300, 2, null);
  const visitId = await visitOf(visitorId, 3, 3, given.trackingSourceId);
  const { trackingNumberId } = given;
  const pageUrl = 'https://www.anchor-plumbing.example/contact';
  await db
    .insertInto('showing')
    .values({ accountId, visitId, trackingNumberId, firstShownAt: at(3), lastShownAt: at(0), pageUrl, dialedAt: at(1) })
    .execute();
  await db
    .insertInto('poolAssignment')
    .values({ accountId, trackingNumberId, visitorId, assignedAt: at(3), lastShownAt: at(0) })
    .execute();
  await db
    .insertInto('seenSite')
    .values({ accountId, host: 'www.anchor-plumbing.example', firstSeenAt: at(9_000), lastSeenAt: at(3), pageUrl })
    .execute();
  return { visitId, visitorId };
}
