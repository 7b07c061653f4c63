import { test } from 'node:test';
import { seed } from '../histories/history.ts';
import { surviveKills } from './cascade.ts';

test(`3 kills of the worker in a cascade of 120 × 8 (seed ${seed})`, () =>
  surviveKills({ subAccounts: 120, numbersEach: 8 }, 3));
