import type { House } from '../platform/house.ts';
import { record } from '../platform/operation.ts';
import { orderNextReturns } from './store.ts';

const atOnce = 1_000;

/** The worker's look: numbers whose hold is over go back to the carrier, by a command each. The stored date decides. */
export async function orderReturns(house: House): Promise<number> {
  let ordered = 0;
  for (;;) {
    const moved = await record(house.db, (tx, now) => orderNextReturns(tx, now, atOnce));
    if (moved === 0) return ordered;
    ordered += moved;
    await house.jobs.wakeNow('carrier-commands');
  }
}
