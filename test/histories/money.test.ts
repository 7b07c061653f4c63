import { describe, test } from 'node:test';
import { seed } from './history.ts';
import { playMoney } from './moneyPlay.ts';

/** Side by side, each in a world and with a seed of its own. */
const lanes = 2;

describe('300 random lives that cost money', { concurrency: lanes }, () => {
  for (let lane = 0; lane < lanes; lane += 1) {
    test(`lane ${lane + 1} of ${lanes} (seed ${seed + lane})`, () => playMoney(300 / lanes, seed + lane));
  }
});
