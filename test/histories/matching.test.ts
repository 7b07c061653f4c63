import { before, test } from 'node:test';
import { openWorld, type World } from '../world.ts';
import { seed } from './history.ts';
import { type Ground, playMatching, prepareGround } from './playMatching.ts';

let world: World;
let ground: Ground;
before(async () => {
  world = await openWorld();
  ground = await prepareGround(world, world.shopId);
});

test(`25 random days of visits and calls: nobody is named who was not shown the number before (seed ${seed})`, async () => {
  for (let play = 0; play < 25; play += 1) await playMatching(world, ground, seed + play);
});
