import { test } from 'node:test';
import { seed } from './history.ts';
import { playAgencies } from './playAgencies.ts';

test(`40 random lives of an agency on the database (seed ${seed})`, () => playAgencies(40));
