import { test } from 'node:test';
import { seed } from './history.ts';
import { playHistories } from './playHistories.ts';

test(`100 random lives on the database (seed ${seed})`, () => playHistories(100));
