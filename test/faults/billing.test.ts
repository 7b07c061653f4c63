import { test } from 'node:test';
import { seed } from '../histories/history.ts';
import { surviveBillingKills, surviveClockMovedBack } from './billing.ts';

test(`2 kills of the worker in a billing run of 600 accounts (seed ${seed})`, () => surviveBillingKills(600, 2));

test('a clock that goes back in the middle of a billing run', () => surviveClockMovedBack(120));
