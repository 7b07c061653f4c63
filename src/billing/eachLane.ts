import type { Lane } from './store.ts';

/** As many as a worker plays at once: one waits for the database while another works out dates. */
const lanes = 4;

/** Cuts mass work into lanes by owner and does them side by side. Answers with the sum of what they did. */
export async function eachLane(work: (lane: Lane) => Promise<number>): Promise<number> {
  const done = await Promise.all(Array.from({ length: lanes }, (_, number) => work({ number, of: lanes })));
  return done.reduce((sum, each) => sum + each, 0);
}

/** The lane that an owner is in. */
export const laneOf = (ownerId: number): Lane => ({ number: ownerId % lanes, of: lanes });
