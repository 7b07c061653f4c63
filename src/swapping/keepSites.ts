import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import type { House } from '../platform/house.ts';
import { type Live, liveSince } from '../platform/live.ts';
import { readSite, type Site } from './readSite.ts';
import { wrapScript } from './script.ts';

/** A site as a web process remembers it, with the script that its pages load. */
export interface KeptSite {
  /** Null for an account that isn't there. */
  site: Site | null;
  script: Script;
  /** Whole seconds since it was read, begun ones included: no cache may keep it for longer than it says. */
  age(): number;
}

export interface Script {
  etag: string;
  plain: Buffer;
  /** By what a browser accepts, the smallest first. */
  packed: readonly [encoding: string, bytes: Buffer][];
}

const brotli = promisify<Buffer, Buffer>(zlib.brotliCompress);
const gzip = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gzip);

/** For how long what was read is believed; whatever tells that the account changed ends it sooner. */
const keptSeconds = 5;
/** Some kilobytes each. */
const sitesMax = 2_000;

/** The script of a site, in the forms in which it is sent. Packing takes some ten milliseconds, beside the event loop. */
async function pack(site: Site): Promise<Script> {
  const script = render(site.config);
  const [br, gz] = await Promise.all([brotli(script.plain), gzip(script.plain, { level: 9 })]);
  return {
    ...script,
    packed: [
      ['br', br],
      ['gzip', gz],
    ],
  };
}

function render(config: Site['config']): Script {
  const plain = Buffer.from(wrapScript(config));
  const hash = createHash('sha256').update(plain).digest('base64url').slice(0, 22);
  return { etag: `W/"${hash}"`, plain, packed: [] };
}

/** The script that does nothing. */
export const idleScript: Script = render(null);

interface Memory {
  readAt: number;
  reading: Promise<KeptSite>;
  version: string | null;
  script: Script;
  stopWatching: () => void;
}

/**
 * The sites whose pages ask this process, each read from the database once in five seconds at most, however many ask. A change
 * that is told of is read at once. `seconds` is a clock that only goes forward.
 */
export function keepSites(
  house: Pick<House, 'pool'>,
  live: Pick<Live, 'watch'>,
  seconds: () => number = () => performance.now() / 1000,
): (accountId: number) => Promise<KeptSite> {
  const memories = new Map<number, Memory>();

  function forget(accountId: number): void {
    memories.get(accountId)?.stopWatching();
    memories.delete(accountId);
  }

  function read(accountId: number, before: Memory | undefined): Promise<KeptSite> {
    const readAt = seconds();
    const since = liveSince();
    const memory: Memory = {
      readAt,
      version: null,
      script: idleScript,
      stopWatching: () => {},
      reading: readSite(house.pool, accountId).then(async (site) => {
        memory.version = site?.config?.version ?? null;
        if (site?.config) memory.script = before?.version === memory.version ? before.script : await pack(site);
        if (site && memories.get(accountId) === memory) {
          const owners = [accountId, ...(site.agencyId === null ? [] : [site.agencyId])];
          const forgetThis = () => {
            if (memories.get(accountId) === memory) forget(accountId);
          };
          const watches = owners.map((ownerId) => live.watch(ownerId, since, forgetThis));
          memory.stopWatching = () => {
            for (const stop of watches) stop();
          };
          // A change between the reading and the listening was told while watching began.
          if (memories.get(accountId) !== memory) memory.stopWatching();
        }
        return { site, script: memory.script, age: () => Math.ceil(seconds() - readAt) };
      }),
    };
    memory.reading.catch(() => {
      if (memories.get(accountId) === memory) forget(accountId);
    });
    forget(accountId);
    memories.set(accountId, memory);
    const [oldest] = memories.keys();
    if (memories.size > sitesMax && oldest !== undefined) forget(oldest);
    return memory.reading;
  }

  return (accountId) => {
    const memory = memories.get(accountId);
    return memory && seconds() - memory.readAt < keptSeconds ? memory.reading : read(accountId, memory);
  };
}
