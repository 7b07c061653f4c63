import { describe, test } from 'node:test';
import { seed } from './history.ts';
import { playMoney } from './moneyPlay.ts';

/** Side by side, each in a world and with a seed of its own: a life mostly waits for the database. */
const lanes = 4;
const lives = 10_000;

describe(`${lives} random lives that cost money`, { concurrency: lanes }, () => {
  for (let lane = 0; lane < lanes; lane += 1) {
    test(`lane ${lane + 1} of ${lanes} (seed ${seed + lane})`, () => playMoney(lives / lanes, seed + lane));
  }
});
