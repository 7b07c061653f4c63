import type pg from 'pg';
import { isDatabaseAway } from '../platform/db.ts';
import { recordInTwoFlights } from '../platform/flights.ts';
import { type Gathering, gather } from '../platform/gather.ts';
import { type PoolNumber, shareNumbers, swapsOf } from '../rules/sharing.ts';
import type { SiteConfig } from '../rules/swapping.ts';
import { type Site, targetsOf } from './readSite.ts';
import { type FoundPoolNumber, findPoolNumbers, holdPool, recordVisits, type VisitRow } from './store.ts';

export type Swaps = SiteConfig['sources'][number]['swaps'];

/** A visitor who is to be shown numbers of a pool, with the visit that is recorded with it. */
export interface PoolVisit {
  row: VisitRow;
  trackingSourceId: number;
  targets: Site['targets'];
}

const visitsTogether = 50;
/** Only a holder who comes back in that very moment takes a number from whoever was about to get it. */
const losesMax = 5;

/**
 * Gives visitors their numbers of a pool, one visitor after the other under the pool's lock. Those who come while this process
 * holds it wait here, without a connection, and then go together.
 */
export function assignPoolNumbers(pool: pg.Pool): (visit: PoolVisit) => Promise<Swaps> {
  const queues = new Map<string, Gathering<PoolVisit, Swaps>>();
  return async (visit) => {
    const key = `${visit.row.accountId} ${visit.trackingSourceId}`;
    const queue =
      queues.get(key) ??
      gather<PoolVisit, Swaps>(
        { lanes: 1, most: visitsTogether, keysOf: ({ row }) => [row.visitor, row.visit], failsAll: isDatabaseAway },
        (visits) => assignAll(pool, visits),
      );
    queues.set(key, queue);
    try {
      return await queue.add(visit);
    } finally {
      if (queue.isIdle()) queues.delete(key);
    }
  };
}

/** A number on offer, as the rule sees it and as it is stored. */
interface Offered extends PoolNumber {
  phoneNumber: string;
  heldBy: number | null;
  heldAt: string | null;
}

interface Turn {
  index: number;
  visit: PoolVisit;
}

async function assignAll(pool: pg.Pool, visits: readonly PoolVisit[]): Promise<Swaps[]> {
  const swaps: Swaps[] = visits.map(() => []);
  const { row, trackingSourceId } = visits[0]!;
  let waiting: Turn[] = visits.map((visit, index) => ({ index, visit }));
  for (let loses = 0; waiting.length > 0 && loses < losesMax; ) {
    const shared = new Map<Turn, Offered[]>();
    const { written } = await recordInTwoFlights<{ numbers: FoundPoolNumber[] }, { taken: number[] }>(
      pool,
      [holdPool(row.accountId, trackingSourceId), findPoolNumbers(row.accountId, trackingSourceId)],
      (found) => {
        shareOut(found?.numbers ?? [], waiting, shared);
        return recordVisits([...shared].map(([{ visit }, numbers]) => withTaken(visit.row, numbers)));
      },
    );
    const taken = new Set(written?.taken);
    const next = waiting.filter((turn) => !shared.has(turn));
    for (const [turn, numbers] of shared) {
      if (numbers.every(({ trackingNumberId }) => taken.has(trackingNumberId))) swaps[turn.index] = swapsOf(numbers);
      else {
        loses += 1;
        next.push({ index: turn.index, visit: { ...turn.visit, row: asRecorded(turn.visit.row) } });
      }
    }
    waiting = next;
  }
  return swaps;
}

/** Those who have a number come before those who need one. Whoever finds none left in this turn waits for the next. */
function shareOut(numbers: readonly FoundPoolNumber[], turns: readonly Turn[], shared: Map<Turn, Offered[]>): void {
  const holders = new Set(numbers.map(({ holder }) => holder?.visitor));
  const inTurn = turns.toSorted(
    (a, b) => Number(holders.has(b.visit.row.visitor)) - Number(holders.has(a.visit.row.visitor)),
  );
  const gone = new Set<number>();
  for (const turn of inTurn) {
    const offered = numbers.map((number) => offer(number, turn.visit.targets));
    const left = offered.filter(({ trackingNumberId }) => !gone.has(trackingNumberId));
    if (countTargets(left) < countTargets(offered)) continue;
    const chosen = shareNumbers(left, turn.visit.row.visitor);
    for (const { trackingNumberId } of chosen) gone.add(trackingNumberId);
    shared.set(turn, chosen);
  }
}

function offer(number: FoundPoolNumber, targets: Site['targets']): Offered {
  const { trackingNumberId, phoneNumber, holder } = number;
  return {
    trackingNumberId,
    phoneNumber,
    targets: targetsOf(number, targets),
    holder: holder && { visitor: holder.visitor, lastShownAt: new Date(holder.lastShownAt) },
    heldBy: holder?.visitorId ?? null,
    heldAt: holder?.lastShownAt ?? null,
  };
}

const countTargets = (numbers: readonly Offered[]): number => new Set(numbers.flatMap(({ targets }) => targets)).size;

const withTaken = (row: VisitRow, numbers: readonly Offered[]): VisitRow => ({
  ...row,
  taken: numbers.map(({ trackingNumberId, heldBy, heldAt }) => ({ trackingNumberId, heldBy, heldAt })),
});

/** A visit whose page is in the log already, and whose number is still missing. */
export const asRecorded = (row: VisitRow): VisitRow => ({
  ...row,
  kind: row.kind === 'page' ? 'live' : row.kind,
});
