import { test } from 'node:test';
import { seed } from './history.ts';
import { playHistories } from './playHistories.ts';

test(`2,000 random lives on the database (seed ${seed})`, () => playHistories(2_000));
