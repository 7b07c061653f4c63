import type { Db, Tx } from '../platform/db.ts';
import { record } from '../platform/operation.ts';
import { type DuePlace, type Lane, takeLane } from './store.ts';

/** As many as a worker plays at once: one waits for the database while another works out dates. */
const lanes = 4;

/** Cuts mass work into lanes by owner and does them side by side. Answers with the sum of what they did. */
export async function eachLane(work: (lane: Lane) => Promise<number>): Promise<number> {
  const done = await Promise.all(Array.from({ length: lanes }, (_, number) => work({ number, of: lanes })));
  return done.reduce((sum, each) => sum + each, 0);
}

/** The lane that an owner is in. */
export const laneOf = (ownerId: number): Lane => ({ number: ownerId % lanes, of: lanes });

const dueAtOnce = 500;

/**
 * Charges what is due by lanes, some hundred at a time and in the order of its places, a transaction each: a run that was killed
 * goes on where it was, and one that starts after days away catches up. Answers with how many charges there were.
 */
export async function eachDue<Due>(
  db: Db,
  {
    what,
    find,
    placeOf,
    charge,
  }: {
    what: 'subscriptions' | 'numbers';
    find(tx: Tx, lane: Lane, now: Date, after: DuePlace | null, limit: number): Promise<Due[]>;
    placeOf(due: Due): DuePlace;
    charge(tx: Tx, due: readonly Due[], now: Date): Promise<number>;
  },
): Promise<number> {
  return eachLane(async (lane) => {
    let charged = 0;
    for (let after: DuePlace | null | undefined = null; after !== undefined; ) {
      const place: DuePlace | null = after;
      after = await record(db, async (tx, now): Promise<DuePlace | undefined> => {
        const due: Due[] = (await takeLane(tx, what, lane)) ? await find(tx, lane, now, place, dueAtOnce) : [];
        charged += await charge(tx, due, now);
        const last = due.at(-1);
        return last && placeOf(last);
      });
    }
    return charged;
  });
}
