import { describe, test } from 'node:test';
import { seed } from './history.ts';
import { playAgencies } from './playAgencies.ts';

/** Side by side, each in a world and with a seed of its own: a life mostly waits for the database. */
const lanes = 4;

describe('10,000 random lives of an agency on the database', { concurrency: lanes }, () => {
  for (let lane = 0; lane < lanes; lane += 1) {
    test(`lane ${lane + 1} of ${lanes} (seed ${seed + lane})`, () => playAgencies(10_000 / lanes, seed + lane));
  }
});
