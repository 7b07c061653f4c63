import { test } from 'node:test';
import { checkLives } from './agencyOracle.ts';
import { seed } from './history.ts';

test(`2,000 random lives of an agency against the rules (seed ${seed})`, () => checkLives(2_000));
