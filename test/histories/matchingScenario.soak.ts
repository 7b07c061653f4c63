import { describe } from 'node:test';
import { checkScenario } from './checkScenario.ts';
import { seed } from './history.ts';

const plays = 40;

for (let play = 0; play < plays; play += 1)
  describe(`the scenario, ${play + 1} of ${plays} (seed ${seed + play})`, () => checkScenario(seed + play, 10_000));
