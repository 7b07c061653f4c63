import { describe, test } from 'node:test';
import { openWorld } from '../world.ts';
import { seed } from './history.ts';
import { playMatching, prepareGround } from './playMatching.ts';

/** Side by side, each in a world and with a seed of its own. */
const lanes = 4;
const plays = 2_000;

describe(`${plays} random days of visits and calls`, { concurrency: lanes }, () => {
  for (let lane = 0; lane < lanes; lane += 1)
    test(`lane ${lane + 1} of ${lanes} (seed ${seed + lane * plays})`, async () => {
      const world = await openWorld();
      const ground = await prepareGround(world, world.shopId);
      for (let play = 0; play < plays / lanes; play += 1) await playMatching(world, ground, seed + lane * plays + play);
    });
});
