import { test } from 'node:test';
import { seed } from '../histories/history.ts';
import { surviveKills } from './cascade.ts';

test(`50 kills of the worker in a cascade of 500 × 20 (seed ${seed})`, () =>
  surviveKills({ subAccounts: 500, numbersEach: 20 }, 50));
