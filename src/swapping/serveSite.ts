import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isbot } from 'isbot';
import { isDatabaseAway } from '../platform/db.ts';
import type { House } from '../platform/house.ts';
import type { Live } from '../platform/live.ts';
import { allowances } from '../rules/standing.ts';
import { configCachedSeconds, newsCachedSeconds, type VisitAnswer } from '../rules/swapping.ts';
import { atMostEvery } from './atMostEvery.ts';
import { idleScript, type KeptSite, keepSites, type Script } from './keepSites.ts';
import { MalformedBeacon, readBeacon } from './readBeacon.ts';
import { recordingVisits, seeHostSeconds } from './recordVisit.ts';
import { seeSite } from './seeSite.ts';

type SiteRequest = { Params: { site: string } };

const awayCachedSeconds = 5;
const beaconBytesMax = 16 * 1024;
/** For all who share an address: a page that is looked at sends not even two a minute. */
const beaconsPerMinuteMax = 600;

const warnSeconds = 60;

/** Says neither that swapping is on nor that it is off: the page stays as it is. */
const noNews = {};

/**
 * What strangers' pages load and send. The script always comes, with 200 and as JavaScript: whatever else it was would stand in
 * the page's console. Neither route knows cookies or who is signed in.
 */
export function registerSite(app: FastifyInstance, house: House, live: Pick<Live, 'watch'>): void {
  const siteOf = keepSites(house, live);
  const isHostDue = atMostEvery(seeHostSeconds);
  const isWarningDue = atMostEvery(warnSeconds);
  const recordVisit = recordingVisits(house, isHostDue);

  app.register(async (open) => {
    // First of all, so that refusals can be read as well.
    open.addHook('onRequest', async (_, reply) => {
      reply.header('access-control-allow-origin', '*').header('cross-origin-resource-policy', 'cross-origin');
    });

    open.setErrorHandler((error, request, reply) => {
      if (error instanceof MalformedBeacon)
        return reply.code(400).send({ status: 'error', code: 'malformed-beacon', reason: error.message });
      // Too many at once: any other status would stand in the page's console.
      if ((error as { statusCode?: number }).statusCode === 429) {
        if (isWarningDue('visits'))
          house.log.warn('visits from one address are over their limit and lost; a proxy belongs into TRUSTED_PROXIES');
        return reply.code(200).send(noNews);
      }
      if (!isDatabaseAway(error)) throw error;
      house.log.error({ err: error, requestId: request.id }, 'a visit met a database that is away');
      // The visit is lost; the page stays as it is, and nothing stands in its console.
      return reply.send(noNews);
    });

    open.get<SiteRequest>('/:site/t.js', { config: { rateLimit: false } }, async (request, reply) => {
      const accountId = accountIdOf(request);
      if (accountId === null) return sendScript(request, reply, idleScript, configCachedSeconds, 0);
      let kept: KeptSite;
      try {
        kept = await siteOf(accountId);
      } catch (error) {
        house.log.error({ err: error, requestId: request.id }, 'a website’s configuration could not be read');
        return sendScript(request, reply, idleScript, awayCachedSeconds, 0);
      }
      noteSite(request, kept);
      return sendScript(request, reply, kept.script, configCachedSeconds, kept.age());
    });

    // For who may not be asked about (Do Not Track, no consent): the same for everybody, and nothing is kept of it.
    open.get<SiteRequest>(
      '/:site/visit',
      { config: { rateLimit: { max: beaconsPerMinuteMax, timeWindow: '1 minute' } } },
      async (request, reply): Promise<VisitAnswer> => {
        const accountId = accountIdOf(request);
        const kept = accountId === null ? null : await siteOf(accountId);
        const { config = null } = kept?.site ?? {};
        reply.header('cache-control', `public, max-age=${newsCachedSeconds}`).header('age', kept?.age() ?? 0);
        return config ? { isOn: true, config } : { isOn: false };
      },
    );

    open.post<SiteRequest>(
      '/:site/visit',
      {
        bodyLimit: beaconBytesMax,
        config: { isForAnySite: true, rateLimit: { max: beaconsPerMinuteMax, timeWindow: '1 minute' } },
      },
      async (request, reply): Promise<VisitAnswer> => {
        reply.header('cache-control', 'no-store');
        const accountId = accountIdOf(request);
        const { site } = accountId === null ? { site: null } : await siteOf(accountId);
        // Before the beacon is read: whatever it says, its page has to put its own number back.
        if (!site?.config) return { isOn: false };
        const beacon = readBeacon(request.body);
        if (!beacon) return { isOn: true };
        return recordVisit(site, beacon, { userAgent: request.headers['user-agent'] ?? '', address: request.ip });
      },
    );
  });

  /** Where the script runs is known before there is anything for it to do, by what browsers say of the page that loads it. */
  function noteSite(request: FastifyRequest, { site }: KeptSite): void {
    const { referer } = request.headers;
    if (!site || !allowances[site.standing].swapping || !referer || !URL.canParse(referer)) return;
    const { protocol, host, origin, pathname } = new URL(referer);
    if (!/^https?:$/.test(protocol) || !isHostDue(`${site.accountId} ${host}`)) return;
    if (isbot(request.headers['user-agent'])) return;
    seeSite(house.db, site.accountId, { host, pageUrl: origin + pathname }).catch((error: Error) =>
      house.log.warn({ err: error }, 'where a website’s script runs could not be noted'),
    );
  }
}

function accountIdOf({ params }: FastifyRequest<SiteRequest>): number | null {
  const accountId = /^[1-9]\d{0,15}$/.test(params.site) ? Number(params.site) : Number.NaN;
  return Number.isSafeInteger(accountId) ? accountId : null;
}

/** `age` is how long ago the configuration was read, so that no cache keeps it for more than the minute in all. */
function sendScript(
  request: FastifyRequest,
  reply: FastifyReply,
  script: Script,
  maxAge: number,
  age: number,
): FastifyReply {
  reply
    .header('cache-control', `public, max-age=${maxAge}`)
    .header('age', age)
    .header('etag', script.etag)
    .header('vary', 'accept-encoding')
    .type('text/javascript; charset=utf-8');
  if (request.headers['if-none-match'] === script.etag) return reply.code(304).send();
  const accepted = String(request.headers['accept-encoding'] ?? '').split(/[\s,;]+/);
  const [encoding, bytes] = script.packed.find(([encoding]) => accepted.includes(encoding)) ?? [];
  return encoding ? reply.header('content-encoding', encoding).send(bytes) : reply.send(script.plain);
}
